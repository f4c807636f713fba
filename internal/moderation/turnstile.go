package moderation

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Turnstile lets only so many comments in at a time, and those that wait by turns of
// their sites, so that a site that is flooded starves none of the others. What would
// wait for too long is turned away at once. The nil Turnstile lets in all.
type Turnstile struct {
	Inside   int           // of all sites, at once
	Waiting  int           // of a site, before it; more are turned away
	InAll    int           // may wait, of all sites; 0: any number
	Patience time.Duration // for which one waits at most; 0: for ever

	mu      sync.Mutex
	inside  int
	waiting int
	lines   []*siteLine // of sites of which somebody waits; the first has the next turn
	pace    seatPace
}

// siteLine is who waits of a site, in the order in which they came.
type siteLine struct {
	site   SiteID
	places []chan struct{} // closed when its owner has a seat
}

// busyError is that a comment is turned away, and for how long.
type busyError struct {
	error
	after time.Duration
}

// RetryAfter is when it is worth another try.
func (e *busyError) RetryAfter() time.Duration { return e.after }

// Unwrap returns why.
func (e *busyError) Unwrap() error { return e.error }

// Enter waits for a seat and returns what gives it back. It gives ErrTooMany where
// too many of the site wait already, and ErrNotReady where too many wait in all; it
// also ends with ctx.
func (t *Turnstile) Enter(ctx context.Context, site SiteID) (leave func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	place, err := t.join(site)
	if err != nil {
		return nil, err
	}
	var impatient <-chan time.Time
	if t.Patience > 0 {
		timer := time.NewTimer(t.Patience)
		defer timer.Stop()
		impatient = timer.C
	}
	select {
	case <-place:
		return t.leave, nil
	case <-ctx.Done():
		_ = t.giveUp(site, place) // it is the context that ended
		return nil, fmt.Errorf("wait for comments that came before: %w", ctx.Err())
	case <-impatient:
		return nil, t.giveUp(site, place)
	}
}

// join returns a place in the site's line, which may have its seat already.
func (t *Turnstile) join(site SiteID) (chan struct{}, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	place := make(chan struct{})
	if t.inside < t.Inside && t.waiting == 0 {
		t.inside++
		close(place)
		return place, nil
	}
	line := t.lineOf(site)
	if line == nil {
		line = &siteLine{site: site}
	}
	wait := t.pace.mean * time.Duration((len(line.places)+1)*max(1, len(t.lines)))
	switch {
	case len(line.places) >= t.Waiting, t.InAll > 0 && t.waiting >= t.InAll,
		t.Patience > 0 && wait > t.Patience && len(line.places) > 0: // the first of a line finds out whether it is so
		return nil, t.refusal(line, wait)
	case len(line.places) == 0:
		t.lines = append(t.lines, line)
	}
	line.places = append(line.places, place)
	t.waiting++
	return place, nil
}

// refusal says whose fault it is that a comment of a line is turned away.
func (t *Turnstile) refusal(line *siteLine, wait time.Duration) error {
	after := min(max(wait, time.Second), time.Minute)
	if n := len(line.places); n >= t.Waiting || n*len(t.lines) >= max(1, t.waiting) && n > 0 {
		return &busyError{fmt.Errorf("%w: %d comments of this site wait to be judged: keep this one and send it again later", ErrTooMany, n), after}
	}
	return &busyError{fmt.Errorf("%w: %d comments wait to be judged: keep this one and send it again later", ErrNotReady, t.waiting), after}
}

func (t *Turnstile) lineOf(site SiteID) *siteLine {
	for _, line := range t.lines {
		if line.site == site {
			return line
		}
	}
	return nil
}

// giveUp takes a place out of its line, and returns why it should have got a seat
// by now; where it has got one at the last moment, that goes on to the next.
func (t *Turnstile) giveUp(site SiteID, place chan struct{}) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := t.lineOf(site)
	i := -1
	if line != nil {
		i = slices.Index(line.places, place)
	}
	if i < 0 {
		t.passSeat()
		return &busyError{fmt.Errorf("%w: keep this comment and send it again later", ErrNotReady), time.Second}
	}
	err := t.refusal(line, t.Patience)
	line.places = slices.Delete(line.places, i, i+1)
	t.waiting--
	if len(line.places) == 0 {
		t.lines = slices.DeleteFunc(t.lines, func(l *siteLine) bool { return l == line })
	}
	return err
}

// leave gives a seat back.
func (t *Turnstile) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pace.note(time.Now(), t.waiting > 0)
	t.passSeat()
}

// passSeat gives a seat to the first of the site whose turn it is.
func (t *Turnstile) passSeat() {
	if t.waiting == 0 {
		t.inside--
		return
	}
	line := t.lines[0]
	close(line.places[0])
	line.places, t.waiting = line.places[1:], t.waiting-1
	t.lines = t.lines[1:]
	if len(line.places) > 0 {
		t.lines = append(t.lines, line)
	}
}

// seatsNoted is how many of the last seats that were given back say how quickly seats
// come back. Many comments may leave at once, after they shared a commit.
const seatsNoted = 256

// seatPace is how quickly seats come back while somebody waits for one; it begins anew
// whenever nobody does.
type seatPace struct {
	mean time.Duration
	n    int
	last time.Time // zero: nobody waited
}

func (p *seatPace) note(now time.Time, awaited bool) {
	if !awaited { // there are seats enough, and what was too slow before means nothing
		*p = seatPace{}
		return
	}
	if !p.last.IsZero() {
		p.n = min(p.n+1, seatsNoted)
		p.mean += (now.Sub(p.last) - p.mean) / time.Duration(p.n)
	}
	p.last = now
}
