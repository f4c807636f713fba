package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// Board is what the chats show and are to show.
type Board interface {
	// OpenCards returns how many cards of open cases stand in a spot, and how many of
	// them are urgent.
	OpenCards(context.Context, moderation.Spot) (all, urgent int, err error)
	// CardsIn returns the cards of open cases in a spot.
	CardsIn(context.Context, moderation.Spot) ([]moderation.Card, error)
	// NextCases returns open cases that a spot does not show and has not skipped,
	// urgent ones first, else the oldest, and one of each cluster.
	NextCases(ctx context.Context, q moderation.SpotQuery, limit int) ([]moderation.Waiting, error)
	// Queue counts what waits on sites; nil: on all.
	Queue(ctx context.Context, sites []moderation.SiteID) (moderation.Queue, error)
	// Skip keeps a case out of a spot until a time.
	Skip(ctx context.Context, id moderation.CaseID, at moderation.Spot, until time.Time) error
	// ChatState and ChangeChatState remember a spot; change may run more than once.
	ChatState(context.Context, moderation.Spot) (moderation.ChatState, error)
	ChangeChatState(ctx context.Context, at moderation.Spot, change func(*moderation.ChatState)) error
}

// fillAll shows in every spot of a site what is to be shown there.
func (b *Bot) fillAll(ctx context.Context, l layout, site moderation.SiteID) error {
	var failed error
	for _, at := range l.spots(site) {
		err := b.fill(ctx, l, at)
		if isUnreachable(at, err) {
			continue
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// isUnreachable reports whether a person can't be written to: they have not begun a
// chat with the bot, or have blocked it. Others get their cards all the same, and they
// once they write to the bot.
func isUnreachable(at moderation.Spot, err error) bool { return at.Chat > 0 && isOutside(err) }

// fill shows in a spot what waits, until as many cards of open cases stand there as
// may: more than a few drown people. What is urgent comes even so, also while it is
// quiet there, until as many urgent cards stand there.
func (b *Bot) fill(ctx context.Context, l layout, at moderation.Spot) error {
	defer b.filling.lock(at)()
	r, err := b.roomIn(ctx, at)
	if err == nil && r.cards+r.urgent > 0 {
		var next []moderation.Waiting
		next, err = b.board.NextCases(ctx, moderation.SpotQuery{Spot: at, Sites: l.sitesAt(at), Now: b.cfg.Now()}, r.cards+r.urgent)
		for _, w := range next {
			if err == nil && r.take(w.Urgent) {
				err = b.show1(ctx, w.Case, at)
			}
		}
	}
	if err != nil {
		return fmt.Errorf("fill chat %d: %w", at.Chat, err)
	}
	return nil
}

// room is how many more cards a spot may show: of any kind, and urgent ones.
type room struct{ cards, urgent int }

// roomIn returns the room of a spot.
func (b *Bot) roomIn(ctx context.Context, at moderation.Spot) (room, error) {
	all, urgent, err := b.board.OpenCards(ctx, at)
	if err != nil {
		return room{}, err
	}
	quiet, err := b.isQuiet(ctx, at)
	r := room{max(b.cfg.OpenCards-all, 0), max(b.cfg.OpenCards-urgent, 0)}
	if quiet {
		r.cards = 0
	}
	return r, err
}

// take reports whether there is room for one more card, and takes it.
func (r *room) take(urgent bool) bool {
	if r.cards <= 0 && (!urgent || r.urgent <= 0) {
		return false
	}
	r.cards--
	if urgent {
		r.urgent--
	}
	return true
}

// unshownFor is how long a case stays out of a spot whose card Telegram would take in
// no form.
const unshownFor = time.Hour

// show1 sends the card of one case to a spot, if it is still to be shown there.
func (b *Bot) show1(ctx context.Context, id moderation.CaseID, at moderation.Spot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	// A message that is on its way must be stored, or it comes twice.
	ctx, done := lingering(ctx)
	defer done()
	defer b.busy.lock(id)()
	v, err := b.cases.Case(ctx, id)
	if err != nil {
		return fmt.Errorf("read case %d: %w", id, err)
	}
	if _, err := b.storeSent(ctx, id, ""); err != nil {
		return err
	}
	cards, err := b.cards.CardsOf(ctx, id)
	if err != nil {
		return fmt.Errorf("read cards: %w", err)
	}
	for _, c := range cards {
		if c.Spot() == at {
			return nil
		}
	}
	if v.Case.State != moderation.CaseOpen {
		return nil
	}
	_, err = b.post(ctx, at, v, "")
	if isContent(err) {
		b.log.Error("Telegram takes the card of a case in no form; decide it from the command line", "case", id, "comment", v.Case.Comment, "err", err)
		return b.board.Skip(ctx, id, at, b.cfg.Now().Add(unshownFor))
	}
	return err
}
