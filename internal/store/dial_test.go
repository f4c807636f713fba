package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

var mo = moderation.Actor{ID: "telegram:1", Name: "Mo"}

// insults is a check that holds what calls somebody a moron.
type insults struct{}

func (insults) Name() string { return "rules" }

func (insults) Check(_ context.Context, s moderation.Submission) (moderation.Report, error) {
	if !strings.Contains(s.Comment.Text, "moron") {
		return moderation.Report{}, nil
	}
	return moderation.Report{Signals: []moderation.Signal{{Check: "rules", Rule: "insult", Label: moderation.Abuse, Action: moderation.Hold, Score: 1}}}, nil
}

// service is the real one over the world's database.
func (w *world) service() *moderation.Service {
	return &moderation.Service{Ledger: w, Records: w, Blogs: w, Archive: w, History: w, Marks: w, Traces: w, Dial: w, Raids: w, Crowds: w,
		Checkers: []moderation.Checker{insults{}, moderation.StandingCheck{}}, Bell: &moderation.Bell{},
		Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
}

// submit sends a comment of somebody's through the service.
func (w *world) submit(s *moderation.Service, id, body string, by moderation.Author) moderation.Receipt {
	w.t.Helper()
	a := w.arrival(id, body)
	a.Author = by
	r, err := s.Submit(w.t.Context(), a)
	w.must(err)
	return r
}

// person is somebody with an identity, in an address range of their own.
func person(n int) moderation.Author {
	return moderation.Author{Name: fmt.Sprint("Person ", n), Email: fmt.Sprintf("p%d@example.test", n), IP: netip.AddrFrom4([4]byte{11, 0, byte(n), 7})}
}

func TestABannedAuthorIsRejectedUntilTheBanEnds(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	mallory, other := person(1), person(2)
	first := w.submit(s, "1", "You moron.", mallory)
	w.submit(s, "2", "What a moron.", mallory)
	decided := w.submit(s, "3", "Such a moron.", mallory)
	w.submit(s, "4", "You moron.", other)
	w.decide(decided.Comment, moderation.ChooseApprove)

	mark := moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: moderation.ByIdentity, Comment: first.Comment, Reason: "insults", By: mo,
		Until: w.now.Add(24 * time.Hour), Key: "tap"}
	if n, err := s.Waiting(t.Context(), mark); err != nil || n != 2 {
		t.Errorf("%d comments of theirs wait, %v; want 2", n, err)
	}
	done, err := s.Mark(t.Context(), mark, true)
	w.must(err)
	if done.Rejected != 2 || done.Waiting != 0 || done.Mark.Shown != "Person 1" {
		t.Errorf("marked: %+v", done)
	}
	again, err := s.Mark(t.Context(), mark, true)
	w.must(err)
	if again.Mark.ID != done.Mark.ID || again.Rejected != 0 {
		t.Errorf("the same order again: %+v", again)
	}
	r := w.submit(s, "5", "A friendly word.", mallory)
	if r.Status != moderation.Rejected || r.Verdict.Reasons[0].Detail != "banned by Mo until 2026-03-02 12:00: insults" {
		t.Errorf("a banned author's comment: %s, %+v", r.Status, r.Verdict.Reasons)
	}
	w.now = w.now.Add(24 * time.Hour)
	if r := w.submit(s, "6", "A friendly word more.", mallory); r.Verdict.Action == moderation.Reject {
		t.Errorf("after the end of the ban: %+v", r.Verdict.Reasons)
	}
}

func TestLiftingABanBringsBackWhatWentWithIt(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	first := w.submit(s, "1", "You moron.", person(1))
	second := w.submit(s, "2", "What a moron.", person(1))
	done, err := s.Mark(t.Context(), moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: moderation.ByIdentity, Comment: first.Comment, By: mo}, true)
	w.must(err)
	out, err := s.Undo(t.Context(), moderation.UndoOrder{Comment: second.Comment, By: mo})
	w.must(err)
	w.decide(out.Decision.Comment, moderation.ChooseAbuse)
	lifted, err := s.Lift(t.Context(), moderation.Lift{Site: w.site.ID, ID: done.Mark.ID, By: mo}, true)
	w.must(err)
	if lifted.Restored != 1 {
		t.Errorf("restored %d, want the one that was not decided anew", lifted.Restored)
	}
	w.wantCase(first.Comment, moderation.CaseOpen, 1)
	w.wantCase(second.Comment, moderation.CaseDecided, 1)
	if st := w.standingOf(moderation.Arrival{Site: w.site, Author: person(1), Comment: moderation.Comment{PlatformID: "x"}}); st.Banned || st.Rejected != 1 {
		t.Errorf("standing after the lift: %+v", st)
	}
}

