package telegramtest_test

import (
	"errors"
	"testing"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/bot/telegramtest"
)

// TestSayAs sends texts whose writer nobody sees.
func TestSayAs(t *testing.T) {
	s, address := telegram(t)
	bot := client(t, address)
	tests := []struct {
		name string
		as   telegramtest.Chat
		from int64
	}{
		{"an anonymous administrator", telegramtest.Chat{ID: group}, 1087968824},
		{"a channel", telegramtest.Chat{ID: -555, Type: "channel", Title: "News"}, 136817688},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := s.SayAs(group, test.as, "/queue")
			list, err := bot.GetUpdates(tgbotapi.UpdateConfig{Offset: -1})
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			m := list[0].Message
			if m.MessageID != id || !m.From.IsBot || m.From.ID != test.from || m.SenderChat == nil || m.SenderChat.ID != test.as.ID || m.Text != "/queue" {
				t.Errorf("message %+v from %+v for %+v", m, m.From, m.SenderChat)
			}
		})
	}
	if id := s.SayAs(-999, telegramtest.Chat{ID: -999}, "x"); id != 0 {
		t.Errorf("message %d in no chat", id)
	}
}

// TestUpgrade makes a group a supergroup.
func TestUpgrade(t *testing.T) {
	s, address := telegram(t)
	bot := client(t, address)
	if to := s.Upgrade(anna); to != 0 {
		t.Errorf("a private chat became %d", to)
	}
	old := send(t, address, "text", "before")
	to := s.Upgrade(group)
	if to > -1_000_000_000_000 || s.Upgrade(group) != 0 {
		t.Fatalf("the supergroup is %d", to)
	}
	list, err := bot.GetUpdates(tgbotapi.UpdateConfig{})
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	gone, come := list[0].Message, list[1].Message
	if gone.Chat.ID != group || gone.MigrateToChatID != to || come.Chat.ID != to || come.MigrateFromChatID != group || !come.Chat.IsSuperGroup() {
		t.Errorf("messages %+v and %+v", gone, come)
	}
	for name, c := range map[string]tgbotapi.Chattable{
		"send": tgbotapi.NewMessage(group, "after"), "edit": tgbotapi.NewEditMessageText(group, old, "after"),
	} {
		_, err := bot.Request(c)
		var refused *tgbotapi.Error
		if !errors.As(err, &refused) || refused.MigrateToChatID != to || refused.Message != "Bad Request: group chat was upgraded to a supergroup chat" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bot.Send(tgbotapi.NewMessage(to, "after")); err != nil {
		t.Error(err)
	}
	if s.Say(group, anna, "anybody?") != 0 || s.Say(to, anna, "hello") == 0 {
		t.Error("people write into the old group, or not into the new one")
	}
}
