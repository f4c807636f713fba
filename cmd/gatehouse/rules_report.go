package main

import (
	"fmt"
	"io"
	"slices"

	"gatehouse/internal/moderation"
)

// rulesReportCmd says how the rules in force have done.
type rulesReportCmd struct{ historyFlags }

// Help says where the figures come from.
func (rulesReportCmd) Help() string {
	return `The figures are those of the verdicts that were given, by whatever version of the book, and of what moderators decided since. A rule has only false hits where moderators approved each comment that it hit and that they decided. Rules in shadow are listed apart, with what they would have hit.`
}

// rulesReport is what rules report prints as JSON.
type rulesReport struct {
	Site     string       `json:"site"`
	Version  string       `json:"version"`  // of the book in force
	Comments int          `json:"comments"` // and edits
	Rules    []*ruleTally `json:"rules"`    // of the book, those in shadow among them
	NoHits   []string     `json:"no_hits"`
	AllFalse []string     `json:"all_false"`
	Gone     []*ruleTally `json:"gone"` // that are not in the book any more
}

// Run counts.
func (c *rulesReportCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	book, err := loadBook(conf.Rules)
	if err != nil {
		return err
	}
	db, site, since, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	out := &rulesReport{Site: site.Name, Version: book.Version(), Rules: []*ruleTally{}, NoHits: []string{}, AllFalse: []string{}, Gone: []*ruleTally{}}
	counts := newTallies(book)
	progress := a.progress("reading")
	err = db.Judged(a.ctx, site, since, func(r moderation.Retraced, done, total int) error {
		progress.percent(int64(done), int64(total))
		out.Comments++
		counts.addVerdict(r)
		return nil
	})
	progress.close()
	if err != nil {
		return a.interrupted(err, "nothing was changed")
	}
	out.sort(counts)
	if c.JSON {
		return printJSON(a.stdout, out)
	}
	return out.print(a.stdout)
}

// addVerdict counts the rules that a verdict names.
func (t *tallies) addVerdict(r moderation.Retraced) {
	var counted []string
	for _, reason := range r.Verdict.Reasons {
		if reason.Check != "rules" || reason.Rule == moderation.CheckFailed || reason.Rule == "score" || slices.Contains(counted, reason.Rule) {
			continue
		}
		counted = append(counted, reason.Rule)
		t.rule(reason.Rule).add(r)
	}
}

// sort puts each rule where it belongs.
func (o *rulesReport) sort(t *tallies) {
	for _, r := range t.list {
		if r.Action == "" {
			o.Gone = append(o.Gone, r)
			continue
		}
		o.Rules = append(o.Rules, r)
		switch {
		case r.Hits == 0:
			o.NoHits = append(o.NoHits, r.Rule)
		case r.Approved > 0 && r.Rejected == 0:
			o.AllFalse = append(o.AllFalse, r.Rule)
		}
	}
}

// print writes the report for people.
func (o *rulesReport) print(w io.Writer) error {
	fmt.Fprintf(w, "%d comments and edits of %s, rules %s\n", o.Comments, o.Site, o.Version)
	with := func(shadow bool) []*ruleTally {
		return slices.DeleteFunc(slices.Clone(o.Rules), func(r *ruleTally) bool { return r.Hits == 0 || r.Shadow != shadow })
	}
	for _, part := range []struct {
		title string
		list  []*ruleTally
	}{
		{"hits, and what became of those comments", with(false)},
		{"in shadow: would have hit", with(true)},
		{"not in the book any more", o.Gone},
	} {
		if len(part.list) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", part.title)
		if err := printTallies(w, part.list); err != nil {
			return err
		}
	}
	if len(o.AllFalse) > 0 {
		fmt.Fprintln(w, "\nonly false hits: moderators approved each of them that they decided")
		for _, r := range o.Rules {
			if slices.Contains(o.AllFalse, r.Rule) {
				fmt.Fprintf(w, "%s\n", r.Rule)
				printExampleLines(w, r.Examples)
			}
		}
	}
	if len(o.NoHits) > 0 {
		fmt.Fprintln(w, "\nno hits")
		for _, rule := range o.NoHits {
			fmt.Fprintf(w, "  %s\n", rule)
		}
	}
	return nil
}
