package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/moderation"
)

// fake is desk, cases, cards and rosters in memory, with the outbox that the
// store would have.
type fake struct {
	Archive     // nil: what no conversation with the fake needs
	RaidRecords // none: their conversations are cmd/gatehouse's
	RaidDesk

	now func() time.Time
	tag string // what the tags of its cases begin with: five characters of 0-9a-f

	mu      sync.Mutex
	changed chan struct{} // closed at the next change
	cases   map[moderation.CaseID]*moderation.CaseView
	made    []moderation.Decision // all decisions; number n is made[n-1]
	undone  map[moderation.DecisionID]bool
	keys    map[string]moderation.Outcome
	cards   map[place]moderation.Card
	roster  moderation.Roster
	outbox  []moderation.Delivery
	sending int
	down    error                         // what every call fails with
	full    error                         // what every call that writes fails with
	refused int                           // how often full made one fail
	ones    map[moderation.CommentID]bool // what is in the persona
	calls   int                           // how often Decide or Undo did something
	panics  bool                          // Decide panics once
	goes    bool                          // the next case of which a card is stored is gone by then

	marks  []moderation.Mark       // those that stand
	modes  []moderation.ModeChange // those that stand
	swept  map[moderation.MarkID][]moderation.CommentID
	skips  map[moderation.CaseID]time.Time
	states map[moderation.Spot]moderation.ChatState
	sites  []moderation.Site
}

func newFake(now func() time.Time) *fake {
	return &fake{
		now: now, tag: "7a700", changed: make(chan struct{}),
		cases:  make(map[moderation.CaseID]*moderation.CaseView),
		undone: make(map[moderation.DecisionID]bool),
		keys:   make(map[string]moderation.Outcome),
		cards:  make(map[place]moderation.Card),
		ones:   make(map[moderation.CommentID]bool),
		swept:  make(map[moderation.MarkID][]moderation.CommentID),
		skips:  make(map[moderation.CaseID]time.Time),
		states: make(map[moderation.Spot]moderation.ChatState),
		sites:  []moderation.Site{{ID: 1, Name: "blog", Mode: moderation.ModeNormal}},
	}
}

// change does something to the fake and tells whoever waits.
func (f *fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	close(f.changed)
	f.changed = make(chan struct{})
}

// read looks at the fake, or returns why it is down.
func (f *fake) read(do func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return f.down
	}
	return do()
}

// write is read for what changes the fake: it may fail alone, and tells whoever
// waits.
func (f *fake) write(do func() error) error {
	err := f.read(func() error {
		if f.full != nil {
			f.refused++
			return f.full
		}
		return do()
	})
	f.change(func() {})
	return err
}

// next returns a channel that is closed at the next change.
func (f *fake) next() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// hold adds an open case; its number is the comment's plus 100.
func (f *fake) hold(v moderation.CaseView) {
	f.change(func() {
		v.Case = moderation.Case{
			ID: moderation.CaseID(v.Comment.ID + 100), Comment: v.Comment.ID, Revision: 1,
			Tag:   fmt.Sprintf("%s%03d", f.tag, v.Comment.ID+100),
			State: moderation.CaseOpen, Version: 1, OpenedAt: f.now(),
		}
		f.cases[v.Case.ID] = &v
		f.tell(v.Case.ID)
	})
}

// alter changes a case as the store would: with a new version and a delivery.
func (f *fake) alter(id moderation.CaseID, do func(*moderation.CaseView)) {
	f.change(func() {
		do(f.cases[id])
		f.cases[id].Case.Version++
		f.tell(id)
	})
}

// tell adds a delivery. f.mu is held.
func (f *fake) tell(id moderation.CaseID) {
	f.outbox = append(f.outbox, moderation.Delivery{
		Kind: moderation.DeliverCard, Payload: json.RawMessage(fmt.Sprintf(`{"case": %d}`, id)),
	})
}

