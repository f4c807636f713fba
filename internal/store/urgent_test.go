package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// TestUrgentCasesComeFirst holds that what may wake someone goes before what
// waits longer, in the queue and on its way to the moderators.
func TestUrgentCasesComeFirst(t *testing.T) {
	w := newWorld(t)
	admit := func(id string, action moderation.Action, reasons ...moderation.Reason) string {
		r, err := w.Admit(t.Context(), moderation.Admission{Arrival: w.arrival(id, "text of "+id), At: w.now, Verdict: moderation.Verdict{Action: action, Reasons: reasons}})
		w.must(err)
		w.now = w.now.Add(time.Minute)
		return r.Comment.String()
	}
	urgent := moderation.Reason{Check: "rules", Rule: "threat", Score: 1, Urgent: true}
	first := admit("first", moderation.Hold)
	admit("passes", moderation.Approve, urgent)
	shadow := admit("shadow", moderation.Hold, moderation.Reason{Check: "rules", Rule: "tried", Urgent: true, Shadow: true})
	wakes := admit("urgent", moderation.Hold, moderation.Reason{Check: "rules", Rule: "x"}, urgent)
	last := admit("last", moderation.Hold)
	want := []string{wakes, first, shadow, last}

	inQueue := func() (ids []string) {
		views, _, err := w.OpenCases(t.Context(), nil, 10)
		w.must(err)
		for _, v := range views {
			ids = append(ids, v.Comment.ID.String())
		}
		return ids
	}
	due := func() (ids []string) {
		for _, d := range w.due(moderation.DeliverCard) {
			var c moderation.CaseChange
			w.must(json.Unmarshal(d.Payload, &c))
			v, err := w.Case(t.Context(), c.Case)
			w.must(err)
			ids = append(ids, v.Comment.ID.String())
		}
		return ids
	}
	if diff := cmp.Diff(want, inQueue()); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, due()); diff != "" {
		t.Errorf("cards due (-want +got):\n%s", diff)
	}
	next, err := w.NextCases(t.Context(), moderation.SpotQuery{Spot: moderation.Spot{Chat: 7}, Now: w.now}, 10)
	w.must(err)
	var shown []string
	for _, n := range next {
		v, err := w.Case(t.Context(), n.Case)
		w.must(err)
		shown = append(shown, v.Comment.ID.String())
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("what a chat shows next (-want +got):\n%s", diff)
	}
}
