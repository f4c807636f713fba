// Package store is the database: SQLite in one file, written by hand in SQL.
// Its entry points are [Open] and [Create].
//
// Every public method is one transaction, and what it wrote is on disk when it
// returns. There is one writer and a pool of readers; another process may use
// the same file. The package decides nothing: what a decision or an edit means
// comes from package moderation.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/internal/moderation"
)

// The files of a data folder.
const (
	databaseFile = "gatehouse.db"
	keyFile      = "gatehouse.key"
	lockFile     = "gatehouse.lock"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	path   string
	writer *sql.DB
	group  *group // whoever wants the writer
	reader *sql.DB
	// glances is whoever asks something short for every comment.
	glances *glances
	keys    keyring
	now     moderation.Clock
	bounds  bounds
}

// Open opens the database in folder dir; moderation.ErrNotFound where there is
// none. It brings an older schema up to date, as u says (one, or none for the
// usual way: after a copy), and refuses one that is newer than
// the program, one of another program, and a key file that is not this database's.
func Open(ctx context.Context, dir string, now moderation.Clock, u ...Upgrade) (*DB, error) {
	if path := filepath.Join(dir, databaseFile); !exists(path) {
		return nil, fmt.Errorf("open database: %w: there is no %s", moderation.ErrNotFound, path)
	}
	return Create(ctx, dir, now, u...)
}

// Create is as Open, and makes folder, key and database where they are missing.
func Create(ctx context.Context, dir string, now moderation.Clock, u ...Upgrade) (*DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	path := filepath.Join(dir, databaseFile)
	if err := refuseForeignLog(ctx, path); err != nil {
		return nil, err
	}
	if err := errors.Join(refuseLost(dir), beginNew(dir)); err != nil {
		return nil, err
	}
	if err := refuseForeign(ctx, path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, explain(err))
	}
	keys, err := openKeyring(ctx, filepath.Join(dir, keyFile), path)
	if err != nil {
		return nil, err
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	db := &DB{path: path, keys: keys, now: now, bounds: bounds{limits: moderation.DefaultQueueLimits()}}
	if db.writer, err = connect(path, 1, true, "temp_store(2)", "cache_size(-32000)", logLength); err != nil {
		return nil, err
	}
	db.group = &group{pool: db.writer, most: groupMost, longest: groupLongest}
	err = db.prepare(ctx, upgradeOf(u))
	if err == nil {
		err = endNew(dir)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, explain(err)), db.writer.Close())
	}
	if db.reader, err = connect(path, max(4, runtime.NumCPU()), false, "query_only(1)", readMapped); err != nil {
		return nil, errors.Join(err, db.writer.Close())
	}
	looks := max(1, runtime.NumCPU()/2)
	asked, err := connect(path, looks, false, "query_only(1)", readMapped)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.glances = &glances{pool: asked, most: looks}
	return db, nil
}

// prepare makes of what is there this program's database; what can't be brought up to
// date is not written to.
func (db *DB) prepare(ctx context.Context, u Upgrade) error {
	if err := db.adopt(ctx); err != nil {
		return err
	}
	if err := db.migrate(ctx, u); err != nil {
		return err
	}
	return db.checkKey(ctx)
}

// upgradeOf returns the first of u, or the usual way.
func upgradeOf(u []Upgrade) Upgrade {
	if len(u) == 0 {
		return Upgrade{}
	}
	return u[0]
}

// keySetting is where a hash stands by which the right key file is known.
const keySetting = "key.check"

// checkKey refuses a key file that is not the one of the database: what is
// sealed and hashed with another one could never be used together with the rest.
func (db *DB) checkKey(ctx context.Context) error {
	check := db.keys.check()
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, keySetting, check); err != nil {
			return err
		}
		return fits(ctx, tx, check)
	})
}

// Close closes the database, when what is being written is on disk.
func (db *DB) Close() error {
	db.group.close()
	var asked error
	if db.glances != nil {
		asked = db.glances.close()
	}
	return errors.Join(asked, db.reader.Close(), db.writer.Close())
}

