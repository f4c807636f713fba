package store

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// maxVoices is how many comments on a post are looked at, as SQL.
const maxVoices = "1000"

const voicesSQL = `
	SELECT hex(coalesce(r.identity, '')), hex(coalesce(r.email_hash, '')), hex(coalesce(r.range_hash, '')),
	       c.status IN ('held', 'rejected') AND (
	         EXISTS (SELECT 1 FROM decisions d WHERE d.comment_id = c.id AND d.choice IN ('spam', 'abuse')
	                 AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id))
	         OR v.action <> 'approve' AND coalesce(json_extract(v.reasons, '$[0].c'), '') NOT IN ('mode', 'audit', 'edit', 'standing'))
	FROM revisions r
	JOIN comments c ON c.id = r.comment_id AND c.revision = r.revision AND c.site_id = ?1
	JOIN verdicts v ON v.comment_id = c.id AND v.revision = c.revision
	WHERE r.post_id = ?2 AND r.received_at > max(?3, (
	    SELECT coalesce(max(m.ended_at), 0) FROM modes m WHERE m.site_id = ?1 AND m.post_id = ?2 AND m.ender_id <> '')) AND c.status <> 'withdrawn'
	ORDER BY r.received_at DESC LIMIT ` + maxVoices

// Voices implements moderation.Crowds. Flagged is what waits or was refused for
// what it says, and what a moderator called spam or abuse; what mode, audit and
// what is known of the author hold is not, nor what a moderator approved.
func (db *DB) Voices(ctx context.Context, site moderation.SiteID, post string, since time.Time) ([]moderation.Voice, error) {
	rows, err := db.reader.QueryContext(ctx, voicesSQL, site, post, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read who writes on the post: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var voices []moderation.Voice
	for rows.Next() {
		var v moderation.Voice
		if err := rows.Scan(&v.Identity, &v.Email, &v.Range, &v.Flagged); err != nil {
			return nil, fmt.Errorf("read who writes on the post: %w", err)
		}
		voices = append(voices, v)
	}
	return voices, rows.Err()
}
