package store_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// backup makes a backup of the world and returns where it is.
func (w *world) backup() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "backup")
	w.must(store.Backup(w.t.Context(), w.dir, path, func() time.Time { return w.now }, nil))
	return path
}

// restored returns the world that begins with a file as its database.
func restored(t *testing.T, path string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: epoch.Add(time.Hour)}
	data, err := os.ReadFile(path)
	w.must(err)
	write(t, filepath.Join(w.dir, "gatehouse.db"), string(data))
	w.open()
	t.Cleanup(func() { w.Close() })
	return w
}

// contentOf returns what a file's bytes are; "" where there is none.
func contentOf(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

func TestABackupCopiedAloneIsTheDatabase(t *testing.T) {
	w := newWorld(t)
	held := w.admit(w.arrival("c1", "you moron"), moderation.Hold)
	w.decide(held.Comment, moderation.ChooseAbuse)
	w.admit(w.arrival("c2", "a lovely evening"), moderation.Approve)
	path := w.backup()
	w.admit(w.arrival("c3", "too late for the backup"), moderation.Approve)

	contents, err := store.Inspect(t.Context(), path)
	w.must(err)
	want := store.Contents{Schema: contents.Schema, MadeAt: epoch, HasKey: true, Sites: 1, Comments: 2, Decisions: 1, Lessons: 1, Newest: epoch}
	if diff := cmp.Diff(want, contents); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside the backup: %v, %v", entries, err)
	}

	r := restored(t, path)
	site, err := r.Site(t.Context(), "blog")
	r.must(err)
	if diff := cmp.Diff(w.site, site); diff != "" {
		t.Errorf("the site with its secrets (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"abuse you moron"}, r.lessons()); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	r.wantCase(held.Comment, moderation.CaseDecided, 1)
	r.must(r.Examine(t.Context()))
}

func TestTheKeyLeavesTheDatabaseForItsFile(t *testing.T) {
	w := newWorld(t)
	w.admit(w.arrival("c1", "you moron"), moderation.Hold)
	r := restored(t, w.backup())
	key := contentOf(t, filepath.Join(w.dir, "gatehouse.key"))
	if got := contentOf(t, filepath.Join(r.dir, "gatehouse.key")); got != key {
		t.Errorf("the key file has %d bytes, and not those of before", len(got))
	}
	if info, err := os.Stat(filepath.Join(r.dir, "gatehouse.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"gatehouse.db", "gatehouse.db-wal"} {
		if strings.Contains(contentOf(t, filepath.Join(r.dir, name)), strings.TrimSpace(key)) {
			t.Errorf("the key is still in %s", name)
		}
	}
}

// TestAKeyThatIsBesideIsTakenOutToo begins where a crash has made the key file
// and left the key in the database.
func TestAKeyThatIsBesideIsTakenOutToo(t *testing.T) {
	w := newWorld(t)
	path := w.backup()
	key := contentOf(t, filepath.Join(w.dir, "gatehouse.key"))
	r := &world{t: t, dir: t.TempDir(), now: epoch}
	write(t, filepath.Join(r.dir, "gatehouse.db"), contentOf(t, path))
	write(t, filepath.Join(r.dir, "gatehouse.key"), key)
	r.open()
	r.must(r.Close())
	if strings.Contains(contentOf(t, filepath.Join(r.dir, "gatehouse.db")), strings.TrimSpace(key)) {
		t.Error("the key is still in the database")
	}
}

func TestABackupBesideAnotherKeyIsRefused(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "gatehouse.db"), contentOf(t, w.backup()))
	write(t, filepath.Join(dir, "gatehouse.key"), contentOf(t, filepath.Join(other.dir, "gatehouse.key")))
	if _, err := store.Open(t.Context(), dir, time.Now); err == nil || !strings.Contains(err.Error(), "is the one of another database") {
		t.Errorf("err = %v", err)
	}
}

func TestInspectRefuses(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.admit(w.arrival("c"+string(rune('A'+i)), strings.Repeat("something to say ", 40)), moderation.Hold)
	}
	path := w.backup()
	whole := contentOf(t, path)
	plain := t.TempDir()
	write(t, filepath.Join(plain, "gatehouse.db"), whole)
	for name, tt := range map[string]struct{ content, want string }{
		"nothing":                 {"", "the file is empty"},
		"text":                    {"comment,author\n", "it is not a backup that gatehouse has made"},
		"the half":                {whole[:len(whole)/2], "damaged or was cut off"},
		"the last page missing":   {whole[:len(whole)-4096], "damaged or was cut off"},
		"the beginning only":      {whole[:20], "damaged or was cut off"},
		"a page of rubbish":       {whole[:8192] + strings.Repeat("\xa5", 4096) + whole[12288:], "check backup"},
		"the schema of version 0": {whole[:60] + "\x00\x00\x00\x00" + whole[64:], "another program's"},
		"a schema of the future":  {whole[:60] + "\x00\x00\x00\x63" + whole[64:], "its schema has version 99"},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := filepath.Join(t.TempDir(), "backup")
			write(t, spoilt, tt.content)
			if _, err := store.Inspect(t.Context(), spoilt); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q in it", err, tt.want)
			}
			dir := filepath.Join(t.TempDir(), "data")
			_, err := store.Restore(t.Context(), dir, time.Now, func(to io.Writer) error {
				_, err := io.Copy(to, strings.NewReader(tt.content))
				return err
			})
			if err == nil || !strings.Contains(err.Error(), strings.Replace(tt.want, "check", "restore", 1)) {
				t.Errorf("restore: err = %v, want %q in it", err, tt.want)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a failed restore left its folder: %v", err)
			}
		})
	}
	t.Run("a database in use", func(t *testing.T) {
		if _, err := store.Inspect(t.Context(), filepath.Join(w.dir, "gatehouse.db")); err == nil || !strings.Contains(err.Error(), "in use") {
			t.Errorf("err = %v", err)
		}
	})
}

