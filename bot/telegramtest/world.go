package telegramtest

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// User is somebody on Telegram, or a bot.
type User struct {
	ID                            int64
	FirstName, LastName, Username string
	IsBot                         bool
	Language                      string // of their app, such as "de"; empty: unknown
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
	Forum bool   // a supergroup with topics
}

// Button is a button below a message.
type Button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Message is a message as people see it. Where it shows a file, its text is the
// caption. HTML is safe to put into a page: it has Telegram's tags and line
// breaks, and everything else is escaped.
type Message struct {
	ID       int
	Chat     int64
	From     User
	Date     time.Time
	Text     string
	HTML     string
	Entities []Entity
	Photo    *File // nil: none
	Document *File // nil: none
	Buttons  [][]Button
	Edited   bool
	Deleted  bool
	ReplyTo  int  // 0: not a reply
	Topic    int  // of a forum; 0: none, or the general one
	As       Chat // in whose name it was sent; the zero Chat: in From's own
}

// room is a chat with what is in it.
type room struct {
	Chat
	members  []int64          // the first one made it; some may be gone
	standing map[int64]status // of those whose place among the members does not say it
	muted    bool             // only administrators may write
	topics   []*topic
	messages []*stored
	upgraded int64 // the supergroup that it has become; 0: none
}

// stored is a message with what people do not see of it.
type stored struct {
	Message
	frozen bool // too old to be edited
	edited time.Time
	origin *Message // what it was forwarded from; nil: it was not
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
	s.chats[c.ID] = &room{Chat: c, members: members, standing: map[int64]status{s.me.ID: Member}}
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
	c := &room{Chat: Chat{ID: chat, Type: Private}, members: []int64{chat}, standing: map[int64]status{s.me.ID: Member}}
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

// newMessage returns a message that is in no chat yet.
func newMessage(from User, t content) *stored {
	return &stored{Message: Message{From: from, Text: t.text, Entities: t.entities, HTML: t.html()}}
}

// add puts a message into a chat. s.mu is held.
func (s *Server) add(c *room, m *stored) {
	m.ID, m.Chat, m.Date = s.nextMessage, c.ID, s.now()
	s.nextMessage++
	c.messages = append(c.messages, m)
	s.notify()
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
	c, err := s.chatToRead(p)
	if err != nil {
		return nil, err
	}
	w := s.wireChat(c)
	if c.Type != Private {
		w["permissions"] = permissions(!c.muted)
	}
	return w, nil
}
