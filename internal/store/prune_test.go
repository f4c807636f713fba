package store_test

import (
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// TestPruningLetsOthersWrite forgets many messages: they go a few at a time, and
// comments go on in between.
func TestPruningLetsOthersWrite(t *testing.T) {
	w := newWorld(t)
	w.admit(w.arrival("c1", "Hm."), moderation.Hold)
	const messages = 5000
	_, err := w.raw().Exec(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO messages (site_id, key, comment_id, revision, at) SELECT ?, 'msg_' || i, 1, 1, i FROM n`, messages, w.site.ID)
	w.must(err)
	pruned := make(chan error, 1)
	go func() { pruned <- w.Prune(t.Context(), w.now.Add(-time.Hour)) }()
	between := 0
	for ended := false; !ended; {
		w.must(w.Ping(t.Context()))
		if n := w.one(`SELECT count(*) FROM messages WHERE at <= ?`, messages).(int64); n > 0 && n < messages {
			between++
		}
		select {
		case err := <-pruned:
			w.must(err)
			ended = true
		default:
		}
	}
	if between < 3 {
		t.Errorf("others wrote %d times while messages were forgotten", between)
	}
	if n := w.one(`SELECT count(*) FROM messages WHERE at <= ?`, messages); n != int64(0) {
		t.Errorf("%v are left", n)
	}
}
