package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/sync/errgroup"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// seedHistory gives the blog comments of before: 40 published, 12 spam, 5 in the
// trash and 3 that wait.
func (w *wordPressWorld) seedHistory() {
	w.t.Helper()
	w.blog.php(`
	$asked = ['when does the ferry museum open on Sundays, and does it have a place to leave two bicycles?', 'my grandmother used to sell herring at that pier, every morning from five.', 'thanks for the photographs of the old lighthouse keepers; one of them is my uncle.'];
	foreach (['1' => 40, 'spam' => 12, 'trash' => 5, '0' => 3] as $state => $n) for ($i = 0; $i < $n; $i++)
		wp_insert_comment(['comment_post_ID' => 1, 'comment_author' => "Past $i", 'comment_author_email' => "past$i@example.test", 'comment_approved' => (string) $state,
			'comment_content' => "A comment of before, $state number $i: " . ($state ? 'what a fine view of the harbour that was.' : $asked[$i]), 'comment_date' => "2025-03-01 10:00:$i", 'comment_date_gmt' => sprintf('2025-03-01 10:00:%02d', $i)]);`)
}

// asked posts what does not come by the form of an anonymous visitor.
func (w *wordPressWorld) asked(t *testing.T) {
	for _, tt := range []struct {
		name, code, state string
		known             bool
	}{
		{"a pingback", `'comment_type' => 'pingback', 'comment_content' => '[...] a walk along the harbour, with pictures [...]'`, "1", true},
		{"a moderator's own", `'user_id' => 1, 'comment_content' => 'Thank you all for coming to the harbour walk.'`, "1", false},
		{"what WordPress itself bins", `'comment_content' => 'This is forbiddenword, and quite so.'`, "trash", false},
		{"an order note", `'comment_type' => 'order_note', 'comment_content' => 'Sent by ship.', 'comment_approved' => 1`, "", false},
		{"a rating without words", `'comment_type' => 'review', 'comment_content' => ''`, "1", false},
		{"a reply to a comment", `'comment_parent' => 2, 'comment_content' => 'I was there too, and it rained a little.'`, "1", true},
	} {
		said := w.blog.php(`$_SERVER['REMOTE_ADDR'] = '203.0.113.7'; update_option('disallowed_keys', 'forbiddenword');
			echo 'id=', wp_new_comment(['comment_post_ID' => 1, 'comment_author' => '` + strings.ReplaceAll(tt.name, "'", "") + `', 'comment_author_email' => 'x@example.test', 'comment_author_url' => '', ` + tt.code + `] + ['user_id' => 0, 'comment_type' => 'comment', 'comment_parent' => 0]), ';';`)
		id, err := strconv.Atoi(between(said, "id=", ";"))
		if err != nil {
			t.Fatalf("%s: %s", tt.name, said)
		}
		if state := w.blog.state(id); tt.state != "" && state != tt.state {
			t.Errorf("%s is %q, want %q", tt.name, state, tt.state)
		}
		if known := w.known(id).Comment.ID != 0; known != tt.known {
			t.Errorf("%s is known to gatehouse: %v", tt.name, known)
		}
	}
}

