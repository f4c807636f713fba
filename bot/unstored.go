package bot

import (
	"context"
	"fmt"
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

// storeCard is putCard for what has been sent before.
func (b *Bot) storeCard(ctx context.Context, c sentCard) error {
	if err := b.cards.PutCard(ctx, c.Card, c.waits); err != nil {
		b.unstored.put(c)
		return fmt.Errorf("store card: %w", err)
	}
	b.unstored.drop(c.Card)
	return nil
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
