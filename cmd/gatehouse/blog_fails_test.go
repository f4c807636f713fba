package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// blogFailure is a way in which a blog fails, with what must have come of it.
type blogFailure struct {
	name  string
	does  http.HandlerFunc // nil: nobody listens
	takes bool             // it heeds what it is told, whatever it answers
	steps int              // of ten minutes that it lasts
	state moderation.DeliveryState
	says  string // of the error that is kept
	calls int    // so often it is called at most while it fails
}

// blogFailures is the table of how blogs fail. Each is told of seven decisions.
func blogFailures() []blogFailure {
	answers := func(status int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		}
	}
	writes := func(words string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			io.WriteString(conn, words) //nolint:errcheck // it is to go wrong
		}
	}
	pending, failed, sent := moderation.DeliveryPending, moderation.DeliveryFailed, moderation.DeliverySent
	return []blogFailure{
		{name: "away for hours", steps: 36, state: pending, says: "connection refused"},
		{name: "errors for hours", does: answers(500), steps: 36, state: pending, says: "500", calls: 80},
		{name: "does not answer, and heeds it", does: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			takes: true, steps: 1, state: pending, says: "timeout", calls: 10},
		{name: "cut before the answer", does: writes(""), steps: 6, state: pending, says: "EOF", calls: 50},
		{name: "cut before the answer, and heeds it", does: writes(""), takes: true, steps: 6, state: pending, says: "EOF", calls: 50},
		{name: "cut within the answer", does: writes("HTTP/1.1 200 OK\r\n"), takes: true, steps: 6, state: pending, says: "EOF", calls: 50},
		{name: "rubbish", does: writes("\x16\x03\x01\x00 what?\r\n\r\n"), steps: 6, state: pending, says: "malformed HTTP", calls: 50},
		{name: "an endless head", does: endless("HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"), steps: 6, state: pending, says: "headers exceeded", calls: 50},
		{name: "an endless body", does: endless("HTTP/1.1 200 OK\r\n\r\n", "and more"), takes: true, steps: 1, state: sent, calls: 7},
		{name: "moved", does: answers(302, "Location", "http://127.0.0.1:1/"), steps: 6, state: pending, says: "302", calls: 50},
		{name: "gone", does: answers(410), steps: 6, state: failed, says: "410", calls: 7},
		{name: "asks for patience", does: answers(429, "Retry-After", "3600"), steps: 12, state: pending, says: "429", calls: 28},
	}
}

// endless writes the same over and over until the other side hangs up.
func endless(first, then string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, err = io.WriteString(conn, first)
		for err == nil {
			_, err = io.WriteString(conn, strings.Repeat(then, 100))
		}
	}
}

// TestBlogFails plays the table: whatever a blog does, each decision comes to it in
// order once it is well, under one id, and it is not flooded meanwhile.
func TestBlogFails(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the table of failures takes about a minute")
	}
	for _, f := range blogFailures() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			b := newFailingBlog(t)
			ids := b.comments(5)
			b.fail(f.does, f.takes)
			for _, id := range ids {
				b.command("decide", id.String(), "spam")
			}
			b.command("undo", ids[0].String())
			b.command("decide", ids[0].String(), "approve")
			b.gate.bell.Ring()
			b.until("a delivery is tried", func() bool { return b.has(f.state, f.says) })
			b.quiet()
			for range f.steps {
				b.pass(10 * time.Minute)
				b.quiet()
			}
			b.mu.Lock()
			calls, most := b.calls, f.calls
			b.mu.Unlock()
			if calls > most {
				t.Errorf("it was called %d times, want %d at most", calls, most)
			}
			b.well()
			if f.state == moderation.DeliveryFailed {
				b.wantGivenUp(f.says)
				if said := b.command("deliveries", "retry", "--site", "blog"); said != "" {
					t.Errorf("deliveries retry printed %q", said)
				}
			}
			b.recover()
			b.wantAll(ids)
		})
	}
}

