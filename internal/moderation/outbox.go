package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	// idleLook is how often the outbox is looked at without being rung.
	idleLook = time.Second
	// clockLook is how often the outbox is looked through for times that a clock
	// wrote which has been put back since.
	clockLook = time.Minute
	// lookAhead is how many due deliveries are read at once.
	lookAhead = 64
	// errorLength bounds what is kept of an error, in bytes.
	errorLength = 500
	// ringRest is how soon after a look a ring has the outbox looked at again.
	ringRest = 50 * time.Millisecond
	// longestAsked bounds for how long the other side may ask a delivery to wait, in
	// all: what it asked for is added up, not the time that passed.
	longestAsked = 7 * 24 * time.Hour
	// longestStall bounds the pauses while outcomes can't be written down.
	longestStall = 5 * time.Minute
	// breakAfter is after how many failed tries in a row a lane is taken for
	// broken: then one delivery at a time is tried, with growing rests between.
	breakAfter = 5
	// longestRest bounds the rests of a broken lane, and so how late it is
	// noticed that its other end is back.
	longestRest = time.Minute
	// leastPatience is how old a delivery is at least that is given up on because it
	// failed or was put off too often: others of its lane that get through hasten it.
	leastPatience = 3 * 24 * time.Hour
)

// pauses are the waits after the first, second, … failed try; when they are used
// up, and the delivery is leastPatience old, it is given up on. They add up to a
// little over three days, as Standard Webhooks advises. Jitter of a fifth keeps
// retries from marching in step. As tries have to be used up, neither a program
// that was stopped nor a clock that jumps gives up early.
func pauses() []time.Duration {
	const h = time.Hour
	return []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
		30 * time.Minute, h, 2 * h, 4 * h, 8 * h, 8 * h, 8 * h, 8 * h, 8 * h, 8 * h, 8 * h, 8 * h, 8 * h}
}

// Sender tells somebody outside. An error that is not recoverable, or wraps
// ErrGone, ends the delivery; any other is tried again later, after a
// LaterError when that says.
type Sender interface {
	Send(context.Context, Delivery) (recoverable bool, err error)
}

// Outbox is the stored list of deliveries.
type Outbox interface {
	// Due returns pending deliveries whose time has come, oldest first, only
	// the first of each key, and none of the lanes in skip.
	Due(ctx context.Context, now time.Time, kinds, skip []string, limit int) ([]Delivery, error)
	// Settle writes down what became of a try: State, Attempts, NextAt and
	// LastError of d.
	Settle(ctx context.Context, d Delivery) error
	// Hasten makes due what waits in a lane whose other end answers again.
	Hasten(ctx context.Context, lane string, now time.Time) error
	// PutBack makes due what waits and was made or tried last after now: the clock
	// has been put back since, and its next time means nothing.
	PutBack(ctx context.Context, now time.Time) error
}

// Route is how deliveries of one kind go out.
type Route struct {
	Sender Sender
	Width  int // how many at a time in one lane
	// PerSecond is how many in one lane, once a burst of some is over; 0: any
	// number. After an outage a lane begins slower than that: see pace.
	PerSecond float64
}

// Runner sends what is in the outbox, and is the one place that decides when
// something is tried again or given up on.
type Runner struct {
	Outbox Outbox
	Routes map[string]Route // by kind; kinds without a route wait
	Now    Clock
	Log    *slog.Logger
	// Metrics hears of every try.
	Metrics Metrics
	// Grace is how long the tries in hand may go on once the program is to end.
	Grace time.Duration

	inFlight map[DeliveryID]bool
	lanes    map[string]*lane
	looked   time.Time // when the clock was last looked at
	finished chan attempt
}

// lane is what is known of a bottleneck while the runner runs.
type lane struct {
	width    int // how many at a time
	busy     int
	pace     pace
	rested   time.Time // when the pause was made
	paused   time.Time // until then nothing is sent
	failing  bool      // the last try failed or was put off
	failures int       // tries in a row that failed, those put off apart
	stalls   int       // outcomes in a row that could not be written down
}

// isFull says whether no further try may begin.
func (l *lane) isFull() bool {
	return l.busy >= l.width || l.failures >= breakAfter && l.busy > 0
}

// isPaused says whether a pause lasts. One that was made later than now was made by
// a clock that has been put back since, and nobody knows how long it should last.
func (l *lane) isPaused(now time.Time) bool { return now.Before(l.paused) && !now.Before(l.rested) }

// rest returns how long a lane waits after its last try.
func (l *lane) rest() time.Duration {
	if l.failures < breakAfter {
		return 0
	}
	return min(idleLook<<min(l.failures-breakAfter, 10), longestRest)
}

