package bot

import (
	"context"

	"gatehouse/internal/moderation"
)

// decided lists the decisions that stand, each with its card, where it can be undone.
func (b *Bot) decided(ctx context.Context, r request) error {
	views, err := b.archive.Decided(ctx, r.sites, listLength+listAhead+1)
	if err != nil {
		return err
	}
	if len(views) == 0 {
		return b.replyText(ctx, r, "Nothing has been decided.")
	}
	l := &listing{}
	l.sheet.bold("Decided").own(", the latest first. A number brings the card, with ↩️ Undo.")
	l.addViews(views, func(s *sheet, v moderation.CaseView) {
		drawStatus(s, v)
		if v.Decision != nil {
			s.own(" · ", b.ago(v.Decision.At))
		}
		s.own(" · #", v.Comment.ID.String(), " · ", oneLine(v.Site.Name, maxName))
	})
	l.more(len(views))
	return b.replyList(ctx, r, l)
}
