package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// erasedWords stand where a card stood of a comment that was erased, and that Telegram
// does not delete any more.
const erasedWords = "This comment was erased."

// clearErased takes away a message that showed a comment that was erased.
func (b *Bot) clearErased(ctx context.Context, d moderation.Delivery) (recoverable bool, err error) {
	var e moderation.ErasedCard
	if err := json.Unmarshal(d.Payload, &e); err != nil || e.Message <= 0 {
		return false, errors.New("take erased card away: the delivery names no message")
	}
	if err := b.clearAway(ctx, moderation.Card{Chat: e.Chat, Topic: e.Topic, Message: e.Message}, erasedWords); err != nil {
		return forOutbox(fmt.Errorf("take erased card away: %w", err))
	}
	return false, nil
}
