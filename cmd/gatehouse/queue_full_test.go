package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// fullQueue is the real program with a blog of which as much waits as may.
type fullQueue struct {
	*process
	client blogClient
	blog   *failingCallback
	chat   *telegramtest.Server
	n      int
}

// failingCallback is a blog's callback that answers 503 until it is well.
type failingCallback struct {
	*httptest.Server
	well chan struct{} // closed once it is
}

func newFullQueue(t *testing.T) *fullQueue {
	t.Helper()
	const token = "42:full-queue-token"
	q := &fullQueue{chat: telegramtest.New(token), blog: &failingCallback{well: make(chan struct{})}}
	q.blog.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-q.blog.well:
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(q.blog.Close)
	q.chat.AddUser(telegramtest.User{ID: firstMod, FirstName: "Anna"})
	q.chat.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod)
	api := httptest.NewServer(q.chat)
	t.Cleanup(api.Close)
	q.process = newProcess(t, "TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat),
		fmt.Sprintf("TELEGRAM_MODERATORS=%d", firstMod), "GATEHOUSE_QUEUE_WAITING=2", "GATEHOUSE_QUEUE_DELIVERIES=1")
	q.client = blogClient{q.address, "blog", q.addSite("blog", q.blog.URL)}
	q.start()
	return q
}

// send sends a comment, and returns the status and the body's bytes.
func (q *fullQueue) send(id, text string) (int, http.Header, []byte) {
	q.t.Helper()
	q.n++
	body := fmt.Appendf(nil, `{"id": %q, "body": %q, "author": {"name": "Reader %s"}}`, id, text, id[1:])
	header, err := platform.Sign([]moderation.Secret{q.client.secret}, fmt.Sprint("msg_", q.n), time.Now(), body)
	if err != nil {
		q.t.Fatal(err)
	}
	return q.do(http.MethodPost, "/v1/sites/blog/comments", header, "application/json", body)
}

func (q *fullQueue) do(method, path string, header http.Header, kind string, body []byte) (int, http.Header, []byte) {
	q.t.Helper()
	r, err := http.NewRequestWithContext(q.t.Context(), method, "http://"+q.address+path, bytes.NewReader(body))
	if err != nil {
		q.t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Content-Type", kind)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		q.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		q.t.Fatal(err)
	}
	return response.StatusCode, response.Header, answer
}

// held sends a comment that is held, and returns its number.
func (q *fullQueue) held(id, text string) string {
	q.t.Helper()
	status, _, body := q.send(id, text)
	var answer platform.Answer
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK || answer.Action != "hold" {
		q.t.Fatalf("%s is answered %d %s, want that it is held", id, status, body)
	}
	return answer.CommentID
}

// wantFull wants an answer that says that the queue is full, and when to come again.
func (q *fullQueue) wantFull(what string, status int, header http.Header, body []byte) {
	q.t.Helper()
	var refused struct {
		Error struct{ Code, Message string } `json:"error"`
	}
	err := json.Unmarshal(body, &refused)
	after, numberErr := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || status != http.StatusServiceUnavailable || refused.Error.Code != "queue_full" || numberErr != nil || after < 1 {
		q.t.Errorf("%s: answered %d, Retry-After %q, %s", what, status, header.Get("Retry-After"), body)
	}
}

