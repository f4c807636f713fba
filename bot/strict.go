package bot

import (
	"context"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// strictTime is how long Strict here lasts.
const strictTime = 24 * time.Hour

// tapStrict makes the post of a card strict for a day.
func (b *Bot) tapStrict(ctx context.Context, t tap) (string, error) {
	at, ok := t.place()
	if !ok {
		return "Send /strict " + t.view.Comment.ID.String() + " instead.", nil
	}
	return b.turnStrict(ctx, t.view, t.user, "telegram:"+t.query, at)
}

// noPost says why a post can't be stricter.
const noPost = "The blog does not say which post this is. /mode strict 24h is for the whole blog."

// strict is the command for what [Bot.tapStrict] does.
func (b *Bot) strict(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	notice, err := b.turnStrict(ctx, v, r.message.From, r.key(), r.place())
	if err != nil {
		var known bool
		if notice, known = b.explain(err, actor(r.message.From)); !known {
			return err
		}
		return b.replyText(ctx, r, notice)
	}
	if notice == noPost {
		return b.replyText(ctx, r, notice)
	}
	return nil
}

// turnStrict makes the post of a comment strict for a day, and answers a message with
// that.
func (b *Bot) turnStrict(ctx context.Context, v moderation.CaseView, user *tgbotapi.User, order string, to place) (string, error) {
	if v.Post.ID == "" {
		return noPost, nil
	}
	m, err := b.desk.TurnMode(ctx, moderation.ModeChange{Site: v.Site.ID, Post: v.Post.ID, Title: v.Post.Title, Mode: moderation.ModeStrict,
		By: actor(user), Until: b.cfg.Now().Add(strictTime), Key: order})
	if err != nil {
		return "", err
	}
	return "🎚 Strict here for 24 h", b.replyMode(ctx, to, m, v.Site)
}
