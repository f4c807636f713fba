package telegramtest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// Command is one that clients offer while people type.
type Command struct {
	Command     string `json:"command"` // without the slash
	Description string `json:"description"`
}

// The types of scope of a list of commands
// (https://core.telegram.org/bots/api#botcommandscope).
const (
	scopeDefault       = "default"
	scopePrivate       = "all_private_chats"
	scopeGroups        = "all_group_chats"
	scopeEveryAdmin    = "all_chat_administrators"
	scopeChat          = "chat"
	scopeAdministrator = "chat_administrators"
	scopeMember        = "chat_member"
)

// scope says who is offered a list of commands. The zero scope is nobody.
type scope struct {
	kind     string
	chat     int64
	user     int64
	language string // empty: whoever has no list for theirs
}

// Commands returns the commands that the bot has set for everybody.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands[scope{kind: scopeDefault}])
}

// CommandsFor returns the commands that somebody is offered in a chat: the list
// of the narrowest scope that has one, in their language before any.
func (s *Server) CommandsFor(chat, user int64) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, narrow := range s.scopesOf(chat, user) {
		for _, language := range []string{s.users[user].Language, ""} {
			narrow.language = language
			if list := s.commands[narrow]; len(list) > 0 {
				return slices.Clone(list)
			}
		}
	}
	return nil
}

// scopesOf returns the scopes that hold somebody in a chat, narrowest first, as
// https://core.telegram.org/bots/api#determining-list-of-commands has them. s.mu
// is held.
func (s *Server) scopesOf(chat, user int64) []scope {
	c, ok := s.chats[chat]
	if !ok || c.Type == Private {
		return []scope{{kind: scopeChat, chat: chat}, {kind: scopePrivate}, {kind: scopeDefault}}
	}
	list := []scope{{kind: scopeMember, chat: chat, user: user}}
	admin := c.status(user).leads()
	if admin {
		list = append(list, scope{kind: scopeAdministrator, chat: chat})
	}
	list = append(list, scope{kind: scopeChat, chat: chat})
	if admin {
		list = append(list, scope{kind: scopeEveryAdmin})
	}
	return append(list, scope{kind: scopeGroups}, scope{kind: scopeDefault})
}

// readScope returns the scope of a call. s.mu is held.
func (s *Server) readScope(p params) (scope, error) {
	found := scope{kind: scopeDefault, language: p.text("language_code")}
	raw := p.text("scope")
	if raw == "" {
		return found, nil
	}
	var named struct {
		Type string      `json:"type"`
		Chat json.Number `json:"chat_id"`
		User int64       `json:"user_id"`
	}
	if json.Unmarshal([]byte(raw), &named) != nil {
		return scope{}, badRequest("can't parse BotCommandScope JSON object")
	}
	found.kind = named.Type
	switch named.Type {
	case scopeDefault, scopePrivate, scopeGroups, scopeEveryAdmin:
		return found, nil
	case scopeChat, scopeAdministrator, scopeMember:
	default:
		return scope{}, badRequest("can't parse BotCommandScope: Unsupported type specified")
	}
	c, err := s.chatToRead(params{values: map[string]string{"chat_id": named.Chat.String()}})
	if err != nil {
		return scope{}, err
	}
	found.chat = c.ID
	switch {
	case c.Type == Private && named.Type != scopeChat:
		return scope{}, badRequest("can't use specified scope in private chats")
	case named.Type != scopeMember:
		return found, nil
	}
	if _, known := s.users[named.User]; !known {
		return scope{}, badRequest("user not found")
	}
	found.user = named.User
	return found, nil
}

// setMyCommands keeps the list of commands that clients offer in a scope.
func (s *Server) setMyCommands(_ context.Context, p params) (any, error) {
	list := []Command{}
	if json.Unmarshal([]byte(p.text("commands")), &list) != nil {
		return nil, badRequest("can't parse commands JSON object")
	}
	if len(list) > maxCommands {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for _, c := range list {
		switch {
		case c.Command == "" || len(c.Command) > 32 || strings.Trim(c.Command, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			return nil, badRequest("BOT_COMMAND_INVALID")
		case c.Description == "" || utf16Len(c.Description) > 256:
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	return s.setCommands(p, list)
}

// maxCommands is how many commands a list may have.
const maxCommands = 100

// setCommands makes list the one of the call's scope; an empty one is none.
func (s *Server) setCommands(p params, list []Command) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to, err := s.readScope(p)
	if err != nil {
		return nil, err
	}
	s.commands[to] = list
	s.notify()
	return true, nil
}

// getMyCommands returns the list of commands of one scope.
func (s *Server) getMyCommands(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, err := s.readScope(p)
	if err != nil {
		return nil, err
	}
	return append([]Command{}, s.commands[of]...), nil
}

// deleteMyCommands empties the list of commands of one scope.
func (s *Server) deleteMyCommands(_ context.Context, p params) (any, error) {
	return s.setCommands(p, nil)
}
