package main

import (
	"bytes"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// TestCrashDatabaseLocked has another process keep the database locked for longer than
// the program waits: comments are refused with the reason, and nothing is lost.
func TestCrashDatabaseLocked(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the database is locked for a quarter of a minute")
	}
	t.Parallel()
	w := newCrashWorld(t)
	w.brief = true
	w.p.start()
	w.work()
	until(t, "comments are answered", func() bool { return w.load.number.Load() > 20 })
	db, err := sql.Open("sqlite", filepath.Join(w.p.data, "gatehouse.db")+"?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "a comment is refused", func() bool { return w.load.wasRefused("not_ready", "another program keeps the database locked") })
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	n := w.load.number.Load()
	until(t, "comments are answered again", func() bool { return w.load.number.Load() > n+10 })
	w.finish()
}

// wasRefused reports whether an answer with all these words was given.
func (l *crashLoad) wasRefused(words ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for answer := range l.refusals {
		all := true
		for _, word := range words {
			all = all && strings.Contains(answer, word)
		}
		if all {
			return true
		}
	}
	return false
}

// TestShutdown tells the program to end while a blog that is called does not answer: it
// ends well within its limit, and at once when told again.
func TestShutdown(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a program that ends takes ten seconds")
	}
	for name, signals := range map[string]int{"once": 1, "twice": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			called, hang := make(chan struct{}, 100), make(chan struct{})
			blog := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called <- struct{}{}; <-hang }))
			t.Cleanup(blog.Close)
			t.Cleanup(func() { close(hang) })
			p := newProcess(t)
			secret := p.addSite("blog", blog.URL)
			p.start()
			status, answer, err := blogClient{p.address, "blog", secret}.submit(t.Context(), "msg_1", []byte(`{"id": "c1", "body": "`+insult+`"}`))
			if err != nil || status != http.StatusOK {
				t.Fatalf("submit: %d, %v", status, err)
			}
			if _, stderr, err := p.run("decide", answer.CommentID, "spam"); err != nil {
				t.Fatal(stderr)
			}
			<-called
			began := time.Now()
			for range signals {
				if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				p.untilClosed()
			}
			err = p.cmd.Wait()
			took := time.Since(began)
			p.cmd = nil
			if signals == 1 && (err != nil || took > shutdownTime+farewellTime+2*time.Second) {
				t.Errorf("it ended with %v after %s, want status 0 within the limit", err, took)
			}
			if signals == 2 && (err == nil || took > shutdownTime/2) {
				t.Errorf("it ended with %v after %s, want at once", err, took)
			}
			out, _, err := p.run("deliveries", "list")
			if err != nil || !strings.Contains(out, "pending") || !strings.Contains(out, "blog") {
				t.Errorf("what the blog was not told waits as %q, %v", out, err)
			}
		})
	}
}

// TestShutdownFinishesRequests tells the program to end while it has a comment in hand
// that it can't store yet, for another process keeps the database: the comment is
// stored and answered before the program ends.
func TestShutdownFinishesRequests(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	secret := p.addSite("blog", "")
	p.start()
	db, err := sql.Open("sqlite", filepath.Join(p.data, "gatehouse.db")+"?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"id": "c1", "body": "The museum opens late on Thursdays."}`)
	header, err := platform.Sign([]moderation.Secret{secret}, "msg_1", time.Now(), body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.address+"/v1/sites/blog/comments", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue") // the server's handler asks for the body
	inHand, status := make(chan struct{}), make(chan int, 1)
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(inHand) }}))
	go func() {
		answer, err := (&http.Transport{ExpectContinueTimeout: time.Minute}).RoundTrip(r)
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	<-inHand
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.untilClosed()
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := <-status; got != http.StatusOK {
		t.Errorf("the comment in hand was answered %d", got)
	}
	err = p.cmd.Wait()
	p.cmd = nil
	if err != nil {
		t.Errorf("it ended with %v", err)
	}
	if out, _, err := p.run("show", "1"); err != nil || !strings.Contains(out, "museum") {
		t.Errorf("the comment in hand is stored as %q, %v", out, err)
	}
}

// untilClosed waits until the program lets nobody new in.
func (p *process) untilClosed() {
	p.t.Helper()
	until(p.t, "nobody new is let in", func() bool {
		r, err := http.Get("http://" + p.address + "/healthz") //nolint:noctx // loopback
		if err == nil {
			r.Body.Close()
		}
		return err != nil
	})
}
