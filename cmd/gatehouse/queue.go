package main

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/text"
)

// listedText is how much of a comment a list shows, in UTF-16 units.
const listedText = 300

type listFlags struct {
	databaseFlags
	JSON  bool `help:"Print JSON, one object a line."`
	Limit int  `default:"20" help:"How many to list (${default})."`
}

// queueCmd lists what waits for a moderator.
type queueCmd struct {
	listFlags
	Site string `placeholder:"NAME" help:"Only this blog's."`
}

// Run prints the open cases, urgent ones first, else the oldest.
func (c *queueCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	sites, err := sitesNamed(a, db, c.Site)
	if err != nil {
		return err
	}
	views, total, err := db.OpenCases(a.ctx, sites, c.Limit)
	if err != nil {
		return err
	}
	if err := c.print(a, views); err != nil {
		return err
	}
	switch {
	case total == 0:
		fmt.Fprintln(a.stderr, "nothing waits")
	case total > len(views):
		fmt.Fprintf(a.stderr, "%d of %d waiting comments; --limit shows more\n", len(views), total)
	}
	if total > 0 && !c.JSON {
		fmt.Fprintln(a.stderr, "decide with: gatehouse decide ID approve|spam|abuse|reject")
	}
	return nil
}

// recentCmd lists the newest comments.
type recentCmd struct {
	listFlags
	Published bool `help:"Only those that were published without a question: nobody was asked, and nobody has decided."`
}

// Run prints the newest comments of all sites.
func (c *recentCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	read := db.RecentComments
	if c.Published {
		read = func(ctx context.Context, limit int) ([]moderation.CaseView, error) {
			return db.Published(ctx, nil, limit)
		}
	}
	views, err := read(a.ctx, c.Limit)
	if err != nil {
		return err
	}
	return c.print(a, views)
}

// decideCmd decides a comment.
type decideCmd struct {
	databaseFlags
	ID     string `arg:"" help:"The comment's id, as queue and recent print it."`
	Choice string `arg:"" enum:"approve,spam,abuse,reject" help:"approve, spam, abuse or reject (hides, teaches nothing)."`

	Revision int    `placeholder:"N" help:"Decide only if the comment still is at this revision."`
	Note     string `help:"A note, kept with the decision and sent to the blog."`
	JSON     bool   `help:"Print JSON."`
}

// Run decides.
func (c *decideCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	return c.decide(a, c.JSON, func(s *moderation.Service) (moderation.Outcome, error) {
		return s.Decide(a.ctx, moderation.Order{Comment: id, Revision: c.Revision, Choice: moderation.Choice(c.Choice),
			By: operator(), Via: "cli", Note: c.Note})
	})
}

// parseID reads a comment's id, also as lists and cards write it: #7.
func parseID(s string) (moderation.CommentID, error) {
	id, err := moderation.ParseCommentID(strings.TrimPrefix(s, "#"))
	if err != nil {
		return 0, usageError{err}
	}
	return id, nil
}

// undoCmd takes a decision back.
type undoCmd struct {
	databaseFlags
	ID   string `arg:"" help:"The comment's id."`
	JSON bool   `help:"Print JSON."`
}

// Run undoes the decision that stands, on whichever revision.
func (c *undoCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	return c.decide(a, c.JSON, func(s *moderation.Service) (moderation.Outcome, error) {
		return s.Undo(a.ctx, moderation.UndoOrder{Comment: id, By: operator(), Via: "cli"})
	})
}

// decisionJSON is what decide and undo print with --json.
type decisionJSON struct {
	CommentID string            `json:"comment_id"`
	Revision  int               `json:"revision"`
	Decision  moderation.Choice `json:"decision"`
	Status    moderation.Status `json:"status"`
	DecidedBy string            `json:"decided_by"`
	DecidedAt time.Time         `json:"decided_at"`
}

// decide carries out an order and says what came of it. A running service
// notices, tells the blog and learns.
func (f databaseFlags) decide(a *app, asJSON bool, order func(*moderation.Service) (moderation.Outcome, error)) error {
	db, err := f.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	out, err := order(newService(a, db))
	if err != nil {
		return err
	}
	d := out.Decision
	if asJSON {
		return printJSON(a.stdout, decisionJSON{d.Comment.String(), d.Revision, d.Choice, out.Status, d.By.String(), d.At.UTC()})
	}
	fmt.Fprintf(a.stderr, "comment %s: %s, revision %d; it is %s now\n", d.Comment, doneBy(d.Choice), d.Revision, out.Status)
	return nil
}

// doneBy says what a choice made of a comment.
func doneBy(c moderation.Choice) string {
	if c == moderation.ChooseUndo {
		return "undone"
	}
	return string(c)
}

