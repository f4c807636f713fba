package bot

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/moderation"
)

// asked returns the comment that a command is about: by its number, or as what the card
// shows that the command answers. It answers itself where there is none, or none that
// whoever asks may be told of there.
func (b *Bot) asked(ctx context.Context, r request) (id moderation.CommentID, ok bool, err error) {
	id, named := r.comment()
	if !named {
		shown, err := b.postOf(ctx, r)
		switch {
		case err != nil:
			return 0, false, err
		case shown == nil:
			return 0, false, b.askWhich(ctx, r)
		}
		id = shown.Case.Comment
	}
	trace, err := b.desk.TraceOf(ctx, id)
	if errors.Is(err, moderation.ErrNotFound) || err == nil && !isOf(trace.Site, r.sites) {
		return 0, false, b.replyText(ctx, r, "There is no comment #"+id.String()+" here.")
	}
	return id, err == nil, err
}

// sitesFor returns the sites of which a command's answer may tell.
func (b *Bot) sitesFor(ctx context.Context, r request) ([]moderation.Site, error) {
	sites, err := b.blogs.Sites(ctx)
	return slices.DeleteFunc(sites, func(s moderation.Site) bool { return !isOf(s.ID, r.sites) }), err
}
