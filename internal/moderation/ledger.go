package moderation

import (
	"context"
	"time"
)

// Receipt is the answer to an arrival.
type Receipt struct {
	Comment   CommentID
	Revision  int
	Verdict   Verdict
	Status    Status // of the comment, at this moment
	Duplicate bool   // nothing changed: this is the answer given before
}

// Admission is an arrival with the verdict on it, ready to be kept.
type Admission struct {
	Arrival Arrival
	Verdict Verdict
	At      time.Time
}

// Withdrawal says that a comment was taken back by its writer or by the blog.
type Withdrawal struct {
	Site       Site
	PlatformID string
	Key        string // as in Arrival
	At         time.Time
}

// Background is what the database knows that checks may ask for.
type Background struct {
	Parent     Parent // the zero Parent where it is not stored
	Standing   Standing
	Mode       Mode // empty: the site's own
	Activity   Activity
	Duplicates Duplicates
	Ties       Ties
	Thread     Thread
	Kin        []Kin
}

// Ledger keeps comments. Each method is one transaction and on disk when it
// returns.
type Ledger interface {
	// Seen returns the answer to an arrival that brings nothing new: its key
	// was seen, its body is that of the newest revision, or it is older. A key
	// that was seen with another comment gives ErrReused, in each method.
	Seen(context.Context, Arrival) (r Receipt, seen bool, err error)
	// Admit keeps a new comment or a new revision with its verdict, case and
	// deliveries; where another arrival was quicker, as Seen. ErrNotFound where
	// the site has been removed.
	Admit(context.Context, Admission) (Receipt, error)
	// Withdraw gives ErrNotFound for an unknown comment.
	Withdraw(context.Context, Withdrawal) (Receipt, error)
}

// Records keeps decisions. Each is one transaction: decision, case, lesson and
// deliveries together.
type Records interface {
	// Decide gives a DecidedError where another decision stands, ErrStale where
	// the revision is not the newest, ErrWithdrawn, or ErrNotFound.
	Decide(context.Context, Order, time.Time) (Outcome, error)
	// Undo gives ErrNotFound where there is nothing to undo, and
	// ErrAlreadyDecided where it was undone before.
	Undo(context.Context, UndoOrder, time.Time) (Outcome, error)
	// UndoEach undoes what can be undone of these, some of them in one transaction,
	// and returns how many it was, also with an error.
	UndoEach(context.Context, []UndoOrder, time.Time) (undone int, err error)
}

// History answers what was there before.
type History interface {
	Background(context.Context, Arrival) (Background, error)
}
