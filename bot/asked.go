package bot

import (
	"context"
	"errors"
	"slices"

	"gatehouse/internal/moderation"
)

// requested returns the comment that a command is about: by its number, or as what the
// card shows that the command answers. It answers itself where there is none, or none
// that whoever asks may be told of there. A comment that never waited has a case
// without a number.
func (b *Bot) requested(ctx context.Context, r request) (v moderation.CaseView, ok bool, err error) {
	id, named := r.comment()
	if !named {
		shown, err := b.postOf(ctx, r)
		switch {
		case err != nil:
			return v, false, err
		case shown == nil:
			return v, false, b.askWhich(ctx, r)
		}
		id = shown.Comment.ID
	}
	v, err = b.archive.View(ctx, id)
	if errors.Is(err, moderation.ErrNotFound) || err == nil && !isOf(v.Site.ID, r.sites) {
		return v, false, b.replyText(ctx, r, "There is no comment #"+id.String()+" here.")
	}
	return v, err == nil, err
}

// asked is requested for the number alone.
func (b *Bot) asked(ctx context.Context, r request) (moderation.CommentID, bool, error) {
	v, ok, err := b.requested(ctx, r)
	return v.Comment.ID, ok, err
}

// sitesFor returns the sites of which a command's answer may tell.
func (b *Bot) sitesFor(ctx context.Context, r request) ([]moderation.Site, error) {
	sites, err := b.blogs.Sites(ctx)
	return slices.DeleteFunc(sites, func(s moderation.Site) bool { return !isOf(s.ID, r.sites) }), err
}
