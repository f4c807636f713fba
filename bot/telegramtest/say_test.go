package telegramtest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/bot/telegramtest"
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

func TestStart(t *testing.T) {
	s, _ := telegram(t)
	for payload, want := range map[string]string{
		"": "/start", "pair-17_A": "/start pair-17_A", strings.Repeat("x", 64): "/start " + strings.Repeat("x", 64),
		strings.Repeat("x", 65): "", "a b": "", "é": "",
	} {
		id := s.Start(anna, payload)
		got := ""
		if list := s.Messages(anna); id != 0 {
			got = list[len(list)-1].Text
		}
		if got != want {
			t.Errorf("%q says %q, want %q", payload, got, want)
		}
	}
}

// TestTooLate answers a tap after a minute, and deletes a message after two days.
func TestTooLate(t *testing.T) {
	s, address, c := timed(t)
	card := send(t, address, "text", "card")
	theirs := s.Say(group, anna, "hello")
	query, err := s.PressData(group, card, "x", anna)
	if err != nil {
		t.Fatal(err)
	}
	c.pass(time.Minute + time.Second)
	if a := post(t, address, "answerCallbackQuery", "callback_query_id", query); a.Description != "Bad Request: query is too old and response timeout expired or query ID is invalid" {
		t.Errorf("an answer after a minute: %+v", a)
	}
	c.pass(48 * time.Hour)
	remove := func(message int) answer {
		return post(t, address, "deleteMessage", "chat_id", "-100", "message_id", strconv.Itoa(message))
	}
	if a := remove(card); a.Description != "Bad Request: message can't be deleted for everyone" {
		t.Errorf("after two days: %+v", a)
	}
	s.SetStatus(group, s.Me().ID, telegramtest.Administrator)
	for _, message := range []int{card, theirs} {
		if a := remove(message); !a.OK {
			t.Errorf("an administrator is refused: %+v", a)
		}
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
