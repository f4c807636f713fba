package platform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// bloggerPages bounds how many pages of comments that wait are read at once;
	// the rest waits until these are handled.
	bloggerPages = 50
	// bloggerHeld bounds how many held comments are compared with Blogger at once,
	// and bloggerLooks how many of them it is asked about.
	bloggerHeld, bloggerLooks = 500, 50
	// bloggerKept bounds the posts and parents that are remembered.
	bloggerKept = 1000
	// bloggerFailures is after how many different comments in a row that Google
	// fails at a poll ends: one of them may be the comment's own trouble.
	bloggerFailures = 3
)

// Poll implements Source: it takes what waits in Blogger, tells it the verdicts,
// and looks up what became of held comments that do not wait there any more.
func (b *Blogger) Poll(ctx context.Context, site moderation.Site) error {
	s, err := b.site(site)
	if err != nil {
		return err
	}
	s.failed = 0
	waiting, complete, listErr := s.waiting(ctx)
	for _, c := range waiting {
		if err := b.take(ctx, s, site, c); err != nil {
			return explainPoll(err)
		}
	}
	if listErr != nil {
		return explainPoll(listErr)
	}
	s.forget(waiting)
	if !complete {
		return nil
	}
	return explainPoll(b.compare(ctx, s, site, waiting))
}

// explainPoll makes what Google asks to wait known to the poller.
func explainPoll(err error) error {
	var answer *BloggerError
	if errors.As(err, &answer) && answer.After > 0 {
		return &moderation.LaterError{After: answer.After, Err: err}
	}
	return err
}

// waiting returns the comments that wait in Blogger, oldest first, and whether
// they are all. With an error come those that were read before it.
func (s *bloggerSite) waiting(ctx context.Context) (list []BloggerComment, complete bool, err error) {
	token, seen := "", map[string]bool{}
	for range bloggerPages {
		page, next, pageErr := s.page(ctx, bloggerPage, token)
		if pageErr != nil {
			err = fmt.Errorf("read the comments that wait: %w", pageErr)
			break
		}
		for _, c := range page {
			if c.Status == "" {
				return nil, false, fmt.Errorf("%w: Blogger does not tell the comments' status: the Google account that consented is no administrator of the blog", ErrDisconnected)
			}
			// A page that was read while another comment came may repeat one.
			if c.Status == bloggerPending && !seen[c.ID] {
				seen[c.ID] = true
				list = append(list, c)
			}
		}
		if token = next; token == "" {
			complete = true
			break
		}
	}
	slices.SortStableFunc(list, func(a, c BloggerComment) int {
		return a.Arrival.Comment.CreatedAt.Compare(c.Arrival.Comment.CreatedAt)
	})
	return list, complete, err
}

// take submits a comment that waits in Blogger, and tells Blogger how it stands
// where that is decided: by the machine just now, or by anybody earlier. Its
// error ends the poll.
func (b *Blogger) take(ctx context.Context, s *bloggerSite, site moderation.Site, c BloggerComment) error {
	if s.pauses[c.ID].until.After(b.Now()) {
		return nil
	}
	r, err := b.submit(ctx, s, site, c)
	if err != nil {
		return b.passOver(ctx, s, site, c.ID, err)
	}
	if r.Status == moderation.Held {
		return nil
	}
	if err := b.settle(ctx, s, site, r.Comment); err != nil {
		return b.passOver(ctx, s, site, c.ID, err)
	}
	s.failed = 0
	return nil
}

// submit hands a comment to the gate.
func (b *Blogger) submit(ctx context.Context, s *bloggerSite, site moderation.Site, c BloggerComment) (moderation.Receipt, error) {
	a := c.Arrival
	a.Site = site
	if !s.seen[c.ID] {
		if err := b.surround(ctx, s, &a); err != nil {
			return moderation.Receipt{}, err
		}
	}
	r, err := b.Gate.Submit(ctx, a)
	if err == nil && r.Status == moderation.Withdrawn {
		// It is there again: a newer time makes that news.
		a.Comment.UpdatedAt = b.Now()
		r, err = b.Gate.Submit(ctx, a)
	}
	if err == nil {
		s.seen[c.ID] = true
	}
	return r, err
}

// passOver leaves alone for a while a comment that something is wrong with, and
// returns the errors that are not the comment's own. Whose trouble it is that
// Google fails or forbids, only the next comments tell.
func (b *Blogger) passOver(ctx context.Context, s *bloggerSite, site moderation.Site, id string, err error) error {
	var answer *BloggerError
	isAnswer := errors.As(err, &answer) && answer.Code != http.StatusUnauthorized && !answer.isQuota()
	isOwn := errors.Is(err, errUnmoved) || errors.Is(err, errEmptied) || moderation.IsRefusal(err) && !errors.Is(err, moderation.ErrForbidden)
	if ctx.Err() != nil || !isAnswer && !isOwn {
		return err
	}
	p := s.pause(id, b.Now())
	b.Log.Warn("comment left alone for a while", "site", site.Name, "id", id, "next", p.until, "err", err)
	if isAnswer && (answer.Code >= http.StatusInternalServerError || answer.Code == http.StatusForbidden) {
		if s.failed++; s.failed >= bloggerFailures || answer.After > 0 {
			return err
		}
	}
	return nil
}

