package bot

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// maxTold is how much of a notice is sent, in UTF-16 units.
const maxTold = 1500

// Tell writes to the moderators' chat what is about no comment: the first line in
// our words, the rest quoted, for it may have words of others. Without a chat it
// does nothing. Where it fails, it says whether the same may work later.
func (b *Bot) Tell(ctx context.Context, words string) (recoverable bool, err error) {
	r, err := b.roster(ctx)
	if err != nil {
		return true, fmt.Errorf("tell moderators: %w", err)
	}
	if r.Home.Chat == 0 {
		return false, nil
	}
	first, rest, _ := strings.Cut(words, "\n")
	s := (&sheet{}).own("⚙️ ", first)
	if rest != "" {
		s = s.own("\n").quote(lines(rest, maxTold))
	}
	p := tgbotapi.Params{"chat_id": strconv.FormatInt(r.Home.Chat, 10)}
	err = b.write(ctx, "sendMessage", p, s, nil)
	if chat, moved := movedTo(err); moved {
		p["chat_id"] = strconv.FormatInt(chat, 10)
		err = b.write(ctx, "sendMessage", p, s, nil)
	}
	if err != nil {
		recoverable, err = forOutbox(fmt.Errorf("tell moderators: %w", err))
	}
	return recoverable, err
}
