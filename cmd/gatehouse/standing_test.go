package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// heatedBlog is a running program with a blog, a moderators' chat and a token.
type heatedBlog struct {
	*process
	telegram *telegramtest.Server
	blog     blogClient
	token    string
	sent     int
}

func newHeatedBlog(t *testing.T) *heatedBlog {
	t.Helper()
	const token = "42:standing-test-token"
	h := &heatedBlog{telegram: telegramtest.New(token)}
	h.telegram.AddUser(telegramtest.User{ID: firstMod, FirstName: "Mo"})
	h.telegram.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod)
	api := httptest.NewServer(h.telegram)
	t.Cleanup(api.Close)
	h.process = newProcess(t, "TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat),
		fmt.Sprintf("TELEGRAM_MODERATORS=%d", firstMod))
	h.env = append(h.env, "GATEHOUSE_CONFIG="+h.writeFile("gatehouse.yaml", "telegram: {per_second: -1, open_cards: 1000}\n"))
	secret := h.addSite("blog", "")
	h.token = h.addToken("blog")
	h.start()
	t.Cleanup(h.kill)
	h.blog = blogClient{h.address, "blog", secret}
	return h
}

// comment sends a comment of person n and returns the answer.
func (h *heatedBlog) comment(n int, post, body string) platform.Answer {
	h.t.Helper()
	h.sent++
	raw, err := json.Marshal(map[string]any{"id": fmt.Sprint("c", h.sent), "body": body, "post": map[string]string{"id": post, "title": "Post " + post},
		"author": map[string]string{"name": fmt.Sprint("Person ", n), "email": fmt.Sprintf("p%d@example.test", n), "ip": fmt.Sprintf("198.51.%d.7", n)}})
	if err != nil {
		h.t.Fatal(err)
	}
	status, answer, err := h.blog.submit(h.t.Context(), fmt.Sprint("msg_", h.sent), raw)
	if err != nil || status != 200 {
		h.t.Fatalf("submit: %d, %v", status, err)
	}
	return answer
}

// message waits for a message of the chat with some words and a button.
func (h *heatedBlog) message(words, button string) (id int) {
	h.t.Helper()
	until(h.t, "a message with "+words, func() bool {
		for _, m := range h.telegram.Messages(modsChat) {
			if !m.Deleted && strings.Contains(m.Text, words) && with([]telegramtest.Message{m}, button) != nil {
				id = m.ID
			}
		}
		return id != 0
	})
	return id
}

// tap presses the button of the message with some words.
func (h *heatedBlog) tap(words, button string) {
	h.t.Helper()
	message := h.message(words, button)
	for _, row := range with(h.only(message), button).Buttons {
		for _, b := range row {
			if strings.Contains(b.Text, button) {
				button = b.Text
			}
		}
	}
	if _, err := h.telegram.Press(modsChat, message, button, firstMod); err != nil {
		h.t.Fatal(err)
	}
}

// only returns a message of the chat.
func (h *heatedBlog) only(id int) (list []telegramtest.Message) {
	for _, m := range h.telegram.Messages(modsChat) {
		if m.ID == id {
			list = append(list, m)
		}
	}
	return list
}

// TestABanFromACardEndToEnd bans by taps, sees what comes of it at the blog's door,
// and takes it back.
func TestABanFromACardEndToEnd(t *testing.T) {
	t.Parallel()
	h := newHeatedBlog(t)
	first := h.comment(1, "p1", insult)
	card := "#" + first.CommentID
	h.tap(card, "More")
	h.tap(card, "Ban author")
	h.tap("By identity", "☐ and reject 1 that waits")
	h.message("By identity", "☑ and reject 1 that waits")
	h.tap("By identity", "7 days")
	h.message("Person 1 is banned on blog, by identity, until", "Undo")
	if status, c := h.api(h.token, "GET", "blog/comments/"+first.CommentID, ""); status != 200 || c.Status != "rejected" {
		t.Errorf("what waited is %d %+v", status, c)
	}
	next := h.comment(1, "p2", "A very friendly word about something else.")
	if next.Status != moderation.Rejected || next.Reasons[0].Rule != "banned" || next.Reasons[0].Detail != "the author is banned here" {
		t.Errorf("a banned author's comment is answered with %+v", next)
	}
	if other := h.comment(2, "p2", "My bus was late again, which is a pity."); other.Status != moderation.Approved {
		t.Errorf("somebody else's comment is answered with %+v", other)
	}
	h.tap("Person 1 is banned on blog, by identity, until", "Undo")
	h.message(card, "Approve")
	if status, c := h.api(h.token, "GET", "blog/comments/"+first.CommentID, ""); status != 200 || c.Status != "held" {
		t.Errorf("after the undo it is %d %+v", status, c)
	}
	if status, c := h.api(h.token, "GET", "blog/authors", ""); status != 200 || len(c.Authors) != 0 {
		t.Errorf("after the undo these are banned: %d %+v", status, c.Authors)
	}
}

// TestAHeatedPostTurnsStrictEndToEnd has several people flagged on a post, and takes
// back what the machine made of it.
func TestAHeatedPostTurnsStrictEndToEnd(t *testing.T) {
	t.Parallel()
	h := newHeatedBlog(t)
	h.must("sites", "set", "blog", "auto_strict", "30% in 30m for 2h")
	h.comment(1, "p1", "I took the tram this morning, and it was on time.")
	for i, body := range []string{insult, "You are a stupid worthless moron, shut up.", "Go away, you filthy brainless idiot, you are scum."} {
		if a := h.comment(10+i, "p1", body); a.Action != moderation.Hold {
			t.Fatalf("%q: %+v", body, a)
		}
	}
	h.message("It has become stricter by itself: strict on Post p1 of blog", "Undo")
	if out := h.must("mode"); !strings.Contains(out, "post p1  strict until ") || !strings.Contains(out, "by gatehouse: 3 of 4 writers were flagged within 30m") {
		t.Errorf("gatehouse mode says:\n%s", out)
	}
	if a := h.comment(2, "p1", "My bus was late again, which is a pity."); a.Status != moderation.Held || a.Reasons[0].Check != "mode" {
		t.Errorf("on the strict post a calm comment is answered with %+v", a)
	}
	if a := h.comment(3, "p2", "The weather in the mountains was lovely."); a.Status != moderation.Approved {
		t.Errorf("on another post a calm comment is answered with %+v", a)
	}
	h.tap("It has become stricter by itself", "Undo")
	until(t, "the mode is taken back", func() bool { return !strings.Contains(h.must("mode"), "p1") })
	if a := h.comment(4, "p1", "I prefer to walk when the sun is out."); a.Status != moderation.Approved {
		t.Errorf("after the undo a calm comment is answered with %+v", a)
	}
}