// pause leaves a comment alone, each time for longer.
func (s *bloggerSite) pause(id string, now time.Time) bloggerPause {
	p := s.pauses[id]
	p.last = min(max(2*p.last, firstPause), lastPause)
	p.until = now.Add(p.last)
	s.pauses[id] = p
	return p
}

// surround adds post and parent to a comment that is perhaps new.
func (b *Blogger) surround(ctx context.Context, s *bloggerSite, a *moderation.Arrival) error {
	post, known := s.posts[a.Post.ID]
	if !known {
		var err error
		if post, err = s.post(ctx, a.Post.ID); err != nil && !isBloggerError(err, http.StatusNotFound) {
			return fmt.Errorf("read post: %w", err)
		} else if err == nil {
			keep(s.posts, post.ID, post)
		}
	}
	if post.ID != "" {
		a.Post = post
	}
	if a.Comment.ParentID == "" {
		return nil
	}
	past, err := b.History.Background(ctx, *a)
	if err != nil {
		return fmt.Errorf("look up the parent comment: %w", err)
	}
	if a.Parent = past.Parent; a.Parent != (moderation.Parent{}) {
		return nil
	}
	parent, known := s.parents[a.Comment.ParentID]
	if !known {
		c, err := s.comment(ctx, a.Post.ID, a.Comment.ParentID)
		switch {
		case isBloggerError(err, http.StatusNotFound): // deleted; the answer stays
		case err != nil:
			return fmt.Errorf("read the parent comment: %w", err)
		}
		parent = moderation.Parent{Author: c.Arrival.Author.Name, Text: c.Arrival.Comment.Text}
		keep(s.parents, a.Comment.ParentID, parent)
	}
	a.Parent = parent
	return nil
}

// keep adds to what is remembered, which begins anew when it has grown long.
func keep[V any](m map[string]V, id string, v V) {
	if len(m) >= bloggerKept {
		clear(m)
	}
	m[id] = v
}

// forget drops what is known of comments that do not wait any more.
func (s *bloggerSite) forget(waiting []BloggerComment) {
	seen := make(map[string]bool, len(waiting))
	for _, c := range waiting {
		seen[c.ID] = s.seen[c.ID]
	}
	s.seen = seen
	maps.DeleteFunc(s.pauses, func(_ string, p bloggerPause) bool { return s.now().Sub(p.until) > lastPause })
}

// compare looks up those held comments that do not wait in Blogger any more.
func (b *Blogger) compare(ctx context.Context, s *bloggerSite, site moderation.Site, waiting []BloggerComment) error {
	held, err := b.Records.HeldComments(ctx, site.ID, bloggerHeld)
	if err != nil {
		return fmt.Errorf("read held comments: %w", err)
	}
	still := make(map[string]bool, len(waiting))
	for _, c := range waiting {
		still[c.ID] = true
	}
	looks := 0
	for _, v := range held {
		id := v.Comment.PlatformID
		if still[id] || !bloggerID.MatchString(id) || !bloggerID.MatchString(v.Post.ID) || s.pauses[id].until.After(b.Now()) {
			continue
		}
		if looks++; looks > bloggerLooks {
			break
		}
		if err := b.follow(ctx, s, site, v.Comment.ID); err == nil {
			s.failed = 0
		} else if err := b.passOver(ctx, s, site, id, err); err != nil {
			return err
		}
	}
	return nil
}

// follow takes over what somebody did in Blogger to a comment that waits here.
func (b *Blogger) follow(ctx context.Context, s *bloggerSite, site moderation.Site, id moderation.CommentID) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	v, err := b.Records.CommentView(ctx, id)
	if err != nil || v.Status != moderation.Held {
		return err // it has been decided meanwhile
	}
	c, err := s.comment(ctx, v.Post.ID, v.Comment.PlatformID)
	if isBloggerError(err, http.StatusNotFound) {
		return b.gone(ctx, s, site, v)
	}
	if err != nil {
		return fmt.Errorf("look up comment %s: %w", id, err)
	}
	undone, err := b.Records.Undone(ctx, id)
	if err != nil {
		return err
	}
	choice, decided := decidedAs(c.Status)
	if !decided || isEcho(undone, c.Status) {
		s.pause(v.Comment.PlatformID, b.Now())
		return nil
	}
	_, err = b.Desk.DecideOnBlog(ctx, moderation.BlogOrder{Site: site, PlatformID: v.Comment.PlatformID, Choice: choice, By: blogActor(site, "Blogger")})
	return err
}

// decidedAs returns the decision that a status in Blogger tells of.
func decidedAs(status string) (moderation.Choice, bool) {
	switch status {
	case bloggerLive:
		return moderation.ChooseApprove, true
	case bloggerSpam:
		return moderation.ChooseSpam, true
	case bloggerEmptied:
		return moderation.ChooseReject, true
	}
	return "", false
}

// isEcho says whether a status in Blogger is what was made of a comment from
// here, by a choice that was undone since: Blogger can't make it wait again.
func isEcho(undone moderation.Choice, status string) bool {
	switch undone {
	case moderation.ChooseApprove:
		return status == bloggerLive || status == bloggerSpam // see holdBack
	case moderation.ChooseSpam:
		return status == bloggerSpam
	case moderation.ChooseAbuse, moderation.ChooseReject:
		return status == bloggerEmptied
	}
	return false
}