// Ping says whether the database takes what is written to it.
func (db *DB) Ping(ctx context.Context) error {
	err := db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO settings (key, value) VALUES ('ping', ?1)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value`, strconv.FormatInt(db.now().UnixMilli(), 10))
		return explain(err)
	})
	if err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}

// readMapped has readers see the file in the system's own cache: their own one is
// empty again after each write, and reading pages anew is most of a lookup in a
// large database. It is the most that SQLite takes; what lies beyond in a larger file
// is read the old way.
const readMapped = "mmap_size(2147418112)"

// logLength has pages be copied from the log into the file when the log has 16 MB: the
// longer it is, the more often what is copied has been written again meanwhile.
const logLength = "wal_autocheckpoint(4000)"

// connect opens a pool of at most size connections; see connector for whole. The
// pragmas are part of the address, so that every connection of the pool has them.
func connect(path string, size int, whole bool, pragmas ...string) (*sql.DB, error) {
	pinMemory()
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"} {
		q.Add("_pragma", p)
	}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	registered, err := sql.Open("sqlite", "")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	defer registered.Close() //nolint:errcheck // it has no connection
	address := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	db := sql.OpenDB(&connector{driver: registered.Driver(), address: address.String(), whole: whole})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxIdleTime(0)
	return db, nil
}

// write runs f in a transaction of the one writer and commits it, unless f
// gives an error. Others' writes may be in the same transaction, see group; f reads
// through its transaction only.
func (db *DB) write(ctx context.Context, f func(*sql.Tx) error) error {
	return db.group.do(ctx, &job{f: f})
}

// writeThen is as write, and runs last at the end of the transaction, when all others
// that are in it have written: for what costs less the fewer times it is begun. An error
// of last takes back what all of them wrote, so it depends on nobody's context.
func (db *DB) writeThen(ctx context.Context, f, last func(*sql.Tx) error) error {
	return db.group.do(ctx, &job{f: f, last: last})
}

// writeAlone is as write, in a transaction of its own: for what takes long, so
// that others need not wait for its end to be answered.
func (db *DB) writeAlone(ctx context.Context, f func(*sql.Tx) error) error {
	return db.group.do(ctx, &job{f: f, alone: true})
}

// writeOne runs one statement as write does, and returns how many rows it changed.
func (db *DB) writeOne(ctx context.Context, query string, args ...any) (rows int64, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err == nil {
			rows, err = res.RowsAffected()
		}
		return err
	})
	return rows, err
}

// CommitEach has each write be a transaction of its own, as if no two ever waited at
// the same time. It is for comparisons, and set before the first write.
func (db *DB) CommitEach() { db.group.most = 1 }

// SyncApart has the disk sync one transaction while the next one runs. It is for the
// one process that serves, and set before the first write: what another process has
// committed and not synced, this one can't know of.
func (db *DB) SyncApart(ctx context.Context) (err error) {
	if db.group.disk, err = newSettler(ctx, db.writer, db.path); err != nil {
		return fmt.Errorf("open database %s: %w", db.path, explain(err))
	}
	return nil
}

// explain adds what to do to the errors of SQLite that somebody can do
// something about.
func explain(err error) error {
	var e *sqlite.Error
	if isExplained := errors.As(err, new(unable)); isExplained || !errors.As(err, &e) {
		return err
	}
	if e.Code() == sqlite3.SQLITE_CORRUPT_VTAB {
		return err // the file is well but for the index of words, see group.mend
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w (another program keeps the database locked; end it and try again)", unable{err})
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w (make room on the disk)", unable{err})
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w (is there room on the disk, and is the disk well?)", unable{err})
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w (the file is damaged or not gatehouse's; restore a backup or move it away)", unable{err})
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w (may this user write the file and its folder?)", unable{err})
	}
	return err
}

// damaged reports whether SQLite says that a file is no database, or a broken one.
func damaged(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code()&0xff == sqlite3.SQLITE_NOTADB || e.Code()&0xff == sqlite3.SQLITE_CORRUPT)
}

// unable is an error that says nothing of what was asked: the database can't do
// anything for the moment. It is moderation.ErrNotReady, too.
type unable struct{ error }

// Unwrap returns SQLite's error.
func (e unable) Unwrap() error { return e.error }

// Is says that it is moderation.ErrNotReady.
func (e unable) Is(target error) bool { return target == moderation.ErrNotReady }

// querier is what a transaction and a pool have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// executor is a querier that also writes.
type executor interface {
	querier
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// makePrivate makes the database's file where there is none, readable by its
// owner only; SQLite gives its companion files the same rights.
func makePrivate(path string) error {
	if exists(path) {
		return nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w (may this user write the file and its folder?)", err)
	}
	return file.Close()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// millis is t as the database keeps it: Unix milliseconds, NULL for the zero
// time.
func millis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// moment is the time that millis wrote.
func moment(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
