package store

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
)

// tiesSQL counts, for each column, how many of the newest comments that share its
// value were rejected and how many published. It takes site, the comment not to count,
// the time to look back to, and the values.
var tiesSQL = selectTies("r.ip_hash", "r.range_hash", "r.email_hash", "r.cookie_hash", "r.agent_hash")

func selectTies(columns ...string) string {
	arms := make([]string, len(columns))
	for i, column := range columns {
		arms[i] = fmt.Sprintf(`
		SELECT count(*) FILTER (WHERE status = 'rejected'), count(*) FILTER (WHERE status = 'approved')
		FROM (
			SELECT %s AS status FROM revisions r
			CROSS JOIN comments c ON c.id = r.comment_id AND c.revision = r.revision AND c.site_id = ?1 AND c.platform_id <> ?2
			WHERE %s = ?%d AND r.received_at > ?3 AND r.site_id = ?1
			ORDER BY r.received_at DESC LIMIT %d)`, statusForStanding, column, i+4, moderation.MaxTies)
	}
	return strings.Join(arms, " UNION ALL ")
}

// ties counts the rejected comments that share something of the writer's with a.
func (db *DB) ties(ctx context.Context, q querier, a moderation.Arrival) (moderation.Ties, error) {
	var t moderation.Ties
	w := db.keys.who(a.Author)
	rows, err := q.QueryContext(ctx, tiesSQL, a.Site.ID, a.Comment.PlatformID, db.now().Add(-moderation.TiesWithin).UnixMilli(),
		w.address, w.network, w.email, db.keys.cookie(a.Fields.Cookie), db.keys.agent(a.Author.UserAgent))
	if err != nil {
		return t, fmt.Errorf("compare with rejected comments: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var others int
	for _, to := range [][2]*int{{&t.Address, &t.AddressOthers}, {&t.Range, &t.RangeOthers}, {&t.Email, &others}, {&t.Cookie, &others}, {&t.Agent, &t.AgentOthers}} {
		if !rows.Next() {
			break
		}
		if err := rows.Scan(to[0], to[1]); err != nil {
			return t, fmt.Errorf("compare with rejected comments: %w", err)
		}
	}
	return t, rows.Err()
}
