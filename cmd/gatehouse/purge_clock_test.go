package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAClockFarAheadPurgesNothing has a service start, purge, and start again with a clock
// that is years ahead: it purges nothing and says so, and somebody may by hand.
func TestAClockFarAheadPurgesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short, and a program is started three times")
	}
	t.Parallel()
	p := newProcess(t)
	c := p.stepping()
	secret := p.addSite("blog", "")
	p.start()
	status, answer, err := blogClient{p.address, "blog", secret}.submit(t.Context(), "msg_1", []byte(`{"id": "c1", "body": "A museum of trams and buses opens."}`))
	if err != nil || status != http.StatusOK {
		t.Fatalf("submit: %d, %v", status, err)
	}
	p.must("decide", answer.CommentID, "approve")
	noted := p.purgeNoted("")
	p.kill()

	c.set(3*365*24*time.Hour, 0)
	p.start()
	until(t, "the clock is doubted, or something is purged", func() bool {
		return strings.Contains(p.logged(), "nothing is purged") || strings.Contains(p.logged(), "msg=purged")
	})
	kept := func() bool { return strings.Contains(p.must("export"), "museum of trams") }
	if !kept() {
		t.Error("a clock that is years ahead has purged a comment of today")
	}
	p.kill()

	c.set(0, 0)
	p.start()
	p.purgeNoted(noted)
	if p.kill(); !kept() {
		t.Error("with the right clock again the comment is purged")
	}

	c.set(3*365*24*time.Hour, 0)
	p.must("purge")
	if kept() {
		t.Error("a purge by hand has purged nothing")
	}
	noted = p.purgeNoted("")
	p.start()
	p.purgeNoted(noted) // the clock is not doubted any more
}

// purgeNoted waits until it is noted that there was a purge, another one than before, and
// returns what is noted.
func (p *process) purgeNoted(before string) (noted string) {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.data, "gatehouse.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	until(p.t, "a purge is noted", func() bool {
		err := db.QueryRowContext(p.t.Context(), `SELECT value FROM settings WHERE key = 'purge.last'`).Scan(&noted)
		return err == nil && noted != before
	})
	return noted
}