// operator is who uses the command line.
func operator() moderation.Actor {
	name := "operator"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	return moderation.Actor{ID: "cli:" + name, Name: name}
}

// caseJSON is a comment as queue and recent print it with --json.
type caseJSON struct {
	platform.Answer
	Site      string            `json:"site"`
	ID        string            `json:"id"` // the platform's
	Author    string            `json:"author"`
	Post      string            `json:"post"`
	Body      string            `json:"body"`
	WaitsFrom time.Time         `json:"waits_from,omitzero"`
	Decision  string            `json:"decision,omitempty"`
	DecidedBy string            `json:"decided_by,omitempty"`
	Cluster   *platform.Cluster `json:"cluster,omitempty"` // what came close together and is alike
	PurgedAt  time.Time         `json:"purged_at,omitzero"`
	Marks     []string          `json:"marks,omitempty"` // which persona it resembles, for moderators only
}

func (c *listFlags) print(a *app, views []moderation.CaseView) error {
	for _, v := range views {
		if !c.JSON {
			printView(a.stdout, v)
		} else if err := printJSONLine(a.stdout, newCaseJSON(v)); err != nil {
			return err
		}
	}
	return nil
}

func newCaseJSON(v moderation.CaseView) caseJSON {
	row := caseJSON{Answer: platform.NewAnswer(v.Verdict), Site: v.Site.Name, ID: v.Comment.PlatformID,
		Author: v.Author.Name, Post: v.Post.Title, Body: v.Comment.Text, Cluster: platform.NewCluster(v.Cluster), Marks: marksOf(v.Verdict)}
	row.PurgedAt = v.Comment.PurgedAt
	row.CommentID, row.Revision, row.Status = v.Comment.ID.String(), v.Comment.Revision, v.Status
	if v.Case.State == moderation.CaseOpen {
		row.WaitsFrom = v.Case.OpenedAt
	}
	if v.Decision != nil {
		row.Decision, row.DecidedBy = string(v.Decision.Choice), v.Decision.By.String()
	}
	return row
}

// marksOf are the reasons that are for moderators only.
func marksOf(v moderation.Verdict) []string {
	var marks []string
	for _, r := range v.Reasons {
		if r.Private {
			marks = append(marks, describe(r))
		}
	}
	return marks
}

// printView writes a comment for a person. Whatever strangers wrote is made
// harmless for a terminal.
func printView(w io.Writer, v moderation.CaseView) {
	printHead(w, v)
	printText(w, text.Cut(shownText(v.Comment), listedText))
	if len(v.Verdict.Reasons) > 0 {
		fmt.Fprintf(w, "    why: %s\n", oneLine(describe(v.Verdict.Reasons[0])))
	}
	if v.Cluster != nil {
		fmt.Fprintf(w, "    cluster %d: %s\n", v.Cluster.ID, v.Cluster)
	}
	if v.Decision != nil {
		fmt.Fprintf(w, "    decided: %s by %s at %s\n", v.Decision.Choice, oneLine(v.Decision.By.String()), v.Decision.At.Format(time.RFC3339))
	}
}

// printHead writes which comment it is, of whom, and what became of it.
func printHead(w io.Writer, v moderation.CaseView) {
	author := v.Author.Name
	if author == "" {
		author = "(no name)"
	}
	fmt.Fprintf(w, "#%s  %s  %s  by %s", v.Comment.ID, v.Status, v.Site.Name, oneLine(author))
	if v.Comment.Revision > 1 {
		fmt.Fprintf(w, "  revision %d", v.Comment.Revision)
	}
	if v.Post.Title != "" {
		fmt.Fprintf(w, "  on %s", oneLine(v.Post.Title))
	}
	fmt.Fprintln(w)
}

// printText writes a printable text, set in.
func printText(w io.Writer, s string) {
	for line := range strings.Lines(s) {
		fmt.Fprintf(w, "    %s\n", strings.TrimRight(line, "\n"))
	}
}

// describe is a reason in one line.
func describe(r moderation.Reason) string {
	line := r.Check
	if r.Shadow {
		line = "in shadow, without effect: " + line
	}
	if r.Rule != "" {
		line += " " + r.Rule
	}
	switch {
	case r.Label == "":
	case r.Rule == "": // a probability
		line += fmt.Sprintf(", %s %.0f %%", r.Label, 100*r.Score)
	default:
		line += fmt.Sprintf(" (%s)", r.Label)
	}
	if r.Detail != "" {
		line += ": " + r.Detail
	}
	if r.Urgent {
		line += " [urgent]"
	}
	for _, tag := range r.Tags {
		line += " #" + tag
	}
	return line
}

func oneLine(s string) string {
	return text.Cut(strings.Join(strings.Fields(text.Printable(s)), " "), listedText)
}
