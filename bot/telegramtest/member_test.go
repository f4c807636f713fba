package telegramtest_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/bot/telegramtest"
)

const large = int64(-1_000_000_000_600) // a supergroup

// moved is what the tests read of an update about the bot's own place.
type moved struct {
	Change *struct {
		Chat struct {
			ID int64 `json:"id"`
		} `json:"chat"`
		From struct {
			ID int64 `json:"id"`
		} `json:"from"`
		Old struct {
			Status string `json:"status"`
		} `json:"old_chat_member"`
		New struct {
			Status string `json:"status"`
			User   struct {
				ID int64 `json:"id"`
			} `json:"user"`
		} `json:"new_chat_member"`
	} `json:"my_chat_member"`
}

// moves returns what the bot heard of its own place.
func moves(t *testing.T, address string) (list []string) {
	t.Helper()
	var all []moved
	if err := json.Unmarshal(post(t, address, "getUpdates").Result, &all); err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if c := u.Change; c != nil && c.New.User.ID == 42 {
			list = append(list, strings.Join([]string{strconv.FormatInt(c.Chat.ID, 10), strconv.FormatInt(c.From.ID, 10), c.Old.Status, c.New.Status}, " "))
		}
	}
	return list
}

func TestStatuses(t *testing.T) {
	s, address := telegram(t)
	s.AddUser(telegramtest.User{ID: 1003, FirstName: "Cleo"})
	tests := []struct {
		name string
		do   func()
		want string // Cleo's status, and whether she may write
		says bool
	}{
		{"unknown", func() {}, "left", true},
		{"member", func() { s.AddMember(group, 1003) }, "member", true},
		{"administrator", func() { s.SetStatus(group, 1003, telegramtest.Administrator) }, "administrator", true},
		{"restricted", func() { s.SetStatus(group, 1003, telegramtest.Restricted) }, "restricted", false},
		{"restricted, writing", func() { s.Restrict(group, 1003, true) }, "restricted", true},
		{"left", func() { s.SetStatus(group, 1003, telegramtest.Left) }, "left", false},
		{"kicked", func() { s.SetStatus(group, 1003, telegramtest.Kicked) }, "kicked", false},
		{"in again", func() { s.AddMember(group, 1003) }, "member", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.do()
			var m struct {
				Status string `json:"status"`
				Write  bool   `json:"can_send_messages"`
			}
			a := post(t, address, "getChatMember", "chat_id", "-100", "user_id", "1003")
			if err := json.Unmarshal(a.Result, &m); err != nil || m.Status != test.want {
				t.Errorf("got %s, want %s", a.Result, test.want)
			}
			if m.Status == "restricted" && m.Write != test.says {
				t.Errorf("can_send_messages %v", m.Write)
			}
			if said := s.Say(group, 1003, "x") != 0; said != test.says {
				t.Errorf("may write: %v", said)
			}
			var leaders []json.RawMessage
			a = post(t, address, "getChatAdministrators", "chat_id", "-100")
			if err := json.Unmarshal(a.Result, &leaders); err != nil || len(leaders) != 1+strings.Count(test.want, "administrator") {
				t.Errorf("administrators %s", a.Result)
			}
		})
	}
	if list := moves(t, address); len(list) != 0 {
		t.Errorf("the bot hears of others: %v", list)
	}
}

