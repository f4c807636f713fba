package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// look opens the case of a comment to look at it.
func (w *world) look(id moderation.CommentID) moderation.CaseID {
	w.t.Helper()
	k, err := w.Look(w.t.Context(), id, w.now)
	w.must(err)
	return k
}

// published returns the comments that stand published without a question.
func (w *world) published() (ids []moderation.CommentID) {
	w.t.Helper()
	views, err := w.Published(w.t.Context(), nil, 10)
	w.must(err)
	for _, v := range views {
		ids = append(ids, v.Comment.ID)
	}
	return ids
}

// waiting returns how many comments wait.
func (w *world) waiting() int {
	w.t.Helper()
	_, n, err := w.OpenCases(w.t.Context(), nil, 10)
	w.must(err)
	return n
}

// edited is a comment's next revision.
func (w *world) edited(id, body string) moderation.Arrival {
	a := w.arrival(id, body)
	a.Comment.UpdatedAt = w.now
	return a
}

func TestALookedCaseFollowsItsComment(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "Buy cheap watches."), moderation.Approve).Comment
	k := w.look(id)
	if again := w.look(id); again != k {
		t.Errorf("looked at twice: cases %d and %d", k, again)
	}
	if v := w.wantCase(id, moderation.CaseDecided, 1); !v.Case.Looked || v.Decision != nil || v.Status != moderation.Approved || w.waiting() != 0 {
		t.Fatalf("case %+v, decision %v, status %s, %d wait", v.Case, v.Decision, v.Status, w.waiting())
	}
	if len(w.due(moderation.DeliverCard)) != 0 {
		t.Error("a look alone sends a card")
	}

	out := w.decide(id, moderation.ChooseSpam)
	v := w.wantCase(id, moderation.CaseDecided, 1)
	if v.Case.ID != k || v.Decision == nil || v.Decision.Choice != moderation.ChooseSpam || v.Status != moderation.Rejected {
		t.Errorf("rejected: case %+v, decision %v, status %s", v.Case, v.Decision, v.Status)
	}
	if len(w.due(moderation.DeliverCard)) != 1 || len(w.due(moderation.DeliverCallback)) != 1 {
		t.Error("card and blog are not told of the decision")
	}
	if got := w.lessons(); !cmp.Equal(got, []string{"spam Buy cheap watches."}) || len(w.published()) != 0 {
		t.Errorf("lessons %q, published %v", got, w.published())
	}
	w.settle(moderation.DeliverCard)

	w.undo(out.Decision.ID)
	v = w.wantCase(id, moderation.CaseDecided, 1)
	if v.Decision != nil || v.Status != moderation.Approved || !v.Case.Looked || w.waiting() != 0 || len(w.lessons()) != 0 {
		t.Errorf("undone: case %+v, decision %v, status %s, lessons %q", v.Case, v.Decision, v.Status, w.lessons())
	}
	if len(w.due(moderation.DeliverCard)) != 1 || !cmp.Equal(w.published(), []moderation.CommentID{id}) {
		t.Errorf("undone: published %v", w.published())
	}
}

func TestALookedCaseFollowsEdits(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "Fine."), moderation.Approve).Comment
	k := w.look(id)
	w.now = w.now.Add(time.Hour)
	w.admit(w.edited("1", "Fine, too."), moderation.Approve)
	if v := w.wantCase(id, moderation.CaseDecided, 2); v.Case.ID != k || !v.Case.Looked || v.Before != "Fine." || len(w.due(moderation.DeliverCard)) != 1 {
		t.Errorf("edited: case %+v, before %q", v.Case, v.Before)
	}
	w.settle(moderation.DeliverCard)
	w.now = w.now.Add(time.Hour)
	w.admit(w.edited("1", "You moron."), moderation.Hold)
	v := w.wantCase(id, moderation.CaseOpen, 3)
	if v.Case.ID != k || v.Case.Looked || !v.Case.OpenedAt.Equal(w.now) || w.waiting() != 1 || len(w.due(moderation.DeliverCard)) != 1 {
		t.Errorf("held: case %+v, %d wait", v.Case, w.waiting())
	}
	w.decide(id, moderation.ChooseApprove)
	if len(w.published()) != 0 {
		t.Error("what a moderator approved counts as published without a question")
	}
}

