package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/store"
)

// TestACopyBesideAnothersLogIsRefused copies a copy over the database of a program that
// was killed, of which the log is left.
func TestACopyBesideAnothersLogIsRefused(t *testing.T) {
	w := newWorld(t)
	older := ofSchema(t, 27)
	older.open()
	older.must(older.Close())
	copies, err := store.UpgradeCopies(older.dir)
	w.must(err)
	for name, c := range map[string]struct {
		copied, key, log string
	}{
		"a backup":                     {w.backup(), w.dir, "-wal"},
		"a backup alone":               {w.backup(), "", "-wal"},
		"a backup and a journal":       {w.backup(), w.dir, "-journal"},
		"a copy of before an upgrade":  {copies[0].Path, older.dir, "-wal"},
		"that, and a rollback journal": {copies[0].Path, older.dir, "-journal"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "gatehouse.db")
			write(t, path, contentOf(t, c.copied))
			write(t, path+c.log, contentOf(t, filepath.Join(w.dir, "gatehouse.db-wal")))
			if c.key != "" {
				write(t, filepath.Join(dir, "gatehouse.key"), contentOf(t, filepath.Join(c.key, "gatehouse.key")))
			}
			if _, err := store.Open(t.Context(), dir, time.Now); err == nil || !strings.Contains(err.Error(), "move gatehouse.db-wal") {
				t.Errorf("open it: err = %v", err)
			}
			err := store.Backup(t.Context(), dir, filepath.Join(t.TempDir(), "copy"), time.Now, nil)
			if err == nil || !strings.Contains(err.Error(), "move gatehouse.db-wal") {
				t.Errorf("back it up: err = %v", err)
			}
			if contentOf(t, path) != contentOf(t, c.copied) {
				t.Error("it was written to")
			}
			for _, kind := range []string{"-wal", "-shm", "-journal"} {
				if err := os.Remove(path + kind); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
			}
			db, err := store.Open(t.Context(), dir, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Examine(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestADatabaseIsNoCopyOnceItWasOpened has a program killed that began with a backup:
// the log is the database's own.
func TestADatabaseIsNoCopyOnceItWasOpened(t *testing.T) {
	w := newWorld(t)
	killed := restored(t, w.backup())
	dir := t.TempDir()
	for _, name := range []string{"gatehouse.db", "gatehouse.db-wal", "gatehouse.key"} {
		write(t, filepath.Join(dir, name), contentOf(t, filepath.Join(killed.dir, name)))
	}
	db, err := store.Open(t.Context(), dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Examine(t.Context()); err != nil {
		t.Error(err)
	}
}
