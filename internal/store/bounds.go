package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"gatehouse/internal/moderation"
)

// bounds keep what waits for each site within limits. Counting what waits costs as
// much as there is of it, so it is counted only where it may be too much.
type bounds struct {
	limits moderation.QueueLimits

	mu    sync.Mutex
	cases map[moderation.SiteID]backlog
	told  map[moderation.SiteID]backlog

	version int64 // of the database as others have written it, see see
}

// backlog is what is known of what waits for a site.
type backlog struct {
	most int       // as many wait at most
	full time.Time // when it was found to be full; zero: it was not
}

// fullKept is for how long a full queue is taken to be full without another count.
const fullKept = time.Second

// isFull says whether it was full a moment ago.
func (b backlog) isFull(now time.Time) bool {
	passed := now.Sub(b.full)
	return passed >= 0 && passed < fullKept // a clock that was put back says nothing
}

// Bound limits what may wait for one site; it is called before the first write.
// Without it moderation.DefaultQueueLimits hold.
func (db *DB) Bound(limits moderation.QueueLimits) { db.bounds.limits = limits }

// see forgets what is known where another process has written since: it may have
// opened cases, or decided what a blog is to be told.
func (b *bounds) see(ctx context.Context, tx *sql.Tx) error {
	var version int64
	if err := tx.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if version != b.version {
		clear(b.cases)
		clear(b.told)
		b.version = version
	}
	return nil
}

// reopened forgets how many cases of a site wait: an undo opens one unasked.
func (b *bounds) reopened(site moderation.SiteID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.cases, site)
}

// has reports whether one more fits below a limit, and counts it.
func (b *bounds) has(known *map[moderation.SiteID]backlog, site moderation.SiteID, limit int, now time.Time, count func() (int, error)) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if *known == nil {
		*known = map[moderation.SiteID]backlog{}
	}
	k, ok := (*known)[site]
	if !ok || k.most >= limit {
		if k.isFull(now) {
			return false, nil
		}
		n, err := count()
		if err != nil {
			return false, err
		}
		if n >= limit {
			(*known)[site] = backlog{most: n, full: now}
			return false, nil
		}
		k.most = n
	}
	(*known)[site] = backlog{most: k.most + 1}
	return true, nil
}

// roomForCase gives ErrQueueFull where a comment is held that was not before, and as
// many of its site wait as may.
func (db *DB) roomForCase(ctx context.Context, tx *sql.Tx, before moderation.Status, now commentRow) error {
	if now.status != moderation.Held || before == moderation.Held {
		return nil
	}
	limit := db.bounds.limits.Waiting
	if err := db.bounds.see(ctx, tx); err != nil {
		return fmt.Errorf("count what waits: %w", explain(err))
	}
	fits, err := db.bounds.has(&db.bounds.cases, now.site, limit, db.now(), func() (n int, err error) {
		err = tx.QueryRowContext(ctx, `
			SELECT count(*) FROM (SELECT 1 FROM cases WHERE site_id = ? AND state = 'open' LIMIT ?)`, now.site, limit).Scan(&n)
		return n, err
	})
	if err != nil {
		return fmt.Errorf("count what waits: %w", explain(err))
	}
	if !fits {
		return fmt.Errorf("%w: %d comments of this blog wait for a decision, as many as queue.waiting allows: keep this one and send it again later; the blog's moderators decide some, or whoever runs gatehouse raises the limit",
			moderation.ErrQueueFull, limit)
	}
	return nil
}

// roomForNotice gives ErrQueueFull where a site is still to be told as much as may wait.
func (db *DB) roomForNotice(ctx context.Context, tx *sql.Tx, site moderation.SiteID) error {
	limit := db.bounds.limits.Deliveries
	if err := db.bounds.see(ctx, tx); err != nil {
		return fmt.Errorf("count deliveries: %w", explain(err))
	}
	fits, err := db.bounds.has(&db.bounds.told, site, limit, db.now(), func() (n int, err error) {
		err = tx.QueryRowContext(ctx, `
			SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE lane = ? AND state = 'pending' LIMIT ?)`, siteLane(site), limit).Scan(&n)
		return n, err
	})
	if err != nil {
		return fmt.Errorf("count deliveries: %w", explain(err))
	}
	if !fits {
		return fmt.Errorf("%w: the blog is still to be told of %d decisions, as many as queue.deliveries allows: nothing was decided; see why it does not answer (gatehouse deliveries list) and decide again, or raise the limit",
			moderation.ErrQueueFull, limit)
	}
	return nil
}
