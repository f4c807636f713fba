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
	limits  Limits    // of the sum of weights
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

// Check returns a signal for each rule that hits, in the order of the book, and
// after them one called "score" where the weights of those that score reach a
// limit. A rule that fails, panics or takes too long gives an error that names it,
// beside what the other rules say.
func (b *Book) Check(ctx context.Context, sub moderation.Submission) (moderation.Report, error) {
	report := moderation.Report{Version: b.version}
	all := b.walkAll(ctx, sub)
	report.Signals = all.signals
	if _, score, acts := b.sum(all.hits); acts {
		report.Signals = append(report.Signals, score)
	}
	return report, errors.Join(all.errs...)
}

// signal returns what the book says when r hits. What only scores or tags says
// nothing against the comment by itself: its score is 0.
func (r *rule) signal(s *state) moderation.Signal {
	signal := moderation.Signal{
		Check: checkName, Rule: r.name, Label: r.label, Action: r.action.asks(),
		Shadow: r.shadow, Urgent: r.urgent, Tags: r.tags, Detail: s.detail(r),
	}
	if signal.Action != "" {
		signal.Score = 1
	}
	return signal
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
