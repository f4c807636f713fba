package bot

import (
	"context"
	"strconv"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// tapMore shows the rarer choices.
func (b *Bot) tapMore(ctx context.Context, t tap) (string, error) {
	return b.turnKeyboard(ctx, t, moreButtons)
}

// tapBack shows the usual choices again.
func (b *Bot) tapBack(ctx context.Context, t tap) (string, error) {
	return b.turnKeyboard(ctx, t, usualButtons)
}

// turnKeyboard changes the buttons of the tapped card, if the case is still as
// the card shows it.
func (b *Bot) turnKeyboard(ctx context.Context, t tap, buttons func(moderation.CaseView) keyboard) (string, error) {
	defer b.busy.lock(t.Case)()
	v, err := b.cases.Case(ctx, t.Case)
	if err != nil {
		return "", err
	}
	if err := unchanged(v, t.press); err != nil {
		return "", err
	}
	at, ok := t.place()
	if !ok {
		return "", nil
	}
	err = b.paced(ctx, "editMessageReplyMarkup", tgbotapi.Params{
		"chat_id":      strconv.FormatInt(at.chat, 10),
		"message_id":   strconv.Itoa(at.message),
		"reply_markup": buttons(v).markup(),
	}, nil)
	if err == nil || isUnmodified(err) {
		return "", nil
	}
	if _, moved := movedTo(err); moved {
		return "This group has become a supergroup, where the card comes anew.", nil
	}
	if after, wait := retryAfter(err); wait {
		return patience(after), nil
	}
	b.log.Info("buttons not changed", "case", t.Case, "err", err)
	return "Telegram did not take that. Try again.", nil
}

// unchanged returns why a tap on a card of v comes too late, if it does. Where nobody
// was asked, or no decision stands, one can be made.
func unchanged(v moderation.CaseView, p press) error {
	switch {
	case v.Case.State == moderation.CaseWithdrawn:
		return moderation.ErrWithdrawn
	case v.Case.State == moderation.CaseDecided && v.Decision != nil:
		return &moderation.DecidedError{Standing: *v.Decision}
	case v.Case.Revision != p.Revision, v.Case.State != moderation.CaseOpen && v.Status == moderation.Held:
		return moderation.ErrStale
	}
	return nil
}
