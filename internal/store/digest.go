package store

import (
	"context"
	"time"

	"gatehouse/internal/moderation"
)

// Digest counts what waits on sites; what happened since then is still to come.
func (db *DB) Digest(ctx context.Context, sites []moderation.SiteID, _ time.Time) (moderation.Digest, error) {
	q, err := db.Queue(ctx, sites)
	return moderation.Digest{Waiting: q.Waiting, Urgent: q.Urgent, Oldest: q.Oldest}, err
}