// mail looks at what WordPress mailed: one mail about each comment, by the state
// that holds after gatehouse's answer.
func (w *wordPressWorld) mail(t *testing.T) {
	count := func(about, subject string) (n int) {
		files, err := filepath.Glob(filepath.Join(w.blog.dir, "mail", "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var mail struct{ Subject, Message string }
			if json.Unmarshal(data, &mail) == nil && strings.Contains(mail.Message, about) && strings.Contains(mail.Subject, subject) {
				n++
			}
		}
		return n
	}
	id := w.blog.comment("Mail Decent", "A second look at the lighthouse would be lovely, thank you.")
	if w.blog.state(id) != "1" || count("second look at the lighthouse", "Comment:") != 1 || count("second look at the lighthouse", "Please moderate") != 0 {
		t.Errorf("of a published comment (%s) %d authors and %d moderators are told", w.blog.state(id), count("second look at the lighthouse", "Comment:"), count("second look at the lighthouse", "Please moderate"))
	}
	w.blog.comment("Mail Rude", "You utter moron, you are a stupid disgusting idiot, shut your stupid mouth.")
	if count("utter moron", "Please moderate") != 1 || count("utter moron", "Comment:") != 0 {
		t.Errorf("of a held comment %d moderators and %d authors are told", count("utter moron", "Please moderate"), count("utter moron", "Comment:"))
	}
}

// send sends the blog a decision as gatehouse does.
func (w *wordPressWorld) send(secret moderation.Secret, id string, at time.Time, body string) page {
	w.t.Helper()
	header, err := platform.Sign([]moderation.Secret{secret}, id, at, []byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.blog.address+"/wp-json/gatehouse/v1/decision", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	got, err := read(http.DefaultClient.Do(r))
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func (w *wordPressWorld) refusals(t *testing.T) {
	id := w.blog.comment("Replay Target", "Where can I find the timetable of the ferry, please?")
	w.blog.becomes(id, "1")
	secret, other := moderation.NewSecret(w.site.Secret), moderation.NewSecret("whsec_"+strings.Repeat("QUJD", 11))
	say := func(seq, revision int) string {
		return fmt.Sprintf(`{"type":"comment.rejected","data":{"id":"%d","revision":%d,"seq":%d,"decision":"spam","category":"spam","decided_by":"<b>Eve</b>"}}`, id, revision, seq)
	}
	for _, tt := range []struct {
		name   string
		secret moderation.Secret
		id     string
		at     time.Time
		body   string
		status int
		says   string
	}{
		{"another secret", other, "m1", time.Now(), say(1, 1), 401, "webhook-signature"},
		{"a stale time", secret, "m2", time.Now().Add(-6 * time.Minute), say(1, 1), 401, "five minutes"},
		{"no decision", secret, "m3", time.Now(), `{"type":"comment.rejected"}`, 400, "no decision"},
		{"a list", secret, "m4", time.Now(), `[1]`, 400, "no decision"},
		{"no JSON", secret, "m4", time.Now(), `{`, 400, ""},
		{"never here", secret, "m5", time.Now(), strings.Replace(say(1, 1), fmt.Sprintf(`"%d"`, id), `"99999999"`, 1), 410, "unknown"},
		{"an id that is none", secret, "m6", time.Now(), strings.Replace(say(1, 1), fmt.Sprintf(`"%d"`, id), `"1 OR 1=1"`, 1), 410, "unknown"},
		{"a revision of before", secret, "m7", time.Now(), say(1, 0), 200, "edited"},
	} {
		if got := w.send(tt.secret, tt.id, tt.at, tt.body); got.status != tt.status || !strings.Contains(got.body, tt.says) {
			t.Errorf("%s was answered %d %s", tt.name, got.status, got.body)
		}
		if state := w.blog.state(id); state != "1" {
			t.Fatalf("%s made the comment %q", tt.name, state)
		}
	}
	if got := w.send(secret, "m8", time.Now(), say(5, 1)); got.status != 200 || w.blog.state(id) != "spam" {
		t.Errorf("a good decision was answered %d %s: the comment is %q", got.status, got.body, w.blog.state(id))
	}
	for name, body := range map[string]string{"m8": say(5, 1), "m9": strings.Replace(say(4, 1), "rejected", "approved", 1)} {
		if got := w.send(secret, name, time.Now(), body); got.status != 200 || !strings.Contains(got.body, `"applied":false`) || w.blog.state(id) != "spam" {
			t.Errorf("%s was answered %d %s: the comment is %q", name, got.status, got.body, w.blog.state(id))
		}
	}
}

func (w *wordPressWorld) reasons(t *testing.T) {
	body := w.blog.get(w.blog.admin, "/wp-admin/edit-comments.php").body
	for _, want := range []string{`class="gatehouse-answer"`, "<strong>held</strong>", "abuse ", "Then called spam by &lt;b&gt;Eve&lt;/b&gt; in gatehouse."} {
		if !strings.Contains(body+w.blog.get(w.blog.admin, "/wp-admin/edit-comments.php?comment_status=spam").body, want) {
			t.Errorf("the list of comments does not show %q", want)
		}
	}
	if strings.Contains(body, "<b>Eve") {
		t.Error("a name is not escaped")
	}
}

// act follows a link in the row of a comment of wp-admin's list.
func (w *wordPressWorld) act(id int, action string) {
	w.t.Helper()
	for _, list := range []string{"all", "spam", "trash"} {
		body := w.blog.get(w.blog.admin, "/wp-admin/edit-comments.php?comments_per_page=100&comment_status="+list).body
		link := regexp.MustCompile(`href=['"](comment\.php\?[^'"]*)['"]`).FindAllStringSubmatch(body, -1)
		for _, l := range link {
			address := strings.NewReplacer("&amp;", "&", "&#038;", "&").Replace(l[1])
			if strings.Contains(address+"&", fmt.Sprintf("c=%d&", id)) && strings.Contains(address+"&", "action="+action+"&") {
				if got := w.blog.get(w.blog.admin, "/wp-admin/"+address); got.status != http.StatusFound {
					w.t.Fatalf("%s was answered %d\n%s", action, got.status, tail(got.body, 600))
				}
				return
			}
		}
	}
	w.t.Fatalf("no link to %s comment %d", action, id)
}

// decided waits until gatehouse has the decision of the blog's admin.
func (w *wordPressWorld) decided(id int, choice moderation.Choice, status moderation.Status) {
	w.t.Helper()
	var v moderation.CaseView
	until(w.t, fmt.Sprintf("comment %d is %s in gatehouse: %s", id, status, choice), func() bool {
		v = w.known(id)
		return v.Status == status && (choice == "" || v.Decision != nil && v.Decision.Choice == choice)
	})
	if choice != "" && (v.Decision.Via != "site" || v.Decision.By.Name != "admin") {
		w.t.Errorf("comment %d: decided %s via %s by %+v", id, choice, v.Decision.Via, v.Decision.By)
	}
}

func (w *wordPressWorld) decisionsInAdmin(t *testing.T) {
	id := w.blog.comment("Admin Target", "The ferry leaves at half past nine from the new quay.")
	w.blog.becomes(id, "1")
	w.act(id, "spamcomment")
	w.decided(id, moderation.ChooseSpam, moderation.Rejected)
	w.act(id, "unspamcomment")
	w.decided(id, moderation.ChooseApprove, moderation.Approved)
	w.act(id, "trashcomment")
	w.decided(id, moderation.ChooseReject, moderation.Rejected)
	w.act(id, "untrashcomment")
	w.decided(id, moderation.ChooseApprove, moderation.Approved)
	w.act(id, "unapprovecomment")
	w.decided(id, "", moderation.Held)
	w.tap("half past nine", "Approve") // its card waits, and the bot decides
	w.blog.becomes(id, "1")
	if v := w.known(id); v.Decision == nil || v.Decision.Via != "telegram" {
		t.Errorf("after the tap the decision is %+v: an echo?", v.Decision)
	}
	w.gate.kill()
	w.act(id, "spamcomment")
	w.gate.start()
	if w.known(id).Status != moderation.Approved {
		t.Error("gatehouse knows of a decision that was made while it was away")
	}
	w.blog.cron()
	w.decided(id, moderation.ChooseSpam, moderation.Rejected)
	w.act(id, "unspamcomment")
	w.decided(id, moderation.ChooseApprove, moderation.Approved)
	w.blog.php(fmt.Sprintf("wp_delete_comment(%d, true);", id))
	w.decided(id, "", moderation.Withdrawn)
	old := w.old("published", 0)
	w.act(old, "spamcomment") // of before: gatehouse learns of it with its decision
	until(t, "an old comment is known", func() bool { return w.known(old).Status == moderation.Rejected })
}

// old returns the number of a comment of before.
func (w *wordPressWorld) old(kind string, i int) int {
	w.t.Helper()
	state := map[string]string{"published": "1", "spam": "spam", "trash": "trash", "pending": "0"}[kind]
	id, err := strconv.Atoi(w.blog.sql("wp", fmt.Sprintf("SELECT comment_ID FROM wp_comments WHERE comment_content LIKE 'A comment of before, %s number %d:%%'", state, i)))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *wordPressWorld) edits(t *testing.T) {
	id := w.blog.comment("Edit Target", "The library opens at ten on Saturdays.")
	w.blog.becomes(id, "1")
	body := w.blog.get(w.blog.admin, fmt.Sprintf("/wp-admin/comment.php?action=editcomment&c=%d", id)).body
	form := formOf(body, "editedcomment")
	form.Set("content", "The library opens at eleven on Saturdays.")
	form.Set("comment_status", "1")
	form.Set("mm", form.Get("hidden_mm")) // a list, which formOf leaves out
	if got := w.blog.send(w.blog.admin, "/wp-admin/comment.php", form); got.status != http.StatusFound {
		t.Fatalf("the edit was answered %d", got.status)
	}
	until(t, "gatehouse has the moderator's edit", func() bool { return strings.Contains(w.known(id).Comment.Text, "eleven") })
	if v := w.known(id); v.Comment.Revision != 2 || w.blog.state(id) != "1" {
		t.Errorf("revision %d, %q on the blog", v.Comment.Revision, w.blog.state(id))
	}
	// A plugin that lets writers edit: what is published does not stay so unseen.
	w.blog.php(fmt.Sprintf(`wp_update_comment(['comment_ID' => %d, 'comment_content' => 'You are all disgusting idiots and morons, I hate you, die.']);`, id))
	until(t, "gatehouse has the writer's edit", func() bool { return w.known(id).Comment.Revision == 3 })
	if w.blog.state(id) != "0" || w.blog.shows("disgusting idiots and morons") {
		t.Errorf("an insult by edit is %q", w.blog.state(id))
	}
	w.gate.kill()
	w.blog.php(fmt.Sprintf(`wp_update_comment(['comment_ID' => %d, 'comment_content' => 'The library opens at noon on Saturdays.']);`, id))
	if w.blog.state(id) != "0" {
		t.Errorf("an edit without an answer is %q", w.blog.state(id))
	}
	w.gate.start()
	w.blog.cron()
	until(t, "gatehouse has the last edit", func() bool { return w.known(id).Comment.Revision == 4 })
	w.tap("opens at noon", "Approve")
	w.blog.becomes(id, "1")
}

func (w *wordPressWorld) awayAndBack(t *testing.T) {
	w.gate.kill()
	first := w.blog.comment("Away One", "Is the market open on Sundays in winter?")
	lost := w.blog.comment("Away Two", "The market hall was built in 1908, by the way.")
	w.blog.sql("wp", fmt.Sprintf("DELETE FROM wp_gatehouse_queue WHERE comment_id = %d", lost)) // PHP died before it was written
	w.blog.cron()
	if w.blog.state(first) != "0" || w.blog.state(lost) != "0" || w.blog.shows("open on Sundays") {
		t.Errorf("without an answer the comments are %q and %q", w.blog.state(first), w.blog.state(lost))
	}
	if body := w.blog.get(w.blog.admin, "/wp-admin/edit-comments.php").body; !strings.Contains(body, "Waits for gatehouse") || !strings.Contains(body, "Gatehouse did not answer") {
		t.Error("the list of comments does not say that gatehouse is away")
	}
	w.gate.start()
	w.blog.cron()
	w.blog.becomes(first, "1")
	w.blog.sql("wp", "UPDATE wp_gatehouse_queue SET next_at = 0")
	w.blog.cron()
	w.blog.becomes(lost, "1")
	if !w.blog.shows("open on Sundays") || strings.Contains(w.blog.get(w.blog.admin, "/wp-admin/edit-comments.php").body, "Gatehouse did not answer") {
		t.Error("the page does not show the comment, or still complains")
	}
}

// overruled approves and unapproves comments while gatehouse is away: its answer
// comes later, and must not publish them.
func (w *wordPressWorld) overruled(t *testing.T) {
	w.gate.kill()
	both := w.blog.comment("Away Three", "Do the boats stop at the island in winter, too?")
	late := w.blog.comment("Away Four", "The island has a small museum with a good tea room.")
	for _, id := range []int{both, late} {
		w.act(id, "approvecomment")
		w.act(id, "unapprovecomment")
	}
	// Of one the decision is due long before the question.
	w.blog.sql("wp", fmt.Sprintf("UPDATE wp_gatehouse_queue SET next_at = 4000000000, tries = 100 WHERE kind = 'ask' AND comment_id = %d", late))
	w.gate.start()
	w.blog.cron()
	for id, text := range map[int]string{both: "stop at the island", late: "small museum"} {
		w.decided(id, "", moderation.Held)
		if got := w.blog.state(id); got != "0" {
			t.Errorf("comment %d was unapproved by a moderator, and is %q", id, got)
		}
		w.tap(text, "Approve")
		w.blog.becomes(id, "1")
	}
	if left := w.blog.sql("wp", "SELECT COUNT(*) FROM wp_gatehouse_queue WHERE comment_id IN ("+fmt.Sprint(both)+","+fmt.Sprint(late)+")"); left != "0" {
		t.Errorf("%s messages wait still", left)
	}
}

func (w *wordPressWorld) history(t *testing.T) {
	w.gate.kill()
	if page := w.press("history", map[string][]string{"pending": {"1"}}); !strings.Contains(page, "Being sent: 0 of ") {
		t.Errorf("the page says %s", between(page, `id="gatehouse-progress">`, "<"))
	}
	step := func() string {
		nonce := between(w.blog.get(w.blog.admin, "/wp-admin/options-general.php?page=gatehouse").body, `"_ajax_nonce","`, `"`)
		return w.blog.send(w.blog.admin, "/wp-admin/admin-ajax.php", map[string][]string{"action": {"gatehouse_history"}, "_ajax_nonce": {nonce}}).body
	}
	if said := step(); !strings.Contains(said, "The last try failed") {
		t.Errorf("with gatehouse away the page says %s", said)
	}
	w.gate.start()
	said := step() // the page sends a part while somebody looks on; cron sends the rest
	w.blog.cron()
	settings := w.blog.get(w.blog.admin, "/wp-admin/options-general.php?page=gatehouse").body
	if told := between(settings, `id="gatehouse-progress">`, "<"); !strings.Contains(told, "Done:") {
		t.Errorf("the step said %s, and after cron the page says %s", said, told)
	}
	for kind, want := range map[string]moderation.Choice{"published": moderation.ChooseApprove, "spam": moderation.ChooseSpam, "trash": moderation.ChooseReject} {
		v := w.known(w.old(kind, 3))
		if v.Decision == nil || v.Decision.Choice != want || v.Comment.CreatedAt.Year() != 2025 {
			t.Errorf("a comment of before, %s, is %+v", kind, v.Decision)
		}
	}
	pending := w.old("pending", 0)
	until(t, "pending ones are asked about", func() bool { w.blog.cron(); return w.known(pending).Status != "" })
	w.blog.becomes(pending, "1")
	if got := w.blog.send(w.blog.visitor, "/wp-admin/admin-post.php", map[string][]string{"action": {"gatehouse"}, "do": {"history"}}); got.status == http.StatusFound && strings.Contains(got.location, "page=gatehouse") {
		t.Errorf("a stranger may press buttons: %d %s", got.status, got.location)
	}
}

// atOnce posts 300 comments by several visitors while gatehouse goes away and
// comes back, and counts.
func (w *wordPressWorld) atOnce(t *testing.T) {
	const n = 300
	comments := endToEndComments(t, n)
	before, err := strconv.Atoi(w.blog.sql("wp", "SELECT COUNT(*) FROM wp_comments"))
	if err != nil {
		t.Fatal(err)
	}
	var visitors errgroup.Group
	visitors.SetLimit(12)
	var posted atomic.Int64
	start := time.Now()
	visitors.Go(func() error {
		for posted.Load() < n/3 {
			time.Sleep(10 * time.Millisecond)
		}
		w.gate.kill()
		for posted.Load() < n/2 {
			time.Sleep(10 * time.Millisecond)
		}
		w.gate.start()
		return nil
	})
	for i, c := range comments {
		visitors.Go(func() error {
			text := []rune(strings.ReplaceAll(c.Text, "<", "&lt;"))
			got, err := w.blog.try(w.blog.visitor, "/wp-comments-post.php", commentForm(fmt.Sprintf("Crowd %d", i), fmt.Sprintf("%s (%d)", string(text[:min(len(text), 2000)]), i)))
			posted.Add(1)
			if err == nil && got.status != http.StatusFound {
				err = fmt.Errorf("comment %d was answered %d: %s", i, got.status, tail(got.body, 300))
			}
			return err
		})
	}
	if err := visitors.Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	waiting := w.blog.sql("wp", "SELECT COUNT(*) FROM wp_gatehouse_queue WHERE kind = 'ask'")
	until(t, "every comment is asked about", func() bool {
		w.blog.sql("wp", "UPDATE wp_gatehouse_queue SET next_at = 0")
		w.blog.cron()
		return w.blog.sql("wp", "SELECT COUNT(*) FROM wp_gatehouse_queue") == "0"
	})
	after, err := strconv.Atoi(w.blog.sql("wp", "SELECT COUNT(*) FROM wp_comments"))
	if err != nil || after-before != n {
		t.Errorf("%d comments are in the blog, want %d (%v)", after-before, n, err)
	}
	views, err := w.db.RecentComments(t.Context(), 2000)
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]moderation.Status{}
	for _, v := range views {
		status[v.Comment.PlatformID] = v.Status
	}
	counts := map[string]int{}
	for _, line := range strings.Split(w.blog.sql("wp", "SELECT comment_ID, comment_approved FROM wp_comments WHERE comment_author LIKE 'Crowd %'"), "\n") {
		id, state, _ := strings.Cut(line, "\t")
		counts[state]++
		want := map[string]moderation.Status{"1": moderation.Approved, "0": moderation.Held, "spam": moderation.Rejected, "trash": moderation.Rejected}[state]
		if status[id] != want {
			t.Errorf("comment %s is %q on the blog and %q in gatehouse", id, state, status[id])
		}
	}
	t.Logf("%d comments in %s, %s of them asked about later: %v", n, took.Round(100*time.Millisecond), waiting, counts)
	if counts["1"] == 0 || counts["0"] == 0 || waiting == "0" {
		t.Error("that shows nothing")
	}
}

func (w *wordPressWorld) inBrowser(t *testing.T) {
	b := startBrowser(t, findChromium(t))
	visitor := b.open(w.blog.address + "/hello-world/")
	visitor.fill("#comment", "I walked along the canal this morning; the swans are back.")
	visitor.fill("#author", "Browser Decent")
	visitor.fill("#email", "browser@example.test")
	visitor.leads(chromedp.Click(chromedp.CSS("#submit")))
	visitor.until("the decent comment is published", has("#comments li", "the swans are back"))
	visitor.fill("#comment", "You stupid disgusting morons, shut up, I hate you idiots.")
	visitor.fill("#author", "Browser Rude")
	visitor.fill("#email", "rude@example.test")
	visitor.leads(chromedp.Click(chromedp.CSS("#submit")))
	visitor.until("the insult waits", has("#comments li", "awaiting moderation"))
	stranger := b.stranger(w.blog.address + "/hello-world/")
	stranger.until("others do not see it", has("#comments li", "the swans are back")+" && !"+has("#comments li", "stupid disgusting morons"))
	w.tap("stupid disgusting morons", "Approve")
	until(t, "the approved one is there", func() bool { return w.blog.shows("stupid disgusting morons") })
	admin := b.stranger(w.blog.address + "/wp-login.php")
	admin.fill("#user_login", "admin")
	admin.fill("#user_pass", "adminpw")
	admin.leads(chromedp.Click(chromedp.CSS("#wp-submit")))
	admin.until("logged in", `document.querySelector('#wpadminbar') !== null`)
	for _, page := range []struct{ name, path, shown string }{
		{"wordpress-settings", "/wp-admin/options-general.php?page=gatehouse", has("h1", "Gatehouse")},
		{"wordpress-comments", "/wp-admin/edit-comments.php", has(".gatehouse-answer", "abuse")},
	} {
		admin.do(chromedp.Navigate(w.blog.address + page.path))
		admin.until("the page "+page.name+" is there", page.shown)
		png, err := chromedp.Run(admin.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if folder := os.Getenv("GATEHOUSE_SCREENSHOTS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, page.name+".png"), png, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
}

// withoutPlugin connects the same blog by Akismet's plugin and the REST API.
func (w *wordPressWorld) withoutPlugin(t *testing.T) {
	w.must("sites", "add", "plain", "--platform", "wordpress")
	var plain struct{ siteJSON }
	if err := json.Unmarshal([]byte(w.must("sites", "show", "plain", "--json")), &plain); err != nil {
		t.Fatal(err)
	}
	text := w.must("sites", "show", "plain")
	short := regexp.MustCompile(`\b[0-9]{12}\b|\b[a-f0-9]{12}\b`).FindString(text)
	w.blog.php(fmt.Sprintf(`deactivate_plugins('gatehouse/gatehouse.php'); update_option('wordpress_api_key', '%s'); update_option('akismet_strictness', '0'); $e = activate_plugin('akismet/akismet.php'); if (is_wp_error($e)) { echo $e->get_error_message(); exit(1); }`, short))
	password := strings.TrimSpace(w.blog.php(`list($p) = WP_Application_Passwords::create_new_application_password(1, ['name' => 'gatehouse']); echo $p;`))
	file := w.gate.writeFile("password", password+"\n")
	if _, stderr, err := w.gate.run("sites", "connect", "wordpress", "plain", "--url", w.blog.address, "--user", "admin", "--password-file", w.gate.writeFile("wrong", "abcd efgh\n")); err == nil || !strings.Contains(stderr, "application password are not right") || strings.Contains(stderr, "efgh") {
		t.Errorf("a wrong password: %v, %s", err, stderr)
	}
	w.must("sites", "connect", "wordpress", "plain", "--url", w.blog.address, "--user", "admin", "--password-file", file)
	if shown := w.must("sites", "show", "plain"); !strings.Contains(shown, "WordPress user") || strings.Contains(shown, password) {
		t.Errorf("sites show: %s", shown)
	}
	decent := w.blog.comment("Plain Decent", "Do you sell tickets for the boat at the museum?")
	if got := w.blog.state(decent); got != "1" {
		t.Errorf("a decent comment is %q", got)
	}
	rude := w.blog.comment("Plain O'Rude", "You are a <b>disgusting</b> idiot & a moron, \"zeppelinist\", I hate you.")
	if got := w.blog.state(rude); got != "spam" { // Akismet's protocol can't say held
		t.Errorf("an insult is %q", got)
	}
	agent := w.blog.sql("wp", fmt.Sprintf("SELECT comment_agent FROM wp_comments WHERE comment_ID = %d", rude))
	w.tap("zeppelinist", "Approve")
	w.blog.becomes(rude, "1")
	if now := w.blog.sql("wp", fmt.Sprintf("SELECT comment_agent FROM wp_comments WHERE comment_ID = %d", rude)); now != agent || now == "" {
		t.Errorf("the agent was %q and is %q", agent, now)
	}
	w.tap("zeppelinist", "Undo")
	w.tap("zeppelinist", "Spam")
	w.blog.becomes(rude, "spam")
	w.tap("zeppelinist", "Undo") // out of the spam folder, which the plugin reports as ham
	w.blog.becomes(rude, "0")
	w.tap("zeppelinist", "Spam") // its card waits: no echo has decided
	w.blog.becomes(rude, "spam")
	until(t, "all is sent", func() bool {
		_, waiting, err := w.db.Deliveries(context.Background(), 1)
		return err == nil && waiting == 0
	})
	views, err := w.db.RecentComments(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if v.Site.Name == "plain" && strings.Contains(v.Comment.Text, "zeppelinist") && (v.Decision == nil || v.Decision.Via != "telegram" || v.Decision.Choice != moderation.ChooseSpam) {
			t.Errorf("the decision that stands is %+v: our own echo was taken for the blog's", v.Decision)
		}
	}
	w.blog.php(`deactivate_plugins('akismet/akismet.php'); activate_plugin('gatehouse/gatehouse.php');`)
}

func (w *wordPressWorld) uninstall(t *testing.T) {
	r, err := http.Get("http://" + w.gate.address + "/platform/wordpress/gatehouse.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if archive, err := io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusOK || !strings.HasPrefix(string(archive), "PK") {
		t.Errorf("the service's archive: %d, %v", r.StatusCode, err)
	}
	w.blog.php(`deactivate_plugins('gatehouse/gatehouse.php'); define('WP_UNINSTALL_PLUGIN', 1); uninstall_plugin('gatehouse/gatehouse.php');`)
	left := w.blog.sql("wp", `SELECT CONCAT('option ', option_name) FROM wp_options WHERE option_name LIKE '%gatehouse%' AND option_name NOT LIKE '%transient%'
		UNION SELECT CONCAT('meta ', meta_key) FROM wp_commentmeta WHERE meta_key LIKE '%gatehouse%'
		UNION SELECT CONCAT('table ', table_name) FROM information_schema.tables WHERE table_schema = 'wp' AND table_name LIKE '%gatehouse%'`)
	if left != "" || strings.Contains(w.blog.sql("wp", "SELECT option_value FROM wp_options WHERE option_name = 'cron'"), "gatehouse") {
		t.Errorf("it leaves behind: %s", left)
	}
}
