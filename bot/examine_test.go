package bot_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/bot"
	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

func TestExamine(t *testing.T) {
	telegram := telegramtest.New("42:right")
	telegram.AddUser(telegramtest.User{ID: 7, FirstName: "Mo"})
	telegram.AddChat(telegramtest.Chat{ID: -100, Type: "supergroup", Title: "mods"}, 7)
	api := httptest.NewServer(telegram)
	defer api.Close()
	tests := map[string]struct {
		token string
		chat  int64
		want  bot.Health
		err   string
	}{
		"a bot and its chat": {"42:right", -100, bot.Health{Username: "gatehouse_bot", Chat: "mods"}, ""},
		"no chat yet":        {"42:right", 0, bot.Health{Username: "gatehouse_bot"}, ""},
		"another's chat":     {"42:right", -200, bot.Health{Username: "gatehouse_bot"}, "is the bot @gatehouse_bot a member of it?"},
		"a wrong token":      {"42:SEKRIT", -100, bot.Health{}, "ask @BotFather for a good one"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, err := bot.Examine(t.Context(), bot.Config{Token: moderation.Secret(tt.token), APIURL: api.URL, Home: moderation.Destination{Spot: moderation.Spot{Chat: tt.chat}}})
			if h != tt.want {
				t.Errorf("%+v, want %+v", h, tt.want)
			}
			switch {
			case tt.err == "" && err != nil:
				t.Error(err)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "SEKRIT")):
				t.Errorf("err = %v, want one that says %q and not the token", err, tt.err)
			}
		})
	}
	if messages := telegram.Messages(-100); len(messages) != 0 {
		t.Errorf("%d messages were sent", len(messages))
	}
	for _, s := range telegram.Calls() {
		if !strings.HasPrefix(strings.ToLower(s.Method), "get") {
			t.Errorf("called %s", s.Method)
		}
	}
}
