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

// past is the database as it was when a comment came. On its one connection
// temporary views stand in front of the tables and show what of them was there at
// that moment, so that what is asked of the present can be asked of the past by
// the same statements.
type past struct {
	*DB
	pool   *sql.DB
	moment key
	// Of a walk over all comments what they were is kept in a table, and what
	// happened to them brings that up to date; nil: for one moment a view does.
	events []event
	began  bool
	moves  int
}

// event is that something happened to a comment.
type event struct {
	at      int64
	comment moderation.CommentID
}

// key is a place in the order in which revisions came to a site.
type key struct {
	at       int64 // in Unix milliseconds
	comment  moderation.CommentID
	revision int
}

// arrived is whether a revision called r had come before the moment. Comments of
// one time came in the order of their numbers.
const arrived = `(r.received_at <= (SELECT at FROM temp.moment)
	AND (r.received_at < (SELECT at FROM temp.moment) OR r.comment_id < (SELECT comment FROM temp.moment)))`

// revisionThen and statusThen are what a comment called c was at the moment: its
// newest revision, and what the last decision on that, else the machine, made of it.
const (
	revisionThen = `(SELECT max(r.revision) FROM main.revisions r WHERE r.comment_id = c.id AND ` + arrived + `)`
	statusThen   = `CASE WHEN EXISTS (SELECT 1 FROM main.withdrawals w
		  WHERE w.comment_id = c.id AND w.revision = ` + revisionThen + ` AND w.at < (SELECT at FROM temp.moment)) THEN 'withdrawn'
		ELSE coalesce(
		  (SELECT d.after FROM main.decisions d
		   WHERE d.comment_id = c.id AND d.revision = ` + revisionThen + ` AND d.at < (SELECT at FROM temp.moment)
		   ORDER BY d.id DESC LIMIT 1),
		  (SELECT CASE v.action WHEN 'approve' THEN 'approved' WHEN 'reject' THEN 'rejected' ELSE 'held' END
		   FROM main.verdicts v WHERE v.comment_id = c.id AND v.revision = ` + revisionThen + `)) END`
)

// hiddenTables says which tables are not as they were, and how they were: what
// stands instead of columns, and which rows were there.
func hiddenTables() []struct {
	name, alias string
	columns     map[string]string
	where       string
} {
	return []struct {
		name, alias string
		columns     map[string]string
		where       string
	}{
		{"revisions", "r", nil, arrived},
		{"comments_then", "c", map[string]string{"revision": revisionThen, "status": statusThen}, `EXISTS (
			SELECT 1 FROM main.revisions r WHERE r.comment_id = c.id AND r.revision = 1 AND ` + arrived + `)`},
		{"decisions", "d", nil, `d.at < (SELECT at FROM temp.moment)`},
		{"marks", "m", map[string]string{"lifted_at": ended("m.lifted_at")}, `m.at < (SELECT at FROM temp.moment)`},
		{"personas", "p", map[string]string{"dropped_at": ended("p.dropped_at")}, `p.at < (SELECT at FROM temp.moment)`},
		{"persona_comments", "p", map[string]string{"left_at": ended("p.left_at")}, `p.at < (SELECT at FROM temp.moment)`},
		{"modes", "m", map[string]string{"ended_at": ended("m.ended_at")}, `m.at < (SELECT at FROM temp.moment)`},
	}
}

// ended is a time by which something had ended, if it had.
func ended(column string) string {
	return fmt.Sprintf(`CASE WHEN %[1]s < (SELECT at FROM temp.moment) THEN %[1]s END`, column)
}

// newestThen is whether the newest revision of now of a comment had come, and
// newestKept the same by the table of a walk.
const (
	newestThen = `EXISTS (
		SELECT 1 FROM main.comments c JOIN main.revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE c.id = e.comment_id AND ` + arrived + `)`
	newestKept = `EXISTS (SELECT 1 FROM temp.comments c WHERE c.id = e.comment_id AND c.newest)`
)

// overtakenThen is whether a revision that another one has overtaken since was the
// newest at the moment.
const overtakenThen = `(e.since, e.comment_id) < (SELECT at, comment FROM temp.moment) AND (e.until, e.comment_id) >= (SELECT at, comment FROM temp.moment)`

