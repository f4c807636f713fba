package bot

import (
	"context"
	"slices"

	"gatehouse/internal/moderation"
)

// author tells who somebody is and what they wrote: of the author of a comment, or of
// whoever goes by a name.
func (b *Bot) author(ctx context.Context, r request) error {
	v, ok, err := b.requestedAuthor(ctx, r)
	if err != nil || !ok {
		return err
	}
	l, err := b.portrait(ctx, v, r.person)
	if err != nil {
		return err
	}
	return b.replyList(ctx, r, l)
}

// requestedAuthor is [Bot.requested] for a command about an author, who may be named
// also: it returns their newest comment. It answers where several go by the name.
func (b *Bot) requestedAuthor(ctx context.Context, r request) (v moderation.CaseView, ok bool, err error) {
	name := oneLine(r.args, maxText)
	if _, numbered := r.comment(); numbered || name == "" {
		return b.requested(ctx, r)
	}
	records, err := b.archive.Authors(ctx, r.sites, name, listLength+listAhead+1)
	switch {
	case moderation.IsRefusal(err):
		return v, false, b.replyText(ctx, r, "There is no word in that name to look for: letters or digits make words. The number of a comment will do, too.")
	case err != nil:
		return v, false, err
	case len(records) == 0:
		return v, false, b.replySheet(ctx, r, b.sheet().own("Nobody here goes by ").quoted(oneLine(name, maxQuery)).own("."))
	case len(records) == 1:
		v, err = b.archive.View(ctx, records[0].Last)
		return v, err == nil, err
	}
	return v, false, b.replyList(ctx, r, b.listAuthors(r, records))
}

// listAuthors lists those who go by a name, each with a button that tells more.
func (b *Bot) listAuthors(r request, records []moderation.AuthorRecord) *listing {
	l := &listing{}
	l.sheet.bold("Several go by that name")
	if r.name != "author" {
		l.sheet.own(". Nothing was done: send /", r.name, " with the number of a comment of the one you mean.")
	}
	for _, a := range records {
		of := moderation.CaseView{Site: a.Site, At: a.LastAt, Comment: moderation.Comment{ID: a.Last}}
		if !l.add(commentHandle(verbAuthor, of), func(s *sheet) {
			drawAuthor(s, a.Author)
			s.own(" · ", standing(a.Standing), " · ", oneLine(a.Site.Name, maxName), "\n",
				count(a.Comments, "comment", "comments"), ", the last #", a.Last.String(), " ", b.ago(a.LastAt))
		}) {
			break
		}
	}
	l.more(len(records))
	return l
}

// tapAuthor tells of an author of a list.
func (b *Bot) tapAuthor(ctx context.Context, t handleTap) (string, error) {
	v, at, why, err := b.listedComment(ctx, t)
	if err != nil || why != "" {
		return why, err
	}
	l, err := b.portrait(ctx, v, t.person)
	if err != nil {
		return "", err
	}
	if err := b.replyWith(ctx, at, &l.sheet, l.buttons); err != nil {
		b.log.Info("author not told of", "err", err)
		return "Telegram did not take the answer. Send /author " + v.Comment.ID.String() + ".", nil
	}
	return "", nil
}

// portrait tells of the author of a comment: how they stand, and their last comments.
func (b *Bot) portrait(ctx context.Context, v moderation.CaseView, to moderation.Moderator) (*listing, error) {
	others, err := b.archive.ByAuthor(ctx, v.Comment.ID, listLength+listAhead)
	if err != nil {
		return nil, err
	}
	l := &listing{}
	s := &l.sheet
	s.own("👤 ")
	drawAuthor(s, v.Author)
	s.own(" · ", standing(v.Standing), " · ", oneLine(v.Site.Name, maxName))
	for _, mark := range []string{v.Standing.Trust, v.Standing.Ban} {
		if mark = oneLine(mark, maxReason); mark != "" {
			s.own("\n").passage(mark)
		}
	}
	if !v.Standing.Known {
		s.own("\nThere is a name only: these comments may be of several people.")
	}
	if to.Role.Allows(leads) {
		s.own("\n/ban ", v.Comment.ID.String(), " and /trust ", v.Comment.ID.String(), " are about them.")
	}
	all := append(others, v)
	slices.SortStableFunc(all, func(a, b moderation.CaseView) int { return b.At.Compare(a.At) })
	l.addViews(all, func(s *sheet, v moderation.CaseView) {
		s.own("#", v.Comment.ID.String(), " · ")
		drawStatus(s, v)
		s.own(" · ", b.ago(v.At))
		if title := postTitle(v.Post); title != "" {
			s.own(" · ").passage(title)
		}
	})
	l.more(len(all))
	return l, nil
}
