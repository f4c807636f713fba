package bot

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// TestBlockedBotKeepsNobodyWaiting shows that a card of somebody who has blocked the bot
// is no failure of its case, and follows it once they let the bot in again.
func TestBlockedBotKeepsNobodyWaiting(t *testing.T) {
	s := newStage(t, func(c *Config) { c.Home = moderation.Destination{Each: true} })
	s.telegram.Say(anna, anna, "/start")
	s.telegram.Say(bert, bert, "/start")
	s.start()
	s.quiet()
	id := s.held(17, "Troll", "You moron")
	shows := func(chat int64, words string) func() bool {
		return func() bool {
			return slices.ContainsFunc(s.cards(chat), func(m telegramtest.Message) bool { return strings.Contains(m.Text, words) })
		}
	}
	s.until("a card for each", func() bool { return shows(anna, "You moron")() && shows(bert, "You moron")() })
	s.telegram.FaultIn(bert, "editMessageText", -1, telegramtest.Refuse(http.StatusForbidden, "Forbidden: bot was blocked by the user"))
	s.store.alter(id, func(v *moderation.CaseView) { v.Comment.Text = "You new moron" })
	s.until("anna's card", shows(anna, "You new moron"))
	s.until("a try", func() bool { return s.called("editMessageText", bert) > 0 })
	s.quiet()
	// The case has come and changed: two deliveries may both have found the old card.
	if n := s.called("editMessageText", bert); n > 2 {
		t.Errorf("%d edits were tried", n)
	}
	s.telegram.ClearFaults()
	s.telegram.Block(bert)
	s.telegram.Unblock(bert)
	s.until("bert's card", shows(bert, "You new moron"))
}

// TestPauseOutlastsFailedReminder shows that what somebody orders while a reminder is on
// its way counts, also where that fails.
func TestPauseOutlastsFailedReminder(t *testing.T) {
	s := newStage(t, func(c *Config) { c.RemindAfter, c.Timeout = 2*time.Hour, time.Second })
	s.start()
	s.held(17, "Troll", "You moron")
	s.card("You moron")
	s.telegram.FaultIn(mods, "sendMessage", 1, telegramtest.Hang())
	before := s.called("sendMessage", mods)
	s.pass(3 * time.Hour)
	s.until("a reminder on its way", func() bool { return s.called("sendMessage", mods) > before })
	s.telegram.Say(mods, anna, "/pause 2h")
	s.card("No new cards here")
	s.logged("chat not looked after")
	state, err := s.store.ChatState(t.Context(), moderation.Spot{Chat: mods})
	if err != nil || !state.PausedUntil.After(s.clock()) || !state.RemindedAt.IsZero() {
		t.Errorf("state %+v, %v", state, err)
	}
}