// openPast returns the database as it was, for a site: at one moment, or for a walk
// over all of them. It has to be closed.
func (db *DB) openPast(ctx context.Context, site moderation.SiteID, walk bool) (*past, error) {
	pool, err := connect(db.path, 1, false, "temp_store(2)", readMapped)
	if err != nil {
		return nil, err
	}
	p := &past{pool: pool}
	p.DB = &DB{reader: pool, keys: db.keys}
	p.DB.now = func() time.Time { return time.UnixMilli(p.moment.at).UTC() }
	if walk {
		p.events, err = db.events(ctx, site)
	}
	if err == nil {
		err = p.hide(ctx, site, walk)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look into the past: %w", explain(err)), p.close())
	}
	return p, nil
}

// events returns what happened to a site's comments, in its order.
func (db *DB) events(ctx context.Context, site moderation.SiteID) ([]event, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT r.received_at, c.id FROM comments c JOIN revisions r ON r.comment_id = c.id WHERE c.site_id = ?1
		UNION ALL
		SELECT d.at, c.id FROM comments c JOIN decisions d ON d.comment_id = c.id WHERE c.site_id = ?1
		UNION ALL
		SELECT w.at, c.id FROM comments c JOIN withdrawals w ON w.comment_id = c.id WHERE c.site_id = ?1
		ORDER BY 1`, site)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []event
	for rows.Next() {
		var e event
		if err := rows.Scan(&e.at, &e.comment); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// hide puts the views in front of the tables.
func (p *past) hide(ctx context.Context, site moderation.SiteID, walk bool) error {
	err := p.run(ctx,
		`CREATE TEMP TABLE moment (at INTEGER NOT NULL, comment INTEGER NOT NULL)`,
		`INSERT INTO moment VALUES (0, 0)`,
		`CREATE TEMP TABLE past_bands (band INTEGER, comment_id INTEGER, since INTEGER, until INTEGER)`,
		`CREATE TEMP TABLE past_hosts (host TEXT, comment_id INTEGER, since INTEGER, until INTEGER)`,
		`CREATE INDEX past_bands_band ON past_bands(band, comment_id)`,
		`CREATE INDEX past_hosts_host ON past_hosts(host, since)`)
	if err != nil {
		return err
	}
	edited, err := p.sketchEdited(ctx, site)
	if err != nil {
		return err
	}
	columns, err := p.hideTables(ctx)
	if err != nil {
		return err
	}
	comments, newest := `CREATE TEMP VIEW comments AS SELECT * FROM comments_then`, newestThen
	if walk {
		comments, newest = `CREATE TEMP TABLE comments (`+strings.Replace(columns, "id", "id INTEGER PRIMARY KEY", 1)+`, newest)`, newestKept
	}
	bands := `SELECT e.band, e.comment_id FROM main.bands e WHERE ` + newest
	hosts := `SELECT e.site_id, e.host, e.at, e.comment_id FROM main.link_hosts e WHERE ` + newest
	if edited > 0 {
		bands += ` UNION ALL SELECT e.band, e.comment_id FROM temp.past_bands e WHERE ` + overtakenThen
		hosts += fmt.Sprintf(` UNION ALL SELECT %d, e.host, e.since, e.comment_id FROM temp.past_hosts e WHERE `, site) + overtakenThen
	}
	err = p.run(ctx, comments, `CREATE TEMP VIEW bands AS `+bands, `CREATE TEMP VIEW link_hosts AS `+hosts)
	if err == nil && walk {
		err = p.run(ctx, `CREATE INDEX comments_platform ON comments(site_id, platform_id)`)
	}
	return err
}

// run carries out statements.
func (p *past) run(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := p.pool.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// hideTables puts the views in front of the tables of hiddenTables, and returns the
// columns of the one on comments.
func (p *past) hideTables(ctx context.Context) (comments string, err error) {
	for _, t := range hiddenTables() {
		table := strings.TrimSuffix(t.name, "_then")
		columns, err := p.columnsOf(ctx, table)
		if err != nil {
			return "", err
		}
		if table != t.name {
			comments = strings.Join(columns, ", ")
		}
		for i, c := range columns {
			columns[i] = t.alias + "." + c
			if instead, ok := t.columns[c]; ok {
				columns[i] = instead + " AS " + c
			}
		}
		err = p.run(ctx, fmt.Sprintf(`CREATE TEMP VIEW %s AS SELECT %s FROM main.%s %s WHERE %s`,
			t.name, strings.Join(columns, ", "), table, t.alias, t.where))
		if err != nil {
			return "", fmt.Errorf("hide table %s: %w", table, err)
		}
	}
	return comments, nil
}

// columnsOf returns the names of a table's columns.
func (p *past) columnsOf(ctx context.Context, table string) ([]string, error) {
	rows, err := p.pool.QueryContext(ctx, `SELECT name FROM pragma_table_info(?, 'main')`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// overtaken is a revision that another one has overtaken.
type overtaken struct {
	comment      moderation.CommentID
	body         string
	since, until int64
}

// sketchEdited makes revisions that others have overtaken findable by what they
// said, for the time until then, and returns how many there are.
func (p *past) sketchEdited(ctx context.Context, site moderation.SiteID) (int, error) {
	all, err := p.overtaken(ctx, site)
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		for _, band := range text.Sketch(o.body, uint64(site)) {
			if _, err := p.pool.ExecContext(ctx, `INSERT INTO past_bands VALUES (?, ?, ?, ?)`, band, o.comment, o.since, o.until); err != nil {
				return 0, err
			}
		}
		for _, host := range hostsOf(o.body) {
			if _, err := p.pool.ExecContext(ctx, `INSERT INTO past_hosts VALUES (?, ?, ?, ?)`, host, o.comment, o.since, o.until); err != nil {
				return 0, err
			}
		}
	}
	return len(all), nil
}

// overtaken returns a site's revisions that others have overtaken.
func (p *past) overtaken(ctx context.Context, site moderation.SiteID) ([]overtaken, error) {
	rows, err := p.pool.QueryContext(ctx, `
		SELECT r.comment_id, r.text, r.received_at, n.received_at
		FROM comments c
		JOIN revisions r ON r.comment_id = c.id AND r.revision < c.revision
		JOIN revisions n ON n.comment_id = c.id AND n.revision = r.revision + 1
		WHERE c.site_id = ? AND c.revision > 1`, site)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var all []overtaken
	for rows.Next() {
		var o overtaken
		if err := rows.Scan(&o.comment, &o.body, &o.since, &o.until); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// move goes to the moment at which a revision came; in a walk never back.
func (p *past) move(ctx context.Context, site moderation.SiteID, k key) error {
	p.moment = k
	if err := p.breathe(ctx); err != nil {
		return err
	}
	if _, err := p.reader.ExecContext(ctx, `UPDATE temp.moment SET at = ?, comment = ?`, k.at, k.comment); err != nil {
		return err
	}
	const fill = `INSERT OR REPLACE INTO temp.comments
		SELECT t.*, t.revision = (SELECT c.revision FROM main.comments c WHERE c.id = t.id) FROM comments_then t WHERE `
	if !p.began && p.events != nil {
		p.began = true
		_, err := p.reader.ExecContext(ctx, fill+`t.site_id = ?`, site)
		return err
	}
	for _, e := range p.events {
		if e.at > k.at {
			break
		}
		if e.at < k.at { // of what came at the same time, some may be still to come
			p.events = p.events[1:]
		}
		if _, err := p.reader.ExecContext(ctx, fill+`t.id = ?`, e.comment); err != nil {
			return err
		}
	}
	return nil
}

// mode returns what a site's own mode was: what the first change of it since found.
func (p *past) mode(ctx context.Context, site moderation.Site) (moderation.Mode, error) {
	err := p.reader.QueryRowContext(ctx, `
		SELECT former FROM main.modes
		WHERE site_id = ? AND former <> '' AND at >= (SELECT at FROM temp.moment)
		ORDER BY id LIMIT 1`, site.ID).Scan(&site.Mode)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read mode: %w", explain(err))
	}
	return site.Mode, nil
}

// breathe goes on in one transaction, which is quicker, and begins another now and
// then: while one is open, the database's write-ahead log can't be emptied.
func (p *past) breathe(ctx context.Context) error {
	p.moves++
	if p.moves%500 != 1 {
		return nil
	}
	if p.moves > 1 {
		if err := p.run(ctx, `COMMIT`); err != nil {
			return err
		}
	}
	return p.run(ctx, `BEGIN DEFERRED`)
}

// Background is as DB's. The connection is in a transaction already.
func (p *past) Background(ctx context.Context, a moderation.Arrival) (moderation.Background, error) {
	return p.background(ctx, p.reader, a)
}

func (p *past) close() error { return p.pool.Close() }
