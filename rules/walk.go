package rules

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gatehouse/internal/moderation"
)

// bookTime is how long a comment's way through a book may take: less than the
// service waits for a check, so that it hears which rule it was and what the
// others say. One rule may take a quarter of it.
const (
	bookTime = 4 * time.Second
	quarters = 4
)

// longComment is the length, in bytes, from which on a comment is watched on its
// way from the beginning. Shorter ones are walked again under watch where the
// first way took long: watching costs as much as some ten rules.
const longComment = 8 << 10

// Where a walk is before its first rule, and no place in particular.
const (
	atLists  = -1
	anywhere = -2
)

// walk is a comment on its way past the rules of a book. Somebody who watches it
// may leave it behind at a rule that takes too long.
type walk struct {
	book    *Book
	watched bool
	quarter time.Duration // that a rule may take
	end     time.Time     // of the time for all
	began   time.Time     // the rule under way; only if watched

	mu   sync.Mutex // of what follows, if watched
	left bool       // nobody waits for it
	at   int        // the rule under way
	outcome
}

// outcome is what walks found.
type outcome struct {
	signals []moderation.Signal
	hits    []int // the rules that the signals are of
	errs    []error
}

// newWalk returns a walk that takes less time than whoever asks waits.
func (b *Book) newWalk(ctx context.Context) *walk {
	all := bookTime
	if end, ok := ctx.Deadline(); ok {
		all = max(min(all, time.Until(end)*4/5), quarters)
	}
	return &walk{book: b, at: atLists, quarter: all / quarters, end: time.Now().Add(all)}
}

// again returns a walk from the beginning, within the same time.
func (w *walk) again() *walk {
	return &walk{book: w.book, watched: w.watched, at: atLists, quarter: w.quarter, end: w.end}
}

// run looks for the entries of lists, then asks each rule from a number on that
// may hit.
func (w *walk) run(ctx context.Context, s *state, from int) {
	sound := w.guard(s.scan)
	for from < len(w.book.rules) {
		sound = w.guard(func() { w.pass(ctx, s, from) }) && sound
		from = w.at + 1
	}
	if sound { // else the state may be broken: it is left to the collector
		w.book.release(s)
	}
}

// guard does a step, and takes a panic for the failure of the rule under way. It
// reports whether there was none.
func (w *walk) guard(step func()) (sound bool) {
	defer func() {
		if p := recover(); p != nil {
			w.fail(fmt.Errorf("panic: %v", p))
		}
	}()
	step()
	return true
}

// pass asks the rules from a number on.
func (w *walk) pass(ctx context.Context, s *state, from int) {
	for i := range s.awake() {
		if i < from {
			continue
		}
		if !w.enter(i) {
			break
		}
		if err := w.over(ctx); err != nil {
			w.fail(err)
			break
		}
		hit, err := s.holds(w.book.rules[i])
		if hit || err != nil || w.watched {
			w.settle(s, hit, err)
		}
	}
	w.enter(len(w.book.rules))
}

// settle keeps what the rule under way found, or why it found nothing.
func (w *walk) settle(s *state, hit bool, err error) {
	var signal moderation.Signal
	if hit {
		signal = w.book.rules[w.at].signal(s)
	}
	switch {
	case err != nil:
		w.fail(err)
	case w.late():
		w.fail(w.tooLong())
	case hit:
		w.found(signal)
	}
}

// enter notes that rule i is under way, and reports whether anybody still waits.
func (w *walk) enter(i int) bool {
	if !w.watched {
		w.at = i
		return true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.began = i, time.Now()
	return !w.left
}

// over returns why there is no time left.
func (w *walk) over(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("no time left: %w", err)
	}
	if w.watched && w.began.After(w.end) {
		return w.noTime()
	}
	return nil
}

// late reports whether the rule under way took too long.
func (w *walk) late() bool { return w.watched && time.Since(w.began) > w.quarter }

