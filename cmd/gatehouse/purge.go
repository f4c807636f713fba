package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// purgeEvery is how often a service forgets what is due.
const purgeEvery = 24 * time.Hour

// purgeCmd forgets what has been kept for as long as it is to be.
type purgeCmd struct {
	databaseFlags
	Site    string `placeholder:"NAME" help:"Only of this blog; else of all of them, and what is kept beside comments."`
	DryRun  bool   `help:"Say what would be purged, and purge nothing."`
	Rebuild bool   `help:"Then rebuild the database's file, so that nothing of what was deleted is left in it. Comments wait meanwhile."`
	JSON    bool   `help:"Print JSON, one object a line."`
}

// Help says what is done.
func (purgeCmd) Help() string {
	return `Forgets what has been kept for as long as the configuration says (retention; docs/privacy.md has the table), as a running service does once a day. The time counts from a comment's last change: its arrival, an edit, a decision, its withdrawal. What waits for a moderator or for its blog is left alone, and so is what a persona lives of. Of a text that goes its lesson keeps hashed counts, so that the model stays as it is. With --dry-run comments are counted, also those that have nothing of the part.`
}

// purgeJSON is what was purged, as it is printed.
type purgeJSON struct {
	Site    string            `json:"site,omitempty"`
	Part    moderation.Part   `json:"part"`
	Status  moderation.Status `json:"status,omitempty"`
	Rows    int               `json:"rows"`
	Waiting int               `json:"waiting"`
	DryRun  bool              `json:"dry_run"`
}

// Run purges.
func (c *purgeCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	times, err := conf.Retention.times()
	if err != nil {
		return usageError{err}
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	var site moderation.Site
	if c.Site != "" {
		if site, err = db.Site(a.ctx, c.Site); err != nil {
			return err
		}
	}
	j, err := newJudges(conf.Rules)
	if err != nil {
		return err
	}
	p := &moderation.Purger{Store: db, Featurer: j.model, Retention: times, Now: a.now, Log: quietLog(), Pause: sleep}
	do := p.Run
	if c.DryRun {
		do = p.Count
	}
	results, err := do(a.ctx, site.ID)
	if err == nil && !c.DryRun && c.Site == "" {
		err = db.NotePurge(a.ctx, a.now())
	}
	if err == nil && !c.DryRun {
		_, _, err = finishErasures(a, db, store.ScrubMost)
	}
	if err == nil && c.Rebuild && !c.DryRun {
		_, err = db.Scrub(a.ctx, 0)
	}
	rows, nameErr := c.rows(a, db, results)
	if err = errors.Join(a.interrupted(err, "what was purged is; the next run goes on"), nameErr); err != nil {
		return err
	}
	return c.print(a, rows)
}

// siteNamer tells what sites are called.
type siteNamer interface {
	Sites(context.Context) ([]moderation.Site, error)
}

// rows puts names to sites. Those that were removed are one.
func (c *purgeCmd) rows(a *app, db siteNamer, results []moderation.PurgeResult) ([]purgeJSON, error) {
	sites, err := db.Sites(a.ctx)
	names := map[moderation.SiteID]string{}
	for _, s := range sites {
		names[s.ID] = s.Name
	}
	var rows []purgeJSON
	for _, r := range results {
		name, known := names[r.Site]
		if !known && r.Site != 0 {
			name = fmt.Sprintf("(removed %d)", r.Site)
		}
		rows = append(rows, purgeJSON{name, r.Part, r.Status, r.Rows, r.Waiting, c.DryRun})
	}
	return rows, err
}

func (c *purgeCmd) print(a *app, rows []purgeJSON) error {
	if c.JSON {
		for _, r := range rows {
			if err := printJSONLine(a.stdout, r); err != nil {
				return err
			}
		}
		return nil
	}
	if len(rows) == 0 {
		fmt.Fprintln(a.stderr, "nothing is due to be purged")
		return nil
	}
	title := "PURGED"
	if c.DryRun {
		title = "DUE"
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "PART\tOF\tSITE\t%s\tWAIT\n", title)
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\n", r.Part, r.Status, r.Site, r.Rows, r.Waiting)
	}
	return t.Flush()
}

// purgeDaily forgets what is due, and finishes erasures that were cut off, at the start
// and then once a day. A night that the service slept through is made up for.
func (g *gate) purgeDaily(ctx context.Context) {
	for ctx.Err() == nil {
		wait := purgeEvery
		if err := g.purge(ctx); err != nil {
			wait = moderation.PurgeLater
		}
		a := &app{ctx: ctx, stdout: io.Discard, stderr: io.Discard, now: g.now}
		if _, _, err := finishErasures(a, g.db, store.ScrubMost); err != nil && ctx.Err() == nil {
			g.log.Error("finish what an erasure left to be done", "err", err)
			wait = moderation.PurgeLater
		}
		sleep(ctx, wait)
	}
}

// purge forgets what is due, and logs why it can't.
func (g *gate) purge(ctx context.Context) error {
	_, err := g.purger.RunUnattended(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case errors.Is(err, moderation.ErrClockDoubted):
		g.log.Warn("nothing is purged", "err", err)
	default:
		g.log.Error("purge what has been kept for long enough", "err", err)
	}
	return err
}
