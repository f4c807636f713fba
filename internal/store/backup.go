package store

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"

	"gatehouse/internal/moderation"
)

// The settings that only a backup has: what the key file holds, and when it was
// made, in Unix milliseconds.
const (
	heldKeySetting = "backup.key"
	madeAtSetting  = "backup.made_at"
)

// pagesAtOnce is how many pages are copied between two looks at the context.
const pagesAtOnce = 256

// online is what SQLite's driver offers beside database/sql: its online backup.
type online interface {
	NewBackup(destination string) (*sqlite.Backup, error)
}

// Backup copies the database in folder dir, as it is at one moment, to a file at
// path, which is made or emptied, and puts into the copy what the key file holds.
// The database may be in use: readers and the writer go on meanwhile, and it is
// not brought up to date. tell hears how many bytes of how many are copied; it may
// be nil. The copy is on disk when Backup returns; where it fails the rest of it
// is for the caller to remove. ErrNotFound where there is no database.
func Backup(ctx context.Context, dir, path string, now moderation.Clock, tell func(done, total int64)) error {
	from := filepath.Join(dir, databaseFile)
	if !exists(from) {
		return fmt.Errorf("back up database: %w: there is no %s", moderation.ErrNotFound, from)
	}
	if err := refuseForeignLog(ctx, from); err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	key, keys, err := readKeyFile(filepath.Join(dir, keyFile))
	if err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	at := now()
	if err := copyDatabase(ctx, from, path, keys.check(), tell); err != nil {
		return fmt.Errorf("back up database %s: %w", from, explain(err))
	}
	err = inCopy(ctx, path, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?), (?, ?)`,
			heldKeySetting, key, madeAtSetting, strconv.FormatInt(at.UnixMilli(), 10))
		return err
	})
	if err == nil {
		err = syncFile(path)
	}
	if err != nil {
		return fmt.Errorf("back up database to %s: %w", path, explain(err))
	}
	return nil
}

// copyDatabase copies the database at from as it is at one moment, which one
// transaction holds: what others write meanwhile stays in the WAL. It refuses a
// schema that it does not know, and a database that is not check's.
func copyDatabase(ctx context.Context, from, to, check string, tell func(done, total int64)) error {
	if err := emptyPrivate(to); err != nil {
		return err
	}
	pool, err := openPlain(from, "query_only(1)")
	if err != nil {
		return err
	}
	defer pool.Close() //nolint:errcheck // nothing was written
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the pool is closed too
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return err
	}
	if _, err := knownSchema(ctx, conn); err != nil {
		return err
	}
	if check != "" {
		if err := fits(ctx, conn, check); err != nil {
			return err
		}
	}
	err = conn.Raw(func(driver any) error { return copyPages(ctx, driver, to, tell) })
	if err != nil {
		return fmt.Errorf("copy to %s: %w", to, err)
	}
	_, err = conn.ExecContext(ctx, `ROLLBACK`)
	return err
}

// copyPages copies what a connection sees to another file.
func copyPages(ctx context.Context, driver any, to string, tell func(done, total int64)) error {
	source, ok := driver.(online)
	if !ok {
		return fmt.Errorf("the driver %T has no online backup", driver)
	}
	copying, err := source.NewBackup(address(to, "journal_mode(OFF)", "synchronous(OFF)"))
	if err != nil {
		return err
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, copying.Finish())
		}
		if more, err = copying.Step(pagesAtOnce); err != nil {
			return errors.Join(err, copying.Finish())
		}
		if tell != nil {
			total := copying.PageCount()
			tell(int64(total-copying.Remaining())*pageSize, int64(total)*pageSize)
		}
	}
	return copying.Finish()
}

// pageSize is SQLite's default, which our databases have.
const pageSize = 4096

// address is how SQLite opens the file at path with these pragmas.
func address(path string, pragmas ...string) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}).String()
}

// openPlain opens a database that others may use, with one connection, which is the
// driver's own.
func openPlain(path string, pragmas ...string) (*sql.DB, error) {
	return openFile(path, append([]string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}, pragmas...)...)
}

// openFile opens a database with one connection and these pragmas.
func openFile(path string, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", address(path, pragmas...))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// inCopy runs f in a transaction on a copy that nobody else has open. The file
// has no companions afterwards: it is complete by itself.
func inCopy(ctx context.Context, path string, f func(*sql.Tx) error) error {
	db, err := sql.Open("sqlite", address(path, "locking_mode(EXCLUSIVE)", "journal_mode(DELETE)", "secure_delete(1)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		if err = f(tx); err != nil {
			err = errors.Join(err, tx.Rollback())
		} else {
			err = tx.Commit()
		}
	}
	return errors.Join(err, db.Close())
}

// emptyPrivate makes an empty file that its owner alone may read.
func emptyPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// syncFile makes what is in a file outlive a power cut.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// check is by what the right key of a database is known.
func (k keyring) check() string {
	return hex.EncodeToString(k.digest("check", "gatehouse"))
}

// fits refuses a database whose key is not the one that check is of. One that was
// never opened with a key has none yet.
func fits(ctx context.Context, q querier, check string) error {
	got, err := setting(ctx, q, keySetting)
	if err != nil {
		return err
	}
	if got != "" && subtle.ConstantTimeCompare([]byte(got), []byte(check)) == 0 {
		return errForeignKey()
	}
	return nil
}

func errForeignKey() error {
	return fmt.Errorf("the key file %s beside it is the one of another database: restore the right one from the backup", keyFile)
}

// setting reads one value; "" where there is none.
func setting(ctx context.Context, q querier, key string) (value string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM settings WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// heldKey returns the key that a backup at path has in it; "" where it has none,
// or is none. It writes nothing.
func heldKey(ctx context.Context, path string) (string, error) {
	db, err := sql.Open("sqlite", sealedAddress(path))
	if err != nil {
		return "", fmt.Errorf("open %s: %w", path, err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	key, err := setting(ctx, db, heldKeySetting)
	if err != nil || key == "" {
		return "", nil //nolint:nilerr // what it is instead is found out when it is opened
	}
	return key, nil
}

// sealedAddress is how SQLite reads a file that nobody writes, and leaves no
// trace.
func sealedAddress(path string) string {
	u := &url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: url.Values{"mode": {"ro"}, "immutable": {"1"}}.Encode()}
	return u.String()
}

// lastBackupSetting is where the newest backup stands that was made, as JSON.
const lastBackupSetting = "backup.last"

// LastBackup is the newest backup that was made of a database.
type LastBackup struct {
	At        time.Time `json:"at"`
	Path      string    `json:"path"` // "-": standard output
	Encrypted bool      `json:"encrypted"`
}

// NoteBackup keeps in the database in folder dir that a backup was made.
func NoteBackup(ctx context.Context, dir string, b LastBackup) error {
	encoded, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("note backup: %w", err)
	}
	pool, err := openPlain(filepath.Join(dir, databaseFile))
	if err != nil {
		return fmt.Errorf("note backup: %w", err)
	}
	_, err = pool.ExecContext(ctx, `INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)`, lastBackupSetting, string(encoded))
	if err := errors.Join(err, pool.Close()); err != nil {
		return fmt.Errorf("note backup: %w", explain(err))
	}
	return nil
}

// LastBackup returns what NoteBackup noted last; ErrNotFound where it has noted
// nothing.
func (db *DB) LastBackup(ctx context.Context) (b LastBackup, err error) {
	encoded, err := setting(ctx, db.reader, lastBackupSetting)
	if err != nil {
		return b, fmt.Errorf("find newest backup: %w", explain(err))
	}
	if encoded == "" {
		return b, fmt.Errorf("find newest backup: %w: none was made", moderation.ErrNotFound)
	}
	if err := json.Unmarshal([]byte(encoded), &b); err != nil {
		return b, fmt.Errorf("read when the newest backup was made: %w", err)
	}
	return b, nil
}
