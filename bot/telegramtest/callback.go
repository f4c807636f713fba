package telegramtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is the longest answer to a tap, in UTF-16 units.
const maxAnswer = 200

// answerTime is how long the server waits for an answer to a tap, by its clock.
const answerTime = time.Minute

// query is a tap on a button.
type query struct {
	at       time.Time
	text     string
	alert    bool
	answered bool
	expired  bool
}

// Press is what a thumb does: it taps the button with that text, or else the
// first one whose text contains it, and returns the tap's query. It fails where
// there is no such button, or where it is a link.
func (s *Server) Press(chat int64, message int, button string, user int64) (query string, err error) {
	s.mu.Lock()
	m := s.find(chat, message)
	if m == nil {
		s.mu.Unlock()
		return "", fmt.Errorf("press %q: no message %d in chat %d", button, message, chat)
	}
	b, ok := m.button(button)
	s.mu.Unlock()
	switch {
	case !ok:
		return "", fmt.Errorf("press %q: message %d has no such button", button, message)
	case b.Data == "":
		return "", fmt.Errorf("press %q: the button is a link", button)
	}
	return s.PressData(chat, message, b.Data, user)
}

// button finds a button by its text.
func (m *stored) button(text string) (Button, bool) {
	var near *Button
	for _, row := range m.Buttons {
		for i, b := range row {
			if b.Text == text {
				return b, true
			}
			if near == nil && strings.Contains(strings.ToLower(b.Text), strings.ToLower(text)) {
				near = &row[i]
			}
		}
	}
	if near == nil {
		return Button{}, false
	}
	return *near, true
}

// PressData sends a tap with any data at all, as forged and outdated clients do,
// also on a message that is gone.
func (s *Server) PressData(chat int64, message int, data string, user int64) (query string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, known := s.users[user]
	c := s.room(chat)
	if !known || c == nil {
		return "", fmt.Errorf("press: no user %d or no chat %d", user, chat)
	}
	below := map[string]any{"chat": s.wireChat(c), "message_id": message, "date": 0}
	if m := s.find(chat, message); m != nil {
		below = s.wire(c, m)
	}
	id := s.newQuery()
	s.enqueue("callback_query", map[string]any{"callback_query": map[string]any{
		"id": id, "from": wireUser(from), "message": below, "chat_instance": strconv.FormatInt(-c.ID, 10), "data": data,
	}})
	return id, nil
}

// newQuery makes a query that waits for its answer. s.mu is held.
func (s *Server) newQuery() string {
	for {
		id := strconv.FormatInt(rand.Int64(), 10)
		if _, taken := s.queries[id]; !taken {
			s.queries[id] = &query{at: s.now()}
			return id
		}
	}
}

// Answer returns what the bot answered to a tap.
func (s *Server) Answer(query string) (text string, alert, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queries[query]
	if !ok {
		return "", false, false
	}
	return q.text, q.alert, q.answered
}

// Expire makes a tap too old to be answered, as a minute does.
func (s *Server) Expire(query string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if q, ok := s.queries[query]; ok {
		q.expired = true
	}
}

// answerCallbackQuery shows a notice to whoever tapped.
func (s *Server) answerCallbackQuery(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, ok := s.queries[p.text("callback_query_id")]
	if !ok || q.answered || q.expired || s.now().Sub(q.at) > answerTime {
		return nil, badRequest("query is too old and response timeout expired or query ID is invalid")
	}
	if utf16Len(p.text("text")) > maxAnswer {
		return nil, badRequest("MESSAGE_TOO_LONG")
	}
	q.text, q.alert, q.answered = p.text("text"), p.flag("show_alert"), true
	s.notify()
	return true, nil
}
