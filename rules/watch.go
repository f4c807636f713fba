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
	// patience is how long files may take to be read before that is a mistake.
	patience = 30 * time.Second
)

// Watch keeps the book up to date with its files until ctx ends, and tells of what
// came of each change that [Live.Reload] tells of. What again receives has them
// read at once. Where the system tells nothing of changed files, looking at them
// now and then finds out. It waits for no file: a file system may hang.
func (l *Live) Watch(ctx context.Context, again <-chan os.Signal, tell func(Change)) {
	if l.path == "" {
		<-ctx.Done()
		return
	}
	w := watch{
		Live: l, tell: tell, visits: make(chan visit, 1),
		due: time.NewTimer(l.settle), hurry: time.NewTimer(l.poll), stuck: time.NewTimer(l.patience),
	}
	if folders, err := l.listen(); err == nil {
		defer folders.Close() //nolint:errcheck // nothing was written
		w.folders, w.events, w.faults = folders, folders.Events, folders.Errors
	}
	defer w.due.Stop()
	defer w.hurry.Stop()
	defer w.stuck.Stop()
	w.hurry.Stop()
	w.begin(w.first)
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
		case v := <-w.visits:
			w.end(v)
		case <-w.stuck.C:
			w.complain()
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

	visits chan visit  // at their ends
	away   bool        // a visit is under way
	behind bool        // another one is asked for meanwhile
	heard  bool        // something happened near the files meanwhile
	stuck  *time.Timer // when the one under way takes too long
}

// visit is what one look at the files found.
type visit struct {
	loaded bool // they were read: what follows counts
	moving bool // they changed meanwhile
	look   string
	book   *Book
	lists  []string
	err    error

	changed bool // they looked otherwise than when they were read last
	anew    bool // a folder is followed that was not
}

// begin has a visit made beside the watch.
func (w *watch) begin(visit func() visit) {
	w.away, w.behind = true, false
	w.stuck.Reset(w.patience)
	go func() { w.visits <- visit() }()
}

// end takes what a visit found.
func (w *watch) end(v visit) {
	w.away = false
	w.stuck.Stop()
	if v.loaded {
		w.unsure = v.changed || w.behind
	}
	if v.moving {
		w.read = "" // whatever they look like next, they have to be read
		w.due.Reset(w.settle)
		return
	}
	if v.loaded {
		w.read = v.look
		if change := w.take(v.book, v.lists, v.err); change != nil {
			w.tell(*change)
		}
	}
	w.rest(v.anew)
	if w.heard {
		w.heard = false
		w.stir()
	}
	if w.behind {
		w.look()
	}
}

// complain notes that the files do not answer. Reading them mends that.
func (w *watch) complain() {
	if change := w.take(nil, w.listFiles(), fmt.Errorf("load rules: no answer from the files in %s", w.patience)); change != nil {
		w.tell(*change)
	}
	w.unsure, w.behind = true, true
}

// stir notes that something happened near the files, and waits for it to be over.
func (w *watch) stir() {
	if w.away {
		w.heard = true
		return
	}
	w.due.Reset(w.settle)
	if !w.stirred {
		w.stirred = true
		w.hurry.Reset(hurryTime)
	}
}

// look has the files read if they look otherwise than when they were read last.
func (w *watch) look() {
	if w.away {
		w.behind = true
		return
	}
	read, unsure := w.read, w.unsure
	w.begin(func() visit { return w.visit(read, unsure) })
}

// rest waits for the next time to look.
func (w *watch) rest(anew bool) {
	w.stirred = false
	w.hurry.Stop()
	w.due.Reset(w.poll)
	if anew {
		w.due.Reset(w.settle) // what happened before that, nobody told
	}
}

// first follows the folders and reads nothing.
func (w *watch) first() visit {
	w.follow(w.listFiles())
	return visit{anew: true}
}

// visit reads the files, unless they look as they did when they were read last and
// that is sure.
func (w *watch) visit(read string, unsure bool) (v visit) {
	lists := w.listFiles()
	before := w.appearance(lists)
	v.changed = before != read
	if !v.changed && !unsure {
		v.anew = w.follow(lists)
		return v
	}
	v.loaded = true
	v.book, v.lists, v.err = w.Live.read()
	if !slices.Equal(v.lists, lists) { // the look of the others is not known
		before = w.appearance(v.lists)
		v.book, v.lists, v.err = w.Live.read()
	}
	v.look, v.moving = before, w.appearance(v.lists) != before
	if !v.moving {
		v.anew = w.follow(v.lists)
	}
	return v
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
func (w *watch) follow(lists []string) (anew bool) {
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
	for _, file := range slices.Concat(files, lists) {
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
