package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// peersByBand is how many of the newest comments with a band are compared when a
	// comment comes: in a raid these are the raid's.
	peersByBand = "3"
	// crowdLooked is how many of the newest comments from a range, or with a host,
	// are looked at.
	crowdLooked = "50"
)

// peer is a comment that came lately and has something in common with a new one.
type peer struct {
	id      moderation.CommentID
	cluster moderation.ClusterID // 0: none
	alone   bool                 // somebody took it out of its cluster
	at      sql.NullInt64
	name    string
	body    string
}

// cluster puts a new comment into the cluster of what came lately and is alike, and
// begins one where there is none.
func (db *DB) cluster(ctx context.Context, tx *sql.Tx, c commentRow, a moderation.Arrival, at time.Time) error {
	if c.revision != 1 {
		return leaveCluster(ctx, tx, c, a.Comment.Text, at)
	}
	since := at.Add(-moderation.RaidPause).UnixMilli()
	for _, kind := range []struct {
		kind  moderation.ClusterKind
		peers func() ([]peer, error)
	}{
		{moderation.ClusterText, func() ([]peer, error) { return alikeLately(ctx, tx, c, a.Comment.Text, since) }},
		{moderation.ClusterHost, func() ([]peer, error) { return hostLately(ctx, tx, c, a, since) }},
		{moderation.ClusterRange, func() ([]peer, error) { return db.rangeLately(ctx, tx, c, a, since) }},
	} {
		peers, err := kind.peers()
		if err != nil {
			return fmt.Errorf("look for a cluster: %w", explain(err))
		}
		if len(peers) > 0 {
			return joinCluster(ctx, tx, c, kind.kind, peers, at)
		}
	}
	return nil
}

