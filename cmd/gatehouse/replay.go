package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/rules"
	"gatehouse/training"
)

// replayCmd sends a labelled history through the gate.
type replayCmd struct {
	corpusFlags
	Split  string   `placeholder:"PART" help:"Replay only lines with this \"split\", such as dev; else all lines."`
	Limit  *int     `placeholder:"N" help:"Stop after so many comments; else at the end."`
	Model  string   `placeholder:"FILE" help:"The model to begin with; else the starter model that is built in."`
	Learn  bool     `help:"Learn from each answered card. What is not held comes to no moderator and teaches nothing."`
	HoldAt *float64 `name:"hold-at" placeholder:"P" help:"Hold from this probability of spam or of abuse; else from the model's own thresholds."`
	Rules  bool     `help:"Ask the rule book, too: the configured one, else the built-in one."`
	Config string   `env:"GATEHOUSE_CONFIG" placeholder:"FILE" help:"Configuration file that names the rule book (gatehouse.yaml, where there is one)."`
	JSON   bool     `help:"Print JSON."`
}

// Help says what is pretended.
func (replayCmd) Help() string {
	return `Each comment, in the order of files and lines, goes through classifier and policy as in the service: a blog in normal mode without an audit, a writer of whom nothing is known. The moderator is pretended: each held comment is a card, and is answered with its label before the next comment comes. With --learn each answer is a lesson. Only cards teach, as with a real moderator, who sees nothing else; so what slips through is never learned from. Rules (--rules) see the text alone. Nothing is stored.`
}

// replayOutput is what replay prints as JSON.
type replayOutput struct {
	Model  string `json:"model"` // that the replay began with
	Rules  string `json:"rules"` // version of the rule book; empty: not asked
	HoldAt limits `json:"hold_at"`
	Learn  bool   `json:"learn"`
	training.ReplayResult
	Warnings []string `json:"warnings"`
}

// Run replays every line of the files, or one part of them.
func (c *replayCmd) Run(a *app) error {
	if err := c.validate(); err != nil {
		return err
	}
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	known, err := knownTo(model)
	if err != nil {
		return err
	}
	j := judges{model: classifier.New(model), personas: classifier.NewPersonas()}
	out := replayOutput{Model: model.Version(), HoldAt: limits(c.thresholds().Or(model.Limits())), Learn: c.Learn}
	checkers := []moderation.Checker{j.model}
	if c.Rules {
		book, err := c.book()
		if err != nil {
			return err
		}
		j.book = book
		out.Rules, checkers = book.Version(), j.checkers()
	}
	service := &moderation.Service{History: blankHistory{}, Checkers: checkers, Now: a.now, Log: quietLog()}
	replay := training.Replay{Assess: service.Assess, HoldAt: c.thresholds()}
	if c.Learn {
		replay.Student = j.model
	}
	stats, err := c.walk(a, &replay, known)
	if err != nil {
		return err
	}
	out.ReplayResult, out.Warnings = replay.Result(), known.warnings(stats.Files, c.Split)
	return c.tell(a, &out)
}

// validate refuses what makes no sense.
func (c *replayCmd) validate() error {
	if c.HoldAt != nil && !(*c.HoldAt > 0 && *c.HoldAt <= 1) {
		return usagef("--hold-at %v: it must be above 0 and at most 1", *c.HoldAt)
	}
	if c.Limit != nil && *c.Limit < 1 {
		return usagef("--limit %d: it must be at least 1", *c.Limit)
	}
	return nil
}

// thresholds are those of the pretended blog.
func (c *replayCmd) thresholds() moderation.Thresholds {
	if c.HoldAt == nil {
		return moderation.Thresholds{}
	}
	return moderation.Thresholds{Spam: *c.HoldAt, Abuse: *c.HoldAt}
}

// book is the rule book that the service would ask.
func (c *replayCmd) book() (*rules.Book, error) {
	conf, err := databaseFlags{Config: c.Config}.config()
	if err != nil {
		return nil, err
	}
	return loadBook(conf.Rules)
}

// walk replays the comments that are asked for.
func (c *replayCmd) walk(a *app, replay *training.Replay, known known) (training.ReadStats, error) {
	n := 0
	stats, err := c.read(a, func(e training.Example) error {
		if c.Split != "" && e.Split != c.Split {
			return nil
		}
		if c.Limit != nil && n == *c.Limit {
			return errEnough
		}
		n++
		known.see(e)
		return replay.Add(a.ctx, e)
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("replay history: none of %d comments is of the split %q", stats.Examples, c.Split)
	}
	return stats, err
}

// tell prints what became of the history.
func (c *replayCmd) tell(a *app, out *replayOutput) error {
	if out.ChecksFailed > 0 {
		out.Warnings = append(out.Warnings, fmt.Sprintf("%d comments were held because a check failed", out.ChecksFailed))
	}
	for _, w := range out.Warnings {
		fmt.Fprintf(a.stderr, "warning: %s\n", w)
	}
	if c.JSON {
		return printJSON(a.stdout, out)
	}
	return out.print(a.stdout)
}

// print writes the figures for people.
func (o *replayOutput) print(w io.Writer) error {
	fmt.Fprintf(w, "model %s, held from %.3g for spam, %.3g for abuse", o.Model, o.HoldAt.Spam, o.HoldAt.Abuse)
	if o.Rules != "" {
		fmt.Fprintf(w, ", rules %s", o.Rules)
	}
	fmt.Fprint(w, "\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "comments\tcards\tper 100\tof them right\tspam caught\tabuse caught\tok held\t")
	for i, row := range o.Table {
		from := 1
		if i > 0 {
			from = o.Table[i-1].Comments + 1
		}
		printReplayRow(t, fmt.Sprintf("%d–%d", from, row.Comments), row.Since)
	}
	printReplayRow(t, "all", o.ReplayFigures)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print figures: %w", err)
	}
	lessons := "nothing learned"
	if o.Learn {
		lessons = fmt.Sprintf("%d lessons learned", o.Lessons)
	}
	_, err := fmt.Fprintf(w, "\n%d comments: %d held, %d approved, %d rejected; %s\nslipped through: %d of %d spam, %d of %d abuse\nin vain: %d of %d ok held, %d rejected\n",
		o.Comments, o.Held, o.Approved, o.Rejected, lessons, o.SpamApproved, o.Spam, o.AbuseApproved, o.Abuse, o.OKHeld, o.OK, o.OKRejected)
	return err
}

// printReplayRow writes one line of the table.
func printReplayRow(w io.Writer, name string, f training.ReplayFigures) {
	fmt.Fprintf(w, "%s\t%d\t%.1f\t%s\t%s\t%s\t%s\t\n", name, f.Held, float64(f.CardsPer100),
		f.CardsRight.Percent(), f.SpamCaught.Percent(), f.AbuseCaught.Percent(), f.OKHeldShare.Percent())
}