// TestAFullQueue fills what may wait for a blog: everybody who would add to it is told
// so, wherever he stands, nothing comes of it, and all goes on once there is room.
func TestAFullQueue(t *testing.T) {
	t.Parallel()
	q := newFullQueue(t)
	first, second := q.held("c1", "You worthless moron"), q.held("c2", "Shut up, you stupid pig")
	tooMuch := func(when string) {
		t.Helper()
		status, header, body := q.send("c3", "Nobody wants you here, bastard")
		q.wantFull(when, status, header, body)
	}
	tooMuch("a third comment that would wait")
	if status, _, body := q.send("c4", kindWords); status != http.StatusOK {
		t.Errorf("a comment that need not wait is answered %d %s", status, body)
	}
	q.kill()
	q.start()
	tooMuch("right after the start")
	q.mustRun("decide", first, "spam")
	third := q.held("c3", "Nobody wants you here, bastard")
	tooMuchSaid := "the blog is still to be told of 1 decisions"
	_, stderr, err := q.run("decide", second, "spam")
	var failed *exec.ExitError
	if !errors.As(err, &failed) || failed.ExitCode() != exitFailed || !strings.Contains(stderr, tooMuchSaid) || !strings.Contains(stderr, "deliveries list") {
		t.Errorf("decide ended with %v and said %q", err, stderr)
	}
	status, header, body := q.do(http.MethodPost, "/v1/sites/blog/comments/"+second+"/decision",
		http.Header{"Authorization": {"Bearer " + q.addToken("blog")}}, "application/json", []byte(`{"decision": "spam"}`))
	q.wantFull("a decision through the API", status, header, body)
	if text := q.tap(3, "Spam"); !strings.Contains(text, "Not decided") {
		t.Errorf("a tap is answered %q", text)
	}
	if n := q.waiting("moderate"); n > 2 {
		t.Errorf("%d wait", n)
	}
	close(q.blog.well)
	q.mustRun("deliveries", "retry")
	until(t, "the blog is told", func() bool { return strings.Count(q.mustRun("deliveries", "list"), "callback") == 0 })
	if text := q.tap(3, "Spam"); strings.Contains(text, "Not decided") {
		t.Errorf("once there is room a tap is answered %q", text)
	}
	until(t, "the tap counts", func() bool { return !strings.Contains(q.mustRun("queue", "--json"), `"`+third+`"`) })
}

// tap taps a button of the card of a reader's comment, and returns the answer.
func (q *fullQueue) tap(reader int, button string) string {
	q.t.Helper()
	var query string
	until(q.t, "there is a card", func() bool {
		m := &moderator{chat: q.chat}
		card := with(m.cards()[reader], button)
		if card == nil {
			return false
		}
		var err error
		query, err = q.chat.Press(modsChat, card.ID, button, firstMod)
		return err == nil
	})
	var text string
	until(q.t, "the tap is answered", func() (answered bool) {
		text, _, answered = q.chat.Answer(query)
		return answered
	})
	return text
}

// TestAFullQueueIsNoHam asks by Akismet's protocol about what would have to wait where
// nothing more may: no client takes the answer for a word on the comment.
func TestAFullQueueIsNoHam(t *testing.T) {
	t.Parallel()
	p := newProcess(t, "GATEHOUSE_QUEUE_WAITING=1")
	out := p.mustRun("sites", "add", "blog", "--platform", "akismet", "--json")
	var site siteJSON
	if err := json.Unmarshal([]byte(out), &site); err != nil {
		t.Fatal(err)
	}
	p.start()
	q := &fullQueue{process: p}
	ask := func(author, text string) (int, http.Header, []byte) {
		form := url.Values{"api_key": {site.ShortAkismetKey}, "blog": {"http://blog.example.test"}, "user_ip": {"203.0.113.7"}, "comment_content": {text}, "comment_author": {author}}
		return q.do(http.MethodPost, "/akismet/1.1/comment-check", http.Header{}, "application/x-www-form-urlencoded", []byte(form.Encode()))
	}
	if status, _, body := ask("Zoe", "Shut up, you stupid pig"); status != http.StatusOK || string(body) != "true" {
		t.Fatalf("what waits is answered %d %s", status, body)
	}
	status, header, body := ask("Yan", "Nobody wants you here, bastard")
	q.wantFull("what would have to wait", status, header, body)
	for _, word := range []string{"true", "false", "invalid", "valid"} {
		if strings.TrimSpace(string(body)) == word {
			t.Errorf("what would have to wait is answered %s", body)
		}
	}
	if n := strings.Count(p.mustRun("recent", "--json"), "\n"); n != 1 {
		t.Errorf("%d comments are kept, want the one that waits", n)
	}
}
