package bot

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func TestPairingCode(t *testing.T) {
	paired := moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}, Moderators: []moderation.Moderator{{ID: anna, Name: "Anna"}}}
	tests := []struct {
		name       string
		chat       int64
		moderators []Member
		stored     moderation.Roster
		want       bool
	}{
		{name: "nothing is known", want: true},
		{name: "chat without moderators", chat: mods, want: true},
		{name: "moderators without a chat", moderators: []Member{{ID: anna}}, want: true},
		{name: "configured", chat: mods, moderators: []Member{{ID: anna}}},
		{name: "paired before", stored: paired},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newStage(t)
			s.cfg.Home.Chat, s.cfg.Moderators, s.store.roster = test.chat, test.moderators, test.stored
			b, err := New(s.cfg, s.store, s.store, s.store, s.store)
			if err != nil {
				t.Fatal(err)
			}
			code := b.PairingCode()
			if (code != "") != test.want {
				t.Errorf("code %q", code)
			}
			if test.want && (len(code) != codeLength || strings.Trim(code, codeLetters) != "") {
				t.Errorf("code %q", code)
			}
		})
	}
}

func TestCodesDiffer(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		seen[newCode()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
}

func TestGuess(t *testing.T) {
	p := newPairing(true)
	p.code = "ABCD2345"
	if right, _ := p.guess(1, " abcd-2345 "); !right {
		t.Error("a code in small letters with a dash is wrong")
	}
	for left := maxGuesses - 1; left >= 0; left-- {
		if right, got := p.guess(2, "ABCD2346"); right || got != left {
			t.Errorf("right %v, %d left; want %d", right, got, left)
		}
	}
	if right, left := p.guess(2, "ABCD2345"); right || left >= 0 {
		t.Error("a sixth guess counts")
	}
	if right, _ := p.guess(3, ""); right {
		t.Error("no code at all is right")
	}
	p.spend()
	if right, _ := p.guess(1, ""); right || p.open() != "" {
		t.Error("a spent code is right")
	}
}

func TestGuessersAreBounded(t *testing.T) {
	p := newPairing(true)
	for user := range int64(maxGuessers + 10) {
		p.guess(user, "WRONG")
	}
	if len(p.wrong) != maxGuessers {
		t.Errorf("%d are remembered", len(p.wrong))
	}
	if right, _ := p.guess(maxGuessers+100, p.code); !right {
		t.Error("the right code is wrong")
	}
}

// TestPairingIsCompleted repeats a pairing that a failing store cut short.
func TestPairingIsCompleted(t *testing.T) {
	s := newStage(t)
	s.cfg.Home, s.cfg.Moderators = moderation.Destination{}, nil
	s.held(17, "Troll", "You moron")
	s.start()
	s.quiet()
	s.store.change(func() { s.store.down = errors.New("disk full") })
	s.telegram.Say(mods, anna, "/pair "+s.bot.PairingCode())
	s.logged("update not done")
	s.store.change(func() { s.store.down = nil })
	s.card("#17")
	s.card("Paired.")
	want := moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}, Moderators: []moderation.Moderator{{ID: anna, Name: "Anna", Role: moderation.RoleSenior}}}
	if got, _ := s.store.Roster(t.Context()); !cmp.Equal(got, want) {
		t.Errorf("roster %+v", got)
	}
	s.quiet()
}

// TestConfigurationWins over what pairing stores.
func TestConfigurationWins(t *testing.T) {
	s := newStage(t)
	s.cfg.Moderators = nil
	s.start()
	s.telegram.Say(anna, anna, "/pair "+s.bot.PairingCode())
	s.until("an answer", func() bool {
		list := s.cards(anna)
		return len(list) == 1 && strings.Contains(list[0].Text, "the configured chat, -100")
	})
	s.held(17, "Troll", "You moron")
	s.press(s.card("#17").ID, "Approve", anna)
	s.quiet()
}

// TestConfiguredModeratorsWin lets somebody who is not among them choose the
// chat, and nothing else.
func TestConfiguredModeratorsWin(t *testing.T) {
	s := newStage(t)
	s.cfg.Home, s.cfg.Moderators = moderation.Destination{}, []Member{{ID: bert}}
	s.held(17, "Troll", "You moron")
	s.start()
	s.telegram.Say(mods, anna, "/pair "+s.bot.PairingCode())
	s.card("you are not among them")
	card := s.card("#17")
	if got := s.press(card.ID, "Spam", anna); got != "You are not a moderator of this blog." {
		t.Errorf("Anna is answered %q", got)
	}
	if got := s.press(card.ID, "Spam", bert); got != "🗑 Spam" {
		t.Errorf("Bert is answered %q", got)
	}
	s.quiet()
}
