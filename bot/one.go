package bot

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/internal/moderation"
)

// tapOne rejects the card's comment as abuse and adds it to the persona of its
// site: the one that moderators call so.
func (b *Bot) tapOne(ctx context.Context, t tap) (string, error) {
	return b.addToOne(ctx, moderation.Order{
		Comment:  t.view.Case.Comment,
		Revision: t.Revision,
		Choice:   moderation.ChooseAbuse,
		By:       actor(t.user),
		Via:      via,
		Key:      "telegram:" + t.query,
	})
}

// theOne is the command for what [Bot.tapOne] does.
func (b *Bot) theOne(ctx context.Context, r request) error {
	id, ok, err := b.asked(ctx, r)
	if err != nil || !ok {
		return err
	}
	who := actor(r.message.From)
	notice, err := b.addToOne(ctx, moderation.Order{Comment: id, Choice: moderation.ChooseAbuse, By: who, Via: via, Key: r.key()})
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

// addToOne carries out an order to reject, and adds the comment to the persona.
func (b *Bot) addToOne(ctx context.Context, o moderation.Order) (string, error) {
	_, err := b.desk.Decide(ctx, o)
	var decided *moderation.DecidedError
	if err != nil && (!errors.As(err, &decided) || decided.Standing.Choice.Status() != moderation.Rejected) {
		return "", err
	}
	done := wordsOf(moderation.ChooseAbuse).done + ","
	if decided != nil && decided.Standing.Choice != moderation.ChooseAbuse {
		done = fmt.Sprintf("%s already %s, and that stands;", actorName(decided.Standing.By), wordsOf(decided.Standing.Choice).verb)
	}
	p, err := b.desk.AddToPersona(ctx, moderation.PersonaOrder{Comments: []moderation.CommentID{o.Comment}, By: o.By})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("🎯 %s and %q has %s.", done, oneLine(p.Name, maxName), count(p.Texts, "comment", "comments")), nil
}

// drawPersonas says whom the comment resembles, where that is not why it is held.
func drawPersonas(s *sheet, reasons []moderation.Reason) {
	for i, r := range reasons {
		if r.Private && i > 0 {
			s.own("\n🎯 ").foreign(ruleMessage(r))
		}
	}
}
