package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// togetherAtOnce is how many comments of a cluster are decided in one transaction: a
// hundredth of a second or two, in which others wait.
const togetherAtOnce = 8

// PutClusterOrder implements moderation.Raids.
func (db *DB) PutClusterOrder(ctx context.Context, o moderation.ClusterOrder) (moderation.ClusterOrder, error) {
	err := db.write(ctx, func(tx *sql.Tx) error {
		known, err := scanClusterOrder(tx.QueryRowContext(ctx, selectClusterOrder+`WHERE o.order_key = ?`, o.Key))
		if err == nil {
			o = known
			return nil
		}
		err = tx.QueryRowContext(ctx, `
			SELECT s.id FROM clusters g JOIN sites s ON s.id = g.site_id AND s.removed_at IS NULL
			WHERE g.id = ?`, o.Cluster).Scan(&o.Site)
		if err != nil {
			return notFound(err, fmt.Sprintf("raid %d", o.Cluster))
		}
		res, err := tx.ExecContext(ctx, `
			INSERT INTO cluster_orders (cluster_id, choice, published, up_to, actor_id, actor_name, via, order_key, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			o.Cluster, o.Choice, o.Published, o.UpTo, o.By.ID, o.By.Name, o.Via, o.Key, o.At.UnixMilli())
		if err != nil {
			return fmt.Errorf("insert order: %w", explain(err))
		}
		id, err := res.LastInsertId()
		o.ID, o.At = moderation.ClusterOrderID(id), moment(millis(o.At))
		return err
	})
	return o, err
}

const selectClusterOrder = `
	SELECT o.id, g.site_id, o.cluster_id, o.choice, o.published, o.up_to, o.actor_id, o.actor_name, o.via, o.order_key, o.at
	FROM cluster_orders o JOIN clusters g ON g.id = o.cluster_id
	`

func scanClusterOrder(row *sql.Row) (moderation.ClusterOrder, error) {
	var o moderation.ClusterOrder
	var at sql.NullInt64
	err := row.Scan(&o.ID, &o.Site, &o.Cluster, &o.Choice, &o.Published, &o.UpTo, &o.By.ID, &o.By.Name, &o.Via, &o.Key, &at)
	o.At = moment(at)
	return o, err
}

// ClusterOrder implements moderation.Raids.
func (db *DB) ClusterOrder(ctx context.Context, id moderation.ClusterOrderID) (moderation.ClusterOrder, error) {
	o, err := scanClusterOrder(db.reader.QueryRowContext(ctx, selectClusterOrder+`WHERE o.id = ?`, id))
	if err != nil {
		return o, notFound(err, fmt.Sprintf("order %d", id))
	}
	return o, nil
}

// meantSQL finds what an order means and has not been decided: the one that stands for
// the others last, for as long as it waits no other one of them is shown.
const meantSQL = `
	SELECT c.id, r.text
	FROM comments c
	JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
	WHERE c.cluster_id = ?1 AND (c.status = 'held' OR ?2 AND c.status = 'approved' AND c.unasked)
	  AND c.joined <= ?3 AND c.changed <= ?3
	ORDER BY c.id = coalesce((
	  SELECT k.comment_id FROM comments m CROSS JOIN cases k ON k.comment_id = m.id AND k.state = 'open'
	  WHERE m.cluster_id = ?1 AND m.status = 'held' ORDER BY k.id LIMIT 1), 0), c.id LIMIT ?4`

// DecideSome implements moderation.Raids.
func (db *DB) DecideSome(ctx context.Context, o moderation.ClusterOrder, at time.Time) (int, error) {
	n := 0
	err := db.writeAlone(ctx, func(tx *sql.Tx) error {
		meant, err := scanMates(tx.QueryContext(ctx, meantSQL, o.Cluster, o.Published, o.UpTo, togetherAtOnce))
		if err != nil || len(meant) == 0 {
			return explain(err)
		}
		taught, err := taughtIn(ctx, tx, o)
		if err != nil {
			return err
		}
		for _, m := range meant {
			order := moderation.Order{Comment: m.Comment, Choice: o.Choice, By: o.By, Via: o.Via, Together: o.ID, Untaught: !taught.add(m.Text)}
			if _, err := db.decide(ctx, tx, order, at); err != nil {
				return fmt.Errorf("comment %s: %w", m.Comment, explain(err))
			}
		}
		n = len(meant)
		return nil
	})
	return n, err
}

func scanMates(rows *sql.Rows, err error) ([]moderation.Mate, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Mate
	for rows.Next() {
		var m moderation.Mate
		if err := rows.Scan(&m.Comment, &m.Text); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}

// gists are texts none of which says nearly the same as another, MaxRaidTexts at most.
type gists []text.Gist

// add adds a text and reports whether it did: it is another one, and there is room.
func (g *gists) add(body string) bool { return g.addGist(text.GistOf(body)) }

func (g *gists) addGist(fresh text.Gist) bool {
	if len(*g) >= moderation.MaxRaidTexts {
		return false
	}
	for _, known := range *g {
		if fresh.Resemblance(known) >= nearlySame {
			return false
		}
	}
	*g = append(*g, fresh)
	return true
}

// taughtIn returns the texts of a cluster that teach what an order would.
func taughtIn(ctx context.Context, tx *sql.Tx, o moderation.ClusterOrder) (gists, error) {
	label, _ := o.Choice.Teaches()
	rows, err := tx.QueryContext(ctx, `
		SELECT c.id, r.text
		FROM comments c
		CROSS JOIN lessons l ON l.comment_id = c.id AND l.label = ? AND +l.withdraws IS NULL
		CROSS JOIN revisions r ON r.comment_id = l.comment_id AND r.revision = l.revision
		WHERE c.cluster_id = ? AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)
		ORDER BY l.number`, label, o.Cluster)
	mates, err := scanMates(rows, err)
	if err != nil {
		return nil, fmt.Errorf("read lessons: %w", explain(err))
	}
	var known gists
	for _, m := range mates {
		known.add(m.Text)
	}
	return known, nil
}

// ClusterOutcome implements moderation.Raids.
func (db *DB) ClusterOutcome(ctx context.Context, o moderation.ClusterOrder) (moderation.ClusterOutcome, error) {
	out := moderation.ClusterOutcome{Order: o}
	err := db.read(ctx, func(tx querier) error {
		err := tx.QueryRowContext(ctx, `
			SELECT (SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status = 'held'),
			       (SELECT count(*) FROM decisions d WHERE d.cluster_order = ?2 AND d.choice <> 'undo'),
			       (SELECT count(*) FROM decisions d WHERE d.cluster_order = ?2 AND d.choice <> 'undo' AND `+notUndone+`),
			       (SELECT count(*) FROM decisions d JOIN lessons l ON l.decision_id = d.id WHERE d.cluster_order = ?2 AND l.withdraws IS NULL)
			FROM clusters g WHERE g.id = ?1`, o.Cluster, o.ID).Scan(&out.More, &out.Decided, &out.Stand, &out.Taught)
		if err != nil {
			return err
		}
		var last moderation.DecisionID
		err = tx.QueryRowContext(ctx, `
			SELECT count(DISTINCT c.id), coalesce(max(d.id), 0)
			FROM comments c
			CROSS JOIN decisions d ON d.comment_id = c.id AND d.revision = c.revision AND d.choice <> 'undo' AND d.cluster_order IS NOT ?2
			WHERE c.cluster_id = ?1 AND c.status IN ('approved', 'rejected') AND c.joined <= ?3 AND c.changed > ?3 AND `+notUndone+`
			  AND NOT EXISTS (SELECT 1 FROM decisions o WHERE o.cluster_order = ?2 AND o.comment_id = c.id)`,
			o.Cluster, o.ID, o.UpTo).Scan(&out.Others, &last)
		if err != nil || last == 0 {
			return err
		}
		d, err := scanDecision(tx.QueryRowContext(ctx, selectDecision+`WHERE d.id = ?`, last))
		out.Standing = &d
		return err
	})
	if err != nil {
		return out, fmt.Errorf("read what order %d did: %w", o.ID, explain(err))
	}
	return out, nil
}

// UndoSome implements moderation.Raids.
func (db *DB) UndoSome(ctx context.Context, u moderation.ClusterUndo, before moderation.DecisionID, at time.Time) (first moderation.DecisionID, restored int, err error) {
	err = db.writeAlone(ctx, func(tx *sql.Tx) error {
		made, err := scanMade(tx.QueryContext(ctx, `
			SELECT d.id, c.revision = d.revision AND c.status = d.after
			FROM decisions d
			JOIN comments c ON c.id = d.comment_id
			WHERE d.cluster_order = ?1 AND (?2 = 0 OR d.id < ?2) AND d.choice <> 'undo' AND `+notUndone+`
			ORDER BY d.id DESC LIMIT ?3`, u.Order, before, togetherAtOnce))
		if err != nil {
			return explain(err)
		}
		if len(made) == 0 {
			return redrawOrdered(ctx, tx, u.Order, at)
		}
		for _, d := range made {
			first = d.id
			_, err := db.undo(ctx, tx, moderation.UndoOrder{Decision: d.id, By: u.By, Via: u.Via, Together: u.Order}, at)
			switch {
			case moderation.IsRefusal(err):
			case err != nil:
				return fmt.Errorf("decision %d: %w", d.id, explain(err))
			case d.current:
				restored++
			}
		}
		return nil
	})
	return first, restored, err
}

// redrawOrdered tells the cards of the cluster of an order that it has changed.
func redrawOrdered(ctx context.Context, tx *sql.Tx, id moderation.ClusterOrderID, at time.Time) error {
	o, err := scanClusterOrder(tx.QueryRowContext(ctx, selectClusterOrder+`WHERE o.id = ?`, id))
	if err != nil {
		return notFound(err, fmt.Sprintf("order %d", id))
	}
	return redrawRaid(ctx, tx, o.Cluster, 0, at)
}

// made is a decision, and whether the comment is as that left it.
type made struct {
	id      moderation.DecisionID
	current bool
}

func scanMade(rows *sql.Rows, err error) ([]made, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []made
	for rows.Next() {
		var d made
		if err := rows.Scan(&d.id, &d.current); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}
