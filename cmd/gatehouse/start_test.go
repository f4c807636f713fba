package main

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// grownSites are the blogs of a grown database. The first one has half of the
// comments and of the lessons.
const grownSites = 4

// growSQL are the statements that store ?1 comments, with the parts that have to do
// with decisions for each tenth, and a lesson for each of these. Texts are words of a
// large vocabulary, common ones more often than others, in an order of their own.
func growSQL() []string {
	const site = `iif(i % 4 < 2, 1, 2 + i % 3)`
	const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) `
	word := func(k int) string {
		// The square of a share in 0 to 1 makes small numbers frequent.
		hash := fmt.Sprintf(`((i * 2654435761 + %d * 40503) %% 4294967296 * 48271 %% 2147483647)`, k)
		return fmt.Sprintf(`'w' || (%s %% 1000 * (%s / 1000 %% 1000) / 20)`, hash, hash)
	}
	var words []string
	for k := range 14 {
		words = append(words, word(k+1))
	}
	return []string{
		numbers + `INSERT INTO comments (site_id, platform_id, revision, status, received_at, changed, first_action, unasked)
			SELECT ` + site + `, 'c' || i, 1, iif(i % 10 = 0, 'rejected', 'approved'), 1700000000000 + i * 60000, i, iif(i % 10 = 0, 'hold', 'approve'), i % 10 > 0 FROM n`,
		numbers + `, t(i, s) AS (SELECT i, ` + strings.Join(words, ` || ' ' || `) + ` FROM n)
			INSERT INTO revisions (comment_id, revision, site_id, body, format, text, post_id, post_url, post_title, parent_id, parent_author, parent_text,
			  author_id, author_name, author_url, author_role, user_agent, identity, honeypot, elapsed_ms, received_at)
			SELECT i, 1, ` + site + `, s, 'text', s, 'p' || (i / 200), '', '', '', '', '', '', 'Reader ' || (i % 5000), '', '', 'UA', CAST('a' || (i % 5000) AS BLOB), '', 0, 1700000000000 + i * 60000 FROM t`,
		numbers + `INSERT INTO verdicts (comment_id, revision, action, ok, spam, abuse, reasons, weights, model, rules, judged_at)
			SELECT i, 1, iif(i % 10 = 0, 'hold', 'approve'), .1, .2, .7, '[]', '[]', 'm', 'r', 1700000000000 + i * 60000 FROM n`,
		numbers + `INSERT INTO decisions (comment_id, revision, choice, actor_id, actor_name, via, note, before, after, at, site_id)
			SELECT i, 1, iif(i % 20 = 0, 'spam', 'abuse'), 'telegram:1', 'Mo', 'telegram', '', 'held', 'rejected', 1700000000000 + i * 60000, ` + site + ` FROM n WHERE i % 10 = 0`,
		`INSERT INTO lessons (site_id, comment_id, revision, decision_id, label, at)
			SELECT site_id, comment_id, 1, id, CASE id % 3 WHEN 0 THEN 'ok' WHEN 1 THEN 'spam' ELSE 'abuse' END, at FROM decisions WHERE ?1`,
	}
}

// grow makes a data folder with so many comments, each tenth of which taught a lesson.
func grow(t testing.TB, data string, comments int) {
	t.Helper()
	db, err := store.Create(t.Context(), data, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for i := range grownSites {
		if _, err := db.AddSite(t.Context(), moderation.Site{Name: fmt.Sprint("blog", i+1), Platform: "webhook", Mode: moderation.ModeNormal}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	statements := growSQL()
	inDatabase(t, data, func(tx *sql.Tx) error {
		for _, s := range statements {
			if _, err := tx.ExecContext(t.Context(), s, comments); err != nil {
				return fmt.Errorf("%w in %s", err, s)
			}
		}
		return nil
	})
}

// inDatabase writes to a database past the store.
func inDatabase(t testing.TB, data string, write func(*sql.Tx) error) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+filepath.Join(data, "gatehouse.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	tx, err := raw.BeginTx(t.Context(), nil)
	if err == nil {
		err = write(tx)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// served starts the program on a data folder, waits until it is ready, and returns
// how long that took and what ends it.
func served(t testing.TB, path, data string) (ready time.Duration, end func(os.Signal)) {
	t.Helper()
	address := freeAddress(t)
	cmd := exec.Command(path, "serve", "--listen", address) //nolint:noctx // end ends it
	var log bytes.Buffer
	cmd.Env, cmd.Stderr = append(cleanEnvironment(), "GATEHOUSE_DATA="+data), &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := began.Add(5 * time.Minute); ; time.Sleep(time.Millisecond) {
		r, err := http.Get("http://" + address + "/readyz")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not ready:\n%s", log.String())
		}
	}
	return time.Since(began), func(s os.Signal) {
		t.Helper()
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil && s == syscall.SIGTERM {
			t.Fatalf("%v:\n%s", err, log.String())
		}
	}
}

// BenchmarkStart measures from the start of the program to its first word that it is
// ready: with nothing stored, with GATEHOUSE_TEST_COMMENTS comments and a lesson for
// each tenth, and with these but without what the last start has left.
func BenchmarkStart(b *testing.B) {
	comments, err := strconv.Atoi(cmp.Or(os.Getenv("GATEHOUSE_TEST_COMMENTS"), "20000"))
	if err != nil {
		b.Fatal(err)
	}
	path, err := binary()
	if err != nil {
		b.Fatal(err)
	}
	data := filepath.Join(cmp.Or(os.Getenv("GATEHOUSE_TEST_DATA"), b.TempDir()), "grown")
	if _, err := os.Stat(data); err != nil {
		grow(b, data, comments)
	}
	_, end := served(b, path, data)
	end(syscall.SIGTERM)
	measure := func(b *testing.B, data string, before func(), how os.Signal) {
		var took time.Duration
		for b.Loop() {
			b.StopTimer()
			before()
			b.StartTimer()
			ready, end := served(b, path, data)
			b.StopTimer()
			end(how)
			took += ready
			b.StartTimer()
		}
		b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms/start")
	}
	empty := filepath.Join(b.TempDir(), "empty")
	b.Run("nothing", func(b *testing.B) { measure(b, empty, func() {}, syscall.SIGTERM) })
	b.Run(fmt.Sprint(comments), func(b *testing.B) { measure(b, data, func() {}, syscall.SIGTERM) })
	b.Run(fmt.Sprint(comments, "/killed"), func(b *testing.B) { measure(b, data, func() {}, syscall.SIGKILL) })
	b.Run(fmt.Sprint(comments, "/no-snapshots"), func(b *testing.B) {
		measure(b, data, func() {
			inDatabase(b, data, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(context.WithoutCancel(b.Context()), `DELETE FROM snapshots`)
				return err
			})
		}, syscall.SIGKILL)
	})
}

// TestAStartLearnsOnlyWhatIsNew starts and ends the program on a database with
// lessons. What it leaves is what the lessons make; what is taken back and erased
// afterwards is all that the next start reads.
func TestAStartLearnsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	grow(t, data, 400)
	verify := func() (found []verifyJSON) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), path, "models", "verify", "--json", "--data", data).Output()
		if err != nil {
			t.Fatalf("models verify: %v\n%s", err, out)
		}
		for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
			var v verifyJSON
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			found = append(found, v)
		}
		return found
	}
	want := func(v verifyJSON, snapshot bool, rest int) {
		t.Helper()
		if !v.Equal || v.Snapshot != snapshot || v.Rest != rest {
			t.Errorf("%s: %+v; want equal, a snapshot: %t, lessons after it: %d", v.Site, v, snapshot, rest)
		}
	}
	lessons := verify()[0].Lessons
	all := int(lessons.OK + lessons.Spam + lessons.Abuse)
	want(verify()[0], false, all)
	if all < 20 {
		t.Fatalf("%d lessons are too few to show anything", all)
	}
	_, end := served(t, path, data)
	end(syscall.SIGTERM)
	for _, v := range verify() {
		want(v, v.Lessons != labelCounts{}, 0)
	}
	if out, err := exec.CommandContext(t.Context(), path, "undo", "20", "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("undo: %v\n%s", err, out)
	}
	want(verify()[0], true, 1)
	inDatabase(t, data, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `
			DELETE FROM lessons WHERE number = 2; UPDATE sites SET lessons_epoch = lessons_epoch + 1 WHERE id = 1`)
		return err
	})
	want(verify()[0], false, all)
	_, end = served(t, path, data)
	end(syscall.SIGTERM)
	want(verify()[0], true, 0)
}
