package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// handleMember notes what became of the bot in a chat. Where it may write again
// the chats are brought up to date; where it may not any more, the log says so
// once, and what to do.
func (b *Bot) handleMember(ctx context.Context, m *tgbotapi.ChatMemberUpdated) error {
	may := mayWrite(m.NewChatMember)
	home, err := b.showsCards(ctx, m.Chat.ID)
	if err != nil || !home {
		return err
	}
	if !may {
		b.shutOut(m.Chat.ID, becameOf(m))
		return nil
	}
	b.letIn(m.Chat.ID)
	if !mayWrite(m.OldChatMember) {
		b.log.Info("the bot may write in the chat again", "chat", m.Chat.ID)
		b.behind.Store(true)
	}
	return b.catchUp(ctx)
}

// becameOf says what became of the bot in a chat.
func becameOf(m *tgbotapi.ChatMemberUpdated) string {
	switch {
	case m.Chat.IsPrivate():
		return "the bot was blocked"
	case m.NewChatMember.Status == "kicked":
		return "the bot was thrown out"
	case m.NewChatMember.Status == "restricted":
		return "the bot has no rights to send"
	}
	return "the bot has left"
}

// mayWrite reports whether a member may write in its chat.
func mayWrite(m tgbotapi.ChatMember) bool {
	switch m.Status {
	case "creator", "administrator", "member":
		return true
	case "restricted":
		return m.CanSendMessages
	}
	return false
}

// noteCall keeps in mind whether chats take what the bot sends.
func (b *Bot) noteCall(ctx context.Context, method string, p tgbotapi.Params, err error) {
	if ctx.Err() == nil {
		b.cfg.Metrics.called(err)
	}
	if b.hook != nil && !strings.HasSuffix(method, "Webhook") && method != "getWebhookInfo" && (isTransient(err) || isTokenRefused(err)) {
		b.hook.doubt()
	}
	chat, parseErr := strconv.ParseInt(p["chat_id"], 10, 64)
	if parseErr != nil || !strings.HasPrefix(method, "send") {
		return
	}
	switch {
	case err == nil:
		b.letIn(chat)
	case isShutOut(err):
		if home, err := b.showsCards(ctx, chat); err != nil || !home {
			return // nobody waits for anything there, or it can't be known
		}
		refused, _ := refusal(err)
		b.shutOut(chat, refused.Message)
	}
}

// shutOut notes that a chat where cards go takes none, which the log says once.
func (b *Bot) shutOut(chat int64, why string) {
	says := fmt.Sprintf("Telegram takes no cards for chat %d (%s): %s; until then they wait, and `gatehouse queue` lists them", chat, why, wayIn(chat, why))
	if b.troubles.add(chatTrouble(chat), says) {
		b.log.Error(says, "chat", chat)
	}
}

// isShutOut reports whether a chat takes nothing from the bot, which [Bot.shutOut] tells
// of.
func isShutOut(err error) bool { return isOutside(err) || isSilenced(err) }

// letIn notes that a chat takes cards.
func (b *Bot) letIn(chat int64) { b.troubles.set(chatTrouble(chat), "") }

// wayIn says what to do about a chat that takes nothing from the bot.
func wayIn(chat int64, why string) string {
	why = strings.ToLower(why)
	switch {
	case chat > 0:
		return "whoever it is sends /start to the bot, or unblocks it"
	case strings.Contains(why, "rights"), strings.Contains(why, "restricted"), strings.Contains(why, "chat_write_forbidden"):
		return "allow the bot to send messages there, or make it an administrator"
	case strings.Contains(why, "topic"), strings.Contains(why, "thread"):
		return "open the topic again, or name another one (docs/telegram.md)"
	case strings.Contains(why, "not found"):
		return "add the bot to the chat, or set the right number (TELEGRAM_CHAT_ID)"
	}
	return "add the bot to the chat again"
}

// storeGlance is how long [Bot.Trouble] waits for the roster.
const storeGlance = time.Second

// isOld reports whether a trouble is of a chat where no cards go any more.
func (b *Bot) isOld(kind string) bool {
	chat, ok := chatOfTrouble(kind)
	if !ok {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeGlance)
	defer cancel()
	home, err := b.showsCards(ctx, chat)
	return err == nil && !home
}

// showsCards reports whether cards go to a chat.
func (b *Bot) showsCards(ctx context.Context, chat int64) (bool, error) {
	l, err := b.layout(ctx)
	return l.has(chat), err
}
