package platform

import (
	"context"
	"fmt"

	"gatehouse/internal/moderation"
)

// OneWaiting returns a comment that waits in Blogger: the oldest of the newest
// hundred; moderation.ErrNotFound where none does.
func (b *Blogger) OneWaiting(ctx context.Context, site moderation.Site) (BloggerComment, error) {
	s, err := b.site(site)
	if err != nil {
		return BloggerComment{}, err
	}
	page, _, err := s.page(ctx, bloggerPage, "")
	if err != nil {
		return BloggerComment{}, explainBlog(err, site.Callback)
	}
	for i := len(page) - 1; i >= 0; i-- {
		if page[i].Status == bloggerPending {
			return page[i], nil
		}
	}
	return BloggerComment{}, fmt.Errorf("%w: no comment waits in Blogger", moderation.ErrNotFound)
}

// TryApprove approves a comment and reads it back. It returns the status that the
// answer had, and the one that was read.
func (b *Blogger) TryApprove(ctx context.Context, site moderation.Site, c BloggerComment) (answered, after string, err error) {
	s, err := b.site(site)
	if err != nil {
		return "", "", err
	}
	if answered, err = s.act(ctx, c.Post, c.ID, "approve"); err != nil {
		return "", "", err
	}
	read, err := s.comment(ctx, c.Post, c.ID)
	return answered, read.Status, err
}