func (f *fake) ofComment(id moderation.CommentID) *moderation.CaseView {
	for _, v := range f.cases {
		if v.Comment.ID == id {
			return v
		}
	}
	return nil
}

func (f *fake) Decide(_ context.Context, o moderation.Order) (out moderation.Outcome, err error) {
	err = f.write(func() error {
		if out = f.keys[o.Key]; out.Decision.ID != 0 {
			out.Repeated = true
			return nil
		}
		if f.panics {
			f.panics = false
			panic("the desk is on fire")
		}
		v := f.ofComment(o.Comment)
		switch {
		case v == nil:
			return fmt.Errorf("decide: %w", moderation.ErrNotFound)
		case v.Case.State == moderation.CaseWithdrawn:
			return moderation.ErrWithdrawn
		case o.Revision != 0 && o.Revision != v.Case.Revision:
			return moderation.ErrStale
		case v.Decision != nil:
			return fmt.Errorf("decide: %w", &moderation.DecidedError{Standing: *v.Decision})
		}
		d := f.record(o.Key, &out, moderation.Decision{Comment: o.Comment, Revision: v.Case.Revision,
			Choice: o.Choice, By: o.By, Via: o.Via, At: f.now(), Before: moderation.Held, After: o.Choice.Status()})
		v.Decision, v.Case.State, v.Case.ClosedAt = &d, moderation.CaseDecided, f.now()
		v.Case.Version++
		f.tell(v.Case.ID)
		return nil
	})
	return out, err
}

func (f *fake) Undo(_ context.Context, o moderation.UndoOrder) (out moderation.Outcome, err error) {
	err = f.write(func() error {
		if out = f.keys[o.Key]; out.Decision.ID != 0 {
			out.Repeated = true
			return nil
		}
		v := f.ofComment(o.Comment)
		if v == nil || v.Decision == nil && o.Decision == 0 {
			return moderation.ErrNotFound
		}
		id := o.Decision
		if id == 0 {
			id = v.Decision.ID
		}
		if int(id) > len(f.made) || f.made[id-1].Comment != o.Comment {
			return fmt.Errorf("undo: %w", moderation.ErrNotFound)
		}
		if f.undone[id] {
			return moderation.ErrAlreadyDecided
		}
		if d := f.made[id-1]; o.Own && d.By.ID != o.By.ID {
			return &moderation.DecidedError{Standing: d}
		}
		f.undone[id] = true
		f.record(o.Key, &out, moderation.Decision{Comment: o.Comment, Choice: moderation.ChooseUndo,
			By: o.By, Via: o.Via, At: f.now(), Before: f.made[id-1].After, After: moderation.Held, Supersedes: id})
		v.Decision, v.Case.State = nil, moderation.CaseOpen
		v.Case.Version++
		f.tell(v.Case.ID)
		return nil
	})
	return out, err
}

func (f *fake) AddToPersona(_ context.Context, o moderation.PersonaOrder) (p moderation.Persona, err error) {
	err = f.write(func() error {
		for _, id := range o.Comments {
			if v := f.ofComment(id); v == nil || v.Decision == nil || v.Decision.After != moderation.Rejected {
				return moderation.ErrInvalid
			}
			f.ones[id] = true
		}
		p = moderation.Persona{Name: moderation.PersonaName, Texts: len(f.ones)}
		return nil
	})
	return p, err
}

// record numbers a decision and remembers its outcome. f.mu is held.
func (f *fake) record(key string, out *moderation.Outcome, d moderation.Decision) moderation.Decision {
	f.calls++
	d.ID = moderation.DecisionID(len(f.made) + 1)
	f.made = append(f.made, d)
	*out = moderation.Outcome{Decision: d, Status: d.After}
	f.keys[key] = *out
	return d
}

// decisions returns all decisions.
func (f *fake) decisions() []moderation.Decision {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.made)
}

