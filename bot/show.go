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
// the chat had before goes. A comment that never waited has a card, too.
func (b *Bot) show(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	err = b.bring(ctx, v, r.place().spot(), r.key())
	if after, later := retryAfter(err); later {
		return b.replyText(ctx, r, patience(after))
	}
	if _, refused := refusal(err); refused && !isTransient(err) {
		b.log.Warn("card not shown again", "case", v.Case.ID, "err", err)
		return nil
	}
	return err
}

// bring sends the card of a comment to a spot, for the request with that key, and
// makes the case that it needs.
func (b *Bot) bring(ctx context.Context, v moderation.CaseView, at moderation.Spot, key string) error {
	id := v.Case.ID
	if id == 0 {
		var err error
		if id, err = b.archive.Look(ctx, v.Comment.ID, b.cfg.Now()); err != nil {
			return err
		}
	}
	return b.postAgain(ctx, id, at, key)
}

// postAgain replaces the cards of a case in the chat of a spot by one at the end of
// that.
func (b *Bot) postAgain(ctx context.Context, id moderation.CaseID, at moderation.Spot, key string) error {
	defer b.busy.lock(id)()
	v, err := b.cases.Case(ctx, id)
	if err != nil {
		return fmt.Errorf("read case %d: %w", id, err)
	}
	fresh, err := b.storeSent(ctx, id, key)
	if err != nil {
		return err
	}
	cards, err := b.cards.CardsOf(ctx, id)
	if err != nil {
		return fmt.Errorf("read cards: %w", err)
	}
	if fresh == nil {
		c, err := b.post(ctx, at, v, key)
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
// delete stays known, and follows its case like any other; then retire reports false.
func (b *Bot) retire(ctx context.Context, c moderation.Card) bool {
	err := b.paced(ctx, "deleteMessage", tgbotapi.Params{
		"chat_id": strconv.FormatInt(c.Chat, 10), "message_id": strconv.Itoa(c.Message),
	}, nil)
	if err == nil || says(err, "message to delete not found") {
		err = b.cards.DropCard(ctx, c.Chat, c.Message)
	}
	if err != nil {
		b.log.Info("card not retired", "case", c.Case, "err", err)
	}
	return err == nil
}
