//go:build unix

package rules

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// pipe makes a named pipe that nobody writes to.
func pipe(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("skipped: no named pipes here: %v", err)
	}
}

func TestAPipeIsNotRead(t *testing.T) {
	dir := write(t, map[string]string{"b.yaml": "lists: {l: {file: l.txt}}\n" + ruleWhen("hasWord(text, lists.l)")})
	pipe(t, filepath.Join(dir, "l.txt"))
	refused(t, loads(t, dir), "l.txt", "not a regular file")
	pipe(t, filepath.Join(dir, "x.yaml"))
	refused(t, loads(t, dir), "x.yaml", "not a regular file")
	refused(t, loads(t, filepath.Join(dir, "x.yaml")), "x.yaml", "not a regular file")
}

// TestWatchOutlivesAPipe puts a pipe in the place of the book, and the book back.
func TestWatchOutlivesAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.yaml")
	writeBook(t, path, wordBook("leek"))
	w := watchBook(t, path, deaf)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	pipe(t, path)
	for w.Err() == nil {
		w.next(t)
	}
	writeBook(t, path, wordBook("potato"))
	for !holds(t, w.Live, "a potato") {
		w.next(t)
	}
}
