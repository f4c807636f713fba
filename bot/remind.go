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
	switch late := q.Waiting > 0 && now.Sub(q.Oldest) >= b.cfg.RemindAfter; {
	case !late:
		state.RemindedAt, state.SeniorToldAt = time.Time{}, time.Time{}
	case state.RemindedAt.IsZero():
		if err := b.write(ctx, "sendMessage", spotParams(at), b.reminder(q), nil); err != nil {
			return err
		}
		state.RemindedAt = now
	case state.SeniorToldAt.IsZero() && now.Sub(state.RemindedAt) >= b.cfg.RemindAfter:
		if err := b.remindSeniors(ctx, l, at, sites, q); err != nil {
			return err
		}
		state.SeniorToldAt = now
	}
	if state == before {
		return nil
	}
	return b.board.PutChatState(ctx, at, state)
}

// reminder says what waits.
func (b *Bot) reminder(q moderation.Queue) *sheet {
	return (&sheet{}).own("⏰ ", b.waitingWords(q), " /queue lists it.")
}

// remindSeniors tells those who are called senior and have written to the bot.
func (b *Bot) remindSeniors(ctx context.Context, l layout, at moderation.Spot, sites []moderation.SiteID, q moderation.Queue) error {
	var failed error
	for _, m := range l.roster.Moderators {
		if m.Role != moderation.RoleSenior || m.ID == at.Chat || !seesAny(m, sites) {
			continue
		}
		err := b.write(ctx, "sendMessage", spotParams(moderation.Spot{Chat: m.ID}), b.reminder(q), nil)
		if err != nil && !isOutside(err) {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// seesAny reports whether one of sites is a moderator's.
func seesAny(m moderation.Moderator, sites []moderation.SiteID) bool {
	for _, site := range sites {
		if m.Sees(site) {
			return true
		}
	}
	return false
}
