// Package moderation is the domain: the words that everybody here uses, the
// policy that turns signals into a verdict, and the [Service] that takes a
// comment from its arrival to its decision and back to the blog.
//
// It knows no technology: no SQL, no HTTP, no Telegram. What it needs of them
// it declares as small interfaces, and the program wires them together.
package moderation

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Label is what a text is, in the eyes of a check or of a person.
type Label string

// The three labels. A text has exactly one.
const (
	OK    Label = "ok"
	Spam  Label = "spam"
	Abuse Label = "abuse"
)

// Labels returns the labels in the order in which models and files list them.
func Labels() []Label { return []Label{OK, Spam, Abuse} }

// Action is what the machine says should happen to a comment.
type Action string

// The actions, from mildest to harshest.
const (
	Approve Action = "approve"
	Hold    Action = "hold"
	Reject  Action = "reject"
)

// Status is the state of a comment as the blog should show it.
type Status string

// A comment is always in exactly one of these. Withdrawn comments were taken
// back by their writer or by the blog.
const (
	Approved  Status = "approved"
	Held      Status = "held"
	Rejected  Status = "rejected"
	Withdrawn Status = "withdrawn"
)

// Status returns the status that a comment gets when a is done to it.
func (a Action) Status() Status {
	switch a {
	case Approve:
		return Approved
	case Reject:
		return Rejected
	default:
		return Held
	}
}

// Choice is what a person decides.
type Choice string

// The choices. ChooseReject hides a comment and teaches nothing; ChooseUndo is
// the kind of the decision that takes another one back.
const (
	ChooseApprove Choice = "approve"
	ChooseSpam    Choice = "spam"
	ChooseAbuse   Choice = "abuse"
	ChooseReject  Choice = "reject"
	ChooseUndo    Choice = "undo"
)

// ParseChoice returns the choice that a person names: approve, spam, abuse or
// reject. Other words give [ErrInvalid].
func ParseChoice(s string) (Choice, error) {
	switch c := Choice(s); c {
	case ChooseApprove, ChooseSpam, ChooseAbuse, ChooseReject:
		return c, nil
	}
	return "", fmt.Errorf("%w: decision %q is none of approve, spam, abuse, reject", ErrInvalid, s)
}

// Status returns the status that a comment has once c stands.
func (c Choice) Status() Status {
	if c == ChooseApprove {
		return Approved
	}
	return Rejected
}

// Teaches returns the label that c teaches the classifier, and false where it
// teaches nothing.
func (c Choice) Teaches() (Label, bool) {
	switch c {
	case ChooseApprove:
		return OK, true
	case ChooseSpam:
		return Spam, true
	case ChooseAbuse:
		return Abuse, true
	}
	return "", false
}

// Category is what c means to a blog: spam, abuse or other; empty for approve
// and undo.
func (c Choice) Category() string {
	switch c {
	case ChooseSpam:
		return "spam"
	case ChooseAbuse:
		return "abuse"
	case ChooseReject:
		return "other"
	}
	return ""
}

// Mode is how strict a site is at the moment.
type Mode string

// The modes. Open holds nothing on the classifier's word, normal holds what is
// flagged, strict holds everything but what trusted authors write unflagged.
const (
	ModeOpen   Mode = "open"
	ModeNormal Mode = "normal"
	ModeStrict Mode = "strict"
)

// ParseMode returns the mode called s, or [ErrInvalid].
func ParseMode(s string) (Mode, error) {
	switch m := Mode(s); m {
	case ModeOpen, ModeNormal, ModeStrict:
		return m, nil
	}
	return "", fmt.Errorf("%w: mode %q is none of open, normal, strict", ErrInvalid, s)
}

// SiteID, CommentID, CaseID, DecisionID and DeliveryID number the rows of their
// kind. They are never used again for another row.
type (
	SiteID     int64
	CommentID  int64
	CaseID     int64
	DecisionID int64
	DeliveryID int64
)

// String returns the form in which people and programs outside see the id.
func (id CommentID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseCommentID reads what [CommentID.String] wrote, or gives [ErrInvalid].
func ParseCommentID(s string) (CommentID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%w: comment id %q is not a positive number", ErrInvalid, s)
	}
	return CommentID(n), nil
}

// Clock returns the present time. Everything that needs the time is given one.
type Clock func() time.Time

// The errors that callers tell apart, with errors.Is. Package web maps them to
// HTTP statuses; what wraps them says what, where and what to do.
var (
	ErrInvalid        = errors.New("invalid")
	ErrUnsigned       = errors.New("not authentic")
	ErrForbidden      = errors.New("not allowed")
	ErrNotFound       = errors.New("not found")
	ErrExists         = errors.New("already exists")
	ErrReused         = errors.New("message id used before for another comment")
	ErrAlreadyDecided = errors.New("already decided")
	ErrStale          = errors.New("the comment has been edited since")
	ErrWithdrawn      = errors.New("withdrawn by its writer or the blog")
	ErrTooLarge       = errors.New("too large")
	ErrUnsupported    = errors.New("unsupported media type")
	ErrTooMany        = errors.New("too many requests")
	ErrNotReady       = errors.New("not ready")
	ErrQueueFull      = errors.New("queue full")
)
