package bot

import (
	"context"
	"fmt"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// handleMember notes what became of the bot in a chat. Where it may write again
// the chats are brought up to date; where it may not any more, the log says so
// once, and what to do.
func (b *Bot) handleMember(ctx context.Context, m *tgbotapi.ChatMemberUpdated) error {
	chat := m.Chat
	before, after := mayWrite(m.OldChatMember, nameOf(chat)), mayWrite(m.NewChatMember, nameOf(chat))
	home, err := b.showsCards(ctx, chat.ID)
	if err != nil || !home {
		return err
	}
	switch {
	case after == nil && before != nil:
		b.log.Info("the bot may write in the chat again", "chat", chat.ID)
		b.behind.Store(true)
		return b.catchUp(ctx)
	case after != nil && before == nil:
		b.log.Error(fmt.Sprintf("%v; until then cards wait, and `gatehouse queue` lists them", after), "chat", chat.ID)
	}
	return nil
}

// showsCards reports whether cards go to a chat.
func (b *Bot) showsCards(ctx context.Context, chat int64) (bool, error) {
	r, err := b.roster(ctx)
	return r.Home.Chat == chat, err
}

// nameOf returns what people call a chat: its title, or its person's name.
func nameOf(c tgbotapi.Chat) string {
	if c.IsPrivate() {
		return c.FirstName
	}
	return c.Title
}
