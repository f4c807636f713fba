package rules

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"gatehouse/internal/moderation"
)

// wordBook is a book of one rule that catches a word.
func wordBook(word string) string {
	return "rules:\n  - id: word\n    when: hasWord(text, \"" + word + "\")\n    action: hold\n    message: that word\n    catches: [" +
		word + "]\n    passes: [fine]\n"
}

// brokenBook has a mistake at 3:11.
func brokenBook(name string) string { return strings.ReplaceAll(ruleWhen(name+" == 1"), "[x]", "[z]") }

// writeBook writes a file in one step, as careful editors do.
func writeBook(t *testing.T, path, data string) {
	t.Helper()
	if err := os.WriteFile(path+"~", []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

// holds says whether the book in force holds a comment.
func holds(t *testing.T, l *Live, body string) bool {
	t.Helper()
	var sub moderation.Submission
	sub.Comment.Text = body
	report, err := l.Check(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return len(report.Signals) > 0
}

func TestReloadTellsEachMistakeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.yaml")
	writeBook(t, path, wordBook("potato"))
	live, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	first := live.Book().Version()
	steps := []struct {
		name, data string
		tells      string // a part of the mistake, "mended", "changed", or nothing
		word       string // the one that is caught then
	}{
		{"nothing changed", wordBook("potato"), "", "potato"},
		{"another word", wordBook("carrot"), "changed", "carrot"},
		{"a mistake", brokenBook("linkz"), `book.yaml:3:11: unknown name "linkz"`, "carrot"},
		{"the same", brokenBook("linkz"), "", "carrot"},
		{"another mistake", brokenBook("tekst"), `book.yaml:3:11: unknown name "tekst"`, "carrot"},
		{"the first one again", brokenBook("linkz"), "", "carrot"},
		{"a case that fails", strings.Replace(wordBook("leek"), "[leek]", "[onion]", 1), "does not catch this comment", "carrot"},
		{"back to what is in force", wordBook("carrot"), "mended", "carrot"},
		{"the first mistake after that", brokenBook("linkz"), "linkz", "carrot"},
		{"mended with another word", wordBook("potato"), "mended", "potato"},
	}
	for _, step := range steps {
		writeBook(t, path, step.data)
		told := ""
		if c := live.Reload(); c != nil {
			switch {
			case c.Err != nil:
				told = c.Err.Error()
			case c.Mended:
				told = "mended"
			default:
				told = "changed"
			}
			if c.Book != live.Book() {
				t.Errorf("%s: it tells of another book than the one in force", step.name)
			}
		}
		if !strings.Contains(told, step.tells) || (step.tells == "") != (told == "") {
			t.Errorf("%s: it tells %q, want %q", step.name, told, step.tells)
		}
		for _, word := range []string{"potato", "carrot", "leek"} {
			if got := holds(t, live, "a "+word+"!"); got != (word == step.word) {
				t.Errorf("%s: %q is held: %v", step.name, word, got)
			}
		}
	}
	if live.Err() != nil || live.Book().Version() != first {
		t.Errorf("at the end: %v, version %s, want the first one, %s", live.Err(), live.Book().Version(), first)
	}
}

func TestOpenRefusesABrokenBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.yaml")
	writeBook(t, path, brokenBook("linkz"))
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "linkz") {
		t.Errorf("Open: %v, want the mistake", err)
	}
}

// watched is a live book under watch, and what it told.
type watched struct {
	*Live
	mu   sync.Mutex
	told []Change
	more chan struct{}
}

// watchBook opens a book and watches it until the test ends.
func watchBook(t *testing.T, path string, change func(*Live)) *watched {
	t.Helper()
	live, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	change(live)
	w := &watched{Live: live, more: make(chan struct{}, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		live.Watch(ctx, nil, func(c Change) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, c)
			w.more <- struct{}{}
		})
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return w
}

