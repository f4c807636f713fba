package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/moderation"
)

// urgentMark begins what may wake someone.
const urgentMark = "🚨"

// queueSites is of how many blogs /queue says how many wait.
const queueSites = 12

// queue tells how many comments wait, of which blogs, and which come first. A number
// brings the card.
func (b *Bot) queue(ctx context.Context, r request) error {
	switch strings.ToLower(r.args) {
	case "", "worst":
	default:
		return b.replyText(ctx, r, "Send /queue for the oldest first, or /queue worst for what the model is surest of.")
	}
	views, total, err := b.cases.OpenCases(ctx, r.sites, listLength)
	if err != nil {
		return err
	}
	if total == 0 {
		return b.replyText(ctx, r, "Nothing waits.")
	}
	l := &listing{}
	s := &l.sheet
	s.bold(count(total, "comment waits", "comments wait"))
	switch {
	case len(views) < 2:
	case r.args != "":
		s.own(", the worst first")
		if views, err = b.archive.WorstCases(ctx, r.sites, listLength); err != nil {
			return err
		}
	case views[0].Verdict.Urgent():
		s.own(", urgent ones first")
	default:
		s.own(", the oldest first")
	}
	if err := b.drawBlogs(ctx, r, s); err != nil {
		return err
	}
	now := b.cfg.Now()
	l.addViews(views, func(s *sheet, v moderation.CaseView) {
		if v.Verdict.Urgent() {
			s.own(urgentMark, " ")
		}
		s.own("#", v.Case.Comment.String(), " · ", waited(v, now), " · ", oneLine(v.Site.Name, maxName))
		drawProbability(s, v.Verdict)
	})
	if rest := total - l.listed; rest > 0 {
		s.own("\n\n", count(rest, "more waits", "more wait"), " after these.")
	}
	if err := b.replyList(ctx, r, l); err != nil {
		return err
	}
	b.replaceMissingNow(ctx, r.place().spot())
	return nil
}

// replaceMissingNow is replaceMissing for where somebody has asked what waits. What fails
// is made up for at the next reminder.
func (b *Bot) replaceMissingNow(ctx context.Context, at moderation.Spot) {
	l, err := b.layout(ctx)
	if err == nil && slices.Contains(l.all(), at) {
		err = b.replaceMissing(ctx, l, at)
	}
	if err != nil {
		b.log.Info("deleted cards not replaced", "chat", at.Chat, "err", err)
	}
}

// drawBlogs writes how many wait of each blog, where there are several.
func (b *Bot) drawBlogs(ctx context.Context, r request, s *sheet) error {
	sites, err := b.sitesFor(ctx, r)
	if err != nil || len(sites) < 2 {
		return err
	}
	var blogs []string
	more := 0
	for _, site := range sites {
		q, err := b.board.Queue(ctx, []moderation.SiteID{site.ID})
		switch {
		case err != nil:
			return err
		case q.Waiting == 0:
		case len(blogs) == queueSites:
			more++
		default:
			blogs = append(blogs, fmt.Sprintf("%s %d", oneLine(site.Name, maxName), q.Waiting))
		}
	}
	s.own("\n", strings.Join(blogs, " · "))
	if more > 0 {
		s.own(" · and ", count(more, "blog", "blogs"), " more")
	}
	return nil
}
