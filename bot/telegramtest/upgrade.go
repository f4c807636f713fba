package telegramtest

import "net/http"

// supergroups is where the numbers of supergroups begin, counting down.
const supergroups = -1_000_000_000_000

// Upgrade makes a group a supergroup, as its owner or Telegram itself does, and
// returns the supergroup's number, or 0 where there is no such group. It is
// another chat with the same members. The bot hears of it by a service message
// in each of the two, and by the refusal of whatever it sends to the old one.
func (s *Server) Upgrade(chat int64) (supergroup int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.chats[chat]
	if !ok || old.Type != Group || old.upgraded != 0 {
		return 0
	}
	grown := &room{Chat: Chat{ID: supergroups + chat, Type: Supergroup, Title: old.Title}, members: old.members, standing: old.standing, muted: old.muted}
	s.chats[grown.ID] = grown
	s.announce(old, "migrate_to_chat_id", grown.ID)
	s.announce(grown, "migrate_from_chat_id", chat)
	old.upgraded = grown.ID
	s.notify()
	return grown.ID
}

// announce hands the bot a service message of c with one field. s.mu is held.
func (s *Server) announce(c *room, field string, value int64) {
	s.hear(c, s.service(c, field, value))
}

// service makes a service message of c with one field, which people do not see
// as a message. s.mu is held.
func (s *Server) service(c *room, field string, value any) map[string]any {
	m := map[string]any{
		"message_id": s.nextMessage, "from": wireUser(s.owner(c)), "chat": s.wireChat(c), "date": s.now().Unix(), field: value,
	}
	s.nextMessage++
	return m
}

// upgraded refuses a call for a group that is a supergroup by now.
func upgraded(to int64) error {
	return &refusalError{code: http.StatusBadRequest, migrateTo: to,
		description: "Bad Request: group chat was upgraded to a supergroup chat"}
}
