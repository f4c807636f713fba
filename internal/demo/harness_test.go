package demo

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// The people and places of the tests.
const (
	testSite = "paper"
	testPost = "tram-vote"
	testChat = 1001
)

// sign is a stand-in for Standard Webhooks, which another package owns.
func sign(id string, at time.Time, body []byte) (http.Header, error) {
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, []byte("secret"))
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	h := make(http.Header)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", stamp)
	h.Set("webhook-signature", hex.EncodeToString(mac.Sum(nil)))
	return h, nil
}

// verify is the other half of sign.
func verify(h http.Header, body []byte) error {
	mac := hmac.New(sha256.New, []byte("secret"))
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	if h.Get("webhook-signature") != hex.EncodeToString(mac.Sum(nil)) {
		return errors.New("wrong signature")
	}
	return nil
}

// fakeGate answers for gatehouse: it holds what calls somebody a moron or
// promises money, rejects what sells pills, and approves the rest.
type fakeGate struct {
	mu    sync.Mutex
	seen  []arrival
	fails int // this many requests are answered with 503 first
	after func(arrival)
}

func (g *fakeGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if err := verify(r.Header, body); err != nil {
		http.Error(w, `{"error": {"code": "unauthorized", "message": "wrong signature"}}`, http.StatusUnauthorized)
		return
	}
	var a arrival
	if err := json.Unmarshal(body, &a); err != nil || r.URL.Path != "/v1/sites/"+testSite+"/comments" {
		http.Error(w, `{"error": {"code": "invalid", "message": "bad"}}`, http.StatusBadRequest)
		return
	}
	g.mu.Lock()
	if g.fails > 0 {
		g.fails--
		g.mu.Unlock()
		http.Error(w, `{"error": {"code": "not_ready", "message": "not ready"}}`, http.StatusServiceUnavailable)
		return
	}
	g.seen = append(g.seen, a)
	after := g.after
	g.mu.Unlock()
	if after != nil {
		after(a)
	}
	status := moderation.Approved
	switch {
	case strings.Contains(a.Body, "moron"), strings.Contains(a.Body, "$5000"):
		status = moderation.Held
	case strings.Contains(a.Body, "pills"):
		status = moderation.Rejected
	}
	fmt.Fprintf(w, `{"comment_id": "1", "status": %q}`, status)
}

// arrivals returns what was handed in.
func (g *fakeGate) arrivals() []arrival {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]arrival(nil), g.seen...)
}

// world is a demo with a gate, a phone and a reader.
type world struct {
	*testing.T
	demo   *Demo
	gate   *fakeGate
	phone  *telegramtest.Server
	blog   *httptest.Server
	reader *http.Client
	file   string
}

// newWorld starts a demo that has nothing to hand in yet; change may change its
// configuration.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := &world{T: t, gate: &fakeGate{}, phone: telegramtest.New("7:token"), file: filepath.Join(t.TempDir(), "blog.json")}
	w.phone.AddUser(telegramtest.User{ID: testChat, FirstName: "Mo"})
	w.phone.AddChat(telegramtest.Chat{ID: testChat}, testChat)
	mux := http.NewServeMux()
	mux.Handle("/v1/", w.gate)
	mux.Handle("/bot7:token/", w.phone)
	mux.HandleFunc("/demo/", func(rw http.ResponseWriter, r *http.Request) { w.demo.Handler().ServeHTTP(rw, r) })
	mux.HandleFunc("/demo", func(rw http.ResponseWriter, r *http.Request) { w.demo.Handler().ServeHTTP(rw, r) })
	w.blog = httptest.NewServer(mux)
	t.Cleanup(w.blog.Close)
	cfg := Config{Site: testSite, GateURL: w.blog.URL, Sign: sign, Verify: verify, Phone: w.phone, Chat: testChat,
		Moderator: telegramtest.User{ID: testChat, FirstName: "Mo"}, File: w.file, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	demo, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.demo = demo
	w.reader = newReader(t)
	return w
}

// newReader returns a browser without cookies that follows no redirects.
func newReader(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// run runs the demo until the test ends.
func (w *world) run() {
	w.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.demo.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.Errorf("Run: %v", err)
		}
	})
}

// get returns a page as reader sees it.
func (w *world) get(reader *http.Client, path string) (int, string) {
	w.Helper()
	res, err := reader.Get(w.blog.URL + path)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// write posts a comment below the first article and returns the answer.
func (w *world) write(text string, more ...string) (*http.Response, string) {
	w.Helper()
	form := url.Values{"name": {"Wilma"}, "text": {text}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	res, err := w.reader.PostForm(w.blog.URL+"/demo/blog/posts/"+testPost, form)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res, string(body)
}

// mustWrite posts a comment that must be taken, and returns its id.
func (w *world) mustWrite(text string, more ...string) string {
	w.Helper()
	res, body := w.write(text, more...)
	if res.StatusCode != http.StatusSeeOther {
		w.Fatalf("posting %q: %s\n%s", text, res.Status, body)
	}
	to, err := res.Location()
	if err != nil {
		w.Fatal(err)
	}
	return to.Query().Get("posted")
}

// decide tells the blog of a decision and returns the status that it answers.
func (w *world) decide(id, kind string, seq int64, category string) int {
	w.Helper()
	d := map[string]any{"type": kind, "data": map[string]any{"id": id, "seq": seq, "category": category}}
	body, err := json.Marshal(d)
	if err != nil {
		w.Fatal(err)
	}
	return w.deliver(body, sign)
}

// deliver posts body to the blog's callback.
func (w *world) deliver(body []byte, sign func(string, time.Time, []byte) (http.Header, error)) int {
	w.Helper()
	req, err := http.NewRequest(http.MethodPost, w.blog.URL+"/demo/blog/decisions", bytes.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	req.Header, err = sign("msg", time.Now(), body)
	if err != nil {
		w.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// state returns where a comment stands.
func (w *world) state(id string) state {
	w.Helper()
	l := w.demo.book.read()
	i := l.find(id)
	if i < 0 {
		w.Fatalf("no comment %q", id)
	}
	return l.Comments[i].State
}

// await waits until a comment stands there.
func (w *world) await(id string, want state) {
	w.Helper()
	deadline := time.After(20 * time.Second)
	for {
		next := w.demo.book.changed.wait()
		if w.state(id) == want {
			return
		}
		select {
		case <-next:
		case <-deadline:
			w.Fatalf("comment is %s, want %s", w.state(id), want)
		}
	}
}

// shows says whether the first article's page shows text to reader.
func (w *world) shows(reader *http.Client, text string) bool {
	w.Helper()
	code, page := w.get(reader, "/demo/blog/posts/"+testPost+"?part=1")
	if code != http.StatusOK {
		w.Fatalf("page answers %d", code)
	}
	return strings.Contains(page, text)
}
