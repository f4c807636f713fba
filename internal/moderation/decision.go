package moderation

import (
	"fmt"
	"time"
)

// Actor is who decided: ID is unique over all ways in ("telegram:1001",
// "cli:root", "site:blog"), Name is what people call them.
type Actor struct {
	ID, Name string
}

// String returns the name, or the id of somebody without one.
func (a Actor) String() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// Decision is what was decided about one revision of a comment. Decisions are
// only ever added: an undo is a decision that supersedes another.
type Decision struct {
	ID         DecisionID
	Comment    CommentID
	Revision   int
	Choice     Choice
	By         Actor
	Via        string // telegram, cli, api, site
	Note       string
	At         time.Time
	Before     Status     // the comment's status until then
	After      Status     // and from then on
	Supersedes DecisionID // 0: none
	// Together is the order about a whole cluster of which it is a part; 0: none.
	Together ClusterOrderID
	Untaught bool // it teaches nothing, whatever it says: one that says nearly the same did
}

// Order asks for a decision.
type Order struct {
	Comment  CommentID
	Revision int // the one that was looked at; 0: whatever is newest
	Choice   Choice
	By       Actor
	Via      string
	Note     string
	// Key makes the order safe to repeat: a second order with the key of an
	// earlier one gets that one's outcome and changes nothing. Empty: none.
	Key string
	// Override lets the blog's own decision supersede a standing one.
	Override bool
	// Together and Untaught are those of the Decision.
	Together ClusterOrderID
	Untaught bool
}

// UndoOrder asks to take a decision back.
type UndoOrder struct {
	// Decision is the one to take back. 0 means the one that stands on Comment:
	// on its newest revision, else on the newest on which one does. Where both
	// are set, the decision must be one on the comment.
	Decision DecisionID
	Comment  CommentID
	By       Actor
	Via      string
	Key      string         // as in Order
	Together ClusterOrderID // as in Order: that order is taken back
	// Own says that only what By decided is to be taken back; where it is of somebody
	// else, the error is a DecidedError that has it.
	Own bool
}

// Outcome is what became of an order.
type Outcome struct {
	Decision Decision
	Site     SiteID
	SiteName string
	Status   Status    // of the comment afterwards
	HeldAt   time.Time // since when a moderator was asked about this revision; zero: none was
	Repeated bool      // the order's key was known: nothing changed
}

// Held is for how long the comment had waited when it was decided; 0: it had not.
func (o Outcome) Held() time.Duration {
	if o.HeldAt.IsZero() {
		return 0
	}
	return max(o.Decision.At.Sub(o.HeldAt), 0)
}

// DecidedError says that a decision stands already. It is an
// [ErrAlreadyDecided].
type DecidedError struct {
	Standing Decision
}

// Error names who decided what and when.
func (e *DecidedError) Error() string {
	d := e.Standing
	return fmt.Sprintf("comment %s was already decided: %s by %s at %s; undo it first to decide again",
		d.Comment, d.Choice, d.By, d.At.UTC().Format(time.RFC3339))
}

// Unwrap makes the error an [ErrAlreadyDecided].
func (e *DecidedError) Unwrap() error { return ErrAlreadyDecided }
