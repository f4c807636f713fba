package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// takeRaw has a bot that does not run take one update, beside a case that waits, and
// returns how many decisions that made.
func takeRaw(t *testing.T, raw []byte) int {
	t.Helper()
	s := newStage(t)
	s.held(17, "Troll", "You moron")
	var err error
	if s.bot, err = New(s.cfg, s.store, s.store, s.store, s.store); err != nil {
		t.Fatal(err)
	}
	if _, err := numberOf(raw); err == nil {
		in := newInbox(s.bot)
		_ = in.try(t.Context(), 1, raw)
	}
	if strings.Contains(s.log.String(), "handler panicked") {
		t.Errorf("the handler panicked:\n%s", s.log)
	}
	return len(s.store.decisions())
}

// tapData is the button Approve of the case that waits.
const tapData = verbApprove + ":7a700117:39:1"

// tapOf is a tap in the moderators' group.
func tapOf(from int64) string {
	return fmt.Sprintf(`{"update_id": 1, "callback_query": {"id": "q", "from": {"id": %d, "first_name": "X"}, "chat_instance": "c", "data": %q,
		"message": {"message_id": 5, "date": 1, "chat": {"id": %d, "type": "supergroup"}}}}`, from, tapData, mods)
}

// strangersUpdates are ways to decide that nobody has who is no moderator.
func strangersUpdates() map[string]string {
	person := fmt.Sprintf(`{"id": %d, "first_name": "Mallory"}`, stranger)
	chat := fmt.Sprintf(`{"id": %d, "type": "supergroup"}`, mods)
	decide := `"message_id": 6, "date": 1, "text": "/approve 17", "entities": [{"type": "bot_command", "offset": 0, "length": 8}]`
	return map[string]string{
		"a stranger's tap":            tapOf(stranger),
		"a tap of nobody":             fmt.Sprintf(`{"update_id": 1, "callback_query": {"id": "q", "data": %q}}`, tapData),
		"a tap without a message":     fmt.Sprintf(`{"update_id": 1, "callback_query": {"id": "q", "from": %s, "inline_message_id": "i", "data": %q}}`, person, tapData),
		"a stranger's command":        fmt.Sprintf(`{"update_id": 1, "message": {%s, "from": %s, "chat": %s}}`, decide, person, chat),
		"forwarded from a moderator":  fmt.Sprintf(`{"update_id": 1, "message": {%s, "from": %s, "chat": %s, "forward_from": {"id": %d, "first_name": "Anna"}, "forward_date": 1}}`, decide, person, chat, anna),
		"in a reply to a moderator":   fmt.Sprintf(`{"update_id": 1, "message": {%s, "from": %s, "chat": %s, "reply_to_message": {"message_id": 5, "date": 1, "from": {"id": %d, "first_name": "Anna"}, "chat": %s, "text": "x"}}}`, decide, person, chat, anna, chat),
		"an anonymous administrator":  fmt.Sprintf(`{"update_id": 1, "message": {%s, "from": {"id": 1087968824, "is_bot": true, "first_name": "Group"}, "sender_chat": %s, "chat": %s}}`, decide, chat, chat),
		"a channel's post":            fmt.Sprintf(`{"update_id": 1, "channel_post": {%s, "chat": {"id": %d, "type": "channel"}}}`, decide, mods),
		"a moderator's edited words":  fmt.Sprintf(`{"update_id": 1, "edited_message": {%s, "from": {"id": %d, "first_name": "Anna"}, "chat": %s}}`, decide, anna, chat),
		"a message of nobody":         fmt.Sprintf(`{"update_id": 1, "message": {%s, "chat": %s}}`, decide, chat),
		"a moderator's, as a channel": fmt.Sprintf(`{"update_id": 1, "message": {%s, "from": {"id": %d, "first_name": "Anna"}, "sender_chat": {"id": -555, "type": "channel"}, "chat": %s}}`, decide, anna, chat),
	}
}

// TestStrangersUpdatesDecideNothing takes them all, and a moderator's tap, which does.
func TestStrangersUpdatesDecideNothing(t *testing.T) {
	if n := takeRaw(t, []byte(tapOf(anna))); n != 1 {
		t.Fatalf("a moderator's tap made %d decisions: the test does not tap as it should", n)
	}
	for name, raw := range strangersUpdates() {
		t.Run(name, func(t *testing.T) {
			if !json.Valid([]byte(raw)) {
				t.Fatal("no JSON")
			}
			if n := takeRaw(t, []byte(raw)); n != 0 {
				t.Errorf("%d decisions", n)
			}
		})
	}
}

// FuzzUpdate holds that nothing makes a handler panic, and that only what comes of a
// moderator decides.
func FuzzUpdate(f *testing.F) {
	f.Add([]byte(tapOf(anna)))
	for _, raw := range strangersUpdates() {
		f.Add([]byte(raw))
	}
	f.Add([]byte(`{"update_id": 1, "my_chat_member": {"chat": {"id": 1}, "new_chat_member": {"status": "member"}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if takeRaw(t, raw) == 0 {
			return
		}
		var u tgbotapi.Update
		if err := json.Unmarshal(raw, &u); err != nil {
			t.Fatal("what can't be read decides")
		}
		var from *tgbotapi.User
		switch {
		case u.CallbackQuery != nil:
			from = u.CallbackQuery.From
		case u.Message != nil:
			from = u.Message.From
		}
		if from == nil || from.ID != anna && from.ID != bert {
			t.Errorf("decided: %s", raw)
		}
	})
}
