package bot

import (
	"context"
	"fmt"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// show sends the card of a comment again, to whom asks: it may have scrolled
// away, or somebody deleted it, of which Telegram tells no bot. The one that
// the chat had before goes.
func (b *Bot) show(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	err = b.postAgain(ctx, v.Case.ID, r)
	if _, refused := refusal(err); refused && !isTransient(err) {
		b.log.Warn("card not shown again", "case", v.Case.ID, "err", err)
		return nil
	}
	return err
}

// postAgain replaces the cards of a case in the chat of a request by one at its
// end.
func (b *Bot) postAgain(ctx context.Context, id moderation.CaseID, r request) error {
	defer b.busy.lock(id)()
	v, err := b.cases.Case(ctx, id)
	if err != nil {
		return fmt.Errorf("read case %d: %w", id, err)
	}
	fresh, err := b.storeSent(ctx, id, r.key())
	if err != nil {
		return err
	}
	cards, err := b.cards.CardsOf(ctx, id)
	if err != nil {
		return fmt.Errorf("read cards: %w", err)
	}
	if fresh == nil {
		c, err := b.post(ctx, r.place().spot(), v, r.key())
		if err != nil {
			return err
		}
		fresh = &c
	}
	for _, c := range cards {
		if c.Chat == fresh.Chat && c.Message != fresh.Message {
			b.retire(ctx, c)
		}
	}
	return nil
}

// retire deletes a card that another one replaces. One that Telegram does not
// delete stays known, and follows its case like any other.
func (b *Bot) retire(ctx context.Context, c moderation.Card) {
	err := b.inChat(ctx, "deleteMessage", tgbotapi.Params{
		"chat_id": strconv.FormatInt(c.Chat, 10), "message_id": strconv.Itoa(c.Message),
	}, nil)
	if err == nil || says(err, "message to delete not found") {
		err = b.cards.DropCard(ctx, c.Chat, c.Message)
	}
	if err != nil {
		b.log.Info("card not retired", "case", c.Case, "err", err)
	}
}
