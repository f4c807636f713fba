package bot

import (
	"context"
	"errors"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// unban lifts bans: what /bans shows under a name, or those of the author of a comment.
func (b *Bot) unban(ctx context.Context, r request) error {
	if _, numbered := r.comment(); !numbered && r.args != "" {
		return b.unbanName(ctx, r)
	}
	if r.args == "" && r.message.ReplyToMessage == nil {
		return b.replyText(ctx, r, "Whom? Send /unban with a name that /bans shows, or with the number of a comment of theirs, like /unban 17. /bans has a button for each.")
	}
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	trace, err := b.desk.TraceOf(ctx, v.Comment.ID)
	if err != nil {
		return err
	}
	var bans []siteMark
	for _, m := range trace.Marks {
		if m.Kind == moderation.MarkBan {
			bans = append(bans, siteMark{m, oneLine(v.Site.Name, maxName)})
		}
	}
	if len(bans) == 0 {
		return b.replyText(ctx, r, "The author of #"+v.Comment.ID.String()+" is not banned.")
	}
	return b.liftAll(ctx, r, bans)
}

// unbanName lifts the one ban that /bans shows under a name.
func (b *Bot) unbanName(ctx context.Context, r request) error {
	list, err := b.standingMarks(ctx, r.sites)
	if err != nil {
		return err
	}
	name := text.Fold(strings.TrimSpace(r.args))
	var found []siteMark
	for _, m := range list {
		if m.Kind == moderation.MarkBan && text.Fold(m.Shown) == name {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return b.replySheet(ctx, r, b.sheet().own("Nobody who is banned is called ").quoted(oneLine(r.args, maxQuery)).own("."))
	case 1:
		return b.liftAll(ctx, r, found)
	}
	return b.replySheet(ctx, r, b.sheet().own("Several bans are of ").quoted(oneLine(r.args, maxQuery)).own(". Lift the one that you mean with its button in /bans."))
}

// liftAll lifts marks and says which.
func (b *Bot) liftAll(ctx context.Context, r request, list []siteMark) error {
	s := b.sheet()
	for _, m := range list {
		lifted, err := b.desk.Lift(ctx, moderation.Lift{Site: m.Site, ID: m.ID, By: actor(r.message.From), MadeAt: m.At}, false)
		switch {
		case errors.Is(err, moderation.ErrNotFound):
			continue // somebody else was faster, or the update came again
		case err != nil:
			return err
		}
		s.own("↩️ ").name(oneLine(lifted.Mark.Shown, maxName)).own(" is ", markedWord(lifted.Mark.Kind), " no more on ", m.site, ", by ", string(lifted.Mark.Subject), ".")
		if lifted.Still.ID != 0 {
			s.own(" But this stands: ")
			drawMark(s, lifted.Still, m.site)
		}
		s.own("\n")
	}
	if s.units == 0 {
		s.own("That has been taken back already.")
	}
	return b.replySheet(ctx, r, s)
}
