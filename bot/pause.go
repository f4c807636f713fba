package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// pauseTime is how long /pause lasts where it does not say.
const pauseTime = time.Hour

// pauseCards keeps new cards out of the chat for a while, but urgent ones; /pause off
// ends that. In a topic where none go it is for all of its group.
func (b *Bot) pauseCards(ctx context.Context, r request) error {
	l, err := b.layout(ctx)
	if err != nil {
		return err
	}
	asked := r.place().spot()
	spots := slices.DeleteFunc(near(l.all(), asked), func(at moderation.Spot) bool {
		return !slices.ContainsFunc(l.sitesAt(at), func(site moderation.SiteID) bool { return isOf(site, r.sites) })
	})
	if len(spots) == 0 {
		return b.replyText(ctx, r, "No cards come here. Send /"+r.name+" where they do.")
	}
	lasts := pauseTime
	switch word, _, _ := strings.Cut(r.args, " "); strings.ToLower(word) {
	case "":
	case "off":
		lasts = 0
	default:
		if lasts, err = moderation.ParseSpan(word); err != nil {
			return b.replyText(ctx, r, "For how long? Send /pause 2h, or /pause off.")
		}
	}
	until := b.cfg.Now().Add(lasts)
	for _, at := range spots {
		if err := b.pauseUntil(ctx, at, until); err != nil {
			return err
		}
	}
	if lasts == 0 {
		if err := b.replyText(ctx, r, "▶️ Cards come again."); err != nil {
			return err
		}
		for _, at := range spots {
			b.lookAfterNow(ctx, at)
		}
		return nil
	}
	where := "here"
	if spots[0] != asked {
		where = "in this group"
	}
	return b.replyText(ctx, r, "⏸ No new cards "+where+" until "+b.stamp(until)+", but urgent ones. /pause off ends it; /queue says what waits.")
}

// pauseUntil keeps new cards out of a spot until a time.
func (b *Bot) pauseUntil(ctx context.Context, at moderation.Spot, until time.Time) error {
	now := b.cfg.Now()
	return b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
		s.PausedUntil = until
		if until.After(now) && s.QuietSince.IsZero() {
			s.QuietSince = now
		}
	})
}
