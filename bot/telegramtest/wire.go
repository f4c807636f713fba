package telegramtest

import (
	"cmp"
	"fmt"
)

// wireUser is a user in the Bot API's JSON.
func wireUser(u User) map[string]any {
	w := map[string]any{"id": u.ID, "is_bot": u.IsBot, "first_name": cmp.Or(u.FirstName, fmt.Sprintf("U%d", u.ID))}
	if u.LastName != "" {
		w["last_name"] = u.LastName
	}
	if u.Username != "" {
		w["username"] = u.Username
	}
	if u.Language != "" {
		w["language_code"] = u.Language
	}
	return w
}

// wireChat is a chat in the Bot API's JSON. s.mu is held.
func (s *Server) wireChat(c *room) map[string]any {
	w := map[string]any{"id": c.ID, "type": c.Type}
	if c.Type != Private {
		w["title"] = c.Title
		if c.Forum {
			w["is_forum"] = true
		}
		return w
	}
	for name, value := range wireUser(s.users[c.ID]) {
		if name != "id" && name != "is_bot" && name != "language_code" {
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
	if o := m.origin; o != nil {
		sent := o.Date.Unix()
		w["forward_from"], w["forward_date"] = wireUser(o.From), sent
		w["forward_origin"] = map[string]any{"type": "user", "date": sent, "sender_user": wireUser(o.From)}
	}
	m.wireFile(w)
	c.wireTopic(m, w)
	return w
}
