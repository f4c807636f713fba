package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// BloggerName is the platform of sites on Blogger.
const BloggerName = "blogger"

const (
	// refusalPause is for how long a lane waits whose site has to be connected
	// again, or whose quota is used up while Google does not say for how long.
	refusalPause = 5 * time.Minute
	quotaPause   = time.Minute
	// firstPause and lastPause bound for how long one comment is left alone about
	// which Blogger answered something that no call of ours will change soon.
	firstPause, lastPause = time.Minute, time.Hour
)

// BloggerRecords is what the poller asks of the database.
type BloggerRecords interface {
	CommentView(context.Context, moderation.CommentID) (moderation.CaseView, error)
	HeldComments(ctx context.Context, site moderation.SiteID, limit int) ([]moderation.CaseView, error)
	// Undone returns the choice that the newest undo on a comment took back, or
	// nothing.
	Undone(context.Context, moderation.CommentID) (moderation.Choice, error)
	// Record returns a comment with all decisions on it.
	Record(context.Context, moderation.SiteID, moderation.CommentID) (moderation.Record, error)
}

// Blogger speaks with blogs on Blogger, which push nothing: as a [Source] it asks
// each for the comments that wait, as a [Way] it tells what was decided. Neither
// remembers what it has told: a comment that waits in Blogger and is decided here
// is to be told, however often the program was stopped in between.
type Blogger struct {
	Client  *http.Client
	Gate    Gate
	Desk    Desk
	History moderation.History
	Records BloggerRecords
	Now     moderation.Clock
	Log     *slog.Logger

	mu    sync.Mutex
	sites map[moderation.SiteID]*bloggerSite
}

// bloggerSite is what is known of a site while the program runs, all of it to be
// had again.
type bloggerSite struct {
	*bloggerBlog
	account string        // by which it is noticed that the site was connected anew
	turn    chan struct{} // held over each look at a comment and what is done to it

	// Only Poll uses these.
	posts   map[string]moderation.Post
	parents map[string]moderation.Parent
	seen    map[string]bool // comments that wait and were submitted
	pauses  map[string]bloggerPause
	failed  int // comments in a row to which Google could do nothing
}

// bloggerPause is until when a comment is left alone.
type bloggerPause struct {
	until time.Time
	last  time.Duration
}

// site returns what is known of a site; ErrDisconnected where it has no access.
func (b *Blogger) site(s moderation.Site) (*bloggerSite, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	account := accountOf(s)
	if known := b.sites[s.ID]; known != nil && known.account == account {
		return known, nil
	}
	blog, err := newBloggerBlog(b.Client, s, b.Now)
	if err != nil {
		return nil, err
	}
	if b.sites == nil {
		b.sites = map[moderation.SiteID]*bloggerSite{}
	}
	made := &bloggerSite{bloggerBlog: blog, account: account, turn: make(chan struct{}, 1), posts: map[string]moderation.Post{},
		parents: map[string]moderation.Parent{}, seen: map[string]bool{}, pauses: map[string]bloggerPause{}}
	b.sites[s.ID] = made
	return made, nil
}

// accountOf is what a site's access depends on, in one text.
func accountOf(s moderation.Site) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%q %q", s.Platform, s.Callback)
	for _, name := range slices.Sorted(maps.Keys(s.Account)) {
		fmt.Fprintf(&t, " %q %q", name, s.Account[name].Reveal())
	}
	return t.String()
}

// enter waits until nothing else looks at the site's comments.
func (s *bloggerSite) enter(ctx context.Context) (leave func(), err error) {
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Tell implements Way. What the blog is told is how the comment stands at this
// moment: with an older notice of it, that comes late, too.
func (b *Blogger) Tell(ctx context.Context, site moderation.Site, _ string, n moderation.Notice) (recoverable bool, err error) {
	s, err := b.site(site)
	if err == nil {
		err = b.settle(ctx, s, site, n.Comment)
	}
	return explainTell(err)
}

// explainTell says whether what went wrong may go well later.
func explainTell(err error) (recoverable bool, _ error) {
	var answer *BloggerError
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, ErrDisconnected):
		return true, &moderation.LaterError{After: refusalPause, Err: err}
	case errors.Is(err, moderation.ErrInvalid), errors.Is(err, errEmptied):
		return false, err
	case !errors.As(err, &answer):
		return true, err
	case answer.After > 0:
		return true, &moderation.LaterError{After: answer.After, Err: err}
	case answer.isQuota():
		return true, &moderation.LaterError{After: quotaPause, Err: err}
	}
	return answer.Code != http.StatusBadRequest, err
}

// errEmptied and errUnmoved say that Blogger answered well and did not do it.
var (
	errEmptied = errors.New("its content was removed in Blogger, which can't be taken back")
	errUnmoved = errors.New("blogger answered and left the comment as it was")
)

