package telegramtest_test

import (
	"fmt"
	"testing"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/bot/telegramtest"
)

// TestMenus sets a list of commands for every scope, widest first, and looks
// after each at what people are offered.
func TestMenus(t *testing.T) {
	s, address := telegram(t)
	s.AddUser(telegramtest.User{ID: 1003, FirstName: "Cleo", Language: "de"})
	s.AddMember(group, 1003)
	s.Say(anna, anna, "/start")
	api := client(t, address)
	first := func(chat, user int64) string {
		if list := s.CommandsFor(chat, user); len(list) > 0 {
			return list[0].Command
		}
		return "none"
	}
	look := func() string {
		return fmt.Sprint(first(anna, anna), " ", first(group, anna), " ", first(group, bert), " ", first(group, 1003))
	}
	if got := look(); got != "none none none none" {
		t.Errorf("at first %s", got)
	}
	tests := []struct {
		name, language string
		scope          tgbotapi.BotCommandScope
		want           string // private, owner, member, German member
	}{
		{"default", "", tgbotapi.NewBotCommandScopeDefault(), "default default default default"},
		{"german", "de", tgbotapi.NewBotCommandScopeDefault(), "default default default german"},
		{"private", "", tgbotapi.NewBotCommandScopeAllPrivateChats(), "private default default german"},
		{"groups", "", tgbotapi.NewBotCommandScopeAllGroupChats(), "private groups groups groups"},
		{"admins", "", tgbotapi.NewBotCommandScopeAllChatAdministrators(), "private admins groups groups"},
		{"here", "", tgbotapi.NewBotCommandScopeChat(group), "private here here here"},
		{"annas", "", tgbotapi.NewBotCommandScopeChat(anna), "annas here here here"},
		{"leaders", "", tgbotapi.NewBotCommandScopeChatAdministrators(group), "annas leaders here here"},
		{"mine", "", tgbotapi.NewBotCommandScopeChatMember(group, bert), "annas leaders mine here"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set := tgbotapi.NewSetMyCommandsWithScopeAndLanguage(test.scope, test.language, tgbotapi.BotCommand{Command: test.name, Description: "x"})
			if _, err := api.Request(set); err != nil {
				t.Fatal(err)
			}
			if got := look(); got != test.want {
				t.Errorf("offered %s, want %s", got, test.want)
			}
			list, err := api.GetMyCommandsWithConfig(tgbotapi.NewGetMyCommandsWithScopeAndLanguage(test.scope, test.language))
			if err != nil || len(list) != 1 || list[0].Command != test.name {
				t.Errorf("the list is %+v, %v", list, err)
			}
		})
	}
	if _, err := api.Request(tgbotapi.NewDeleteMyCommandsWithScope(tgbotapi.NewBotCommandScopeChatMember(group, bert))); err != nil {
		t.Fatal(err)
	}
	if got := look(); got != "annas leaders here here" {
		t.Errorf("without Bert's %s", got)
	}
	if list := s.Commands(); len(list) != 1 || list[0].Command != "default" {
		t.Errorf("everybody's list is %+v", list)
	}
}

func TestMenusRefused(t *testing.T) {
	s, address := telegram(t)
	s.Say(anna, anna, "/start")
	tests := []struct{ name, scope, want string }{
		{"no JSON", `{`, "Bad Request: can't parse BotCommandScope JSON object"},
		{"unknown type", `{"type":"everybody"}`, "Bad Request: can't parse BotCommandScope: Unsupported type specified"},
		{"unknown chat", `{"type":"chat","chat_id":-5}`, "Bad Request: chat not found"},
		{"never started", `{"type":"chat","chat_id":1002}`, "Bad Request: chat not found"},
		{"unknown member", `{"type":"chat_member","chat_id":-100,"user_id":5}`, "Bad Request: user not found"},
		{"member of a private chat", `{"type":"chat_member","chat_id":1001,"user_id":1001}`, "Bad Request: can't use specified scope in private chats"},
		{"chat as a string", `{"type":"chat","chat_id":"-100"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if a := post(t, address, "setMyCommands", "scope", test.scope, "commands", `[]`); a.Description != test.want {
				t.Errorf("got %+v", a)
			}
		})
	}
}
