package store_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func TestTiesToRejectedComments(t *testing.T) {
	w := newWorld(t)
	write := func(id, ip, email, agent, cookie string, c moderation.Choice) {
		a := w.arrival(id, "Comment number "+id)
		a.Author = moderation.Author{Name: id, Email: email, IP: netip.MustParseAddr(ip), UserAgent: agent}
		a.Fields.Cookie = cookie
		w.decide(w.admit(a, moderation.Hold).Comment, c)
	}
	write("old", "203.0.113.9", "a@example.test", "Rare", "c1", moderation.ChooseAbuse)
	w.now = w.now.Add(moderation.TiesWithin + time.Hour)
	write("1", "203.0.113.9", "a@example.test", "Rare", "c1", moderation.ChooseAbuse)
	write("2", "203.0.113.200", "b@example.test", "Rare", "c1", moderation.ChooseReject)
	write("3", "203.0.113.9", "a@example.test", "Common", "", moderation.ChooseApprove)
	write("4", "198.51.100.1", "", "Common", "", moderation.ChooseSpam)
	write("5", "198.51.100.2", "", "Common", "", moderation.ChooseApprove)

	next := w.arrival("next", "The next one")
	next.Author = moderation.Author{Name: "x", Email: "A@example.test", IP: netip.MustParseAddr("203.0.113.9"), UserAgent: "Rare"}
	next.Fields.Cookie = "c1"
	want := moderation.Ties{Address: 1, Range: 2, AddressOthers: 1, RangeOthers: 1, Email: 1, Cookie: 2, Agent: 2}
	if diff := cmp.Diff(want, w.background(next).Ties); diff != "" {
		t.Errorf("ties (-want +got):\n%s", diff)
	}
	next.Author, next.Fields.Cookie = moderation.Author{Name: "x", UserAgent: "Common"}, ""
	if diff := cmp.Diff(moderation.Ties{Agent: 1, AgentOthers: 2}, w.background(next).Ties); diff != "" {
		t.Errorf("ties by a common agent (-want +got):\n%s", diff)
	}
	nobody := w.arrival("6", "No address, no mail")
	nobody.Author = moderation.Author{Name: "y"}
	w.decide(w.admit(nobody, moderation.Hold).Comment, moderation.ChooseAbuse)
	next.Author = moderation.Author{Name: "x"}
	if ties := w.background(next).Ties; ties != (moderation.Ties{}) {
		t.Errorf("ties of a mere name: %+v", ties)
	}
}

// TestTiesLeaveWithTheDecision holds that an undone decision ties nobody.
func TestTiesLeaveWithTheDecision(t *testing.T) {
	w := newWorld(t)
	out := w.decide(w.admit(w.arrival("1", "Something"), moderation.Hold).Comment, moderation.ChooseAbuse)
	if ties := w.background(w.arrival("2", "Something else")).Ties; ties.Address != 1 {
		t.Errorf("ties after the decision: %+v", ties)
	}
	w.undo(out.Decision.ID)
	if ties := w.background(w.arrival("2", "Something else")).Ties; ties.Address != 0 || ties.Agent != 0 {
		t.Errorf("ties after the undo: %+v", ties)
	}
}
