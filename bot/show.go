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
	at, err := b.bring(ctx, v, r.place().spot(), r.key())
	if after, later := retryAfter(err); later {
		return b.replyText(ctx, r, patience(after))
	}
	if _, refused := refusal(err); refused && !isTransient(err) {
		b.log.Warn("card not shown again", "case", v.Case.ID, "err", err)
		return nil
	}
	if err == nil && at != r.place().spot() {
		return b.replyText(ctx, r, inOtherTopic)
	}
	return err
}

// inOtherTopic says where a card came that was asked for in another topic.
const inOtherTopic = "Its card is in the topic where the cards of its blog go."

// bring sends the card of a comment to the spot of a chat where it is to be, for the
// request with that key, and makes the case that it needs.
func (b *Bot) bring(ctx context.Context, v moderation.CaseView, asked moderation.Spot, key string) (at moderation.Spot, err error) {
	if at, _, err = b.spotFor(ctx, v.Site.ID, asked); err != nil {
		return at, err
	}
	id := v.Case.ID
	if id == 0 {
		if id, err = b.archive.Look(ctx, v.Comment.ID, b.cfg.Now()); err != nil {
			return at, err
		}
	}
	return at, b.postAgain(ctx, id, at, key)
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
