package rules

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestWatchWaitsForNoFile has the files of a book hang, as those of a server that
// is gone do, and come back.
func TestWatchWaitsForNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.yaml")
	writeBook(t, path, wordBook("leek"))
	var hangs atomic.Bool
	back := make(chan struct{})
	w := watchBook(t, path, func(l *Live) {
		l.settle, l.poll, l.patience = time.Millisecond, time.Millisecond, 200*time.Millisecond
		l.load = func(path string, tested bool) (*Book, []string, error) {
			if hangs.Load() {
				<-back
			}
			return loadWithLists(path, tested)
		}
	})
	hangs.Store(true)
	writeBook(t, path, wordBook("potato"))
	if c := w.next(t); c.Err == nil || !strings.Contains(c.Err.Error(), "no answer from the files") || !holds(t, w.Live, "a leek") {
		t.Errorf("it told %+v first, want that there is no answer", c)
	}
	hangs.Store(false)
	close(back)
	if c := w.next(t); c.Err != nil || !c.Mended || !holds(t, w.Live, "a potato") {
		t.Errorf("it told %+v then, want that the book is there", c)
	}
}

// TestWatchEndsWhileAFileHangs ends a watch in the middle of a read, after a signal.
func TestWatchEndsWhileAFileHangs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.yaml")
	writeBook(t, path, wordBook("leek"))
	live, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	reads, back := make(chan struct{}, 10), make(chan struct{})
	defer close(back)
	live.load = func(string, bool) (*Book, []string, error) {
		reads <- struct{}{}
		<-back
		return nil, nil, context.Canceled
	}
	ctx, cancel := context.WithCancel(t.Context())
	again := make(chan os.Signal)
	var running sync.WaitGroup
	running.Go(func() { live.Watch(ctx, again, func(Change) {}) })
	again <- syscall.SIGHUP
	<-reads
	again <- syscall.SIGHUP // is taken, although nothing can be done
	cancel()
	running.Wait()
}
