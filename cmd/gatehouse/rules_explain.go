package main

import (
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
	"gatehouse/rules"
)

// rulesExplainCmd shows what a book makes of one comment.
type rulesExplainCmd struct {
	databaseFlags
	File    string `placeholder:"FILE" help:"Rule book. None: the one of the configuration, else the built-in rules."`
	Comment string `placeholder:"ID" help:"A stored comment, with what was known when it came; '#123' in place of a text says the same."`
	All     bool   `help:"List the facts that say nothing and the conditions of rules that do not hit, too."`
	Parent  string `help:"The comment that this one answers."`
	Author  string `help:"The writer's name."`
	Email   string `help:"The writer's e-mail address."`
	URL     string `name:"url" help:"The address that the writer's name links to."`
	HTML    bool   `name:"html" help:"The text is HTML."`
	JSON    bool   `help:"Print JSON."`
	Text    string `arg:"" optional:"" help:"The comment. None: read from standard input."`
}

// maxStdin is how much of a comment is read from standard input, in bytes: what
// the service takes.
const maxStdin = 256 << 10

// storedComment is how a stored comment is written in place of a text.
var storedComment = regexp.MustCompile(`^#[0-9]+$`)

// Run prints each fact and each rule.
func (c *rulesExplainCmd) Run(a *app) error {
	if c.Comment == "" && storedComment.MatchString(c.Text) {
		c.Comment, c.Text = c.Text, ""
	}
	book, err := c.book()
	if err != nil {
		return err
	}
	e := explained{all: c.All, book: titleOf(c.File)}
	if c.Comment != "" {
		err = c.stored(a, book, &e)
	} else {
		err = c.written(a, book, &e)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, e.report())
	}
	return e.print(a.stdout)
}

// explained is a comment before a book.
type explained struct {
	rules.Explanation
	book   string               // what it is called
	stored *moderation.Retraced // nil: it is not a stored one
	unkept map[string][]string  // of a stored one: what its rules can't know, by rule
	all    bool
}

// book loads the book that is asked for, else the one in force.
func (c *rulesExplainCmd) book() (*rules.Book, error) {
	if c.File == "" {
		conf, err := c.config()
		if err != nil {
			return nil, err
		}
		c.File = conf.Rules
	}
	return loadBook(c.File)
}

// written explains the comment of the command line.
func (c *rulesExplainCmd) written(a *app, book *rules.Book, e *explained) error {
	sub, err := c.submission(a)
	if err != nil {
		return err
	}
	e.Explanation = book.Explain(sub)
	return nil
}

// stored explains a comment of the database as of its time.
func (c *rulesExplainCmd) stored(a *app, book *rules.Book, e *explained) error {
	if c.Text != "" || c.Parent != "" || c.Author != "" || c.Email != "" || c.URL != "" || c.HTML {
		return usagef("explain comment %s: a stored comment has its own text and author: leave the others out", c.Comment)
	}
	id, err := parseID(c.Comment)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	r, err := db.RetraceComment(a.ctx, id)
	if err != nil {
		return err
	}
	e.Explanation, e.stored, e.unkept = book.Explain(r.Submission), &r, make(map[string][]string)
	for _, o := range book.Outline() {
		if len(o.Unkept) > 0 {
			e.unkept[o.Rule] = o.Unkept
		}
	}
	return nil
}

// submission returns the comment of the command line.
func (c *rulesExplainCmd) submission(a *app) (moderation.Submission, error) {
	body := c.Text
	if body == "" {
		read, err := io.ReadAll(io.LimitReader(a.stdin, maxStdin+1))
		if err != nil {
			return moderation.Submission{}, fmt.Errorf("read comment: %w", err)
		}
		if len(read) > maxStdin {
			return moderation.Submission{}, fmt.Errorf("read comment: more than %d bytes: %w", maxStdin, moderation.ErrTooLarge)
		}
		body = strings.TrimSuffix(string(read), "\n")
	}
	comment := moderation.Comment{Body: body, Format: moderation.FormatText, Text: body, CreatedAt: a.now()}
	if c.HTML {
		comment.Format, comment.Text = moderation.FormatHTML, text.FromHTML(body)
	}
	return moderation.Submission{
		Arrival: moderation.Arrival{
			Site:    moderation.Site{Name: "default", Mode: moderation.ModeNormal},
			Parent:  moderation.Parent{Text: c.Parent},
			Author:  moderation.Author{Name: c.Author, Email: c.Email, URL: c.URL},
			Comment: comment,
		},
		Mode: moderation.ModeNormal,
		Now:  a.now(),
	}, nil
}

// explanationJSON is the JSON of an explanation.
type explanationJSON struct {
	Version  string            `json:"version"`
	Comment  string            `json:"comment_id,omitempty"` // of a stored one
	Revision int               `json:"revision,omitempty"`
	Action   moderation.Action `json:"action,omitempty"` // what was said of it when it came
	Facts    map[string]any    `json:"facts"`
	Rules    []ruleJSON        `json:"rules"`
	Score    scoreJSON         `json:"score"`
}

// ruleJSON is one rule of an explanation.
type ruleJSON struct {
	Rule   string           `json:"rule"`
	When   string           `json:"when"`
	Hit    bool             `json:"hit"`
	Action rules.Action     `json:"action"`
	Label  moderation.Label `json:"label,omitempty"`
	Weight float64          `json:"weight,omitempty"`
	Tags   []string         `json:"tags,omitempty"`
	Urgent bool             `json:"urgent,omitempty"`
	Shadow bool             `json:"shadow,omitempty"`
	Detail string           `json:"detail,omitempty"`
	Error  string           `json:"error,omitempty"`
	Unkept []string         `json:"unkept,omitempty"` // facts it reads that are not kept
}

