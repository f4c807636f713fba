package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Upgrade says how a database of an older schema is brought up to date.
type Upgrade struct {
	SkipCopy bool                   // make no copy first
	Locked   bool                   // the caller holds the folder's lock
	Tell     func(says string)      // hears what is done; nil: nobody
	Free     func(dir string) int64 // as FreeSpace, which is used for nil
}

// copiesKept is how many copies of before an upgrade are kept, the newest.
const copiesKept = 2

// beforeVersion is how a copy of before an upgrade is called: with the version
// that the upgrade made.
const beforeVersion = databaseFile + ".before-v"

// UpgradeCopy is a copy that was made before a database was brought up to date.
type UpgradeCopy struct {
	Path    string
	Version int // that the upgrade made
	Bytes   int64
}

// UpgradeCopies returns the copies in folder dir, the newest version first. What
// has been erased since is still in them.
func UpgradeCopies(dir string) ([]UpgradeCopy, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list copies: %w", err)
	}
	var copies []UpgradeCopy
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), beforeVersion)
		version, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("list copies: %w", err)
		}
		copies = append(copies, UpgradeCopy{filepath.Join(dir, e.Name()), version, info.Size()})
	}
	slices.SortFunc(copies, func(a, b UpgradeCopy) int { return b.Version - a.Version })
	return copies, nil
}

// RemoveUpgradeCopies removes all of them but the newest ones, so many, and returns
// how many that were.
func RemoveUpgradeCopies(dir string, keep int) (int, error) {
	copies, err := UpgradeCopies(dir)
	if err != nil || len(copies) <= keep {
		return 0, err
	}
	for i, c := range copies[keep:] {
		if err := os.Remove(c.Path); err != nil {
			return i, fmt.Errorf("remove copy: %w", err)
		}
	}
	if err := syncFolder(dir); err != nil {
		return len(copies) - keep, fmt.Errorf("remove copies: %w", err)
	}
	return len(copies) - keep, nil
}

// copyBefore copies the database before its schema is brought from one version to
// another. The key file stays beside it, so the copy holds no key.
func (u Upgrade) copyBefore(ctx context.Context, database string, from, to int) error {
	if u.SkipCopy {
		u.tell(fmt.Sprintf("bringing the database from schema version %d to %d, without a copy of before", from, to))
		return nil
	}
	dir, path := filepath.Dir(database), filepath.Join(filepath.Dir(database), beforeVersion+strconv.Itoa(to))
	if before, err := readHeader(path); err == nil && before.version > 0 && before.version < from {
		return nil // an upgrade was cut short, and the copy is of before that
	}
	if err := u.mayCopy(database); err != nil {
		return err
	}
	_, end, err := BeginCopy(dir)
	if err != nil {
		u.tell(err.Error())
	}
	defer end()
	u.tell(fmt.Sprintf("copying the database to %s, before it is brought from schema version %d to %d", path, from, to))
	file, err := os.CreateTemp(dir, databaseFile+".before"+partial+"*")
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	temp := file.Name()
	defer os.Remove(temp) //nolint:errcheck // with its name it is not there any more
	if err := errors.Join(file.Close(), copyDatabase(ctx, database, temp, "", nil)); err != nil {
		return withoutCopy(err)
	}
	var version int
	err = inCopy(ctx, temp, func(tx *sql.Tx) (err error) {
		if version, err = schemaVersion(ctx, tx); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)`, upgradeCopySetting, strconv.Itoa(to))
		return err
	})
	if err != nil {
		return withoutCopy(err)
	}
	if version >= to { // another process has been quicker, and has made a copy
		return nil
	}
	if err := errors.Join(syncFile(temp), os.Rename(temp, path), syncFolder(dir)); err != nil {
		return withoutCopy(err)
	}
	return nil
}

// withoutCopy says how an upgrade goes on where there can be no copy.
func withoutCopy(err error) error {
	return fmt.Errorf("copy database before its schema is brought up to date: %w; make room, or do without a copy: GATEHOUSE_BACKUP_SKIP_UPGRADE_COPY=true (backup.skip_upgrade_copy)", explain(err))
}

// mayCopy refuses to begin a copy for which there is no room.
func (u Upgrade) mayCopy(database string) error {
	free := u.Free
	if free == nil {
		free = FreeSpace
	}
	need := CopySize(filepath.Dir(database))
	if room := free(filepath.Dir(database)); room >= 0 && room < need {
		return withoutCopy(fmt.Errorf("%s has room for %d MiB, and %d MiB are needed", filepath.Dir(database), room>>20, need>>20+1))
	}
	return nil
}

// CopySize returns how many bytes are to be free for a copy of the database in folder dir,
// with a margin.
func CopySize(dir string) (bytes int64) {
	for _, name := range []string{databaseFile, databaseFile + "-wal"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			bytes += info.Size()
		}
	}
	return bytes + bytes/10
}

func (u Upgrade) tell(says string) {
	if u.Tell != nil {
		u.Tell(says)
	}
}
