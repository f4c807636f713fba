package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gatehouse/internal/moderation"
)

// WorstCases returns the cases of some sites (nil: of all) that wait, those first that
// the model is surest of, at most limit.
func (db *DB) WorstCases(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.CaseView, error) {
	all, err := db.siteIDs(ctx, sites)
	if err != nil {
		return nil, err
	}
	var views []moderation.CaseView
	err = db.read(ctx, func(tx querier) error {
		var worst []sureCase
		for _, site := range all {
			if worst, err = appendSure(ctx, tx, worst, site, limit); err != nil {
				return err
			}
		}
		slices.SortFunc(worst, func(a, b sureCase) int { return cmp.Or(cmp.Compare(b.sure, a.sure), cmp.Compare(a.id, b.id)) })
		var ids []int64
		for _, k := range worst[:min(len(worst), limit)] {
			ids = append(ids, k.id)
		}
		views, err = db.viewEach(ctx, tx, selectCases+`WHERE k.id = ?`, ids)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read open cases: %w", explain(err))
	}
	return views, nil
}

// sureCase is an open case with the higher one of the probabilities that matter.
type sureCase struct {
	id   int64
	sure float64
}

// appendSure adds the worst cases of a site.
func appendSure(ctx context.Context, q querier, list []sureCase, site moderation.SiteID, limit int) ([]sureCase, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT k.id, max(v.spam, v.abuse) AS sure
		FROM cases k CROSS JOIN verdicts v ON v.comment_id = k.comment_id AND v.revision = k.revision
		WHERE k.state = 'open' AND k.site_id = ?
		ORDER BY sure DESC, k.id LIMIT ?`, site, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var k sureCase
		if err := rows.Scan(&k.id, &k.sure); err != nil {
			return nil, err
		}
		list = append(list, k)
	}
	return list, rows.Err()
}
