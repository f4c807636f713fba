package bot

import (
	"context"
	"strconv"
)

// start tells anybody their number, which an owner needs to make them a
// moderator. A stranger learns nothing else.
func (b *Bot) start(ctx context.Context, r request) error {
	may, err := b.isModerator(ctx, r.message.From)
	if err != nil {
		return err
	}
	words := "Your Telegram id is " + strconv.FormatInt(r.message.From.ID, 10) + "."
	if may {
		words += " You are a moderator. /help says what you can do."
	}
	return b.replyText(ctx, r, words)
}
