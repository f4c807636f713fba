package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gatehouse/internal/moderation"
)

// Import implements moderation.Archive. A comment counts as received and decided
// when it was written, so that what looks back finds it in its place.
func (db *DB) Import(ctx context.Context, site moderation.Site, history []moderation.Past, now time.Time) (added int, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, site); err != nil {
			return err
		}
		for _, p := range history {
			p.Arrival.Site = site
			isNew, err := db.importOne(ctx, tx, p, now)
			if err != nil {
				return explain(err)
			}
			if isNew {
				added++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return added, nil
}

// importOne keeps one comment, unless the site has it.
func (db *DB) importOne(ctx context.Context, tx *sql.Tx, p moderation.Past, now time.Time) (isNew bool, err error) {
	_, err = findComment(ctx, tx, p.Arrival.Site.ID, p.Arrival.Comment.PlatformID)
	if err == nil || !errors.Is(err, moderation.ErrNotFound) {
		return false, err
	}
	written := p.Arrival.Comment.CreatedAt
	if written.IsZero() || written.After(now) {
		written = now
	}
	if p.At.IsZero() || p.At.After(now) {
		p.At = written
	}
	action := moderation.Approve
	if p.Choice.Status() == moderation.Rejected {
		action = moderation.Reject
	}
	c := commentRow{site: p.Arrival.Site.ID, platform: p.Arrival.Comment.PlatformID, revision: 1, status: p.Choice.Status()}
	verdict := moderation.Verdict{Action: action, Reasons: []moderation.Reason{{Check: "history", Score: 1, Detail: "from the blog's history"}}}
	ad := moderation.Admission{Arrival: p.Arrival, Verdict: verdict, At: written}
	if c.id, err = putComment(ctx, tx, c, ad, now); err != nil {
		return false, err
	}
	d := moderation.Decision{Comment: c.id, Revision: 1, Choice: p.Choice, By: p.By, Via: viaImport, At: p.At, Before: c.status, After: c.status}
	steps := []func() error{
		func() error { return db.insertRevision(ctx, tx, c, ad) },
		func() error { return insertVerdict(ctx, tx, c, verdict, written) },
		func() error { return db.link(ctx, tx, c, p.Arrival.Aliases, p.Arrival.ReplyTo) },
		func() error { d.ID, err = insertDecision(ctx, tx, d, ""); return err },
		func() error { return teach(ctx, tx, c.site, d, d.ID, p.At) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return false, err
		}
	}
	return true, nil
}

// viaImport is how decisions of a blog's history come.
const viaImport = "import"
