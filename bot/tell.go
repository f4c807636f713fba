package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
)

// maxTold is how much of a notice is sent, in UTF-16 units.
const maxTold = 1500

// Tell writes to the moderators what is about no comment: the first line in our words,
// the rest quoted, for it may have words of others. Without a chat it does nothing.
// Where it fails, it says whether the same may work later.
func (b *Bot) Tell(ctx context.Context, words string) (recoverable bool, err error) {
	l, err := b.layout(ctx)
	if err != nil {
		return true, fmt.Errorf("tell moderators: %w", err)
	}
	first, rest, _ := strings.Cut(words, "\n")
	s := b.sheet().own("⚙️ ", first)
	if rest != "" {
		s = s.own("\n").quote(lines(rest, maxTold))
	}
	spots := l.all()
	if home := l.roster.Home; home.Chat != 0 {
		spots = []moderation.Spot{home.Spot}
	}
	if err = b.announce(ctx, spots, s, nil); err != nil {
		recoverable, err = forOutbox(fmt.Errorf("tell moderators: %w", err))
	}
	return recoverable, err
}

// announce writes a message to some spots. It fails where none of them got it, for to
// try again would write it to the others twice.
func (b *Bot) announce(ctx context.Context, spots []moderation.Spot, s *sheet, k keyboard) error {
	var failed error
	told := 0
	for _, at := range spots {
		p := spotParams(at)
		if k != nil {
			p["reply_markup"] = k.markup()
		}
		if quiet, err := b.isQuiet(ctx, at); quiet || err != nil {
			p["disable_notification"] = "true"
		}
		err := b.sendFollowing(ctx, p, s)
		if err == nil {
			told++
			continue
		}
		failed = errors.Join(failed, err)
		b.log.Warn("message not sent", "chat", at.Chat, "err", err)
	}
	if told > 0 {
		return nil
	}
	return failed
}
