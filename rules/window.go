package rules

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/ast"

	"gatehouse/internal/moderation"
)

// window is a time over which comments are counted.
type window struct {
	name   string // as conditions write it
	spoken string
	of     func(*moderation.Window) *int
}

// windows are those that are counted, the shortest first.
func windows() []window {
	return []window{
		{"1m", "a minute", func(w *moderation.Window) *int { return &w.Minute }},
		{"10m", "10 minutes", func(w *moderation.Window) *int { return &w.TenMinutes }},
		{"1h", "an hour", func(w *moderation.Window) *int { return &w.Hour }},
		{"24h", "24 hours", func(w *moderation.Window) *int { return &w.Day }},
	}
}

// common is what comments that are counted have in common.
type common struct {
	name string // as conditions write it
	of   func(*moderation.Activity) *moderation.Window
}

// commons are those by which comments are counted.
func commons() []common {
	return []common{
		{"author", func(a *moderation.Activity) *moderation.Window { return &a.Author }},
		{"address", func(a *moderation.Activity) *moderation.Window { return &a.Address }},
		{"range", func(a *moderation.Activity) *moderation.Window { return &a.Range }},
		{"post", func(a *moderation.Activity) *moderation.Window { return &a.Post }},
		{"host", func(a *moderation.Activity) *moderation.Window { return &a.Host }},
	}
}

// recent returns the slot of a call of recent: by what and over which time it
// counts is known when the book is loaded.
func (a *arguments) recent() (int, bool) {
	if len(a.node.Arguments) != 2 {
		a.fault(a.node, "%s takes whose comments and over which time, such as %s", a.fn.name, a.fn.signature)
		return 0, false
	}
	before := len(a.list)
	by, over := a.common(a.node.Arguments[0]), a.window(a.node.Arguments[1])
	if len(a.list) > before {
		return 0, false
	}
	count := func(s *state) int { return *over.of(by.of(&s.sub.Activity)) }
	return a.slot(slot{
		name: a.node.String(), shown: a.node.String(), kind: a.fn.result,
		get:   func(s *state) any { return count(s) },
		shows: func(s *state) []string { return []string{fmt.Sprintf("%d within %s", count(s), over.spoken)} },
	}), true
}

// recentFacts are the counts that are not 0, as conditions ask for them.
func recentFacts(a *moderation.Activity) []FactValue {
	var list []FactValue
	for _, c := range commons() {
		for _, w := range windows() {
			if n := *w.of(c.of(a)); n > 0 {
				list = append(list, FactValue{fmt.Sprintf("recent(%s, %q)", c.name, w.name), n})
			}
		}
	}
	return list
}

// common reads by what is counted.
func (a *arguments) common(n ast.Node) (found common) {
	written, _ := dotted(n)
	var known []string
	for _, c := range commons() {
		if c.name == written {
			return c
		}
		known = append(known, c.name)
	}
	a.fault(n, "%s counts by one of %s, not by %s%s", a.fn.name, strings.Join(known, ", "), n.String(), didYouMean(written, known))
	return found
}

// window reads over which time is counted.
func (a *arguments) window(n ast.Node) (found window) {
	var known []string
	for _, w := range windows() {
		if text, ok := n.(*ast.StringNode); ok && text.Value == w.name {
			return w
		}
		known = append(known, fmt.Sprintf("%q", w.name))
	}
	a.fault(n, "%s counts over one of %s, not over %s", a.fn.name, strings.Join(known, ", "), n.String())
	return found
}
