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
	// enoughCompared is how many lessons are compared with what is decided.
	enoughCompared = 200
	// briefLength is how long, in characters, a text may be that is compared with one of too
	// few words to be found by likeness; briefWalked is among how many of the newest
	// lessons such texts are looked for, and half alike is how much they must share: a
	// single word makes up much of them.
	briefLength = 160
	briefWalked = 1000
	halfAlike   = 0.5
)

// taughtEnough says whether a decision about c would teach what enough lessons say
// already: those of other comments, and of earlier revisions of this one.
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
	query, limit, args := selectTaught(len(bands)), float64(nearlySame), []any{c.site, label, c.id, c.revision}
	for _, b := range bands {
		args = append(args, b)
	}
	if len(bands) < 2 {
		query, limit, args = selectBriefTaught(), halfAlike, args[:4]
	}
	mates, err := scanMates(q.QueryContext(ctx, query, args...))
	if err != nil {
		return false, fmt.Errorf("read lessons: %w", explain(err))
	}
	gist, alike := text.GistOf(body), 0
	for _, m := range mates {
		if gist.Resemblance(text.GistOf(m.Text)) >= limit {
			alike++
		}
	}
	return alike >= enoughLessons, nil
}

// selectTaught chooses, for n bands, the newest of what shares one of them and
// teaches a label.
func selectTaught(n int) string {
	arm := fmt.Sprintf(`SELECT comment_id FROM (SELECT comment_id FROM bands WHERE band = ? ORDER BY comment_id DESC LIMIT %d)`, enoughWalked)
	return `
		SELECT c.id, r.text
		FROM comments c
		CROSS JOIN lessons l ON l.comment_id = c.id AND l.label = ?2 AND +l.withdraws IS NULL
		CROSS JOIN revisions r ON r.comment_id = l.comment_id AND r.revision = l.revision
		WHERE c.site_id = ?1 AND NOT (l.comment_id = ?3 AND l.revision = ?4)
		  AND c.id IN (` + strings.TrimSuffix(strings.Repeat(arm+" UNION ALL ", n), " UNION ALL ") + `)
		  AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
		ORDER BY l.number DESC
		LIMIT ` + fmt.Sprint(enoughCompared)
}

// selectBriefTaught chooses the newest brief texts that teach a label.
func selectBriefTaught() string {
	return fmt.Sprintf(`
	SELECT r.comment_id, r.text
	FROM (SELECT number, comment_id, revision FROM lessons
	      WHERE site_id = ?1 AND label = ?2 AND +withdraws IS NULL ORDER BY number DESC LIMIT %d) l
	CROSS JOIN revisions r ON r.comment_id = l.comment_id AND r.revision = l.revision
	WHERE NOT (l.comment_id = ?3 AND l.revision = ?4) AND length(r.text) BETWEEN 1 AND %d
	  AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
	ORDER BY l.number DESC
	LIMIT %d`, briefWalked, briefLength, enoughCompared)
}
