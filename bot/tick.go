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
	for _, at := range l.all() {
		if err := b.lookAfter(ctx, l, at); err != nil && ctx.Err() == nil && !isResting(err) && !isUnreachable(at, err) {
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
		state.QuietSince = b.cfg.Now()
		err = b.board.PutChatState(ctx, at, state)
	case !quiet && !state.QuietSince.IsZero():
		err = b.endQuiet(ctx, l, at, state)
	}
	if err != nil {
		return err
	}
	if err := b.fill(ctx, l, at); err != nil || quiet {
		return err
	}
	return b.remind(ctx, l, at)
}

// endQuiet tells in one message what came while it was quiet.
func (b *Bot) endQuiet(ctx context.Context, l layout, at moderation.Spot, state moderation.ChatState) error {
	// A digest that is on its way must be remembered, or it comes twice.
	ctx, done := lingering(ctx)
	defer done()
	// Written down first: where the store takes nothing, it would be told at each tick.
	before := state
	state.QuietSince, state.RemindedAt = time.Time{}, b.cfg.Now() // it says what waits
	if err := b.board.PutChatState(ctx, at, state); err != nil {
		return err
	}
	if err := b.tellDigest(ctx, l, at, before.QuietSince); err != nil {
		return errors.Join(err, b.board.PutChatState(ctx, at, before))
	}
	return nil
}
