package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// deliveriesCmd are the commands on what is to be sent.
type deliveriesCmd struct {
	List  deliveriesListCmd  `cmd:"" help:"List what waits to be sent, and what was given up on."`
	Retry deliveriesRetryCmd `cmd:"" help:"Send again at once what waits or was given up on."`
}

type deliveriesListCmd struct{ listFlags }

// deliveryJSON is a delivery as list prints it with --json.
type deliveryJSON struct {
	ID        moderation.DeliveryID    `json:"id"`
	Kind      string                   `json:"kind"`
	Key       string                   `json:"key"`
	Site      string                   `json:"site"`       // the blog; empty where it was removed
	Comment   string                   `json:"comment_id"` // empty: it is about none
	State     moderation.DeliveryState `json:"state"`
	Attempts  int                      `json:"attempts"`
	NextAt    time.Time                `json:"next_at"`
	LastError string                   `json:"last_error"`
}

// Run prints the deliveries that were not sent, those to blogs first.
func (c *deliveriesListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	list, total, err := db.Deliveries(a.ctx, c.Limit)
	if err != nil {
		return err
	}
	sites, err := db.Sites(a.ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		site := siteOf(d, sites)
		if c.JSON {
			if err := printJSONLine(a.stdout, deliveryJSON{d.ID, d.Kind, d.Key, site, commentOf(d), d.State, d.Attempts, d.NextAt, d.LastError}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "%d  %s  %s  %s  %s  %d tries", d.ID, d.State, d.Kind, cmp.Or(site, "(a removed blog)"), d.Key, d.Attempts)
		if d.State == moderation.DeliveryPending && d.Attempts > 0 {
			fmt.Fprintf(a.stdout, ", the next at %s", d.NextAt.Format(time.RFC3339))
		}
		if d.LastError != "" {
			fmt.Fprintf(a.stdout, "\n    %s", oneLine(d.LastError))
		}
		fmt.Fprintln(a.stdout)
	}
	switch {
	case total == 0:
		fmt.Fprintln(a.stderr, "everything has been sent")
	case total > len(list):
		fmt.Fprintf(a.stderr, "%d of %d; --limit shows more\n", len(list), total)
	}
	return nil
}

// siteOf returns the name of the blog that a delivery is about; "" where it was removed.
func siteOf(d moderation.Delivery, sites []moderation.Site) string {
	for _, s := range sites {
		if s.ID == d.Site {
			return s.Name
		}
	}
	return ""
}

// commentOf returns the id of the comment that a blog is to be told of; "" for others.
func commentOf(d moderation.Delivery) string {
	var n moderation.Notice
	if d.Kind != moderation.DeliverCallback || json.Unmarshal(d.Payload, &n) != nil {
		return ""
	}
	return n.Comment.String()
}

// deliveryWarnings are what /readyz says of decisions that blogs were not told of.
func (g *gate) deliveryWarnings() []string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	failed, err := g.db.GivenUp(ctx)
	if err != nil {
		return []string{"deliveries: " + err.Error()}
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		lines = append(lines, fmt.Sprintf("deliveries: %s for blog %s given up on: gatehouse deliveries list, then gatehouse deliveries retry --site %s",
			plural(failed[name], "decision", "decisions"), name, name))
	}
	return lines
}

type deliveriesRetryCmd struct {
	databaseFlags
	ID   int64  `arg:"" optional:"" help:"The delivery's number; none means all."`
	Site string `placeholder:"NAME" help:"Only those for this blog."`
}

// Run makes deliveries due; the running service sends them.
func (c *deliveriesRetryCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	r := retried{id: moderation.DeliveryID(c.ID)}
	if r.sites, err = db.Sites(a.ctx); err != nil {
		return err
	}
	if c.Site != "" {
		s, err := db.Site(a.ctx, c.Site)
		if err != nil {
			return err
		}
		r.site = s.ID
	}
	before, _, err := db.Deliveries(a.ctx, math.MaxInt32)
	if err != nil {
		return err
	}
	if r.id != 0 && !slices.ContainsFunc(before, r.isMeant) {
		return fmt.Errorf("retry delivery %d: %w: no such delivery waits or was given up on; gatehouse deliveries list shows which do",
			c.ID, moderation.ErrNotFound)
	}
	now := a.now()
	if r.made, err = db.RetryDeliveries(a.ctx, r.id, r.site); err != nil {
		return err
	}
	after, _, err := db.Deliveries(a.ctx, math.MaxInt32)
	if err != nil {
		return err
	}
	r.see(before, after, now)
	fmt.Fprintln(a.stderr, r)
	return nil
}

// retried is what became of deliveries that were to be sent again.
type retried struct {
	id    moderation.DeliveryID // the one that was meant; 0: all
	site  moderation.SiteID     // whose; 0: all sites
	sites []moderation.Site     // those that were not removed
	made  int64                 // due at once

	due, cards, overtaken, removed int
}

// see counts those that were not made due, by why.
func (r *retried) see(before, after []moderation.Delivery, now time.Time) {
	for _, d := range before {
		switch {
		case !r.isMeant(d):
		case r.isRemoved(d):
			r.removed++
		case d.State == moderation.DeliveryPending && !d.NextAt.After(now):
			r.due++
			if d.Kind == moderation.DeliverCard {
				r.cards++
			}
		}
	}
	for _, d := range after {
		if r.isMeant(d) && !r.isRemoved(d) && d.State == moderation.DeliveryFailed {
			r.overtaken++
		}
	}
}

// isMeant reports whether d was to be sent again.
func (r *retried) isMeant(d moderation.Delivery) bool {
	return (r.id == 0 || r.id == d.ID) && (r.site == 0 || r.site == d.Site)
}

// isRemoved reports whether d is for a blog that was removed.
func (r *retried) isRemoved(d moderation.Delivery) bool {
	return d.Kind == moderation.DeliverCallback && !slices.ContainsFunc(r.sites, func(s moderation.Site) bool { return s.ID == d.Site })
}

// String says it in a line.
func (r retried) String() string {
	line := fmt.Sprintf("%d deliveries made due at once", r.made)
	if r.made == 1 {
		line = "1 delivery made due at once"
	}
	for _, why := range []struct {
		n         int
		one, many string
	}{
		{r.due, "was due already", "were due already"},
		{r.overtaken, "given up on stays so, overtaken by a newer one", "given up on stay so, overtaken by newer ones"},
		{r.removed, "is for a blog that was removed", "are for blogs that were removed"},
	} {
		switch {
		case why.n == 1:
			line += "; 1 " + why.one
		case why.n > 1:
			line += fmt.Sprintf("; %d %s", why.n, why.many)
		}
	}
	if r.cards > 0 {
		line += "; cards go out only while serve has a Telegram token"
	}
	return line
}
