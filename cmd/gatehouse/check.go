package main

import (
	"context"
	"fmt"
	"io"
	"strings"

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
	service := &moderation.Service{History: blankHistory{}, Checkers: j.checkers(), Now: a.now, Log: quietLog()}
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
		return printJSON(a.stdout, platform.NewAnswer(verdict))
	}
	return printVerdict(a.stdout, verdict)
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
	a.Author.Name, a.Parent.Text = c.Author, c.Parent
	return a, nil
}

// blankHistory knows nobody and nothing.
type blankHistory struct{}

// Background implements moderation.History.
func (blankHistory) Background(context.Context, moderation.Arrival) (moderation.Background, error) {
	return moderation.Background{}, nil
}

// printVerdict writes a verdict for a person.
func printVerdict(w io.Writer, v moderation.Verdict) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s   (ok %.1f %%, spam %.1f %%, abuse %.1f %%)\n", v.Action, 100*v.Scores.OK, 100*v.Scores.Spam, 100*v.Scores.Abuse)
	for _, r := range v.Reasons {
		fmt.Fprintf(&out, "  %s\n", oneLine(describe(r)))
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
