package bot

import (
	"context"
	"strconv"

	"gatehouse/internal/moderation"
)

// startCommand is the name of the command that everybody's client offers first.
const startCommand = "start"

// start tells anybody their number, which an owner needs to make them a
// moderator. A stranger learns nothing else.
func (b *Bot) start(ctx context.Context, r request) error {
	person, known, err := b.person(ctx, r.message.From)
	if err != nil {
		return err
	}
	words := "Your Telegram id is " + strconv.FormatInt(r.message.From.ID, 10) + "."
	if known {
		words += map[moderation.Role]string{
			looks: " You are an observer.", decides: " You are a moderator.", leads: " You are a senior moderator.",
		}[person.Role] + " /help says what you can do."
	}
	if err := b.replyText(ctx, r, words); err != nil || !known {
		return err
	}
	b.menus.forget(aloneScope(r.message.From.ID))
	b.offerCommands(ctx)
	b.lookAfterNow(ctx, r.place().spot()) // it may be the first time that they can be written to
	return nil
}
