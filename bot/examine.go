package bot

import (
	"context"
	"fmt"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Health is what Telegram says of a bot and its chat.
type Health struct {
	Username string
	Chat     string // its title, or its person's name; empty: no chat is set
}

// Examine asks Telegram whether the token of cfg is good and whether the bot may
// write in cfg.Home.Chat, unless that is 0. Nothing is sent to the chat. The error
// says what is wrong and what to do about it.
func Examine(ctx context.Context, cfg Config) (Health, error) {
	cfg = withDefaults(cfg)
	d := newDoor(cfg)
	var me tgbotapi.User
	if err := d.call(ctx, "getMe", tgbotapi.Params{}, &me); err != nil {
		if isTokenRefused(err) {
			return Health{}, fmt.Errorf("ask Telegram who the bot is: the token is not known there; ask @BotFather for a good one: %w", err)
		}
		return Health{}, fmt.Errorf("ask Telegram who the bot is: %w", err)
	}
	h := Health{Username: me.UserName}
	if cfg.Home.Chat == 0 {
		return h, nil
	}
	var chat tgbotapi.Chat
	if err := d.call(ctx, "getChat", chatParam(cfg.Home.Chat), &chat); err != nil {
		return h, fmt.Errorf("ask Telegram for chat %d: %w; is the bot @%s a member of it?", cfg.Home.Chat, err, me.UserName)
	}
	h.Chat = chat.Title
	if chat.IsPrivate() {
		h.Chat = chat.FirstName
		return h, nil
	}
	p := chatParam(cfg.Home.Chat)
	p.AddNonZero64("user_id", me.ID)
	var member tgbotapi.ChatMember
	if err := d.call(ctx, "getChatMember", p, &member); err != nil {
		return h, fmt.Errorf("ask Telegram for the bot's rights in %q: %w", h.Chat, err)
	}
	return h, rightsOf(member, h.Chat)
}

func chatParam(chat int64) tgbotapi.Params {
	p := tgbotapi.Params{}
	p.AddNonZero64("chat_id", chat)
	return p
}

// rightsOf says what keeps a member from writing in a chat.
func rightsOf(m tgbotapi.ChatMember, chat string) error {
	switch {
	case mayWrite(m):
		return nil
	case m.Status == "restricted":
		return fmt.Errorf("the bot may not write in %q: allow it to send messages there", chat)
	}
	return fmt.Errorf("the bot is not in %q (%s): add it to the chat", chat, m.Status)
}
