package store

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// enoughLessons is how many lessons of a label may stand that say nearly the
	// same: whoever writes one thing over and over, and is answered over and over,
	// must not teach with all of it.
	enoughLessons = 3
	// enoughWalked is how many of the newest comments that may be alike are asked for
	// their lessons.
	enoughWalked = 2000
)

// taughtEnough says whether a decision about c would teach what enough lessons say
// already.
func taughtEnough(ctx context.Context, q querier, c commentRow, choice moderation.Choice) (bool, error) {
	label, teaches := choice.Teaches()
	if !teaches {
		return false, nil
	}
	var body string
	if err := q.QueryRowContext(ctx, `SELECT text FROM revisions WHERE comment_id = ? AND revision = ?`, c.id, c.revision).Scan(&body); err != nil {
		return false, fmt.Errorf("read what is decided: %w", explain(err))
	}
	bands := text.Sketch(body, uint64(c.site))
	if len(bands) == 0 {
		return false, nil
	}
	args := []any{c.site, label, c.id}
	for _, b := range bands {
		args = append(args, b)
	}
	mates, err := scanMates(q.QueryContext(ctx, selectTaught(len(bands)), args...))
	if err != nil {
		return false, fmt.Errorf("read lessons: %w", explain(err))
	}
	gist, alike := text.GistOf(body), 0
	for _, m := range mates {
		if gist.Resemblance(text.GistOf(m.Text)) >= nearlySame {
			alike++
		}
	}
	return alike >= enoughLessons, nil
}

// selectTaught chooses, for n bands, what shares one of them and teaches a label.
func selectTaught(n int) string {
	arm := fmt.Sprintf(`SELECT comment_id FROM (SELECT comment_id FROM bands WHERE band = ? ORDER BY comment_id DESC LIMIT %d)`, enoughWalked)
	return `
		SELECT c.id, r.text
		FROM comments c
		CROSS JOIN lessons l ON l.comment_id = c.id AND l.label = ?2 AND +l.withdraws IS NULL
		CROSS JOIN revisions r ON r.comment_id = l.comment_id AND r.revision = l.revision
		WHERE c.site_id = ?1 AND c.id <> ?3
		  AND c.id IN (` + strings.TrimSuffix(strings.Repeat(arm+" UNION ALL ", n), " UNION ALL ") + `)
		  AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
		LIMIT ` + fmt.Sprint(moderation.MaxDuplicates)
}