// TestANameFromACommentIsMeantAsItStands: a * in it stands for itself.
func TestANameFromACommentIsMeantAsItStands(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	star := moderation.Author{Name: "*son", UserAgent: "curl*"}
	robinson := moderation.Author{Name: "Robinson", UserAgent: "curl/8"}
	from := w.submit(s, "1", "You moron.", star)
	w.submit(s, "2", "What a moron.", robinson)
	for i, by := range []moderation.Subject{moderation.ByName, moderation.ByAgent} {
		ban := moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: by, Comment: from.Comment, By: mo}
		if n, err := s.Waiting(t.Context(), ban); err != nil || n != 1 {
			t.Errorf("by %s %d comments wait, %v; want 1", by, n, err)
		}
		typed, err := s.Mark(t.Context(), moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: by, Of: star, By: mo}, false)
		w.must(err)
		literal, err := s.Mark(t.Context(), ban, false)
		w.must(err)
		if got := w.submit(s, fmt.Sprint("pattern", i), fmt.Sprint("A friendly word ", i), robinson); got.Status != moderation.Rejected {
			t.Errorf("by %s whom the typed pattern hits is %s", by, got.Status)
		}
		lifted, err := s.Lift(t.Context(), moderation.Lift{Site: w.site.ID, ID: typed.Mark.ID, By: mo}, false)
		w.must(err)
		if lifted.Still.ID != 0 {
			t.Errorf("by %s the literal stands for the pattern", by)
		}
		for name, tt := range map[string]struct {
			author moderation.Author
			want   moderation.Status
		}{"themselves": {star, moderation.Rejected}, "whom the pattern would hit": {robinson, moderation.Approved}} {
			if got := w.submit(s, fmt.Sprint(name, i), fmt.Sprint("A word of friendship ", name, i), tt.author); got.Status != tt.want {
				t.Errorf("by %s %s: %s, want %s", by, name, got.Status, tt.want)
			}
		}
		_, err = s.Lift(t.Context(), moderation.Lift{Site: w.site.ID, ID: literal.Mark.ID, By: mo}, false)
		w.must(err)
	}
}

// TestWhatWentWithABanComesBack: with all that is lifted together, and after the ban
// is over.
func TestWhatWentWithABanComesBack(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	first := w.submit(s, "1", "You moron, I said first.", person(1)).Comment
	ban := func(until time.Time) moderation.MarkID {
		w.now = w.now.Add(time.Second)
		done, err := s.Mark(t.Context(), moderation.Mark{Site: w.site.ID, Kind: moderation.MarkBan, Subject: moderation.ByIdentity, Comment: first, By: mo, Until: until}, true)
		w.must(err)
		return done.Mark.ID
	}
	lift := func(id moderation.MarkID, restore bool) moderation.Lifted {
		lifted, err := s.Lift(t.Context(), moderation.Lift{Site: w.site.ID, ID: id, By: mo}, restore)
		w.must(err)
		return lifted
	}
	ban(time.Time{})
	if l := lift(ban(time.Time{}), true); l.Restored != 1 || len(l.Together) != 2 || l.Still.ID != 0 {
		t.Errorf("two lifted together: %+v", l)
	}
	older, newer := ban(time.Time{}), ban(time.Time{})
	if l := lift(older, false); l.Still.ID != newer {
		t.Errorf("after the lift of the older one %+v stands", l.Still)
	}
	lift(newer, false)
	w.undo(w.wantCase(first, moderation.CaseDecided, 1).Decision.ID)
	short := ban(w.now.Add(time.Hour))
	w.now = w.now.Add(2 * time.Hour)
	_, err := s.Lift(t.Context(), moderation.Lift{Site: w.site.ID, ID: short, By: mo}, false)
	w.wantErr(err, moderation.ErrNotFound)
	_, err = s.Lift(t.Context(), moderation.Lift{Site: w.site.ID, ID: short, By: mo, MadeAt: w.now}, true)
	w.wantErr(err, moderation.ErrNotFound)
	if l := lift(short, true); l.Restored != 1 {
		t.Errorf("restored %d of a ban that is over", l.Restored)
	}
	w.wantCase(first, moderation.CaseOpen, 1)
}

