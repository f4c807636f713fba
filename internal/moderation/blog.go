package moderation

import (
	"context"
	"fmt"
	"time"
)

// ReplyTo is where a client wants to hear late of one comment, and under which
// id it knows the comment there. The zero ReplyTo: it does not.
type ReplyTo struct {
	URL string `json:"url,omitempty"`
	ID  string `json:"id,omitempty"`
}

// Account is what the API of a site's platform asks for: users, passwords,
// tokens, by name. It is sealed at rest.
type Account map[string]Secret

// BlogOrder is what somebody decided on the blog itself, in its own pages.
type BlogOrder struct {
	Site Site
	// PlatformID names the comment. Where it is empty, the first of Aliases that
	// is known does.
	PlatformID string
	Aliases    []string
	Choice     Choice // ChooseUndo: the comment waits again
	By         Actor
	Note       string
	Key        string // as in Order
	// Coarse says that the blog knows only whether a comment is shown: where that
	// is so already by a decision, nothing is added to it.
	Coarse bool
	// Echoes says that the blog may report as its own decision what gatehouse has
	// told it to do: what repeats that within minutes is none.
	Echoes bool
}

// BlogRecords takes over what was decided on the blog.
type BlogRecords interface {
	// DecideOnBlog supersedes what stands, and tells the blog nothing. An order
	// that says what stands already changes nothing: Outcome.Repeated. It gives
	// ErrNotFound for an unknown comment, and ErrWithdrawn.
	DecideOnBlog(context.Context, BlogOrder, time.Time) (Outcome, error)
	// Link gives a stored comment further names, and another address to reply to
	// unless that is zero.
	Link(context.Context, Site, CommentID, []string, ReplyTo) error
}

// Past is a comment of a blog's history, with what had become of it.
type Past struct {
	Arrival Arrival
	Choice  Choice // approve: it was published; not ChooseUndo
	By      Actor
	At      time.Time // of the decision; zero: as the comment
	// Untaught keeps the comment without its lesson: of a long history only the
	// newest part teaches.
	Untaught bool
}

// Archive keeps history.
type Archive interface {
	// Import keeps those comments that the site has not yet, with their decisions
	// and lessons, in one transaction, and returns how many. Nobody is asked and
	// nobody told.
	Import(context.Context, Site, []Past, time.Time) (added int, err error)
}

// DecideOnBlog takes over what was decided on the blog itself; see [BlogRecords]
// for its errors.
func (s *Service) DecideOnBlog(ctx context.Context, o BlogOrder) (Outcome, error) {
	if o.Choice != ChooseUndo {
		if _, err := ParseChoice(string(o.Choice)); err != nil {
			return Outcome{}, err
		}
	}
	out, err := s.Blogs.DecideOnBlog(ctx, o, s.Now())
	if err != nil {
		return Outcome{}, fmt.Errorf("take over the blog's decision: %w", err)
	}
	s.Bell.Ring()
	s.Log.Info("comment decided on the blog", "site", o.Site.Name, "comment", out.Decision.Comment, "choice", o.Choice, "repeated", out.Repeated)
	return out, nil
}

// Import keeps a blog's history; see [Archive]. A comment that can't be kept
// gives ErrInvalid, and then none of them is.
func (s *Service) Import(ctx context.Context, site Site, history []Past) (added int, err error) {
	for _, p := range history {
		if err := validate(p.Arrival); err != nil {
			return 0, fmt.Errorf("import comment %q: %w", p.Arrival.Comment.PlatformID, err)
		}
		if _, err := ParseChoice(string(p.Choice)); err != nil {
			return 0, fmt.Errorf("import comment %q: %w", p.Arrival.Comment.PlatformID, err)
		}
	}
	if added, err = s.Archive.Import(ctx, site, history, s.Now()); err != nil {
		return 0, fmt.Errorf("import comments: %w", err)
	}
	s.Bell.Ring()
	return added, nil
}