// TestABlogIsGivenUpOnAfterThreeDays has a blog fail for longer than anybody waits for
// it: that is seen wherever one looks, and can be mended.
func TestABlogIsGivenUpOnAfterThreeDays(t *testing.T) {
	t.Parallel()
	b := newFailingBlog(t)
	ids := b.comments(1)
	b.fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, false)
	b.command("decide", ids[0].String(), "spam")
	began := b.clock()
	b.gate.bell.Ring()
	b.until("a delivery is tried", func() bool { return b.has(moderation.DeliveryPending, "502") })
	for !b.has(moderation.DeliveryFailed, "502") {
		if b.clock().Sub(began) > 96*time.Hour {
			t.Fatal("it is tried for four days and longer")
		}
		b.pass(20 * time.Minute)
		b.quiet()
	}
	if took := b.clock().Sub(began); took < 72*time.Hour {
		t.Errorf("given up after %s, want three days at least", took)
	}
	b.wantGivenUp("502")
	b.well()
	b.command("deliveries", "retry")
	b.recover()
	b.wantAll(ids)
	if says := b.readyz(); strings.Contains(says, "given up") {
		t.Errorf("/readyz says %q", says)
	}
}

// failingBlog is a stage with one blog, which the test has fail.
type failingBlog struct {
	*stage
	secret moderation.Secret
	server *httptest.Server

	mu    sync.Mutex
	fails http.HandlerFunc // nil: it is well
	heeds bool
	calls int               // since it fails
	ids   map[string]string // what came under a webhook-id
	said  map[string][]told // by the blog's id of the comment, each id once
}

func newFailingBlog(t *testing.T) *failingBlog {
	b := &failingBlog{stage: newStage(t), ids: map[string]string{}, said: map[string][]told{}}
	b.config.Callbacks.AllowPrivate = true
	invite(b.telegram).configure(t, &b.config.Telegram, "chat_id=mods moderators=[Anna,Bert]")
	b.server = httptest.NewServer(b)
	t.Cleanup(func() { b.server.Close() })
	b.start()
	b.secret = b.site("blog").Secrets[0]
	b.command("sites", "set", "blog", "callback", b.server.URL)
	return b
}

// comments posts comments that are held.
func (b *failingBlog) comments(n int) (ids []moderation.CommentID) {
	b.t.Helper()
	words := []string{"You worthless moron", "Shut up, you stupid pig", "A curse on you, filthy idiot", "Nobody wants you here, bastard", "What a pathetic worm you are, moron"}
	for i := range n {
		id, action := b.post("blog", map[string]any{"id": fmt.Sprint("c", i), "body": words[i]})
		if action != moderation.Hold {
			b.t.Fatalf("comment %d is not held: %s", i, action)
		}
		ids = append(ids, id)
	}
	b.quiet()
	return ids
}

// ServeHTTP is the blog's callback.
func (b *failingBlog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	b.mu.Lock()
	b.calls++
	fails := b.fails
	if fails == nil || b.heeds {
		id, verr := platform.Verify([]moderation.Secret{b.secret}, r.Header, body, b.clock())
		var said told
		if jerr := json.Unmarshal(body, &said); err != nil || verr != nil || jerr != nil {
			b.t.Errorf("a callback that is not right: %v %v %v", err, verr, jerr)
		}
		before, again := b.ids[id]
		if again && before != string(body) {
			b.t.Errorf("%s came again with other words: %s, then %s", id, before, body)
		}
		if b.ids[id] = string(body); !again {
			b.said[said.Data.ID] = append(b.said[said.Data.ID], said)
		}
	}
	b.mu.Unlock()
	if fails != nil {
		fails(w, r)
	}
}

// fail has the blog fail from now on; nobody listens where how is nil.
func (b *failingBlog) fail(how http.HandlerFunc, heeds bool) {
	b.mu.Lock()
	b.fails, b.heeds, b.calls = how, heeds, 0
	b.mu.Unlock()
	if how == nil {
		b.server.Close()
	}
}

