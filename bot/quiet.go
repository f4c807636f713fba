package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// Quiet is a time of each day in which no new cards come, but urgent ones. The zero
// Quiet is none.
type Quiet struct {
	From, To time.Duration // since midnight by the clock on the wall
}

// ParseQuiet reads "22:00-07:00", or nothing for none.
func ParseQuiet(s string) (Quiet, error) {
	if s = strings.TrimSpace(s); s == "" {
		return Quiet{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	var q Quiet
	for _, part := range []struct {
		word string
		into *time.Duration
	}{{from, &q.From}, {to, &q.To}} {
		t, err := time.Parse("15:04", strings.TrimSpace(part.word))
		if !ok || err != nil {
			return Quiet{}, fmt.Errorf("%w: %q are no hours such as 22:00-07:00", moderation.ErrInvalid, s)
		}
		*part.into = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	if q.From == q.To {
		return Quiet{}, fmt.Errorf("%w: %q would be quiet always or never", moderation.ErrInvalid, s)
	}
	return q, nil
}

// At reports whether a time is within the quiet hours of its zone.
func (q Quiet) At(t time.Time) bool {
	at := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	if q.From <= q.To {
		return q.From <= at && at < q.To
	}
	return at >= q.From || at < q.To
}

// isQuiet reports whether no new cards are to come to a spot now: by the hour, or
// because somebody has asked for it.
func (b *Bot) isQuiet(ctx context.Context, at moderation.Spot) (bool, error) {
	now := b.cfg.Now()
	if b.cfg.Quiet.At(now.In(b.cfg.Zone)) {
		return true, nil
	}
	state, err := b.board.ChatState(ctx, at)
	return now.Before(state.PausedUntil), err
}