// next waits for what the watch tells next.
func (w *watched) next(t *testing.T) Change {
	t.Helper()
	select {
	case <-w.more:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was told in half a minute")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told[len(w.told)-1]
}

// way is a way to change a book, in which "leek" is caught before and "potato"
// afterwards.
type way struct {
	prepare func(t *testing.T, dir string) (path string)
	change  func(t *testing.T, dir string)
}

// waysInAFile are changes of one file, as editors make them.
func waysInAFile() map[string]way {
	prepare := func(t *testing.T, dir string) string {
		put(t, dir+"/b.yaml", wordBook("leek"))
		return dir + "/b.yaml"
	}
	return map[string]way{
		"written over": {prepare, func(t *testing.T, dir string) { put(t, dir+"/b.yaml", wordBook("potato")) }},
		"renamed over": {prepare, func(t *testing.T, dir string) { writeBook(t, dir+"/b.yaml", wordBook("potato")) }},
		"removed and written": {prepare, func(t *testing.T, dir string) {
			move(t, dir+"/b.yaml", dir+"/b.bak")
			put(t, dir+"/b.yaml", wordBook("potato"))
		}},
		"written bit by bit": {prepare, func(t *testing.T, dir string) {
			f, err := os.Create(dir + "/b.yaml")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, b := range []byte(wordBook("potato")) {
				if _, err := f.Write([]byte{b}); err != nil {
					t.Fatal(err)
				}
			}
		}},
	}
}

// waysInFolders are changes of several files.
func waysInFolders() map[string]way {
	return map[string]way{
		"a file more in the folder": {
			func(t *testing.T, dir string) string {
				put(t, dir+"/rules/a.yaml", "about: nothing\n")
				return dir + "/rules"
			},
			func(t *testing.T, dir string) { put(t, dir+"/rules/b.yaml", wordBook("potato")) },
		},
		"a list": {
			func(t *testing.T, dir string) string {
				put(t, dir+"/lists/words.txt", "leek\n")
				put(t, dir+"/b.yaml", "lists:\n  words: {file: lists/words.txt}\n"+
					strings.Replace(wordBook("leek"), `"leek"`, "lists.words", 1))
				return dir + "/b.yaml"
			},
			func(t *testing.T, dir string) { put(t, dir+"/lists/words.txt", "leek\npotato\n") },
		},
		"a folder put in the place of another": {
			func(t *testing.T, dir string) string {
				put(t, dir+"/rules/a.yaml", wordBook("leek"))
				put(t, dir+"/next/a.yaml", wordBook("potato"))
				return dir + "/rules"
			},
			func(t *testing.T, dir string) { move(t, dir+"/rules", dir+"/old"); move(t, dir+"/next", dir+"/rules") },
		},
		"a link to a folder turned, as Kubernetes does": {
			func(t *testing.T, dir string) string {
				put(t, dir+"/..1/b.yaml", wordBook("leek"))
				put(t, dir+"/..2/b.yaml", wordBook("potato"))
				link(t, "..1", dir+"/..data")
				link(t, "..data/b.yaml", dir+"/b.yaml")
				return dir + "/b.yaml"
			},
			func(t *testing.T, dir string) { link(t, "..2", dir+"/..new"); move(t, dir+"/..new", dir+"/..data") },
		},
	}
}

// TestWatchNoticesEveryWayToChangeABook changes books as people and machines do.
func TestWatchNoticesEveryWayToChangeABook(t *testing.T) {
	ways := waysInAFile()
	maps.Copy(ways, waysInFolders())
	for name, way := range ways {
		for how, change := range map[string]func(*Live){"told by the system": toldOnly, "by looking": deaf} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				w := watchBook(t, way.prepare(t, dir), change)
				if holds(t, w.Live, "a potato") {
					t.Fatal("it is caught before the change")
				}
				// By then the first look is over, and what follows must be noticed. If it
				// is not over, the test shows less, and fails no more.
				time.Sleep(3 * w.settle)
				way.change(t, dir)
				for !holds(t, w.Live, "a potato") {
					w.next(t)
				}
			})
		}
	}
}

// put writes a file and makes its folder.
func put(t *testing.T, path, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// link makes a symbolic link, or skips the test where there are none.
func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("skipped: no symbolic links here: %v", err)
	}
}

// TestWatchReadsNothingHalf has a book written in two halves, of which the first is
// a book too.
func TestWatchReadsNothingHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.yaml")
	writeBook(t, path, wordBook("leek"))
	w := watchBook(t, path, func(l *Live) { l.settle, l.poll = time.Second, time.Hour })
	whole := wordBook("potato")
	half := strings.Index(whole, "rules:") + len("rules:")
	for i, end := range []int{half, len(whole)} {
		if i > 0 {
			time.Sleep(10 * time.Millisecond) // a slow writer
		}
		if err := os.WriteFile(path, []byte(whole[:end]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if c := w.next(t); c.Err != nil || !holds(t, w.Live, "potato") {
		t.Errorf("it told %v first, want the whole book", c.Err)
	}
}

// toldOnly makes a book rely on what the system tells of its files.
func toldOnly(l *Live) { l.settle, l.poll = 50*time.Millisecond, time.Hour }

// deaf makes a book look at its files, since the system tells nothing of them.
func deaf(l *Live) {
	l.settle, l.poll = 50*time.Millisecond, 5*time.Millisecond
	l.listen = func() (*fsnotify.Watcher, error) { return nil, errors.New("none left") }
}
