package bot

import (
	"context"

	"gatehouse/internal/moderation"
)

// threadLength is how much of what came before a comment is told.
const threadLength = 10

// tapThread answers a card with what came before its comment.
func (b *Bot) tapThread(ctx context.Context, t tap) (string, error) {
	l, err := b.threadOf(ctx, t.view)
	if err != nil {
		return "", err
	}
	return b.answerCard(ctx, t, l)
}

// thread is the command for what [Bot.tapThread] tells.
func (b *Bot) thread(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	l, err := b.threadOf(ctx, v)
	if err != nil {
		return err
	}
	return b.replyList(ctx, r, l)
}

// threadOf lists what a comment answers, and what that answers; or what was written
// last before it.
func (b *Bot) threadOf(ctx context.Context, v moderation.CaseView) (*listing, error) {
	views, err := b.archive.Thread(ctx, v.Comment.ID, threadLength)
	if err != nil {
		return nil, err
	}
	l := &listing{}
	number := "#" + v.Comment.ID.String()
	switch answers := v.Comment.ParentID != ""; {
	case len(views) == 0 && answers:
		l.sheet.own("What ", number, " answers never came here.")
		return l, nil
	case len(views) == 0:
		l.sheet.own("Nothing came before ", number, " on its post.")
		return l, nil
	case answers:
		l.sheet.bold("What " + number + " answers").own(", the nearest last")
	default:
		l.sheet.bold("On the post before " + number).own(", the latest last; it answers none of them")
	}
	l.addViews(views, b.drawFound)
	return l, nil
}

// answerCard answers a tapped card with a list.
func (b *Bot) answerCard(ctx context.Context, t tap, l *listing) (string, error) {
	instead := "Send /" + t.Verb + " " + t.view.Comment.ID.String() + " instead."
	at, ok := t.place()
	if !ok {
		return instead, nil
	}
	if err := b.replyWith(ctx, at, &l.sheet, l.buttons); err != nil {
		b.log.Info("card not answered", "case", t.Case, "err", err)
		return "Telegram did not take the answer. " + instead, nil
	}
	return "", nil
}
