package bot

import (
	"context"

	"gatehouse/internal/moderation"
)

// via is how decisions made here are marked.
const via = "telegram"

// tapDecide carries out Approve, Spam, Abuse and Hide only.
func (b *Bot) tapDecide(ctx context.Context, t tap) (string, error) {
	out, err := b.desk.Decide(ctx, moderation.Order{
		Comment:  t.view.Case.Comment,
		Revision: t.Revision,
		Choice:   moderation.Choice(t.Verb),
		By:       actor(t.user),
		Via:      via,
		Key:      "telegram:" + t.query,
	})
	if err != nil {
		return "", err
	}
	words := wordsOf(out.Decision.Choice)
	return words.mark + " " + words.done, nil
}

// decide is the commands that decide a comment by its number, held or not.
func (b *Bot) decide(ctx context.Context, r request) error {
	id, ok, err := b.asked(ctx, r)
	if err != nil || !ok {
		return err
	}
	choice, err := moderation.ParseChoice(r.name)
	if err != nil {
		return b.replyText(ctx, r, err.Error())
	}
	who := actor(r.message.From)
	_, err = b.desk.Decide(ctx, moderation.Order{Comment: id, Choice: choice, By: who, Via: via, Key: r.key()})
	notice := wordsOf(choice).mark + " " + wordsOf(choice).done
	if err != nil {
		var known bool
		if notice, known = b.explain(err, who); !known {
			return err
		}
	}
	if err := b.followComment(ctx, id); err != nil {
		return err
	}
	return b.replyText(ctx, r, "#"+id.String()+": "+notice)
}
