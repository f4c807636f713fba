package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"gatehouse/internal/moderation"
)

// unstored are the cards that chats show and the store could not take: its disk
// is full, say. Sent again they would stand there twice. They are kept in memory
// only; a card that a restart forgets is adopted at its first tap. The zero
// unstored is empty.
type unstored struct {
	mu   sync.Mutex
	sent map[moderation.CaseID][]sentCard
	lost []moderation.Card // of cases that are gone: they are to be taken away
}

// lose adds a card of a case that is gone.
func (u *unstored) lose(c moderation.Card) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lost = append(u.lost, c)
}

// takeLost returns the cards of cases that are gone, and forgets them.
func (u *unstored) takeLost() []moderation.Card {
	u.mu.Lock()
	defer u.mu.Unlock()
	lost := u.lost
	u.lost = nil
	return lost
}

// sentCard is a card and what it was sent for: a request's key, or nothing.
type sentCard struct {
	moderation.Card
	waits bool
	key   string
}

// of returns the cards of a case.
func (u *unstored) of(id moderation.CaseID) []sentCard {
	u.mu.Lock()
	defer u.mu.Unlock()
	return append([]sentCard(nil), u.sent[id]...)
}

// all returns the cases of which there are cards.
func (u *unstored) all() []moderation.CaseID {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Sorted(maps.Keys(u.sent))
}

// put adds a card, or replaces the one in the same place.
func (u *unstored) put(c sentCard) {
	u.drop(c.Card)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sent == nil {
		u.sent = make(map[moderation.CaseID][]sentCard)
	}
	u.sent[c.Case] = append(u.sent[c.Case], c)
}

// drop forgets a card.
func (u *unstored) drop(c moderation.Card) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var rest []sentCard
	for _, other := range u.sent[c.Case] {
		if other.Chat != c.Chat || other.Message != c.Message {
			rest = append(rest, other)
		}
	}
	if rest == nil {
		delete(u.sent, c.Case)
		return
	}
	u.sent[c.Case] = rest
}

// putCard stores a card, or keeps it until [Bot.storeSent] can. The case's lock
// is held.
func (b *Bot) putCard(ctx context.Context, c moderation.Card, v moderation.CaseView, key string) error {
	return b.storeCard(ctx, sentCard{c, v.Case.State == moderation.CaseOpen, key})
}

// storeCard is putCard for what has been sent before. A card whose case is gone, as of an
// author who was erased while it was sent, is taken away instead.
func (b *Bot) storeCard(ctx context.Context, c sentCard) error {
	err := b.cards.PutCard(ctx, c.Card, c.waits)
	if errors.Is(err, moderation.ErrNotFound) {
		b.unstored.drop(c.Card)
		b.unstored.lose(c.Card)
		b.clearLost(ctx)
		return nil
	}
	if err != nil {
		b.unstored.put(c)
		return fmt.Errorf("store card: %w", err)
	}
	b.unstored.drop(c.Card)
	return nil
}

// storeAllSent stores what could not be stored before, and clears away what is of cases
// that are gone meanwhile: of these nobody tells any more.
func (b *Bot) storeAllSent(ctx context.Context) {
	b.clearLost(ctx)
	for _, id := range b.unstored.all() {
		func() {
			defer b.busy.lock(id)()
			if _, err := b.storeSent(ctx, id, ""); err != nil {
				b.log.Debug("sent card not stored yet", "case", id, "err", err)
			}
		}()
	}
}

// clearLost takes the cards away whose cases are gone. What fails is tried again at the
// next tick.
func (b *Bot) clearLost(ctx context.Context) {
	for _, c := range b.unstored.takeLost() {
		if err := b.clearAway(ctx, c, erasedWords); err != nil {
			b.log.Warn("card of an erased comment not taken away", "case", c.Case, "err", err)
			b.unstored.lose(c)
		}
	}
}

// storeSent stores what could not be stored before, and returns the card that
// was sent for the request with that key, if one was. The case's lock is held.
func (b *Bot) storeSent(ctx context.Context, id moderation.CaseID, key string) (earlier *moderation.Card, err error) {
	for _, c := range b.unstored.of(id) {
		if err := b.storeCard(ctx, c); err != nil {
			return nil, err
		}
		if key != "" && c.key == key {
			earlier = &c.Card
		}
	}
	return earlier, nil
}
