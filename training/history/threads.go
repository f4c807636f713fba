package history

import (
	"hash/maphash"
	"slices"

	"gatehouse/internal/moderation"
)

// How much may wait for its parent.
const (
	maxWaiting      = 20_000
	maxWaitingBytes = 16 << 20
)

// threads hands comments on so that parents come before those who answer them.
// Blogs list the newest first, too; then an answer waits until its parent has
// come. What waits is bounded: where it grows too large, or the file ends,
// everything is handed on as it is.
type threads struct {
	yield func(moderation.Past) error
	seed  maphash.Seed
	came  map[uint64]struct{} // hashes of the ids that were handed on, or never will be
	// waiting are those whose parent has not come, by its id, and order the
	// parents' ids in the order in which they were first waited for.
	waiting map[string][]moderation.Past
	order   []string
	count   int
	bytes   int
	ids     map[uint64]struct{} // hashes of the ids that wait
}

func newThreads(yield func(moderation.Past) error) *threads {
	return &threads{yield: yield, seed: maphash.MakeSeed(), came: map[uint64]struct{}{},
		waiting: map[string][]moderation.Past{}, ids: map[uint64]struct{}{}}
}

func (t *threads) hash(id string) uint64 { return maphash.String(t.seed, id) }

// isNew says whether no comment with this id has come yet.
func (t *threads) isNew(id string) bool {
	h := t.hash(id)
	_, came := t.came[h]
	_, waits := t.ids[h]
	return !came && !waits
}

// passOver says that the comment with this id is not handed on: nobody needs to
// wait for it.
func (t *threads) passOver(id string) {
	if id != "" {
		t.came[t.hash(id)] = struct{}{}
	}
}

// take hands a comment on, and those that waited for it, or lets it wait.
func (t *threads) take(p moderation.Past) error {
	c := p.Arrival.Comment
	parent := c.ParentID
	if parent != "" && parent != c.PlatformID && p.Arrival.Parent == (moderation.Parent{}) && t.isAwaited(parent) {
		if len(t.waiting[parent]) == 0 {
			t.remember(parent)
		}
		t.waiting[parent] = append(t.waiting[parent], p)
		t.ids[t.hash(c.PlatformID)] = struct{}{}
		t.count++
		t.bytes += len(c.Body) + len(c.Text)
		if t.count > maxWaiting || t.bytes > maxWaitingBytes {
			return t.flush()
		}
		return nil
	}
	return t.hand(p)
}

// remember notes that a parent is waited for, and forgets those that have come.
func (t *threads) remember(parent string) {
	if len(t.order) > 2*maxWaiting {
		t.order = slices.DeleteFunc(t.order, func(id string) bool { return len(t.waiting[id]) == 0 })
	}
	t.order = append(t.order, parent)
}

// isAwaited says whether the comment with this id has not been handed on.
func (t *threads) isAwaited(id string) bool {
	_, came := t.came[t.hash(id)]
	return !came
}

// hand hands a comment on and then, without recursion, whatever waited for it.
func (t *threads) hand(p moderation.Past) error {
	for next := []moderation.Past{p}; len(next) > 0; {
		c := next[0].Arrival.Comment
		if err := t.yield(next[0]); err != nil {
			return yieldError{err}
		}
		h := t.hash(c.PlatformID)
		t.came[h] = struct{}{}
		delete(t.ids, h)
		next = append(next[1:], t.waiting[c.PlatformID]...)
		for _, answer := range t.waiting[c.PlatformID] {
			t.count--
			t.bytes -= len(answer.Arrival.Comment.Body) + len(answer.Arrival.Comment.Text)
		}
		delete(t.waiting, c.PlatformID)
	}
	return nil
}

// flush hands on everything that waits. Those go first whose parent does not wait
// itself.
func (t *threads) flush() error {
	order := t.order
	t.order = nil
	for _, waits := range []bool{false, true} {
		for _, parent := range order {
			if _, parentWaits := t.ids[t.hash(parent)]; parentWaits && !waits {
				continue
			}
			answers := t.waiting[parent]
			delete(t.waiting, parent)
			for _, p := range answers {
				t.count--
				t.bytes -= len(p.Arrival.Comment.Body) + len(p.Arrival.Comment.Text)
				if err := t.hand(p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
