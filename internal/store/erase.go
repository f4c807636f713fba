package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// Erase forgets somebody: all at once, or where it fails nothing. ErrNotFound where
// nothing is held. What was deleted is gone from the file after [DB.Scrub]; what is to be
// done after it stands in the receipt until it is done.
func (db *DB) Erase(ctx context.Context, e moderation.Erasure) (moderation.ErasureReceipt, error) {
	r := moderation.ErasureReceipt{Site: e.Site, By: e.By.String(), At: e.At, Removed: map[string]int{}, Scrub: true}
	err := db.writeAlone(ctx, func(tx *sql.Tx) error {
		p, err := db.findPerson(ctx, tx, e.Whom, e.Site)
		if err != nil {
			return err
		}
		if len(p.comments)+len(p.marks) == 0 {
			return fmt.Errorf("%w: nothing of theirs is kept", moderation.ErrNotFound)
		}
		_, err = execAll(ctx, tx, []string{`PRAGMA secure_delete = true`, `PRAGMA defer_foreign_keys = true`})
		if err == nil {
			err = db.erase(ctx, tx, p, e, &r)
		}
		return errors.Join(err, overwriteDeleted(ctx, tx, false))
	})
	if err != nil {
		return moderation.ErasureReceipt{}, fmt.Errorf("erase author: %w", explain(err))
	}
	return r, nil
}