// tooLong says that a rule took too long.
func (w *walk) tooLong() error { return fmt.Errorf("took longer than %s", w.quarter) }

// noTime says that all rules together did.
func (w *walk) noTime() error { return fmt.Errorf("no time left after %s", quarters*w.quarter) }

// found keeps the signal of the rule under way.
func (w *walk) found(s moderation.Signal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hits, w.signals = append(w.hits, w.at), append(w.signals, s)
}

// fail keeps why the rule under way failed.
func (w *walk) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failLocked(err)
}

// failLocked is fail where w.mu is held. A rule that is only tried out in shadow
// can't hold a comment by failing.
func (w *walk) failLocked(err error) {
	if w.at == atLists {
		w.errs = append(w.errs, fmt.Errorf("check lists: %w", err))
		return
	}
	r := w.book.rules[w.at]
	err = fmt.Errorf("check rule %q: %w", r.name, err)
	if !r.shadow {
		w.errs = append(w.errs, err)
		return
	}
	w.hits = append(w.hits, w.at)
	w.signals = append(w.signals, moderation.Signal{Check: checkName, Rule: r.name, Shadow: true, Err: err})
}

// progress returns the rule that w is at.
func (w *walk) progress() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// leave ends the waiting for w if it is at a rule still, or anywhere: that rule
// has failed by err.
func (w *walk) leave(still int, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if still != anywhere && still != w.at {
		return false
	}
	w.left = true
	if w.at < len(w.book.rules) {
		w.failLocked(err)
	}
	return true
}

// add adds what w found, which is at its end or left behind.
func (o *outcome) add(w *walk) outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	o.signals, o.hits, o.errs = append(o.signals, w.signals...), append(o.hits, w.hits...), append(o.errs, w.errs...)
	return *o
}

// walkAll takes a comment past all rules.
func (b *Book) walkAll(ctx context.Context, sub moderation.Submission) outcome {
	w := b.newWalk(ctx)
	if length(sub) < longComment {
		w.run(ctx, b.state(sub), 0)
		if ctx.Err() != nil || time.Until(w.end) > (quarters-1)*w.quarter {
			return w.outcome
		}
		w = w.again()
	}
	w.watched = true
	return b.watch(ctx, w, sub)
}

// length returns how long the texts of a submission are.
func length(sub moderation.Submission) int {
	return len(sub.Comment.Text) + len(sub.Comment.Body) + len(sub.Parent.Text) + len(sub.Parent.Author) + len(sub.Post.Title) +
		len(sub.Author.Name) + len(sub.Author.URL) + len(sub.Author.Email) + len(sub.Author.UserAgent) + len(sub.Fields.Honeypot)
}

// watch takes a comment past all rules. It leaves a rule that takes too long
// behind, and goes on at the next one.
func (b *Book) watch(ctx context.Context, w *walk, sub moderation.Submission) (all outcome) {
	ticker := time.NewTicker(w.quarter)
	defer ticker.Stop()
	done, last := b.start(ctx, w, sub, 0), anywhere
	for left := quarters; ; {
		select {
		case <-done:
			return all.add(w)
		case <-ctx.Done():
			w.leave(anywhere, ctx.Err())
			return all.add(w)
		case <-ticker.C:
			left--
		}
		at := w.progress()
		switch {
		case left == 0:
			w.leave(anywhere, w.noTime())
			return all.add(w)
		case at != last:
			last = at
		case w.leave(at, w.tooLong()):
			all.add(w)
			if at == atLists {
				return all // every walk begins there
			}
			w = w.again()
			done, last = b.start(ctx, w, sub, at+1), anywhere
		}
	}
}

// start has w run beside, and returns what is closed at its end.
func (b *Book) start(ctx context.Context, w *walk, sub moderation.Submission, from int) <-chan struct{} {
	done := make(chan struct{})
	s := b.state(sub)
	go func() {
		defer close(done)
		w.run(ctx, s, from)
	}()
	return done
}
