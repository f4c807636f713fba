package moderation

import (
	"context"
	"errors"
	"time"
)

// Metrics hears what the service does, for whoever counts. Its functions are
// called from many goroutines and must be quick; nil ones hear nothing.
type Metrics struct {
	// Judged hears of a verdict that was stored, and how long the blog waited for it.
	Judged func(site string, v Verdict, took time.Duration)
	// Answered hears what became of an arrival: one of the Results.
	Answered func(site string, result Result)
	// Step hears how long one step of a verdict took: the name of a checker, or one
	// of the Steps.
	Step func(step string, took time.Duration)
	// Decided hears of a decision or undo, and for how long the comment had been
	// held; 0: it was not.
	Decided func(site string, d Decision, held time.Duration)
	// Together hears that so many comments of a raid were decided, or with ChooseUndo
	// restored, in one go.
	Together func(site SiteID, c Choice, via string, comments int)
	// Tried hears what became of a try to deliver.
	Tried func(d Delivery, result TryResult)
}

// Result is what became of an arrival.
type Result string

// The results.
const (
	ResultJudged    Result = "judged"
	ResultDuplicate Result = "duplicate"  // answered as before
	ResultRefused   Result = "refused"    // malformed, or an id used twice
	ResultTooMany   Result = "too_many"   // turned away: the site sends too many
	ResultBusy      Result = "busy"       // turned away: all sites together do
	ResultQueueFull Result = "queue_full" // turned away: as many wait for people as may
	ResultNotReady  Result = "not_ready"  // turned away: the database takes nothing for the moment
	ResultGone      Result = "gone"       // the blog hung up before its answer
	ResultFailed    Result = "failed"     // our own fault
)

// Results are all of them.
func Results() []Result {
	return []Result{ResultJudged, ResultDuplicate, ResultRefused, ResultTooMany, ResultBusy, ResultQueueFull, ResultNotReady, ResultGone, ResultFailed}
}

// The steps of a verdict beside the checkers.
const (
	StepDoor       = "door"       // waiting for a place among the site's comments
	StepLookup     = "lookup"     // whether the comment is known
	StepBackground = "background" // what the database knows for the checks
	StepStore      = "store"      // one transaction, until it is on disk
)

// TryResult is what became of a try to deliver.
type TryResult string

// The results of tries.
const (
	TrySent    TryResult = "sent"
	TryFailed  TryResult = "failed"   // to be tried again
	TryPutOff  TryResult = "put_off"  // as the other side asked
	TryGivenUp TryResult = "given_up" // for good
)

// TryResults are all of them.
func TryResults() []TryResult { return []TryResult{TrySent, TryFailed, TryPutOff, TryGivenUp} }

// TopLabel is what a verdict's action says of the comment: ok where it is approved,
// else the label of the first reason that has one and counts; empty: none.
func (v Verdict) TopLabel() Label {
	if v.Action == Approve {
		return OK
	}
	for _, r := range v.Reasons {
		if !r.Shadow && r.Label != "" && r.Label != OK {
			return r.Label
		}
	}
	return ""
}

// judged tells of a receipt.
func (m Metrics) judged(site string, r Receipt, took time.Duration) {
	if r.Duplicate {
		m.answered(site, ResultDuplicate)
		return
	}
	m.answered(site, ResultJudged)
	if m.Judged != nil {
		m.Judged(site, r.Verdict, took)
	}
}

func (m Metrics) answered(site string, r Result) {
	if m.Answered != nil {
		m.Answered(site, r)
	}
}

// unanswered tells of an arrival that got an error.
func (m Metrics) unanswered(site string, err error) {
	var busy *busyError
	switch {
	case errors.Is(err, ErrTooMany):
		m.answered(site, ResultTooMany)
	case errors.Is(err, ErrQueueFull):
		m.answered(site, ResultQueueFull)
	case errors.As(err, &busy):
		m.answered(site, ResultBusy)
	case errors.Is(err, ErrNotReady):
		m.answered(site, ResultNotReady)
	case IsRefusal(err):
		m.answered(site, ResultRefused)
	case errors.Is(err, context.Canceled):
		m.answered(site, ResultGone)
	default:
		m.answered(site, ResultFailed)
	}
}

// step tells how long a step took that began at a time.
func (m Metrics) step(name string, began time.Time) {
	if m.Step != nil {
		m.Step(name, time.Since(began))
	}
}

func (m Metrics) decided(o Outcome) {
	if m.Decided != nil && !o.Repeated {
		m.Decided(o.SiteName, o.Decision, o.Held())
	}
}

func (m Metrics) together(site SiteID, c Choice, via string, comments int) {
	if m.Together != nil && comments > 0 {
		m.Together(site, c, via, comments)
	}
}

func (m Metrics) tried(d Delivery, r TryResult) {
	if m.Tried != nil {
		m.Tried(d, r)
	}
}
