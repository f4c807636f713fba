package bot

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// errFull is what a database on a full disk says.
var errFull = errors.New("database or disk is full")

// refusals waits until the full disk has refused so many writes more.
func (s *stage) refusals(n int) {
	s.t.Helper()
	count := func() (n int) {
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		return s.store.refused
	}
	before := count()
	s.until("refused writes", func() bool { return count() >= before+n })
}

// fill makes the disk full, or not.
func (s *stage) fill(err error) { s.store.change(func() { s.store.full = err }) }

// TestStoreIsDown keeps a tap until the store works again, whether that can't be
// read or only not be written.
func TestStoreIsDown(t *testing.T) {
	for name, set := range map[string]func(*fake, error){
		"down": func(f *fake, err error) { f.down = err },
		"full": func(f *fake, err error) { f.full = err },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.start()
			s.held(17, "Troll", "You moron")
			card := s.card("#17")
			s.quiet()
			s.store.change(func() { set(s.store, errFull) })
			query, err := s.telegram.Press(mods, card.ID, "Approve", anna)
			if err != nil {
				t.Fatal(err)
			}
			s.until("more tries than any other failure has", func() bool {
				return strings.Count(s.log.String(), "update not done, to be tried again") > 2*10
			})
			if s.telegram.Pending() != 1 || strings.Contains(s.log.String(), "given up") {
				t.Errorf("%d updates wait\n%s", s.telegram.Pending(), s.log)
			}
			s.store.change(func() { set(s.store, nil) })
			s.until("a decided card", func() bool { return len(labels(s.cards(mods)[0])) == 1 })
			if made := s.store.decisions(); len(made) != 1 {
				t.Errorf("decisions %+v", made)
			}
			if _, _, answered := s.telegram.Answer(query); !answered {
				t.Error("the tap is not answered")
			}
			s.quiet()
		})
	}
}

// TestFullDiskSendsACardOnce can't store which message shows the case: it does
// so later, instead of sending another one.
func TestFullDiskSendsACardOnce(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.fill(errFull)
	id := s.held(17, "Troll", "You moron")
	s.refusals(20)
	if n := len(s.cards(mods)); n != 1 {
		t.Errorf("%d cards", n)
	}
	s.store.alter(id, func(v *moderation.CaseView) { v.Comment.Text = "You dear" })
	s.refusals(5)
	s.fill(nil)
	s.card("You dear")
	s.quiet()
	cards, err := s.store.CardsOf(t.Context(), id)
	if list := s.cards(mods); err != nil || len(list) != 1 || len(cards) != 1 || cards[0].Message != list[0].ID || cards[0].Version != 2 {
		t.Errorf("cards %+v, %v; the chat shows %+v", cards, err, list)
	}
}

// TestFullDiskShowsACardOnce is the same for /show.
func TestFullDiskShowsACardOnce(t *testing.T) {
	s := newStage(t)
	s.start()
	id := s.held(17, "Troll", "You moron")
	old := s.card("#17")
	s.quiet()
	s.fill(errFull)
	s.telegram.Say(mods, anna, "/show 17")
	s.refusals(20)
	if n := len(s.cards(mods)); n != 2 {
		t.Errorf("%d cards", n)
	}
	s.fill(nil)
	s.quiet()
	cards, err := s.store.CardsOf(t.Context(), id)
	list := s.cards(mods)
	if err != nil || len(list) != 1 || list[0].ID == old.ID || len(cards) != 1 || cards[0].Message != list[0].ID {
		t.Errorf("cards %+v, %v; the chat shows %+v", cards, err, list)
	}
	s.telegram.Say(mods, anna, "/show 17")
	s.until("another card", func() bool { return s.cards(mods)[0].ID != list[0].ID })
	s.quiet()
}

// TestRefusalIsNotRepeated gives an update up at once where the same would be
// refused again.
func TestRefusalIsNotRepeated(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.store.change(func() { s.store.down = fmt.Errorf("%w: strange", moderation.ErrInvalid) })
	s.telegram.Say(mods, anna, "/queue")
	s.logged("update given up")
	s.store.change(func() { s.store.down = nil })
	if strings.Contains(s.log.String(), "to be tried again") {
		t.Errorf("log %s", s.log)
	}
}

// TestFullDiskTellsNoDigestTwice does not tell a digest at each tick because it can't
// write down that it was told.
func TestFullDiskTellsNoDigestTwice(t *testing.T) {
	s := newStage(t)
	s.held(17, "Troll", "You moron")
	s.start()
	s.card("#17")
	s.quiet()
	at := moderation.Spot{Chat: mods}
	if err := s.store.ChangeChatState(t.Context(), at, func(state *moderation.ChatState) { state.QuietSince = s.clock() }); err != nil {
		t.Fatal(err)
	}
	s.fill(errFull)
	for range 3 {
		_ = s.bot.Tick(t.Context()) // which fails, and says so in the log
	}
	before := len(s.cards(mods))
	s.fill(nil)
	for range 3 {
		if err := s.bot.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if after := len(s.cards(mods)); before != 1 || after > 2 {
		t.Errorf("%d messages while the disk was full, and %d after", before, after)
	}
}

// erasedInFlight is a stage whose store forgets the case of a comment as soon as its card
// is sent, before it can be stored.
func erasedInFlight(t *testing.T) (*stage, moderation.CaseID) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.fill(errFull)
	id := s.held(17, "Troll", "You moron")
	s.card("#17")
	s.refusals(1)
	return s, id
}

// erase forgets a case, as another process does that erases its author.
func (s *stage) erase(id moderation.CaseID) {
	s.store.change(func() {
		delete(s.store.cases, id)
		s.store.full = nil
	})
}

// TestCardErasedInFlightIsTakenAway takes a card away whose author was erased while it
// was sent, also where Telegram does not take that at first.
func TestCardErasedInFlightIsTakenAway(t *testing.T) {
	for name, hinder := range map[string]func(*stage){
		"at once": func(*stage) {},
		"later":   func(s *stage) { s.telegram.Fault("deleteMessage", 2, telegramtest.TooMany(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, id := erasedInFlight(t)
			s.flows()
			hinder(s)
			s.erase(id)
			s.until("no card", func() bool { return len(s.cards(mods)) == 0 })
			s.quiet()
		})
	}
}

// TestCardErasedWhileSent takes a card away whose case is gone when it is to be stored.
func TestCardErasedWhileSent(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.store.change(func() { s.store.goes = true })
	s.held(17, "Troll", "You moron")
	s.until("a case that is gone", func() bool {
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		return !s.store.goes
	})
	s.until("a card that is gone", func() bool { return len(s.cards(mods)) == 0 })
	s.quiet()
}