// leaveCluster takes an edited comment out of a cluster that it was in for what it
// said, where it says something else by now.
func leaveCluster(ctx context.Context, tx *sql.Tx, c commentRow, body string, at time.Time) error {
	var before string
	err := tx.QueryRowContext(ctx, `
		SELECT r.text FROM comments c
		JOIN clusters g ON g.id = c.cluster_id AND g.kind <> 'range'
		JOIN revisions r ON r.comment_id = c.id AND r.revision = ?
		WHERE c.id = ?`, c.revision-1, c.id).Scan(&before)
	if errors.Is(err, sql.ErrNoRows) || err == nil && text.Resemblance(before, body) >= nearlySame {
		return nil
	}
	if err == nil {
		err = redrawMates(ctx, tx, c, at)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE comments SET cluster_id = NULL WHERE id = ?`, c.id)
	}
	if err != nil {
		return fmt.Errorf("leave cluster: %w", explain(err))
	}
	return nil
}

// alikeLately returns what came lately and says nearly the same. Texts too short to
// be found by likeness are everybody's.
func alikeLately(ctx context.Context, tx *sql.Tx, c commentRow, body string, since int64) ([]peer, error) {
	bands := text.Sketch(body, uint64(c.site))
	if len(bands) == 1 {
		return nil, nil
	}
	near, err := nearLately(ctx, tx, c.id, bands)
	if err != nil {
		return nil, err
	}
	var alike []peer
	for _, id := range near {
		found, err := scanPeers(tx.QueryContext(ctx, selectPeer+`comments c`+peerRevision+`
			WHERE c.id = ? AND c.site_id = ? AND c.received_at > ?`, id, c.site, since))
		if err != nil {
			return nil, err
		}
		for _, p := range found {
			if text.Resemblance(body, p.body) >= nearlySame {
				alike = append(alike, p)
			}
		}
	}
	return alike, nil
}

// nearLately returns the newest comments before one that share a band with it, the
// newest first. They are put together here, see candidates.
func nearLately(ctx context.Context, tx *sql.Tx, before moderation.CommentID, bands []int64) ([]moderation.CommentID, error) {
	const arm = `SELECT comment_id FROM (SELECT comment_id FROM bands WHERE band = ? AND comment_id < ? ORDER BY comment_id DESC LIMIT ` + peersByBand + `)`
	args := make([]any, 0, 2*len(bands))
	for _, band := range bands {
		args = append(args, band, before)
	}
	return scanNewest(tx.QueryContext(ctx, strings.TrimSuffix(strings.Repeat(arm+" UNION ALL ", len(bands)), " UNION ALL "), args...))
}

// hostLately returns what came lately and links to the same host, if that is a
// crowd, and more than came in the month before.
func hostLately(ctx context.Context, tx *sql.Tx, c commentRow, a moderation.Arrival, since int64) ([]peer, error) {
	for _, host := range hostsOf(a.Comment.Text) {
		found, err := scanPeers(tx.QueryContext(ctx, selectPeer+`link_hosts h
			CROSS JOIN comments c ON c.id = h.comment_id AND c.id <> ?3`+peerRevision+`
			WHERE h.site_id = ?1 AND h.host = ?2 AND h.at > ?4
			ORDER BY h.at DESC LIMIT `+crowdLooked, c.site, host, c.id, since))
		if err != nil || !isCrowd(found, a.Author.Name) {
			if err != nil {
				return nil, err
			}
			continue
		}
		var before int
		err = tx.QueryRowContext(ctx, `
			SELECT count(*) FROM (SELECT 1 FROM link_hosts WHERE site_id = ?1 AND host = ?2 AND at <= ?3 AND at > ?4 LIMIT `+crowdLooked+`)`,
			c.site, host, since, since-moderation.TiesWithin.Milliseconds()).Scan(&before)
		if err != nil || before < len(found) {
			return found, err
		}
	}
	return nil, nil
}

// rangeLately returns what came lately from the same range, if that is a crowd.
func (db *DB) rangeLately(ctx context.Context, tx *sql.Tx, c commentRow, a moderation.Arrival, since int64) ([]peer, error) {
	network := db.keys.ipRange(a.Author.IP)
	if network == nil {
		return nil, nil
	}
	found, err := scanPeers(tx.QueryContext(ctx, `
		SELECT c.id, coalesce(c.cluster_id, 0), c.alone, c.received_at, r.author_name, ''
		FROM revisions r
		CROSS JOIN comments c ON c.id = r.comment_id AND c.site_id = ?1 AND c.id <> ?3
		WHERE r.range_hash = ?2 AND r.received_at > ?4 AND r.revision = 1
		ORDER BY r.received_at DESC LIMIT `+crowdLooked, c.site, network, c.id, since))
	if err != nil || !isCrowd(found, a.Author.Name) {
		return nil, err
	}
	return found, nil
}

// isCrowd says whether peers and a new comment under a name are a crowd.
func isCrowd(peers []peer, name string) bool {
	names := map[string]bool{name: true}
	for _, p := range peers {
		names[p.name] = true
	}
	return len(peers)+1 >= moderation.MinCrowd && len(names) >= moderation.MinCrowdNames
}

const (
	selectPeer   = `SELECT c.id, coalesce(c.cluster_id, 0), c.alone, c.received_at, r.author_name, r.text FROM `
	peerRevision = ` JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision`
)

func scanPeers(rows *sql.Rows, err error) ([]peer, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var found []peer
	for rows.Next() {
		var p peer
		if err := rows.Scan(&p.id, &p.cluster, &p.alone, &p.at, &p.name, &p.body); err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, rows.Err()
}

// joinCluster puts a comment, and those of its peers that are in no cluster, into
// the newest peer's, or into one of their own.
func joinCluster(ctx context.Context, tx *sql.Tx, c commentRow, kind moderation.ClusterKind, peers []peer, at time.Time) error {
	var id moderation.ClusterID
	began := sql.NullInt64{Int64: at.UnixMilli(), Valid: true}
	var loose []moderation.CommentID
	for _, p := range peers {
		if id == 0 {
			id = p.cluster
		}
		if p.cluster == 0 && !p.alone {
			loose = append(loose, p.id)
			began.Int64 = min(began.Int64, p.at.Int64)
		}
	}
	if id == 0 {
		res, err := tx.ExecContext(ctx, `INSERT INTO clusters (site_id, kind, comments, began_at, last_at) VALUES (?, ?, 0, ?, ?)`,
			c.site, kind, began, at.UnixMilli())
		if err != nil {
			return fmt.Errorf("insert cluster: %w", explain(err))
		}
		n, err := res.LastInsertId()
		if err != nil {
			return err
		}
		id = moderation.ClusterID(n)
	}
	for _, comment := range append(loose, c.id) {
		if _, err := tx.ExecContext(ctx, `UPDATE comments SET cluster_id = ?1, joined = (SELECT changed FROM comments WHERE id = ?3) WHERE id = ?2`, id, comment, c.id); err != nil {
			return fmt.Errorf("join cluster: %w", explain(err))
		}
	}
	_, err := tx.ExecContext(ctx, `UPDATE clusters SET comments = comments + ?, began_at = min(began_at, ?), last_at = max(last_at, ?) WHERE id = ?`,
		len(loose)+1, began, at.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("update cluster: %w", explain(err))
	}
	return tellGrowth(ctx, tx, c, id, len(loose)+1, at)
}

// countMembers are the numbers of a cluster g, from the index of its members.
const countMembers = `
	(SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status <> 'withdrawn') AS members,
	(SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status = 'held') AS waiting,
	(SELECT count(*) FROM comments m WHERE m.cluster_id = g.id AND m.status = 'approved') AS published`

const clusterSQL = `
	SELECT g.id, g.kind, g.members, g.waiting, g.published, g.began_at, g.last_at
	FROM (
		SELECT g.*, ` + countMembers + `
		FROM clusters g
		WHERE g.id = ?) g
	WHERE g.members >= ?`

// lister is a querier for a list of comments. It remembers the clusters of those it was
// asked about: to count a raid's again for every line would take longer than all else.
type lister struct {
	brief
	clusters map[moderation.ClusterID]*moderation.Cluster
}

func newLister(q querier) *lister {
	return &lister{brief{q}, make(map[moderation.ClusterID]*moderation.Cluster)}
}

// clusterOf returns the cluster of a comment; nil where it is in none, or in one too
// small to speak of. What was withdrawn doesn't count.
func clusterOf(ctx context.Context, q querier, comment moderation.CommentID) (*moderation.Cluster, error) {
	var id sql.Null[moderation.ClusterID]
	err := q.QueryRowContext(ctx, `SELECT cluster_id FROM comments WHERE id = ?`, comment).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read cluster of comment %s: %w", comment, explain(err))
	}
	return clusterIn(ctx, q, id)
}

// clusterIn is [clusterOf] a comment whose cluster's number is known.
func clusterIn(ctx context.Context, q querier, id sql.Null[moderation.ClusterID]) (*moderation.Cluster, error) {
	if !id.Valid {
		return nil, nil
	}
	l, isList := q.(*lister)
	if isList {
		if c, ok := l.clusters[id.V]; ok {
			return c, nil
		}
	}
	c, err := readCluster(ctx, q, id.V)
	if err != nil {
		return nil, fmt.Errorf("read cluster %d: %w", id.V, explain(err))
	}
	if isList {
		l.clusters[id.V] = c
	}
	return c, nil
}

// readCluster returns a cluster; nil where it is too small to speak of.
func readCluster(ctx context.Context, q querier, id moderation.ClusterID) (*moderation.Cluster, error) {
	var c moderation.Cluster
	var began, last sql.NullInt64
	err := q.QueryRowContext(ctx, clusterSQL, id, moderation.MinCluster).
		Scan(&c.ID, &c.Kind, &c.Comments, &c.Waiting, &c.Published, &began, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.Since, c.Last = moment(began), moment(last)
	return &c, nil
}