// attempt is a try that has ended.
type attempt struct {
	delivery  Delivery
	failed    bool
	putOff    bool          // by the other side; failed, too
	alone     bool          // put off without the rest of its lane
	pause     time.Duration // how long the other side asked the lane to wait
	unsettled bool          // its outcome could not be written down
}

// Run sends until ctx ends, and then waits for the tries in hand, which are given
// Grace. Rings wake it; it looks by itself every second for what has become due.
func (r *Runner) Run(ctx context.Context, rings <-chan struct{}) {
	r.inFlight, r.lanes = make(map[DeliveryID]bool), make(map[string]*lane)
	r.finished = make(chan attempt)
	tries, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	look := time.NewTimer(idleLook)
	defer look.Stop()
	for ctx.Err() == nil {
		r.watchClock(ctx)
		if err := r.start(ctx, tries); err != nil && ctx.Err() == nil {
			r.Log.Error("read the outbox", "err", err)
		}
		look.Reset(r.untilLook())
		r.await(ctx, rings, look)
	}
	defer time.AfterFunc(r.Grace, cut).Stop()
	for len(r.inFlight) > 0 {
		r.finish(context.WithoutCancel(ctx), <-r.finished)
	}
}

// await returns when it is time to look at the outbox again. Rings may come with every
// comment: they are waited for together.
func (r *Runner) await(ctx context.Context, rings <-chan struct{}, look *time.Timer) {
	looked := time.Now()
	for {
		select {
		case a := <-r.finished:
			r.finish(ctx, a)
		case <-rings:
			if early := ringRest - time.Since(looked); early > 0 {
				rings = nil
				look.Reset(min(early, r.untilLook()))
				continue
			}
		case <-look.C:
		case <-ctx.Done():
		}
		return
	}
}

// watchClock looks now and then, and at once where the clock went back, for
// deliveries that it would keep waiting for as long.
func (r *Runner) watchClock(ctx context.Context) {
	now := r.Now().Round(0) // as the outbox keeps it
	if passed := now.Sub(r.looked); passed > -time.Second && passed < clockLook {
		return
	}
	r.looked = now
	if err := r.Outbox.PutBack(ctx, now); err != nil && ctx.Err() == nil {
		r.Log.Error("put back the outbox's clock", "err", err)
	}
}

// untilLook returns how long to wait for news before looking again: not longer than
// until a lane that keeps a pace may send its next.
func (r *Runner) untilLook() time.Duration {
	wait := idleLook
	for _, l := range r.lanes {
		if w := l.pace.wait(r.Now()); w > 0 && !l.isFull() && !l.isPaused(r.Now()) {
			wait = min(wait, w)
		}
	}
	return wait
}

// start begins to send whatever is due and has a free lane. It looks again while
// it finds something, for the many of one lane stand before the few of others.
func (r *Runner) start(ctx, tries context.Context) error {
	for {
		due, err := r.Outbox.Due(ctx, r.Now(), r.kinds(), r.closedLanes(), lookAhead+len(r.inFlight))
		if err != nil {
			return err
		}
		started := 0
		for _, d := range due {
			if r.begin(tries, d) {
				started++
			}
		}
		if started == 0 {
			return nil
		}
	}
}

// begin starts a try of d, if its lane is free.
func (r *Runner) begin(ctx context.Context, d Delivery) bool {
	route, l := r.Routes[d.Kind], r.lane(d.Lane)
	l.width, l.pace.most = route.Width, route.PerSecond
	if r.inFlight[d.ID] || l.isFull() || !l.pace.take(r.Now()) {
		return false
	}
	r.inFlight[d.ID] = true
	l.busy++
	go func() { r.finished <- r.try(ctx, route.Sender, d) }()
	return true
}

// finish makes room for what comes next. A lane that works again gets at once
// what waits in it; one whose outcomes can't be written down stalls, for what it
// sends would be sent again.
func (r *Runner) finish(ctx context.Context, a attempt) {
	delete(r.inFlight, a.delivery.ID)
	l := r.lane(a.delivery.Lane)
	l.busy--
	if a.unsettled {
		l.stalls++
		a.pause = max(a.pause, min(idleLook<<min(l.stalls, 10), longestStall))
	} else {
		l.stalls = 0
	}
	if l.failing && !a.failed {
		if err := r.Outbox.Hasten(ctx, a.delivery.Lane, r.Now()); err != nil {
			r.Log.Error("hasten deliveries", "err", err)
		}
	}
	l.failing = a.failed && !a.alone
	r.noteFailure(a)
	now := r.Now()
	if until := now.Add(max(a.pause, l.rest())); until.After(l.paused) || !l.isPaused(now) {
		l.rested, l.paused = now, until
	}
}

