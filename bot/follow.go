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
// with {"case": 17}, and [moderation.DeliverMode], and is a [moderation.Sender]: where Telegram asks to wait, the error is a
// [moderation.LaterError].
func (b *Bot) Send(ctx context.Context, d moderation.Delivery) (recoverable bool, err error) {
	if d.Kind == moderation.DeliverMode {
		return b.sendMode(ctx, d)
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
// older version are redrawn, one that is gone is forgotten, and an open case
// without a card in the moderators' chat gets one. A tapped card that is not
// known is adopted: it is one whose sending was never answered.
func (b *Bot) follow(ctx context.Context, id moderation.CaseID, tapped *tappedCard) error {
	defer b.busy.lock(id)()
	err := b.followOnce(ctx, id, tapped)
	if _, moved := movedTo(err); moved {
		err = b.followOnce(ctx, id, nil)
	}
	return err
}

// followOnce is follow, but leaves the job undone where the moderators' chat
// turns out to have moved. The case's lock is held.
func (b *Bot) followOnce(ctx context.Context, id moderation.CaseID, tapped *tappedCard) error {
	v, err := b.cases.Case(ctx, id)
	if err != nil {
		return fmt.Errorf("read case %d: %w", id, err)
	}
	r, err := b.roster(ctx)
	if err != nil {
		return err
	}
	if _, err := b.storeSent(ctx, id, ""); err != nil {
		return err
	}
	cards, err := b.cardsOf(ctx, id, tapped)
	if err != nil {
		return err
	}
	shown := false
	var failed error
	for _, c := range cards {
		if c.Version != v.Case.Version {
			var gone bool
			if gone, err = b.redraw(ctx, c, v, r.Home.Chat); err != nil {
				failed = errors.Join(failed, err)
			}
			if gone {
				continue
			}
		}
		shown = shown || c.Chat == r.Home.Chat
	}
	if v.Case.State == moderation.CaseOpen && r.Home.Chat != 0 && !shown {
		_, err = b.post(ctx, r.Home.Chat, v, "")
		failed = errors.Join(failed, err)
	}
	return failed
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
	orphan := moderation.Card{Case: id, Chat: tapped.chat, Message: tapped.message, Version: unknown}
	if err := b.cards.PutCard(ctx, orphan); err != nil {
		return nil, fmt.Errorf("store card: %w", err)
	}
	return append(cards, orphan), nil
}

// redraw makes a card show v, and reports whether the card is gone instead. A
// card in a chat that has become another one, or that is not home and that the
// bot has been put out of, is gone too.
func (b *Bot) redraw(ctx context.Context, c moderation.Card, v moderation.CaseView, home int64) (gone bool, err error) {
	drawn := newCard(v)
	p := tgbotapi.Params{
		"chat_id":      strconv.FormatInt(c.Chat, 10),
		"message_id":   strconv.Itoa(c.Message),
		"reply_markup": drawn.buttons.markup(),
	}
	err = b.write(ctx, "editMessageText", p, &drawn.sheet, nil)
	_, moved := movedTo(err)
	switch {
	case err == nil || isUnmodified(err):
		c.Version = v.Case.Version
		return false, b.putCard(ctx, c, "")
	case isGone(err) || moved || c.Chat != home && isOutside(err):
		if err := b.cards.DropCard(ctx, c.Chat, c.Message); err != nil {
			return true, fmt.Errorf("forget card: %w", err)
		}
		return true, nil
	}
	return false, err
}

// post sends a new card, for the request with that key if for any, and stores it
// once Telegram has told its number.
func (b *Bot) post(ctx context.Context, chat int64, v moderation.CaseView, key string) (moderation.Card, error) {
	drawn := newCard(v)
	p := tgbotapi.Params{
		"chat_id":      strconv.FormatInt(chat, 10),
		"reply_markup": drawn.buttons.markup(),
	}
	var sent tgbotapi.Message
	if err := b.write(ctx, "sendMessage", p, &drawn.sheet, &sent); err != nil {
		return moderation.Card{}, err
	}
	c := moderation.Card{Case: v.Case.ID, Chat: chat, Message: sent.MessageID, Version: v.Case.Version}
	return c, b.putCard(ctx, c, key)
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

// paced is a call that counts towards Telegram's limit of messages.
func (b *Bot) paced(ctx context.Context, method string, p tgbotapi.Params, out any) error {
	if err := b.door.pace.Wait(ctx); err != nil {
		return fmt.Errorf("%s: wait for the pace: %w", method, err)
	}
	return b.inChat(ctx, method, p, out)
}

// reply sends s as an answer to a message.
func (b *Bot) reply(ctx context.Context, to place, s *sheet) error {
	return b.replyWith(ctx, to, s, nil)
}

// replyWith is reply with buttons.
func (b *Bot) replyWith(ctx context.Context, to place, s *sheet, k keyboard) error {
	p := tgbotapi.Params{
		"chat_id":          strconv.FormatInt(to.chat, 10),
		"reply_parameters": fmt.Sprintf(`{"message_id":%d,"allow_sending_without_reply":true}`, to.message),
	}
	if k != nil {
		p["reply_markup"] = k.markup()
	}
	err := b.write(ctx, "sendMessage", p, s, nil)
	if chat, moved := movedTo(err); moved {
		p["chat_id"] = strconv.FormatInt(chat, 10)
		delete(p, "reply_parameters")
		err = b.write(ctx, "sendMessage", p, s, nil)
	}
	return err
}

// reconcile has everything delivered that the moderators' chat does not show as
// it is.
func (b *Bot) reconcile(ctx context.Context) error {
	r, err := b.roster(ctx)
	if err != nil || r.Home.Chat == 0 {
		return err
	}
	n, err := b.cards.EnqueueCards(ctx, r.Home.Chat)
	if err != nil {
		return fmt.Errorf("reconcile cards: %w", err)
	}
	if n > 0 {
		b.log.Info("cards to be brought up to date", "cards", n)
	}
	return nil
}
