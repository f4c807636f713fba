package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// wordPressWorld is a real WordPress with our plugin, the real program, and a
// moderator's chat.
type wordPressWorld struct {
	t    *testing.T
	blog *wordPress
	gate *process
	chat *telegramtest.Server
	site siteJSON
	db   *store.DB
}

// newWordPressWorld connects a blog as docs/blogs/wordpress.md says.
func newWordPressWorld(t *testing.T) *wordPressWorld {
	t.Helper()
	const token = "42:wordpress-test-token"
	chat := telegramtest.New(token)
	chat.AddUser(telegramtest.User{ID: firstMod, FirstName: "Mo"})
	chat.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod)
	api := httptest.NewServer(chat)
	t.Cleanup(api.Close)
	p := newProcess(t, "TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat),
		fmt.Sprintf("TELEGRAM_MODERATORS=%d", firstMod))
	p.env = append(p.env, "GATEHOUSE_CONFIG="+p.writeFile("gatehouse.yaml", "telegram: {per_second: -1, open_cards: 1000}\n"))
	w := &wordPressWorld{t: t, gate: p, chat: chat, blog: newWordPress(t, "RIG_AKISMET="+p.address+"/akismet")}
	w.must("sites", "add", "blog", "--platform", "wordpress", "--callback", w.blog.address+"/wp-json/gatehouse/v1/decision")
	if err := json.Unmarshal([]byte(w.must("sites", "show", "blog", "--json")), &w.site); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(p.dir, "data"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w.db = db
	p.start()
	return w
}

