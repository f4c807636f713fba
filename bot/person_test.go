package bot

import (
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// nobodies are those in whose name anybody may write.
func nobodies() map[string]telegramtest.Chat {
	return map[string]telegramtest.Chat{
		"an anonymous administrator": {ID: mods},
		"a channel":                  {ID: -555, Type: "channel", Title: "News"},
	}
}

// TestNobodyPairs gives the code in the name of a chat: it stays good for whoever
// shows their face.
func TestNobodyPairs(t *testing.T) {
	for name, as := range nobodies() {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.cfg.Home, s.cfg.Moderators = moderation.Destination{}, nil
			s.start()
			code := s.bot.PairingCode()
			s.telegram.SayAs(mods, as, "/pair "+code)
			s.card("Remain anonymous")
			if r, _ := s.store.Roster(t.Context()); r.Home.Chat != 0 || len(r.Moderators) != 0 {
				t.Errorf("roster %+v", r)
			}
			s.telegram.Say(mods, anna, "/pair "+code)
			s.card("Paired.")
			s.quiet()
		})
	}
}

// TestNobodyModerates gives commands in the name of chats, also where an earlier
// version has made Telegram's own accounts moderators.
func TestNobodyModerates(t *testing.T) {
	const elsewhere = int64(-666)
	for name, as := range nobodies() {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, func(c *Config) { c.Moderators = []Member{{ID: anna}, {ID: 1087968824}, {ID: 136817688}, {ID: 777000}} })
			s.store.roster = moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}, Moderators: []moderation.Moderator{{ID: 1087968824}, {ID: 136817688}}}
			s.telegram.AddChat(telegramtest.Chat{ID: elsewhere, Title: "others"}, stranger)
			s.start()
			s.logged("are not people")
			s.held(17, "Troll", "You moron")
			s.card("#17")
			s.quiet()
			for _, command := range []string{"/queue", "/approve 17", "/pair", "/start", "hello"} {
				if as.ID == mods {
					s.telegram.SayAs(elsewhere, telegramtest.Chat{ID: elsewhere}, command)
				} else {
					s.telegram.SayAs(elsewhere, as, command)
				}
			}
			s.quiet()
			if list := s.cards(elsewhere); len(list) != 0 {
				t.Errorf("elsewhere it is answered %+v", list)
			}
			s.telegram.SayAs(mods, as, "hello")
			s.telegram.SayAs(mods, as, "/approve 17")
			s.card("Remain anonymous")
			s.quiet()
			if made := s.store.decisions(); len(made) != 0 || len(s.cards(mods)) != 2 {
				t.Errorf("decisions %+v, chat %+v", made, s.cards(mods))
			}
		})
	}
}

// TestOnlyNobodyIsPaired asks for a moderator where none of those stored is one.
func TestOnlyNobodyIsPaired(t *testing.T) {
	s := newStage(t)
	s.cfg.Moderators = []Member{{ID: 777000}}
	s.store.roster = moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: mods}}, Moderators: []moderation.Moderator{{ID: 1087968824, Name: "Group"}}}
	s.start()
	if s.bot.PairingCode() == "" {
		t.Error("there is no code")
	}
	if log := s.log.String(); !strings.Contains(log, "777000") || !strings.Contains(log, "1087968824") {
		t.Errorf("log %s", log)
	}
}
