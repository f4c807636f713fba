package moderation_test

import (
	"errors"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// drawn says whether a site with this audit asks about a comment of which the
// classifier is sure.
func drawn(site moderation.SiteID, share moderation.Audit, id string) bool {
	var s moderation.Submission
	s.Site.ID, s.Site.Audit, s.Comment.PlatformID = site, share, id
	return moderation.Policy{}.Judge(s, []moderation.Signal{says(.1, .1)}).Action == moderation.Hold
}

// anID returns a comment's id that site 1 draws at this share, or does not.
func anID(t *testing.T, share moderation.Audit, want bool) string {
	t.Helper()
	for i := range 10_000 {
		if id := strconv.Itoa(i); drawn(1, share, id) == want {
			return id
		}
	}
	t.Fatalf("none of 10,000 ids has drawn = %v at %v", want, float64(share))
	return ""
}

func TestJudgeAudits(t *testing.T) {
	const share = .01
	in, out := anID(t, share, true), anID(t, share, false)
	const asked, maybe = "asked at random: one in 100 sure comments is", "may be asked at random: one in 100 sure comments is"
	sure := says(.1, .1)
	tests := map[string]struct {
		id      string
		mode    moderation.Mode
		trusted bool
		signals []moderation.Signal
		want    moderation.Action
		audit   string // what the audit's reason says; empty: there is none
	}{
		"drawn":                               {id: in, mode: moderation.ModeNormal, signals: []moderation.Signal{sure}, want: moderation.Hold, audit: asked},
		"not drawn":                           {id: out, mode: moderation.ModeNormal, signals: []moderation.Signal{sure}, want: moderation.Approve},
		"evidence only changes nothing":       {id: in, signals: []moderation.Signal{rule("r", ""), sure}, want: moderation.Hold, audit: asked},
		"judged and not kept":                 {mode: moderation.ModeNormal, signals: []moderation.Signal{sure}, want: moderation.Approve, audit: maybe},
		"judged and not kept, held":           {signals: []moderation.Signal{says(.9, 0)}, want: moderation.Hold},
		"not what a rule approves":            {id: in, signals: []moderation.Signal{sure, rule("editors", moderation.Approve)}, want: moderation.Approve},
		"not from trusted authors":            {id: in, mode: moderation.ModeNormal, trusted: true, signals: []moderation.Signal{sure}, want: moderation.Approve},
		"not from trusted authors, strict":    {id: in, mode: moderation.ModeStrict, trusted: true, signals: []moderation.Signal{sure}, want: moderation.Approve},
		"not in open mode":                    {id: in, mode: moderation.ModeOpen, signals: []moderation.Signal{says(.9, .1)}, want: moderation.Approve},
		"not where no classifier spoke":       {id: in, signals: []moderation.Signal{rule("r", "")}, want: moderation.Approve},
		"what is flagged is held for that":    {id: in, signals: []moderation.Signal{says(.9, 0)}, want: moderation.Hold},
		"what a rule holds is held for that":  {id: in, signals: []moderation.Signal{sure, rule("links", moderation.Hold)}, want: moderation.Hold},
		"what a rule rejects is rejected":     {id: in, signals: []moderation.Signal{sure, rule("banned", moderation.Reject)}, want: moderation.Reject},
		"a failed check is held for that":     {id: in, signals: []moderation.Signal{sure, failed()}, want: moderation.Hold},
		"strict mode holds, and not an audit": {id: in, mode: moderation.ModeStrict, signals: []moderation.Signal{sure}, want: moderation.Hold},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := moderation.Submission{Mode: tt.mode, Standing: moderation.Standing{Trusted: tt.trusted}}
			s.Site.ID, s.Site.Audit, s.Comment.PlatformID = 1, share, tt.id
			v := moderation.Policy{}.Judge(s, tt.signals)
			if v.Action != tt.want {
				t.Errorf("action = %s, want %s (reasons %+v)", v.Action, tt.want, v.Reasons)
			}
			said := ""
			for i, r := range v.Reasons {
				if r.Check != "audit" {
					continue
				}
				said = r.Detail
				if first := i == 0; first != (v.Action == moderation.Hold) {
					t.Errorf("the audit is reason %d of a comment to %s: it is the first one exactly where it holds", i, v.Action)
				}
			}
			if said != tt.audit {
				t.Errorf("the audit says %q, want %q", said, tt.audit)
			}
		})
	}
}

// TestAnAuditDrawsItsShare counts over 10,000 ids; the bounds are six standard
// deviations, which chance leaves about once in a hundred million times.
func TestAnAuditDrawsItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site := moderation.SiteID(rapid.Int64Range(1, 1<<40).Draw(t, "site"))
		share := moderation.Audit(rapid.Float64Range(0.01, float64(moderation.MaxAudit)).Draw(t, "share"))
		prefix := rapid.SampledFrom([]string{"", "comment-", "https://blog.example.test/#c"}).Draw(t, "prefix")
		const n = 10_000
		count := 0
		for i := range n {
			id := prefix + strconv.Itoa(i)
			is := drawn(site, share, id)
			if is {
				count++
			}
			if i%100 == 0 && is && !drawn(site, moderation.MaxAudit, id) {
				t.Fatalf("%s is drawn at %v and not at more", id, float64(share))
			}
		}
		mean := n * float64(share)
		if off := float64(count) - mean; off*off > 36*mean {
			t.Fatalf("%d of %d drawn, want about %.0f", count, n, mean)
		}
	})
}

// TestADrawIsKept pins the draw: redelivery, edits and later versions of this
// program must come to the same.
func TestADrawIsKept(t *testing.T) {
	if got := anID(t, .01, true); got != "97" {
		t.Errorf("the first number that site 1 draws is %s: the draw has changed", got)
	}
	if drawn(2, .01, anID(t, .01, true)) {
		t.Error("another site draws the same comments")
	}
	if drawn(1, 0, anID(t, .01, true)) {
		t.Error("an audit of 0 draws")
	}
}

func TestParseAudit(t *testing.T) {
	for s, want := range map[string]string{"0": "none", "0.01": "one in 100", "0.2": "one in 5", "2e-2": "one in 50", "0.03": "about one in 33", "0.15": "about one in 7"} {
		if a, err := moderation.ParseAudit(s); err != nil || a.String() != want {
			t.Errorf("ParseAudit(%q) = %s, %v; want %s", s, a, err, want)
		}
	}
	for _, s := range []string{"", "1 %", "0.2001", "-0.01", "NaN", "Inf"} {
		if _, err := moderation.ParseAudit(s); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("ParseAudit(%q): err = %v, want ErrInvalid", s, err)
		}
	}
}

func TestCapEditOfWhatAnAuditDrew(t *testing.T) {
	var s moderation.Submission
	s.Site.ID, s.Site.Audit, s.Comment.PlatformID = 1, .01, anID(t, .01, true)
	v := moderation.Policy{}.Judge(s, []moderation.Signal{says(.1, .1)})
	for before, first := range map[moderation.Status]string{moderation.Approved: "audit", moderation.Held: "edit", moderation.Rejected: "edit"} {
		got := moderation.CapEdit(before, v)
		if got.Action != moderation.Hold || got.Reasons[0].Check != first {
			t.Errorf("an edit of a comment that was %s: %s, %+v; want hold, first for %s", before, got.Action, got.Reasons, first)
		}
	}
}
