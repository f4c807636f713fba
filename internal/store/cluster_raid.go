package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// Raid returns a cluster as it stands; ErrNotFound.
func (db *DB) Raid(ctx context.Context, id moderation.ClusterID) (moderation.Raid, error) {
	var raid moderation.Raid
	err := db.read(ctx, func(tx querier) error {
		var err error
		raid, _, err = findRaid(ctx, tx, id)
		return err
	})
	return raid, err
}

// RaidOf returns the cluster of a comment; ErrNotFound.
func (db *DB) RaidOf(ctx context.Context, id moderation.CommentID) (moderation.Raid, error) {
	var raid moderation.Raid
	err := db.read(ctx, func(tx querier) error {
		c, err := clusterOf(ctx, tx, id)
		if err == nil && c == nil {
			err = fmt.Errorf("%w: comment %s came with no others", moderation.ErrNotFound, id)
		}
		if err != nil {
			return err
		}
		raid, _, err = findRaid(ctx, tx, c.ID)
		return err
	})
	return raid, err
}

// raidsSQL reads which clusters Raids returns. There are far fewer clusters than cases
// that wait.
const raidsSQL = `
	SELECT id FROM (
	  SELECT g.id, (SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status = 'held') AS waiting
	  FROM clusters g
	  CROSS JOIN sites s ON s.id = g.site_id AND s.removed_at IS NULL
	  WHERE g.comments >= ?3 AND (?1 OR g.site_id IN (SELECT value FROM json_each(?2)))
	    AND iif(EXISTS (SELECT 1 FROM comments m WHERE m.cluster_id = g.id AND m.status = 'held'),
	      (SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status <> 'withdrawn'), 0) >= ?3)
	WHERE waiting > 0
	ORDER BY waiting DESC, id DESC LIMIT ?4`

