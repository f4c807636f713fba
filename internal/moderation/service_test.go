package moderation_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/moderation"
)

// memory is a ledger that keeps what it is given.
type memory struct {
	admitted []moderation.Admission
	past     moderation.Background
	err      error
}

func (m *memory) Seen(context.Context, moderation.Arrival) (moderation.Receipt, bool, error) {
	return moderation.Receipt{}, false, m.err
}

func (m *memory) Admit(_ context.Context, a moderation.Admission) (moderation.Receipt, error) {
	m.admitted = append(m.admitted, a)
	return moderation.Receipt{Comment: 1, Revision: 1, Verdict: a.Verdict, Status: a.Verdict.Action.Status()}, nil
}

func (m *memory) Withdraw(context.Context, moderation.Withdrawal) (moderation.Receipt, error) {
	return moderation.Receipt{}, m.err
}

func (m *memory) Background(context.Context, moderation.Arrival) (moderation.Background, error) {
	return m.past, m.err
}

// check is a Checker made of a function.
type check func(context.Context, moderation.Submission) (moderation.Report, error)

func (check) Name() string { return "classifier" }

func (c check) Check(ctx context.Context, s moderation.Submission) (moderation.Report, error) {
	return c(ctx, s)
}

func newService(m *memory, checks ...moderation.Checker) *moderation.Service {
	return &moderation.Service{Ledger: m, History: m, Checkers: checks, Bell: &moderation.Bell{}, Now: time.Now,
		Log: slog.New(slog.DiscardHandler)}
}

func decent() moderation.Arrival {
	return moderation.Arrival{Comment: moderation.Comment{PlatformID: "7", Body: "Well said.", Text: "Well said.", Format: moderation.FormatText}}
}

func TestACheckThatBreaksHoldsTheComment(t *testing.T) {
	tests := map[string]check{
		"fails": func(context.Context, moderation.Submission) (moderation.Report, error) {
			return moderation.Report{}, errors.New("disk on fire")
		},
		"panics": func(context.Context, moderation.Submission) (moderation.Report, error) { panic("disk on fire") },
		"hangs": func(context.Context, moderation.Submission) (moderation.Report, error) {
			time.Sleep(time.Hour)
			return moderation.Report{}, nil
		},
	}
	for name, broken := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				defer time.Sleep(2 * time.Hour) // of the bubble's time: the one that hangs ends
				m := &memory{}
				r, err := newService(m, broken).Submit(t.Context(), decent())
				if err != nil {
					t.Fatal(err)
				}
				if r.Status != moderation.Held || len(m.admitted) != 1 {
					t.Fatalf("status %s, %d stored; want held and 1", r.Status, len(m.admitted))
				}
				if reason := r.Verdict.Reasons[0]; reason.Rule != moderation.CheckFailed || !strings.Contains(reason.Detail, "classifier check failed") {
					t.Errorf("reason = %+v", reason)
				}
			})
		})
	}
}

func TestChecksSeeWhatTheDatabaseKnows(t *testing.T) {
	m := &memory{past: moderation.Background{Parent: moderation.Parent{Author: "Ann", Text: "I disagree."},
		Standing: moderation.Standing{Known: true, Approved: 4}}}
	var seen moderation.Submission
	s := newService(m, check(func(_ context.Context, s moderation.Submission) (moderation.Report, error) {
		seen = s
		return moderation.Report{Version: "v1"}, nil
	}))
	a := decent()
	a.Site.Mode = moderation.ModeOpen
	r, err := s.Submit(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Parent.Author != "Ann" || seen.Standing.Approved != 4 || seen.Mode != moderation.ModeOpen || seen.Now.IsZero() {
		t.Errorf("submission = %+v", seen)
	}
	if r.Verdict.Model != "v1" {
		t.Errorf("model = %q, want v1", r.Verdict.Model)
	}
	a.Parent = moderation.Parent{Author: "Bob", Text: "So do I."}
	if _, err := s.Submit(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if seen.Parent.Author != "Bob" {
		t.Errorf("parent = %+v, want what the platform sent", seen.Parent)
	}
}

func TestSubmitRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*moderation.Comment)
		want   string
	}{
		"no id":          {func(c *moderation.Comment) { c.PlatformID = "" }, "field id: missing"},
		"a long id":      {func(c *moderation.Comment) { c.PlatformID = strings.Repeat("x", 513) }, "field id: longer than 512 bytes"},
		"no body":        {func(c *moderation.Comment) { c.Body = "" }, "field body: missing or empty"},
		"not UTF-8":      {func(c *moderation.Comment) { c.Body = "\xff" }, "field body: not valid UTF-8"},
		"unknown format": {func(c *moderation.Comment) { c.Format = "rtf" }, `field format: "rtf" is neither text nor html`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, a := &memory{}, decent()
			tt.change(&a.Comment)
			_, err := newService(m).Submit(t.Context(), a)
			if !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want ErrInvalid with %q", err, tt.want)
			}
			if len(m.admitted) != 0 {
				t.Error("it was stored")
			}
		})
	}
}

func TestDecideRefusesAnUnknownChoice(t *testing.T) {
	_, err := newService(&memory{}).Decide(t.Context(), moderation.Order{Comment: 1, Choice: "undo"})
	if !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("err = %v, want ErrInvalid", err)
	}
}
