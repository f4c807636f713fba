package telegramtest

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// maxPoll is the longest that getUpdates waits.
const maxPoll = 50 * time.Second

// inbox is what the bot has not confirmed yet.
type inbox struct {
	next    int64 // the number of the next update
	waiting []update
	again   []update // to be delivered once more, confirmed or not
	allowed []string // types of update; empty: all
	poll    *poll    // the call that waits, if any
}

// update is one event.
type update struct {
	id   int64
	body map[string]any
}

// MarshalJSON puts number and event together.
func (u update) MarshalJSON() ([]byte, error) {
	body := maps.Clone(u.body)
	body["update_id"] = u.id
	return json.Marshal(body)
}

// poll is a getUpdates that waits.
type poll struct {
	arrived chan struct{} // one update is enough
	ousted  chan error    // why another call has ended it
}

// oust ends a call in favour of another.
func (p *poll) oust(by string) { p.ousted <- conflict("terminated by " + by) }

// enqueue hands an update to the bot. s.mu is held.
func (s *Server) enqueue(kind string, body map[string]any) {
	if len(s.inbox.allowed) > 0 && !slices.Contains(s.inbox.allowed, kind) {
		return
	}
	s.inbox.waiting = append(s.inbox.waiting, update{s.inbox.next, body})
	s.inbox.next++
	if s.inbox.poll != nil {
		select {
		case s.inbox.poll.arrived <- struct{}{}:
		default:
		}
	}
	s.deliver()
}

// allow reads which types of update the bot wants; without a word of it, those
// that it wanted before.
func (in *inbox) allow(p params) {
	var kinds []string
	if json.Unmarshal([]byte(p.text("allowed_updates")), &kinds) == nil {
		in.allowed = kinds
	}
}

// Pending returns how many updates the bot has not confirmed.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inbox.waiting)
}

// conflict is a refusal with code 409.
func conflict(why string) error {
	return &refusalError{code: http.StatusConflict, description: "Conflict: " + why}
}

// getUpdates confirms what is below the offset, and waits for the rest.
func (s *Server) getUpdates(ctx context.Context, p params) (any, error) {
	timeout := time.Duration(p.integer("timeout", 0, 0, int64(maxPoll/time.Second))) * time.Second
	limit := int(p.integer("limit", 100, 1, 100))
	s.mu.Lock()
	if s.hook != nil {
		s.mu.Unlock()
		return nil, conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
	}
	s.inbox.allow(p)
	before := len(s.inbox.waiting)
	s.inbox.confirm(p.integer("offset", 0, -1<<31, 1<<52))
	if len(s.inbox.waiting) != before {
		s.notify()
	}
	if s.inbox.poll != nil {
		s.inbox.poll.oust("other getUpdates request; make sure that only one bot instance is running")
	}
	mine := &poll{arrived: make(chan struct{}, 1), ousted: make(chan error, 1)}
	s.inbox.poll = mine
	s.mu.Unlock()

	err := s.await(ctx, mine, timeout)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inbox.poll == mine {
		s.inbox.poll = nil
	}
	if err != nil {
		return nil, err
	}
	return s.inbox.take(limit, metFault(ctx)), nil
}

// await returns when there is something for a poll to take, or its time is up.
func (s *Server) await(ctx context.Context, mine *poll, timeout time.Duration) error {
	s.mu.Lock()
	ready := len(s.inbox.waiting)+len(s.inbox.again) > 0
	s.mu.Unlock()
	if ready || timeout == 0 {
		return nil
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case why := <-mine.ousted:
		return why
	case <-mine.arrived:
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}

// confirm forgets what is below a positive offset; a negative one keeps that
// many of the newest.
func (in *inbox) confirm(offset int64) {
	switch {
	case offset > 0:
		in.waiting = slices.DeleteFunc(in.waiting, func(u update) bool { return u.id < offset })
	case offset < 0:
		in.waiting = in.waiting[max(0, len(in.waiting)+int(offset)):]
	}
}

// take returns up to limit updates, which stay until they are confirmed. With a
// duplicate, each comes two times, and once more with the next call whatever that
// one confirms.
func (in *inbox) take(limit int, f Fault) []update {
	fresh := slices.Clone(in.waiting[:min(limit, len(in.waiting))])
	answer := append(in.again, fresh...)
	in.again = nil
	if f.duplicate {
		answer = append(answer, fresh...)
		in.again = fresh
	}
	if f.reorder {
		slices.Reverse(answer)
	}
	if answer == nil {
		answer = []update{}
	}
	return answer
}
