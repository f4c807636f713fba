package bot

import "context"

// How much /queue tells.
const (
	queueLength = 10
	queueText   = 80 // UTF-16 units of each comment
)

// queue tells how many comments wait, and of the oldest ones which.
func (b *Bot) queue(ctx context.Context, r request) error {
	views, total, err := b.cases.OpenCases(ctx, queueLength)
	if err != nil {
		return err
	}
	s := &sheet{}
	if total == 0 {
		return b.replySheet(ctx, r, s.own("Nothing waits."))
	}
	s.bold(count(total, "comment waits", "comments wait"))
	if len(views) > 1 {
		s.own(", the oldest first")
	}
	now := b.cfg.Now()
	for _, v := range views {
		s.own("\n\n#", v.Case.Comment.String(), " · ", waited(v, now), " · ", v.Site.Name, "\n")
		drawAuthor(s, v.Author)
		s.own(": ").passage(oneLine(v.Comment.Text, queueText))
	}
	if rest := total - len(views); rest > 0 {
		s.own("\n\n", count(rest, "more waits", "more wait"), " after these.")
	}
	return b.replySheet(ctx, r, s)
}
