package rules

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// slowBook has rules before and behind one that looks at the writer's name, which
// takes as long as get does. In shadow, that rule is only tried out.
func slowBook(t *testing.T, get func(*state) any, more string) *Book {
	t.Helper()
	book := parse(t, `
rules:
  - {id: before, when: 'text contains "x"', action: hold, catches: [x], passes: [y]}
  - {id: slow, when: 'author.name == "z" and text contains "x"', action: approve, catches: [{text: x, author: {name: z}}], passes: [x]`+more+`}
  - {id: behind, when: 'hasWord(text, "x")', action: reject, catches: [x], passes: [y]}
`)
	for i := range book.slots {
		if book.slots[i].name == "author.name" {
			book.slots[i].get = get
		}
	}
	return book
}

// inTime runs a test on a clock of its own, and waits for what was left behind.
func inTime(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t)
		time.Sleep(time.Hour)
	})
}

// long is a text that is long enough to be watched.
func long(s string) string { return s + strings.Repeat(" .", longComment/2) }

// rulesOf returns the rules of signals, without those that tell of a failure.
func rulesOf(signals []moderation.Signal) []string {
	var names []string
	for _, s := range signals {
		if s.Err == nil {
			names = append(names, s.Rule)
		}
	}
	return names
}

func TestARuleThatFailsLeavesTheOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		get  func(*state) any
		want string // in the error
	}{
		"panics":            {"x", func(*state) any { panic("broken fact") }, `check rule "slow": panic: broken fact`},
		"panics, long":      {long("x"), func(*state) any { panic("broken fact") }, `check rule "slow": panic: broken fact`},
		"takes ages, long":  {long("x"), func(*state) any { time.Sleep(time.Minute); return "z" }, `check rule "slow": took longer than 1s`},
		"takes a bit":       {"x", func(*state) any { time.Sleep(1100 * time.Millisecond); return "z" }, `check rule "slow": took longer than 1s`},
		"takes a bit, long": {long("x"), func(*state) any { time.Sleep(1100 * time.Millisecond); return "z" }, `check rule "slow": took longer than 1s`},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				book := slowBook(t, tt.get, "")
				start := time.Now()
				report, err := book.Check(t.Context(), says(tt.text))
				if took := time.Since(start); took > bookTime {
					t.Errorf("took %v", took)
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v; want %s", err, tt.want)
				}
				if diff := cmp.Diff([]string{"before", "behind"}, rulesOf(report.Signals)); diff != "" {
					t.Errorf("signals (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARuleThatTakesItsTimeCounts(t *testing.T) {
	inTime(t, func(t *testing.T) {
		book := slowBook(t, func(*state) any { time.Sleep(900 * time.Millisecond); return "z" }, "")
		if got := hits(t, book, says("x")); !cmp.Equal(got, []string{"before", "slow", "behind"}) {
			t.Errorf("hits %q", got)
		}
	})
}

// TestAShadowThatFailsHoldsNothing holds that a rule that is only tried out can't
// hold a comment by its mistakes, and that they are kept all the same.
func TestAShadowThatFailsHoldsNothing(t *testing.T) {
	for name, get := range map[string]func(*state) any{
		"panics":  func(*state) any { panic("broken fact") },
		"is slow": func(*state) any { time.Sleep(time.Minute); return "z" },
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				report, err := slowBook(t, get, ", shadow: on").Check(t.Context(), says(long("x")))
				if err != nil {
					t.Errorf("error %v", err)
				}
				if diff := cmp.Diff([]string{"before", "behind"}, rulesOf(report.Signals)); diff != "" {
					t.Errorf("signals (-want +got):\n%s", diff)
				}
				v := moderation.Policy{}.Judge(says("x"), report.Signals)
				last := v.Reasons[len(v.Reasons)-1]
				if v.Action != moderation.Reject || !last.Shadow || last.Rule != moderation.CheckFailed || !strings.Contains(last.Detail, `"slow"`) {
					t.Errorf("verdict %+v; want the failure as a shadow", v)
				}
			})
		})
	}
}

