package moderation_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// says is a classifier's signal with these probabilities and limits of .5.
func says(spam, abuse float64) moderation.Signal {
	return moderation.Signal{Check: "classifier", Scores: &moderation.Probabilities{OK: 1 - spam - abuse, Spam: spam, Abuse: abuse},
		Limits: moderation.Thresholds{Spam: .5, Abuse: .5}}
}

func rule(id string, a moderation.Action) moderation.Signal {
	return moderation.Signal{Check: "rules", Rule: id, Action: a, Score: 1}
}

// weak is a signal that needs a second one.
func weak(seconded string) moderation.Signal {
	return moderation.Signal{Check: "persona", Rule: "the one", Label: moderation.Abuse, Score: .3, Weak: true, Seconded: seconded, Private: true}
}

func failed() moderation.Signal {
	return moderation.Signal{Check: "classifier", Err: errors.New("out of memory")}
}

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		mode    moderation.Mode
		site    moderation.Thresholds
		trusted bool
		signals []moderation.Signal
		want    moderation.Action
		why     string // the first reason's rule, or label where there is none
	}{
		"nothing found":                             {signals: []moderation.Signal{says(.1, .1)}, want: moderation.Approve},
		"no checks at all":                          {want: moderation.Approve},
		"at the threshold":                          {signals: []moderation.Signal{says(.1, .5)}, want: moderation.Hold, why: "abuse"},
		"just below":                                {signals: []moderation.Signal{says(.1, .499)}, want: moderation.Approve},
		"the site's threshold wins":                 {site: moderation.Thresholds{Abuse: .9}, signals: []moderation.Signal{says(0, .8)}, want: moderation.Approve},
		"the site sets one threshold of two":        {site: moderation.Thresholds{Abuse: .9}, signals: []moderation.Signal{says(.6, .2)}, want: moderation.Hold, why: "spam"},
		"the label further over is named":           {signals: []moderation.Signal{{Check: "classifier", Scores: &moderation.Probabilities{Spam: .55, Abuse: .45}, Limits: moderation.Thresholds{Spam: .5, Abuse: .1}}}, want: moderation.Hold, why: "abuse"},
		"a rule that holds":                         {signals: []moderation.Signal{says(0, 0), rule("links", moderation.Hold)}, want: moderation.Hold, why: "links"},
		"a rule that approves beats one that holds": {signals: []moderation.Signal{rule("links", moderation.Hold), rule("editors", moderation.Approve)}, want: moderation.Approve, why: "editors"},
		"a rule that approves beats the classifier": {signals: []moderation.Signal{says(.9, 0), rule("editors", moderation.Approve)}, want: moderation.Approve, why: "editors"},
		"a rule that rejects beats all":             {signals: []moderation.Signal{rule("editors", moderation.Approve), failed(), rule("banned", moderation.Reject)}, want: moderation.Reject, why: "banned"},
		"a failed check holds":                      {signals: []moderation.Signal{failed()}, want: moderation.Hold, why: moderation.CheckFailed},
		"a failed check beats an approval":          {signals: []moderation.Signal{failed(), rule("editors", moderation.Approve)}, want: moderation.Hold, why: moderation.CheckFailed},
		"open: the classifier holds nothing":        {mode: moderation.ModeOpen, signals: []moderation.Signal{says(.9, .1)}, want: moderation.Approve},
		"open: rules still hold":                    {mode: moderation.ModeOpen, signals: []moderation.Signal{rule("links", moderation.Hold)}, want: moderation.Hold, why: "links"},
		"open: a failed check holds":                {mode: moderation.ModeOpen, signals: []moderation.Signal{failed()}, want: moderation.Hold, why: moderation.CheckFailed},
		"a weak signal alone":                       {signals: []moderation.Signal{says(.1, .24), weak("")}, want: moderation.Approve},
		"a weak signal, and nearly the classifier":  {signals: []moderation.Signal{says(.1, .25), weak("")}, want: moderation.Hold, why: "the one"},
		"a weak signal with a second one":           {signals: []moderation.Signal{weak("the same range"), says(0, 0)}, want: moderation.Hold, why: "the one"},
		"a weak signal over no threshold":           {signals: []moderation.Signal{weak(""), {Check: "classifier", Scores: &moderation.Probabilities{Abuse: 1}}}, want: moderation.Approve},
		"a weak signal beside one in shadow":        {signals: []moderation.Signal{weak(""), {Check: "classifier", Shadow: true, Scores: &moderation.Probabilities{Abuse: 1}, Limits: moderation.Thresholds{Abuse: .5}}}, want: moderation.Approve},
		"open: weak signals hold nothing":           {mode: moderation.ModeOpen, signals: []moderation.Signal{weak("the same range")}, want: moderation.Approve},
		"a rule that approves beats a weak signal":  {signals: []moderation.Signal{weak("the same range"), rule("editors", moderation.Approve)}, want: moderation.Approve, why: "editors"},
		"strict holds what nothing flags":           {mode: moderation.ModeStrict, signals: []moderation.Signal{says(0, 0)}, want: moderation.Hold, why: "strict"},
		"strict lets trusted authors through":       {mode: moderation.ModeStrict, trusted: true, signals: []moderation.Signal{says(0, 0)}, want: moderation.Approve},
		"strict: a flag beats trust":                {mode: moderation.ModeStrict, trusted: true, signals: []moderation.Signal{says(.9, 0)}, want: moderation.Hold, why: "spam"},
		"strict: a rule that approves counts":       {mode: moderation.ModeStrict, signals: []moderation.Signal{rule("editors", moderation.Approve)}, want: moderation.Approve, why: "editors"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := moderation.Submission{Mode: tt.mode, Standing: moderation.Standing{Trusted: tt.trusted}}
			s.Site.Thresholds = tt.site
			v := moderation.Policy{}.Judge(s, tt.signals)
			if v.Action != tt.want {
				t.Errorf("action = %s, want %s (reasons %+v)", v.Action, tt.want, v.Reasons)
			}
			if tt.why == "" {
				return
			}
			if len(v.Reasons) == 0 {
				t.Fatalf("no reason, want %s", tt.why)
			}
			if first := v.Reasons[0]; first.Rule != tt.why && (first.Rule != "" || string(first.Label) != tt.why) {
				t.Errorf("first reason = %+v, want %s", first, tt.why)
			}
		})
	}
}