// must carries out a command that must not fail.
func (w *wordPressWorld) must(args ...string) string {
	w.t.Helper()
	out, stderr, err := w.gate.run(args...)
	if err != nil {
		w.t.Fatalf("gatehouse %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return out
}

// configure fills in the plugin's settings page.
func (w *wordPressWorld) configure(address, site, secret string) {
	w.t.Helper()
	form := formOf(w.blog.get(w.blog.admin, "/wp-admin/options-general.php?page=gatehouse").body, "options.php")
	form.Set("gatehouse_settings[url]", address)
	form.Set("gatehouse_settings[site]", site)
	form.Set("gatehouse_settings[secret]", secret)
	form.Set("gatehouse_settings[trust]", "1")
	if got := w.blog.send(w.blog.admin, "/wp-admin/options.php", form); got.status != 302 {
		w.t.Fatalf("saving the settings was answered %d\n%s", got.status, tail(got.body, 800))
	}
}

// press presses a button of the settings page and returns the page afterwards.
func (w *wordPressWorld) press(button string, with url.Values) string {
	w.t.Helper()
	form := formOf(w.blog.get(w.blog.admin, "/wp-admin/options-general.php?page=gatehouse").body, "admin-post.php")
	form.Set("do", button)
	for name, values := range with {
		form[name] = values
	}
	got := w.blog.send(w.blog.admin, "/wp-admin/admin-post.php", form)
	if got.status != 302 {
		w.t.Fatalf("button %s was answered %d\n%s", button, got.status, tail(got.body, 800))
	}
	return w.blog.get(w.blog.admin, "/wp-admin/options-general.php?page=gatehouse").body
}

// card waits for the open card of a comment and taps a button on it.
func (w *wordPressWorld) tap(text, button string) {
	w.t.Helper()
	var card *telegramtest.Message
	until(w.t, fmt.Sprintf("there is a card with %q and %s", text, button), func() bool {
		var cards []telegramtest.Message
		for _, m := range w.chat.Messages(modsChat) {
			if strings.Contains(m.Text, text) {
				cards = append(cards, m)
			}
		}
		card = with(cards, button)
		return card != nil
	})
	if _, err := w.chat.Press(modsChat, card.ID, button, firstMod); err != nil {
		w.t.Fatal(err)
	}
}

// known returns what gatehouse has of a comment; the zero view where it has none.
func (w *wordPressWorld) known(id int) moderation.CaseView {
	w.t.Helper()
	views, err := w.db.RecentComments(w.t.Context(), 2000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range views {
		if v.Comment.PlatformID == strconv.Itoa(id) {
			return v
		}
	}
	return moderation.CaseView{}
}

// TestWordPress walks the whole way with a real WordPress: comments by its form,
// decisions by the bot and in wp-admin.
func TestWordPress(t *testing.T) {
	w := newWordPressWorld(t)
	w.seedHistory()
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"the plugin is uploaded", w.uploadPlugin},
		{"the settings page says what is wrong", w.testButton},
		{"comments by the form, decisions by the bot", w.formAndBot},
		{"who and what is asked about", w.asked},
		{"mail follows the state that holds", w.mail},
		{"decisions that are not to be followed", w.refusals},
		{"reasons beside the comment", w.reasons},
		{"decisions in wp-admin", w.decisionsInAdmin},
		{"edits", w.edits},
		{"gatehouse away and back", w.awayAndBack},
		{"decided while gatehouse was away", w.overruled},
		{"comments of before", w.history},
		{"three hundred comments at once", w.atOnce},
		{"in a browser", w.inBrowser},
		{"by Akismet's plugin and the REST API", w.withoutPlugin},
		{"the plugin is deleted", w.uninstall},
	} {
		if !t.Run(step.name, func(t *testing.T) { w.t, w.blog.t, w.gate.t = t, t, t; step.do(t) }) {
			break
		}
	}
	w.t, w.blog.t, w.gate.t = t, t, t
	w.noComplaints()
}

func (w *wordPressWorld) uploadPlugin(t *testing.T) {
	file := filepath.Join(w.gate.dir, "gatehouse.zip")
	w.must("sites", "show", "blog", "--plugin", file)
	archive, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w.blog.upload(archive, "gatehouse/gatehouse.php")
}

func (w *wordPressWorld) testButton(t *testing.T) {
	gate := "http://" + w.gate.address
	other := "whsec_" + strings.Repeat("QUJD", 11)
	for _, tt := range []struct{ name, address, site, secret, says string }{
		{"nobody there", "http://127.0.0.1:1", "blog", w.site.Secret, "Nobody answers at http://127.0.0.1:1"},
		{"another site", gate, "bolg", "", "has no site called &quot;bolg&quot;"},
		{"another secret", gate, "blog", other, "the secret is another one"},
		{"something else", w.blog.address, "blog", "", "not as gatehouse does"},
		{"all is well", gate, "blog", w.site.Secret, "All is well"},
	} {
		w.configure(tt.address, tt.site, tt.secret)
		if page := w.press("test", nil); !strings.Contains(page, tt.says) {
			t.Errorf("%s: the page does not say %q but %s", tt.name, tt.says, between(page, `id="gatehouse-test"`, "</div>"))
		} else if strings.Contains(page, w.site.Secret) {
			t.Errorf("%s: the secret stands on the page", tt.name)
		}
	}
	right := w.blog.address + "/wp-json/gatehouse/v1/decision"
	for callback, says := range map[string]string{
		"":                            "has no callback: what your moderators decide does not come back here. Tell it: gatehouse sites set blog callback " + right,
		w.blog.address + "/elsewhere": "sends decisions to " + w.blog.address + "/elsewhere, which is not the address of this blog",
	} {
		w.must("sites", "set", "blog", "callback", callback)
		if said := between(w.press("test", nil), `id="gatehouse-test"`, "</div>"); !strings.Contains(said, says) || !strings.Contains(said, "notice-error") || strings.Contains(said, "All is well") {
			t.Errorf("with the callback %q the page says %s", callback, said)
		}
	}
	w.must("sites", "set", "blog", "callback", right)
	page := w.press("test", nil)
	if said := between(page, `id="gatehouse-test"`, "</div>"); !strings.Contains(said, "Decisions come to "+w.blog.address) {
		t.Errorf("the way back was not tried: %s", said)
	}
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

func (w *wordPressWorld) formAndBot(t *testing.T) {
	decent := w.blog.comment("Ann Decent", "Thank you for this, the part about the <em>harbour</em> was new to me.\n\nI will read it again.")
	if got := w.blog.state(decent); got != "1" || !w.blog.shows("was new to me") {
		t.Errorf("a decent comment is %q", got)
	}
	insult := w.blog.comment("Bob Rude", "You are a disgusting idiot and everybody hates you, moron.")
	if got := w.blog.state(insult); got != "0" || w.blog.shows("disgusting idiot") {
		t.Errorf("an insult is %q", got)
	}
	w.tap("disgusting idiot", "Abuse")
	w.blog.becomes(insult, "trash")
	w.tap("disgusting idiot", "Undo")
	w.blog.becomes(insult, "0")
	spam := w.blog.comment("Casino King", "Best online casino! Win $$$ now, click http://casino.example/win free bonus viagra cheap pills")
	w.blog.becomes(spam, "0")
	w.tap("online casino", "Spam")
	w.blog.becomes(spam, "spam")
	w.tap("online casino", "Undo")
	w.blog.becomes(spam, "0")
	w.tap("online casino", "Approve")
	w.blog.becomes(spam, "1")
	if !w.blog.shows("Best online casino") {
		t.Error("the approved comment is not on the page")
	}
	w.tap("disgusting idiot", "Abuse")
	w.blog.becomes(insult, "trash")
}

// noComplaints checks that PHP had nothing to say about the plugin.
func (w *wordPressWorld) noComplaints() {
	w.t.Helper()
	logged, err := os.ReadFile(filepath.Join(w.blog.dir, "debug.log"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Error(err)
	}
	for _, line := range strings.Split(string(logged), "\n") {
		// WordPress' own code is old to newer PHP, and misses wordpress.org; everything else is ours.
		ownFault := strings.Contains(line, "PHP Deprecated") || strings.Contains(line, "wp-admin/install.php") || strings.Contains(line, "wp-includes/update.php")
		if line != "" && (!ownFault || strings.Contains(line, "plugins/gatehouse")) {
			w.t.Errorf("WordPress' debug log: %s", line)
		}
	}
	if said := w.gate.logged(); strings.Contains(said, w.site.Secret) {
		w.t.Error("the secret is in the log")
	}
}
