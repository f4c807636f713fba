package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// TestCrashEndToEnd posts 600 comments by several clients at once, has a scripted
// moderator answer every card, kills the program twice in the middle, and then
// counts.
func TestCrashEndToEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the end-to-end test takes about a minute")
	}
	const token = "42:end-to-end-test-token"
	comments := endToEndComments(t, 600)
	telegram := telegramtest.New(token)
	for _, id := range []int64{firstMod, secondMod, stranger} {
		telegram.AddUser(telegramtest.User{ID: id, FirstName: fmt.Sprint("U", id)})
	}
	telegram.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod, secondMod, stranger)
	api := httptest.NewServer(telegram)
	defer api.Close()
	blog := newReceiver(t)
	p := newProcess(t, "TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat),
		fmt.Sprintf("TELEGRAM_MODERATORS=%d,%d", firstMod, secondMod))
	p.env = append(p.env, "GATEHOUSE_CONFIG="+p.writeFile("gatehouse.yaml", "telegram: {per_second: -1, open_cards: 1000}\n"))
	secret := p.addSite("blog", blog.URL)
	blog.secret = secret
	p.start()

	labels := map[int]moderation.Label{}
	for i, c := range comments {
		labels[i] = c.Label
	}
	people, goHome := context.WithCancel(t.Context())
	defer goHome()
	defer p.kill()
	var chat errgroup.Group
	mod := &moderator{chat: telegram, labels: labels}
	chat.Go(func() error {
		err := mod.run(people)
		if err != nil {
			t.Error(err) // at once: without them everything else only waits
		}
		return err
	})

	load := newLoad(comments, blogClient{p.address, "blog", secret})
	var clients errgroup.Group
	for range 6 {
		clients.Go(func() error { return load.run(t.Context()) })
	}
	kills := 0
	for _, at := range []int64{150, 400} {
		kills++
		until(t, fmt.Sprintf("%d comments are answered", at), func() bool { return load.answered.Load() >= at })
		p.kill()
		p.start()
	}
	if err := clients.Wait(); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(p.dir, "data"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	untilDone(t, "every card is answered and everything is sent", func() (int, bool) { return blog.decisions(), isQuiet(t, db, telegram) })
	goHome()
	if err := chat.Wait(); err != nil {
		t.Fatal(err)
	}
	count(t, p, db, load, blog)
	// A card comes twice only where a kill kept the answer to its sending from the
	// disk, and one card is sent at a time.
	twice := 0
	for _, cards := range mod.cards() {
		twice += len(cards) - 1
	}
	if twice > kills {
		t.Errorf("%d cards came twice over %d kills", twice, kills)
	}
}