// settle makes of a comment in Blogger what it is here.
func (b *Blogger) settle(ctx context.Context, s *bloggerSite, site moderation.Site, id moderation.CommentID) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	v, err := b.Records.CommentView(ctx, id)
	if err != nil {
		return err
	}
	if !bloggerID.MatchString(v.Comment.PlatformID) || !bloggerID.MatchString(v.Post.ID) {
		return fmt.Errorf("tell Blogger of comment %s: %w: %q on post %q is no comment of Blogger's", id, moderation.ErrInvalid,
			text.Cut(v.Comment.PlatformID, 40), text.Cut(v.Post.ID, 40))
	}
	switch v.Status {
	case moderation.Approved:
		err = b.tell(ctx, s, site, v, "approve", bloggerLive)
	case moderation.Rejected:
		err = b.tell(ctx, s, site, v, hiding(v), bloggerSpam, bloggerEmptied)
	case moderation.Held:
		err = b.holdBack(ctx, s, v)
	}
	if isBloggerError(err, http.StatusNotFound) {
		return b.gone(ctx, s, site, v)
	}
	if err != nil {
		return fmt.Errorf("tell Blogger of comment %s: %w", id, err)
	}
	return nil
}

// tell does act to a comment, unless somebody did something else to it in Blogger
// that nobody here knew of: then that stands, here as well.
func (b *Blogger) tell(ctx context.Context, s *bloggerSite, site moderation.Site, v moderation.CaseView, act string, wanted ...string) error {
	c, err := s.comment(ctx, v.Post.ID, v.Comment.PlatformID)
	if err != nil || c.Status == statusAfter(act) {
		return err
	}
	choice, decided := decidedAs(c.Status)
	if !decided {
		return s.move(ctx, v, act, wanted...)
	}
	r, err := b.Records.Record(ctx, site.ID, v.Comment.ID)
	if err != nil {
		return err
	}
	if isKnown(r, c.Status) {
		return s.move(ctx, v, act, wanted...)
	}
	_, err = b.Desk.DecideOnBlog(ctx, moderation.BlogOrder{Site: site, PlatformID: v.Comment.PlatformID, Choice: choice,
		By: blogActor(site, "Blogger"), Coarse: true})
	return err
}

// statusAfter returns the status that an act leads to.
func statusAfter(act string) string {
	switch act {
	case "approve":
		return bloggerLive
	case "spam":
		return bloggerSpam
	}
	return bloggerEmptied
}

// isKnown says whether a status in Blogger may come from what is known here: a
// verdict or decision that Blogger was told, or one that was made there. Not all
// of them need have been told, so any may be the last that was.
func isKnown(r moderation.Record, status string) bool {
	if r.Verdict.Action == moderation.Approve && status == bloggerLive || r.Verdict.Action == moderation.Reject && status == bloggerSpam {
		return true
	}
	return slices.ContainsFunc(r.Decisions, func(d moderation.RecordedDecision) bool {
		return isEcho(d.Decision.Choice, status) && (d.Undone || d.Decision.Choice != moderation.ChooseApprove || status == bloggerLive)
	})
}

// hiding is how a rejected comment is hidden. Only a person's word removes its
// content, which can't be taken back; what rules rejected is in Blogger's spam
// folder, where a person may find it.
func hiding(v moderation.CaseView) string {
	if v.Decision != nil && (v.Decision.Choice == moderation.ChooseAbuse || v.Decision.Choice == moderation.ChooseReject) {
		return "removecontent"
	}
	return "spam"
}

// move does act to a comment, which is to have one of the statuses afterwards.
func (s *bloggerSite) move(ctx context.Context, v moderation.CaseView, act string, wanted ...string) error {
	status, err := s.act(ctx, v.Post.ID, v.Comment.PlatformID, act)
	switch {
	case err != nil:
		return err
	case status == "" || slices.Contains(wanted, status):
		return nil
	case status == bloggerEmptied:
		return errEmptied
	}
	return fmt.Errorf("%w: %s, after %s", errUnmoved, status, act)
}

// holdBack hides a comment whose approval was undone. Nothing makes it wait
// again in Blogger; of what hides it, only spam can be taken back.
func (b *Blogger) holdBack(ctx context.Context, s *bloggerSite, v moderation.CaseView) error {
	undone, err := b.Records.Undone(ctx, v.Comment.ID)
	if err != nil || undone != moderation.ChooseApprove {
		return err
	}
	c, err := s.comment(ctx, v.Post.ID, v.Comment.PlatformID)
	if err != nil || c.Status != bloggerLive {
		return err
	}
	return s.move(ctx, v, "spam", bloggerSpam)
}

// gone withdraws a comment that Blogger does not have any more, unless it is the
// whole blog that can't be read.
func (b *Blogger) gone(ctx context.Context, s *bloggerSite, site moderation.Site, v moderation.CaseView) error {
	if _, err := s.check(ctx); err != nil {
		return fmt.Errorf("look for comment %s: %w", v.Comment.ID, explainBlog(err, site.Callback))
	}
	if _, err := b.Gate.Withdraw(ctx, moderation.Withdrawal{Site: site, PlatformID: v.Comment.PlatformID}); err != nil {
		return err
	}
	b.Log.Info("comment deleted in Blogger", "site", site.Name, "comment", v.Comment.ID)
	return nil
}

// Probe implements Prober.
func (b *Blogger) Probe(ctx context.Context, site moderation.Site) (found string, err error) {
	blog, err := CheckBlogger(ctx, b.Client, site, b.Now)
	if err != nil {
		return "", err
	}
	return blog.String(), nil
}

// String says which blog it is, and how many comments wait in it.
func (b BloggerBlog) String() string {
	more := ""
	if b.More {
		more = " or more"
	}
	return fmt.Sprintf("%q (%s) can be read, %d%s comments wait there", text.Cut(text.Printable(b.Name), 80), b.URL, b.Pending, more)
}