// Raids returns the clusters of some sites (nil: of all) of which something waits, at
// most limit of them, those first of which most does.
func (db *DB) Raids(ctx context.Context, sites []moderation.SiteID, limit int) ([]moderation.Raid, error) {
	var list []moderation.Raid
	err := db.read(ctx, func(tx querier) error {
		rows, err := tx.QueryContext(ctx, raidsSQL, sites == nil, siteList(sites), moderation.MinCluster, limit)
		ids, err := scanIDs[moderation.ClusterID](rows, err)
		if err != nil {
			return explain(err)
		}
		for _, id := range ids {
			raid, _, err := findRaid(ctx, tx, id)
			switch {
			case err == nil:
				list = append(list, raid)
			case !errors.Is(err, moderation.ErrNotFound): // else its site has been removed
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read raids: %w", err)
	}
	return list, nil
}

func scanIDs[ID ~int64](rows *sql.Rows, err error) ([]ID, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var ids []ID
	for rows.Next() {
		var id ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Different returns what waits of a cluster and does not say nearly the same as its
// first, least like that first, at most limit of it, and how many there are.
func (db *DB) Different(ctx context.Context, id moderation.ClusterID, limit int) ([]moderation.Mate, int, error) {
	var mates []moderation.Mate
	err := db.read(ctx, func(tx querier) error {
		var err error
		_, mates, err = findRaid(ctx, tx, id)
		return err
	})
	mates = slices.DeleteFunc(mates, func(m moderation.Mate) bool { return m.Alike >= nearlySame })
	slices.SortStableFunc(mates, func(a, b moderation.Mate) int { return cmp.Compare(a.Alike, b.Alike) })
	return mates[:min(len(mates), limit)], len(mates), err
}

// findRaid reads a cluster and what waits of it, in the order of the cases.
func findRaid(ctx context.Context, q querier, id moderation.ClusterID) (moderation.Raid, []moderation.Mate, error) {
	raid := moderation.Raid{Cluster: moderation.Cluster{ID: id}}
	var began, last sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT g.kind, g.began_at, g.last_at, s.id, s.name, `+countMembers+`,
		       (SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status = 'approved' AND m.unasked),
		       coalesce((SELECT max(max(m.joined, m.changed)) FROM comments m WHERE m.cluster_id = g.id), 0)
		FROM clusters g
		JOIN sites s ON s.id = g.site_id AND s.removed_at IS NULL
		WHERE g.id = ?`, id).
		Scan(&raid.Kind, &began, &last, &raid.Site.ID, &raid.Site.Name, &raid.Comments, &raid.Waiting, &raid.Published, &raid.Unasked, &raid.UpTo)
	if err != nil {
		return raid, nil, notFound(err, fmt.Sprintf("raid %d", id))
	}
	raid.Since, raid.Last = moment(began), moment(last)
	mates, err := waitingMates(ctx, q, &raid)
	if err != nil {
		return raid, nil, fmt.Errorf("read raid %d: %w", id, explain(err))
	}
	tellApart(&raid, mates)
	return raid, mates, nil
}

// waitingMates returns what waits of a cluster, and counts of it those whose author has
// published comments elsewhere than in it.
func waitingMates(ctx context.Context, q querier, raid *moderation.Raid) ([]moderation.Mate, error) {
	rows, err := q.QueryContext(ctx, waitingMatesSQL, raid.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var mates []moderation.Mate
	by := map[string]int{}
	for rows.Next() {
		var m moderation.Mate
		var identity string
		if err := rows.Scan(&m.Comment, &m.Case.ID, &m.Case.Tag, &m.Case.Revision, &m.Case.Version, &m.Author, &m.Text, &identity); err != nil {
			return nil, err
		}
		if identity != "" {
			by[identity]++
		}
		m.Case.Comment, m.Case.State = m.Comment, moderation.CaseOpen
		mates = append(mates, m)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(mates, func(a, b moderation.Mate) int { return cmp.Compare(a.Case.ID, b.Case.ID) })
	raid.Known, err = countKnown(ctx, q, raid, by)
	return mates, err
}

const waitingMatesSQL = `
	SELECT c.id, k.id, k.tag, k.revision, k.version, r.author_name, r.text, hex(coalesce(r.identity, ''))
	FROM comments c INDEXED BY comments_cluster
	CROSS JOIN cases k INDEXED BY cases_open ON k.comment_id = c.id AND k.state = 'open'
	CROSS JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
	WHERE c.cluster_id = ? AND c.status = 'held'`

// knownSQL reads which of the identities ?1 have published comments on a site ?2
// elsewhere than in a cluster ?3. Each is asked for once, and no more of its comments are
// looked at than when its standing is counted: whoever floods a blog has thousands of which
// none was published, and to read them all for each one would take minutes.
const knownSQL = `
	SELECT i.value FROM json_each(?1) i
	WHERE EXISTS (
	  SELECT 1
	  FROM (SELECT e.comment_id FROM revisions e INDEXED BY revisions_identity
	        WHERE e.identity = unhex(i.value) AND e.site_id = ?2 ORDER BY e.received_at DESC LIMIT ` + lookBack + `) e
	  CROSS JOIN comments o ON o.id = e.comment_id AND o.status = 'approved' AND o.cluster_id IS NOT ?3)`

// countKnown counts the comments of identities that are known, given how many there are
// by each.
func countKnown(ctx context.Context, q querier, raid *moderation.Raid, by map[string]int) (known int, err error) {
	list, err := json.Marshal(slices.Collect(maps.Keys(by)))
	if err != nil {
		return 0, err
	}
	err = eachOf(ctx, q, func(rows *sql.Rows) error {
		var identity string
		err := rows.Scan(&identity)
		known += by[identity]
		return err
	}, knownSQL, string(list), raid.Site.ID, raid.ID)
	return known, err
}

// tellApart fills in how much the texts are like the first one, and what follows.
func tellApart(raid *moderation.Raid, mates []moderation.Mate) {
	if len(mates) == 0 {
		return
	}
	first := text.GistOf(mates[0].Text)
	var texts gists
	names := map[string]bool{}
	alike := map[string]float64{} // many say the same, word by word
	odd := 0
	for i := range mates {
		known, ok := alike[mates[i].Text]
		if !ok {
			gist := text.GistOf(mates[i].Text)
			known = gist.Resemblance(first)
			alike[mates[i].Text] = known
			texts.addGist(gist)
		}
		mates[i].Alike = known
		names[text.Fold(mates[i].Author)] = true
		if mates[i].Alike < mates[odd].Alike {
			odd = i
		}
	}
	raid.Names, raid.Texts, raid.First = len(names), len(texts), mates[0]
	if odd > 0 {
		raid.Odd = mates[odd]
	}
}

// LeaveCluster implements moderation.Raids.
func (db *DB) LeaveCluster(ctx context.Context, id moderation.CommentID, at time.Time) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		c, err := getComment(ctx, tx, id)
		if err != nil {
			return err
		}
		var from moderation.ClusterID
		err = tx.QueryRowContext(ctx, `SELECT cluster_id FROM comments WHERE id = ? AND cluster_id IS NOT NULL`, id).Scan(&from)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE comments SET cluster_id = NULL, alone = 1 WHERE id = ?`, id)
		}
		if err != nil {
			return explain(err)
		}
		if err := redrawCase(ctx, tx, c, c.revision, at); err != nil {
			return err
		}
		return redrawRaid(ctx, tx, from, id, at)
	})
}

// growths are the sizes at which a cluster that grows is told again on its card.
var growths = [...]int{moderation.MinCluster, 4, 5, 10, 20, 50}

// grew reports whether a cluster that grew by some to a size passed one at which that
// is told.
func grew(by, to int) bool {
	for _, size := range growths {
		if to-by < size && size <= to {
			return true
		}
	}
	return (to-by)/100 < to/100
}

// tellGrowth has the cards of a cluster say how large it has become, if it is time.
func tellGrowth(ctx context.Context, tx *sql.Tx, c commentRow, id moderation.ClusterID, by int, at time.Time) error {
	var size int
	if err := tx.QueryRowContext(ctx, `SELECT comments FROM clusters WHERE id = ?`, id).Scan(&size); err != nil {
		return fmt.Errorf("read cluster: %w", explain(err))
	}
	if !grew(by, size) {
		return nil
	}
	return redrawRaid(ctx, tx, id, c.id, at)
}

// redrawMates tells the cards of the others of a comment's cluster, if it is in one,
// that it has changed.
func redrawMates(ctx context.Context, tx *sql.Tx, c commentRow, at time.Time) error {
	var id moderation.ClusterID
	err := tx.QueryRowContext(ctx, `SELECT coalesce(cluster_id, 0) FROM comments WHERE id = ?`, c.id).Scan(&id)
	if err != nil || id == 0 {
		return explain(err)
	}
	return redrawRaid(ctx, tx, id, c.id, at)
}

// redrawRaid tells the card that stands for a cluster, and what other cards of it
// there are, that it has changed; not those of one comment, which are told anyway.
func redrawRaid(ctx context.Context, tx *sql.Tx, id moderation.ClusterID, but moderation.CommentID, at time.Time) error {
	var site moderation.SiteID
	if err := tx.QueryRowContext(ctx, `SELECT site_id FROM clusters WHERE id = ?`, id).Scan(&site); err != nil {
		return fmt.Errorf("read cluster: %w", explain(err))
	}
	rows, err := tx.QueryContext(ctx, `
		SELECT k.id
		FROM comments m
		CROSS JOIN cases k ON k.comment_id = m.id AND k.state = 'open'
		WHERE m.cluster_id = ? AND m.status = 'held' AND m.id <> ?
		ORDER BY EXISTS (SELECT 1 FROM cards d WHERE d.case_id = k.id) DESC, k.id LIMIT ?`, id, but, raidCards)
	cases, err := scanIDs[moderation.CaseID](rows, err)
	if err != nil {
		return fmt.Errorf("read cases: %w", explain(err))
	}
	for _, open := range cases {
		if _, err := tx.ExecContext(ctx, `UPDATE cases SET version = version + 1 WHERE id = ?`, open); err != nil {
			return fmt.Errorf("update case: %w", explain(err))
		}
		if err := enqueueCard(ctx, tx, site, open, at); err != nil {
			return err
		}
	}
	return nil
}

// raidCards is how many cards of a cluster are redrawn at most: those that came before
// it was one, and a few that are urgent.
const raidCards = moderation.MinCluster

// IsStoodFor reports whether the card of another case of the same cluster stands in a
// spot for an open case as well.
func (db *DB) IsStoodFor(ctx context.Context, id moderation.CaseID, at moderation.Spot) (is bool, err error) {
	err = db.reader.QueryRowContext(ctx, `
		SELECT EXISTS (
		  SELECT 1
		  FROM cases k
		  CROSS JOIN comments c ON c.id = k.comment_id
		  CROSS JOIN clusters g ON g.id = c.cluster_id AND g.comments >= ?4
		  CROSS JOIN comments m ON m.cluster_id = g.id AND m.status = 'held'
		  CROSS JOIN cases q ON q.comment_id = m.id AND q.state = 'open' AND q.id < k.id AND q.urgent >= k.urgent
		  CROSS JOIN cards d ON d.case_id = q.id AND d.chat = ?2 AND d.topic = ?3
		  WHERE k.id = ?1 AND k.state = 'open')`, id, at.Chat, at.Topic, moderation.MinCluster).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look for the raid's card: %w", explain(err))
	}
	return is, nil
}
