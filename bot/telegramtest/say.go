package telegramtest

import (
	"slices"
	"strings"
)

// Say sends a person's text to a chat, and returns the message's number, or 0
// where the chat or the person is unknown, they may not write there, or the
// group has been upgraded.
func (s *Server) Say(chat, user int64, text string) (message int) {
	return s.say(chat, user, plain(text), func(*room, *stored) {})
}

// maxPayload is the longest payload of a link to the bot.
const maxPayload = 64

// Start is what somebody does who opens t.me/<bot>?start=payload and begins: it
// says /start with the payload. A link that Telegram does not take says nothing,
// and returns 0.
func (s *Server) Start(user int64, payload string) (message int) {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	if len(payload) > maxPayload || strings.Trim(payload, allowed) != "" {
		return 0
	}
	return s.Say(user, user, strings.TrimSpace("/start "+payload))
}

// SayIn is [Server.Say] in a topic of a forum.
func (s *Server) SayIn(chat int64, topic int, user int64, text string) (message int) {
	return s.say(chat, user, plain(text), func(_ *room, m *stored) { m.Topic = topic })
}

// SayInReply is [Server.Say] for an answer to a message, in its topic.
func (s *Server) SayInReply(chat, user int64, to int, text string) (message int) {
	return s.say(chat, user, plain(text), func(c *room, m *stored) {
		m.ReplyTo = to
		if answered := s.find(c.ID, to); answered != nil {
			m.Topic = answered.Topic
		}
	})
}

// Forward forwards a message to a chat, which may be the same: what is below it
// to be tapped stays behind, save links. It returns the new message's number, or
// 0 where it can't be done.
func (s *Server) Forward(chat, user, from int64, message int) (forwarded int) {
	m := s.copyOf(from, message)
	if m == nil {
		return 0
	}
	return s.say(chat, user, content{m.Text, m.Entities}, func(_ *room, f *stored) {
		f.Photo, f.Document, f.origin = m.Photo, m.Document, m
		for _, row := range m.Buttons {
			links := slices.DeleteFunc(row, func(b Button) bool { return b.Data != "" })
			if len(links) > 0 {
				f.Buttons = append(f.Buttons, links)
			}
		}
	})
}

// copyOf returns a copy of a message that is there, or nil.
func (s *Server) copyOf(chat int64, message int) *Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(chat, message)
	if m == nil {
		return nil
	}
	c := m.snapshot()
	return &c
}

// plain is a text as people write it.
func plain(text string) content { return content{text, detect(text, nil)} }

// say sends a person's message. finish adds what is not text, while s.mu is held.
func (s *Server) say(chat, user int64, text content, finish func(*room, *stored)) (message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, known := s.users[user]
	c := s.room(chat)
	if !known || c == nil || c.upgraded != 0 || !c.mayWrite(user) || c.Type == Private && c.status(s.me.ID) == Kicked {
		return 0
	}
	m := newMessage(from, text)
	finish(c, m)
	if m.Topic != 0 && c.topic(m.Topic) == nil || c.mayWriteIn(m.Topic, user) != nil {
		return 0
	}
	s.add(c, m)
	s.hear(c, s.wire(c, m))
	return m.ID
}

// hear hands the bot a message of a chat that it is in. s.mu is held.
func (s *Server) hear(c *room, message map[string]any) {
	if !c.status(s.me.ID).gone() {
		s.enqueue("message", map[string]any{"message": message})
	}
}
