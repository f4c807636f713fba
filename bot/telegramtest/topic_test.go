package telegramtest_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"gatehouse/bot/telegramtest"
)

const forum = int64(-1_000_000_000_500)

// topical is what the tests read of a message in a forum.
type topical struct {
	ID      int    `json:"message_id"`
	Text    string `json:"text"`
	Thread  int    `json:"message_thread_id"`
	InTopic bool   `json:"is_topic_message"`
	Chat    struct {
		Forum bool `json:"is_forum"`
	} `json:"chat"`
	Made *struct {
		Name string `json:"name"`
	} `json:"forum_topic_created"`
	To *topical `json:"reply_to_message"`
}

// heard returns the messages that the bot has not seen yet.
func heard(t *testing.T, address string) (list []topical) {
	t.Helper()
	var all []struct {
		ID      int64   `json:"update_id"`
		Message topical `json:"message"`
	}
	if err := json.Unmarshal(post(t, address, "getUpdates").Result, &all); err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		list = append(list, u.Message)
		post(t, address, "getUpdates", "offset", strconv.FormatInt(u.ID+1, 10), "limit", "1")
	}
	return list
}

func TestTopics(t *testing.T) {
	s, address := telegram(t)
	s.AddChat(telegramtest.Chat{ID: forum, Type: telegramtest.Supergroup, Title: "moderators"}, anna)
	if s.AddTopic(group, "x") != 0 {
		t.Error("a group has topics")
	}
	thread := s.AddTopic(forum, "Comments")
	list := heard(t, address)
	if len(list) != 1 || list[0].Made == nil || list[0].Made.Name != "Comments" || list[0].Thread != thread || !list[0].Chat.Forum {
		t.Fatalf("heard %+v", list)
	}
	number := strconv.Itoa(thread)
	chat := strconv.FormatInt(forum, 10)
	var sent topical
	a := post(t, address, "sendMessage", "chat_id", chat, "message_thread_id", number, "text", "card")
	if err := json.Unmarshal(a.Result, &sent); err != nil || sent.Thread != thread || !sent.InTopic {
		t.Errorf("sent %+v, %+v", a, sent)
	}
	if m := s.Messages(forum)[0]; m.Topic != thread || m.Text != "card" {
		t.Errorf("message %+v", m)
	}
	s.SayIn(forum, thread, anna, "/queue")
	s.SayInReply(forum, anna, sent.ID, "a note")
	s.Say(forum, anna, "in General")
	list = heard(t, address)
	if len(list) != 3 || list[0].Thread != thread || list[0].To == nil || list[0].To.Made == nil || list[0].To.ID != thread {
		t.Errorf("a command in a topic comes as %+v", list)
	}
	if list[1].Thread != thread || !list[1].InTopic || list[1].To == nil || list[1].To.ID != sent.ID {
		t.Errorf("a reply in a topic comes as %+v", list[1])
	}
	if list[2].Thread != 0 || list[2].InTopic {
		t.Errorf("what is in no topic comes as %+v", list[2])
	}
}

func TestTopicsRefused(t *testing.T) {
	s, address := telegram(t)
	s.AddChat(telegramtest.Chat{ID: forum, Type: telegramtest.Supergroup}, anna)
	open, closed, deleted := s.AddTopic(forum, "a"), s.AddTopic(forum, "b"), s.AddTopic(forum, "c")
	s.SayIn(forum, deleted, anna, "soon gone")
	s.CloseTopic(forum, closed)
	s.DeleteTopic(forum, deleted)
	s.Say(anna, anna, "/start")
	tests := []struct {
		name   string
		chat   int64
		thread int
		want   string
	}{
		{"open", forum, open, ""},
		{"none", forum, 0, ""},
		{"general", forum, 1, "Bad Request: message thread not found"},
		{"unknown", forum, 99, "Bad Request: message thread not found"},
		{"deleted", forum, deleted, "Bad Request: message thread not found"},
		{"closed", forum, closed, "Bad Request: TOPIC_CLOSED"},
		{"private", anna, 99, "Bad Request: message thread not found"},
		{"a group ignores it", group, 99, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := post(t, address, "sendMessage", "chat_id", strconv.FormatInt(test.chat, 10),
				"message_thread_id", strconv.Itoa(test.thread), "text", "x")
			if a.Description != test.want {
				t.Errorf("got %+v, want %q", a, test.want)
			}
		})
	}
	if s.SayIn(forum, closed, bert, "x") != 0 || s.SayIn(forum, 99, anna, "x") != 0 {
		t.Error("people write where there is no open topic")
	}
	if m := s.Messages(forum)[0]; !m.Deleted {
		t.Errorf("a deleted topic keeps %+v", m)
	}
	s.SetStatus(forum, s.Me().ID, telegramtest.Administrator)
	if a := post(t, address, "sendMessage", "chat_id", strconv.FormatInt(forum, 10), "message_thread_id", strconv.Itoa(closed), "text", "x"); !a.OK {
		t.Errorf("an administrator is refused: %+v", a)
	}
}
