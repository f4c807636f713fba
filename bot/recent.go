package bot

import (
	"context"

	"gatehouse/internal/moderation"
)

// recent lists what was published without a question: so what slipped through is
// found, taken down and learned from.
func (b *Bot) recent(ctx context.Context, r request) error {
	views, err := b.archive.Published(ctx, r.sites, listLength+listAhead+1)
	if err != nil {
		return err
	}
	if len(views) == 0 {
		return b.replyText(ctx, r, "Nothing was published without a question.")
	}
	l := &listing{}
	l.sheet.bold("Published without a question").own(", the newest first. A number brings the card, to take it down.")
	l.addViews(views, func(s *sheet, v moderation.CaseView) {
		s.own("#", v.Comment.ID.String(), " · ", b.ago(v.At), " · ", oneLine(v.Site.Name, maxName))
		drawProbability(s, v.Verdict)
	})
	l.more(len(views))
	return b.replyList(ctx, r, l)
}
