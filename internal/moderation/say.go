package moderation

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"time"
)

// namedRules bounds how many rules a verdict's line in the log names.
const namedRules = 5

// logVerdict writes the one line of a verdict. It holds nothing that its writer
// wrote: programs count on its fields, which docs/operations.md lists.
func (s *Service) logVerdict(site Site, r Receipt, took time.Duration) {
	if !s.Log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	v := r.Verdict
	s.Log.Info("comment judged", "site", site.Name, "comment", r.Comment, "revision", r.Revision,
		"action", v.Action, "label", v.TopLabel(), "spam", rounded(v.Scores.Spam), "abuse", rounded(v.Scores.Abuse),
		"reasons", reasonNames(v), "model", v.Model, "rules", v.Rules, "took_ms", milliseconds(took), "duplicate", r.Duplicate)
}

// logDecision writes the one line of a decision or an undo. Who decided is there
// as the actor's id, which is no name.
func (s *Service) logDecision(o Outcome) {
	d := o.Decision
	s.Log.Info("comment decided", "site", o.SiteName, "comment", d.Comment, "revision", d.Revision,
		"choice", d.Choice, "by", d.By.ID, "via", d.Via, "held_s", int64(o.Held().Seconds()), "repeated", o.Repeated)
}

// reasonNames returns the first reasons that count, as check:rule with commas
// between them.
func reasonNames(v Verdict) string {
	var names []string
	for _, r := range v.Reasons {
		if r.Shadow || len(names) == namedRules {
			continue
		}
		name := r.Check
		if r.Rule != "" {
			name += ":" + r.Rule
		}
		names = append(names, name)
	}
	return strings.Join(names, ",")
}

// rounded is a probability as the log has it.
func rounded(p float64) float64 { return math.Round(p*10000) / 10000 }

// milliseconds is a time as the log has it.
func milliseconds(d time.Duration) float64 { return math.Round(float64(d)/1e4) / 100 }