func TestRestore(t *testing.T) {
	w := newWorld(t)
	w.admit(w.arrival("c1", "a lovely evening"), moderation.Approve)
	content := contentOf(t, w.backup())
	fill := func(to io.Writer) error { _, err := io.Copy(to, strings.NewReader(content)); return err }
	dir := filepath.Join(t.TempDir(), "new", "data")
	contents, err := store.Restore(t.Context(), dir, time.Now, fill)
	w.must(err)
	if contents.Comments != 1 {
		t.Errorf("contents = %+v", contents)
	}
	key := contentOf(t, filepath.Join(w.dir, "gatehouse.key"))
	if got := contentOf(t, filepath.Join(dir, "gatehouse.key")); got != key {
		t.Error("the key file is not the one of before")
	}
	if bytes.Contains([]byte(contentOf(t, filepath.Join(dir, "gatehouse.db"))), []byte(strings.TrimSpace(key))) {
		t.Error("the key is still in the database")
	}
	if _, err := os.Stat(filepath.Join(dir, "gatehouse.db.restoring")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file under its first name: %v", err)
	}

	_, err = store.Restore(t.Context(), dir, time.Now, fill)
	w.wantErr(err, moderation.ErrExists)
	for _, name := range []string{"gatehouse.db", "gatehouse.key", "gatehouse.db-wal"} {
		taken := t.TempDir()
		write(t, filepath.Join(taken, name), "something")
		_, err = store.Restore(t.Context(), taken, time.Now, fill)
		w.wantErr(err, moderation.ErrExists)
		if got := contentOf(t, filepath.Join(taken, name)); got != "something" {
			t.Errorf("%s was touched", name)
		}
	}
	served := t.TempDir()
	release, err := store.Lock(served)
	w.must(err)
	defer release()
	_, err = store.Restore(t.Context(), served, time.Now, fill)
	w.wantErr(err, moderation.ErrExists)
}

func TestABackupEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := store.Backup(ctx, w.dir, filepath.Join(t.TempDir(), "backup"), time.Now, nil)
	w.wantErr(err, context.Canceled)
	err = store.Backup(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "backup"), time.Now, nil)
	w.wantErr(err, moderation.ErrNotFound)
}

func TestTheNewestBackupIsNoted(t *testing.T) {
	w := newWorld(t)
	_, err := w.LastBackup(t.Context())
	w.wantErr(err, moderation.ErrNotFound)
	want := store.LastBackup{At: epoch, Path: "/backups/today", Encrypted: true}
	w.must(store.NoteBackup(t.Context(), w.dir, store.LastBackup{At: epoch.Add(-time.Hour), Path: "/backups/yesterday"}))
	w.must(store.NoteBackup(t.Context(), w.dir, want))
	got, err := w.LastBackup(t.Context())
	w.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("newest backup (-want +got):\n%s", diff)
	}
}
