package store_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// bumpEpoch says that a site's lessons have changed.
func (w *world) bumpEpoch(site moderation.SiteID) {
	w.t.Helper()
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer raw.Close()
	_, err = raw.ExecContext(w.t.Context(), `UPDATE sites SET lessons_epoch = lessons_epoch + 1 WHERE id = ?`, site)
	w.must(err)
}

func TestSnapshotsAreKept(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.SnapshotOf(ctx, w.site.ID)
	w.wantErr(err, moderation.ErrNotFound)
	snap := moderation.Snapshot{Site: w.site.ID, Base: "0badcafe", Last: 7, Content: []byte{1, 2}}
	w.must(w.KeepSnapshot(ctx, snap))
	snap.Last, snap.Content = 8, []byte{3}
	w.must(w.KeepSnapshot(ctx, snap))
	got, err := w.SnapshotOf(ctx, w.site.ID)
	w.must(err)
	if diff := cmp.Diff(snap, got); diff != "" {
		t.Errorf("snapshot (-kept +read):\n%s", diff)
	}
	last, epochs, err := w.LessonState(ctx)
	w.must(err)
	if last != 0 || !cmp.Equal(epochs, map[moderation.SiteID]int64{w.site.ID: 0}) {
		t.Errorf("last %d, epochs %v", last, epochs)
	}
}

// TestSnapshotsGoWithTheirLessons says that nothing that was made of lessons outlives
// them: neither what is kept, nor what is about to be.
func TestSnapshotsGoWithTheirLessons(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	other, err := w.AddSite(ctx, moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	snap := moderation.Snapshot{Site: w.site.ID, Last: 7, Content: []byte{1, 2}}
	w.must(w.KeepSnapshot(ctx, snap))
	w.must(w.KeepSnapshot(ctx, moderation.Snapshot{Site: other.ID, Content: []byte{3}}))
	w.bumpEpoch(w.site.ID)
	_, err = w.SnapshotOf(ctx, w.site.ID)
	w.wantErr(err, moderation.ErrNotFound)
	_, err = w.SnapshotOf(ctx, other.ID)
	w.must(err)
	w.wantErr(w.KeepSnapshot(ctx, snap), moderation.ErrStale)
	if _, epochs, err := w.LessonState(ctx); err != nil || epochs[w.site.ID] != 1 {
		t.Errorf("epochs %v, %v", epochs, err)
	}
	snap.Epoch = 1
	w.must(w.KeepSnapshot(ctx, snap))
	w.must(w.RemoveSite(ctx, other.ID))
	w.wantErr(w.KeepSnapshot(ctx, moderation.Snapshot{Site: other.ID}), moderation.ErrStale)
	if _, epochs, err := w.LessonState(ctx); err != nil || len(epochs) != 1 {
		t.Errorf("with a site gone: epochs %v, %v", epochs, err)
	}
}

// TestLessonsOfASite reads those of one site, by its index.
func TestLessonsOfASite(t *testing.T) {
	w := newWorld(t)
	first := w.site
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	for i, text := range []string{"You moron.", "Well said.", "A pill for you.", "Trams are late."} {
		w.site = []moderation.Site{first, other}[i%2]
		r := w.admit(w.arrival(text, text), moderation.Hold)
		w.decide(r.Comment, moderation.ChooseAbuse)
	}
	numbers := func(site moderation.SiteID, after int64, limit int) (numbers []int64) {
		lessons, err := w.SiteLessonsAfter(t.Context(), site, after, limit)
		w.must(err)
		for _, l := range lessons {
			if l.Site != site {
				t.Errorf("lesson %d is of site %d", l.Number, l.Site)
			}
			numbers = append(numbers, l.Number)
		}
		return numbers
	}
	for _, tt := range []struct {
		after int64
		limit int
		want  []int64
	}{{0, 10, []int64{2, 4}}, {0, 1, []int64{2}}, {2, 10, []int64{4}}, {4, 10, nil}} {
		if diff := cmp.Diff(tt.want, numbers(other.ID, tt.after, tt.limit)); diff != "" {
			t.Errorf("lessons after %d, at most %d (-want +got):\n%s", tt.after, tt.limit, diff)
		}
	}
	steps := strings.Join(w.plan(store.SiteLessonsSQL, 1, 0, 10), "; ")
	if !strings.Contains(steps, "lessons_site (site_id=? AND rowid>?)") || strings.Contains(steps, "SCAN") || strings.Contains(steps, "B-TREE") {
		t.Errorf("plan: %s", steps)
	}
}
