package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// TestLessonsOfPurgedTexts says that what is left of a text stands in its place, in
// the lesson and in its withdrawal.
func TestLessonsOfPurgedTexts(t *testing.T) {
	w := newWorld(t)
	var taught []moderation.DecisionID
	for _, text := range []string{"You moron.", "Well said.", "A pill for you."} {
		r := w.admit(w.arrival(text, text), moderation.Hold)
		taught = append(taught, w.decide(r.Comment, moderation.ChooseAbuse).Decision.ID)
	}
	w.keepFeatures(1, "left")
	w.keepFeatures(2, "also left")
	w.undo(taught[0])
	what := func(l *moderation.Lesson) [2]string { return [2]string{l.Text, string(l.Features)} }
	after, err := w.LessonsAfter(t.Context(), 0, 10)
	w.must(err)
	var got [][2]string
	for i := range after {
		got = append(got, what(&after[i]))
	}
	want := [][2]string{{"", "left"}, {"", "also left"}, {"A pill for you.", ""}, {"", "left"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	standing, err := w.StandingLessons(t.Context(), w.site.ID)
	w.must(err)
	got = nil
	for i := range standing {
		got = append(got, what(&standing[i].Lesson))
	}
	if diff := cmp.Diff(want[1:3], got); diff != "" {
		t.Errorf("standing lessons (-want +got):\n%s", diff)
	}
}

// keepFeatures purges the text of a lesson.
func (w *world) keepFeatures(number int64, features string) {
	w.t.Helper()
	w.must(w.KeepFeatures(w.t.Context(), number, []byte(features)))
}
