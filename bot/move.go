package bot

import (
	"context"
	"fmt"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// movedTo returns the supergroup that a call should have been for: its group has
// become that.
func movedTo(err error) (chat int64, ok bool) {
	refused, ok := refusal(err)
	if !ok || refused.MigrateToChatID == 0 {
		return 0, false
	}
	return refused.MigrateToChatID, true
}

// inChat calls a method for the chat that p names. Where that has become a
// supergroup, everything follows there, and the error is [movedTo]'s.
func (b *Bot) inChat(ctx context.Context, method string, p tgbotapi.Params, out any) error {
	err := b.door.call(ctx, method, p, out)
	to, ok := movedTo(err)
	if !ok {
		return err
	}
	from, parseErr := strconv.ParseInt(p["chat_id"], 10, 64)
	if parseErr != nil {
		return err
	}
	if err := b.move(ctx, from, to); err != nil {
		return fmt.Errorf("%s: follow chat %d to %d: %w", method, from, to, err)
	}
	return err
}

// handleMove follows what a service message says of an upgrade, and reports
// whether it is one.
func (b *Bot) handleMove(ctx context.Context, m *tgbotapi.Message) (bool, error) {
	switch {
	case m.MigrateToChatID != 0:
		return true, b.move(ctx, m.Chat.ID, m.MigrateToChatID)
	case m.MigrateFromChatID != 0:
		return true, b.move(ctx, m.MigrateFromChatID, m.Chat.ID)
	}
	return false, nil
}

// move goes on in the supergroup that a group has become. Messages of the group
// can't be edited any more: its cards are forgotten, and what is open gets new
// ones, at the next tick at the latest. It can be repeated.
func (b *Bot) move(ctx context.Context, from, to int64) error {
	b.moving.Lock()
	defer b.moving.Unlock()
	was, err := b.rosters.MoveChat(ctx, from, to)
	if err != nil {
		return fmt.Errorf("follow chat %d to %d: %w", from, to, err)
	}
	if was {
		b.behind.Store(true)
		b.log.Info("a moderators' group has become a supergroup", "from", from, "chat", to)
	}
	if from != 0 && b.configuredHome().Chat == from {
		b.behind.Store(true)
		b.mu.Lock()
		b.home.Chat = to
		b.mu.Unlock()
		b.log.Error(fmt.Sprintf("the moderators' group has become a supergroup with another number: set TELEGRAM_CHAT_ID to %d (telegram.chat_id in the configuration file); until that is done gatehouse finds out anew at every start", to),
			"from", from, "chat", to)
	}
	return nil
}

// configuredHome returns where cards are configured to go, with the supergroup that
// the chat has become; not set: nothing is configured.
func (b *Bot) configuredHome() moderation.Destination {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.home
}

// catchUp has the chats brought up to date if they may not show what waits.
func (b *Bot) catchUp(ctx context.Context) error {
	if !b.behind.Swap(false) {
		return nil
	}
	if err := b.reconcile(ctx); err != nil {
		b.behind.Store(true)
		return err
	}
	return nil
}
