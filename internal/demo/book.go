package demo

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ledgerFormat is the version of the file's format.
const ledgerFormat = 1

// state is what the blog does with a comment.
type state string

// A waiting comment has had no answer from gatehouse, a held one waits for a
// moderator. Only published ones are shown to everybody.
const (
	waiting   state = "waiting"
	held      state = "held"
	published state = "published"
	refused   state = "refused"
)

// comment is what a reader wrote below an article.
type comment struct {
	ID       string    `json:"id"`
	Post     string    `json:"post"`
	Parent   string    `json:"parent,omitempty"`
	Author   string    `json:"author"`
	Host     bool      `json:"host,omitempty"` // written by the blog's owner
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
	State    state     `json:"state"`
	Category string    `json:"category,omitempty"` // why it was refused, if a person said so
	Seq      int64     `json:"seq,omitempty"`      // of the newest decision; 0: none yet
	Writer   string    `json:"writer,omitempty"`   // hash of the writer's cookie
	Sender   *sender   `json:"sender,omitempty"`   // kept only until gatehouse has answered
}

// sender is what gatehouse is told of the writer, and the blog does not keep.
type sender struct {
	Email     string `json:"email,omitempty"`
	Address   string `json:"address,omitempty"`
	Agent     string `json:"agent,omitempty"`
	Honeypot  string `json:"honeypot,omitempty"`
	ElapsedMS int64  `json:"elapsed_ms,omitempty"`
}

// ledger is all that the blog keeps. One that was handed out is never changed.
type ledger struct {
	Format   int       `json:"format"`
	Since    time.Time `json:"since"` // the first start
	Comments []comment `json:"comments"`
}

// find returns the place of the comment called id, or -1.
func (l ledger) find(id string) int {
	return slices.IndexFunc(l.Comments, func(c comment) bool { return c.ID == id })
}

// errUnchanged is returned by a change that has nothing to change.
var errUnchanged = errors.New("nothing to change")

// book keeps the ledger, in memory and in a file.
type book struct {
	path    string // empty: in memory only
	changed bell

	mu  sync.RWMutex
	now ledger
}

// openBook reads the book at path, or begins one.
func openBook(path string, first func() ledger) (*book, error) {
	b := &book{path: path}
	raw, err := os.ReadFile(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return b, b.change(func(l *ledger) error {
			*l = first()
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read the demo's comments: %w", err)
	}
	if err := json.Unmarshal(raw, &b.now); err != nil {
		return nil, fmt.Errorf("read the demo's comments: %s: %w; move the file away to start anew", path, err)
	}
	if b.now.Format != ledgerFormat {
		return nil, fmt.Errorf("read the demo's comments: %s has format %d, and this program reads %d; move the file away to start anew",
			path, b.now.Format, ledgerFormat)
	}
	return b, nil
}

// read returns the ledger of this moment.
func (b *book) read() ledger {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.now
}

// change lets do change a copy of the ledger, and takes the copy once it is on
// disk. When do or the disk fails, nothing has changed; errUnchanged is no failure.
func (b *book) change(do func(*ledger) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := b.now
	next.Comments = slices.Clone(next.Comments)
	if err := do(&next); errors.Is(err, errUnchanged) {
		return nil
	} else if err != nil {
		return err
	}
	next.Format = ledgerFormat
	if err := writeWhole(b.path, next); err != nil {
		return fmt.Errorf("keep the demo's comments: %w", err)
	}
	b.now = next
	b.changed.ring()
	return nil
}

// update changes the comment called id, and says whether there is one.
func (b *book) update(id string, do func(*comment) error) (found bool, err error) {
	err = b.change(func(l *ledger) error {
		i := l.find(id)
		if i < 0 {
			return errUnchanged
		}
		found = true
		return do(&l.Comments[i])
	})
	return found, err
}

// writeWhole replaces the file at path with l, so that a crash leaves the old
// file or the new one. An empty path writes nothing.
func writeWhole(path string, l ledger) error {
	if path == "" {
		return nil
	}
	var text bytes.Buffer
	out := json.NewEncoder(&text)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false)
	if err := out.Encode(l); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // gone, where all went well
	_, err = file.Write(text.Bytes())
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a rename in the folder last.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// newID returns an id that no other comment has, fit for an address.
func newID() string { return "c" + rand.Text()[:16] }
