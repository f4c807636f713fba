package demo

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestComments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		text         string
		state        state
		writer       string // what the writer's page says beside the comment
		strangerSees bool
	}{
		{"decent", "I counted 61 empty spaces as well.", published, "", true},
		{"abusive", "Gil you moron.", held, "Awaiting moderation", false},
		{"rejected at once", "Buy pills.", refused, "Not published", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.mustWrite(tt.text, "parent", "e6", "email", "wilma@example.org")
			if got := w.state(id); got != tt.state {
				t.Fatalf("comment is %s, want %s", got, tt.state)
			}
			if !w.shows(w.reader, tt.text) || !w.shows(w.reader, tt.writer) {
				t.Errorf("the writer does not see the comment with %q", tt.writer)
			}
			if got := w.shows(newReader(t), tt.text); got != tt.strangerSees {
				t.Errorf("a stranger sees the comment: %t, want %t", got, tt.strangerSees)
			}
			got := w.gate.arrivals()
			if len(got) != 1 {
				t.Fatalf("handed in %d times, want once", len(got))
			}
			want := arrival{ID: id, Post: arrivalPost{ID: testPost, URL: w.blog.URL + "/demo/blog/posts/" + testPost,
				Title: "Eleven to ten: how the tram was lost in a car park"}, ParentID: "e6", Body: tt.text, Format: "text",
				Parent:    &arrivalText{Author: "Gil Fontaine", Body: got[0].Parent.Body},
				Author:    arrivalAuthor{Name: "Wilma", Email: "wilma@example.org", IP: "127.0.0.1", UserAgent: "Go-http-client/1.1"},
				CreatedAt: got[0].CreatedAt, Fields: got[0].Fields}
			if diff := cmp.Diff(want, got[0]); diff != "" {
				t.Errorf("arrival (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatTheFormNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	opened := time.Now().Add(-90 * time.Second).UnixMilli()
	w.mustWrite("Filled by a machine.", "website", "http://trap.example", "opened", fmt.Sprint(opened))
	got := w.gate.arrivals()[0].Fields
	if got.Honeypot != "http://trap.example" || got.ElapsedMS < 90_000 || got.ElapsedMS > 150_000 {
		t.Errorf("fields = %+v, want the honeypot and about 90 seconds", got)
	}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.mustWrite("Gil you moron.")
	stranger := newReader(t)
	steps := []struct {
		name     string
		kind     string
		seq      int64
		category string
		want     state
		note     string // what the writer reads
		seen     bool   // by everybody
	}{
		{"abuse", typeRejected, 1, "abuse", refused, "Not published: a moderator found that it attacks somebody", false},
		{"undone", typeHeld, 2, "", held, "Awaiting moderation", false},
		{"approved", typeApproved, 5, "", published, "", true},
		{"an older one comes late", typeRejected, 4, "spam", published, "", true},
		{"the same again", typeRejected, 5, "spam", published, "", true},
		{"taken down", typeRejected, 6, "spam", refused, "Not published: a moderator took it for advertising", false},
	}
	for _, s := range steps {
		if code := w.decide(id, s.kind, s.seq, s.category); code != http.StatusNoContent {
			t.Fatalf("%s: the callback answers %d", s.name, code)
		}
		if got := w.state(id); got != s.want {
			t.Errorf("%s: comment is %s, want %s", s.name, got, s.want)
		}
		if !w.shows(w.reader, s.note) {
			t.Errorf("%s: the writer does not read %q", s.name, s.note)
		}
		if got := w.shows(stranger, "Gil you moron."); got != s.seen {
			t.Errorf("%s: a stranger sees the comment: %t, want %t", s.name, got, s.seen)
		}
	}
}

func TestDecisionBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.gate.after = func(a arrival) { w.decide(a.ID, typeRejected, 1, "abuse") }
	id := w.mustWrite("Harmless after all.")
	if got := w.state(id); got != refused {
		t.Errorf("comment is %s, want refused: the decision is newer than the answer", got)
	}
}

func TestCallbackRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.mustWrite("Gil you moron.")
	forge := func(string, time.Time, []byte) (http.Header, error) { return http.Header{}, nil }
	good := fmt.Sprintf(`{"type": "comment.approved", "data": {"id": %q, "seq": 1}}`, id)
	tests := []struct {
		name string
		body string
		sign func(string, time.Time, []byte) (http.Header, error)
		want int
	}{
		{"no signature", good, forge, http.StatusUnauthorized},
		{"no JSON", "{", sign, http.StatusBadRequest},
		{"another type", strings.Replace(good, "approved", "eaten", 1), sign, http.StatusBadRequest},
		{"no seq", strings.Replace(good, "seq", "sea", 1), sign, http.StatusBadRequest},
		{"too large", good + strings.Repeat(" ", maxDecision), sign, http.StatusRequestEntityTooLarge},
		{"unknown comment", strings.Replace(good, id, "nobody", 1), sign, http.StatusNoContent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := w.deliver([]byte(tt.body), tt.sign); got != tt.want {
				t.Errorf("status %d, want %d", got, tt.want)
			}
			if got := w.state(id); got != held {
				t.Errorf("comment is %s, want held", got)
			}
		})
	}
}

func TestGateAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.gate.fails = 1
	id := w.mustWrite("I was there.")
	if got := w.state(id); got != waiting {
		t.Fatalf("comment is %s, want waiting", got)
	}
	if !w.shows(w.reader, "could not be handed in yet") || w.shows(newReader(t), "I was there.") {
		t.Error("a comment that was not handed in must be seen by its writer only, and say so")
	}
	w.run()
	w.await(id, published)
}

func TestRestartKeepsComments(t *testing.T) {
	t.Parallel()
	before := newWorld(t, nil)
	approved, open := before.mustWrite("I was there."), before.mustWrite("Gil you moron.")
	before.gate.fails = 1
	lost := before.mustWrite("Sent while gatehouse was away.")

	after := newWorld(t, func(c *Config) { c.File = before.file })
	want := map[string]state{approved: published, open: held, lost: waiting}
	got := map[string]state{approved: after.state(approved), open: after.state(open), lost: after.state(lost)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("after the restart (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.demo.book.read().Since.Unix(), after.demo.book.read().Since.Unix()); diff != "" {
		t.Errorf("first start (-want +got):\n%s", diff)
	}
	after.run()
	after.await(lost, published)
}

func TestOpeningComments(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	opening := w.demo.content.Opening
	w.run()
	for _, c := range w.demo.book.read().Comments {
		switch c.Text {
		case opening[0].Text:
			w.await(c.ID, published)
		case opening[1].Text, opening[2].Text:
			w.await(c.ID, held)
		}
	}
	for _, c := range w.demo.book.read().Comments {
		if c.Sender != nil {
			t.Errorf("the blog keeps what it told gatehouse of %s: %+v", c.Author, c.Sender)
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- w.demo.Run(ctx) }()
	res, err := http.Get(w.blog.URL + "/demo/blog/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %q", got)
	}
	events := make(chan string)
	go func() {
		defer close(events)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "data:") {
				events <- lines.Text()
			}
		}
	}()
	<-events // at once, so that nothing is missed between page and events
	id := w.mustWrite("Gil you moron.")
	<-events
	w.decide(id, typeApproved, 1, "")
	<-events
	cancel()
	for range events { // ends with the demo, though nobody hung up
	}
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// The service's server limits reading and writing of ordinary requests.
func TestEventsOutliveTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	server := httptest.NewUnstartedServer(w.demo.Handler())
	server.Config.ReadTimeout, server.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	server.Start()
	defer server.Close()
	res, err := http.Get(server.URL + "/demo/blog/events")
	for tries := 0; err != nil && tries < 10; tries++ { // a busy machine may take as long to read what was asked
		res, err = http.Get(server.URL + "/demo/blog/events")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for n := range 4 {
		for line := ""; !strings.HasPrefix(line, "data:"); {
			if line, err = lines.ReadString('\n'); err != nil {
				t.Fatalf("event %d: %v", n, err)
			}
		}
		<-time.After(250 * time.Millisecond) // the timeouts pass
		w.demo.book.changed.ring()
	}
}

func TestStrangersWordsAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustWrite(`<script>alert(1)</script>"onmouseover="x`, "name", `<img src=x onerror=alert(1)>" x="`)
	code, page := w.get(w.reader, "/demo/blog/posts/"+testPost)
	if code != http.StatusOK {
		t.Fatalf("page answers %d", code)
	}
	for _, never := range []string{"<script>alert", "<img src=x", `" x="`, `"onmouseover`} {
		if strings.Contains(page, never) {
			t.Errorf("the page contains %q", never)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the comment is not there as text")
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", maxText/5) + "er"
	tests := []struct {
		name string
		text string
		more []string
		code int
		want []string // on the page
	}{
		{"no comment", "  ", []string{"email", "w@example.org"}, 422, []string{"There is no comment yet", `value="Wilma"`, "w@example.org"}},
		{"no name", "Kept words.", []string{"name", " "}, 422, []string{"Please write a name", "Kept words."}},
		{"long name", "Kept words.", []string{"name", strings.Repeat("n", maxName+1)}, 422, []string{"at most 80 characters", "Kept words."}},
		{"long comment", long, nil, 422, []string{"at most 5000 characters, and this one has 5002", "long er"}},
		{"wrong e-mail", "Kept words.", []string{"email", "wilma at home"}, 422, []string{"not an e-mail address", "Kept words.", "wilma at home"}},
		{"parent gone", "Kept words.", []string{"parent", "nobody"}, 409, []string{"no longer there", "Kept words."}},
		{"more than the form takes", strings.Repeat("x", maxForm), nil, 413, []string{"more than the form takes"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			res, page := w.write(tt.text, tt.more...)
			if res.StatusCode != tt.code {
				t.Errorf("status %d, want %d", res.StatusCode, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			if n := len(w.gate.arrivals()); n != 0 {
				t.Errorf("handed in %d comments, want none", n)
			}
		})
	}
}

func TestOnlyPublishedCommentsAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.mustWrite("Gil you moron.")
	if res, page := w.write("A reply.", "parent", id); res.StatusCode != http.StatusConflict || !strings.Contains(page, "A reply.") {
		t.Errorf("status %s, want 409 and a page that keeps the text", res.Status)
	}
	w.decide(id, typeApproved, 1, "")
	w.mustWrite("A reply.", "parent", id)
}

func TestInvalidUTF8BecomesText(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.mustWrite("caf\xe9\x00 at nine\r\nor ten")
	if got := w.gate.arrivals()[0].Body; got != "caf\uFFFD at nine\nor ten" {
		t.Errorf("body = %q", got)
	}
}

func TestTooManyInAMinute(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, func(c *Config) { c.Now = func() time.Time { return now } })
	for range postsPerMinute {
		w.mustWrite("Again.")
	}
	res, page := w.write("Once too often.")
	if res.StatusCode != http.StatusTooManyRequests || !strings.Contains(page, "Once too often.") {
		t.Errorf("status %s, want 429 and a page that keeps the text", res.Status)
	}
	now = now.Add(time.Minute)
	w.mustWrite("A minute later.")
}

func TestFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	err := w.demo.book.change(func(l *ledger) error {
		for len(l.Comments) < maxComments {
			l.Comments = append(l.Comments, comment{ID: newID(), Post: testPost, State: published})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	res, page := w.write("One more.")
	if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page, "is full") || !strings.Contains(page, "One more.") {
		t.Errorf("status %s, want 503 and a page that says why and keeps the text", res.Status)
	}
}

func TestReplyAndExampleWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	code, page := w.get(w.reader, "/demo/blog/posts/"+testPost+"?try=heated&reply=e6")
	if code != http.StatusOK {
		t.Fatalf("page answers %d", code)
	}
	for _, want := range []string{"Reply to <bdi>Gil Fontaine</bdi>", `name="parent" value="e6"`, "Nine years, four studies"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	id := w.mustWrite("Gil you moron.")
	if _, page = w.get(w.reader, "/demo/blog/posts/"+testPost+"?posted="+id); !strings.Contains(page, "Thank you. Your comment is awaiting moderation.") {
		t.Error("the page does not say what became of the comment")
	}
	if _, page = w.get(newReader(t), "/demo/blog/posts/"+testPost+"?posted="+id); strings.Contains(page, "Thank you.") {
		t.Error("a stranger is thanked for another's comment")
	}
}