func TestALookedCaseThatWasDecidedIsLeftToItsRevision(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "Fine."), moderation.Approve).Comment
	first := w.look(id)
	w.decide(id, moderation.ChooseApprove)
	w.now = w.now.Add(time.Hour)
	w.admit(w.edited("1", "Fine, too."), moderation.Approve)
	w.wantCase(id, moderation.CaseDecided, 1)
	if !cmp.Equal(w.published(), []moderation.CommentID{id}) {
		t.Errorf("published %v: nobody was asked about the edit", w.published())
	}
	second := w.look(id)
	v, err := w.View(t.Context(), id)
	w.must(err)
	if second == first || v.Case.ID != second || v.Case.Revision != 2 || v.Comment.Text != "Fine, too." || v.Decision != nil {
		t.Errorf("cases %d and %d, view %+v", first, second, v.Case)
	}
	w.admit(w.edited("1", "You moron."), moderation.Hold)
	if v := w.wantCase(id, moderation.CaseOpen, 3); v.Case.ID != second || v.Case.Looked {
		t.Errorf("held: case %+v", v.Case)
	}
}

func TestALookedCaseFollowsAWithdrawal(t *testing.T) {
	w := newWorld(t)
	a := w.edited("1", "Fine.")
	id := w.admit(a, moderation.Approve).Comment
	w.look(id)
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "1", Key: "k", At: w.now})
	w.must(err)
	if v := w.wantCase(id, moderation.CaseWithdrawn, 1); !v.Case.Looked || len(w.due(moderation.DeliverCard)) != 1 || len(w.published()) != 0 {
		t.Errorf("withdrawn: case %+v, published %v", v.Case, w.published())
	}
	a.Comment.UpdatedAt = w.now.Add(time.Hour)
	w.admit(a, moderation.Approve)
	if v := w.wantCase(id, moderation.CaseDecided, 2); !v.Case.Looked || v.Status != moderation.Approved || len(w.published()) != 1 {
		t.Errorf("brought back: case %+v, status %s, published %v", v.Case, v.Status, w.published())
	}
	gone := w.admit(w.arrival("2", "Gone."), moderation.Approve).Comment
	_, err = w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "2", Key: "l", At: w.now})
	w.must(err)
	w.look(gone)
	w.wantCase(gone, moderation.CaseWithdrawn, 1)
	_, err = w.Look(t.Context(), 99, w.now)
	w.wantErr(err, moderation.ErrNotFound)
}

// TestABlogMayHoldWhatSomebodyLookedAt has the blog take a comment out of what is
// published: it waits, as any other.
func TestABlogMayHoldWhatSomebodyLookedAt(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "Fine."), moderation.Approve).Comment
	w.look(id)
	w.now = w.now.Add(time.Hour)
	_, err := w.DecideOnBlog(t.Context(), moderation.BlogOrder{Site: w.site, PlatformID: "1", Choice: moderation.ChooseUndo}, w.now)
	w.must(err)
	if v := w.wantCase(id, moderation.CaseOpen, 1); v.Case.Looked || !v.Case.OpenedAt.Equal(w.now) || len(w.published()) != 0 {
		t.Errorf("case %+v, published %v", v.Case, w.published())
	}
}

func TestNotes(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "You moron."), moderation.Hold).Comment
	w.settle(moderation.DeliverCard)
	before := w.wantCase(id, moderation.CaseOpen, 1)
	n := moderation.Note{Comment: id, By: moderation.Actor{ID: "telegram:1", Name: "Mo"}, Text: "He did it before.", At: w.now, Key: "n1"}
	w.must(w.PutNote(t.Context(), n))
	after := w.wantCase(id, moderation.CaseOpen, 1)
	if diff := cmp.Diff([]moderation.Note{n}, after.Notes); diff != "" || after.Case.Version <= before.Case.Version || len(w.due(moderation.DeliverCard)) != 1 {
		t.Errorf("notes (-want +got):\n%s\nversions %d, %d", diff, before.Case.Version, after.Case.Version)
	}
	w.settle(moderation.DeliverCard)
	w.must(w.PutNote(t.Context(), n))
	if v := w.wantCase(id, moderation.CaseOpen, 1); len(v.Notes) != 1 || len(w.due(moderation.DeliverCard)) != 0 {
		t.Errorf("noted twice: %+v", v.Notes)
	}
	w.must(w.PutNote(t.Context(), moderation.Note{Comment: id, Text: "Twice.", At: w.now}))
	w.must(w.PutNote(t.Context(), moderation.Note{Comment: id, Text: "Thrice.", At: w.now}))
	var texts []string
	for _, n := range w.wantCase(id, moderation.CaseOpen, 1).Notes {
		texts = append(texts, n.Text)
	}
	if got := strings.Join(texts, " "); got != "He did it before. Twice. Thrice." {
		t.Errorf("notes %q", got)
	}
	n.Comment, n.Key = 99, ""
	w.wantErr(w.PutNote(t.Context(), n), moderation.ErrNotFound)
}
