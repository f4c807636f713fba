package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// addModel keeps a version of the world's site.
func (w *world) addModel(promote bool, before moderation.VersionID) moderation.VersionID {
	w.t.Helper()
	m, err := w.AddModel(w.t.Context(), moderation.ModelVersion{Site: w.site.ID, Base: "0badcafe", LastLesson: 7, Lessons: [3]int64{3, 2, 1},
		DataSHA256: "d1", Figures: []byte(`{"n":1}`), Content: []byte{1, 2}, Reason: "not worse"}, promote, before)
	w.must(err)
	return m.ID
}

// wantInForce checks which version is in force, 0 for none.
func (w *world) wantInForce(want moderation.VersionID) {
	w.t.Helper()
	all, err := w.InForce(w.t.Context())
	w.must(err)
	var got moderation.VersionID
	for _, m := range all {
		if m.Site == w.site.ID {
			got = m.ID
		}
	}
	if got != want || len(all) > 1 {
		w.t.Fatalf("version %d of %d is in force, want %d", got, len(all), want)
	}
}

func TestModelVersions(t *testing.T) {
	w := newWorld(t)
	w.wantInForce(0)
	first := w.addModel(true, 0)
	w.wantInForce(first)
	got, err := w.Model(t.Context(), first)
	w.must(err)
	want := moderation.ModelVersion{ID: first, Site: w.site.ID, CreatedAt: epoch, Base: "0badcafe", LastLesson: 7, Lessons: [3]int64{3, 2, 1},
		DataSHA256: "d1", Figures: []byte(`{"n":1}`), Content: []byte{1, 2}, Reason: "not worse", InForce: true, PromotedAt: epoch}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("version (-want +got):\n%s", diff)
	}
	second := w.addModel(false, first)
	w.wantInForce(first)
	if m, err := w.Model(t.Context(), second); err != nil || m.InForce || !m.PromotedAt.IsZero() {
		t.Errorf("version that was not promoted: %+v, %v", m, err)
	}
	_, err = w.AddModel(t.Context(), moderation.ModelVersion{Site: w.site.ID}, true, 0)
	w.wantErr(err, moderation.ErrStale)
	_, err = w.Model(t.Context(), 99)
	w.wantErr(err, moderation.ErrNotFound)
	_, err = w.PromoteModel(t.Context(), 99)
	w.wantErr(err, moderation.ErrNotFound)
	_, err = w.PromoteModel(t.Context(), first)
	w.wantErr(err, moderation.ErrExists)
	if all, err := w.Models(t.Context(), 0); err != nil || len(all) != 2 || all[0].ID != second {
		t.Errorf("versions %+v, %v; want both, the newest first", all, err)
	}
	if all, err := w.Models(t.Context(), w.site.ID+1); err != nil || len(all) != 0 {
		t.Errorf("versions of another site: %+v, %v", all, err)
	}
}

// TestRollBackStepByStep goes back the way that it came, also where the same
// version was in force twice, and not a step further.
func TestRollBackStepByStep(t *testing.T) {
	w := newWorld(t)
	first := w.addModel(true, 0)
	second := w.addModel(true, first)
	_, err := w.PromoteModel(t.Context(), first)
	w.must(err)
	w.wantInForce(first)
	back := func(from, to moderation.VersionID) {
		t.Helper()
		was, is, err := w.RollbackModel(t.Context(), w.site.ID)
		w.must(err)
		if was.ID != from || (is == nil) != (to == 0) || is != nil && is.ID != to {
			t.Fatalf("back from %+v to %+v, want %d and %d", was, is, from, to)
		}
		w.wantInForce(to)
	}
	back(first, second)
	third := w.addModel(true, second)
	back(third, second)
	back(second, first)
	back(first, 0)
	_, _, err = w.RollbackModel(t.Context(), w.site.ID)
	w.wantErr(err, moderation.ErrNotFound)
	_, err = w.PromoteModel(t.Context(), second)
	w.must(err)
	w.wantInForce(second)
}

func TestASiteTakesItsModelsWithIt(t *testing.T) {
	w := newWorld(t)
	w.addModel(true, 0)
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	kept, err := w.AddModel(t.Context(), moderation.ModelVersion{Site: other.ID, Figures: []byte("{}"), Content: []byte("x")}, true, 0)
	w.must(err)
	w.must(w.RemoveSite(t.Context(), w.site.ID))
	all, err := w.Models(t.Context(), 0)
	w.must(err)
	if len(all) != 1 || all[0].ID != kept.ID || !all[0].InForce {
		t.Errorf("after a removal there are %+v, want the other site's", all)
	}
	_, err = w.AddModel(t.Context(), moderation.ModelVersion{Site: w.site.ID}, true, 0)
	w.wantErr(err, moderation.ErrNotFound)
}