func (f *fake) Case(_ context.Context, id moderation.CaseID) (v moderation.CaseView, err error) {
	err = f.read(func() error {
		c, ok := f.cases[id]
		if !ok {
			return moderation.ErrNotFound
		}
		v = *c
		return nil
	})
	return v, err
}

func (f *fake) View(_ context.Context, id moderation.CommentID) (v moderation.CaseView, err error) {
	err = f.read(func() error {
		c := f.ofComment(id)
		if c == nil {
			return moderation.ErrNotFound
		}
		v = *c
		return nil
	})
	return v, err
}

func (f *fake) OpenCases(_ context.Context, sites []moderation.SiteID, limit int) (views []moderation.CaseView, total int, err error) {
	err = f.read(func() error {
		views = f.open(sites)
		total = len(views)
		views = views[:min(total, limit)]
		return nil
	})
	return views, total, err
}

// open returns the open cases of sites, urgent and old ones first. f.mu is held.
func (f *fake) open(sites []moderation.SiteID) (views []moderation.CaseView) {
	for _, id := range slices.Sorted(maps.Keys(f.cases)) {
		if c := f.cases[id]; c.Case.State == moderation.CaseOpen && isOf(c.Site.ID, sites) {
			views = append(views, *c)
		}
	}
	slices.SortStableFunc(views, func(a, b moderation.CaseView) int {
		return -cmp.Compare(strconv.FormatBool(a.Verdict.Urgent()), strconv.FormatBool(b.Verdict.Urgent()))
	})
	return views
}

func (f *fake) CardsOf(_ context.Context, id moderation.CaseID) (list []moderation.Card, err error) {
	err = f.read(func() error {
		for _, c := range f.cards {
			if c.Case == id {
				list = append(list, c)
			}
		}
		slices.SortFunc(list, func(a, b moderation.Card) int { return cmp.Compare(a.Message, b.Message) })
		return nil
	})
	return list, err
}

func (f *fake) PutCard(_ context.Context, c moderation.Card, _ bool) error {
	return f.write(func() error {
		if f.goes {
			f.goes = false
			delete(f.cases, c.Case)
		}
		if f.cases[c.Case] == nil {
			return fmt.Errorf("%w: case %d", moderation.ErrNotFound, c.Case)
		}
		f.cards[place{chat: c.Chat, message: c.Message}] = c
		return nil
	})
}

func (f *fake) DropCard(_ context.Context, chat int64, message int) error {
	return f.write(func() error {
		delete(f.cards, place{chat: chat, message: message})
		return nil
	})
}

func (f *fake) EnqueueStale(context.Context) (n int, err error) {
	err = f.write(func() error {
		for id, v := range f.cases {
			for _, c := range f.cards {
				if c.Case == id && c.Version != v.Case.Version {
					f.tell(id)
					n++
					break
				}
			}
		}
		return nil
	})
	return n, err
}

// shows reports whether a spot has a card of a case. f.mu is held.
func (f *fake) shows(at moderation.Spot, id moderation.CaseID) bool {
	for _, c := range f.cards {
		if c.Case == id && c.Spot() == at {
			return true
		}
	}
	return false
}

func (f *fake) OpenCards(_ context.Context, at moderation.Spot) (n, urgent int, err error) {
	err = f.read(func() error {
		for id, v := range f.cases {
			if v.Case.State != moderation.CaseOpen || !f.shows(at, id) {
				continue
			}
			if n++; v.Verdict.Urgent() {
				urgent++
			}
		}
		return nil
	})
	return n, urgent, err
}

func (f *fake) CardsIn(_ context.Context, at moderation.Spot) (list []moderation.Card, err error) {
	err = f.read(func() error {
		for _, c := range f.cards {
			if c.Spot() == at && f.cases[c.Case].Case.State == moderation.CaseOpen {
				list = append(list, c)
			}
		}
		return nil
	})
	return list, err
}