// well has the blog answer again, where it was.
func (b *failingBlog) well() {
	b.t.Helper()
	b.mu.Lock()
	away := b.fails == nil
	b.fails = nil
	b.mu.Unlock()
	if !away {
		return
	}
	listener, err := (&net.ListenConfig{}).Listen(b.t.Context(), "tcp", b.server.Listener.Addr().String())
	if err != nil {
		b.t.Fatal(err)
	}
	b.server = httptest.NewUnstartedServer(b)
	b.server.Listener.Close()
	b.server.Listener = listener
	b.server.Start()
}

// recover lets the time go by in which a blog that is well hears of everything: what was
// tried a moment before keeps its pause, of eight hours at most.
func (b *failingBlog) recover() {
	b.t.Helper()
	for n := 0; b.waits() && n < 120; n++ {
		b.pass(5 * time.Minute)
		b.quiet()
	}
}

// deliveries returns what the blog is still to be told, and what was given up on.
func (b *failingBlog) deliveries() (list []moderation.Delivery) {
	b.t.Helper()
	all, _, err := b.gate.db.Deliveries(b.t.Context(), 100)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, d := range all {
		if d.Kind == moderation.DeliverCallback {
			list = append(list, d)
		}
	}
	return list
}

// has reports whether a delivery has come to a state for an error.
func (b *failingBlog) has(state moderation.DeliveryState, says string) bool {
	list := b.deliveries()
	for _, d := range list {
		if d.State == state && d.LastError != "" && strings.Contains(d.LastError, says) {
			return true
		}
	}
	return state == moderation.DeliverySent && len(list) == 0
}

func (b *failingBlog) waits() bool { return len(b.deliveries()) > 0 }

// wantGivenUp looks wherever somebody may that what was given up on is seen.
func (b *failingBlog) wantGivenUp(says string) {
	b.t.Helper()
	var doctor bytes.Buffer
	a := *b.app
	a.stdout, a.stderr = &doctor, io.Discard
	a.run([]string{"doctor", "--data", b.config.Data})
	for place, text := range map[string]string{
		"the log": b.log.String(), "deliveries list": b.command("deliveries", "list"), "/readyz": b.readyz(), "doctor": doctor.String(),
	} {
		words := map[string][]string{"the log": {"delivery given up", says}, "deliveries list": {"failed", "blog", says},
			"/readyz": {"warning", "given up", "deliveries retry --site blog"}, "doctor": {"given up", "deliveries retry", says}}[place]
		for _, word := range words {
			if !strings.Contains(text, word) {
				b.t.Errorf("%s has no %q:\n%s", place, word, tail(text, 2000))
			}
		}
	}
}

func (b *failingBlog) readyz() string {
	b.t.Helper()
	r, err := http.Get("http://" + b.address + "/readyz") //nolint:noctx // loopback
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		b.t.Errorf("/readyz: %s, %v", r.Status, err)
	}
	return string(body)
}

// wantAll looks whether the blog has heard of each decision, in order.
func (b *failingBlog) wantAll(ids []moderation.CommentID) {
	b.t.Helper()
	if b.waits() {
		b.t.Errorf("it is still to be told: %+v", b.deliveries())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, id := range ids {
		want := []string{"spam"}
		if i == 0 && len(ids) > 1 {
			want = []string{"spam", "", "approve"}
		}
		said := b.said[fmt.Sprint("c", i)]
		for n, s := range said {
			if n >= len(want) || s.Data.Decision != want[n] || s.Data.Seq != int64(n+1) || s.Data.CommentID != id.String() {
				b.t.Errorf("comment %d: %d is %+v", i, n, s)
			}
		}
		if len(said) != len(want) {
			b.t.Errorf("comment %d: the blog heard %+v, want %q", i, said, want)
		}
	}
}
