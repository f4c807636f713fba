package bot

import (
	"context"
	"fmt"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// clearAway takes a card out of its chat for good, and forgets it. Where Telegram does
// not delete it, as after two days, words stand in its place.
func (b *Bot) clearAway(ctx context.Context, c moderation.Card, words string) error {
	p := tgbotapi.Params{"chat_id": strconv.FormatInt(c.Chat, 10), "message_id": strconv.Itoa(c.Message)}
	err := b.paced(ctx, "deleteMessage", p, nil)
	if _, refused := refusal(err); refused && !isTransient(err) {
		if _, later := retryAfter(err); !later {
			err = b.write(ctx, "editMessageText", p, b.sheet().own(words), nil)
		}
	}
	_, moved := movedTo(err)
	if err != nil && !isUnmodified(err) && !isGone(err) && !isOutside(err) && !moved {
		return fmt.Errorf("take card of case %d away: %w", c.Case, err)
	}
	if err := b.cards.DropCard(ctx, c.Chat, c.Message); err != nil {
		return fmt.Errorf("forget card: %w", err)
	}
	return nil
}

// elsewhereWords stand where a card stood whose chat is not to see it any more.
const elsewhereWords = "This comment is moderated elsewhere."
