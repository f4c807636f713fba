package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// Who is erased: name, e-mail address and texts have these words, in which no other
// comment has a part.
const (
	erasedName  = "Quillon Vexworth"
	erasedEmail = "quillon.vexworth@example.test"
	erasedWord  = "zanzibarine"
)

// TestEraseBesideAServiceUnderLoad erases somebody while blogs, moderators, programs and
// commands use the service: then their bytes are nowhere, and the service judges as if
// they had never written.
func TestEraseBesideAServiceUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short, and somebody is erased under load")
	}
	t.Parallel()
	w := newCrashWorld(t)
	w.brief = true
	w.p.env = append(w.p.env, "GATEHOUSE_LOG_LEVEL=info")
	w.p.start()
	w.work()
	until(t, "comments are answered", func() bool { return w.load.answered() > 30 })
	w.teachErased()
	until(t, "a model is made of that", func() bool {
		_, stderr, err := w.p.run("retrain", "--site", "blog")
		if err != nil && !strings.Contains(stderr, "run it again") { // others retrain it too
			t.Fatal(stderr)
		}
		return err == nil
	})
	answered := w.load.answered()
	if held := w.traces(); len(held) == 0 {
		t.Fatal("the person is nowhere before: that shows nothing")
	}

	out, stderr, err := w.p.run("erase", "--author", "email:"+erasedEmail, "--yes", "--json")
	var receipt eraseJSON
	if err != nil || json.Unmarshal([]byte(out), &receipt) != nil || receipt.Removed["comments"] != 24 || receipt.ToDo || receipt.Rebuilt == nil || !*receipt.Rebuilt {
		t.Fatalf("erase: %v, %s%s", err, out, stderr)
	}
	if traces := w.traces(); len(traces) > 0 {
		t.Errorf("after the erasure: %q", traces)
	}
	if n := w.load.answered(); n == answered {
		t.Error("no comment was answered meanwhile: that shows nothing")
	}
	answered = w.load.answered()
	until(t, "comments are answered again", func() bool { return w.load.answered() > answered+20 })
	w.stopClients()
	if err := w.clients.Wait(); err != nil {
		t.Fatal(err)
	}
	w.cardsRedrawn()
	w.stopPeople()
	if err := w.people.Wait(); err != nil {
		t.Fatal(err)
	}
	if traces := w.traces(); len(traces) > 0 {
		t.Errorf("at the end: %q", traces)
	}
	for _, m := range w.telegram.Messages(modsChat) {
		if !m.Deleted && (strings.Contains(m.Text, erasedWord) || strings.Contains(m.Text, erasedName)) {
			t.Errorf("a card shows them still:\n%s", m.Lines())
		}
	}
	w.p.must("models", "verify")
	w.compareModels()
	for _, s := range w.load.sites {
		w.compareModel(s, func() string { return "A " + erasedWord + " garden for " + erasedWord + " people" })
	}
	db := w.open()
	defer db.Close()
	w.checkSums(db)
}

// teachErased writes as the person, with a case and a lesson of each kind, an edit, and a
// moderator's note that names them.
func (w *crashWorld) teachErased() {
	w.t.Helper()
	for i := range 24 {
		p := promise{site: w.load.sites[i%2], comment: fmt.Sprint("v", i), key: fmt.Sprint("msg_v", i)}
		text := fmt.Sprintf("The %s %s of %s %s, says number %d.", crashWords[30+i], erasedWord, crashWords[60+i], erasedWord, i)
		if i%3 == 0 {
			text = "You worthless idiot, you " + erasedWord + " " + crashWords[30+i] + " moron."
		}
		body, err := json.Marshal(map[string]any{"id": p.comment, "body": text, "post": map[string]string{"id": "p", "url": "https://blog.example.test/p", "title": "A post"},
			"author": map[string]string{"name": erasedName, "email": erasedEmail, "ip": "203.0.113.77", "url": "https://vexworth.example.test/"}})
		if err != nil {
			w.t.Fatal(err)
		}
		p.body = body
		until(w.t, "the person's comment is taken", func() bool {
			status, _, err := w.load.send(&p)
			return err == nil && status == http.StatusOK
		})
		if i%2 == 0 || i%3 == 0 {
			choice := []string{"abuse", "approve", "spam"}[i%3]
			body := fmt.Appendf(nil, `{"decision": %q, "note": %q}`, choice, erasedName+" once more")
			status, err := w.load.demand(w.t.Context(), http.MethodPost, p.site.name+"/comments/"+p.answer.CommentID+"/decision", p.site.token, body)
			if err != nil || status != http.StatusOK {
				w.t.Fatalf("decide: %d, %v", status, err)
			}
		}
	}
	var other string // that has a card
	until(w.t, "a comment is held", func() bool {
		w.load.mu.Lock()
		defer w.load.mu.Unlock()
		for _, p := range w.load.promises {
			if p.answer.Action == moderation.Hold {
				other = p.answer.CommentID
			}
		}
		return other != ""
	})
	w.p.must("note", other, "Was that not "+erasedName+"?")
}

// cardsRedrawn waits until the chat is to show nothing of the person any more.
func (w *crashWorld) cardsRedrawn() {
	w.t.Helper()
	db := w.open()
	defer db.Close()
	untilDone(w.t, "cards are taken away and drawn again", func() (done int, over bool) {
		var waiting int
		err := db.QueryRowContext(w.t.Context(), `
			SELECT (SELECT count(*) FROM deliveries WHERE kind IN ('card', 'erased') AND state = 'pending'),
			       (SELECT count(*) FROM deliveries WHERE kind IN ('card', 'erased') AND state = 'sent')`).Scan(&waiting, &done)
		return done, err == nil && waiting == 0
	})
}

// traces returns where in the data folder, or in the log, something of the person is.
func (w *crashWorld) traces() (found []string) {
	w.t.Helper()
	entries, err := os.ReadDir(w.p.data)
	if err != nil {
		w.t.Fatal(err)
	}
	files := []string{w.p.log.Name()}
	for _, e := range entries {
		files = append(files, filepath.Join(w.p.data, e.Name()))
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			w.t.Fatal(err)
		}
		for _, word := range []string{"vexworth", "quillon", erasedWord} {
			if at := strings.Index(strings.ToLower(string(data)), word); at >= 0 {
				found = append(found, fmt.Sprintf("%s: %s: %q", filepath.Base(path), word, data[max(0, at-60):min(len(data), at+60)]))
			}
		}
	}
	return found
}
