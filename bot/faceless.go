package bot

import (
	"context"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// StandsForMany reports whether a number is that of an account of Telegram's own
// in whose name anybody may write: anonymous administrators of any group
// (@GroupAnonymousBot), writers in the name of a channel (@Channel_Bot), and
// Telegram itself, which forwards what linked channels say.
func StandsForMany(user int64) bool {
	return user == 1087968824 || user == 136817688 || user == 777000
}

// isFaceless reports whether nobody knows which person sent a message.
func isFaceless(m *tgbotapi.Message) bool {
	return m.From.IsBot || m.SenderChat != nil || StandsForMany(m.From.ID)
}

// unmask answers a command from nobody in particular, where a person may have
// meant it: in the moderators' chat, and wherever a code is given while one is
// good. What bots say and channels pass on gets no answer.
func (b *Bot) unmask(ctx context.Context, r request) error {
	if r.message.SenderChat == nil || r.message.IsAutomaticForward {
		return nil
	}
	words := "That came in the name of the group or of a channel, so I can't tell who you are. " +
		"Switch off “Remain anonymous” in your rights as administrator, and send it again as yourself."
	if r.name == pairCommand && r.args != "" && b.pairing.open() != "" {
		return b.replyText(ctx, r, words+" The code stays good.")
	}
	l, err := b.layout(ctx)
	if err != nil || l.roster.Home.Chat != r.message.Chat.ID && !l.has(r.message.Chat.ID) {
		return err
	}
	return b.replyText(ctx, r, words)
}
