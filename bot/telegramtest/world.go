package telegramtest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// User is somebody on Telegram, or a bot.
type User struct {
	ID                            int64
	FirstName, LastName, Username string
	IsBot                         bool
}

// The types of chat.
const (
	Private    = "private"
	Group      = "group"
	Supergroup = "supergroup"
)

// Chat is where messages are. A private chat has the number of its user.
type Chat struct {
	ID    int64
	Type  string
	Title string // of a group
}

// Button is a button below a message.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Message is a message as people see it. HTML is safe to put into a page: it has
// Telegram's tags and line breaks, and everything else is escaped.
type Message struct {
	ID       int
	Chat     int64
	From     User
	Date     time.Time
	Text     string
	HTML     string
	Entities []Entity
	Buttons  [][]Button
	Edited   bool
	Deleted  bool
	ReplyTo  int  // 0: not a reply
	As       Chat // in whose name it was sent; the zero Chat: in From's own
}

// room is a chat with what is in it.
type room struct {
	Chat
	members  []int64 // the first one made it
	messages []*stored
	upgraded int64 // the supergroup that it has become; 0: none
}

// stored is a message with what people do not see of it.
type stored struct {
	Message
	frozen bool // too old to be edited
	edited time.Time
}

// AddUser makes somebody known.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID] = u
}

// AddChat makes a chat with its members, who must be known; the bot is in it
// too. An empty type is that of the number: negative ones are groups.
func (s *Server) AddChat(c Chat, members ...int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Type == "" && c.ID < 0 {
		c.Type = Group
	}
	c.Type = cmp.Or(c.Type, Private)
	s.chats[c.ID] = &room{Chat: c, members: members}
}

// Messages returns what is and was in a chat, oldest first.
func (s *Server) Messages(chat int64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.chats[chat]
	if !ok {
		return nil
	}
	list := make([]Message, 0, len(c.messages))
	for _, m := range c.messages {
		list = append(list, m.snapshot())
	}
	return list
}

// snapshot returns a copy that shares nothing with m.
func (m *stored) snapshot() Message {
	c := m.Message
	c.Entities = slices.Clone(m.Entities)
	c.Buttons = nil
	for _, row := range m.Buttons {
		c.Buttons = append(c.Buttons, slices.Clone(row))
	}
	return c
}

// Say sends a person's text to a chat, and returns the message's number, or 0
// where the chat or the person is unknown or the group has been upgraded.
func (s *Server) Say(chat, user int64, text string) (message int) {
	return s.SayInReply(chat, user, 0, text)
}

// SayInReply is [Server.Say] for an answer to a message.
func (s *Server) SayInReply(chat, user int64, to int, text string) (message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, known := s.users[user]
	c := s.room(chat)
	if !known || c == nil || c.upgraded != 0 {
		return 0
	}
	m := s.add(c, from, content{text: text, entities: detect(text, nil)}, nil, to)
	s.enqueue("message", map[string]any{"message": s.wire(c, m)})
	return m.ID
}

// Delete removes a message, as a person may.
func (s *Server) Delete(chat int64, message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.find(chat, message); m != nil {
		m.Deleted = true
		s.notify()
	}
}

// Freeze makes a message too old to be edited.
func (s *Server) Freeze(chat int64, message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.find(chat, message); m != nil {
		m.frozen = true
	}
}

// room returns a chat, and makes the private one of a known user. nil: there is
// none. s.mu is held.
func (s *Server) room(chat int64) *room {
	if c, ok := s.chats[chat]; ok {
		return c
	}
	if _, ok := s.users[chat]; !ok {
		return nil
	}
	c := &room{Chat: Chat{ID: chat, Type: Private}, members: []int64{chat}}
	s.chats[chat] = c
	return c
}

// find returns a message that is there, or nil. s.mu is held.
func (s *Server) find(chat int64, message int) *stored {
	c, ok := s.chats[chat]
	if !ok {
		return nil
	}
	i, found := slices.BinarySearchFunc(c.messages, message, func(m *stored, id int) int { return cmp.Compare(m.ID, id) })
	if !found || c.messages[i].Deleted {
		return nil
	}
	return c.messages[i]
}

