package store_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// standingOf returns what is known of the author of a.
func (w *world) standingOf(a moderation.Arrival) moderation.Standing {
	w.t.Helper()
	b, err := w.Background(w.t.Context(), a)
	w.must(err)
	return b.Standing
}

// mark puts a mark in the name of a moderator.
func (w *world) mark(m moderation.Mark) moderation.Mark {
	w.t.Helper()
	m.Site, m.By, m.At = w.site.ID, moderation.Actor{ID: "telegram:1", Name: "Mo"}, w.now
	w.must(m.Check())
	m, err := w.PutMark(w.t.Context(), m)
	w.must(err)
	return m
}

func TestStandingIsCounted(t *testing.T) {
	w := newWorld(t)
	long := "A remark of more than twenty characters, number %d."
	for i := range 4 {
		r := w.admit(w.arrival(fmt.Sprint("ok", i), fmt.Sprintf(long, i)), moderation.Hold)
		w.decide(r.Comment, moderation.ChooseApprove)
	}
	w.admit(w.arrival("short", "Yes."), moderation.Approve)
	w.admit(w.arrival("young", fmt.Sprintf(long, 9)), moderation.Approve)
	bad := w.admit(w.arrival("bad", "You moron."), moderation.Hold)
	out := w.decide(bad.Comment, moderation.ChooseAbuse)
	next := w.arrival("next", "Hello.")
	want := moderation.Standing{Known: true, Approved: 6, Rejected: 1, Recent: 7, RecentRejected: 1, Proven: 4}
	if diff := cmp.Diff(want, w.standingOf(next)); diff != "" {
		t.Errorf("standing (-want +got):\n%s", diff)
	}
	w.undo(out.Decision.ID)
	w.now = w.now.Add(8 * 24 * time.Hour)
	want = moderation.Standing{Known: true, Approved: 6, Recent: 6, Proven: 5}
	if diff := cmp.Diff(want, w.standingOf(next)); diff != "" {
		t.Errorf("after the undo, a week later (-want +got):\n%s", diff)
	}
	nobody := next
	nobody.Author = moderation.Author{Name: "Ann"}
	if st := w.standingOf(nobody); st != (moderation.Standing{}) {
		t.Errorf("a name alone has the standing %+v", st)
	}
}

// banned is why a comment of a banned author is rejected.
var banned = moderation.Reason{Check: "standing", Rule: "banned", Score: 1}

// TestWhatEarnsTrust undoes an approval, and edits what was approved.
func TestWhatEarnsTrust(t *testing.T) {
	w := newWorld(t)
	next := w.arrival("next", "Hello.")
	proven := func(what string, want int) {
		t.Helper()
		if st := w.standingOf(next); st.Proven != want {
			t.Errorf("%s: %d comments earned trust, want %d", what, st.Proven, want)
		}
	}
	id := w.admit(w.arrival("1", "A remark of more than twenty characters."), moderation.Approve).Comment
	proven("nobody said anything", 0)
	out := w.decide(id, moderation.ChooseApprove)
	proven("approved", 1)
	w.undo(out.Decision.ID)
	proven("undone", 0)
	w.decide(id, moderation.ChooseApprove)
	edit := w.arrival("1", "Another remark of more than twenty characters.")
	edit.Comment.UpdatedAt = w.now.Add(time.Hour)
	w.admit(edit, moderation.Approve)
	proven("edited", 0)
}

