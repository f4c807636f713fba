package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// lookedBack is how many comments thresholds are tried on before they take effect.
const lookedBack = 5000

// hindsightJSON is what thresholds would have meant, as sites set --dry-run prints
// it with --json.
type hindsightJSON struct {
	Site     string    `json:"site"`
	HoldAt   limits    `json:"hold_at"` // with the change
	Comments int       `json:"comments"`
	Since    time.Time `json:"since,omitzero"`
	Held     tallyJSON `json:"held"`
	Would    tallyJSON `json:"would_hold"`
	Spared   tallyJSON `json:"no_longer_held"`
	Besides  tallyJSON `json:"held_besides"`
}

// tallyJSON is how many comments, and what moderators made of them.
type tallyJSON struct {
	All       int `json:"all"`
	Approved  int `json:"approved"`
	Rejected  int `json:"rejected"`
	Undecided int `json:"undecided"`
}

func newTallyJSON(t moderation.Tally) tallyJSON {
	return tallyJSON{t.All, t.Approved, t.Rejected, t.All - t.Approved - t.Rejected}
}

// lookBack returns what a site's thresholds would have meant for its comments so
// far.
func lookBack(a *app, conf config, db *store.DB, s moderation.Site) (hindsightJSON, error) {
	recommended, err := recommendedFor(a, conf, db, s)
	if err != nil {
		return hindsightJSON{}, err
	}
	comments, err := db.JudgedComments(a.ctx, s.ID, lookedBack)
	if err != nil {
		return hindsightJSON{}, err
	}
	t := s.Thresholds.Or(recommended)
	h := t.LookBack(comments)
	return hindsightJSON{Site: s.Name, HoldAt: limits(t), Comments: h.Comments, Since: h.Since, Held: newTallyJSON(h.Held),
		Would: newTallyJSON(h.Would), Spared: newTallyJSON(h.Spared), Besides: newTallyJSON(h.Besides)}, nil
}

// recommendedFor returns the thresholds of the model that judges for a site.
func recommendedFor(a *app, conf config, db *store.DB, s moderation.Site) (moderation.Thresholds, error) {
	j, err := newJudges(conf.Rules)
	if err != nil {
		return moderation.Thresholds{}, err
	}
	if err := j.catchUp(a.ctx, db); err != nil {
		return moderation.Thresholds{}, err
	}
	report, err := j.model.Check(a.ctx, moderation.Submission{Arrival: moderation.Arrival{Site: s, Comment: moderation.Comment{Text: "Hello."}}})
	if err != nil || len(report.Signals) == 0 {
		return moderation.Thresholds{}, err
	}
	return report.Signals[0].Limits, nil
}

// print writes it for a person.
func (h hindsightJSON) print(w io.Writer) error {
	if h.Comments == 0 {
		_, err := fmt.Fprintln(w, "no comment was judged by the classifier so far, so nothing says what this would have meant")
		return err
	}
	fmt.Fprintf(w, "spam held from %.3g and abuse from %.3g, tried on the last %s, since %s; on the classifier's word alone:\n",
		h.HoldAt.Spam, h.HoldAt.Abuse, plural(h.Comments, "comment", "comments"), h.Since.Format(time.DateOnly))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tcomments\tapproved\trejected\tundecided\t")
	for _, row := range []struct {
		name string
		tallyJSON
	}{{"held so far", h.Held}, {"would be held", h.Would}, {"no longer held", h.Spared}, {"held besides", h.Besides}} {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t\n", row.name, row.All, row.Approved, row.Rejected, row.Undecided)
	}
	return t.Flush()
}

// isThreshold says whether a setting is one of those that are tried on the past.
func isThreshold(key string) bool { return key == "hold_spam" || key == "hold_abuse" }

// foresee prints what changed thresholds would have meant: where they take effect,
// beside what was asked for.
func (c *sitesSetCmd) foresee(a *app, db *store.DB, s moderation.Site) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	h, err := lookBack(a, conf, db, s)
	if err != nil {
		return err
	}
	switch {
	case !c.DryRun:
		return h.print(a.stderr)
	case c.JSON:
		return printJSON(a.stdout, h)
	}
	return h.print(a.stdout)
}
