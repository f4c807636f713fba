package bot

import (
	"context"

	"gatehouse/internal/moderation"
)

// maxQuery is how much is said of what was looked for, in UTF-16 units.
const maxQuery = 80

// find lists the comments that have all of some words.
func (b *Bot) find(ctx context.Context, r request) error {
	words := oneLine(r.args, maxText)
	if words == "" {
		return b.replyText(ctx, r, "Find what? Send /find with words of the comment or the name of its author, like /find cheap pills.")
	}
	views, err := b.archive.Find(ctx, r.sites, words, listLength+listAhead+1)
	switch {
	case moderation.IsRefusal(err):
		return b.replyText(ctx, r, "There is no word in that to look for: letters or digits make words.")
	case err != nil:
		return err
	}
	l := &listing{}
	if len(views) == 0 {
		return b.replySheet(ctx, r, l.sheet.own("Nothing found with ").quoted(oneLine(words, maxQuery)).own("."))
	}
	l.sheet.bold("Found").own(" with ").quoted(oneLine(words, maxQuery)).own(", the newest first")
	l.addViews(views, b.drawFound)
	l.more(len(views))
	return b.replyList(ctx, r, l)
}

// drawFound writes of a listed comment what became of it, when it came and where.
func (b *Bot) drawFound(s *sheet, v moderation.CaseView) {
	s.own("#", v.Comment.ID.String(), " · ")
	drawStatus(s, v)
	s.own(" · ", b.ago(v.At), " · ", oneLine(v.Site.Name, maxName))
}
