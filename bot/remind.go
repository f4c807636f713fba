package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// remind tells a spot once that something waits there for too long, and after as
// long again those who are called senior, each alone. When nothing waits too long any more it
// begins anew.
func (b *Bot) remind(ctx context.Context, l layout, at moderation.Spot) error {
	// A reminder that is on its way must be remembered, or it comes twice.
	ctx, done := lingering(ctx)
	defer done()
	if b.cfg.RemindAfter < 0 {
		return nil
	}
	sites := l.sitesAt(at)
	q, err := b.board.Queue(ctx, sites)
	if err != nil {
		return err
	}
	state, err := b.board.ChatState(ctx, at)
	if err != nil {
		return err
	}
	now, before := b.cfg.Now(), state
	if q.Oldest.After(state.RemindedAt) {
		state.RemindedAt, state.SeniorToldAt = time.Time{}, time.Time{}
	}
	tell := func() error { return nil }
	switch late := q.Waiting > 0 && now.Sub(q.Oldest) >= b.cfg.RemindAfter; {
	case !late:
		state.RemindedAt, state.SeniorToldAt = time.Time{}, time.Time{}
	case state.RemindedAt.IsZero():
		state.RemindedAt = now
		tell = func() error { return b.write(ctx, "sendMessage", spotParams(at), b.reminder(q), nil) }
	case state.SeniorToldAt.IsZero() && now.Sub(state.RemindedAt) >= b.cfg.RemindAfter:
		state.SeniorToldAt = now
		tell = func() error { return b.remindSeniors(ctx, l, at, sites) }
	}
	if state == before {
		return nil
	}
	// Written down first: while the disk is full nobody is to be reminded at every tick.
	if err := b.board.PutChatState(ctx, at, state); err != nil {
		return err
	}
	if err := tell(); err != nil {
		return errors.Join(err, b.board.PutChatState(ctx, at, before))
	}
	return nil
}

// reminder says what waits.
func (b *Bot) reminder(q moderation.Queue) *sheet {
	return b.sheet().own("⏰ ", b.waitingWords(q), " /queue lists it.")
}

// remindSeniors tells those who are called senior and have written to the bot, each of
// their own blogs.
func (b *Bot) remindSeniors(ctx context.Context, l layout, at moderation.Spot, sites []moderation.SiteID) error {
	var failed error
	told := 0
	for _, m := range l.roster.Moderators {
		if m.Role != moderation.RoleSenior || m.ID == at.Chat {
			continue
		}
		theirs := slices.DeleteFunc(slices.Clone(sites), func(site moderation.SiteID) bool { return !m.Sees(site) })
		q, err := b.board.Queue(ctx, theirs)
		if err != nil {
			return err
		}
		if q.Waiting == 0 {
			continue
		}
		err = b.write(ctx, "sendMessage", spotParams(moderation.Spot{Chat: m.ID}), b.reminder(q), nil)
		switch {
		case err == nil:
			told++
		case !isOutside(err):
			failed = errors.Join(failed, err)
		}
	}
	if told > 0 {
		return nil // to try again would tell them twice
	}
	return failed
}
