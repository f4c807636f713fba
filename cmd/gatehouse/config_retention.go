package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// retentionConfig is for how long parts of what is kept are kept: by the part's name a
// time, or times by what became of a comment. What is not in it has its default.
type retentionConfig map[string]any

// retentionVariable begins the names of the variables, as GATEHOUSE_RETENTION_TEXT and
// GATEHOUSE_RETENTION_TEXT_REJECTED.
const retentionVariable = "GATEHOUSE_RETENTION_"

// readEnvironment lets the variables override r and returns what holds. A variable for a
// part stands for all of the file's times of it.
func (r retentionConfig) readEnvironment(lookup func(string) (string, bool)) retentionConfig {
	r = maps.Clone(r)
	set := func(part string, value any) {
		if r == nil {
			r = retentionConfig{}
		}
		r[part] = value
	}
	for _, rule := range moderation.PartRules() {
		part := string(rule.Part)
		name := retentionVariable + strings.ToUpper(part)
		if value, ok := lookup(name); ok && value != "" {
			set(part, value)
		}
		if !rule.ByOutcome() {
			continue
		}
		for _, o := range []moderation.Status{moderation.Approved, moderation.Rejected, moderation.Withdrawn} {
			value, ok := lookup(name + "_" + strings.ToUpper(string(o)))
			if !ok || value == "" {
				continue
			}
			times, isTimes := r[part].(map[string]any)
			if times = maps.Clone(times); !isTimes {
				times = map[string]any{}
				if r[part] != nil {
					times["all"] = r[part]
				}
			}
			times[string(o)] = value
			set(part, times)
		}
	}
	return r
}

// times returns what holds.
func (r retentionConfig) times() (moderation.Retention, error) {
	all := moderation.DefaultRetention()
	for _, part := range slices.Sorted(maps.Keys(r)) {
		times, ok := r[part].(map[string]any)
		if !ok {
			times = map[string]any{"all": r[part]}
		}
		for _, o := range slices.SortedFunc(maps.Keys(times), allFirst) {
			status := moderation.Status(o)
			if o == "all" {
				status = ""
			}
			if err := all.Set(moderation.Part(part), status, fmt.Sprint(times[o])); err != nil {
				return nil, fmt.Errorf("read retention of %s (%s%s): %w", part, retentionVariable, strings.ToUpper(part), err)
			}
		}
	}
	return all, nil
}

// allFirst is the order of times: that of one outcome goes over that of all.
func allFirst(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "all":
		return -1
	case b == "all":
		return 1
	}
	return strings.Compare(a, b)
}