// TestThrownOut takes the bot's place away, and gives it back.
func TestThrownOut(t *testing.T) {
	s, address := telegram(t)
	s.AddChat(telegramtest.Chat{ID: large, Type: telegramtest.Supergroup}, anna)
	s.Say(bert, bert, "/start")
	me := s.Me().ID
	tests := []struct {
		name string
		do   func()
		chat int64
		want string
	}{
		{"kicked from a supergroup", func() { s.SetStatus(large, me, telegramtest.Kicked) }, large, "Forbidden: bot was kicked from the supergroup chat"},
		{"in again", func() { s.AddMember(large, me) }, large, ""},
		{"left a supergroup", func() { s.SetStatus(large, me, telegramtest.Left) }, large, "Forbidden: bot is not a member of the supergroup chat"},
		{"kicked from a group", func() { s.SetStatus(group, me, telegramtest.Kicked) }, group, "Forbidden: bot was kicked from the group chat"},
		{"restricted", func() { s.SetStatus(group, me, telegramtest.Restricted) }, group, "Bad Request: not enough rights to send text messages to the chat"},
		{"muted", func() { s.SetStatus(group, me, telegramtest.Member); s.Mute(group, true) }, group,
			"Bad Request: not enough rights to send text messages to the chat"},
		{"administrator", func() { s.SetStatus(group, me, telegramtest.Administrator) }, group, ""},
		{"blocked", func() { s.Block(bert) }, bert, "Forbidden: bot was blocked by the user"},
		{"blocked again", func() { s.Block(bert) }, bert, "Forbidden: bot was blocked by the user"},
		{"unblocked", func() { s.Unblock(bert) }, bert, ""},
		{"never started", func() {}, anna, "Forbidden: bot can't initiate conversation with a user"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.do()
			if a := post(t, address, "sendMessage", "chat_id", strconv.FormatInt(test.chat, 10), "text", "x"); a.Description != test.want {
				t.Errorf("got %+v, want %q", a, test.want)
			}
		})
	}
	want := []string{
		"-1000000000600 1001 member kicked", "-1000000000600 1001 kicked member", "-1000000000600 1001 member left",
		"-100 1001 member kicked", "-100 1001 kicked restricted", "-100 1001 restricted member", "-100 1001 member administrator",
		"1002 1002 member kicked", "1002 1002 kicked member",
	}
	if diff := cmp.Diff(want, moves(t, address)); diff != "" {
		t.Errorf("the bot hears (-want +got):\n%s", diff)
	}
}

// TestOutside looks at what a bot that is out may do and hears.
func TestOutside(t *testing.T) {
	s, address := telegram(t)
	s.AddChat(telegramtest.Chat{ID: large, Type: telegramtest.Supergroup}, anna)
	card := send(t, address, "text", "card")
	post(t, address, "leaveChat", "chat_id", "-100")
	s.SetStatus(large, s.Me().ID, telegramtest.Kicked)
	s.Say(bert, bert, "/start")
	s.Block(bert)
	before := s.Pending()
	if s.Say(group, anna, "are you there?") == 0 || s.Pending() != before {
		t.Error("the bot hears what is said where it is not")
	}
	if s.Say(bert, bert, "hello?") != 0 {
		t.Error("who has blocked the bot writes to it")
	}
	tests := []struct {
		name, method string
		form         []string
		want         string
	}{
		{"edit", "editMessageText", []string{"chat_id", "-100", "message_id", strconv.Itoa(card), "text", "x"}, "Forbidden: bot is not a member of the group chat"},
		{"delete", "deleteMessage", []string{"chat_id", "-100", "message_id", strconv.Itoa(card)}, "Forbidden: bot is not a member of the group chat"},
		{"look at a group", "getChat", []string{"chat_id", "-100"}, ""},
		{"look at a supergroup", "getChat", []string{"chat_id", strconv.FormatInt(large, 10)}, "Forbidden: bot was kicked from the supergroup chat"},
		{"ask for a member", "getChatMember", []string{"chat_id", strconv.FormatInt(large, 10), "user_id", "42"}, "Forbidden: bot was kicked from the supergroup chat"},
		{"leave a private chat", "leaveChat", []string{"chat_id", strconv.FormatInt(bert, 10)}, "Bad Request: chat member status can't be changed in private chats"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if a := post(t, address, test.method, test.form...); a.Description != test.want {
				t.Errorf("got %+v, want %q", a, test.want)
			}
		})
	}
}

// TestMovesAreAsked takes the bot's place away where it has not asked to hear of
// that.
func TestMovesAreAsked(t *testing.T) {
	s, address := telegram(t)
	updates(t, address, "allowed_updates", `["message","callback_query"]`)
	s.SetStatus(group, s.Me().ID, telegramtest.Kicked)
	if n := s.Pending(); n != 0 {
		t.Errorf("%d updates wait", n)
	}
}
