package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/store"
)

// otherProgram makes a database that is not ours, by these statements.
func otherProgram(t *testing.T, dir, statements string) {
	t.Helper()
	path := filepath.Join(dir, "gatehouse.db")
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

// TestOpenRefusesWhatIsNotOurs offers the databases of other programs, and folders whose
// database is gone. Nothing in them changes.
func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	const foreign, lost = "another program's SQLite database", "it may be lost"
	other := func(statements string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { otherProgram(t, dir, statements) }
	}
	const bookmarks = `CREATE TABLE bookmarks (id INTEGER); INSERT INTO bookmarks VALUES (1);`
	tests := map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"another program's number": {other(bookmarks + `PRAGMA application_id = 252006675`), foreign},
		"no number":                {other(bookmarks), foreign},
		"a version like ours":      {other(bookmarks + `PRAGMA user_version = 12`), foreign},
		"an empty database": {func(t *testing.T, dir string) { write(t, filepath.Join(dir, "gatehouse.db"), "") },
			"gatehouse.db is empty, and the key gatehouse.key beside it was made for one: " + lost},
		"no database": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "gatehouse.db")); err != nil {
				t.Fatal(err)
			}
		}, "gatehouse.db is missing, and the key gatehouse.key beside it was made for one: " + lost},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(w.Close())
			tt.spoil(t, w.dir)
			before := contents(t, w.dir)
			_, err := store.Create(t.Context(), w.dir, time.Now)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q in it", err, tt.want)
			}
			if after := contents(t, w.dir); !bytes.Equal(before, after) {
				t.Errorf("the folder has changed: %.300q, was %.300q", after, before)
			}
		})
	}
}

// contents returns the names and bytes of a folder's files.
func contents(t *testing.T, dir string) []byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, e.Name()...), data...)
	}
	return all
}

// TestAFirstStartThatWasCutShortGoesOn stands at each step of the first start: the folder
// is marked, then has a key, an empty database, and one without anything in it.
func TestAFirstStartThatWasCutShortGoesOn(t *testing.T) {
	made := newWorld(t)
	made.must(made.Close())
	key, err := os.ReadFile(filepath.Join(made.dir, "gatehouse.key"))
	made.must(err)
	dir := ""
	steps := []func(){
		func() { write(t, filepath.Join(dir, "gatehouse.new"), "") },
		func() { write(t, filepath.Join(dir, "gatehouse.key"), string(key)) },
		func() { write(t, filepath.Join(dir, "gatehouse.db"), "") },
		func() { otherProgram(t, dir, `PRAGMA journal_mode = WAL`) },
	}
	for n := range len(steps) + 1 {
		dir = t.TempDir()
		for _, step := range steps[:n] {
			step()
		}
		db, err := store.Create(t.Context(), dir, time.Now)
		if err != nil {
			t.Errorf("after %d steps: %v", n, err)
			continue
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "gatehouse.new")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("after %d steps the folder is still marked as one that is being made: %v", n, err)
		}
	}
}
