package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/internal/text"
	"gatehouse/rules"
)

const (
	maxExamples  = 3
	exampleWidth = 100 // of an example's text, in UTF-16 units
)

// historyFlags name a blog's stored history.
type historyFlags struct {
	databaseFlags
	Site  string `required:"" placeholder:"NAME" help:"The blog."`
	Since string `placeholder:"TIME" help:"Only what came since: 30d, 12h, or a day such as 2026-10-01. Else all."`
	JSON  bool   `help:"Print JSON."`
}

// open opens the database and returns the blog and the time since when.
func (f historyFlags) open(a *app) (*store.DB, moderation.Site, time.Time, error) {
	since, err := parseSince(f.Since, a.now())
	if err != nil {
		return nil, moderation.Site{}, since, err
	}
	db, err := f.databaseFlags.open(a)
	if err != nil {
		return nil, moderation.Site{}, since, err
	}
	site, err := db.Site(a.ctx, f.Site)
	if err != nil {
		db.Close() //nolint:errcheck // nothing was written
		return nil, site, since, err
	}
	return db, site, since, nil
}

// parseSince reads a time back from now, or a day; empty is the zero time.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(-d), nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day, nil
	}
	return time.Time{}, usagef("--since %q: write a time back such as 30d or 12h, or a day such as 2026-10-01", s)
}

// outcome is what became of a comment.
type outcome string

// Approved and rejected are moderators' decisions; published is what the machine
// let through and nobody decided, and open what waits still.
const (
	outcomeApproved  outcome = "approved"
	outcomeRejected  outcome = "rejected"
	outcomePublished outcome = "published"
	outcomeOpen      outcome = "open"
	outcomeOther     outcome = "other"
)

// outcomeOf returns what became of a stored comment.
func outcomeOf(r moderation.Retraced) outcome {
	switch {
	case r.Decision != nil && r.Decision.Choice == moderation.ChooseApprove:
		return outcomeApproved
	case r.Decision != nil:
		return outcomeRejected
	case r.Status == moderation.Approved && r.Verdict.Action == moderation.Approve:
		return outcomePublished
	case r.Status == moderation.Held:
		return outcomeOpen
	}
	return outcomeOther
}

// ruleExample is a comment that shows what a rule hits.
type ruleExample struct {
	CommentID string  `json:"comment_id"`
	Revision  int     `json:"revision"`
	Outcome   outcome `json:"outcome"`
	Text      string  `json:"text"`
}

// tally counts comments by what became of them.
type tally struct {
	Hits      int           `json:"hits"`
	Approved  int           `json:"approved"`  // by moderators
	Rejected  int           `json:"rejected"`  // by moderators
	Published int           `json:"published"` // without a moderator
	Open      int           `json:"open"`
	Examples  []ruleExample `json:"examples,omitempty"`
}

// add counts a comment. Of the examples those that moderators approved come first:
// they are what a rule's author must see.
func (t *tally) add(r moderation.Retraced) {
	became := outcomeOf(r)
	t.Hits++
	switch became {
	case outcomeApproved:
		t.Approved++
	case outcomeRejected:
		t.Rejected++
	case outcomePublished:
		t.Published++
	case outcomeOpen:
		t.Open++
	case outcomeOther:
	}
	c := r.Submission.Comment
	e := ruleExample{c.ID.String(), c.Revision, became, text.Cut(strings.Join(strings.Fields(text.Printable(c.Text)), " "), exampleWidth)}
	if len(t.Examples) < maxExamples {
		t.Examples = append(t.Examples, e)
		return
	}
	if became != outcomeApproved {
		return
	}
	for i, old := range t.Examples {
		if old.Outcome != outcomeApproved {
			t.Examples[i] = e
			return
		}
	}
}

// ruleTally is what became of the comments that a rule hits.
type ruleTally struct {
	Rule   string           `json:"rule"`
	Action rules.Action     `json:"action,omitempty"` // empty: it is not in the book any more
	Label  moderation.Label `json:"label,omitempty"`
	Shadow bool             `json:"shadow,omitempty"`
	// Unkept are facts that the rule needs and that are not kept with comments: it
	// could not be asked.
	Unkept []string `json:"unkept,omitempty"`
	Failed int      `json:"failed,omitempty"` // in shadow: on how many comments
	tally
}

// tallies are those of a book's rules, in its order.
type tallies struct {
	list   []*ruleTally
	byRule map[string]*ruleTally
}

// newTallies returns empty tallies of a book.
func newTallies(book *rules.Book) *tallies {
	t := &tallies{byRule: make(map[string]*ruleTally)}
	for _, o := range book.Outline() {
		t.rule(o.Rule)
		*t.byRule[o.Rule] = ruleTally{Rule: o.Rule, Action: o.Action, Label: o.Label, Shadow: o.Shadow, Unkept: o.Unkept}
	}
	return t
}

// rule returns the tally of a rule, also of one that the book has not.
func (t *tallies) rule(name string) *ruleTally {
	if found, ok := t.byRule[name]; ok {
		return found
	}
	r := &ruleTally{Rule: name}
	t.byRule[name], t.list = r, append(t.list, r)
	return r
}

// addSignals counts what a book's rules say of a comment. One that fails in shadow
// hits nothing.
func (t *tallies) addSignals(r moderation.Retraced, signals []moderation.Signal) {
	var counted []string // a rule may say two things
	for _, s := range signals {
		rule, ok := t.byRule[s.Rule]
		switch {
		case !ok || slices.Contains(counted, s.Rule):
			continue
		case s.Err != nil:
			rule.Failed++
		default:
			rule.add(r)
		}
		counted = append(counted, s.Rule)
	}
}

// printTallies writes a table of rules and their examples.
func printTallies(w io.Writer, list []*ruleTally) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  rule\tdoes\thits\tapproved\trejected\tpublished\topen")
	for _, r := range list {
		does := strings.TrimSpace(fmt.Sprintf("%s %s", r.Action, r.Label))
		if r.Shadow {
			does += ", shadow"
		}
		fmt.Fprintf(t, "  %s\t%s\t%d\t%d\t%d\t%d\t%d\n", r.Rule, does, r.Hits, r.Approved, r.Rejected, r.Published, r.Open)
	}
	return t.Flush()
}

// printExamples writes the examples of rules below each other.
func printExamples(w io.Writer, list []*ruleTally) {
	for _, r := range list {
		if len(r.Examples) > 0 {
			fmt.Fprintf(w, "\n%s\n", r.Rule)
			printExampleLines(w, r.Examples)
		}
	}
}

func printExampleLines(w io.Writer, examples []ruleExample) {
	for _, e := range examples {
		fmt.Fprintf(w, "  #%-6s %-9s %s\n", e.CommentID, e.Outcome, e.Text)
	}
}

// names returns the names of rules, with commas between.
func names(list []*ruleTally) string {
	all := make([]string, 0, len(list))
	for _, r := range list {
		all = append(all, r.Rule)
	}
	return strings.Join(all, ", ")
}
