package bot

import (
	"context"
	"errors"
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
	q, err := b.board.Queue(ctx, l.sitesAt(at))
	if err != nil {
		return err
	}
	state, err := b.board.ChatState(ctx, at)
	if err != nil {
		return err
	}
	now := b.cfg.Now()
	forget := func(s *moderation.ChatState) { s.RemindedAt, s.SeniorToldAt = time.Time{}, time.Time{} }
	late := q.Waiting > 0 && now.Sub(q.Oldest) >= b.cfg.RemindAfter
	if known := !state.RemindedAt.IsZero() || !state.SeniorToldAt.IsZero(); known && (!late || q.Oldest.After(state.RemindedAt)) {
		if err := b.board.ChangeChatState(ctx, at, forget); err != nil {
			return err
		}
		forget(&state)
	}
	switch {
	case !late:
		return nil
	case state.RemindedAt.IsZero():
		return b.once(ctx, at, state.RemindedAt, func(s *moderation.ChatState) *time.Time { return &s.RemindedAt }, func() error {
			if err := b.replaceMissing(ctx, l, at); err != nil {
				return err
			}
			return b.write(ctx, "sendMessage", spotParams(at), b.reminder(q), nil)
		})
	case state.SeniorToldAt.IsZero() && now.Sub(state.RemindedAt) >= b.cfg.RemindAfter:
		return b.once(ctx, at, state.SeniorToldAt, func(s *moderation.ChatState) *time.Time { return &s.SeniorToldAt }, func() error {
			return b.remindSeniors(ctx, l, at)
		})
	}
	return nil
}

// chatTime is one of the times that are remembered of a spot.
type chatTime func(*moderation.ChatState) *time.Time

// once tells something unless somebody does already since a time was before, and remembers
// of a spot when that was. It is written down first: while the disk is full nobody is to be told at every tick.
func (b *Bot) once(ctx context.Context, at moderation.Spot, before time.Time, field chatTime, tell func() error) error {
	now, mine := b.cfg.Now(), false
	err := b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
		told := field(s)
		if mine = told.Equal(before); mine {
			*told = now
		}
	})
	if err != nil || !mine {
		return err
	}
	if err := tell(); err != nil {
		return errors.Join(err, b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
			if told := field(s); told.Equal(now) {
				*told = before
			}
		}))
	}
	return nil
}

// reminder says what waits.
func (b *Bot) reminder(q moderation.Queue) *sheet {
	return b.sheet().own("⏰ ", b.waitingWords(q), " /queue lists it.")
}

// remindSeniors tells those who are called senior and have written to the bot what
// waits on all their blogs, where something waits too long in a spot that they see. Who has
// been told of it because of another spot is not told again.
func (b *Bot) remindSeniors(ctx context.Context, l layout, at moderation.Spot) error {
	var failed error
	told := 0
	for _, m := range l.roster.Moderators {
		if m.Role != moderation.RoleSenior || m.ID == at.Chat {
			continue
		}
		switch err := b.remindSenior(ctx, l, at, m); {
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

// remindSenior is remindSeniors for one of them.
func (b *Bot) remindSenior(ctx context.Context, l layout, at moderation.Spot, m moderation.Moderator) error {
	seen := []moderation.SiteID{}
	for _, site := range l.sitesAt(at) {
		if m.Sees(site) {
			seen = append(seen, site)
		}
	}
	here, err := b.board.Queue(ctx, seen)
	if err != nil || here.Waiting == 0 {
		return err
	}
	alone := moderation.Spot{Chat: m.ID}
	state, err := b.board.ChatState(ctx, alone)
	if err != nil || !state.ToldAsSenior.Before(here.Oldest.Add(2*b.cfg.RemindAfter)) {
		return err // they were told when it was this late already
	}
	all, _ := l.reach(m, m.ID)
	q, err := b.board.Queue(ctx, all)
	if err != nil {
		return err
	}
	return b.once(ctx, alone, state.ToldAsSenior, func(s *moderation.ChatState) *time.Time { return &s.ToldAsSenior }, func() error {
		return b.write(ctx, "sendMessage", spotParams(alone), b.reminder(q), nil)
	})
}
