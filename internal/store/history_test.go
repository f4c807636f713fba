package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// past is a comment of a history, n hours after a day long ago.
func past(n int, parent string, choice moderation.Choice) moderation.Past {
	p := moderation.Past{Choice: choice, By: moderation.Actor{ID: "import:test", Name: "test"}}
	p.Arrival.Author.Name = fmt.Sprint("writer ", n)
	p.Arrival.Comment = moderation.Comment{PlatformID: fmt.Sprint("h", n), ParentID: parent, Body: fmt.Sprint("text ", n), Text: fmt.Sprint("text ", n),
		Format: moderation.FormatText, CreatedAt: time.Date(2015, 1, 1, n, 0, 0, 0, time.UTC)}
	return p
}

// importAll brings a history in that teaches nothing yet.
func (w *world) importAll(history ...moderation.Past) {
	w.t.Helper()
	for i := range history {
		history[i].Untaught = true
	}
	if added, err := w.Import(w.t.Context(), w.site, history, w.now); err != nil || added != len(history) {
		w.t.Fatalf("Import = %d, %v, want %d", added, err, len(history))
	}
}

// taught returns the lessons that a site's history teaches with a limit.
func (w *world) taught(perLabel int) [3]int64 {
	w.t.Helper()
	added, err := w.TeachHistory(w.t.Context(), w.site, perLabel)
	w.must(err)
	return added
}

// The newest of each label teach, in the order of their times, whatever the order
// in which they came; again it changes nothing; with more it goes on.
func TestTheNewestOfAHistoryTeach(t *testing.T) {
	w := newWorld(t)
	w.importAll(past(3, "", "approve"), past(1, "", "approve"), past(2, "", "approve"), past(4, "", "spam"), past(5, "", "reject"), past(6, "", "abuse"))
	if got := w.taught(2); got != [3]int64{2, 1, 1} {
		t.Errorf("taught %v, want 2 ok, 1 spam, 1 abuse", got)
	}
	lessons, err := w.StandingLessons(t.Context(), w.site.ID)
	w.must(err)
	var texts []string
	for _, l := range lessons {
		texts = append(texts, fmt.Sprint(l.Label, " ", l.Text, " ", l.At.Hour()))
	}
	if diff := cmp.Diff([]string{"ok text 2 2", "ok text 3 3", "spam text 4 4", "abuse text 6 6"}, texts); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	if got := w.taught(2); got != [3]int64{} {
		t.Errorf("taught %v the second time", got)
	}
	if got := w.taught(9); got != [3]int64{1, 0, 0} {
		t.Errorf("taught %v with a higher limit, want 1 ok", got)
	}
}

// What somebody decided since the import is not taught over, nor what was taken
// back.
func TestAHistoryDoesNotTeachOverDecisions(t *testing.T) {
	w := newWorld(t)
	w.importAll(past(1, "", "spam"), past(2, "", "spam"))
	first, err := w.RecentComments(t.Context(), 10)
	w.must(err)
	w.undo(first[1].Decision.ID)
	if got := w.taught(9); got != [3]int64{0, 1, 0} {
		t.Errorf("taught %v, want the one that stands", got)
	}
	w.undo(first[0].Decision.ID)
	if got := w.taught(9); got != [3]int64{} {
		t.Errorf("taught %v after everything was undone", got)
	}
}

// An answer knows whom it answers where the parent is there, in the same
// transaction or before.
func TestHistoryKnowsParents(t *testing.T) {
	w := newWorld(t)
	w.importAll(past(1, "", "approve"), past(2, "h1", "approve"))
	w.importAll(past(3, "h2", "approve"), past(4, "h99", "approve"))
	views, err := w.RecentComments(t.Context(), 10)
	w.must(err)
	var got []moderation.Parent
	for _, v := range views {
		got = append(got, v.Parent)
	}
	want := []moderation.Parent{{}, {Author: "writer 2", Text: "text 2"}, {Author: "writer 1", Text: "text 1"}, {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parents, newest first (-want +got):\n%s", diff)
	}
}

// What was written long ago stands behind what came lately.
func TestRecentIsByTime(t *testing.T) {
	w := newWorld(t)
	w.admit(w.arrival("c1", "of today"), moderation.Approve)
	w.importAll(past(1, "", "approve"), past(2, "", "approve"))
	views, err := w.RecentComments(t.Context(), 2)
	w.must(err)
	if len(views) != 2 || views[0].Comment.Text != "of today" || views[1].Comment.Text != "text 2" {
		t.Errorf("recent: %+v", views)
	}
}

func TestKnown(t *testing.T) {
	w := newWorld(t)
	w.importAll(past(1, "", "approve"), past(2, "", "approve"))
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	got, err := w.Known(t.Context(), w.site.ID, []string{"h1", "h3", `"`})
	if err != nil || len(got) != 1 || !got["h1"] {
		t.Errorf("Known = %v, %v, want h1", got, err)
	}
	if got, err := w.Known(t.Context(), other.ID, []string{"h1"}); err != nil || len(got) != 0 {
		t.Errorf("Known of another site = %v, %v", got, err)
	}
}