func TestOfMarksOnTheSameTheNewestCounts(t *testing.T) {
	w := newWorld(t)
	ann := person(1)
	of := func() string {
		st := w.standingOf(moderation.Arrival{Site: w.site, Author: ann, Comment: moderation.Comment{PlatformID: "x"}})
		return fmt.Sprint(st.Trusted, st.Banned)
	}
	put := func(k moderation.MarkKind, by moderation.Subject) moderation.MarkID {
		return w.mark(moderation.Mark{Kind: k, Subject: by, Of: ann}).ID
	}
	lift := func(id moderation.MarkID) {
		_, err := w.LiftMark(t.Context(), moderation.Lift{Site: w.site.ID, ID: id, By: mo}, w.now)
		w.must(err)
	}
	put(moderation.MarkBan, moderation.ByIdentity)
	put(moderation.MarkBan, moderation.ByIdentity)
	got := []string{of()}
	trust := put(moderation.MarkTrust, moderation.ByIdentity)
	got = append(got, of())
	byRange := put(moderation.MarkBan, moderation.ByRange)
	got = append(got, of()) // of different ones the ban counts
	lift(byRange)
	lift(trust)
	got = append(got, of())
	marks, err := w.StandingMarks(t.Context(), w.site.ID, w.now)
	w.must(err)
	if len(marks) != 1 {
		t.Errorf("%d marks stand, want the newest ban alone", len(marks))
	}
	lift(marks[0].ID) // both bans
	got = append(got, of())
	want := []string{"false true", "true false", "true true", "false true", "false false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trusted, banned (-want +got):\n%s", diff)
	}
}

func TestAnUndoneDecisionTakesItsStandingBack(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	ann := person(1)
	long := "A remark about the trams that calls nobody a moron, number %d."
	var last moderation.Outcome
	for i := range 3 {
		r := w.submit(s, fmt.Sprint("ok", i), fmt.Sprintf(long, i), ann)
		last = w.decide(r.Comment, moderation.ChooseApprove)
	}
	w.site.Mode = moderation.ModeStrict
	if r := w.submit(s, "next", "A quiet word about the trams.", ann); r.Status != moderation.Approved {
		t.Errorf("after three approved comments in strict mode: %s, %+v", r.Status, r.Verdict.Reasons)
	}
	w.undo(last.Decision.ID)
	if r := w.submit(s, "after", "Another quiet word about the trams.", ann); r.Status != moderation.Held {
		t.Errorf("after the undo of one of them: %s", r.Status)
	}
}

func TestAFirstCommentIsHeldWhereTheSiteSaysSo(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	if r := w.submit(s, "1", "Good morning to all of you.", person(1)); r.Status != moderation.Approved {
		t.Errorf("by default a first comment is %s", r.Status)
	}
	w.site.HoldFirst = true
	w.must(w.UpdateSite(t.Context(), w.site))
	if r := w.submit(s, "2", "Good evening to all of you.", person(1)); r.Status != moderation.Approved {
		t.Errorf("a second comment is %s", r.Status)
	}
	for name, tt := range map[string]struct {
		by   moderation.Author
		want string
	}{
		"an identity": {person(2), "the author's first comment here"},
		"a name":      {moderation.Author{Name: "Ann"}, "first comments wait here, and the author is not known by more than a name"},
	} {
		r := w.submit(s, name, "Good morning to "+name, tt.by)
		if r.Status != moderation.Held || r.Verdict.Reasons[0].Detail != tt.want {
			t.Errorf("the first comment of %s is %s: %+v", name, r.Status, r.Verdict.Reasons)
		}
	}
}

