package bot

import (
	"context"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// pauseTime is how long /pause lasts where it does not say.
const pauseTime = time.Hour

// pauseCards keeps new cards out of the chat for a while, but urgent ones; /pause off
// ends that.
func (b *Bot) pauseCards(ctx context.Context, r request) error {
	at := r.place().spot()
	state, err := b.board.ChatState(ctx, at)
	if err != nil {
		return err
	}
	now, lasts := b.cfg.Now(), pauseTime
	switch word, _, _ := strings.Cut(r.args, " "); strings.ToLower(word) {
	case "":
	case "off":
		lasts = 0
	default:
		if lasts, err = moderation.ParseSpan(word); err != nil {
			return b.replyText(ctx, r, "For how long? Send /pause 2h, or /pause off.")
		}
	}
	state.PausedUntil = now.Add(lasts)
	if lasts > 0 && state.QuietSince.IsZero() {
		state.QuietSince = now
	}
	if err := b.board.PutChatState(ctx, at, state); err != nil {
		return err
	}
	if lasts == 0 {
		if err := b.replyText(ctx, r, "▶️ Cards come again."); err != nil {
			return err
		}
		b.lookAfterNow(ctx, at)
		return nil
	}
	return b.replyText(ctx, r, "⏸ No new cards here until "+b.stamp(state.PausedUntil)+", but urgent ones. /pause off ends it; /queue says what waits.")
}
