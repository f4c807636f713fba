package moderation

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Marked is what became of an order to mark an author.
type Marked struct {
	Mark     Mark
	Waiting  int // comments of theirs that wait
	Rejected int // those that were rejected with the mark
}

// Lifted is what became of an order to lift a mark.
type Lifted struct {
	Mark     Mark
	Together []MarkID // what ended with it, itself too
	Still    Mark     // what says something of the same author yet; without an ID: nothing does
	Restored int      // comments that were rejected with what ended, and wait again
}

// Mark bans or trusts an author. With sweep, what waits of a banned one is
// rejected, which teaches nothing. See [Marks] for the errors.
func (s *Service) Mark(ctx context.Context, m Mark, sweep bool) (Marked, error) {
	m.At = s.Now()
	if err := m.CheckAt(m.At); err != nil {
		return Marked{}, err
	}
	stored, err := s.Marks.PutMark(ctx, m)
	if err != nil {
		return Marked{}, err
	}
	out := Marked{Mark: stored}
	if m.Kind == MarkBan {
		m.ID = stored.ID
		if out.Waiting, out.Rejected, err = s.sweep(ctx, m, sweep); err != nil {
			return out, err
		}
	}
	s.Bell.Ring()
	s.Log.Info("author marked", "site", m.Site, "kind", m.Kind, "subject", m.Subject, "rejected", out.Rejected)
	return out, nil
}

// Waiting returns how many comments wait that are by whom a mark would be about.
func (s *Service) Waiting(ctx context.Context, m Mark) (int, error) {
	ids, err := s.Traces.WaitingOf(ctx, m)
	return len(ids), err
}

// sweep counts what waits of a banned author, and rejects it if it is to. What
// somebody else decides meanwhile stays as it was decided.
func (s *Service) sweep(ctx context.Context, m Mark, reject bool) (waiting, rejected int, err error) {
	ids, err := s.Traces.WaitingOf(ctx, m)
	if err != nil || !reject {
		return len(ids), 0, err
	}
	for _, id := range ids {
		_, err := s.Records.Decide(ctx, Order{Comment: id, Choice: ChooseReject, By: m.By, Via: viaOf(m.By),
			Note: "the author is banned", Key: sweepKey(m.ID) + id.String()}, s.Now())
		switch {
		case err == nil:
			rejected++
		case !IsRefusal(err):
			return len(ids), rejected, fmt.Errorf("reject comment %s of the banned author: %w", id, err)
		}
	}
	return len(ids) - rejected, rejected, nil
}

// sweepKey is what the keys of decisions begin with that were made with a mark.
func sweepKey(id MarkID) string { return fmt.Sprintf("mark:%d:", id) }

// viaOf returns the way in by which somebody comes.
func viaOf(a Actor) string {
	via, _, _ := strings.Cut(a.ID, ":")
	if via == "token" {
		return "api"
	}
	return via
}

// Lift ends a mark. With restore, comments that were rejected with it, or with what
// ended with it, wait again, unless they were decided anew; that works for a mark
// that is over, too.
func (s *Service) Lift(ctx context.Context, l Lift, restore bool) (Lifted, error) {
	l.Ended = restore
	out, err := s.Marks.LiftMark(ctx, l, s.Now())
	if err != nil {
		return out, err
	}
	if restore {
		for _, id := range out.Together {
			n, err := s.restore(ctx, id, l.By)
			if out.Restored += n; err != nil {
				return out, err
			}
		}
	}
	s.Bell.Ring()
	s.Log.Info("mark lifted", "site", l.Site, "mark", l.ID, "restored", out.Restored)
	return out, nil
}

// restore undoes what was decided with a mark and stands.
func (s *Service) restore(ctx context.Context, mark MarkID, by Actor) (restored int, err error) {
	made, err := s.Traces.DecidedWith(ctx, sweepKey(mark))
	if err != nil {
		return 0, err
	}
	orders := make([]UndoOrder, len(made))
	for i, id := range made {
		orders[i] = UndoOrder{Decision: id, By: by, Via: viaOf(by)}
	}
	if restored, err = s.Records.UndoEach(ctx, orders, s.Now()); err != nil {
		return restored, fmt.Errorf("restore comments: %w", err)
	}
	return restored, nil
}

// TraceOf returns by what the author of a comment can be known; ErrNotFound.
func (s *Service) TraceOf(ctx context.Context, id CommentID) (Trace, error) {
	return s.Traces.TraceOf(ctx, id)
}

// StandingMarks returns the marks of a site that count, newest first.
func (s *Service) StandingMarks(ctx context.Context, site SiteID) ([]Mark, error) {
	return s.Marks.StandingMarks(ctx, site, s.Now())
}

// errNameless says why somebody can't be banned.
var errNameless = errors.New("the comment has neither an identity nor a name of its own to ban by: whoever writes without a name has nothing in common with the others who do; decide their comments one by one, or turn the post strict for a while")

// Best returns the subject by which an author is marked unless a person says
// another: the identity, else, for a ban, the name. The error says why there is
// none.
func (t Trace) Best(kind MarkKind) (Subject, error) {
	for _, by := range t.Subjects {
		if by == ByIdentity || by == ByName && kind == MarkBan {
			return by, nil
		}
	}
	if kind == MarkTrust {
		return "", fmt.Errorf("%w: the author has no identity: the platform gives no id, and e-mail and address are not both known; anybody could take the name", ErrInvalid)
	}
	return "", fmt.Errorf("%w: %w", ErrInvalid, errNameless)
}
