package main

import (
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// findCmd looks for comments.
type findCmd struct {
	listFlags
	Words []string `arg:"" help:"Words that the text has or the author's name; the last one may be a beginning of four letters or more. Neither case nor accents count."`
	Site  string   `placeholder:"NAME" help:"Only this blog's."`
}

// Run prints what has all the words, the newest first.
func (c *findCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	sites, err := sitesNamed(a, db, c.Site)
	if err != nil {
		return err
	}
	if err := makeFindable(a, db); err != nil {
		return err
	}
	views, err := db.Find(a.ctx, sites, strings.Join(c.Words, " "), c.Limit)
	if err != nil {
		return wrongly(err)
	}
	if len(views) == 0 {
		fmt.Fprintln(a.stderr, "no comment has these words")
	}
	return c.print(a, views)
}

// makeFindable does for what an earlier program stored what serve does meanwhile.
func makeFindable(a *app, db *store.DB) error {
	for told := false; ; told = true {
		left, err := db.FillWords(a.ctx)
		if err != nil || left == 0 {
			return err
		}
		if !told {
			fmt.Fprintf(a.stderr, "making %d earlier comments findable, once\n", left)
		}
	}
}

// sitesNamed returns the site of a name; nil, which is all, for no name.
func sitesNamed(a *app, db *store.DB, name string) ([]moderation.SiteID, error) {
	if name == "" {
		return nil, nil
	}
	site, err := db.Site(a.ctx, name)
	return []moderation.SiteID{site.ID}, err
}

// threadCmd shows what came before a comment.
type threadCmd struct {
	listFlags
	ID string `arg:"" help:"The comment's id."`
}

// Run prints what the comment answers, the oldest first, and the comment.
func (c *threadCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	views, err := db.Thread(a.ctx, id, c.Limit)
	if err != nil {
		return err
	}
	last, err := db.View(a.ctx, id)
	if err != nil {
		return err
	}
	return c.print(a, append(views, last))
}

// similarCmd lists what is like a comment.
type similarCmd struct {
	listFlags
	ID string `arg:"" help:"The comment's id."`
}

// similarJSON is a comment as similar prints it with --json.
type similarJSON struct {
	caseJSON
	Alike float64 `json:"alike"`
}

// Run prints decided comments that are like the comment, the likest first.
func (c *similarCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	if err := makeFindable(a, db); err != nil {
		return err
	}
	list, err := db.Similar(a.ctx, id, c.Limit)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(a.stderr, "no decided comment is like it")
	}
	for _, l := range list {
		if c.JSON {
			err = printJSONLine(a.stdout, similarJSON{newCaseJSON(l.View), l.Alike})
		} else {
			printView(a.stdout, l.View)
			_, err = fmt.Fprintf(a.stdout, "    alike: %.0f %%\n", 100*l.Alike)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noteCmd adds a note.
type noteCmd struct {
	databaseFlags
	ID   string   `arg:"" help:"The comment's id."`
	Text []string `arg:"" help:"The note, 1,000 characters at most. Blogs never see it."`
}

// Run adds the note; the comment's cards show it.
func (c *noteCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	if err := newService(a, db).AddNote(a.ctx, moderation.Note{Comment: id, By: operator(), Text: strings.Join(c.Text, " ")}); err != nil {
		return wrongly(err)
	}
	fmt.Fprintf(a.stderr, "comment %s has the note; gatehouse show %s shows all of them\n", id, id)
	return nil
}
