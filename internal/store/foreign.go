package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// applicationID stands in the header of our databases since the migration that sets
// it; before that there is a 0.
const applicationID = 0x67617465

// creatingFile stands in a folder from before its key is made until its database is
// whole: where a first start was cut short, the next one goes on.
const creatingFile = "gatehouse.new"

// errForeign is said of the databases of other programs.
var errForeign = errors.New("it is another program's SQLite database; move it away, or choose another folder with --data")

// fileHeader is what the first bytes of a SQLite database say (its file format, 1.3).
type fileHeader struct {
	isSQLite    bool
	version     int // user_version
	application uint32
}

// readHeader reads the header of a database; io.EOF where the file is empty.
func readHeader(path string) (h fileHeader, err error) {
	file, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer file.Close()
	header := make([]byte, 72)
	if _, err := io.ReadFull(file, header); err != nil {
		return h, err
	}
	return fileHeader{string(header[:len(sqliteMagic)]) == sqliteMagic, int(binary.BigEndian.Uint32(header[60:])), binary.BigEndian.Uint32(header[68:])}, nil
}

// refuseForeign refuses the database of another program before anything is written to
// it. What is no database at all is left to be told by SQLite.
func refuseForeign(ctx context.Context, path string) error {
	h, err := readHeader(path)
	if err != nil || !h.isSQLite || h.application == applicationID {
		return nil //nolint:nilerr // it is empty, or SQLite says what is wrong with it
	}
	if h.application != 0 {
		return errForeign
	}
	pool, err := openFile(path, "busy_timeout(10000)", "query_only(1)")
	if err != nil {
		return err
	}
	defer pool.Close() //nolint:errcheck // nothing was written
	version, err := schemaVersion(ctx, pool)
	if err != nil {
		return err
	}
	if version == 0 {
		var any bool
		err := pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_schema)`).Scan(&any)
		if err == nil && any {
			err = errForeign
		}
		return err
	}
	return isOurs(ctx, pool, version)
}

// isOurs refuses the databases of other programs, and those without anything.
func isOurs(ctx context.Context, q querier, version int) error {
	var tables int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('settings', 'comments', 'decisions')`).Scan(&tables)
	if err != nil {
		return err
	}
	if version == 0 || tables != 3 {
		return errForeign
	}
	return nil
}

// refuseLost refuses a folder that has a key and no database, or an empty one: what the
// key was made for is lost, and a new database in its place would hide that. A folder
// in which a first start was cut short is none of these.
func refuseLost(dir string) error {
	// In this order, as another process may be making all three.
	if !exists(filepath.Join(dir, keyFile)) || exists(filepath.Join(dir, creatingFile)) {
		return nil
	}
	path := filepath.Join(dir, databaseFile)
	info, err := os.Stat(path)
	if err == nil && info.Size() > 0 {
		return nil
	}
	is := "is missing"
	if err == nil {
		is = "is empty"
	}
	return fmt.Errorf("open database: %s %s, and the key %s beside it was made for one: it may be lost. Restore a backup into an empty folder (gatehouse restore FILE), or begin anew: move %s away",
		path, is, keyFile, keyFile)
}

// beginNew marks a folder without key and database as one in which these are made.
func beginNew(dir string) error {
	if exists(filepath.Join(dir, keyFile)) || exists(filepath.Join(dir, databaseFile)) {
		return nil
	}
	path := filepath.Join(dir, creatingFile)
	if err := errors.Join(emptyPrivate(path), syncFolder(dir)); err != nil {
		return fmt.Errorf("make data folder: %w (may this user write it?)", err)
	}
	return nil
}

// endNew says that key and database are whole.
func endNew(dir string) error {
	path := filepath.Join(dir, creatingFile)
	if !exists(path) {
		return nil
	}
	// The database's name must be on disk before.
	if err := errors.Join(syncFolder(dir), os.Remove(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("make data folder: %w", err)
	}
	return nil
}
