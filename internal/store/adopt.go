package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// upgradeCopySetting marks a copy that was made before an upgrade.
const upgradeCopySetting = "backup.upgrade"

// copySettings are the settings that only copies of a database have.
const copySettings = `('` + heldKeySetting + `', '` + madeAtSetting + `', '` + upgradeCopySetting + `')`

// adoptionLooks is how often a copy with a log beside it is looked at, 50 ms apart,
// before it is refused: another process may be about to take it for its database, and
// then the log is the copy's own for a moment.
const adoptionLooks = 20

// refuseForeignLog refuses a database file that is a copy while what SQLite had still to
// write into the file before it stands beside it: SQLite would write that into the copy.
func refuseForeignLog(ctx context.Context, path string) error {
	for look := 0; ; look++ {
		log := logBeside(path)
		if log == "" || !isMarkedCopy(ctx, path) {
			return nil
		}
		if look == adoptionLooks {
			return fmt.Errorf("open database %s: it is a backup, and %s beside it belongs to the database that was here before, which would be written into it: stop what still uses the folder, move %s-wal, %s-shm and %s-journal away, and try again; or restore into an empty folder",
				path, log, databaseFile, databaseFile, databaseFile)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// logBeside returns which log with something in it stands beside a database; "": none.
func logBeside(path string) string {
	for _, kind := range []string{"-wal", "-journal"} {
		if info, err := os.Stat(path + kind); err == nil && info.Size() > 0 {
			return databaseFile + kind
		}
	}
	return ""
}

// isMarkedCopy reports whether a file by itself, without its log, is a copy. It writes
// nothing. What can't be read is none: what it is is found out when it is opened.
func isMarkedCopy(ctx context.Context, path string) bool {
	db, err := sql.Open("sqlite", sealedAddress(path))
	if err != nil {
		return false
	}
	defer db.Close() //nolint:errcheck // nothing was written
	var n int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM settings WHERE key IN `+copySettings).Scan(&n)
	return err == nil && n > 0
}

// adopt takes out of a copy that became the database what makes it a copy, before
// anything else is written, so that a log beside it is its own from then on. It refuses
// a schema that is too new, and a key file that is not the database's, first.
func (db *DB) adopt(ctx context.Context) error {
	version, err := knownSchema(ctx, db.writer)
	if err != nil || version == 0 {
		return err
	}
	if err := fits(ctx, db.writer, db.keys.check()); err != nil {
		return err
	}
	return db.dropHeldKey(ctx)
}

// dropHeldKey takes the key out of a backup that became the database, now that
// the key file has it, and what it leaves in the file with it.
func (db *DB) dropHeldKey(ctx context.Context) (err error) {
	var marks int
	if err := db.writer.QueryRowContext(ctx, `SELECT count(*) FROM settings WHERE key IN `+copySettings).Scan(&marks); err != nil || marks == 0 {
		return err
	}
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return err
	}
	var before int
	err = conn.QueryRowContext(ctx, `PRAGMA secure_delete`).Scan(&before)
	if err == nil {
		_, err = conn.ExecContext(ctx, `PRAGMA secure_delete = 1`)
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, `DELETE FROM settings WHERE key IN `+copySettings)
		_, restored := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf(`PRAGMA secure_delete = %d`, before))
		err = errors.Join(err, restored)
	}
	if err = errors.Join(err, conn.Close()); err == nil {
		err = db.emptyLog(ctx) // it is overwritten in the file itself
	}
	if err != nil {
		return fmt.Errorf("take the key out of the database: %w", err)
	}
	return nil
}
