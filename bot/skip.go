package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// skipTime is how long a skipped case stays out of the chat.
const skipTime = time.Hour

// tapSkip takes a card away for a while, and lets the next one come.
func (b *Bot) tapSkip(ctx context.Context, t tap) (string, error) {
	if err := unchanged(t.view, t.press); err != nil {
		return "", err
	}
	at, ok := t.place()
	if !ok {
		return "Send /skip " + t.view.Case.Comment.String() + " instead.", nil
	}
	return b.skipCase(ctx, t.view, at.spot())
}

// skip is the command for what [Bot.tapSkip] does.
func (b *Bot) skip(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	words := "That does not wait."
	if v.Case.State == moderation.CaseOpen {
		if words, err = b.skipHere(ctx, v, r.place().spot()); err != nil {
			return err
		}
	}
	return b.replyText(ctx, r, words)
}

// skipHere skips a case for whoever asks in a spot, where that has its card.
func (b *Bot) skipHere(ctx context.Context, v moderation.CaseView, asked moderation.Spot) (string, error) {
	at, goes, err := b.spotFor(ctx, v.Site.ID, asked)
	if err != nil {
		return "", err
	}
	cards, err := b.cards.CardsOf(ctx, v.Case.ID)
	if err != nil {
		return "", err
	}
	if !goes && !slices.ContainsFunc(cards, func(c moderation.Card) bool { return c.Spot() == at }) {
		return "Its card is not here: send /skip " + v.Case.Comment.String() + " where the cards of " + oneLine(v.Site.Name, maxName) + " go.", nil
	}
	return b.skipCase(ctx, v, at)
}

// skipCase takes the cards of a case out of a spot and fills that.
func (b *Bot) skipCase(ctx context.Context, v moderation.CaseView, at moderation.Spot) (string, error) {
	if err := b.board.Skip(ctx, v.Case.ID, at, b.cfg.Now().Add(skipTime)); err != nil {
		return "", err
	}
	if err := b.clearSkipped(ctx, v, at); err != nil {
		return "", err
	}
	l, err := b.layout(ctx)
	if err != nil {
		return "", err
	}
	if err := b.fill(ctx, l, at); err != nil {
		b.log.Warn("chat not filled", "chat", at.Chat, "err", err)
	}
	return "⏭ Skipped for an hour. /show " + v.Case.Comment.String() + " brings it back.", nil
}

// clearSkipped takes the cards of a case out of a spot.
func (b *Bot) clearSkipped(ctx context.Context, v moderation.CaseView, at moderation.Spot) error {
	defer b.busy.lock(v.Case.ID)()
	cards, err := b.cards.CardsOf(ctx, v.Case.ID)
	if err != nil {
		return err
	}
	var failed error
	for _, c := range cards {
		if c.Spot() == at {
			failed = errors.Join(failed, b.clearAway(ctx, c, "⏭ Skipped · /show "+v.Case.Comment.String()))
		}
	}
	return failed
}