// severity orders actions from mild to harsh.
func severity(a moderation.Action) int {
	return map[moderation.Action]int{moderation.Approve: 0, moderation.Hold: 1, moderation.Reject: 2}[a]
}

func TestJudgeIsMonotone(t *testing.T) {
	actions := []moderation.Action{"", moderation.Approve, moderation.Hold, moderation.Reject}
	modes := []moderation.Mode{moderation.ModeOpen, moderation.ModeNormal, moderation.ModeStrict}
	rapid.Check(t, func(t *rapid.T) {
		spam := rapid.Float64Range(0, .5).Draw(t, "spam")
		abuse := rapid.Float64Range(0, .5).Draw(t, "abuse")
		more := rapid.Float64Range(0, .5).Draw(t, "more")
		s := moderation.Submission{Mode: rapid.SampledFrom(modes).Draw(t, "mode")}
		s.Standing.Trusted = rapid.Bool().Draw(t, "trusted")
		s.Site.Thresholds = moderation.Thresholds{Spam: rapid.Float64Range(0, 1).Draw(t, "hold_spam"), Abuse: rapid.Float64Range(0, 1).Draw(t, "hold_abuse")}
		s.Site.Audit = moderation.Audit(rapid.Float64Range(0, float64(moderation.MaxAudit)).Draw(t, "audit"))
		s.Comment.PlatformID = rapid.StringN(0, 3, -1).Draw(t, "id")
		other := rule("r", rapid.SampledFrom(actions).Draw(t, "rule"))
		hint := weak(rapid.SampledFrom([]string{"", "the same range"}).Draw(t, "seconded"))
		hint.Shadow = rapid.Bool().Draw(t, "no hint")
		before := moderation.Policy{}.Judge(s, []moderation.Signal{says(spam, abuse), other, hint})
		for _, harsher := range []moderation.Signal{says(spam+more, abuse), says(spam, abuse+more)} {
			after := moderation.Policy{}.Judge(s, []moderation.Signal{harsher, other, hint})
			if severity(after.Action) < severity(before.Action) {
				t.Fatalf("more spam or abuse made %s into %s", before.Action, after.Action)
			}
		}
	})
}

func TestCapEdit(t *testing.T) {
	tests := map[string]struct {
		before moderation.Status
		judged moderation.Action
		want   moderation.Action
	}{
		"an approved comment may stay up":       {moderation.Approved, moderation.Approve, moderation.Approve},
		"an approved comment may come down":     {moderation.Approved, moderation.Hold, moderation.Hold},
		"a held comment stays held":             {moderation.Held, moderation.Approve, moderation.Hold},
		"a rejected comment is at best held":    {moderation.Rejected, moderation.Approve, moderation.Hold},
		"a rejected comment may be rejected":    {moderation.Rejected, moderation.Reject, moderation.Reject},
		"what is held anyway keeps its reasons": {moderation.Held, moderation.Hold, moderation.Hold},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := moderation.CapEdit(tt.before, moderation.Verdict{Action: tt.judged})
			if got.Action != tt.want {
				t.Errorf("CapEdit(%s, %s) = %s, want %s", tt.before, tt.judged, got.Action, tt.want)
			}
			if capped := got.Action != tt.judged; capped != (len(got.Reasons) == 1) {
				t.Errorf("reasons = %+v: a capped verdict says so, another has none", got.Reasons)
			}
		})
	}
}
