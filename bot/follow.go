package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// Send brings the cards of a case to what the case is, and tells of modes that
// turned by themselves. It takes deliveries of the kinds [moderation.DeliverCard],
// with {"case": 17}, [moderation.DeliverMode] and [moderation.DeliverErased], and is a
// [moderation.Sender]: where Telegram asks to wait, the error is a [moderation.LaterError].
func (b *Bot) Send(ctx context.Context, d moderation.Delivery) (recoverable bool, err error) {
	if d.Kind == moderation.DeliverMode {
		return b.sendMode(ctx, d)
	}
	if d.Kind == moderation.DeliverErased {
		return b.clearErased(ctx, d)
	}
	if d.Kind != moderation.DeliverCard {
		return false, fmt.Errorf("send card: a delivery of kind %q is none", d.Kind)
	}
	var payload struct {
		Case moderation.CaseID `json:"case"`
	}
	if err := json.Unmarshal(d.Payload, &payload); err != nil || payload.Case <= 0 {
		return false, errors.New("send card: the delivery names no case")
	}
	// A message that is on its way must be stored, or it comes twice.
	ctx, done := lingering(ctx)
	defer done()
	if err := b.follow(ctx, payload.Case, nil); err != nil {
		return forOutbox(fmt.Errorf("send card: %w", err))
	}
	return false, nil
}

// follow brings the cards of a case to what the case is: those that show an
// older version are redrawn, and one that is gone is forgotten. A tapped card that is
// not known is adopted: it is one whose sending was never answered. Then the spots of
// its site are filled.
func (b *Bot) follow(ctx context.Context, id moderation.CaseID, tapped *tappedCard) error {
	l, err := b.layout(ctx)
	if err != nil {
		return err
	}
	site, err := b.redrawAll(ctx, l, id, tapped)
	if site == 0 {
		return err
	}
	filled := b.fillAll(ctx, l, site)
	if _, moved := movedTo(filled); moved {
		if l, filled = b.layout(ctx); filled == nil {
			filled = b.fillAll(ctx, l, site)
		}
	}
	return errors.Join(err, filled)
}

// redrawAll redraws the cards of a case, and returns its site; 0 where that could not be
// told.
func (b *Bot) redrawAll(ctx context.Context, l layout, id moderation.CaseID, tapped *tappedCard) (moderation.SiteID, error) {
	defer b.busy.lock(id)()
	v, err := b.cases.Case(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("read case %d: %w", id, err)
	}
	if _, err := b.storeSent(ctx, id, ""); err != nil {
		return 0, err
	}
	cards, err := b.cardsOf(ctx, id, tapped)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, c := range cards {
		if c.Version == v.Case.Version {
			continue
		}
		if !l.maySee(c.Chat, v.Site.ID) {
			failed = errors.Join(failed, b.clearAway(ctx, c, elsewhereWords))
			continue
		}
		if away, err := b.withdrawStoodFor(ctx, c, v); err != nil || away {
			failed = errors.Join(failed, err)
			continue
		}
		if err := b.redraw(ctx, c, v, l.has(c.Chat)); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return v.Site.ID, failed
}

// unknown is the version of a card of which nobody knows what it shows.
const unknown = -1

// tappedCard is where somebody tapped.
type tappedCard struct {
	place
	anew bool // it is to be drawn again whatever is remembered of it
}

// cardsOf returns the known cards of a case and the tapped one.
func (b *Bot) cardsOf(ctx context.Context, id moderation.CaseID, tapped *tappedCard) ([]moderation.Card, error) {
	cards, err := b.cards.CardsOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", err)
	}
	if tapped == nil {
		return cards, nil
	}
	for i, c := range cards {
		if c.Chat == tapped.chat && c.Message == tapped.message {
			if tapped.anew {
				cards[i].Version = unknown
			}
			return cards, nil
		}
	}
	orphan := moderation.Card{Case: id, Chat: tapped.chat, Topic: tapped.topic, Message: tapped.message, Version: unknown}
	if err := b.cards.PutCard(ctx, orphan, true); err != nil {
		return nil, fmt.Errorf("store card: %w", err)
	}
	return append(cards, orphan), nil
}

