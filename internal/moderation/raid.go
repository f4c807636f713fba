package moderation

import (
	"context"
	"fmt"
	"time"
)

// MaxRaidTexts bounds how many different texts of a cluster are told apart, and with
// that how many lessons deciding it in one go teaches: whoever pours in noise must not
// teach with all of it.
const MaxRaidTexts = 20

// Raid is a cluster with what a person must know to decide it in one go.
type Raid struct {
	Cluster
	Site Site // without its secrets
	// Unasked is how many were published by the machine alone: those that an order may
	// take down, too.
	Unasked int
	Names   int  // under how many names came what waits
	Known   int  // of what waits: by authors with approved comments
	Texts   int  // how many different texts wait, up to MaxRaidTexts
	First   Mate // the oldest that waits; without a case: nothing does
	Odd     Mate // the one that waits whose text is least like that of First
	// UpTo is the last change that was counted: see [ClusterOrder].
	UpTo Change
}

// Mate is a comment of a cluster.
type Mate struct {
	Comment CommentID
	Case    Case // without an ID: it never had one
	Author  string
	Text    string
	Alike   float64 // how much the text is like that of the cluster's first: 0 to 1
}

// ClusterOrderID numbers orders about whole clusters.
type ClusterOrderID int64

// ClusterOrder asks for the same decision on all comments of a cluster that wait.
// Of those that say nearly the same one teaches, and the others do not.
type ClusterOrder struct {
	ID      ClusterOrderID // given when it is stored
	Site    SiteID         // of the cluster; given when it is stored
	Cluster ClusterID
	Choice  Choice
	By      Actor
	Via     string
	Key     string // makes the order safe to repeat, as in Order; required
	// UpTo is what whoever orders has seen: what came into the cluster, was edited or
	// decided after it is left alone.
	UpTo Change
	// Published says that comments which the machine published are meant, too.
	Published bool
	At        time.Time
}

// ClusterOutcome is what became of an order about a cluster.
type ClusterOutcome struct {
	Order   ClusterOrder
	Decided int // by this order; those that were taken back since count
	Stand   int // of these: that were not taken back
	Taught  int // of these: that taught
	// Others is how many of those that were meant others decided first, and Standing
	// the last of these decisions.
	Others   int
	Standing *Decision
	More     int // what waits in the cluster after it: it came, or was edited, too late
}

// ClusterUndo asks to take back what an order about a cluster did.
type ClusterUndo struct {
	Order  ClusterOrderID
	By     Actor
	Via    string
	MadeAt time.Time // where it is not zero: when the order that is meant was made
}

// ClusterUndone is what became of that.
type ClusterUndone struct {
	Order    ClusterOrder
	Restored int // comments that are again what they were before
	Changed  int // comments that stay as they are: they were edited, withdrawn or decided anew since
}

// Raids keeps what is done with whole clusters. Each method is one transaction, and
// those that write are short ones.
type Raids interface {
	// PutClusterOrder numbers an order and returns it, or the one that had its key
	// before. ErrNotFound.
	PutClusterOrder(context.Context, ClusterOrder) (ClusterOrder, error)
	// DecideSome carries an order out for some comments and returns for how many; 0: none
	// are left. The one that stands for the others on the moderators' cards is the last.
	DecideSome(ctx context.Context, o ClusterOrder, at time.Time) (int, error)
	ClusterOutcome(context.Context, ClusterOrder) (ClusterOutcome, error)
	// ClusterOrder returns an order by its number; ErrNotFound.
	ClusterOrder(context.Context, ClusterOrderID) (ClusterOrder, error)
	// UndoSome takes back some of what an order decided before one decision (0: the
	// last ones), and returns the first one that it looked at (0: none was left), and how
	// many comments it restored.
	UndoSome(ctx context.Context, u ClusterUndo, before DecisionID, at time.Time) (first DecisionID, restored int, err error)
	// LeaveCluster makes a comment one of no cluster, for good.
	LeaveCluster(ctx context.Context, id CommentID, at time.Time) error
}

// DecideCluster decides all comments of a cluster that wait and that whoever orders
// has seen, some at a time, so that others get their turn in between. When it ends
// early, repeating the order goes on with it; repeating a finished one changes nothing.
// Errors: ErrInvalid, ErrNotFound.
func (s *Service) DecideCluster(ctx context.Context, o ClusterOrder) (ClusterOutcome, error) {
	if _, err := ParseChoice(string(o.Choice)); err != nil {
		return ClusterOutcome{}, err
	}
	if o.Key == "" || o.UpTo <= 0 {
		return ClusterOutcome{}, fmt.Errorf("%w: an order about a cluster needs a key, and up to where it was counted", ErrInvalid)
	}
	o.At = s.Now()
	o, err := s.Raids.PutClusterOrder(ctx, o)
	if err != nil {
		return ClusterOutcome{}, fmt.Errorf("decide cluster %d: %w", o.Cluster, err)
	}
	defer s.Bell.Ring()
	for n := 1; n > 0; {
		if n, err = s.Raids.DecideSome(ctx, o, s.Now()); err != nil {
			return ClusterOutcome{}, fmt.Errorf("decide cluster %d: %w", o.Cluster, err)
		}
		s.Metrics.together(o.Site, o.Choice, o.Via, n)
	}
	out, err := s.Raids.ClusterOutcome(ctx, o)
	if err != nil {
		return out, fmt.Errorf("decide cluster %d: %w", o.Cluster, err)
	}
	s.Log.Info("cluster decided", "cluster", o.Cluster, "choice", o.Choice, "via", o.Via, "comments", out.Decided)
	return out, nil
}

// UndoCluster takes back what an order about a cluster decided, where nobody changed
// it since, and un-teaches it. ErrNotFound, or ErrAlreadyDecided where nothing of it
// stands.
func (s *Service) UndoCluster(ctx context.Context, u ClusterUndo) (ClusterUndone, error) {
	var out ClusterUndone
	var err error
	if out.Order, err = s.Raids.ClusterOrder(ctx, u.Order); err != nil {
		return out, fmt.Errorf("undo order %d: %w", u.Order, err)
	}
	if !u.MadeAt.IsZero() && !u.MadeAt.Equal(out.Order.At) {
		return out, fmt.Errorf("undo order %d: %w: it is one of another time", u.Order, ErrNotFound)
	}
	before, err := s.Raids.ClusterOutcome(ctx, out.Order)
	if err != nil {
		return out, fmt.Errorf("undo order %d: %w", u.Order, err)
	}
	if before.Stand == 0 {
		return out, fmt.Errorf("undo order %d: %w: nothing of it stands any more", u.Order, ErrAlreadyDecided)
	}
	defer s.Bell.Ring()
	for first, more := DecisionID(0), true; more; more = first != 0 {
		var n int
		if first, n, err = s.Raids.UndoSome(ctx, u, first, s.Now()); err != nil {
			return out, fmt.Errorf("undo order %d: %w", u.Order, err)
		}
		out.Restored += n
		s.Metrics.together(out.Order.Site, ChooseUndo, u.Via, n)
	}
	out.Changed = before.Stand - out.Restored
	s.Log.Info("cluster undone", "cluster", out.Order.Cluster, "via", u.Via, "restored", out.Restored)
	return out, nil
}

// LeaveCluster makes a comment one of no cluster, so that it is decided alone.
func (s *Service) LeaveCluster(ctx context.Context, id CommentID) error {
	if err := s.Raids.LeaveCluster(ctx, id, s.Now()); err != nil {
		return fmt.Errorf("take comment %s out of its cluster: %w", id, err)
	}
	s.Bell.Ring()
	return nil
}
