package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// The limits of what a signal says for a person.
const (
	maxEvidence = 5  // pieces
	maxPiece    = 60 // UTF-16 units of each
	maxDetail   = 400
)

// Explanation is one comment before every fact and every rule of a book.
type Explanation struct {
	Version string
	Facts   []FactValue
	Rules   []RuleResult
	// Sum is what the weights of the rules that hit add up to; Score is the signal
	// of that, nil where it is too little to act.
	Sum    float64
	Limits Limits
	Score  *moderation.Signal
}

// FactValue is a fact and what it is of the comment: a string, an int, a
// float64, a bool or a []string.
type FactValue struct {
	Name  string
	Value any
}

// String returns the value as conditions write it.
func (v FactValue) String() string { return quoteValue(v.Value) }

// RuleResult is what one rule says of the comment.
type RuleResult struct {
	Rule      string
	Condition string
	Hit       bool
	Action    Action
	Label     moderation.Label
	Weight    float64 // of a rule that scores
	Tags      []string
	Urgent    bool
	Shadow    bool
	Detail    string // the evidence where it hit
	Err       error  // why the condition failed
}

// result returns what is the same of r for every comment.
func (r *rule) result() RuleResult {
	return RuleResult{
		Rule: r.name, Condition: strings.Join(strings.Fields(r.when.text), " "),
		Action: r.action, Label: r.label, Weight: r.weight, Tags: r.tags, Urgent: r.urgent, Shadow: r.shadow,
	}
}

// Does says what the rule does where it hits: "hold spam, urgent, tags a b".
func (r RuleResult) Does() string {
	words := string(r.Action)
	if r.Action == ActionScore {
		words += " " + signed(r.Weight)
	}
	if r.Label != "" {
		words += " " + string(r.Label)
	}
	if len(r.Tags) > 0 {
		words += ", tags " + strings.Join(r.Tags, " ")
	}
	if r.Urgent {
		words += ", urgent"
	}
	if r.Shadow {
		words += ", shadow: recorded only"
	}
	return words
}

// Explain returns every fact of a comment and what each rule makes of it.
func (b *Book) Explain(sub moderation.Submission) Explanation {
	e := Explanation{Version: b.version}
	s := b.state(sub)
	defer b.release(s)
	for _, f := range facts() {
		e.Facts = append(e.Facts, FactValue{f.name, f.get(s)})
	}
	e.Facts = append(e.Facts, recentFacts(&s.sub.Activity)...)
	s.scan()
	var hits []int
	for i, r := range b.rules {
		result := r.result()
		result.Hit, result.Err = s.holds(r)
		if result.Hit {
			result.Detail = s.detail(r)
			hits = append(hits, i)
		}
		e.Rules = append(e.Rules, result)
	}
	e.Limits = b.limits
	sum, score, acts := b.sum(hits)
	if e.Sum = sum; acts {
		e.Score = &score
	}
	return e
}

// detail returns what moderators read when r hits: its message, and what of the
// comment made it true.
func (s *state) detail(r *rule) string {
	pieces := s.evidence(r)
	line := append(s.line[:0], r.message...)
	if r.action == ActionScore {
		line = append(append(append(line, " ("...), signed(r.weight)...), ')')
	}
	for i, piece := range pieces[:min(len(pieces), maxEvidence)] {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		line = append(append(line, separator...), piece...)
	}
	if more := len(pieces) - maxEvidence; more > 0 {
		line = fmt.Appendf(line, " and %d more", more)
	}
	s.line = line
	return text.Cut(string(line), maxDetail)
}

// evidence returns what of the comment made r true, each piece once, fit for a
// card. The next call overwrites it.
func (s *state) evidence(r *rule) []string {
	s.pieces = s.pieces[:0]
	for _, i := range r.program.slots {
		s.show(s.book.slots[i].shows)
	}
	for _, shows := range r.program.shows {
		s.show(shows)
	}
	return s.pieces
}

// show adds what shows shows to the evidence.
func (s *state) show(shows show) {
	if shows == nil {
		return
	}
	for _, piece := range shows(s) {
		if piece = tidy(piece); piece != "" && !slices.Contains(s.pieces, piece) {
			s.pieces = append(s.pieces, piece)
		}
	}
}

// tidy returns a piece of a comment as it may stand on one line of a card.
func tidy(piece string) string {
	if len(piece) <= maxPiece && isTidy(piece) {
		return piece
	}
	return text.Cut(text.Printable(strings.Join(strings.Fields(piece), " ")), maxPiece)
}

// isTidy reports whether s is ASCII that is seen, with single spaces inside.
func isTidy(s string) bool {
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return last != ' '
}

// quoteValue returns a value of the environment as conditions write it.
func quoteValue(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(text.Cut(v, maxPiece))
	case []string:
		var quoted []string
		for _, s := range v {
			quoted = append(quoted, quoteValue(s))
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case float64:
		return strconv.FormatFloat(v, 'g', 3, 64)
	default:
		return fmt.Sprint(v)
	}
}
