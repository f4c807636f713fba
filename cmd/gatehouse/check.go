package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// maxCheckedText bounds what check reads from standard input, in bytes: as much
// as a blog may send.
const maxCheckedText = 256 << 10

// checkCmd judges one comment and keeps nothing.
type checkCmd struct {
	databaseFlags
	Site   string   `placeholder:"NAME" help:"Judge as for this blog: its mode, its thresholds, and what its moderators taught."`
	Parent string   `placeholder:"TEXT" help:"The comment that this one answers."`
	To     string   `name:"parent-author" placeholder:"NAME" help:"The name of whom this one answers: who writes it means \"you\"."`
	Author string   `placeholder:"NAME" help:"The name of the writer."`
	HTML   bool     `help:"The text is HTML."`
	JSON   bool     `help:"Print the object of the HTTP answer."`
	Text   []string `arg:"" optional:"" help:"The comment; from standard input where it is absent."`
}

// Run prints the verdict with every reason.
func (c *checkCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	arrival, err := c.arrival(a.stdin)
	if err != nil {
		return err
	}
	j, err := newJudges(conf.Rules)
	if err != nil {
		return err
	}
	turner := &turner{Checker: j.model}
	service := &moderation.Service{History: blankHistory{}, Checkers: j.checkersWith(turner), Now: a.now, Log: quietLog()}
	if c.Site != "" {
		db, err := c.open(a)
		if err != nil {
			return err
		}
		defer db.Close() //nolint:errcheck // nothing was written
		if arrival.Site, err = db.Site(a.ctx, c.Site); err != nil {
			return err
		}
		if err := j.catchUp(a.ctx, db); err != nil {
			return err
		}
		service.History = db
	}
	verdict, err := service.Assess(a.ctx, arrival)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, newCheckOutput(verdict, turner.turn))
	}
	return printVerdict(a.stdout, verdict, turner.turn)
}

// turner is the classifier; of the comment that it checks it also works out what
// would change its word.
type turner struct {
	*classifier.Checker
	turn *classifier.Turn // nil: no comment was checked
}

// Check implements moderation.Checker.
func (t *turner) Check(ctx context.Context, sub moderation.Submission) (moderation.Report, error) {
	r, err := t.Checker.Check(ctx, sub)
	if err == nil {
		turn := t.Turn(sub)
		t.turn = &turn
	}
	return r, err
}

// arrival is the comment that the command line describes.
func (c *checkCmd) arrival(stdin io.Reader) (moderation.Arrival, error) {
	body := strings.Join(c.Text, " ")
	if len(c.Text) == 0 {
		data, err := io.ReadAll(io.LimitReader(stdin, maxCheckedText+1))
		if err != nil {
			return moderation.Arrival{}, fmt.Errorf("read comment: %w", err)
		}
		if len(data) > maxCheckedText {
			return moderation.Arrival{}, usagef("read comment: longer than %d KiB, which no blog may send", maxCheckedText>>10)
		}
		body = strings.TrimRight(string(data), "\n")
	}
	format := moderation.FormatText
	if c.HTML {
		format = moderation.FormatHTML
	}
	a := platform.Arrival(format, body)
	a.Site.Mode = moderation.ModeNormal
	a.Author.Name, a.Parent = c.Author, moderation.Parent{Author: c.To, Text: c.Parent}
	return a, nil
}

// blankHistory knows nobody and nothing.
type blankHistory struct{}

// Background implements moderation.History.
func (blankHistory) Background(context.Context, moderation.Arrival) (moderation.Background, error) {
	return moderation.Background{}, nil
}

// checkOutput is what check prints as JSON: the HTTP answer, and what a person who
// asks wants to know beyond it.
type checkOutput struct {
	platform.Answer
	Weights []weightOutput `json:"weights"`
	Turn    *turnOutput    `json:"turn"`            // null: the classifier gave no answer
	Marks   []string       `json:"marks,omitempty"` // which persona it resembles, for moderators only
}

// weightOutput is what weighed, in log-odds, positive: towards the label.
type weightOutput struct {
	Feature string           `json:"feature"`
	Label   moderation.Label `json:"label"`
	Weight  float64          `json:"weight"`
}

// turnOutput is what it takes to change what the classifier says.
type turnOutput struct {
	reachOutput
	Without []string     `json:"without"` // words to leave out of what is held
	Rest    *reachOutput `json:"rest"`    // without them; null where there are none
	Summary string       `json:"summary"`
}

// reachOutput is how far a comment is from being held.
type reachOutput struct {
	Label    moderation.Label `json:"label"`
	Score    float64          `json:"score"`
	HeldFrom float64          `json:"held_from"` // 0: never
	Held     bool             `json:"held"`      // by the classifier's word
}

// newCheckOutput returns the output for a verdict.
func newCheckOutput(v moderation.Verdict, t *classifier.Turn) checkOutput {
	out := checkOutput{Answer: platform.NewAnswer(v), Weights: []weightOutput{}, Marks: marksOf(v)}
	for _, w := range v.Weights {
		out.Weights = append(out.Weights, weightOutput(w))
	}
	if t == nil {
		return out
	}
	reach := func(r classifier.Reach) reachOutput { return reachOutput{r.Label, r.Score, r.Limit, r.Held()} }
	out.Turn = &turnOutput{reachOutput: reach(t.Reach), Without: append([]string{}, t.Without...), Summary: whatItTakes(v, *t)}
	if len(t.Without) > 0 {
		rest := reach(t.Rest)
		out.Turn.Rest = &rest
	}
	return out
}

// whatItTakes tells in one line what would change the verdict. Where something else
// than the classifier decided, that comes first.
func whatItTakes(v moderation.Verdict, t classifier.Turn) string {
	first := moderation.Reason{}
	if len(v.Reasons) > 0 {
		first = v.Reasons[0]
	}
	decider := strings.TrimSpace(first.Check + " " + first.Rule)
	switch {
	case v.Action == moderation.Approve && t.Held():
		return "approved all the same: " + t.Reach.String()
	case v.Action == moderation.Approve || first.Rule == "":
		return t.String()
	case t.Held():
		return fmt.Sprintf("%s decides, whatever the classifier says; for the classifier, %s", decider, t)
	}
	return fmt.Sprintf("%s decides, whatever the classifier says: %s", decider, t)
}

// printVerdict writes a verdict for a person.
func printVerdict(w io.Writer, v moderation.Verdict, t *classifier.Turn) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s   (ok %.1f %%, spam %.1f %%, abuse %.1f %%)\n", v.Action, 100*v.Scores.OK, 100*v.Scores.Spam, 100*v.Scores.Abuse)
	for _, r := range v.Reasons {
		if t != nil {
			r.Detail = strings.TrimSuffix(r.Detail, t.Note()) // it is told below
		}
		fmt.Fprintf(&out, "  %s\n", oneLine(describe(r)))
	}
	if t != nil && (v.Action != moderation.Approve || t.Held()) { // else the classifier's reason says it
		fmt.Fprintf(&out, "what it takes: %s\n", oneLine(whatItTakes(v, *t)))
	}
	if len(v.Weights) > 0 {
		fmt.Fprintf(&out, "what weighed, in log-odds:\n")
	}
	for _, weight := range v.Weights {
		fmt.Fprintf(&out, "  %+6.2f %-5s  %s\n", weight.Weight, weight.Label, oneLine(weight.Feature))
	}
	fmt.Fprintf(&out, "model %s, rules %s\n", v.Model, v.Rules)
	_, err := io.WriteString(w, out.String())
	return err
}