func TestPastLessons(t *testing.T) {
	w := newWorld(t)
	decided := w.admit(w.arrival("1", "You moron."), moderation.Hold)
	w.decide(decided.Comment, moderation.ChooseAbuse)
	w.now = w.now.Add(time.Hour)
	undone := w.decide(w.admit(w.arrival("2", "Hm."), moderation.Hold).Comment, moderation.ChooseSpam)
	w.undo(undone.Decision.ID)
	w.decide(w.admit(w.arrival("3", "Hidden."), moderation.Hold).Comment, moderation.ChooseReject)
	lessons, err := w.StandingLessons(t.Context(), w.site.ID)
	w.must(err)
	want := []moderation.PastLesson{{Comment: decided.Comment, At: epoch, Lesson: moderation.Lesson{Number: 1, Site: w.site.ID,
		Label: moderation.Abuse, Text: "You moron.", Author: "Ann", Post: w.arrival("", "").Post}}}
	if diff := cmp.Diff(want, lessons); diff != "" {
		t.Errorf("lessons (-want +got):\n%s", diff)
	}
	withdrawn, err := w.WithdrawnLessons(t.Context(), w.site.ID)
	w.must(err)
	if diff := cmp.Diff([]moderation.WithdrawnLesson{{Comment: undone.Decision.Comment, Label: moderation.Spam, At: w.now}}, withdrawn); diff != "" {
		t.Errorf("withdrawn (-want +got):\n%s", diff)
	}
}

// TestPublishedUndecided takes what was published long ago and left alone, and
// nothing else.
func TestPublishedUndecided(t *testing.T) {
	w := newWorld(t)
	left := w.admit(w.arrival("left", "Left alone."), moderation.Approve)
	w.admit(w.arrival("held", "Held."), moderation.Hold)
	w.decide(w.admit(w.arrival("approved", "Approved."), moderation.Hold).Comment, moderation.ChooseApprove)
	w.decide(w.admit(w.arrival("down", "Taken down."), moderation.Approve).Comment, moderation.ChooseAbuse)
	undone := w.admit(w.arrival("undone", "Taken down and put back."), moderation.Approve)
	w.undo(w.decide(undone.Comment, moderation.ChooseAbuse).Decision.ID)
	w.admit(w.arrival("edited", "Before."), moderation.Approve)
	gone := w.admit(w.arrival("gone", "Withdrawn."), moderation.Approve)
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "gone", At: w.now})
	w.must(err)
	w.now = w.now.Add(8 * 24 * time.Hour)
	w.admit(w.arrival("edited", "After."), moderation.Approve)
	w.admit(w.arrival("new", "New."), moderation.Approve)
	p, err := w.PublishedUndecided(t.Context(), w.site.ID, w.now.Add(-7*24*time.Hour), 100)
	w.must(err)
	var got []moderation.CommentID
	for _, l := range p.Sample {
		got = append(got, l.Comment)
		if l.Label != moderation.OK || l.Text == "" || !l.At.Equal(epoch) {
			t.Errorf("sample %+v, want an ok of then", l)
		}
	}
	if diff := cmp.Diff([]moderation.CommentID{left.Comment, undone.Comment}, got); diff != "" || p.Total != 2 {
		t.Errorf("published, %d in all (-want +got; %d was withdrawn):\n%s", p.Total, gone.Comment, diff)
	}
	if p, err = w.PublishedUndecided(t.Context(), w.site.ID, w.now, 1); err != nil || p.Total != 2 || len(p.Sample) != 1 {
		t.Errorf("one of them: %+v, %v", p, err)
	}
}

// TestAModelOfSomebodyErasedIsNotKept adds a version that was being made of the lessons
// of before an erasure.
func TestAModelOfSomebodyErasedIsNotKept(t *testing.T) {
	w := newWorld(t)
	w.decide(w.admit(w.arrival("c1", "you moron"), moderation.Hold).Comment, moderation.ChooseAbuse)
	_, epochs, err := w.LessonState(t.Context())
	w.must(err)
	_, err = w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Name: w.arrival("c1", "").Author.Name}, At: w.now})
	w.must(err)
	_, err = w.AddModel(t.Context(), moderation.ModelVersion{Site: w.site.ID, Epoch: epochs[w.site.ID], Figures: []byte("{}"), Content: []byte("x")}, true, 0)
	w.wantErr(err, moderation.ErrStale)
	w.wantInForce(0)
	_, epochs, err = w.LessonState(t.Context())
	w.must(err)
	_, err = w.AddModel(t.Context(), moderation.ModelVersion{Site: w.site.ID, Epoch: epochs[w.site.ID], Figures: []byte("{}"), Content: []byte("x")}, true, 0)
	w.must(err)
}
