package bot

import (
	"context"
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// Digests counts what happened.
type Digests interface {
	// Digest counts what happened on sites from since on, and what waits now.
	Digest(ctx context.Context, sites []moderation.SiteID, since time.Time) (moderation.Digest, error)
}

// outageTold is from how long a time without Telegram on people are told what came
// meanwhile.
const outageTold = 10 * time.Minute

// digest says what came to a spot since a time; nil: nothing did.
func (b *Bot) digest(ctx context.Context, l layout, at moderation.Spot, since time.Time) (*sheet, error) {
	d, err := b.digests.Digest(ctx, l.sitesAt(at), since)
	if err != nil {
		return nil, fmt.Errorf("sum up what came: %w", err)
	}
	if d.Held == 0 && d.Published == 0 && d.Rejected == 0 && d.Decided == 0 {
		return nil, nil
	}
	s := b.sheet()
	s.own("🗞 ").bold("Since "+b.stamp(since)).own("\n", count(d.Held, "comment was held", "comments were held"), ", ",
		count(d.Published, "published without a question", "published without a question"))
	if d.Rejected > 0 {
		s.own(", ", count(d.Rejected, "rejected by a rule", "rejected by rules"))
	}
	if d.Decided > 0 {
		s.own(", ", count(d.Decided, "decided", "decided"))
	}
	s.own(".\n", b.waitingWords(moderation.Queue{Waiting: d.Waiting, Urgent: d.Urgent, Oldest: d.Oldest}))
	if d.Published > 0 {
		s.own("\n/recent lists what was published.")
	}
	return s, nil
}

// waitingWords says what waits, and for how long.
func (b *Bot) waitingWords(q moderation.Queue) string {
	if q.Waiting == 0 {
		return "Nothing waits."
	}
	words := count(q.Waiting, "waits", "wait") + " now"
	if q.Urgent > 0 {
		words += fmt.Sprintf(", %d of them urgent", q.Urgent)
	}
	return words + ", the oldest for " + span(b.cfg.Now().Sub(q.Oldest)) + "."
}

// afterOutage has a digest told in every spot where the time without Telegram was so
// long that people may wonder.
func (b *Bot) afterOutage(ctx context.Context, since time.Time) {
	if b.cfg.Now().Sub(since) < outageTold {
		return
	}
	l, err := b.layout(ctx)
	if err != nil {
		b.log.Error("no digest after the outage", "err", err)
		return
	}
	for _, at := range l.all() {
		err := b.board.ChangeChatState(ctx, at, func(s *moderation.ChatState) {
			if s.QuietSince.IsZero() && !s.DigestAt.After(since) {
				s.QuietSince = since
			}
		})
		if err == nil {
			err = b.lookAfter(ctx, l, at)
		}
		if err != nil {
			b.log.Warn("no digest after the outage yet", "chat", at.Chat, "err", err)
		}
	}
}
