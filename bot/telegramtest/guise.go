package telegramtest

// Accounts of Telegram's own, which stand in for whoever writes in the name of a
// chat.
const (
	anonymousAdmin = 1087968824
	channelSender  = 136817688
)

// SayAs sends a text in the name of a chat: of the very group that it goes to,
// as anonymous administrators do, or of a channel. It returns the message's
// number, or 0 where the group is unknown.
func (s *Server) SayAs(chat int64, as Chat, text string) (message int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.room(chat)
	if c == nil || c.upgraded != 0 {
		return 0
	}
	from := User{ID: channelSender, FirstName: "Channel", Username: "Channel_Bot", IsBot: true}
	if as.ID == chat {
		as = c.Chat
		from = User{ID: anonymousAdmin, FirstName: "Group", Username: "GroupAnonymousBot", IsBot: true}
	}
	m := newMessage(from, plain(text))
	m.As = as
	s.add(c, m)
	s.hear(c, s.wire(c, m))
	return m.ID
}