// isQuiet says whether nothing waits any more, anywhere.
func isQuiet(t *testing.T, db *store.DB, telegram *telegramtest.Server) bool {
	t.Helper()
	_, waiting, err := db.OpenCases(t.Context(), nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, unsent, err := db.Deliveries(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return waiting == 0 && unsent == 0 && telegram.Pending() == 0
}

// load is what the clients post, and what they were answered.
type load struct {
	comments []training.Example
	client   blogClient
	next     atomic.Int64
	answered atomic.Int64
	answers  []platform.Answer // by the number of the comment
}

func newLoad(comments []training.Example, c blogClient) *load {
	return &load{comments: comments, client: c, answers: make([]platform.Answer, len(comments))}
}

// run is one client: it takes comments one after another and posts each until
// it is answered, as a blog that queues does.
func (l *load) run(ctx context.Context) error {
	for {
		i := int(l.next.Add(1)) - 1
		if i >= len(l.comments) {
			return nil
		}
		body, err := json.Marshal(map[string]any{
			"id": fmt.Sprint("c", i), "body": l.comments[i].Text,
			"post":   map[string]string{"id": "p1", "url": "https://blog.example.test/p1", "title": "A post"},
			"author": map[string]string{"name": fmt.Sprint("Reader ", i), "ip": "203.0.113.9", "email": fmt.Sprintf("r%d@example.test", i)},
		})
		if err != nil {
			return err
		}
		for tries := 0; ; tries++ {
			status, answer, err := l.client.submit(ctx, fmt.Sprint("msg_", i), body)
			if err == nil && status == 200 {
				l.answers[i] = answer
				l.answered.Add(1)
				break
			}
			if err == nil && status < 500 || tries > 1000 || ctx.Err() != nil {
				return errors.Join(fmt.Errorf("comment %d: status %d", i, status), err)
			}
			time.Sleep(20 * time.Millisecond) // the program is being started again
		}
	}
}

// count checks that nothing was lost, and nothing done twice.
func count(t *testing.T, p *process, db *store.DB, l *load, blog *receiver) {
	t.Helper()
	views, err := db.RecentComments(t.Context(), len(l.comments)+1)
	if err != nil {
		t.Fatal(err)
	}
	if len(views) != len(l.comments) {
		t.Errorf("%d comments are stored, want %d", len(views), len(l.comments))
	}
	held, caught := 0, map[moderation.Label]int{}
	for _, v := range views {
		var i int
		fmt.Sscanf(v.Comment.PlatformID, "c%d", &i)
		answer, label := l.answers[i], l.comments[i].Label
		if answer.CommentID != v.Comment.ID.String() || answer.Action != v.Verdict.Action || v.Comment.Body != l.comments[i].Text {
			t.Errorf("comment %d was answered %+v and is stored as %+v", i, answer, v)
		}
		if v.Verdict.Action != moderation.Hold {
			if v.Decision != nil {
				t.Errorf("comment %d was %s and is decided: %+v", i, v.Verdict.Action, v.Decision)
			}
			continue
		}
		held++
		caught[label]++
		checkDecided(t, v, label, blog)
	}
	if held < 50 {
		t.Errorf("only %d comments were held: that shows nothing", held)
	}
	countRows(t, p, blog)
	for _, fault := range blog.faults {
		t.Error(fault)
	}
	if strings.Contains(p.logged(), "end-to-end-test-token") {
		t.Error("the token is in the log")
	}
	t.Logf("%d comments, %d held (ok %d, spam %d, abuse %d), %d callbacks in effect of %d calls", len(views), held,
		caught[moderation.OK], caught[moderation.Spam], caught[moderation.Abuse], blog.decisions(), blog.calls)
}

// checkDecided checks that a held comment has the decision of its label and that
// the blog was told.
func checkDecided(t *testing.T, v moderation.CaseView, label moderation.Label, blog *receiver) {
	t.Helper()
	want := map[moderation.Label]moderation.Choice{moderation.OK: moderation.ChooseApprove, moderation.Spam: moderation.ChooseSpam,
		moderation.Abuse: moderation.ChooseAbuse}[label]
	if v.Decision == nil || v.Decision.Choice != want || v.Decision.By.ID != "telegram:1001" {
		t.Errorf("comment %s, %s: the decision that stands is %+v, want %s by telegram:1001", v.Comment.PlatformID, label, v.Decision, want)
		return
	}
	if v.Status != want.Status() {
		t.Errorf("comment %s is %s after %s", v.Comment.PlatformID, v.Status, want)
	}
	said, ok := blog.newest(v.Comment.ID)
	if !ok || said.Data.Decision != string(want) || said.Type != "comment."+string(want.Status()) || said.Data.ID != v.Comment.PlatformID {
		t.Errorf("comment %s: the blog was last told %+v, want %s", v.Comment.PlatformID, said, want)
	}
}

// countRows checks the sums in the database itself.
func countRows(t *testing.T, p *process, blog *receiver) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(p.dir, "data", "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	one := func(query string) (n int64) {
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	const standing = `d.choice <> 'undo' AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.supersedes = d.id)`
	if n := one(`SELECT count(*) FROM decisions WHERE actor_id NOT IN ('telegram:1001', 'telegram:1002')`); n != 0 {
		t.Errorf("%d decisions by strangers", n)
	}
	if n := one(`SELECT count(*) FROM (SELECT 1 FROM decisions d WHERE ` + standing + ` GROUP BY comment_id HAVING count(*) > 1)`); n != 0 {
		t.Errorf("%d comments have more than one standing decision", n)
	}
	taught := one(`SELECT count(*) FROM lessons l WHERE withdraws IS NULL AND NOT EXISTS (SELECT 1 FROM lessons w WHERE w.withdraws = l.number)`)
	// Some comments say nearly the same as three that have taught already.
	if decided := one(`SELECT count(*) FROM decisions d WHERE NOT d.untaught AND ` + standing); taught != decided || taught < 50 {
		t.Errorf("%d lessons stand and %d decisions that teach", taught, decided)
	}
	if n := one(`SELECT count(*) FROM lessons l JOIN decisions d ON d.id = l.decision_id WHERE l.withdraws IS NULL
		AND (l.label <> CASE d.choice WHEN 'approve' THEN 'ok' ELSE d.choice END OR l.comment_id <> d.comment_id)`); n != 0 {
		t.Errorf("%d lessons teach something else than their decision", n)
	}
	if n := one(`SELECT count(*) FROM decisions`); n != int64(blog.decisions()) {
		t.Errorf("%d decisions were made, the blog heard of %d", n, blog.decisions())
	}
	if n := one(`SELECT count(*) FROM decisions WHERE choice = 'undo'`); n == 0 {
		t.Error("nothing was undone: that shows nothing")
	}
	var verdict string
	if err := db.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check: %s, %v", verdict, err)
	}
	if n := one(`SELECT count(*) FROM pragma_foreign_key_check`); n != 0 {
		t.Errorf("%d rows point nowhere", n)
	}
}

// endToEndComments returns n comments, a third of each label, from the corpora,
// or from a set of our own where they are absent.
func endToEndComments(t *testing.T, n int) []training.Example {
	t.Helper()
	files := []string{"testdata/e2e/comments.jsonl"}
	if corpora := corporaFolder(); corpora != "" {
		files = nil
		for _, name := range []string{"youtube_spam", "sms_spam", "wiki_context", "jigsaw_wiki", "surge_toxicity"} {
			files = append(files, filepath.Join(corpora, name+".jsonl.gz"))
		}
	} else {
		t.Log("the corpora are absent: a small set of our own stands in for them")
	}
	all, _, err := training.ReadAll(t.Context(), files, training.ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	byLabel := map[moderation.Label][]training.Example{}
	for _, e := range all {
		byLabel[e.Label] = append(byLabel[e.Label], e)
	}
	comments := make([]training.Example, n)
	for i := range comments {
		label := moderation.Labels()[i%3]
		comments[i] = byLabel[label][i/3%len(byLabel[label])]
	}
	random.Shuffle(n, func(i, j int) { comments[i], comments[j] = comments[j], comments[i] })
	return comments
}

// corporaFolder returns where the corpora are, or nothing.
func corporaFolder() string {
	folder := os.Getenv("GATEHOUSE_CORPORA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return ""
	}
	return folder
}
