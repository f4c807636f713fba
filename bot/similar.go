package bot

import (
	"context"

	"gatehouse/internal/moderation"
)

// similarLength is how many comments like one are told of.
const similarLength = 5

// tapSimilar answers a card with what is like its comment, and what became of that.
func (b *Bot) tapSimilar(ctx context.Context, t tap) (string, error) {
	l, err := b.similarTo(ctx, t.view)
	if err != nil {
		return "", err
	}
	return b.answerCard(ctx, t, l)
}

// similar is the command for what [Bot.tapSimilar] tells.
func (b *Bot) similar(ctx context.Context, r request) error {
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	l, err := b.similarTo(ctx, v)
	if err != nil {
		return err
	}
	return b.replyList(ctx, r, l)
}

// similarTo lists decided comments that are like one.
func (b *Bot) similarTo(ctx context.Context, v moderation.CaseView) (*listing, error) {
	found, err := b.archive.Similar(ctx, v.Comment.ID, similarLength)
	if err != nil {
		return nil, err
	}
	l := &listing{}
	if len(found) == 0 {
		l.sheet.own("Nothing like #", v.Comment.ID.String(), " has been decided.")
		return l, nil
	}
	l.sheet.bold("Like #" + v.Comment.ID.String()).own(", and how those were decided")
	for _, like := range found {
		l.add(commentHandle(verbCard, like.View), func(s *sheet) {
			s.own(percent(like.Alike), " alike · ")
			drawStatus(s, like.View)
			s.own(" · ", b.ago(like.View.At), " · #", like.View.Comment.ID.String(), "\n")
			drawFirstWords(s, like.View)
		})
	}
	return l, nil
}
