package moderation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Role is what somebody may do.
type Role string

// The roles: an observer may look, a moderator decides and takes back what they decided
// themselves, and a senior also bans, trusts, changes modes and takes back what others decided.
const (
	RoleObserver  Role = "observer"
	RoleModerator Role = "moderator"
	RoleSenior    Role = "senior"
)

// Roles returns all roles, the least first.
func Roles() []Role { return []Role{RoleObserver, RoleModerator, RoleSenior} }

// ParseRole reads a role; ErrInvalid.
func ParseRole(s string) (Role, error) {
	if r := Role(strings.ToLower(s)); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fmt.Errorf("%w: %q is no role: observer, moderator or senior", ErrInvalid, s)
}

// Allows reports whether somebody of this role may do what needs the other one.
// Nobody's role is empty, and allows nothing.
func (r Role) Allows(needed Role) bool {
	return r != "" && slices.Index(Roles(), r) >= slices.Index(Roles(), needed)
}

// Moderator is a person who may look or decide.
type Moderator struct {
	ID    int64 // Telegram's user id
	Name  string
	Role  Role     // empty: not said; see [Roster.RoleOf]
	Sites []SiteID // empty: all
}

// Sees reports whether a site is one of the moderator's.
func (m Moderator) Sees(site SiteID) bool { return len(m.Sites) == 0 || slices.Contains(m.Sites, site) }

// Roster is where cards go and who may decide them.
type Roster struct {
	Home       Destination // of the sites that have none of their own
	Moderators []Moderator
}

// HasSenior reports whether anybody is called senior.
func (r Roster) HasSenior() bool {
	return slices.ContainsFunc(r.Moderators, func(m Moderator) bool { return m.Role == RoleSenior })
}

// Find returns a moderator by Telegram's number, and the role that counts: where
// nobody is called senior, everybody who may decide is.
func (r Roster) Find(user int64) (m Moderator, found bool) {
	seniors := r.HasSenior()
	for _, m := range r.Moderators {
		if m.ID != user {
			continue
		}
		switch {
		case m.Role == "" && seniors:
			m.Role = RoleModerator
		case m.Role != RoleObserver && !seniors:
			m.Role = RoleSenior
		}
		return m, true
	}
	return Moderator{}, false
}

// Destination is where the cards of a site go. The zero Destination is not set.
type Destination struct {
	Spot
	Each bool // to each moderator alone, in the chat that they have with the bot
}

// IsSet reports whether the destination says anything.
func (d Destination) IsSet() bool { return d.Each || d.Chat != 0 }

// eachWord is how the destination is written that is no chat.
const eachWord = "each"

// ParseDestination reads "-1001234567890", "-1001234567890/12" for a topic, "each", or
// nothing; ErrInvalid.
func ParseDestination(s string) (Destination, error) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "":
		return Destination{}, nil
	case eachWord:
		return Destination{Each: true}, nil
	}
	chat, topic, hasTopic := strings.Cut(s, "/")
	var d Destination
	var err error
	if d.Chat, err = strconv.ParseInt(chat, 10, 64); err == nil && hasTopic {
		d.Topic, err = strconv.Atoi(topic)
	}
	if err != nil || d.Chat == 0 || hasTopic && d.Topic <= 0 {
		return Destination{}, fmt.Errorf("%w: %q is not a chat's number such as -1001234567890, a topic of one such as -1001234567890/12, or each (each moderator alone)", ErrInvalid, s)
	}
	return d, nil
}

// String writes what [ParseDestination] reads.
func (d Destination) String() string {
	switch {
	case d.Each:
		return eachWord
	case d.Chat == 0:
		return ""
	case d.Topic != 0:
		return fmt.Sprintf("%d/%d", d.Chat, d.Topic)
	}
	return strconv.FormatInt(d.Chat, 10)
}

// Placement is where a site says that its cards go.
type Placement struct {
	Site SiteID
	Name string
	To   Destination
}
