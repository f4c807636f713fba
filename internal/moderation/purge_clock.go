package moderation

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrClockDoubted is given where nothing is purged as the clock may be wrong.
var ErrClockDoubted = errors.New("the clock may be wrong")

const (
	// farAhead is how much later than the last purge it may be without doubt.
	farAhead = 7 * day
	// PurgeLater is how soon a purge is tried again that did not come to its end.
	PurgeLater = time.Hour
	// doubtedLooks is how often, one look after another, a doubted clock must have gone
	// on as clocks do until it is believed: three days.
	doubtedLooks = int(3 * day / PurgeLater)
)

// PurgeTimes remembers when the clock was believed last.
type PurgeTimes interface {
	// LastPurge returns the latest time of which NotePurge heard; zero where there is none.
	LastPurge(context.Context) (time.Time, error)
	NotePurge(context.Context, time.Time) error
}

// doubtedClock is what was seen of a clock that is doubted.
type doubtedClock struct {
	at    time.Time // at the last look
	looks int
}

// RunUnattended is Run for all sites, when nobody has asked for it. Where the clock is far
// ahead of the last purge it is ErrClockDoubted, and nothing is purged: what goes by a
// clock that was wrong for a moment does not come back. The clock is believed once it has
// gone on for three days, looked at each PurgeLater, or somebody has purged by hand.
func (p *Purger) RunUnattended(ctx context.Context) ([]PurgeResult, error) {
	now := p.Now().Round(0)
	last, err := p.Times.LastPurge(ctx)
	if err != nil {
		return nil, err
	}
	if !last.IsZero() && now.Sub(last) > farAhead && !p.doubted.goesOn(now) {
		return nil, fmt.Errorf("%w: it is %s, and was %s at the last purge; if the clock is right, gatehouse purge purges at once, and the service in three days", ErrClockDoubted,
			now.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339))
	}
	results, err := p.Run(ctx, 0)
	if err == nil {
		err = p.Times.NotePurge(ctx, now)
	}
	return results, err
}

// goesOn looks at a doubted clock, and reports whether it is to be believed.
func (d *doubtedClock) goesOn(now time.Time) bool {
	if since := now.Sub(d.at); since <= 0 || since > 2*PurgeLater {
		d.looks = 0
	}
	d.at, d.looks = now, d.looks+1
	return d.looks > doubtedLooks
}
