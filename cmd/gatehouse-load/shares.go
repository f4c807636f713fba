package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stepSeconds is a line of /metrics: how long one step took in all.
var stepSeconds = regexp.MustCompile(`^gatehouse_verdict_step_seconds_sum\{step="([a-z]+)"\} ([0-9.e+-]+)$`)

// steps returns how long each step of the verdicts has taken so far.
func (v *server) steps(ctx context.Context) (map[string]time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.metrics+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // it is read
	found := map[string]time.Duration{}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if m := stepSeconds.FindStringSubmatch(lines.Text()); m != nil {
			seconds, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				return nil, fmt.Errorf("read metrics: %w", err)
			}
			found[m[1]] = time.Duration(seconds * float64(time.Second))
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("read metrics: no steps at %s", v.metrics)
	}
	return found, nil
}

// shares says which part of the clients' time each step took, the largest first. What
// is in no step is HTTP, signature and parsing, on both sides.
func (f figures) shares() string {
	var all, known time.Duration
	for _, took := range f.took {
		all += took
	}
	names := make([]string, 0, len(f.steps))
	for name, took := range f.steps {
		known += took
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return int(f.steps[b] - f.steps[a]) })
	said := make([]string, 0, len(names)+1)
	for _, name := range names {
		said = append(said, fmt.Sprintf("%s %.0f %%", name, 100*ratio(f.steps[name], all)))
	}
	return strings.Join(append(said, fmt.Sprintf("HTTP, signature and parsing %.0f %%", 100*ratio(all-known, all))), ", ")
}
