package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// crashSums are queries that count what must not be there, whenever one looks.
func crashSums() map[string]string {
	const standing = `d.choice <> 'undo' AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id)`
	return map[string]string{
		"comments are held and have no open case, or the other way round": `
			SELECT count(*) FROM comments c
			WHERE (c.status = 'held') <> EXISTS (SELECT 1 FROM cases k WHERE k.comment_id = c.id AND k.state = 'open')`,
		"revisions have more than one decision that stands": `
			SELECT count(*) FROM (SELECT 1 FROM decisions d WHERE ` + standing + ` GROUP BY comment_id, revision HAVING count(*) > 1)`,
		"decisions were undone more than once": `
			SELECT count(*) FROM (SELECT 1 FROM decisions WHERE supersedes IS NOT NULL GROUP BY supersedes HAVING count(*) > 1)`,
		"orders were carried out twice": `
			SELECT count(*) FROM (SELECT 1 FROM decisions WHERE note LIKE 'order-%' GROUP BY note HAVING count(*) > 1)`,
		"decisions that stand teach nothing": `
			SELECT count(*) FROM decisions d
			WHERE ` + standing + ` AND NOT EXISTS (
			  SELECT 1 FROM lessons l WHERE l.comment_id = d.comment_id AND l.revision = d.revision AND l.withdraws IS NULL
			    AND l.label = CASE d.choice WHEN 'approve' THEN 'ok' ELSE d.choice END
			    AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number))`,
		"lessons stand whose decision does not": `
			SELECT count(*) FROM lessons l JOIN decisions d ON d.id = l.decision_id
			WHERE l.withdraws IS NULL AND NOT (` + standing + `)
			  AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)`,
		"comments whose number does not count what their blog is told": `
			SELECT count(*) FROM comments c
			WHERE c.seq <> (SELECT count(*) FROM deliveries d WHERE d.key = 'comment:' || c.id AND d.kind = 'callback')`,
		"deliveries were given up on": `SELECT count(*) FROM deliveries WHERE state = 'failed'`,
		"rows point nowhere":          `SELECT count(*) FROM pragma_foreign_key_check`,
		"faults in the database":      `SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
	}
}

// check looks whether everything that was promised until now is there, while
// everybody goes on.
func (w *crashWorld) check() {
	w.t.Helper()
	w.load.mu.Lock()
	promises, orders := slices.Clone(w.load.promises), slices.Clone(w.load.orders)
	w.load.mu.Unlock()
	taps := w.answeredTaps()
	db := w.open()
	defer db.Close()
	w.checkSums(db)
	w.checkVerdicts(db, promises)
	w.checkOrders(db, orders)
	w.checkTaps(db, taps)
	w.checkTappers(db)
	w.checkDeliveries(db)
	for range min(10, len(promises)) {
		w.sendAgain(promises[w.random.IntN(len(promises))])
	}
}

// checkSums checks that nothing is there that must not be.
func (w *crashWorld) checkSums(db *sql.DB) {
	w.t.Helper()
	for what, query := range crashSums() {
		var n int
		if err := db.QueryRowContext(w.t.Context(), query).Scan(&n); err != nil || n > 0 {
			w.t.Errorf("%d %s (%v)", n, what, err)
		}
	}
}

// sendAgain sends a comment once more: it gets its first answer again.
func (w *crashWorld) sendAgain(first promise) {
	w.t.Helper()
	if first.withdrew {
		return
	}
	again := first
	if status, words, err := w.load.send(&again); err != nil || status != 200 {
		w.t.Errorf("%s came again: status %d %s, %v", first.key, status, words, err)
	} else if err := sameAnswer(first, again); err != nil {
		w.t.Error(err)
	}
}

// open opens the database as it is, beside the program.
func (w *crashWorld) open() *sql.DB {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.p.data, "gatehouse.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// checkVerdicts checks that every answered revision is kept with what was answered.
func (w *crashWorld) checkVerdicts(db *sql.DB, promises []promise) {
	w.t.Helper()
	kept := map[string]string{}
	w.each(db, `SELECT v.comment_id || '/' || v.revision, c.platform_id || ' ' || v.action FROM verdicts v JOIN comments c ON c.id = v.comment_id`,
		func(key, value string) { kept[key] = value })
	gone := map[string]string{}
	w.each(db, `SELECT id, status FROM comments`, func(id, status string) { gone[id] = status })
	for _, p := range promises {
		if p.withdrew {
			if gone[p.answer.CommentID] != string(moderation.Withdrawn) {
				w.t.Errorf("%s was withdrawn and is %q", p.comment, gone[p.answer.CommentID])
			}
			continue
		}
		key := fmt.Sprintf("%s/%d", p.answer.CommentID, p.answer.Revision)
		if want := p.comment + " " + string(p.answer.Action); kept[key] != want {
			w.t.Errorf("%s was answered %s, %s; kept is %q", p.key, key, want, kept[key])
		}
	}
}

// checkOrders checks that every confirmed decision is kept.
func (w *crashWorld) checkOrders(db *sql.DB, orders []string) {
	w.t.Helper()
	notes := map[string]bool{}
	w.each(db, `SELECT note, id FROM decisions WHERE note <> ''`, func(note, _ string) { notes[note] = true })
	for _, o := range orders {
		if !notes[o] {
			w.t.Errorf("decision %s was confirmed and is not there", o)
		}
	}
}

// checkDeliveries checks that what counts as sent has arrived, and that nothing
// arrived that is not known.
func (w *crashWorld) checkDeliveries(db *sql.DB) {
	w.t.Helper()
	states := map[string]string{}
	arrived := map[string]bool{}
	for _, s := range w.load.sites {
		for id := range s.blog.ids() {
			arrived[id] = true
		}
	}
	w.each(db, `SELECT message_id, state FROM deliveries WHERE kind = 'callback'`, func(id, state string) { states[id] = state })
	for id := range arrived {
		if states[id] == "" {
			w.t.Errorf("delivery %s arrived and is not there", id)
		}
	}
	for _, s := range w.load.sites { // what was sent meanwhile, too
		for id := range s.blog.ids() {
			arrived[id] = true
		}
		for _, fault := range s.blog.found() {
			w.t.Error(fault)
		}
	}
	for id, state := range states {
		if state == "sent" && !arrived[id] {
			w.t.Errorf("delivery %s counts as sent and did not arrive", id)
		}
	}
}

func (w *crashWorld) each(db *sql.DB, query string, f func(a, b string)) {
	w.t.Helper()
	rows, err := db.QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			w.t.Fatal(err)
		}
		f(a, b)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
}

// waitingCases are the open cases but those of probes, which nobody answers.
const waitingCases = `FROM cases k JOIN comments c ON c.id = k.comment_id WHERE k.state = 'open' AND c.platform_id NOT LIKE 'probe%'`

// quiet waits until nothing waits any more. The moderators see cards only: where all
// is decided, each case had one.
func (w *crashWorld) quiet() {
	w.t.Helper()
	db := w.open()
	defer db.Close()
	defer func() {
		if w.t.Failed() {
			w.each(db, `SELECT 'delivery ' || kind || ' ' || key, attempts || ' ' || last_error FROM deliveries WHERE state = 'pending'
				UNION ALL SELECT 'case ' || k.id, 'version ' || k.version || ', comment ' || c.platform_id `+waitingCases,
				func(what, how string) { w.t.Log("waits still:", what, how) })
		}
	}()
	untilDone(w.t, "every card is answered and everything is sent", func() (done int, over bool) {
		var waiting int
		err := db.QueryRowContext(w.t.Context(), `
			SELECT (SELECT count(*) FROM deliveries WHERE state = 'pending') + (SELECT count(*) `+waitingCases+`),
			       (SELECT count(*) FROM deliveries WHERE state = 'sent') + (SELECT count(*) FROM decisions)`).Scan(&waiting, &done)
		return done, err == nil && waiting == 0 && w.telegram.Pending() == 0
	})
}

// compareModels has everybody pause, and compares what the running program makes of
// a comment with what the lessons that stand make from nothing.
func (w *crashWorld) compareModels() {
	w.t.Helper()
	w.load.calm.Lock()
	defer w.load.calm.Unlock()
	until(w.t, "every tap is handled", func() bool { return w.telegram.Pending() == 0 })
	for _, s := range w.load.sites {
		w.compareModel(s, func() string {
			return fmt.Sprintf("A %s %s beside the %s", crashWords[w.random.IntN(60)], crashWords[w.random.IntN(60)], crashWords[w.random.IntN(60)])
		})
	}
}

// compareModel compares what the running program makes of texts by a site's lessons with
// what these make from nothing, until it is the same. All are calm.
func (w *crashWorld) compareModel(s *crashSite, text func() string) {
	w.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		probe := promise{site: s, comment: fmt.Sprint("probe", w.load.number.Add(1))}
		probe.key = "msg_" + probe.comment
		text := text()
		probe.body = fmt.Appendf(nil, `{"id": %q, "body": %q}`, probe.comment, text)
		status, words, err := w.load.sendNow(&probe)
		if err != nil || status != 200 || probe.answer.Scores == nil {
			w.t.Fatalf("probe: %d %s %v", status, words, err)
		}
		got, want := *probe.answer.Scores, w.fromNothing(s, text)
		if math.Abs(got.OK-want.OK)+math.Abs(got.Spam-want.Spam)+math.Abs(got.Abuse-want.Abuse) < 1e-6 {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%s: the program says %+v, its lessons from nothing %+v", s.name, got, want)
		}
	}
}

// fromNothing returns what a text is by the lessons of a site, all of them applied
// one after another, and the version in force.
func (w *crashWorld) fromNothing(s *crashSite, text string) platform.Scores {
	w.t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, w.p.data, time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	j, err := newJudges("")
	if err != nil {
		w.t.Fatal(err)
	}
	for last := int64(0); ; {
		lessons, err := db.LessonsAfter(ctx, last, 500)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, l := range lessons {
			if err := j.model.Apply(l); err != nil {
				w.t.Fatal(err)
			}
			last = l.Number
		}
		if len(lessons) == 0 {
			break
		}
	}
	if err := (&moderation.Adopter{Versions: db, Adopt: j.adopt, Log: quietLog()}).CatchUp(ctx); err != nil {
		w.t.Fatal(err)
	}
	site, err := db.Site(ctx, s.name)
	if err != nil {
		w.t.Fatal(err)
	}
	p := j.model.Score(moderation.Submission{Arrival: moderation.Arrival{Site: site, Comment: moderation.Comment{Text: text}}})
	return platform.Scores{OK: p.OK, Spam: p.Spam, Abuse: p.Abuse}
}

// count checks what holds once everything is quiet, and that enough happened to
// show anything.
func (w *crashWorld) count() {
	w.t.Helper()
	db := w.open()
	defer db.Close()
	number := func(query string) (n int) {
		if err := db.QueryRowContext(w.t.Context(), query).Scan(&n); err != nil {
			w.t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	if n := number(`SELECT count(*) FROM cases k JOIN cards c ON c.case_id = k.id WHERE c.version < k.version`); n > 0 {
		w.t.Errorf("%d cards are behind their case", n)
	}
	said := map[string]int{}
	for _, via := range []string{"telegram", "api", "cli"} {
		said[via] = number(`SELECT count(*) FROM decisions WHERE via = '` + via + `'`)
		if said[via] == 0 && !w.brief {
			w.t.Errorf("nothing was decided via %s: that shows nothing", via)
		}
	}
	for _, what := range []string{`decisions WHERE choice = 'undo'`, `comments WHERE status = 'withdrawn'`, `comments WHERE revision > 1`,
		`deliveries WHERE state = 'sent'`, `lessons`} {
		said[what] = number(`SELECT count(*) FROM ` + what)
		if said[what] == 0 && !w.brief {
			w.t.Errorf("there are no %s: that shows nothing", what)
		}
	}
	for _, answer := range w.answeredTaps() {
		said["taps "+string(answer.is)]++
	}
	if said["taps "+string(tapTaken)] == 0 && !w.brief {
		w.t.Error("no tap was answered as taken: that shows nothing")
	}
	if strings.Contains(w.p.logged(), "crash-test-token") {
		w.t.Error("the token is in the log")
	}
	w.t.Logf("%d answers, %d confirmed decisions, %v, refused %v", len(w.load.promises), len(w.load.orders), said, w.load.refusals)
}

// ids returns the webhook-ids that the blog has taken.
func (r *receiver) ids() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make(map[string]bool, len(r.taken))
	for id := range r.taken {
		ids[id] = true
	}
	return ids
}

// found returns what the blog found wrong.
func (r *receiver) found() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.faults)
}
