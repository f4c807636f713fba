package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

// keepTime does what the time brings, until ctx ends: quiet hours end, skipped cases
// come back, and what waits too long is told.
func (b *Bot) keepTime(ctx context.Context) {
	ticker := time.NewTicker(b.cfg.Tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := b.Tick(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("chats not looked after", "err", err)
		}
	}
}

// Tick does what the time has brought: it looks after every place where cards go once.
// [Bot.Run] does it again and again.
func (b *Bot) Tick(ctx context.Context) error {
	if err := b.catchUp(ctx); err != nil {
		return err
	}
	l, err := b.layout(ctx)
	if err != nil {
		return err
	}
	b.offerCommands(ctx)
	b.storeAllSent(ctx)
	for _, at := range l.all() {
		if err := b.lookAfter(ctx, l, at); err != nil && ctx.Err() == nil && !isResting(err) && !isShutOut(err) {
			b.log.Warn("chat not looked after", "chat", at.Chat, "err", err)
		}
	}
	return nil
}

// lookAfterNow does what is due in a spot where cards go, without waiting for the next
// tick, which makes up for what fails here.
func (b *Bot) lookAfterNow(ctx context.Context, at moderation.Spot) {
	l, err := b.layout(ctx)
	if err == nil && slices.Contains(l.all(), at) {
		err = b.lookAfter(ctx, l, at)
	}
	if err != nil {
		b.log.Info("chat not looked after at once", "chat", at.Chat, "err", err)
	}
}

// lookAfter does what is due in a spot.
func (b *Bot) lookAfter(ctx context.Context, l layout, at moderation.Spot) error {
	state, err := b.board.ChatState(ctx, at)
	if err != nil {
		return err
	}
	quiet, err := b.isQuiet(ctx, at)
	if err != nil {
		return err
	}
	switch {
	case quiet && state.QuietSince.IsZero():
		err = b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
			if s.QuietSince.IsZero() {
				s.QuietSince = b.cfg.Now()
			}
		})
	case !quiet && !state.QuietSince.IsZero():
		err = b.endQuiet(ctx, l, at, state.QuietSince)
	}
	if err != nil {
		return err
	}
	if err := b.fill(ctx, l, at); err != nil || quiet {
		return err
	}
	return b.remind(ctx, l, at)
}

// endQuiet tells in one message what came since it became quiet, if anything did.
func (b *Bot) endQuiet(ctx context.Context, l layout, at moderation.Spot, since time.Time) error {
	// A digest that is on its way must be remembered, or it comes twice.
	ctx, done := lingering(ctx)
	defer done()
	digest, err := b.digest(ctx, l, at, since)
	if err != nil {
		return err
	}
	// Written down first: where the store takes nothing, it would be told at each tick.
	var before moderation.ChatState
	now, ends := b.cfg.Now(), false
	err = b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
		before, ends = *s, s.QuietSince.Equal(since)
		if !ends {
			return // somebody else tells it
		}
		s.QuietSince = time.Time{}
		if digest != nil {
			s.DigestAt, s.RemindedAt = now, now // it says what waits
		}
	})
	if err != nil || !ends || digest == nil {
		return err
	}
	err = b.write(ctx, "sendMessage", spotParams(at), digest, nil)
	if err == nil {
		return nil
	}
	return errors.Join(err, b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
		s.DigestAt, s.RemindedAt = before.DigestAt, before.RemindedAt
		if s.QuietSince.IsZero() || s.QuietSince.After(since) {
			s.QuietSince = since
		}
	}))
}
