package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// actionBook has a rule for each action, each of which hits the word of its id.
func actionBook(t *testing.T) *Book {
	t.Helper()
	var src strings.Builder
	src.WriteString("score: {hold: 3, reject: 6}\nrules:\n")
	for id, more := range map[string]string{
		"holds":    "action: hold, label: abuse, urgent: on",
		"rejects":  "action: reject, label: spam",
		"approves": "action: approve, tags: [friend]",
		"tries":    "action: reject, label: abuse, shadow: on, urgent: on, tags: [tried]",
		"tags":     "action: tag, tags: [off-topic, Straße], message: not about the post",
		"two":      "action: score, weight: 2, label: spam",
		"four":     "action: score, weight: 4, label: abuse, urgent: on, message: four of them",
		"ten":      "action: score, weight: 10, shadow: on",
		"less":     "action: score, weight: -1.5, label: ok",
	} {
		fmt.Fprintf(&src, "  - {id: %[1]s, when: 'hasWord(text, \"%[1]s\")', catches: [%[1]s], passes: [x], %[2]s}\n", id, more)
	}
	return parse(t, src.String())
}

func TestActions(t *testing.T) {
	book := actionBook(t)
	for text, want := range map[string][]moderation.Signal{
		"holds":    {{Check: "rules", Rule: "holds", Label: "abuse", Action: "hold", Score: 1, Urgent: true, Detail: "holds: holds"}},
		"approves": {{Check: "rules", Rule: "approves", Label: "ok", Action: "approve", Score: 1, Tags: []string{"friend"}, Detail: "approves: approves"}},
		"tries":    {{Check: "rules", Rule: "tries", Label: "abuse", Action: "reject", Score: 1, Shadow: true, Urgent: true, Tags: []string{"tried"}, Detail: "tries: tries"}},
		"tags":     {{Check: "rules", Rule: "tags", Tags: []string{"off-topic", "Straße"}, Detail: "not about the post: tags"}},
		"two":      {{Check: "rules", Rule: "two", Label: "spam", Detail: "two (+2): two"}},
	} {
		t.Run(text, func(t *testing.T) {
			report, err := book.Check(t.Context(), says(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, report.Signals); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVerdictsOfActions holds the precedence that docs/rules.md tells of, on the
// policy itself.
func TestVerdictsOfActions(t *testing.T) {
	book := actionBook(t)
	flagged := moderation.Signal{Check: "classifier", Scores: &moderation.Probabilities{Abuse: .9, OK: .1}, Limits: moderation.Thresholds{Spam: .5, Abuse: .5}}
	for name, tt := range map[string]struct {
		text   string
		mode   moderation.Mode
		other  []moderation.Signal
		trust  bool
		want   moderation.Action
		first  string // the first reason's rule
		urgent bool
	}{
		"nothing":                                {text: "x", want: "approve"},
		"a reject beats an approve":              {text: "approves rejects holds", want: "reject", first: "rejects", urgent: true},
		"a ban beats an approve":                 {text: "approves", other: []moderation.Signal{{Check: "standing", Rule: "banned", Action: "reject"}}, want: "reject", first: "banned"},
		"an approve beats a hold":                {text: "holds approves", want: "approve", first: "approves"},
		"an approve beats a sum that holds":      {text: "four approves", want: "approve", first: "approves"},
		"a sum that rejects beats an approve":    {text: "two four approves", want: "reject", first: "score", urgent: true},
		"an approve beats the classifier":        {text: "approves", other: []moderation.Signal{flagged}, want: "approve", first: "approves"},
		"an approve beats strict":                {text: "approves", mode: moderation.ModeStrict, want: "approve", first: "approves"},
		"a hold beats the classifier":            {text: "holds", other: []moderation.Signal{flagged}, want: "hold", first: "holds", urgent: true},
		"a hold counts in open mode":             {text: "holds", mode: moderation.ModeOpen, want: "hold", first: "holds", urgent: true},
		"trust lifts no hold":                    {text: "holds", trust: true, want: "hold", first: "holds", urgent: true},
		"trust lifts no classifier's flag":       {text: "x", trust: true, other: []moderation.Signal{flagged}, want: "hold"},
		"trust lifts strict's blanket hold":      {text: "x", mode: moderation.ModeStrict, trust: true, want: "approve"},
		"strict holds what only has tags":        {text: "tags", mode: moderation.ModeStrict, want: "hold", first: "strict"},
		"tags alone do nothing":                  {text: "tags", want: "approve"},
		"a shadow does nothing":                  {text: "tries", want: "approve"},
		"a sum below its limit does nothing":     {text: "two", want: "approve"},
		"a shadow's weight is not in the sum":    {text: "two ten", want: "approve"},
		"a sum at its limit holds":               {text: "four", want: "hold", first: "score", urgent: true},
		"what speaks for a comment saves it":     {text: "four less", want: "approve"},
		"nor does an urgent shadow wake anybody": {text: "tries two four less", want: "hold", first: "score", urgent: true},
		"urgent is nothing without a hold":       {text: "four less", want: "approve"},
		"a failed check beats an approve":        {text: "approves", other: []moderation.Signal{{Check: "x", Err: fmt.Errorf("broken")}}, want: "hold", first: moderation.CheckFailed},
		"a reject beats a failed check":          {text: "rejects", other: []moderation.Signal{{Check: "x", Err: fmt.Errorf("broken")}}, want: "reject", first: "rejects"},
	} {
		t.Run(name, func(t *testing.T) {
			sub := says(tt.text)
			sub.Mode, sub.Standing.Trusted = tt.mode, tt.trust
			report, err := book.Check(t.Context(), sub)
			if err != nil {
				t.Fatal(err)
			}
			v := moderation.Policy{}.Judge(sub, append(report.Signals, tt.other...))
			if v.Action != tt.want || tt.first != "" && v.Reasons[0].Rule != tt.first || v.Urgent() != tt.urgent {
				t.Errorf("%s, urgent %v, first of %+v; want %s by %q, urgent %v", v.Action, v.Urgent(), v.Reasons, tt.want, tt.first, tt.urgent)
			}
		})
	}
}

func TestSumNamesItsParts(t *testing.T) {
	book := actionBook(t)
	for text, want := range map[string]*moderation.Signal{
		"two less":      nil,
		"four":          {Check: "rules", Rule: "score", Label: "abuse", Action: "hold", Score: 1, Detail: "adds up to 4, limit 3: four +4"},
		"four two":      {Check: "rules", Rule: "score", Label: "abuse", Action: "reject", Score: 1, Detail: "adds up to 6, limit 6: four +4, two +2"},
		"two four less": {Check: "rules", Rule: "score", Label: "abuse", Action: "hold", Score: 1, Detail: "adds up to 4.5, limit 3: four +4, less -1.5, two +2"},
	} {
		e := book.Explain(says(text))
		got := e.Score
		if got != nil { // the book of the test is made from a map: its rules are in any order
			head, parts, _ := strings.Cut(got.Detail, ": ")
			got.Detail = head + ": " + strings.Join(slices.Sorted(slices.Values(strings.Split(parts, ", "))), ", ")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	if e := book.Explain(says("two less ten")); e.Sum != 0.5 || e.Limits != (Limits{Hold: 3, Reject: 6}) {
		t.Errorf("sum %v, limits %+v", e.Sum, e.Limits)
	}
}

func TestDefaultLimits(t *testing.T) {
	book := parse(t, `
rules:
  - {id: a, when: 'text contains "a"', action: score, weight: 4.9, catches: [a], passes: [x]}
  - {id: b, when: 'text contains "b"', action: score, weight: 0.1, catches: [b], passes: [x]}
`)
	for text, want := range map[string][]string{"a": {"a"}, "a b": {"a", "b", "score"}} {
		if got := hits(t, book, says(text)); !cmp.Equal(got, want) {
			t.Errorf("%q: signals %q, want %q", text, got, want)
		}
	}
}

func TestPacksAreSwitched(t *testing.T) {
	for src, want := range map[string]bool{
		"packs: off":                      false,
		"packs: {all: off}":               false,
		"packs: {all: off, threats: on}":  true,
		"packs: {threats: off, all: on}":  false,
		"packs: {threats: {threat: off}}": false,
		"about: nothing":                  true,
	} {
		book, err := Parse("rules.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(hits(t, book, says("I will find you, coward."))) > 0; got != want {
			t.Errorf("%s: hit %v, want %v", src, got, want)
		}
	}
}

// TestSumsAreTheSumOfWeights holds that the sum does not depend on the order of
// the rules, and acts exactly from its limits on.
func TestSumsAreTheSumOfWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tenths := rapid.SliceOfN(rapid.IntRange(-30, 30).Filter(func(n int) bool { return n != 0 }), 1, 6).Draw(t, "weights")
		limit := rapid.IntRange(1, 60).Draw(t, "limit")
		b := &Book{limits: Limits{Hold: float64(limit) / 10}}
		sum := 0
		var hits []int
		for i, n := range tenths {
			b.rules = append(b.rules, &rule{ruleSource: ruleSource{action: ActionScore, weight: float64(n) / 10}})
			hits = append(hits, i)
			sum += n
		}
		if _, _, acts := b.sum(hits); acts != (sum >= limit) {
			t.Fatalf("weights %v, limit %d in tenths: acts %v", tenths, limit, acts)
		}
	})
}