func TestAModeLiesOverTheOneBefore(t *testing.T) {
	w := newWorld(t)
	s := w.service()
	mode := func() moderation.Mode {
		site, err := w.SiteByID(t.Context(), w.site.ID)
		w.must(err)
		changes, err := s.Modes(t.Context(), w.site.ID)
		w.must(err)
		return moderation.ModeOf(site, "p1", changes)
	}
	turn := func(m moderation.Mode, lasts time.Duration) moderation.ModeID {
		change := moderation.ModeChange{Site: w.site.ID, Mode: m, By: mo}
		if lasts > 0 {
			change.Until = w.now.Add(lasts)
		}
		done, err := s.TurnMode(t.Context(), change)
		w.must(err)
		return done.ID
	}
	end := func(id moderation.ModeID) error {
		_, err := s.EndMode(t.Context(), moderation.ModeEnd{Site: w.site.ID, ID: id, By: mo})
		return err
	}
	turn(moderation.ModeStrict, 7*24*time.Hour)
	turn(moderation.ModeOpen, time.Hour)
	got := []moderation.Mode{mode()}
	w.now = w.now.Add(time.Hour)
	got = append(got, mode()) // strict again
	w.must(end(turn(moderation.ModeOpen, time.Hour)))
	got = append(got, mode())
	own := turn(moderation.ModeOpen, 0)
	got = append(got, mode())
	w.must(end(own))
	got = append(got, mode())
	want := []moderation.Mode{"open", "strict", "strict", "open", "normal"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	w.wantErr(end(own), moderation.ErrNotFound)
	stale := turn(moderation.ModeOpen, 0)
	turn(moderation.ModeStrict, 0)
	w.wantErr(end(stale), moderation.ErrNotFound)
	if mode() != moderation.ModeStrict {
		t.Error("an undo that came too late undid what was said since")
	}
}

func TestAPostTurnsStrictForManyAndNotForOne(t *testing.T) {
	one := func(n int) moderation.Author { // one person under many names
		return moderation.Author{Name: fmt.Sprint("Sock ", n), Email: fmt.Sprintf("sock%d@example.test", n), IP: netip.AddrFrom4([4]byte{203, 0, 113, byte(n)})}
	}
	nameless := func(n int) moderation.Author { return moderation.Author{Name: fmt.Sprint("Fresh name ", n)} }
	tests := map[string]struct {
		off     bool
		flagged int // writers whose comments are flagged
		decent  int
		who     func(int) moderation.Author
		strict  bool
	}{
		"five of ten":                        {flagged: 5, decent: 5, who: person, strict: true},
		"five of ten, where it is off":       {off: true, flagged: 5, decent: 5, who: person},
		"two of three: too few":              {flagged: 2, decent: 1, who: person},
		"three of twenty: too small a share": {flagged: 3, decent: 17, who: person},
		"one person with forty names":        {flagged: 40, decent: 2, who: one},
		"forty names that nobody knows":      {flagged: 40, decent: 2, who: nameless},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.service()
			if !tt.off {
				w.site.AutoStrict = moderation.AutoStrict{Percent: 30, Within: 30 * time.Minute, For: 2 * time.Hour}
			}
			for i := range tt.decent {
				w.submit(s, fmt.Sprint("ok", i), fmt.Sprintf("A calm remark, number %d of many.", i), person(100+i))
			}
			for i := range tt.flagged {
				w.now = w.now.Add(time.Second)
				w.submit(s, fmt.Sprint("bad", i), fmt.Sprintf("You moron number %d.", i), tt.who(i))
			}
			changes, err := s.Modes(t.Context(), w.site.ID)
			w.must(err)
			if got := moderation.ModeOf(w.site, "p1", changes) == moderation.ModeStrict; got != tt.strict {
				t.Fatalf("strict = %t, want %t: %v", got, tt.strict, changes)
			}
			if moderation.ModeOf(w.site, "p2", changes) != moderation.ModeNormal {
				t.Error("another post turned strict, too")
			}
			if news := w.due(moderation.DeliverMode); len(news) != len(changes) {
				t.Errorf("%d changes, %d are told", len(changes), len(news))
			}
		})
	}
}

func TestNamesAndEMailsAloneDoNotTurnAPostStrict(t *testing.T) {
	for name, who := range map[string]func(n int) moderation.Author{
		"names that were published before": func(n int) moderation.Author { return moderation.Author{Name: fmt.Sprint("Regular ", n)} },
		"e-mail addresses":                 func(n int) moderation.Author { return moderation.Author{Email: fmt.Sprintf("e%d@example.test", n)} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.site.AutoStrict = moderation.AutoStrict{Percent: 30, Within: 30 * time.Minute, For: time.Hour}
			s := w.service()
			for i := range 4 {
				w.submit(s, fmt.Sprint("old", i), fmt.Sprintf("A calm remark, number %d of many.", i), who(i))
			}
			w.now = w.now.Add(time.Hour)
			for i := range 4 {
				w.submit(s, fmt.Sprint("bad", i), fmt.Sprintf("You moron number %d.", i), who(i))
			}
			if changes, err := s.Modes(t.Context(), w.site.ID); err != nil || len(changes) != 0 {
				t.Errorf("changes: %v, %v", changes, err)
			}
		})
	}
}

// heat has so many people from the n-th on flagged on post p1.
func (w *world) heat(s *moderation.Service, n, many int) {
	w.t.Helper()
	for i := range many {
		w.now = w.now.Add(time.Second)
		w.submit(s, fmt.Sprint("hot", n+i), fmt.Sprintf("You moron number %d.", n+i), person(n+i))
	}
}