// TestWhatABanRejectsTellsNothing holds that a ban doesn't make its author one of
// whom much was rejected, nor the neighbours.
func TestWhatABanRejectsTellsNothing(t *testing.T) {
	w := newWorld(t)
	const said = "One and the same long remark on the trams of this town, once more"
	ids := make([]moderation.CommentID, 3)
	for i := range ids {
		ids[i] = w.admitFor(w.arrival(fmt.Sprint(i), said), moderation.Reject, banned).Comment
	}
	want := func(what string, rejected int) {
		t.Helper()
		b := w.background(w.arrival("next", said))
		got := [...]int{b.Standing.Rejected, b.Standing.RecentRejected, b.Standing.Recent, b.Ties.Address, b.Ties.Range, b.Ties.Email, b.Ties.Agent, b.Duplicates.Rejected}
		if got != [...]int{rejected, rejected, rejected, rejected, rejected, rejected, rejected, rejected} || b.Ties.AgentOthers != 0 || b.Duplicates.Exact != 3 {
			t.Errorf("%s: standing %+v, ties %+v, duplicates %+v; want %d rejected", what, b.Standing, b.Ties, b.Duplicates, rejected)
		}
	}
	want("by the ban", 0)
	out := w.decide(ids[0], moderation.ChooseAbuse)
	want("a moderator agrees", 1)
	w.undo(out.Decision.ID)
	want("undone", 0)
	w.admit(w.arrival("4", "Something else entirely"), moderation.Reject)
	if st := w.standingOf(w.arrival("next", "Hello.")); st.Rejected != 1 {
		t.Errorf("what a rule rejected doesn't count: %+v", st)
	}
}

func TestBansFindTheirAuthor(t *testing.T) {
	ann := moderation.Author{Name: "Ann the Troll", Email: "ann@example.test", IP: netip.MustParseAddr("203.0.113.9"), UserAgent: "Old Browser 4.0 (X11)"}
	other := func(change func(*moderation.Author)) moderation.Author {
		a := ann
		change(&a)
		return a
	}
	tests := map[string]struct {
		mark   moderation.Mark
		on     moderation.Author
		notOn  moderation.Author
		within time.Duration // how long the ban lasts; 0: for good
	}{
		"identity": {mark: moderation.Mark{Subject: moderation.ByIdentity, Of: ann}, on: other(func(a *moderation.Author) { a.Name = "Bob" }),
			notOn: other(func(a *moderation.Author) { a.Email = "b@example.test" })},
		"e-mail": {mark: moderation.Mark{Subject: moderation.ByEmail, Of: ann}, on: other(func(a *moderation.Author) { a.Email = " ANN@example.test"; a.IP = netip.Addr{} }),
			notOn: other(func(a *moderation.Author) { a.Email = "b@example.test" })},
		"address": {mark: moderation.Mark{Subject: moderation.ByAddress, Of: ann}, on: other(func(a *moderation.Author) { a.Email = "" }),
			notOn: other(func(a *moderation.Author) { a.IP = netip.MustParseAddr("203.0.113.10") })},
		"range": {mark: moderation.Mark{Subject: moderation.ByRange, Of: ann}, on: other(func(a *moderation.Author) { a.IP = netip.MustParseAddr("203.0.113.200") }),
			notOn: other(func(a *moderation.Author) { a.IP = netip.MustParseAddr("203.0.114.9") })},
		"name": {mark: moderation.Mark{Subject: moderation.ByName, Of: moderation.Author{Name: "*troll*"}}, on: other(func(a *moderation.Author) { a.Name = "TR0LL of the day" }),
			notOn: other(func(a *moderation.Author) { a.Name = "Tool of the day" })},
		"agent": {mark: moderation.Mark{Subject: moderation.ByAgent, Of: moderation.Author{UserAgent: "old browser*"}}, on: ann,
			notOn: other(func(a *moderation.Author) { a.UserAgent = "New Browser" })},
		"for an hour": {mark: moderation.Mark{Subject: moderation.ByEmail, Of: ann}, on: ann, notOn: other(func(a *moderation.Author) { a.Email = "b@example.test" }), within: time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tt.mark.Kind, tt.mark.Reason = moderation.MarkBan, "insults"
			if tt.within > 0 {
				tt.mark.Until = w.now.Add(tt.within)
			}
			m := w.mark(tt.mark)
			by := func(a moderation.Author) moderation.Standing {
				arrival := w.arrival("next", "Hello.")
				arrival.Author = a
				return w.standingOf(arrival)
			}
			if st := by(tt.on); !st.Banned || !strings.HasPrefix(st.Ban, "banned by Mo") || !strings.HasSuffix(st.Ban, ": insults") {
				t.Errorf("who is meant: %+v", st)
			}
			if by(tt.notOn).Banned {
				t.Error("another one is banned, too")
			}
			if tt.within > 0 {
				w.now = w.now.Add(tt.within)
				if by(tt.on).Banned {
					t.Error("the ban outlasts its time")
				}
				return
			}
			_, err := w.LiftMark(t.Context(), moderation.Lift{Site: w.site.ID, ID: m.ID}, w.now)
			w.must(err)
			if by(tt.on).Banned {
				t.Error("the ban outlasts its lifting")
			}
			_, err = w.LiftMark(t.Context(), moderation.Lift{Site: w.site.ID, ID: m.ID}, w.now)
			w.wantErr(err, moderation.ErrNotFound)
		})
	}
}

