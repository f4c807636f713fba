package telegramtest

import "strconv"

// chatToRead returns the chat that a call names and the bot may look at. s.mu is
// held.
func (s *Server) chatToRead(p params) (*room, error) {
	c, _, err := s.chatOf(p)
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, badRequest("chat not found")
	case c.Type == Supergroup: // a group may be looked at from without
		return c, s.reach(c)
	}
	return c, nil
}

// chatToEdit returns the chat that a call names and whose messages the bot may
// change. s.mu is held.
func (s *Server) chatToEdit(p params) (*room, error) {
	c, stranger, err := s.chatOf(p)
	switch {
	case err != nil:
		return nil, err
	case stranger:
		return nil, forbidden("bot can't initiate conversation with a user")
	}
	return c, s.reach(c)
}

// chatToWrite returns the chat that a call names and that the bot may send that
// kind of thing to. s.mu is held.
func (s *Server) chatToWrite(p params, kind string) (*room, error) {
	c, err := s.chatToEdit(p)
	switch {
	case err != nil:
		return nil, err
	case c.Type == Private && c.status(s.me.ID) == Kicked:
		return nil, forbidden("bot was blocked by the user")
	case !c.mayWrite(s.me.ID):
		return nil, badRequest("not enough rights to send %s to the chat", kind)
	}
	return c, nil
}

// chatOf returns the chat that a call names; none where it is that of a stranger,
// who has never written to the bot. s.mu is held.
func (s *Server) chatOf(p params) (c *room, stranger bool, err error) {
	if p.text("chat_id") == "" {
		return nil, false, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(p.text("chat_id"), 10, 64)
	if err != nil {
		return nil, false, badRequest("chat not found")
	}
	c, ok := s.chats[id]
	switch _, known := s.users[id]; {
	case !ok && known:
		return nil, true, nil
	case !ok:
		return nil, false, badRequest("chat not found")
	case c.upgraded != 0:
		return nil, false, upgraded(c.upgraded)
	}
	return c, false, nil
}