// redraw makes a card show v, or forgets it where it is gone. A card in a chat that
// has become another one, or in one where no cards go any more and that the bot has
// been put out of, is gone too. Somebody who has blocked the bot gets their cards up
// to date when they let it in again.
func (b *Bot) redraw(ctx context.Context, c moderation.Card, v moderation.CaseView, inUse bool) error {
	drawn := newCard(v, b.cfg.Zone)
	p := tgbotapi.Params{
		"chat_id":      strconv.FormatInt(c.Chat, 10),
		"message_id":   strconv.Itoa(c.Message),
		"reply_markup": drawn.buttons.markup(),
	}
	err := b.write(ctx, "editMessageText", p, &drawn.sheet, nil)
	_, moved := movedTo(err)
	switch {
	case err == nil || isUnmodified(err):
		c.Version = v.Case.Version
		return b.putCard(ctx, c, v, "")
	case isGone(err) || moved || !inUse && isOutside(err):
		if err := b.cards.DropCard(ctx, c.Chat, c.Message); err != nil {
			return fmt.Errorf("forget card: %w", err)
		}
		return nil
	case isUnreachable(c.Spot(), err):
		return nil // [Bot.reconcile] finds it
	}
	return err
}

// post sends a new card, for the request with that key if for any, and stores it
// once Telegram has told its number.
func (b *Bot) post(ctx context.Context, at moderation.Spot, v moderation.CaseView, key string) (moderation.Card, error) {
	drawn := newCard(v, b.cfg.Zone)
	p := spotParams(at)
	p["reply_markup"] = drawn.buttons.markup()
	var sent tgbotapi.Message
	if err := b.write(ctx, "sendMessage", p, &drawn.sheet, &sent); err != nil {
		return moderation.Card{}, err
	}
	c := moderation.Card{Case: v.Case.ID, Chat: at.Chat, Topic: at.Topic, Message: sent.MessageID, Version: v.Case.Version}
	return c, b.putCard(ctx, c, v, key)
}

// write sends or edits a message with s as its text, at the pace that Telegram
// allows. Where Telegram does not take our markup, the text goes without:
// better a plain card than none.
func (b *Bot) write(ctx context.Context, method string, p tgbotapi.Params, s *sheet, out any) error {
	p["text"], p["parse_mode"] = s.HTML(), tgbotapi.ModeHTML
	p["link_preview_options"] = `{"is_disabled":true}`
	err := b.paced(ctx, method, p, out)
	if err == nil || !isContent(err) {
		return err
	}
	b.log.Warn("Telegram did not take a message's markup", "err", err)
	p["text"] = s.Plain()
	delete(p, "parse_mode")
	return b.paced(ctx, method, p, out)
}

// reply sends s as an answer to a message.
func (b *Bot) reply(ctx context.Context, to place, s *sheet) error {
	return b.replyWith(ctx, to, s, nil)
}

// replyWith is reply with buttons. Where the chat takes nothing at the moment, the
// answer comes later.
func (b *Bot) replyWith(ctx context.Context, to place, s *sheet, k keyboard) error {
	send := func(ctx context.Context) error { return b.replyNow(ctx, to, s, k) }
	return b.answerLater(send(ctx), send)
}

// replyNow is replyWith that does not wait.
func (b *Bot) replyNow(ctx context.Context, to place, s *sheet, k keyboard) error {
	p := answerParams(to)
	if k != nil {
		p["reply_markup"] = k.markup()
	}
	return b.sendFollowing(ctx, p, s)
}

// sendFollowing sends a message, to the supergroup where its group turns out to have become
// one.
func (b *Bot) sendFollowing(ctx context.Context, p tgbotapi.Params, s *sheet) error {
	err := b.write(ctx, "sendMessage", p, s, nil)
	if chat, moved := movedTo(err); moved {
		p["chat_id"] = strconv.FormatInt(chat, 10)
		delete(p, "reply_parameters")
		err = b.write(ctx, "sendMessage", p, s, nil)
	}
	return err
}

// reconcile has every card redrawn that shows an older version of its case, and shows
// what is to be shown.
func (b *Bot) reconcile(ctx context.Context) error {
	n, err := b.cards.EnqueueStale(ctx)
	if err != nil {
		return fmt.Errorf("reconcile cards: %w", err)
	}
	if n > 0 {
		b.log.Info("cards to be brought up to date", "cards", n)
	}
	b.fillEverywhere(ctx)
	return nil
}

// fillEverywhere fills every spot. What fails is tried again at the next tick.
func (b *Bot) fillEverywhere(ctx context.Context) {
	l, err := b.layout(ctx)
	if err != nil {
		b.log.Error("chats not filled", "err", err)
		return
	}
	for _, at := range l.all() {
		if err := b.fill(ctx, l, at); err != nil && ctx.Err() == nil && !isResting(err) && !isShutOut(err) {
			b.log.Warn("chat not filled", "chat", at.Chat, "err", err)
		}
	}
}