func (f *fake) NextCases(_ context.Context, q moderation.SpotQuery, limit int) (list []moderation.Waiting, err error) {
	err = f.read(func() error {
		for _, v := range f.open(q.Sites) {
			if !f.shows(q.Spot, v.Case.ID) && !q.Now.Before(f.skips[v.Case.ID]) && len(list) < limit {
				list = append(list, moderation.Waiting{Case: v.Case.ID, Urgent: v.Verdict.Urgent()})
			}
		}
		return nil
	})
	return list, err
}

func (f *fake) Queue(_ context.Context, sites []moderation.SiteID) (q moderation.Queue, err error) {
	err = f.read(func() error {
		for _, v := range f.open(sites) {
			q.Waiting++
			if q.Oldest.IsZero() || v.Case.OpenedAt.Before(q.Oldest) {
				q.Oldest = v.Case.OpenedAt
			}
		}
		return nil
	})
	return q, err
}

func (f *fake) Digest(ctx context.Context, sites []moderation.SiteID, _ time.Time) (moderation.Digest, error) {
	q, err := f.Queue(ctx, sites)
	return moderation.Digest{Waiting: q.Waiting, Held: q.Waiting, Oldest: q.Oldest}, err
}

func (f *fake) Skip(_ context.Context, id moderation.CaseID, _ moderation.Spot, until time.Time) error {
	return f.write(func() error {
		f.skips[id] = until
		return nil
	})
}

func (f *fake) ChatState(_ context.Context, at moderation.Spot) (s moderation.ChatState, err error) {
	err = f.read(func() error {
		s = f.states[at]
		return nil
	})
	return s, err
}

func (f *fake) ChangeChatState(_ context.Context, at moderation.Spot, change func(*moderation.ChatState)) error {
	return f.write(func() error {
		s := f.states[at]
		change(&s)
		f.states[at] = s
		return nil
	})
}

func (f *fake) Placements(context.Context) (list []moderation.Placement, err error) {
	err = f.read(func() error {
		for _, s := range f.sites {
			list = append(list, moderation.Placement{Site: s.ID, Name: s.Name, To: s.Cards})
		}
		return nil
	})
	return list, err
}

func (f *fake) MoveChat(_ context.Context, from, to int64) (was bool, err error) {
	err = f.write(func() error {
		maps.DeleteFunc(f.cards, func(at place, _ moderation.Card) bool { return at.chat == from })
		if f.roster.Home.Chat == from {
			was, f.roster.Home.Chat = true, to
		}
		return nil
	})
	return was, err
}

func (f *fake) Roster(context.Context) (r moderation.Roster, err error) {
	err = f.read(func() error {
		r = f.roster
		return nil
	})
	return r, err
}

func (f *fake) Pair(_ context.Context, r moderation.Roster) error {
	return f.write(func() error {
		f.roster = r
		return nil
	})
}

// deliver is the outbox's runner: it sends until ctx ends, one at a time, and
// tries again what may pass.
func (f *fake) deliver(ctx context.Context, b *Bot) {
	for ctx.Err() == nil {
		next := f.next()
		d, ok := f.claim()
		if !ok {
			select {
			case <-next:
			case <-ctx.Done():
			}
			continue
		}
		recoverable, err := b.Send(ctx, d)
		again := err != nil && recoverable
		f.change(func() {
			f.sending--
			if again {
				f.outbox = append(f.outbox, d)
			}
		})
		if again {
			breathe(ctx, err)
		}
	}
}

// breathe waits a moment after err, or as long as Telegram asked, shortened a
// hundredfold.
func breathe(ctx context.Context, err error) {
	d := 5 * time.Millisecond
	var later *moderation.LaterError
	if errors.As(err, &later) {
		d = later.After / 100
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// claim takes the oldest delivery.
func (f *fake) claim() (d moderation.Delivery, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.outbox) == 0 {
		return d, false
	}
	d, f.outbox = f.outbox[0], f.outbox[1:]
	f.sending++
	return d, true
}

// idle reports whether nothing is left to deliver.
func (f *fake) idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.outbox) == 0 && f.sending == 0
}
