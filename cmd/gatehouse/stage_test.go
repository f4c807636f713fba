package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// stageToken is the token of the stage's bot.
const stageToken = "42:TESTSECRETTOKEN"

// stage is the whole service in this process, between a pretended Telegram and
// blogs that the test plays, with a clock that the test moves.
type stage struct {
	t        testing.TB
	telegram *telegramtest.Server
	gate     *gate
	outbox   *watchedOutbox
	config   config
	address  string // where the service listens
	log      stageLog
	app      *app
	blogs    map[string]moderation.Site
	posted   map[moderation.CommentID]*stagePost
	messages int // that blogs have sent

	mu  sync.Mutex
	now time.Time
}

// stagePost is a comment as its blog has sent it last.
type stagePost struct {
	site string
	body map[string]any
}

// newStage returns a service that does not run yet.
func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 1, 2, 13, 4, 5, 0, time.UTC),
		blogs: map[string]moderation.Site{}, posted: map[moderation.CommentID]*stagePost{}}
	s.telegram = telegramtest.New(stageToken, telegramtest.WithClock(s.clock), telegramtest.PlainWebhooks())
	api := httptest.NewServer(s.telegram)
	t.Cleanup(api.Close)
	s.config = config{Data: filepath.Join(t.TempDir(), "data"), PollEvery: defaultPoll}
	s.config.Telegram = telegramConfig{BotToken: stageToken, APIURL: api.URL, PerSecond: -1}
	s.app = &app{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &s.log, stderr: &s.log, now: s.clock}
	return s
}

// start opens the database and runs the service until the test ends.
func (s *stage) start() {
	s.t.Helper()
	db, err := store.Create(s.t.Context(), s.config.Data, s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	here := func(netip.AddrPort) bool { return s.config.Callbacks.AllowPrivate }
	s.gate, err = newGate(s.app, s.config, db, here, slog.New(slog.NewTextHandler(&s.log, nil)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.outbox = &watchedOutbox{Outbox: s.gate.runner.Outbox, news: make(chan struct{})}
	s.gate.runner.Outbox = s.outbox
	listener, err := (&net.ListenConfig{}).Listen(s.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = listener.Addr().String()
	ctx, stop := context.WithCancel(s.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.gate.Run(ctx, listener); err != nil {
			s.t.Errorf("the service ended: %v", err)
		}
	})
	s.t.Cleanup(func() {
		stop()
		running.Wait()
		if err := db.Close(); err != nil {
			s.t.Error(err)
		}
		if strings.Contains(s.log.String(), "TESTSECRETTOKEN") {
			s.t.Error("the token is in the log")
		}
		if s.t.Failed() {
			s.t.Logf("the log ends with:\n%s", tail(s.log.String(), 4000))
		}
	})
	s.until("the bot listens", func() bool {
		for _, c := range s.telegram.Calls() {
			if c.Method == "getUpdates" || c.Method == "setWebhook" {
				return true
			}
		}
		return false
	})
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// tick does what the time has brought, once what was due before is delivered.
func (s *stage) tick() {
	s.t.Helper()
	s.quiet()
	if err := s.gate.bot.Tick(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for a condition that Telegram or the outbox may bring about.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	for {
		changed, looked := s.telegram.Changed(), s.outbox.looks()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-looked:
		case <-patience.C:
			s.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// quiet waits until everything that people and blogs did is handled, learned and
// delivered.
func (s *stage) quiet() {
	s.t.Helper()
	for busy := true; busy; busy = s.telegram.Pending() > 0 {
		s.until("every update is handled", func() bool { return s.telegram.Pending() == 0 })
		for _, catchUp := range []func(context.Context) error{s.gate.learner.CatchUp, s.gate.adopter.CatchUp, s.gate.personas.CatchUp} {
			if err := catchUp(s.t.Context()); err != nil {
				s.t.Fatal(err)
			}
		}
		last := s.outbox.begun()
		s.gate.bell.Ring()
		s.until("everything is delivered", func() bool { return s.outbox.idleSince(last) })
	}
}

// command carries out a command line on the database of the running service, as
// another process does. It returns what that printed.
func (s *stage) command(args ...string) string {
	s.t.Helper()
	var out, errs bytes.Buffer
	a := *s.app
	a.stdout, a.stderr = &out, &errs
	if code := a.run(append(args, "--data", s.config.Data)); code != exitDone {
		return errs.String()
	}
	return out.String()
}

// site returns a blog, which is added at its first mention.
func (s *stage) site(name string) moderation.Site {
	s.t.Helper()
	if known, ok := s.blogs[name]; ok {
		return known
	}
	s.command("sites", "add", name)
	site, err := s.gate.db.Site(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	s.blogs[name] = site
	return site
}

// post sends a comment, or another revision of it, through the blogs' door, and
// returns its number and what is done with it.
func (s *stage) post(site string, body map[string]any) (moderation.CommentID, moderation.Action) {
	s.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	answer := s.knock(http.MethodPost, site, "comments", raw)
	id, err := moderation.ParseCommentID(answer.CommentID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.posted[id] = &stagePost{site, body}
	return id, answer.Action
}

// withdraw takes a comment back through the blogs' door.
func (s *stage) withdraw(id moderation.CommentID) {
	s.t.Helper()
	p, ok := s.posted[id]
	if !ok {
		s.t.Fatalf("there is no comment %s", id)
	}
	s.knock(http.MethodDelete, p.site, fmt.Sprint("comments/", p.body["id"]), nil)
}

// knock sends a signed request to the blogs' door.
func (s *stage) knock(method, site, path string, body []byte) (answer platform.Answer) {
	s.t.Helper()
	s.messages++
	header, err := platform.Sign(s.site(site).Secrets, fmt.Sprint("msg_", s.messages), s.clock(), body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+"/v1/sites/"+site+"/"+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s was answered with status %d, %+v, %v", method, path, response.StatusCode, answer, err)
	}
	return answer
}

// watchedOutbox tells when the runner has nothing to do.
type watchedOutbox struct {
	moderation.Outbox

	mu     sync.Mutex
	news   chan struct{} // closed at the next look
	count  int           // looks begun
	idle   int           // the last look that found the runner idle
	fewest int           // the least that was ever asked for: nothing was in hand then
}

// Due looks, and notes whether there is nothing in hand, and nothing that can be
// sent. The more the runner has in hand, the more it asks for.
func (o *watchedOutbox) Due(ctx context.Context, now time.Time, kinds, skip []string, limit int) ([]moderation.Delivery, error) {
	o.mu.Lock()
	o.count++
	look := o.count
	if o.fewest == 0 {
		o.fewest = limit
	}
	o.mu.Unlock()
	list, err := o.Outbox.Due(ctx, now, kinds, skip, limit)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil && len(list) == 0 && limit == o.fewest {
		o.idle = look
	}
	close(o.news)
	o.news = make(chan struct{})
	return list, err
}

// looks returns a channel that is closed after the next look; nil before the start.
func (o *watchedOutbox) looks() <-chan struct{} {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.news
}

func (o *watchedOutbox) begun() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count
}

// idleSince reports whether a look that began after another one found the runner
// idle, and none has found anything to do since.
func (o *watchedOutbox) idleSince(look int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.idle > look && o.idle == o.count
}

// stageLog is a log that many write.
type stageLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *stageLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *stageLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
