package bot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
)

// membership is an update of what the bot is in a chat.
func membership(number int, chat int64, before, after string) json.RawMessage {
	kind := "group"
	if chat > 0 {
		kind = "private"
	}
	return json.RawMessage(fmt.Sprintf(`{"update_id": %d, "my_chat_member": {"chat": {"id": %d, "type": %q, "title": "mods"}, "from": {"id": 1001}, "date": 1,
		"old_chat_member": %s, "new_chat_member": %s}}`, number, chat, kind, before, after))
}

// status is what somebody is in a chat.
func status(s string) string { return fmt.Sprintf(`{"status": %q, "can_send_messages": false}`, s) }

// TestBotComesBack brings the chat up to date when the bot may write there again,
// and says once that it may not.
func TestBotComesBack(t *testing.T) {
	for name, out := range map[string]struct{ status, says string }{
		"thrown out": {status("kicked"), "the bot was thrown out): add the bot to the chat again"},
		"has left":   {status("left"), "the bot has left): add the bot to the chat again"},
		"restricted": {status("restricted"), "the bot has no rights to send): allow the bot to send messages there"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			b, err := New(s.cfg, s.store, s.store, s.store, s.store)
			if err != nil {
				t.Fatal(err)
			}
			b.behind.Store(false)
			l := newListener(b)
			becomes := func(number int, chat int64, before, after string) {
				if !l.take(t.Context(), membership(number, chat, before, after)) {
					t.Error("update not taken")
				}
			}
			s.held(17, "Troll", "You moron")
			s.store.change(func() { s.store.outbox = nil }) // given up
			becomes(1, mods, status("member"), out.status)
			becomes(2, mods, out.status, status("left"))
			becomes(3, -555, status("member"), status("kicked"))
			if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 || !strings.Contains(s.log.String(), out.says) {
				t.Errorf("%d errors in the log:\n%s", n, s.log)
			}
			if got := b.Trouble(); !strings.Contains(got, out.says) || strings.Contains(got, "-555") {
				t.Errorf("trouble %q", got)
			}
			becomes(4, -555, status("left"), status("member"))
			if cards := s.cards(mods); len(cards) != 0 {
				t.Errorf("another chat is brought up to date: %+v", cards)
			}
			becomes(5, mods, status("left"), `{"status": "restricted", "can_send_messages": true}`)
			if cards := s.cards(mods); len(cards) != 1 {
				t.Errorf("the chat shows %+v", cards)
			}
			if got := b.Trouble(); got != "" {
				t.Errorf("trouble %q", got)
			}
		})
	}
	if !slices.Contains(strings.Split(allowedUpdates, `"`), "my_chat_member") {
		t.Error("Telegram is not asked for my_chat_member")
	}
}

// TestChatTakesNoCards says once what keeps cards from a chat and what to do, and
// is quiet when it takes them again.
func TestChatTakesNoCards(t *testing.T) {
	for words, says := range map[string]string{
		"Forbidden: bot was kicked from the group chat":                    "add the bot to the chat again",
		"Forbidden: bot is not a member of the supergroup chat":            "add the bot to the chat again",
		"Bad Request: chat not found":                                      "set the right number (TELEGRAM_CHAT_ID)",
		"Bad Request: not enough rights to send text messages to the chat": "allow the bot to send messages there",
		"Bad Request: have no rights to send a message":                    "allow the bot to send messages there",
		"Bad Request: CHAT_WRITE_FORBIDDEN":                                "allow the bot to send messages there",
		"Bad Request: TOPIC_CLOSED":                                        "open the topic again",
		"Bad Request: message thread not found":                            "open the topic again",
		"Bad Request: need administrator rights in the channel chat":       "make it an administrator",
	} {
		t.Run(words, func(t *testing.T) {
			s := newStage(t)
			s.start()
			s.quiet()
			code := 400
			if strings.HasPrefix(words, "Forbidden") {
				code = 403
			}
			s.telegram.Fault("sendMessage", -1, telegramtest.Refuse(code, words))
			s.held(17, "Troll", "You moron")
			s.until("trouble", func() bool { return s.bot.Trouble() != "" })
			if got := s.bot.Trouble(); !strings.Contains(got, says) || !strings.Contains(got, "chat -100") || !strings.Contains(got, words) {
				t.Errorf("trouble %q", got)
			}
			s.telegram.ClearFaults()
			s.card("#17")
			s.quiet()
			if got := s.bot.Trouble(); got != "" {
				t.Errorf("trouble %q", got)
			}
			if n := strings.Count(s.log.String(), "takes no cards"); n != 1 {
				t.Errorf("%d errors in the log:\n%s", n, s.log)
			}
		})
	}
}

// TestStrangerTakesNoAnswer is nobody's trouble.
func TestStrangerTakesNoAnswer(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.telegram.Fault("sendMessage", 1, telegramtest.Blocked())
	s.telegram.Say(stranger, stranger, "/start")
	s.logged("command not answered")
	s.quiet()
	if got := s.bot.Trouble(); got != "" || strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("trouble %q\n%s", got, s.log)
	}
}
