package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// menus are the lists of commands that Telegram shows while people type: what each of
// them may do. Strangers are shown nothing but /start. The zero menus are none.
type menus struct {
	mu      sync.Mutex
	offered map[string]string // by scope, as JSON
}

// anew reports whether a list was not offered in a scope yet, and notes it.
func (m *menus) anew(scope, list string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.offered[scope] == list {
		return false
	}
	if m.offered == nil {
		m.offered = make(map[string]string)
	}
	m.offered[scope] = list
	return true
}

// forget has a scope's list offered again.
func (m *menus) forget(scope string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.offered, scope)
}

// offerCommands tells Telegram what to show to whom, where that has changed.
func (b *Bot) offerCommands(ctx context.Context) {
	l, err := b.layout(ctx)
	if err != nil {
		b.log.Warn("commands not offered", "err", err)
		return
	}
	reached := b.offer(ctx, `{"type":"default"}`, "")
	for _, m := range l.roster.Moderators {
		known, _ := l.roster.Find(m.ID)
		reached = reached && b.offer(ctx, aloneScope(m.ID), known.Role)
		for _, at := range l.all() {
			if at.Chat < 0 {
				reached = reached && b.offer(ctx, fmt.Sprintf(`{"type":"chat_member","chat_id":%d,"user_id":%d}`, at.Chat, m.ID), known.Role)
			}
		}
	}
}

// aloneScope is the chat that somebody has with the bot.
func aloneScope(user int64) string { return fmt.Sprintf(`{"type":"chat","chat_id":%d}`, user) }

// offer gives Telegram the list of a scope, and reports whether others may be
// given, too: Telegram may ask to wait, or fail. Where it refuses it is not tried again: somebody has not written to the bot yet, or
// is not in the chat.
func (b *Bot) offer(ctx context.Context, scope string, role moderation.Role) (reached bool) {
	raw, err := json.Marshal(menuFor(role))
	if err != nil || !b.menus.anew(scope, string(raw)) {
		return true
	}
	err = b.door.call(ctx, "setMyCommands", tgbotapi.Params{"commands": string(raw), "scope": scope}, nil)
	if err == nil {
		return true
	}
	b.log.Debug("Telegram did not take a list of commands", "scope", scope, "err", err)
	if _, wait := retryAfter(err); wait || isTransient(err) {
		b.menus.forget(scope)
		return false
	}
	return true
}

// menuFor returns what somebody of a role may do; strangers have the empty one.
func menuFor(role moderation.Role) []tgbotapi.BotCommand {
	if role == "" {
		return []tgbotapi.BotCommand{{Command: startCommand, Description: "your Telegram id"}}
	}
	var list []tgbotapi.BotCommand
	for _, c := range commands() {
		if c.help != "" && role.Allows(c.who) {
			list = append(list, tgbotapi.BotCommand{Command: c.name, Description: c.help})
		}
	}
	return list
}
