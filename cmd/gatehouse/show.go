package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// showCmd shows one comment.
type showCmd struct {
	databaseFlags
	ID   string `arg:"" help:"The comment's id."`
	JSON bool   `help:"Print JSON."`
}

// shownJSON is a comment as show prints it with --json.
type shownJSON struct {
	caseJSON
	ReceivedAt time.Time           `json:"received_at"`
	Before     string              `json:"before,omitempty"` // the text of the revision before
	Parent     *parentJSON         `json:"parent"`           // null: it answers nothing
	Standing   standingJSON        `json:"standing"`
	Decisions  []shownDecisionJSON `json:"decisions"` // on all revisions, the oldest first
	Notes      []noteJSON          `json:"notes"`
}

type parentJSON struct {
	Author string `json:"author"`
	Body   string `json:"body"`
}

type standingJSON struct {
	Known    bool   `json:"known"`
	Approved int    `json:"approved"`
	Rejected int    `json:"rejected"`
	Trust    string `json:"trust,omitempty"`
	Ban      string `json:"ban,omitempty"`
}

type shownDecisionJSON struct {
	Decision  moderation.Choice `json:"decision"`
	Revision  int               `json:"revision"`
	DecidedBy string            `json:"decided_by"`
	DecidedAt time.Time         `json:"decided_at"`
	Via       string            `json:"via"`
	Note      string            `json:"note,omitempty"`
	Undone    bool              `json:"undone"`
}

type noteJSON struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Run prints all that is known of the comment.
func (c *showCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	v, err := db.View(a.ctx, id)
	if err != nil {
		return err
	}
	r, err := db.Record(a.ctx, v.Site.ID, id)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, newShownJSON(v, r.Decisions))
	}
	printShown(a.stdout, v, r.Decisions)
	return nil
}

func newShownJSON(v moderation.CaseView, decisions []moderation.RecordedDecision) shownJSON {
	out := shownJSON{caseJSON: newCaseJSON(v), ReceivedAt: v.At, Before: v.Before,
		Standing:  standingJSON{v.Standing.Known, v.Standing.Approved, v.Standing.Rejected, v.Standing.Trust, v.Standing.Ban},
		Decisions: []shownDecisionJSON{}, Notes: []noteJSON{}}
	if v.Parent != (moderation.Parent{}) {
		out.Parent = &parentJSON{v.Parent.Author, v.Parent.Text}
	}
	for _, d := range decisions {
		out.Decisions = append(out.Decisions, shownDecisionJSON{d.Choice, d.Revision, d.By.String(), d.At, d.Via, d.Note, d.Undone})
	}
	for _, n := range v.Notes {
		out.Notes = append(out.Notes, noteJSON{n.By.String(), n.At, n.Text})
	}
	return out
}

// printShown writes all that is known of a comment for a person.
func printShown(w io.Writer, v moderation.CaseView, decisions []moderation.RecordedDecision) {
	printHead(w, v)
	fmt.Fprintf(w, "    came at %s\n", v.At.Format(time.RFC3339))
	if v.Parent != (moderation.Parent{}) {
		fmt.Fprintf(w, "answers %s\n", nameOr(v.Parent.Author, "somebody"))
		printText(w, text.Printable(v.Parent.Text))
	}
	fmt.Fprintln(w, "text")
	printText(w, shownText(v.Comment))
	if v.Before != "" {
		fmt.Fprintf(w, "text of revision %d\n", v.Comment.Revision-1)
		printText(w, text.Printable(v.Before))
	}
	fmt.Fprintf(w, "author\n    %s: %s\n", nameOr(v.Author.Name, "(no name)"), standingInWords(v.Standing))
	printJudged(w, v)
	if len(decisions) > 0 {
		fmt.Fprintln(w, "decisions")
	}
	for _, d := range decisions {
		fmt.Fprintf(w, "    %s by %s at %s, revision %d, via %s", doneBy(d.Choice), oneLine(d.By.String()), d.At.Format(time.RFC3339), d.Revision, d.Via)
		if d.Note != "" {
			fmt.Fprintf(w, ": %s", oneLine(d.Note))
		}
		if d.Undone {
			fmt.Fprint(w, " (undone)")
		}
		fmt.Fprintln(w)
	}
	if len(v.Notes) > 0 {
		fmt.Fprintln(w, "notes")
	}
	for _, n := range v.Notes {
		fmt.Fprintf(w, "    %s at %s: %s\n", oneLine(n.By.String()), n.At.Format(time.RFC3339), strings.Join(strings.Fields(text.Printable(n.Text)), " "))
	}
}

// shownText is a comment's text for a terminal, or when it was purged.
func shownText(c moderation.Comment) string {
	if !c.PurgedAt.IsZero() {
		return "(text purged on " + c.PurgedAt.Format(time.DateOnly) + ")"
	}
	return text.Printable(c.Text)
}

// printJudged writes what the machine said.
func printJudged(w io.Writer, v moderation.CaseView) {
	fmt.Fprintf(w, "verdict\n    %s", v.Verdict.Action)
	if p := v.Verdict.Scores; p != (moderation.Probabilities{}) {
		fmt.Fprintf(w, "  ok %.0f %%, spam %.0f %%, abuse %.0f %%", 100*p.OK, 100*p.Spam, 100*p.Abuse)
	}
	fmt.Fprintln(w)
	for _, r := range v.Verdict.Reasons {
		fmt.Fprintf(w, "    %s\n", oneLine(describe(r)))
	}
	if v.Cluster != nil {
		fmt.Fprintf(w, "    cluster %d: %s\n", v.Cluster.ID, v.Cluster)
	}
}

// nameOr is a name for a terminal, or what stands for none.
func nameOr(name, none string) string {
	if name = oneLine(name); name == "" {
		return none
	}
	return name
}

// standingInWords says what is known of an author.
func standingInWords(s moderation.Standing) string {
	words := []string{fmt.Sprintf("%d other comments approved, %d rejected", s.Approved, s.Rejected)}
	if !s.Known {
		words[0] = "known by no more than a name"
	}
	if s.Trusted {
		words = append(words, oneLine(s.Trust))
	}
	if s.Banned {
		words = append(words, oneLine(s.Ban))
	}
	return strings.Join(words, "; ")
}
