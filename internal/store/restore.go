package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
)

// Contents is what a copy of a database holds.
type Contents struct {
	Schema    int       // its version
	MadeAt    time.Time // zero where the copy was not made by Backup
	HasKey    bool      // so that it can be restored without a key file
	Sites     int
	Comments  int
	Decisions int
	Lessons   int
	Newest    time.Time // when the newest comment came
}

// Inspect reads a copy of a database to the end and says what it holds; an error
// says what is wrong with it. Nothing is written, beside the copy either.
func Inspect(ctx context.Context, path string) (Contents, error) {
	c, err := inspect(ctx, path)
	if err != nil {
		return c, fmt.Errorf("check backup %s: %w", path, explainCopy(err))
	}
	return c, nil
}

func inspect(ctx context.Context, path string) (c Contents, err error) {
	if err := isCopy(path); err != nil {
		return c, err
	}
	db, err := sql.Open("sqlite", sealedAddress(path))
	if err != nil {
		return c, err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	if c.Schema, err = knownSchema(ctx, db); err != nil {
		return c, err
	}
	if err := isOurs(ctx, db, c.Schema); err != nil {
		return c, err
	}
	if err := examine(ctx, db, "integrity_check"); err != nil {
		return c, err
	}
	if err := c.count(ctx, db); err != nil {
		return c, err
	}
	key, err := setting(ctx, db, heldKeySetting)
	if err != nil || key == "" {
		return c, err
	}
	c.HasKey = true
	return c, opens(ctx, db, key)
}

// errNoBackup is said of files that are something else.
var errNoBackup = errors.New("it is not a backup that gatehouse has made")

// sqliteMagic is how each SQLite database begins.
const sqliteMagic = "SQLite format 3\x00"

// isCopy refuses what is no database, and one that is in use.
func isCopy(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, len(sqliteMagic))
	if _, err := io.ReadFull(file, head); errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the file is empty", errNoBackup)
	} else if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if !bytes.Equal(head, []byte(sqliteMagic)) {
		return errNoBackup
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("it is a database that is in use, for there is a %s-wal; make a copy with: gatehouse backup FILE", filepath.Base(path))
	}
	return nil
}

// count fills in what there is.
func (c *Contents) count(ctx context.Context, q querier) error {
	var newest sql.NullInt64
	err := q.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM sites WHERE removed_at IS NULL), (SELECT count(*) FROM comments), (SELECT count(*) FROM decisions),
		       (SELECT count(*) FROM lessons), (SELECT max(received_at) FROM revisions)`).
		Scan(&c.Sites, &c.Comments, &c.Decisions, &c.Lessons, &newest)
	if err != nil {
		return err
	}
	c.Newest = moment(newest)
	made, err := setting(ctx, q, madeAtSetting)
	if err != nil || made == "" {
		return err
	}
	at, err := strconv.ParseInt(made, 10, 64)
	if err != nil {
		return fmt.Errorf("read when it was made: %w", err)
	}
	c.MadeAt = time.UnixMilli(at).UTC()
	return nil
}

// opens reports whether a key is the one of a database, by its check and by each
// secret that is sealed with it.
func opens(ctx context.Context, q querier, key string) error {
	keys, err := parseKey(key)
	if err != nil {
		return fmt.Errorf("the key in it %w", err)
	}
	check, err := setting(ctx, q, keySetting)
	if err == nil && check != "" && check != keys.check() {
		err = errors.New("the key in it is the one of another database")
	}
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, `SELECT akismet_key FROM sites UNION ALL SELECT secret FROM site_secrets`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			return err
		}
		if _, err := keys.opened(sealed); err != nil {
			return errors.New("the key in it does not open the secrets in it")
		}
	}
	return rows.Err()
}

// explainCopy adds to the errors of SQLite what they mean for a copy.
func explainCopy(err error) error {
	if damaged(err) {
		return fmt.Errorf("%w (the file is damaged or was cut off; take another backup)", err)
	}
	return explain(err)
}

// restoring is how the file is called that becomes a database.
const restoring = databaseFile + ".restoring"

// Restore makes folder dir the one of a backup, whose bytes fill writes. The
// folder must hold no data yet: ErrExists where it does, or a service runs on it.
// The backup is checked before it takes its place; of one that fails nothing is
// left. The key file is made of the key in it.
func Restore(ctx context.Context, dir string, now moderation.Clock, fill func(io.Writer) error) (c Contents, err error) {
	isNew := !exists(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, fmt.Errorf("make data folder: %w", err)
	}
	release, err := Lock(dir)
	if err != nil {
		return c, fmt.Errorf("restore backup: %w", err)
	}
	defer func() {
		if err != nil && isNew {
			os.Remove(filepath.Join(dir, lockFile)) //nolint:errcheck // what is left of a folder that was not there
			os.Remove(dir)                          //nolint:errcheck // as above
		}
		err = errors.Join(err, release())
	}()
	for _, name := range []string{databaseFile, databaseFile + "-wal", databaseFile + "-journal", keyFile} {
		if path := filepath.Join(dir, name); exists(path) {
			return c, fmt.Errorf("restore backup: %w: there is a %s already; move the folder away, or restore into another one with --data DIR", moderation.ErrExists, path)
		}
	}
	path := filepath.Join(dir, restoring)
	defer os.Remove(path) //nolint:errcheck // in its place it has another name
	if err := fillFile(path, fill); err != nil {
		return c, fmt.Errorf("restore backup: %w", explainCopy(err))
	}
	if c, err = inspect(ctx, path); err != nil {
		return c, fmt.Errorf("restore backup: %w", explainCopy(err))
	}
	if !c.HasKey {
		return c, errors.New("restore backup: there is no key in it: it was not made by gatehouse backup. Copy it to gatehouse.db by hand, and the gatehouse.key that belongs to it beside it")
	}
	if err := os.Link(path, filepath.Join(dir, databaseFile)); err != nil { // unlike a rename it replaces nothing
		return c, fmt.Errorf("restore backup: %w", err)
	}
	if err := errors.Join(os.Remove(path), syncFolder(dir)); err != nil {
		return c, fmt.Errorf("restore backup: %w", err)
	}
	return c, adoptKey(ctx, dir, now)
}

// fillFile makes a private file of what fill writes.
func fillFile(path string, fill func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(fill(file), file.Sync(), file.Close())
}

// adoptKey makes the key file of the key in a database that was a backup, and
// takes it out of there. The schema stays as it is.
func adoptKey(ctx context.Context, dir string, now moderation.Clock) error {
	path := filepath.Join(dir, databaseFile)
	keys, err := openKeyring(ctx, filepath.Join(dir, keyFile), path)
	if err != nil {
		return err
	}
	db := &DB{path: path, keys: keys, now: now}
	if db.writer, err = connect(path, 1, false); err != nil {
		return err
	}
	if err := errors.Join(db.dropHeldKey(ctx), db.writer.Close()); err != nil {
		return fmt.Errorf("restore backup: %w", explain(err))
	}
	return nil
}
