package rules

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fsnotify/fsnotify"

	"gatehouse/internal/moderation"
)

// Live is the rule book at a path whose files may change while it is in use. A
// changed book comes into force whole, or not at all: with a mistake in it, the
// one before stays. It is a [moderation.Checker] that checks each comment by one
// book, and safe for concurrent use. [Live.Watch] notices the changes.
type Live struct {
	path         string // empty: the built-in rules, which never change
	settle, poll time.Duration
	listen       func() (*fsnotify.Watcher, error) // to what the system tells of files
	load         func(path string, tested bool) (book *Book, lists []string, err error)
	patience     time.Duration // for files that do not answer

	book atomic.Pointer[Book] // in force

	mu    sync.Mutex
	err   error           // why the files are not what is in force; nil: they are
	told  map[string]bool // the mistakes since the files were all right last
	lists []string        // the files of lists that were read or missed last
}

// Open loads the book at a path, as [Load] does, or the built-in one where path is
// empty.
func Open(path string) (*Live, error) {
	l := &Live{path: path, settle: settleTime, poll: pollTime, listen: fsnotify.NewWatcher, load: loadWithLists, patience: patience, told: make(map[string]bool)}
	book, lists, err := l.read()
	if err != nil {
		return nil, err
	}
	l.lists = lists
	l.book.Store(book)
	return l, nil
}

// read loads what is at the path.
func (l *Live) read() (book *Book, lists []string, err error) {
	if l.path == "" {
		book, err = BuiltIn()
		return book, nil, err
	}
	defer func() { // a file that somebody writes must not end the service
		if p := recover(); p != nil {
			book, err = nil, fmt.Errorf("load rules: panic: %v", p)
		}
	}()
	return l.load(l.path, true)
}

// Name returns "rules".
func (l *Live) Name() string { return checkName }

// Check implements [moderation.Checker] by the book in force.
func (l *Live) Check(ctx context.Context, sub moderation.Submission) (moderation.Report, error) {
	return l.Book().Check(ctx, sub)
}

// Book returns the book in force.
func (l *Live) Book() *Book { return l.book.Load() }

// Err returns why the files are not what is in force, or nil where they are.
func (l *Live) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Change is what came of a change of a [Live] book's files.
type Change struct {
	Book   *Book // in force
	Err    error // why the files are not; nil: they are
	Mended bool  // they had a mistake before
}

// Reload reads the files anew. It returns nil where there is nothing to tell: the
// book is the one in force, or the mistake has been told since the files were all
// right last.
func (l *Live) Reload() *Change {
	book, lists, err := l.read()
	return l.take(book, lists, err)
}

// take puts a book in force, or notes why there is none.
func (l *Live) take(book *Book, lists []string, err error) *Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists = lists
	before := l.err
	l.err = err
	if err != nil {
		isNews := !l.told[err.Error()]
		l.told[err.Error()] = true
		if !isNews {
			return nil
		}
		return &Change{Book: l.Book(), Err: err}
	}
	clear(l.told)
	if book.version != l.Book().version {
		l.book.Store(book)
	} else if before == nil {
		return nil
	}
	return &Change{Book: l.Book(), Mended: before != nil}
}