func TestTheBooksTimeEnds(t *testing.T) {
	var slow strings.Builder
	slow.WriteString("rules:\n")
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		slow.WriteString("  - {id: " + id + ", when: 'author.name == \"z\"', action: hold, catches: [{author: {name: z}}], passes: [x]}\n")
	}
	for name, patience := range map[string]time.Duration{"its own": time.Hour, "of whoever asks": time.Second} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				book := parse(t, slow.String())
				book.slots[0].get = func(*state) any { time.Sleep(time.Minute); return "z" }
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				start := time.Now()
				_, err := book.Check(ctx, says(long("x")))
				if took, most := time.Since(start), min(patience*4/5, bookTime); took > most {
					t.Errorf("took %v, more than %v", took, most)
				}
				if err == nil || !strings.Contains(err.Error(), `"a": took longer`) || !strings.Contains(err.Error(), "no time left") {
					t.Errorf("error %v; want the rules that took too long", err)
				}
			})
		})
	}
}

func TestSlowListsAreAnError(t *testing.T) {
	inTime(t, func(t *testing.T) {
		book := parse(t, `rules: [{id: a, when: 'hasWord(author.name, "z")', action: hold, catches: [{author: {name: z}}], passes: [x]}]`)
		book.slots[0].get = func(*state) any { time.Sleep(time.Minute); return "z" }
		if _, err := book.Check(t.Context(), says(long("x"))); err == nil || !strings.Contains(err.Error(), "check lists: took longer") {
			t.Errorf("error %v", err)
		}
	})
}

func TestPanicsInListsAreAnError(t *testing.T) {
	book := parse(t, `rules: [{id: a, when: 'hasWord(author.name, "z")', action: hold, catches: [{author: {name: z}}], passes: [x]}, {id: b, when: 'text == "x"', action: hold, catches: [x], passes: [y]}]`)
	book.slots[0].get = func(*state) any { panic("broken fact") }
	report, err := book.Check(t.Context(), says("x"))
	if err == nil || !strings.Contains(err.Error(), "check lists: panic: broken fact") || !cmp.Equal(rulesOf(report.Signals), []string{"b"}) {
		t.Errorf("signals %+v, error %v", report.Signals, err)
	}
}

// noHistory knows of nothing.
type noHistory struct{}

func (noHistory) Background(context.Context, moderation.Arrival) (moderation.Background, error) {
	return moderation.Background{}, nil
}

// TestAFailingRuleHolds shows the whole way: the service asks the book, and the
// comment waits for a person with a reason that names the rule.
func TestAFailingRuleHolds(t *testing.T) {
	for name, get := range map[string]func(*state) any{
		"panics":  func(*state) any { panic("broken fact") },
		"is slow": func(*state) any { time.Sleep(time.Minute); return "z" },
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				book := slowBook(t, get, "")
				service := moderation.Service{History: noHistory{}, Checkers: []moderation.Checker{book}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
				v, err := service.Assess(t.Context(), says(long("xy")).Arrival) // which the rule behind passes
				if err != nil {
					t.Fatal(err)
				}
				if v.Action != moderation.Hold || v.Reasons[0].Rule != moderation.CheckFailed || !strings.Contains(v.Reasons[0].Detail, `check rule "slow"`) {
					t.Errorf("verdict %+v; want a hold that names the rule", v)
				}
				if len(v.Reasons) != 2 || v.Reasons[1].Rule != "before" {
					t.Errorf("reasons %+v; want the other rule's too", v.Reasons)
				}
			})
		})
	}
}

func TestTimeThatRunsOutIsAnError(t *testing.T) {
	for name, text := range map[string]string{"short": "x y", "long": long("x y")} {
		t.Run(name, func(t *testing.T) {
			book := parse(t, `rules: [{id: a, when: text.words > 1, action: hold, message: m, catches: [x y], passes: [x]}]`)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := book.Check(ctx, says(text)); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v; want %v", err, context.Canceled)
			}
		})
	}
}