// scoreJSON is the sum of the weights of the rules that hit.
type scoreJSON struct {
	Sum        float64           `json:"sum"`
	HoldFrom   float64           `json:"hold_from"`   // 0: never
	RejectFrom float64           `json:"reject_from"` // 0: never
	Action     moderation.Action `json:"action,omitempty"`
}

// report returns the JSON of e.
func (e *explained) report() explanationJSON {
	report := explanationJSON{Version: e.Version, Facts: make(map[string]any),
		Score: scoreJSON{Sum: e.Sum, HoldFrom: e.Limits.Hold, RejectFrom: e.Limits.Reject}}
	if e.Score != nil {
		report.Score.Action = e.Score.Action
	}
	if e.stored != nil {
		c := e.stored.Submission.Comment
		report.Comment, report.Revision, report.Action = c.ID.String(), c.Revision, e.stored.Verdict.Action
	}
	for _, f := range e.Facts {
		report.Facts[f.Name] = f.Value
		if list, isList := f.Value.([]string); isList && list == nil {
			report.Facts[f.Name] = []string{} // null would be no list
		}
	}
	for _, r := range e.Rules {
		rule := ruleJSON{Rule: r.Rule, When: r.Condition, Hit: r.Hit, Action: r.Action, Label: r.Label, Weight: r.Weight,
			Tags: r.Tags, Urgent: r.Urgent, Shadow: r.Shadow, Detail: r.Detail, Unkept: e.unkept[r.Rule]}
		if r.Err != nil {
			rule.Error = r.Err.Error()
		}
		report.Rules = append(report.Rules, rule)
	}
	return report
}

// print writes e for a person.
func (e *explained) print(w io.Writer) error {
	var b strings.Builder
	if e.stored != nil {
		c := e.stored.Submission.Comment
		fmt.Fprintf(&b, "comment #%s, revision %d, as of %s; then: %s", c.ID, c.Revision, e.stored.Submission.Now.Format("2006-01-02 15:04:05"), e.stored.Verdict.Action)
		if d := e.stored.Decision; d != nil {
			fmt.Fprintf(&b, "; decided: %s by %s", d.Choice, oneLine(d.By.String()))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "rules %s (%s)\n\nfacts\n", e.Version, e.book)
	e.printFacts(&b)
	b.WriteString("\nrules\n")
	e.printRules(&b)
	if e.Sum != 0 {
		fmt.Fprintf(&b, "\nscore %g, %s\n", e.Sum, e.reaches())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// reaches says what the sum of weights comes to.
func (e *explained) reaches() string {
	if e.Score != nil {
		return "which asks to " + string(e.Score.Action)
	}
	if e.Limits.Hold > 0 {
		return fmt.Sprintf("of %g to hold", e.Limits.Hold)
	}
	return "which never holds"
}

// printFacts writes the facts below each other, and the names of those that say
// nothing in one paragraph.
func (e *explained) printFacts(b *strings.Builder) {
	width := 0
	for _, f := range e.Facts {
		if e.all || !saysNothing(f) {
			width = max(width, len(f.Name))
		}
	}
	var silent, unkept []string
	for _, f := range e.Facts {
		switch {
		case e.stored != nil && (f.Name == "author.email" || f.Name == "author.ip"):
			unkept = append(unkept, f.Name)
		case !e.all && saysNothing(f):
			silent = append(silent, f.Name)
		default:
			fmt.Fprintf(b, "  %-*s  %s\n", width, f.Name, f)
		}
	}
	printNames(b, "empty, 0 or no (--all lists them)", silent)
	printNames(b, "not kept with comments", unkept)
}

// saysNothing reports whether a fact is empty, 0 or no.
func saysNothing(f rules.FactValue) bool {
	v := reflect.ValueOf(f.Value)
	return !v.IsValid() || v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

// printRules writes what each rule says: those that hit or fail with their reasons.
func (e *explained) printRules(b *strings.Builder) {
	var silent []string
	for _, r := range e.Rules {
		switch {
		case len(e.unkept[r.Rule]) > 0:
			fmt.Fprintf(b, "  ?     %s: it needs %s, which is not kept\n", r.Rule, strings.Join(e.unkept[r.Rule], " and "))
		case r.Err != nil:
			fmt.Fprintf(b, "  FAILS %s: %v\n", r.Rule, r.Err)
		case r.Hit:
			fmt.Fprintf(b, "  HITS  %s: %s\n        %s\n", r.Rule, r.Does(), r.Detail)
		case e.all:
			fmt.Fprintf(b, "  no    %s: %s\n", r.Rule, text.Cut(r.Condition, listedText))
		default:
			silent = append(silent, r.Rule)
		}
	}
	printNames(b, "no hit (--all shows their conditions)", silent)
}

// nameWidth is how long lines of names get, about.
const nameWidth = 90

// printNames writes names in a paragraph below a title; nothing where there are none.
func printNames(b *strings.Builder, title string, names []string) {
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(b, "  %s:\n", title)
	line := "   "
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		if len(line)+len(name) > nameWidth {
			b.WriteString(line + "\n")
			line = "   "
		}
		line += " " + name
	}
	b.WriteString(line + "\n")
}
