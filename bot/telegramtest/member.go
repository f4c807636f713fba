package telegramtest

import (
	"cmp"
	"context"
	"slices"
)

// status is what somebody is in a chat.
type status string

// The statuses of a member (https://core.telegram.org/bots/api#chatmember).
const (
	Creator       = "creator"
	Administrator = "administrator"
	Member        = "member"
	Restricted    = "restricted" // in the chat, but may not write
	Left          = "left"
	Kicked        = "kicked" // of a private chat: has blocked the bot
)

// unmuted is a restricted member who may write all the same.
const unmuted status = "restricted, writing"

// leads reports whether somebody is one of a chat's administrators.
func (m status) leads() bool { return m == Creator || m == Administrator }

// gone reports whether somebody is not in the chat.
func (m status) gone() bool { return m == Left || m == Kicked }

// Me returns the bot.
func (s *Server) Me() User { return s.me }

// AddMember lets somebody into a group, or in again.
func (s *Server) AddMember(chat, user int64) { s.SetStatus(chat, user, Member) }

// SetStatus makes somebody, or the bot, something in a group: the bot hears of
// it where it is itself the one.
func (s *Server) SetStatus(chat, user int64, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.chats[chat]; ok {
		s.become(c, user, status(to), s.owner(c))
	}
}

// Restrict makes somebody, or the bot, a restricted member of a group, who may
// write or not.
func (s *Server) Restrict(chat, user int64, canWrite bool) {
	to := Restricted
	if canWrite {
		to = string(unmuted)
	}
	s.SetStatus(chat, user, to)
}

// Mute lets only administrators write in a group, or everybody again.
func (s *Server) Mute(chat int64, muted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.chats[chat]; ok {
		c.muted = muted
		s.notify()
	}
}

// Block is what somebody does who wants no more of the bot's messages.
func (s *Server) Block(user int64) { s.block(user, Kicked) }

// Unblock takes [Server.Block] back.
func (s *Server) Unblock(user int64) { s.block(user, Member) }

func (s *Server) block(user int64, to status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.room(user); c != nil && c.Type == Private {
		s.become(c, s.me.ID, to, s.users[user])
	}
}

// owner returns who made a group. s.mu is held.
func (s *Server) owner(c *room) User {
	if len(c.members) == 0 {
		return User{ID: anonymousAdmin, FirstName: "Group", Username: "GroupAnonymousBot", IsBot: true}
	}
	return s.users[c.members[0]]
}

// become gives somebody another status in a chat, and tells the bot of its own.
// s.mu is held.
func (s *Server) become(c *room, user int64, to status, by User) {
	before := c.status(user)
	if before == to {
		return
	}
	if c.standing == nil {
		c.standing = make(map[int64]status)
	}
	if user != s.me.ID && !slices.Contains(c.members, user) {
		c.members = append(c.members, user)
	}
	c.standing[user] = to
	s.notify()
	if user != s.me.ID {
		return
	}
	s.enqueue("my_chat_member", map[string]any{"my_chat_member": map[string]any{
		"chat": s.wireChat(c), "from": wireUser(by), "date": s.now().Unix(),
		"old_chat_member": wireMember(s.me, before), "new_chat_member": wireMember(s.me, to),
	}})
}

// status returns what somebody is in a chat.
func (c *room) status(user int64) status {
	if set, ok := c.standing[user]; ok {
		return set
	}
	switch slices.Index(c.members, user) {
	case -1:
		return Left
	case 0:
		if c.Type != Private {
			return Creator
		}
	}
	return Member
}

// mayWrite reports whether somebody may write in a chat. Those of whom it knows
// nothing may.
func (c *room) mayWrite(user int64) bool {
	is := c.status(user)
	if c.muted && !is.leads() {
		return false
	}
	_, known := c.standing[user]
	return !known || is != Restricted && !is.gone()
}

// getChatMember says what somebody is in a chat.
func (s *Server) getChatMember(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatToRead(p)
	if err != nil {
		return nil, err
	}
	id := p.integer("user_id", 0, 0, 1<<52)
	if id == s.me.ID {
		return wireMember(s.me, c.status(id)), nil
	}
	u, ok := s.users[id]
	if !ok {
		return nil, badRequest("user not found")
	}
	return wireMember(u, c.status(id)), nil
}

// getChatAdministrators lists who leads a group.
func (s *Server) getChatAdministrators(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatToRead(p)
	if err != nil {
		return nil, err
	}
	if c.Type == Private {
		return nil, badRequest("there are no administrators in the private chat")
	}
	list := []any{}
	for _, id := range c.members {
		if is := c.status(id); is.leads() {
			list = append(list, wireMember(s.users[id], is))
		}
	}
	if is := c.status(s.me.ID); is.leads() {
		list = append(list, wireMember(s.me, is))
	}
	return list, nil
}

// leaveChat takes the bot out of a group.
func (s *Server) leaveChat(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatToEdit(p)
	if err != nil {
		return nil, err
	}
	if c.Type == Private {
		return nil, badRequest("chat member status can't be changed in private chats")
	}
	s.become(c, s.me.ID, Left, s.me)
	return true, nil
}

// wireMember is a member in the Bot API's JSON.
func wireMember(u User, is status) map[string]any {
	w := map[string]any{"user": wireUser(u), "status": string(is)}
	switch is {
	case Creator:
		w["is_anonymous"] = false
	case Administrator:
		for _, right := range []string{"can_manage_chat", "can_delete_messages", "can_restrict_members", "can_invite_users",
			"can_pin_messages", "can_manage_topics", "can_change_info"} {
			w[right] = true
		}
		w["is_anonymous"], w["can_be_edited"], w["can_promote_members"] = false, false, false
	case Restricted, unmuted:
		w["status"], w["is_member"], w["until_date"] = Restricted, true, 0
		for name, may := range permissions(is == unmuted) {
			w[name] = may
		}
	case Kicked:
		w["until_date"] = 0
	}
	return w
}

// permissions is what members may do who may write, or not.
func permissions(write bool) map[string]bool {
	list := make(map[string]bool)
	for _, kind := range []string{"messages", "photos", "documents", "other_messages", "polls"} {
		list["can_send_"+kind] = write
	}
	list["can_add_web_page_previews"], list["can_invite_users"] = write, true
	return list
}

// forbidden is a refusal with code 403.
func forbidden(why string) error {
	return &refusalError{code: 403, description: "Forbidden: " + why}
}

// reach refuses a bot that is not in a chat. s.mu is held.
func (s *Server) reach(c *room) error {
	is := c.status(s.me.ID)
	if c.Type == Private || !is.gone() {
		return nil
	}
	kind := cmp.Or(map[string]string{Supergroup: "supergroup chat"}[c.Type], "group chat")
	if is == Kicked {
		return forbidden("bot was kicked from the " + kind)
	}
	return forbidden("bot is not a member of the " + kind)
}
