package moderation

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The kinds of delivery, each with its own sender.
const (
	DeliverCallback = "callback" // a decision to a site
	DeliverCard     = "card"     // a case changed: the moderators' chat follows
)

// Delivery is one row of the outbox: something to be told, at least once.
type Delivery struct {
	ID        DeliveryID
	Kind      string
	Lane      string // what shares a bottleneck: one site, Telegram
	Key       string // deliveries of one key go out one after another
	MessageID string // the same on every try
	Site      SiteID
	Payload   json.RawMessage // ids and decisions, never a comment's text
	Attempts  int             // made so far
	CreatedAt time.Time
	NextAt    time.Time
	LastError string
	State     string // pending, sent, failed
}

// LaterError is what a sender returns when the other side said how long to
// wait; the whole lane waits.
type LaterError struct {
	After time.Duration
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
