package bot

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// replaceMissing finds out which cards of open cases are not in a spot any more, and fills
// that: Telegram tells no bot what people delete, and for each card that is thought to
// be there another one does not come. It draws the cards again, and those that are gone
// can't be.
func (b *Bot) replaceMissing(ctx context.Context, l layout, at moderation.Spot) error {
	cards, err := b.board.CardsIn(ctx, at)
	if err != nil {
		return fmt.Errorf("look for deleted cards: %w", err)
	}
	var failed error
	for _, c := range cards {
		failed = errors.Join(failed, b.redrawOne(ctx, c))
	}
	return errors.Join(failed, b.fill(ctx, l, at))
}

// redrawOne draws a card again, whatever is remembered of it.
func (b *Bot) redrawOne(ctx context.Context, c moderation.Card) error {
	defer b.busy.lock(c.Case)()
	v, err := b.cases.Case(ctx, c.Case)
	if err != nil {
		return fmt.Errorf("read case %d: %w", c.Case, err)
	}
	c.Version = unknown
	return b.redraw(ctx, c, v, true)
}
