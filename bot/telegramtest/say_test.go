package telegramtest_test

import (
	"testing"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// TestForward forwards a card: what can be tapped stays behind.
func TestForward(t *testing.T) {
	s, address := telegram(t)
	bot := client(t, address)
	s.Say(anna, anna, "/start")
	card := send(t, address, "text", "<b>card</b>", "parse_mode", "HTML", "reply_markup",
		`{"inline_keyboard":[[{"text":"Approve","callback_data":"a"},{"text":"Post","url":"https://a.example"}],[{"text":"More","callback_data":"m"}]]}`)
	id := s.Forward(anna, anna, group, card)
	list, err := bot.GetUpdates(tgbotapi.UpdateConfig{Offset: -1})
	if err != nil || len(list) != 1 || list[0].Message == nil {
		t.Fatalf("%+v, %v", list, err)
	}
	m := list[0].Message
	if m.MessageID != id || m.From.ID != anna || m.ForwardFrom == nil || m.ForwardFrom.ID != 42 || m.ForwardDate == 0 || m.Text != "card" || len(m.Entities) != 1 {
		t.Errorf("message %+v", m)
	}
	if rows := m.ReplyMarkup; rows == nil || len(rows.InlineKeyboard) != 1 || len(rows.InlineKeyboard[0]) != 1 || *rows.InlineKeyboard[0][0].URL != "https://a.example" {
		t.Errorf("buttons %+v", rows)
	}
	if _, err := s.Press(anna, id, "Approve", anna); err == nil {
		t.Error("a forwarded button can be pressed")
	}
	if _, err := s.Press(group, card, "Approve", anna); err != nil {
		t.Errorf("the card has lost its buttons: %v", err)
	}
	if s.Forward(anna, anna, group, 5) != 0 || s.Forward(-5, anna, group, card) != 0 {
		t.Error("what is not there was forwarded")
	}
}

// TestReplyToACard answers a card with text.
func TestReplyToACard(t *testing.T) {
	s, address := telegram(t)
	card := send(t, address, "text", "card")
	s.SayInReply(group, anna, card, "I know him")
	list, err := client(t, address).GetUpdates(tgbotapi.UpdateConfig{})
	if err != nil || len(list) != 1 || list[0].Message.ReplyToMessage == nil || list[0].Message.ReplyToMessage.MessageID != card {
		t.Fatalf("%+v, %v", list, err)
	}
	s.Delete(group, card)
	s.SayInReply(group, anna, card, "too late")
	list, err = client(t, address).GetUpdates(tgbotapi.UpdateConfig{Offset: -1})
	if err != nil || len(list) != 1 || list[0].Message.ReplyToMessage != nil {
		t.Errorf("%+v, %v", list, err)
	}
}
