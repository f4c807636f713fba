package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// modeCmd tells and changes how strict a blog is.
type modeCmd struct {
	databaseFlags
	Mode   string  `arg:"" optional:"" default:"show" enum:"show,open,normal,strict,back" help:"open, normal or strict; back: what it is without changes; show, the default: what it is."`
	Site   string  `placeholder:"NAME" help:"The blog; not needed where there is one only."`
	Post   *string `placeholder:"ID" help:"Only this post of it, by the blog's id."`
	For    string  `placeholder:"TIME" help:"So long: 24h, 7d. Then the mode of before returns by itself."`
	Reason string  `help:"Why, for the other moderators."`
	JSON   bool    `help:"Print JSON."`
}

// Help says what the modes are.
func (modeCmd) Help() string {
	return `open: nothing is held on the classifier's word; rules still hold and reject. normal: what is flagged is held. strict: everything is held, but what trusted authors write and nothing flags.`
}

// modesJSON is how strict a site is, as show prints it with --json.
type modesJSON struct {
	Site    string           `json:"site"`
	Mode    moderation.Mode  `json:"mode"` // of the whole site, now
	Own     moderation.Mode  `json:"own"`  // without changes that have an end
	Changes []modeChangeJSON `json:"changes"`
}

type modeChangeJSON struct {
	ID     moderation.ModeID `json:"id"`
	Post   string            `json:"post"` // empty: the whole site
	Title  string            `json:"title"`
	Mode   moderation.Mode   `json:"mode"`
	Until  time.Time         `json:"until,omitzero"`
	By     string            `json:"by"`
	At     time.Time         `json:"at"`
	Reason string            `json:"reason"`
}

func newModeChangeJSON(m moderation.ModeChange) modeChangeJSON {
	return modeChangeJSON{m.ID, m.Post, m.Title, m.Mode, m.Until, m.By.String(), m.At, m.Reason}
}

// printChanges writes what differs from a site's own mode.
func printChanges(w io.Writer, changes []moderation.ModeChange) error {
	for _, m := range changes {
		c := newModeChangeJSON(m)
		if _, err := fmt.Fprintf(w, "%s: %s\n", target(c), oneLine(describeMode(c))); err != nil {
			return err
		}
	}
	return nil
}

// Run shows or changes the mode.
func (c *modeCmd) Run(a *app) error {
	until, err := untilOf(a, c.For)
	change := moderation.ModeChange{Mode: moderation.Mode(c.Mode), Reason: c.Reason, By: operator(), Until: until}
	if c.Mode == "back" {
		change.Mode = ""
	}
	if c.Post != nil {
		change.Post = *c.Post
	}
	switch {
	case err != nil:
		return usageError{fmt.Errorf("turn mode: %w", err)}
	case c.Post != nil && *c.Post == "":
		return usagef("turn mode: --post is empty: say the post's id, or leave --post out for the whole blog")
	case c.Mode == "show" && (c.For != "" || c.Reason != ""):
		return usagef("turn mode: which one? say open, normal or strict")
	case c.Mode != "show":
		if err := change.Check(a.now()); err != nil {
			return usageError{fmt.Errorf("turn mode: %w", err)}
		}
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	site, err := oneSite(a, db, c.Site)
	if err != nil {
		return err
	}
	if c.Mode != "show" {
		change.Site = site.ID
		if _, err := newService(a, db).TurnMode(a.ctx, change); err != nil {
			return err
		}
		if site, err = db.SiteByID(a.ctx, site.ID); err != nil {
			return err
		}
	}
	return c.show(a, db, site)
}

// show prints how strict a site is now.
func (c *modeCmd) show(a *app, db *store.DB, site moderation.Site) error {
	changes, err := db.Modes(a.ctx, site.ID, a.now())
	if err != nil {
		return err
	}
	out := modesJSON{Site: site.Name, Mode: moderation.ModeOf(site, "", changes), Own: site.Mode, Changes: []modeChangeJSON{}}
	for _, m := range changes {
		if c.Post == nil || m.Post == "" || m.Post == *c.Post {
			out.Changes = append(out.Changes, newModeChangeJSON(m))
		}
	}
	if c.JSON {
		return printJSON(a.stdout, out)
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\t%s\n", site.Name, out.Mode)
	for _, m := range out.Changes {
		fmt.Fprintf(t, "%s\t%s\n", target(m), oneLine(describeMode(m)))
	}
	if out.Mode != out.Own {
		fmt.Fprintf(t, "afterwards\t%s\n", out.Own)
	}
	return t.Flush()
}

// target says what a change is about.
func target(m modeChangeJSON) string {
	if m.Post == "" {
		return "the whole site"
	}
	return "post " + oneLine(m.Post)
}

// describeMode says what was changed, until when, by whom and why.
func describeMode(m modeChangeJSON) string {
	words := string(m.Mode)
	if !m.Until.IsZero() {
		words += " until " + m.Until.Format(time.RFC3339)
	}
	words += ", by " + m.By
	if m.Reason != "" {
		words += ": " + m.Reason
	}
	return words
}