// noteFailure counts the tries of a lane that failed in a row.
func (r *Runner) noteFailure(a attempt) {
	l := r.lane(a.delivery.Lane)
	switch {
	case a.putOff:
	case a.failed:
		l.failures++
		if l.failures == breakAfter {
			r.Log.Warn("lane broken: one delivery at a time is tried until one succeeds", "lane", a.delivery.Lane)
		}
	case l.failures >= breakAfter:
		l.failures = 0
		l.pace.restart(r.Now())
		r.Log.Info("lane works again", "lane", a.delivery.Lane)
	default:
		l.failures = 0
		l.pace.quicken()
	}
}

// try sends d once and writes down what became of it. A try that the end of the
// program interrupts counts as not made, and one that the other side put off
// does not count either.
func (r *Runner) try(ctx context.Context, s Sender, d Delivery) attempt {
	recoverable, err := send(ctx, s, d)
	if err != nil && ctx.Err() != nil {
		return attempt{delivery: d}
	}
	a := attempt{failed: err != nil}
	var later *LaterError
	putOff := errors.As(err, &later)
	if !putOff {
		d.Attempts++
	}
	result := TryFailed
	switch {
	case err == nil:
		result = TrySent
		d.State, d.LastError = DeliverySent, ""
	case !recoverable || errors.Is(err, ErrGone) || r.isHopeless(d, putOff):
		result = TryGivenUp
		d.State, d.LastError = DeliveryFailed, shorten(err)
		r.Log.Error("delivery given up", "kind", d.Kind, "key", d.Key, "attempt", d.Attempts, "err", err)
	case putOff:
		result = TryPutOff
		a.putOff, a.alone = true, later.Alone
		if !later.Alone {
			a.pause = later.After
		}
		d.PutOff += max(later.After, time.Second)
		d.LastError, d.NextAt = shorten(err), r.Now().Add(later.After)
		r.Log.Warn("delivery put off", "kind", d.Kind, "key", d.Key, "next", d.NextAt, "err", err)
	default:
		d.LastError, d.NextAt = shorten(err), r.Now().Add(pauseAfter(d.Attempts))
		r.Log.Warn("delivery failed, to be tried again", "kind", d.Kind, "key", d.Key, "attempt", d.Attempts,
			"next", d.NextAt, "err", err)
	}
	r.Metrics.tried(d, result)
	// Without its row settled the delivery would go out again, so the end of
	// the program must not keep that from being written.
	if err := r.Outbox.Settle(context.WithoutCancel(ctx), d); err != nil {
		r.Log.Error("settle delivery", "kind", d.Kind, "key", d.Key, "err", err)
		a.unsettled = true
	}
	a.delivery = d
	return a
}

// isHopeless says whether a delivery that failed or was put off once more has been
// tried often and long enough: once its pauses are used up, its own or those that the
// other side asked for, and it is leastPatience old. A card is put off as often as it
// takes: a busy Telegram is no reason to leave a comment undecided.
func (r *Runner) isHopeless(d Delivery, putOff bool) bool {
	if r.Now().Sub(d.CreatedAt) < leastPatience {
		return false
	}
	if putOff {
		return d.Kind != DeliverCard && d.PutOff > longestAsked
	}
	return d.Attempts > len(pauses())
}

// send calls s and turns a panic into an error that ends the delivery.
func send(ctx context.Context, s Sender, d Delivery) (recoverable bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			recoverable, err = false, fmt.Errorf("send %s: panic: %v", d.Kind, p)
		}
	}()
	return s.Send(ctx, d)
}

func (r *Runner) lane(name string) *lane {
	l, ok := r.lanes[name]
	if !ok {
		l = &lane{}
		r.lanes[name] = l
	}
	return l
}

// kinds returns the kinds that have a route.
func (r *Runner) kinds() []string {
	return slices.Sorted(maps.Keys(r.Routes))
}

// closedLanes returns the lanes in which nothing can be sent at the moment.
func (r *Runner) closedLanes() []string {
	var names []string
	for name, l := range r.lanes {
		if l.isFull() || l.isPaused(r.Now()) || l.pace.wait(r.Now()) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// pauseAfter returns how long to wait after that many failed tries.
func pauseAfter(attempts int) time.Duration {
	steps := pauses()
	pause := steps[min(max(attempts, 1), len(steps))-1]
	return time.Duration(float64(pause) * (0.8 + 0.4*rand.Float64()))
}

// shorten returns the text of err, cut to what is kept.
func shorten(err error) string {
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	if len(text) > errorLength {
		text = strings.ToValidUTF8(text[:errorLength], "") + "…"
	}
	return text
}
