package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// digestSQL counts what happened on a site ?1 since ?2.
const digestSQL = `
	SELECT (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.site_id = ?1 AND c.first_action = 'approve' AND c.received_at >= ?2),
	       (SELECT count(*) FROM comments c INDEXED BY comments_first WHERE c.site_id = ?1 AND c.first_action = 'reject' AND c.received_at >= ?2),
	       (SELECT count(*) FROM cases k WHERE k.site_id = ?1 AND k.opened_at >= ?2 AND k.looked = 0),
	       (SELECT count(*) FROM decisions d
	        WHERE d.site_id = ?1 AND d.at >= ?2 AND d.choice <> 'undo' AND d.via <> '` + viaImport + `' AND ` + notUndone + `)`

// Digest implements moderation.Browser.
func (db *DB) Digest(ctx context.Context, sites []moderation.SiteID, since time.Time) (moderation.Digest, error) {
	q, err := db.Queue(ctx, sites)
	sum := moderation.Digest{Waiting: q.Waiting, Urgent: q.Urgent, Oldest: q.Oldest}
	if err != nil {
		return sum, err
	}
	all, err := db.siteIDs(ctx, sites)
	if err != nil {
		return sum, err
	}
	for _, site := range all {
		var d moderation.Digest
		err := db.reader.QueryRowContext(ctx, digestSQL, site, since.UnixMilli()).Scan(&d.Published, &d.Rejected, &d.Held, &d.Decided)
		if err != nil {
			return sum, fmt.Errorf("count what happened: %w", explain(err))
		}
		sum.Published, sum.Rejected = sum.Published+d.Published, sum.Rejected+d.Rejected
		sum.Held, sum.Decided = sum.Held+d.Held, sum.Decided+d.Decided
	}
	return sum, nil
}
