package bot

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// follows checks that a supergroup has taken the place of the moderators' group:
// what was open has a card there, and so has what comes, once each.
func (s *stage) follows(to int64) {
	s.t.Helper()
	s.held(18, "Troll", "You other moron")
	s.until("two cards in the supergroup", func() bool { return len(s.cards(to)) == 2 })
	s.quiet()
	for _, m := range s.cards(to) {
		query, err := s.telegram.Press(to, m.ID, "Approve", anna)
		if err != nil {
			s.t.Fatal(err)
		}
		if got := s.answered(query); got != "✅ Approved" {
			s.t.Errorf("answer %q", got)
		}
	}
	s.quiet()
	for _, m := range s.cards(to) {
		if got := labels(m); len(got) != 1 {
			s.t.Errorf("card %q has %v", m.Text, got)
		}
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, c := range s.store.cards {
		if c.Chat != to {
			s.t.Errorf("card %+v is remembered", c)
		}
	}
}

// TestPairedGroupIsUpgraded lets the bot hear of it by the service messages, or
// by the refusal alone.
func TestPairedGroupIsUpgraded(t *testing.T) {
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprintf("told %v", told), func(t *testing.T) {
			s := newStage(t)
			s.cfg.Home, s.cfg.Moderators = moderation.Destination{}, nil
			s.store.roster = moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}, Moderators: []moderation.Moderator{{ID: anna, Name: "Anna"}, {ID: bert, Name: "Bert"}}}
			s.start()
			s.held(17, "Troll", "You moron")
			s.card("#17")
			s.quiet()
			if !told {
				s.deafen()
			}
			to := s.telegram.Upgrade(mods)
			if !told {
				s.forget()
				s.telegram.ClearFaults()
			}
			s.follows(to)
			r, _ := s.store.Roster(t.Context())
			if r.Home.Chat != to || len(r.Moderators) != 2 {
				t.Errorf("roster %+v", r)
			}
			if strings.Contains(s.log.String(), "TELEGRAM_CHAT_ID") {
				t.Errorf("log %s", s.log)
			}
		})
	}
}

// TestConfiguredGroupIsUpgraded says what to configure, and goes on until that
// is done, also after a start.
func TestConfiguredGroupIsUpgraded(t *testing.T) {
	s := newStage(t)
	s.start()
	s.held(17, "Troll", "You moron")
	s.card("#17")
	s.quiet()
	to := s.telegram.Upgrade(mods)
	s.follows(to)
	advice := fmt.Sprintf("set TELEGRAM_CHAT_ID to %d", to)
	s.logged(advice)
	s.stop()
	before := strings.Count(s.log.String(), advice)
	s.start()
	s.held(19, "Troll", "You third moron")
	s.until("a card in the supergroup", func() bool { return len(s.cards(to)) == 3 })
	s.quiet()
	if n := strings.Count(s.log.String(), advice); n != before+1 {
		t.Errorf("after another start the advice is given %d times", n-before)
	}
	if r, _ := s.store.Roster(t.Context()); r.Home.Chat != 0 {
		t.Errorf("roster %+v", r)
	}
}

// TestOldCardAfterAnUpgrade taps where a card stands that can't be edited any
// more, and gives a command that was sent just before.
func TestOldCardAfterAnUpgrade(t *testing.T) {
	s := newStage(t)
	s.start()
	s.held(17, "Troll", "You moron")
	old := s.card("#17")
	s.quiet()
	s.deafen()
	s.telegram.Say(mods, bert, "/queue")
	if _, err := s.telegram.Press(mods, old.ID, "More", anna); err != nil {
		t.Fatal(err)
	}
	query, err := s.telegram.Press(mods, old.ID, "Spam", anna)
	if err != nil {
		t.Fatal(err)
	}
	to := s.telegram.Upgrade(mods)
	s.telegram.ClearFaults()
	if got := s.answered(query); got != "🗑 Spam" {
		t.Errorf("answer %q", got)
	}
	s.until("an answer", func() bool {
		for _, m := range s.cards(to) {
			if strings.Contains(m.Text, "1 comment waits") {
				return true
			}
		}
		return false
	})
	s.quiet()
	if cards, _ := s.store.CardsOf(t.Context(), 117); len(cards) > 1 || len(cards) == 1 && cards[0].Chat != to {
		t.Errorf("cards %+v", cards)
	}
}

// TestUpgradeWaitsForTheStore repeats what a full disk kept from being done.
func TestUpgradeWaitsForTheStore(t *testing.T) {
	s := newStage(t)
	s.cfg.Home.Chat = 0
	s.store.roster = moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}}
	s.start()
	s.held(17, "Troll", "You moron")
	s.card("#17")
	s.quiet()
	s.fill(errFull)
	to := s.telegram.Upgrade(mods)
	s.refusals(5)
	s.fill(nil)
	s.follows(to)
}

// TestStrangersGroupIsUpgraded changes nothing.
func TestStrangersGroupIsUpgraded(t *testing.T) {
	s := newStage(t)
	s.telegram.AddChat(telegramtest.Chat{ID: -666, Title: "others"}, stranger)
	s.start()
	s.quiet()
	to := s.telegram.Upgrade(-666)
	s.quiet()
	s.held(17, "Troll", "You moron")
	s.card("#17")
	if list := s.cards(to); len(list) != 0 {
		t.Errorf("the other group shows %+v", list)
	}
}

// deafen keeps updates from the bot until the faults are cleared.
func (s *stage) deafen() {
	s.t.Helper()
	s.telegram.Fault("getUpdates", -1, telegramtest.BadGateway())
	s.telegram.Say(stranger, stranger, "wake up")
	s.logged("Telegram can't be reached")
}

// forget makes Telegram drop the updates that wait.
func (s *stage) forget() {
	s.t.Helper()
	resp, err := http.Get(s.cfg.APIURL + "/bot" + testToken + "/deleteWebhook?drop_pending_updates=true")
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if n := s.telegram.Pending(); n != 0 {
		s.t.Fatalf("%d updates wait", n)
	}
}
