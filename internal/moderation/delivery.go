package moderation

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The kinds of delivery, each with its own sender.
const (
	DeliverCallback = "callback" // a Notice to a site
	DeliverCard     = "card"     // a CaseChange: the moderators' chat follows
	DeliverMode     = "mode"     // a ModeNews: the moderators' chat is told
	DeliverErased   = "erased"   // an ErasedCard: a message is taken away
)

// DeliveryState is where a delivery stands.
type DeliveryState string

// A delivery waits until it is sent, or until it is given up on, or until there
// is no sense in it any more.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliverySent      DeliveryState = "sent"
	DeliveryFailed    DeliveryState = "failed"
	DeliveryOvertaken DeliveryState = "overtaken"
)

// Delivery is one row of the outbox: something to be told, at least once.
type Delivery struct {
	ID        DeliveryID
	Kind      string
	Lane      string // what shares a bottleneck: one site, Telegram
	Key       string // deliveries of one key go out one after another
	MessageID string // the same on every try
	Site      SiteID
	Payload   json.RawMessage // a Notice or a CaseChange: never a comment's text
	Attempts  int             // made so far, those put off apart
	PutOff    time.Duration   // for how long the other side has asked to wait so far, in all
	CreatedAt time.Time
	NextAt    time.Time // the next try, while pending
	LastError string
	State     DeliveryState
}

// Notice is what a site is told of one of its comments.
type Notice struct {
	Comment    CommentID `json:"comment"`
	PlatformID string    `json:"platform_id"`
	Revision   int       `json:"revision"`
	Seq        int64     `json:"seq"` // rises per comment
	Status     Status    `json:"status"`
	Choice     Choice    `json:"choice,omitempty"` // empty: an undo left no decision
	DecidedBy  string    `json:"decided_by,omitempty"`
	DecidedAt  time.Time `json:"decided_at,omitzero"`
	Note       string    `json:"note,omitempty"`
	ReplyTo    ReplyTo   `json:"reply_to,omitzero"`
}

// CaseChange says that what a card of the case shows has changed.
type CaseChange struct {
	Case CaseID `json:"case"`
}

// ModeNews says that a mode was changed that nobody asked for.
type ModeNews struct {
	Mode ModeID `json:"mode"`
}

// ErasedCard is a message of which the comment was erased.
type ErasedCard struct {
	Chat    int64 `json:"chat"`
	Topic   int   `json:"topic"`
	Message int   `json:"message"`
}

// LaterError is what a sender returns when the other side said how long to
// wait; the whole lane waits, unless it is about this delivery alone.
type LaterError struct {
	After time.Duration
	Alone bool
	Err   error
}

// Error says how long.
func (e *LaterError) Error() string {
	return fmt.Sprintf("asked to wait %s: %v", e.After, e.Err)
}

// Unwrap returns what the other side answered.
func (e *LaterError) Unwrap() error { return e.Err }

// ErrGone is returned by a sender whose receiver does not want to be told any
// more.
var ErrGone = errors.New("the receiver is gone for good")