func TestMarksThatAreAboutNobodyOrEverybody(t *testing.T) {
	anonymous := moderation.Author{Name: "Ann", UserAgent: "Mozilla"}
	for name, m := range map[string]moderation.Mark{
		"an identity that is none":  {Kind: moderation.MarkBan, Subject: moderation.ByIdentity, Of: anonymous},
		"what all anonymous are":    {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "Anonymous"}},
		"everybody":                 {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "*"}},
		"nearly everybody":          {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "*an*"}},
		"trust in a name":           {Kind: moderation.MarkTrust, Subject: moderation.ByName, Of: moderation.Author{Name: "Ann of the Hill"}},
		"trust in an e-mail":        {Kind: moderation.MarkTrust, Subject: moderation.ByEmail, Of: moderation.Author{Email: "a@example.test"}},
		"a pattern of crumbs":       {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "*a*e*n*"}},
		"nobody, in Polish":         {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "Anonimowy"}},
		"nobody, in Hebrew":         {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "אנונימי"}},
		"what turns the writing":    {Kind: moderation.MarkBan, Subject: moderation.ByName, Of: moderation.Author{Name: "Mal\u202elory"}},
		"no address":                {Kind: moderation.MarkBan, Subject: moderation.ByRange, Of: anonymous},
		"neither a trust nor a ban": {Kind: "love", Subject: moderation.ByEmail, Of: moderation.Author{Email: "a@example.test"}},
		"every browser":             {Kind: moderation.MarkBan, Subject: moderation.ByAgent, Of: anonymous},
	} {
		if m.Check() == nil {
			t.Errorf("%s: allowed", name)
		}
	}
}

func TestModesHaveAnEnd(t *testing.T) {
	w := newWorld(t)
	mode := func(post string) moderation.Mode {
		a := w.arrival("next", "Hello.")
		a.Post.ID = post
		b, err := w.Background(t.Context(), a)
		w.must(err)
		return b.Mode
	}
	turn := func(post string, m moderation.Mode, lasts time.Duration) {
		change := moderation.ModeChange{Site: w.site.ID, Post: post, Mode: m, At: w.now}
		if lasts > 0 {
			change.Until = w.now.Add(lasts)
		}
		w.must(change.Check(w.now))
		_, err := w.TurnMode(t.Context(), change)
		w.must(err)
	}
	turn("", moderation.ModeStrict, time.Hour)
	turn("p1", moderation.ModeOpen, 2*time.Hour)
	got := []moderation.Mode{mode("p1"), mode("p2"), mode("")}
	w.now = w.now.Add(time.Hour)
	got = append(got, mode("p1"), mode("p2"))
	turn("p1", "", 0)
	got = append(got, mode("p1"))
	want := []moderation.Mode{"open", "strict", "strict", "open", "normal", "normal"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	if (moderation.ModeChange{Mode: moderation.ModeStrict, Until: w.now}).Check(w.now) == nil {
		t.Error("an end that is past is allowed")
	}
}