// add puts a message into a chat. s.mu is held.
func (s *Server) add(c *room, from User, t content, buttons [][]Button, replyTo int) *stored {
	m := &stored{Message: Message{
		ID: s.nextMessage, Chat: c.ID, From: from, Date: s.now(), Buttons: buttons, ReplyTo: replyTo,
		Text: t.text, Entities: t.entities, HTML: t.html(),
	}}
	s.nextMessage++
	c.messages = append(c.messages, m)
	s.notify()
	return m
}

// chatOf returns the chat that a call names. s.mu is held.
func (s *Server) chatOf(p params) (*room, error) {
	if p["chat_id"] == "" {
		return nil, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(p["chat_id"], 10, 64)
	if err != nil {
		return nil, badRequest("chat not found")
	}
	c, ok := s.chats[id]
	if !ok {
		if _, known := s.users[id]; known {
			return nil, &refusalError{code: http.StatusForbidden, description: "Forbidden: bot can't initiate conversation with a user"}
		}
		return nil, badRequest("chat not found")
	}
	if c.upgraded != 0 {
		return nil, upgraded(c.upgraded)
	}
	return c, nil
}

// getMe describes the bot.
func (s *Server) getMe(context.Context, params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	me := wireUser(s.me)
	me["can_join_groups"], me["can_read_all_group_messages"], me["supports_inline_queries"] = true, false, false
	return me, nil
}

// getChat describes a chat.
func (s *Server) getChat(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p)
	if err != nil {
		return nil, err
	}
	return s.wireChat(c), nil
}

// getChatMember says what somebody is in a chat.
func (s *Server) getChatMember(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p)
	if err != nil {
		return nil, err
	}
	id := p.integer("user_id", 0, 0, 1<<52)
	if id == s.me.ID {
		return map[string]any{"status": "member", "user": wireUser(s.me)}, nil
	}
	u, ok := s.users[id]
	if !ok {
		return nil, badRequest("user not found")
	}
	return map[string]any{"status": c.status(id), "user": wireUser(u)}, nil
}

// getChatAdministrators lists who made a group.
func (s *Server) getChatAdministrators(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p)
	if err != nil {
		return nil, err
	}
	if c.Type == Private {
		return nil, badRequest("there are no administrators in the private chat")
	}
	list := []any{}
	for _, id := range c.members {
		if c.status(id) == "creator" {
			list = append(list, map[string]any{"status": "creator", "is_anonymous": false, "user": wireUser(s.users[id])})
		}
	}
	return list, nil
}

// status is what somebody is in a chat.
func (c *room) status(user int64) string {
	switch slices.Index(c.members, user) {
	case -1:
		return "left"
	case 0:
		if c.Type != Private {
			return "creator"
		}
	}
	return "member"
}

// wireUser is a user in the Bot API's JSON.
func wireUser(u User) map[string]any {
	w := map[string]any{"id": u.ID, "is_bot": u.IsBot, "first_name": cmp.Or(u.FirstName, fmt.Sprintf("U%d", u.ID))}
	if u.LastName != "" {
		w["last_name"] = u.LastName
	}
	if u.Username != "" {
		w["username"] = u.Username
	}
	return w
}

// wireChat is a chat in the Bot API's JSON. s.mu is held.
func (s *Server) wireChat(c *room) map[string]any {
	w := map[string]any{"id": c.ID, "type": c.Type}
	if c.Type != Private {
		w["title"] = c.Title
		return w
	}
	for name, value := range wireUser(s.users[c.ID]) {
		if name != "id" && name != "is_bot" {
			w[name] = value
		}
	}
	return w
}

// wire is a message in the Bot API's JSON. s.mu is held.
func (s *Server) wire(c *room, m *stored) map[string]any {
	w := map[string]any{
		"message_id": m.ID, "from": wireUser(m.From), "chat": s.wireChat(c), "date": m.Date.Unix(), "text": m.Text,
	}
	if len(m.Entities) > 0 {
		w["entities"] = m.Entities
	}
	if m.As != (Chat{}) {
		w["sender_chat"] = map[string]any{"id": m.As.ID, "type": m.As.Type, "title": m.As.Title}
	}
	if m.Edited {
		w["edit_date"] = m.edited.Unix()
	}
	if len(m.Buttons) > 0 {
		w["reply_markup"] = map[string]any{"inline_keyboard": m.Buttons}
	}
	if to := s.find(c.ID, m.ReplyTo); to != nil {
		reply := s.wire(c, to)
		delete(reply, "reply_to_message")
		w["reply_to_message"] = reply
	}
	return w
}
