package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
	"gatehouse/rules"
)

// rulesReplayCmd asks a rule book about the stored history.
type rulesReplayCmd struct {
	File string `arg:"" optional:"" help:"The changed rule book: a YAML file, or a folder of them. None: the one in force."`
	historyFlags
}

// Help says what is asked.
func (rulesReplayCmd) Help() string {
	return `Each stored comment, and each edit of one, comes before the book in the order in which it came, with what was known at its time: the author's standing, counts, duplicates, the mode. E-mail and address are not kept: rules that read them are named, and not asked. Whole verdicts are made with the classifier's probabilities as they were; imported comments have none. Nothing is changed.`
}

// rulesReplay is what rules replay prints as JSON.
type rulesReplay struct {
	Site     string          `json:"site"`
	Book     replayedBook    `json:"book"`
	InForce  replayedBook    `json:"in_force"`
	Comments int             `json:"comments"` // and edits
	Unscored int             `json:"unscored"` // those without a classifier's probabilities
	Failed   int             `json:"failed"`   // those on which a rule failed
	Rules    []*ruleTally    `json:"rules"`
	Changes  []*verdictShift `json:"changes"`

	rules *tallies
}

// replayedBook is a book and what it would have made of the history.
type replayedBook struct {
	File     string `json:"file"` // empty: the built-in rules
	Version  string `json:"version"`
	Approved int    `json:"approved"`
	Held     int    `json:"held"`
	Rejected int    `json:"rejected"`
	// Of those held and rejected, what moderators decided on them.
	FlaggedRight int `json:"flagged_right"` // rejected by moderators
	FlaggedWrong int `json:"flagged_wrong"` // approved by moderators

	book *rules.Book // without the rules that can't be asked
}

// verdictShift is a change from one action to another.
type verdictShift struct {
	From moderation.Action `json:"from"`
	To   moderation.Action `json:"to"`
	tally
}

// Run replays.
func (c *rulesReplayCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if c.File == "" {
		c.File = conf.Rules
	}
	out := &rulesReplay{Site: c.Site, Changes: []*verdictShift{}}
	if out.Book, err = openReplayed(c.File); err != nil {
		return err
	}
	if out.InForce, err = openReplayed(conf.Rules); err != nil {
		return fmt.Errorf("the rule book in force: %w", err)
	}
	out.rules = newTallies(out.Book.book)
	db, site, since, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	limits, err := limitsOf(a, db, site)
	if err != nil {
		return err
	}
	progress := a.progress("replaying")
	err = db.Retrace(a.ctx, site, since, func(r moderation.Retraced, done, total int) error {
		progress.percent(int64(done), int64(total))
		return out.add(a.ctx, r, limits)
	})
	progress.close()
	if err != nil {
		return a.interrupted(err, "nothing was changed")
	}
	out.Rules = out.rules.list
	if c.JSON {
		return printJSON(a.stdout, out)
	}
	return out.print(a.stdout)
}

// openReplayed loads a book.
func openReplayed(path string) (replayedBook, error) {
	book, err := loadBook(path)
	if err != nil {
		return replayedBook{}, err
	}
	var blind []string // rules that can't be asked
	for _, o := range book.Outline() {
		if len(o.Unkept) > 0 {
			blind = append(blind, o.Rule)
		}
	}
	return replayedBook{File: path, Version: book.Version(), book: book.Without(blind...)}, nil
}

// limitsOf returns the thresholds that the model in force recommends for a blog.
func limitsOf(a *app, db *store.DB, site moderation.Site) (moderation.Thresholds, error) {
	j, err := newJudges("")
	if err != nil {
		return moderation.Thresholds{}, err
	}
	if err := j.catchUp(a.ctx, db); err != nil {
		return moderation.Thresholds{}, err
	}
	arrival := platform.Arrival(moderation.FormatText, "any")
	arrival.Site = site
	report, err := j.model.Check(a.ctx, moderation.Submission{Arrival: arrival, Mode: site.Mode})
	if err != nil || len(report.Signals) == 0 {
		return moderation.Thresholds{}, err
	}
	return report.Signals[0].Limits, nil
}

// add counts one comment.
func (o *rulesReplay) add(ctx context.Context, r moderation.Retraced, limits moderation.Thresholds) error {
	o.Comments++
	standing, err := moderation.StandingCheck{}.Check(ctx, r.Submission)
	if err != nil {
		return err
	}
	others := standing.Signals
	if r.Verdict.Scores == (moderation.Probabilities{}) {
		o.Unscored++
	} else {
		scores := r.Verdict.Scores
		others = append(others, moderation.Signal{Check: "classifier", Scores: &scores, Limits: limits})
	}
	hits, failed := o.Book.ask(ctx, r.Submission)
	if failed {
		o.Failed++
	}
	o.rules.addSignals(r, hits)
	before, _ := o.InForce.ask(ctx, r.Submission)
	from, to := o.InForce.judge(r, before, others), o.Book.judge(r, hits, others)
	if from != to {
		o.shift(from, to).add(r)
	}
	return ctx.Err()
}

