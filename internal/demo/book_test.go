package demo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func emptyLedger() ledger { return ledger{Since: time.Unix(1_700_000_000, 0).UTC()} }

func TestBookOnDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "blog.json")
	b, err := openBook(path, emptyLedger)
	if err != nil {
		t.Fatal(err)
	}
	handedOut := b.read()
	c := comment{ID: "a", Post: "p", Author: "Ümit & <b>", Text: "لا 👍\n\nagain", At: time.Unix(1_700_000_100, 0).UTC(), State: waiting,
		Sender: &sender{Email: "u@example.org", ElapsedMS: 5}}
	if err := b.change(func(l *ledger) error { l.Comments = append(l.Comments, c); return nil }); err != nil {
		t.Fatal(err)
	}
	added := b.read()
	if _, err := b.update("a", func(c *comment) error { c.State = held; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(handedOut.Comments) != 0 || added.Comments[0].State != waiting {
		t.Error("a ledger that was handed out has changed")
	}
	again, err := openBook(path, emptyLedger)
	if err != nil {
		t.Fatal(err)
	}
	c.State = held
	want := ledger{Format: ledgerFormat, Since: emptyLedger().Since, Comments: []comment{c}}
	if diff := cmp.Diff(want, again.read()); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	left, err := filepath.Glob(path + ".*")
	if err != nil || len(left) != 0 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
}

func TestBookUnwritable(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := openBook(filepath.Join(folder, "blog.json"), emptyLedger)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	rang := b.changed.wait()
	err = b.change(func(l *ledger) error { l.Comments = append(l.Comments, comment{ID: "a"}); return nil })
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v, want that the folder is gone", err)
	}
	if len(b.read().Comments) != 0 {
		t.Error("the comment is in memory, and would be lost by a restart")
	}
	select {
	case <-rang:
		t.Error("pages were told of a change that was none")
	default:
	}
}

func TestBookUnreadable(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"torn", `{"format": 1, "comm`, "unexpected end of JSON"},
		{"of a later version", `{"format": 2}`, "has format 2, and this program reads 1"},
		{"empty", "", "unexpected end of JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "blog.json")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := openBook(path, emptyLedger)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("err = %v, want %q and the file's name", err, tt.want)
			}
		})
	}
}
