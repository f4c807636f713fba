// Package rules is the rule book: what a moderator writes down once so as never
// to tap it again. [Load] reads it from YAML and compiles its conditions;
// [Book.Check] gives the signals of the rules that hit a comment, as a
// [moderation.Checker]. What the signals mean for the comment is the policy's
// business, not this package's.
//
// A book is checked whole before it counts: names and types in conditions,
// patterns, lists, and for every rule at least one comment that it catches and
// one that it passes. It never changes afterwards and is safe for concurrent
// use.
package rules

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"gatehouse/internal/moderation"
)

// checkName is what the book's signals are from.
const checkName = "rules"

// Book is a compiled rule book.
type Book struct {
	version string
	rules   []*rule
	slots   []slot
	index   *index
	lists   int   // that the book and its packs name
	always  []int // the rules that no hit in the index is needed for
	wakes   map[trigger][]int
	states  sync.Pool // of *state
}

// rule is one compiled rule.
type rule struct {
	ruleSource
	name    string // as signals call it: the id, after its pack's name and a slash
	program program
}

// Name returns "rules".
func (b *Book) Name() string { return checkName }

// Version returns the beginning of a hash over everything that the book was
// made of: 12 hexadecimal digits.
func (b *Book) Version() string { return b.version }

// Check returns a signal for each rule that hits, in the order of the book. A
// rule that fails, and time that runs out, give an error beside the signals
// found until then.
func (b *Book) Check(ctx context.Context, sub moderation.Submission) (_ moderation.Report, err error) {
	report := moderation.Report{Version: b.version}
	s := b.state(sub)
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(err, fmt.Errorf("check rules: panic: %v", p))
			return // the state may be broken: leave it to the collector
		}
		b.release(s)
	}()
	s.scan()
	for i := range s.awake() {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("check rules: stopped before rule %q: %w", b.rules[i].name, err)
		}
		hit, failure := s.holds(b.rules[i])
		if failure != nil {
			err = errors.Join(err, failure)
		}
		if hit {
			report.Signals = append(report.Signals, b.rules[i].signal(s))
		}
	}
	return report, err
}

// signal returns what the book says when r hits.
func (r *rule) signal(s *state) moderation.Signal {
	return moderation.Signal{
		Check: checkName, Rule: r.name, Label: r.label, Action: r.action,
		Score: 1, Detail: s.detail(r),
	}
}

// Size says how much is in a book.
type Size struct {
	Rules, Lists, Cases int
}

// Size counts the book's rules, lists and cases, those of its packs included.
func (b *Book) Size() Size {
	size := Size{Rules: len(b.rules), Lists: b.lists}
	for _, r := range b.rules {
		size.Cases += len(r.catches) + len(r.passes)
	}
	return size
}