// erase carries the steps out, in their order: what others have of the person first, as
// that is found by what is deleted last.
func (db *DB) erase(ctx context.Context, tx *sql.Tx, p *person, e moderation.Erasure, r *moderation.ErasureReceipt) error {
	for _, step := range []func() error{
		func() error { return clearCards(ctx, tx, p, e) },
		func() (err error) { r.Refit, err = dropModels(ctx, tx, p); return err },
		func() error { return eraseFromOthers(ctx, tx, p, e, r) },
		func() error { return eraseRows(ctx, tx, p, r.Removed) },
		func() (err error) { r.ID, err = putReceipt(ctx, tx, *r); return err },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// clearCards has their cards taken out of Telegram: rows that say of messages that they
// go, and not whose they were.
func clearCards(ctx context.Context, tx *sql.Tx, p *person, e moderation.Erasure) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO deliveries (kind, lane, message_id, key, site_id, payload, created_at, next_at)
		SELECT ?2, 'telegram', `+newMessageID+`, 'erased:' || d.chat || ':' || d.message, k.site_id,
		       json_object('chat', d.chat, 'topic', d.topic, 'message', d.message), ?3, ?3
		FROM cards d JOIN cases k ON k.id = d.case_id WHERE k.comment_id`+inList, p.list(), moderation.DeliverErased, e.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("take cards away: %w", err)
	}
	return nil
}

// dropModels drops the model versions of their sites that were made since they first
// wrote, and all snapshots there, and says on which sites one of those was in force. The
// lessons there are another set: whoever has learned them begins anew.
func dropModels(ctx context.Context, tx *sql.Tx, p *person) ([]moderation.SiteID, error) {
	const theirs = `site_id IN (SELECT site_id FROM comments WHERE id` + inList + `)`
	const made = `SELECT m.id FROM models m WHERE m.created_at >= (
		SELECT min(c.received_at) FROM comments c WHERE c.site_id = m.site_id AND c.id` + inList + `)`
	refit, err := scanIDs[moderation.SiteID](tx.QueryContext(ctx, `
		SELECT DISTINCT m.site_id FROM models m
		WHERE m.id IN (`+made+`) AND m.id = (SELECT model_id FROM promotions WHERE id = `+inForce+`)`, p.list()))
	if err == nil {
		_, err = execAll(ctx, tx, []string{
			`DELETE FROM promotions WHERE model_id IN (` + made + `)`,
			`DELETE FROM models WHERE id IN (` + made + `)`,
			`DELETE FROM snapshots WHERE ` + theirs,
			`UPDATE sites SET lessons_epoch = lessons_epoch + 1 WHERE id IN (SELECT site_id FROM comments WHERE id` + inList + `)`,
		}, p.list())
	}
	if err != nil {
		return nil, fmt.Errorf("drop models: %w", err)
	}
	return refit, nil
}

// eraseFromOthers takes the person out of what was kept of others: the copies of their
// words and name in answers, and their names in what moderators and checks said. What
// others wrote stays as they wrote it.
func eraseFromOthers(ctx context.Context, tx *sql.Tx, p *person, e moderation.Erasure, r *moderation.ErasureReceipt) error {
	// Where a text is there, its lesson is learned anew without the name.
	_, err := execAll(ctx, tx, []string{
		`DELETE FROM lesson_features WHERE number IN (
			SELECT l.number FROM lessons l JOIN revisions r ON r.comment_id = l.comment_id AND r.revision = l.revision
			WHERE r.purged_at IS NULL AND ` + answersToAny + `)`}, p.list())
	if err != nil {
		return fmt.Errorf("erase copies: %w", err)
	}
	answers, err := scanIDs[moderation.CommentID](tx.QueryContext(ctx,
		`UPDATE revisions AS r SET parent_author = '', parent_text = '' WHERE `+answersToAny+` RETURNING comment_id`, p.list()))
	if err != nil {
		return fmt.Errorf("erase copies: %w", err)
	}
	telling := slices.DeleteFunc(slices.Clone(p.names), func(name string) bool {
		return moderation.CheckLiteral(moderation.ByName, name, text.Fold) != nil
	})
	orphans, err := scanIDs[moderation.CommentID](tx.QueryContext(ctx, `
		UPDATE revisions AS r SET parent_author = '', parent_text = ''
		WHERE parent_author IN (SELECT value FROM json_each(?1)) AND ?2 IN (0, site_id) AND NOT EXISTS (
		  SELECT 1 FROM comments c WHERE c.site_id = r.site_id AND c.platform_id = r.parent_id)
		RETURNING comment_id`, jsonList(telling), p.site))
	if err != nil {
		return fmt.Errorf("erase copies: %w", err)
	}
	r.Removed["copies in answers"] = len(answers) + len(orphans)
	m := newMentions(p, e)
	r.Removed["mentions"], r.MentionsLeft, err = m.erase(ctx, tx)
	if err != nil {
		return fmt.Errorf("erase mentions: %w", err)
	}
	if err := redrawCards(ctx, tx, idList(slices.Concat(answers, orphans, m.among)), e.At); err != nil {
		return fmt.Errorf("redraw cards of others: %w", err)
	}
	return nil
}

// ofComments are the tables with rows of comments, in the order in which they go.
func ofComments() []string {
	return []string{
		`lesson_features: number IN (SELECT number FROM lessons WHERE comment_id` + inList + `)`,
		`lessons: comment_id` + inList,
		`decisions: comment_id` + inList,
		`cards: case_id IN (SELECT id FROM cases WHERE comment_id` + inList + `)`,
		`skips: case_id IN (SELECT id FROM cases WHERE comment_id` + inList + `)`,
		`deliveries: key IN (SELECT 'comment:' || value FROM json_each(?1)) OR key IN (SELECT 'case:' || id FROM cases WHERE comment_id` + inList + `)`,
		`cases: comment_id` + inList,
		`notes: comment_id` + inList,
		`messages: comment_id` + inList,
		`aliases: comment_id` + inList,
		`withdrawals: comment_id` + inList,
		`persona_comments: comment_id` + inList,
		`purge_waits: comment_id` + inList,
		`bands: comment_id` + inList,
		`link_hosts: comment_id` + inList,
		`words: rowid` + inList,
		`verdicts: comment_id` + inList,
		`revisions: comment_id` + inList,
	}
}

// eraseRows deletes the person's own rows.
func eraseRows(ctx context.Context, tx *sql.Tx, p *person, removed map[string]int) error {
	marks, err := execAll(ctx, tx, []string{`DELETE FROM marks WHERE id` + inList}, idList(p.marks))
	if err != nil {
		return fmt.Errorf("erase marks: %w", err)
	}
	removed["marks"] = marks
	if err := leaveClusters(ctx, tx, p); err != nil {
		return err
	}
	for _, t := range ofComments() {
		table, where := cutTable(t)
		n, err := execAll(ctx, tx, []string{`DELETE FROM ` + table + ` WHERE ` + where}, p.list())
		if err != nil {
			return fmt.Errorf("erase %s: %w", table, err)
		}
		removed[table] = n
	}
	_, err = execAll(ctx, tx, []string{`UPDATE marks SET comment_id = NULL WHERE comment_id` + inList}, p.list())
	if err == nil {
		removed["comments"], err = execAll(ctx, tx, []string{`DELETE FROM comments WHERE id` + inList}, p.list())
	}
	if err == nil {
		_, err = execAll(ctx, tx, []string{
			`DELETE FROM personas WHERE dropped_at IS NULL AND NOT EXISTS (SELECT 1 FROM persona_comments pc WHERE pc.persona_id = personas.id)`,
			`DELETE FROM clusters WHERE NOT EXISTS (SELECT 1 FROM comments c WHERE c.cluster_id = clusters.id)
			   AND NOT EXISTS (SELECT 1 FROM cluster_orders o WHERE o.cluster_id = clusters.id)`,
		})
	}
	if err != nil {
		return fmt.Errorf("erase comments: %w", err)
	}
	maps.DeleteFunc(removed, func(_ string, n int) bool { return n == 0 })
	return nil
}

// leaveClusters takes their comments out of the numbers of raids.
func leaveClusters(ctx context.Context, tx *sql.Tx, p *person) error {
	_, err := execAll(ctx, tx, []string{`
		UPDATE clusters SET comments = comments - (SELECT count(*) FROM comments c WHERE c.cluster_id = clusters.id AND c.id` + inList + `)
		WHERE id IN (SELECT cluster_id FROM comments WHERE id` + inList + `)`}, p.list())
	if err != nil {
		return fmt.Errorf("leave clusters: %w", err)
	}
	return nil
}

// putReceipt keeps that it was done.
func putReceipt(ctx context.Context, tx *sql.Tx, r moderation.ErasureReceipt) (moderation.ErasureID, error) {
	removed, err := json.Marshal(r.Removed)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO erasures (site_id, actor, at, removed, mentions_left, refit, scrub) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		sql.NullInt64{Int64: int64(r.Site), Valid: r.Site != 0}, r.By, r.At.UnixMilli(), string(removed), r.MentionsLeft, idList(r.Refit), r.Scrub)
	if err != nil {
		return 0, fmt.Errorf("keep receipt: %w", err)
	}
	id, err := res.LastInsertId()
	return moderation.ErasureID(id), err
}

// Refitted keeps that the model of a site was made anew since the erasures before.
func (db *DB) Refitted(ctx context.Context, site moderation.SiteID) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE erasures SET refit = (SELECT json_group_array(value) FROM json_each(refit) WHERE value <> ?1)
			WHERE EXISTS (SELECT 1 FROM json_each(refit) WHERE value = ?1)`, site)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep that a model was made anew: %w", explain(err))
	}
	return nil
}

// Erasures returns the receipts, the newest first.
func (db *DB) Erasures(ctx context.Context) ([]moderation.ErasureReceipt, error) {
	rows, err := db.reader.QueryContext(ctx, `SELECT id, coalesce(site_id, 0), actor, at, removed, mentions_left, refit, scrub FROM erasures ORDER BY id DESC`)
	if err != nil {
		return nil, fmt.Errorf("read receipts of erasures: %w", explain(err))
	}
	var all []moderation.ErasureReceipt
	err = eachRow(rows, func() error {
		var r moderation.ErasureReceipt
		var at sql.NullInt64
		var removed, refit []byte
		if err := rows.Scan(&r.ID, &r.Site, &r.By, &at, &removed, &r.MentionsLeft, &refit, &r.Scrub); err != nil {
			return err
		}
		r.At = moment(at)
		err := errors.Join(json.Unmarshal(removed, &r.Removed), json.Unmarshal(refit, &r.Refit))
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read receipts of erasures: %w", err)
	}
	return all, nil
}
