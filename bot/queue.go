package bot

import "context"

// How much /queue tells.
const (
	queueLength = 10
	queueText   = 80 // UTF-16 units of each comment
)

// urgentMark begins what may wake someone.
const urgentMark = "🚨"

// queue tells how many comments wait, and which come first.
func (b *Bot) queue(ctx context.Context, r request) error {
	views, total, err := b.cases.OpenCases(ctx, r.sites, queueLength)
	if err != nil {
		return err
	}
	s := &sheet{}
	if total == 0 {
		return b.replySheet(ctx, r, s.own("Nothing waits."))
	}
	s.bold(count(total, "comment waits", "comments wait"))
	switch {
	case len(views) > 1 && views[0].Verdict.Urgent():
		s.own(", urgent ones first")
	case len(views) > 1:
		s.own(", the oldest first")
	}
	now := b.cfg.Now()
	for _, v := range views {
		s.own("\n\n")
		if v.Verdict.Urgent() {
			s.own(urgentMark, " ")
		}
		s.own("#", v.Case.Comment.String(), " · ", waited(v, now), " · ", v.Site.Name, "\n")
		drawAuthor(s, v.Author)
		s.own(": ").passage(oneLine(v.Comment.Text, queueText))
	}
	if rest := total - len(views); rest > 0 {
		s.own("\n\n", count(rest, "more waits", "more wait"), " after these.")
	}
	return b.replySheet(ctx, r, s)
}