// TestTheMachineDoesNotGoOverAPersonsOrder: neither over a mode that a person set,
// nor over that a person ended one of the machine's.
func TestTheMachineDoesNotGoOverAPersonsOrder(t *testing.T) {
	w := newWorld(t)
	w.site.AutoStrict = moderation.AutoStrict{Percent: 30, Within: 30 * time.Minute, For: time.Hour}
	s := w.service()
	machines := func() (ids []moderation.ModeID) {
		changes, err := s.Modes(t.Context(), w.site.ID)
		w.must(err)
		for _, c := range changes {
			if c.ByMachine() {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	for name, post := range map[string]string{"the post": "p1", "the whole site": ""} {
		open, err := s.TurnMode(t.Context(), moderation.ModeChange{Site: w.site.ID, Post: post, Mode: moderation.ModeOpen, By: mo, Until: w.now.Add(time.Hour)})
		w.must(err)
		if w.heat(s, len(name), 4); len(machines()) != 0 {
			t.Errorf("over open of %s the machine turned strict", name)
		}
		_, err = s.EndMode(t.Context(), moderation.ModeEnd{Site: w.site.ID, ID: open.ID, By: mo})
		w.must(err)
	}
	w.heat(s, 40, 3)
	ids := machines()
	if len(ids) != 1 {
		t.Fatalf("%d changes by the machine, want 1", len(ids))
	}
	_, err := s.EndMode(t.Context(), moderation.ModeEnd{Site: w.site.ID, ID: ids[0], By: mo})
	w.must(err)
	if w.heat(s, 50, 2); len(machines()) != 0 {
		t.Error("two more turned the post strict again, after a person took that back")
	}
	if w.heat(s, 60, 1); len(machines()) != 1 {
		t.Error("three after the undo do not count")
	}
}

// TestTheMachineTurnsAPostStrictOnce: whoever looked before another one wrote does
// not write a second change.
func TestTheMachineTurnsAPostStrictOnce(t *testing.T) {
	w := newWorld(t)
	machine := moderation.ModeChange{Site: w.site.ID, Post: "p1", Mode: moderation.ModeStrict, By: moderation.Actor{ID: "machine", Name: "gatehouse"},
		At: w.now, Until: w.now.Add(time.Hour)}
	first, err := w.TurnMode(t.Context(), machine)
	w.must(err)
	second, err := w.TurnMode(t.Context(), machine)
	w.must(err)
	if first.ID == 0 || second.ID != 0 || len(w.due(moderation.DeliverMode)) != 1 {
		t.Errorf("changes %d and %d, told %d", first.ID, second.ID, len(w.due(moderation.DeliverMode)))
	}
	_, err = w.EndMode(t.Context(), moderation.ModeEnd{Site: w.site.ID, ID: first.ID, By: mo}, w.now)
	w.must(err)
	if late, err := w.TurnMode(t.Context(), machine); err != nil || late.ID != 0 {
		t.Errorf("what was looked at before a person's undo began a change: %+v, %v", late, err)
	}
}

func TestCommentsWithoutAnAddressShareNoRange(t *testing.T) {
	w := newWorld(t)
	w.submit(w.service(), "1", "A calm remark.", moderation.Author{Name: "Ann"})
	a := w.arrival("2", "Another one.")
	a.Author = moderation.Author{Name: "Bob"}
	b, err := w.Background(t.Context(), a)
	w.must(err)
	if b.Activity.Range != (moderation.Window{}) {
		t.Errorf("from the range of an unknown address came %+v", b.Activity.Range)
	}
}

func TestAStrictPostIsNotKeptStrictByItsOwnMode(t *testing.T) {
	w := newWorld(t)
	w.site.AutoStrict = moderation.AutoStrict{Percent: 30, Within: 30 * time.Minute, For: time.Hour}
	s := w.service()
	for i := range 4 {
		w.submit(s, fmt.Sprint("bad", i), fmt.Sprintf("You moron number %d.", i), person(i))
	}
	changes, err := s.Modes(t.Context(), w.site.ID)
	w.must(err)
	if len(changes) != 1 || !changes[0].ByMachine() || changes[0].Title != "On trams" || changes[0].Reason != "3 of 3 writers were flagged within 30m" {
		t.Fatalf("changes: %+v", changes)
	}
	w.now = w.now.Add(40 * time.Minute)
	for i := range 5 {
		if r := w.submit(s, fmt.Sprint("calm", i), fmt.Sprintf("A calm remark, number %d.", i), person(10+i)); r.Status != moderation.Held {
			t.Errorf("in strict mode a calm remark is %s", r.Status)
		}
	}
	w.now = w.now.Add(21 * time.Minute)
	r := w.submit(s, "late", "You moron, said late.", person(30))
	if changes, err = s.Modes(t.Context(), w.site.ID); err != nil || len(changes) != 0 {
		t.Errorf("%s; after its time the post is strict again: %v, %v", r.Status, changes, err)
	}
}
