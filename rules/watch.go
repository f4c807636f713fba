package rules

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settleTime is how long files must have been left alone to be read: editors
	// and synchronisers write in several steps.
	settleTime = 300 * time.Millisecond
	// hurryTime is after how long files are looked at that are never left alone:
	// there may be others beside them that are written all the time.
	hurryTime = 3 * time.Second
	// pollTime is how often files are looked at that nothing was heard of. Network
	// file systems tell nobody of changes.
	pollTime = 2 * time.Second
)

// Watch keeps the book up to date with its files until ctx ends, and tells of what
// came of each change that [Live.Reload] tells of. What again receives has them
// read at once. Where the system tells nothing of changed files, looking at them
// now and then finds out.
func (l *Live) Watch(ctx context.Context, again <-chan os.Signal, tell func(Change)) {
	if l.path == "" {
		<-ctx.Done()
		return
	}
	w := watch{Live: l, tell: tell, due: time.NewTimer(l.settle), hurry: time.NewTimer(l.poll)}
	if folders, err := l.listen(); err == nil {
		defer folders.Close() //nolint:errcheck // nothing was written
		w.folders, w.events, w.faults = folders, folders.Events, folders.Errors
	}
	defer w.due.Stop()
	defer w.hurry.Stop()
	w.hurry.Stop()
	w.follow()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
			w.unsure = true
			w.look()
		case <-w.events:
			w.stir()
		case <-w.faults: // such as events that were too many
			w.stir()
		case <-w.hurry.C:
			w.look()
		case <-w.due.C:
			w.look()
		}
	}
}

// watch is the watch over a book's files.
type watch struct {
	*Live
	tell    func(Change)
	folders *fsnotify.Watcher // nil: the system has none to give
	events  <-chan fsnotify.Event
	faults  <-chan error
	due     *time.Timer // when to look next
	hurry   *time.Timer // when at the latest, after something stirred
	stirred bool
	read    string // the look of the files when they were read last
	// unsure says that files may have changed since they were read without looking
	// otherwise: times of files are coarse.
	unsure bool
}

// stir notes that something happened near the files, and waits for it to be over.
func (w *watch) stir() {
	w.due.Reset(w.settle)
	if !w.stirred {
		w.stirred = true
		w.hurry.Reset(hurryTime)
	}
}

// look reads the files if they look otherwise than when they were read last.
func (w *watch) look() {
	changed := w.appearance(w.listFiles()) != w.read
	if !changed && !w.unsure {
		w.rest()
		return
	}
	w.unsure = changed
	w.reload()
}

// rest waits for the next time to look.
func (w *watch) rest() {
	w.stirred = false
	w.hurry.Stop()
	w.due.Reset(w.poll)
	if w.follow() {
		w.due.Reset(w.settle) // what happened before that, nobody told
	}
}

// reload reads the files, and takes what is in them unless they change meanwhile.
func (w *watch) reload() {
	before := w.appearance(w.listFiles())
	book, lists, err := w.Live.read()
	if !slices.Equal(lists, w.listFiles()) { // the look of the others is not known
		before = w.appearance(lists)
		book, lists, err = w.Live.read()
	}
	if w.appearance(lists) != before {
		w.read = "" // whatever they look like next, they have to be read
		w.due.Reset(w.settle)
		return
	}
	w.read = before
	if change := w.take(book, lists, err); change != nil {
		w.tell(*change)
	}
	w.rest()
}

// listFiles returns the files of lists that were read last.
func (l *Live) listFiles() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lists
}

// appearance is how the files look from outside: names, sizes, times and rights.
func (l *Live) appearance(lists []string) string {
	files, _, err := filesOf(l.path)
	var b strings.Builder
	if err != nil {
		fmt.Fprintln(&b, err)
	}
	for _, file := range slices.Concat(files, lists) {
		info, err := os.Stat(file)
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		fmt.Fprintln(&b, file, info.Size(), info.ModTime().UnixNano(), info.Mode())
	}
	return b.String()
}

// follow has the system tell of changes in the folders in which the files are, and
// no others. It reports whether one of them is new.
func (w *watch) follow() (anew bool) {
	if w.folders == nil {
		return false
	}
	var wanted []string
	add := func(folder string) {
		if !slices.Contains(wanted, folder) {
			wanted = append(wanted, folder)
		}
	}
	files, dir, _ := filesOf(w.path) // a path without files has a folder all the same
	add(filepath.Dir(w.path))
	if dir != "" {
		add(dir)
	}
	for _, file := range slices.Concat(files, w.listFiles()) {
		add(filepath.Dir(file))
		// A file that is a link changes where it leads to as well.
		if real, err := filepath.EvalSymlinks(file); err == nil {
			add(filepath.Dir(real))
		}
	}
	followed := w.folders.WatchList()
	for _, folder := range followed {
		if !slices.Contains(wanted, folder) {
			_ = w.folders.Remove(folder) // it may have gone by itself
		}
	}
	for _, folder := range wanted {
		// Looking now and then finds out what the system does not tell.
		if err := w.folders.Add(folder); err == nil && !slices.Contains(followed, folder) {
			anew = true
		}
	}
	return anew
}
