package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// bookOf is a rule book that rejects comments with one word.
func bookOf(word string) string {
	return fmt.Sprintf("rules:\n  - id: %[1]s\n    when: hasWord(text, lists.%[1]s)\n    action: reject\n    message: that word\n    catches: [a %[1]s]\n    passes: [fine]\nlists:\n  %[1]s: {file: %[1]s.txt}\n", word)
}

// steadyLoad posts comments until it is told to stop.
type steadyLoad struct {
	client blogClient

	mu      sync.Mutex
	answers map[string]platform.Answer // by the comment's id
}

// run posts a comment with each of words in turn; one has to be answered at the
// first try.
func (l *steadyLoad) run(ctx context.Context, name string, words ...string) error {
	for i := 0; ctx.Err() == nil; i++ {
		id := fmt.Sprintf("%s-%d", name, i)
		body, err := json.Marshal(map[string]any{"id": id, "body": fmt.Sprintf("What a %s, said %s.", words[i%len(words)], id), "author": map[string]string{"name": id}})
		if err != nil {
			return err
		}
		status, answer, err := l.client.submit(context.WithoutCancel(ctx), "msg-"+id, body)
		if err != nil || status != 200 {
			return fmt.Errorf("comment %s: status %d, %w", id, status, err)
		}
		l.mu.Lock()
		l.answers[id] = answer
		l.mu.Unlock()
	}
	return nil
}

// versions counts the answers by the version of the book.
func (l *steadyLoad) versions() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	count := map[string]int{}
	for _, a := range l.answers {
		count[a.Rules]++
	}
	return count
}

// versionFor returns a version of the book that rejected comments with a word.
func (l *steadyLoad) versionFor(word string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.answers {
		if a.Action == moderation.Reject && a.Reasons[0].Rule == word {
			return a.Rules
		}
	}
	return ""
}

// TestTheRuleBookChangesUnderLoad changes, breaks and mends the rule book of a
// service to which comments come all the time.
func TestTheRuleBookChangesUnderLoad(t *testing.T) {
	t.Parallel()
	telegram := telegramtest.New("42:token")
	telegram.AddUser(telegramtest.User{ID: firstMod, FirstName: "Mo"})
	telegram.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod)
	api := httptest.NewServer(telegram)
	defer api.Close()
	p := newProcess(t, "TELEGRAM_BOT_TOKEN=42:token", "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat), fmt.Sprintf("TELEGRAM_MODERATORS=%d", firstMod))
	defer p.kill() // before the server that it polls
	book := filepath.Join(p.dir, "rules", "book.yaml")
	change := func(word, data string) {
		p.writeFile("rules/"+word+".txt", "a "+word+"\n")
		p.writeFile("rules/new", data)
		if err := os.Rename(filepath.Join(p.dir, "rules", "new"), book); err != nil {
			t.Fatal(err)
		}
	}
	change("potato", bookOf("potato"))
	p.env = append(p.env, "GATEHOUSE_RULES="+filepath.Dir(book), "GATEHOUSE_CONFIG="+p.writeFile("gatehouse.yaml", "telegram: {per_second: -1, open_cards: 1000}\n"))
	secret := p.addSite("blog", "")
	p.start()
	load := &steadyLoad{client: blogClient{p.address, "blog", secret}, answers: map[string]platform.Answer{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients errgroup.Group
	for i := range 3 {
		clients.Go(func() error { return load.run(ctx, fmt.Sprint("client", i), "potato", "carrot", "leek") })
	}
	said := func(part string) (n int) {
		for _, m := range telegram.Messages(modsChat) {
			if strings.Contains(m.Text, part) {
				n++
			}
		}
		return n
	}
	rejected := func(word string) func() bool { return func() bool { return load.versionFor(word) != "" } }

	until(t, "comments are judged by the first book", rejected("potato"))
	change("carrot", bookOf("carrot"))
	until(t, "comments are judged by the changed book", rejected("carrot"))
	if said("rule book") != 0 || p.get("/readyz") != "ready\n" {
		t.Errorf("a change that went well was told; /readyz says %q", p.get("/readyz"))
	}
	second := load.versionFor("carrot")
	for _, broken := range []string{"linkz.count > 2", "tekst == \"\"", "linkz.count > 2"} {
		change("leek", strings.Replace(bookOf("leek"), "hasWord(text, lists.leek)", broken, 1))
		mistake := `book.yaml:3:11: unknown name "` + broken[:5] + `"`
		until(t, "/readyz tells the mistake", func() bool { return strings.Contains(p.get("/readyz"), mistake) })
		until(t, "the moderators' chat tells the mistake", func() bool { return said(mistake) == 1 })
		before := load.versions()[second]
		until(t, "more comments are judged by the book before", func() bool { return load.versions()[second] > before+20 })
	}
	if !strings.HasPrefix(p.get("/readyz"), "ready\n") {
		t.Errorf("/readyz says %q, want that the service is ready all the same", p.get("/readyz"))
	}
	change("leek", bookOf("leek"))
	until(t, "comments are judged by the mended book", rejected("leek"))
	until(t, "the moderators' chat tells that it is mended", func() bool { return said("The rule book is mended") == 1 })
	until(t, "/readyz warns no more", func() bool { return p.get("/readyz") == "ready\n" })
	stop()
	if err := clients.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := said("has a mistake"); n != 2 {
		t.Errorf("%d mistakes were told in the chat, want each of two once", n)
	}
	for _, part := range []string{"the rule book was changed and has a mistake", "unknown name \\\"linkz\\\"", "mended=true"} {
		if !strings.Contains(p.logged(), part) {
			t.Errorf("the log does not say %q", part)
		}
	}
	checkEachIsJudgedByOneBook(t, p, load)
}

// checkEachIsJudgedByOneBook looks at every comment that was posted: it is stored
// with the verdict that was answered, and that is the one of one book.
func checkEachIsJudgedByOneBook(t *testing.T, p *process, load *steadyLoad) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(p.dir, "data"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	views, err := db.RecentComments(t.Context(), len(load.answers)+1)
	if err != nil {
		t.Fatal(err)
	}
	if len(views) != len(load.answers) || len(views) < 100 {
		t.Errorf("%d comments were answered and %d are stored", len(load.answers), len(views))
	}
	word := map[string]string{} // by the version of the book
	for _, v := range views {
		answer := load.answers[v.Comment.PlatformID]
		if v.Verdict.Rules == "" || answer.Rules != v.Verdict.Rules || answer.Action != v.Verdict.Action {
			t.Errorf("comment %s was answered %+v and is stored as %+v", v.Comment.PlatformID, answer, v.Verdict)
		}
		if v.Verdict.Action != moderation.Reject {
			continue
		}
		rule := v.Verdict.Reasons[0].Rule
		if first, known := word[v.Verdict.Rules]; known && first != rule || !strings.Contains(v.Comment.Text, rule) {
			t.Errorf("comment %q was rejected for %s by the book for %s", v.Comment.Text, rule, first)
		}
		word[v.Verdict.Rules] = rule
	}
	if len(word) != 3 {
		t.Errorf("rejected were %v, want one word by each of three books", word)
	}
	t.Logf("%d comments, by the books %v", len(views), load.versions())
}