// ask returns what the rules that can be asked say, and whether one failed: then, as
// in the service, the check as a whole has failed.
func (b *replayedBook) ask(ctx context.Context, sub moderation.Submission) ([]moderation.Signal, bool) {
	report, err := b.book.Check(ctx, sub)
	signals := report.Signals
	if err != nil {
		signals = append(signals, moderation.Signal{Check: b.book.Name(), Rule: moderation.CheckFailed, Err: err})
	}
	return signals, slices.ContainsFunc(signals, func(s moderation.Signal) bool { return s.Err != nil })
}

// judge counts and returns what the policy makes of a comment.
func (b *replayedBook) judge(r moderation.Retraced, hits, others []moderation.Signal) moderation.Action {
	action := moderation.Policy{}.Judge(r.Submission, slices.Concat(hits, others)).Action
	switch action {
	case moderation.Approve:
		b.Approved++
		return action
	case moderation.Hold:
		b.Held++
	case moderation.Reject:
		b.Rejected++
	}
	switch outcomeOf(r) {
	case outcomeApproved:
		b.FlaggedWrong++
	case outcomeRejected:
		b.FlaggedRight++
	}
	return action
}

// shift returns the counts of a change of action.
func (o *rulesReplay) shift(from, to moderation.Action) *verdictShift {
	for _, s := range o.Changes {
		if s.From == from && s.To == to {
			return s
		}
	}
	s := &verdictShift{From: from, To: to}
	o.Changes = append(o.Changes, s)
	return s
}

// print writes the outcome for people.
func (o *rulesReplay) print(w io.Writer) error {
	fmt.Fprintf(w, "%d comments and edits of %s before %s (%s)\n", o.Comments, o.Site, titleOf(o.Book.File), o.Book.Version)
	var hit, without, blind []*ruleTally
	for _, r := range o.Rules {
		switch {
		case len(r.Unkept) > 0:
			blind = append(blind, r)
		case r.Hits > 0:
			hit = append(hit, r)
		default:
			without = append(without, r)
		}
	}
	if len(hit) > 0 {
		fmt.Fprintln(w, "\nwould have hit, and what became of those comments")
		if err := printTallies(w, hit); err != nil {
			return err
		}
		printExamples(w, hit)
	}
	if len(without) > 0 {
		fmt.Fprintf(w, "\nno hits: %s\n", names(without))
	}
	for _, r := range blind {
		fmt.Fprintf(w, "\ncan't be replayed: %s, for %v is not kept with comments, only a keyed hash of it\n", r.Rule, r.Unkept)
	}
	o.printBooks(w)
	return nil
}

// printBooks writes the whole book beside the one in force.
func (o *rulesReplay) printBooks(w io.Writer) {
	if o.Book.Version == o.InForce.Version {
		fmt.Fprintf(w, "\nthe book is the one in force: %d approved, %d held, %d rejected\n", o.Book.Approved, o.Book.Held, o.Book.Rejected)
	} else {
		fmt.Fprintf(w, "\nagainst the book in force, %s (%s)\n", titleOf(o.InForce.File), o.InForce.Version)
		for _, row := range []struct {
			what          string
			before, after int
		}{
			{"approved", o.InForce.Approved, o.Book.Approved},
			{"held", o.InForce.Held, o.Book.Held},
			{"rejected", o.InForce.Rejected, o.Book.Rejected},
			{"held or rejected that moderators rejected", o.InForce.FlaggedRight, o.Book.FlaggedRight},
			{"held or rejected that moderators approved", o.InForce.FlaggedWrong, o.Book.FlaggedWrong},
		} {
			fmt.Fprintf(w, "  %-42s %6d → %6d  (%+d)\n", row.what, row.before, row.after, row.after-row.before)
		}
	}
	for _, s := range o.Changes {
		fmt.Fprintf(w, "\n%s → %s: %d comments, of which moderators approved %d and rejected %d\n", s.From, s.To, s.Hits, s.Approved, s.Rejected)
		printExampleLines(w, s.Examples)
	}
	if o.Unscored > 0 {
		fmt.Fprintf(w, "\n%d comments have no probabilities of the classifier, such as imported ones: their verdicts are made without\n", o.Unscored)
	}
	if o.Failed > 0 {
		fmt.Fprintf(w, "\nwarning: on %d comments a rule failed\n", o.Failed)
	}
}
