package store_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

func TestVitalsSayWhatWaits(t *testing.T) {
	w := newWorld(t)
	quiet, err := w.AddSite(t.Context(), moderation.Site{Name: "quiet", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	w.admit(w.arrival("old", "Written two days before."), moderation.Approve)
	w.now = w.now.Add(48 * time.Hour)
	opened := w.now
	w.admitFor(w.arrival("1", "You moron."), moderation.Hold, moderation.Reason{Check: "rules", Rule: "threat", Label: moderation.Abuse, Urgent: true})
	w.now = w.now.Add(time.Hour)
	second := w.admit(w.arrival("2", "Idiots, all of you."), moderation.Hold)
	w.admit(w.arrival("3", "A kind word."), moderation.Approve)
	w.decide(second.Comment, moderation.ChooseSpam)
	callback := w.due(moderation.DeliverCallback)[0]
	callback.State = moderation.DeliveryFailed
	w.must(w.Settle(t.Context(), callback))

	got, err := w.Vitals(t.Context())
	w.must(err)
	if got.Bytes == 0 {
		t.Error("the database has no size")
	}
	want := moderation.Vitals{
		Sites: []moderation.SiteVitals{
			{ID: w.site.ID, Name: "blog", Waiting: 1, Urgent: 1, Oldest: opened, Judged: map[moderation.Action]int{moderation.Hold: 2, moderation.Approve: 1}},
			{ID: quiet.ID, Name: "quiet", Judged: map[moderation.Action]int{}},
		},
		Deliveries: []moderation.DeliveryVitals{
			{Kind: moderation.DeliverCallback, Site: "blog", GivenUp: 1},
			{Kind: moderation.DeliverCard, Site: "blog", Pending: 2, Oldest: opened},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(moderation.Vitals{}, "Bytes", "WALBytes", "FreeBytes")); diff != "" {
		t.Errorf("vitals (-want +got):\n%s", diff)
	}
}

// TestVitalsKnowTheNewestBackup reads when it was made.
func TestVitalsKnowTheNewestBackup(t *testing.T) {
	w := newWorld(t)
	for _, want := range []time.Time{{}, w.now.Add(-3 * time.Hour), w.now} {
		if !want.IsZero() {
			w.must(store.NoteBackup(t.Context(), w.dir, store.LastBackup{At: want, Path: "/backups/one"}))
		}
		got, err := w.Vitals(t.Context())
		w.must(err)
		if !got.Backup.Equal(want) {
			t.Errorf("the newest backup is of %v, want %v", got.Backup, want)
		}
	}
}

func TestDriftIsSeenWhereScoresMove(t *testing.T) {
	w := newWorld(t)
	add := func(from, n int, abuse float64) {
		for i := range n {
			w.now = w.now.Add(time.Second)
			a := w.arrival(fmt.Sprint(from+i), fmt.Sprintf("Comment number %d.", from+i))
			v := moderation.Verdict{Action: moderation.Approve, Scores: moderation.Probabilities{OK: 1 - abuse - .01, Spam: .01, Abuse: abuse}, Model: "m"}
			_, err := w.Admit(t.Context(), moderation.Admission{Arrival: a, Verdict: v, At: w.now})
			w.must(err)
		}
	}
	add(0, 300, .03)
	d, err := w.Drift(t.Context(), w.site.ID)
	w.must(err)
	if !math.IsNaN(d.Abuse) || !math.IsNaN(d.Spam) {
		t.Errorf("of few comments it says %+v", d)
	}
	add(300, 700, .03)
	d, err = w.Drift(t.Context(), w.site.ID)
	w.must(err)
	if d.Abuse > .05 || d.Spam > .05 {
		t.Errorf("nothing moved, and it says %+v", d)
	}
	add(1000, 150, .5)
	d, err = w.Drift(t.Context(), w.site.ID)
	w.must(err)
	if d.Abuse < .25 || d.Spam > .05 {
		t.Errorf("half of the abuse scores moved, and it says %+v", d)
	}
}

// TestNoVitalsReadWholeTables looks at how SQLite goes about it: only the few rows
// of sites may be read one after another.
func TestNoVitalsReadWholeTables(t *testing.T) {
	w := newWorld(t)
	small := []string{"s", "d"} // sites, and what was counted
	for _, query := range []string{store.SiteVitalsSQL, store.DeliveryVitalsSQL} {
		plan := w.plan(strings.ReplaceAll(query, "?1", "1"))
		for _, step := range plan {
			if strings.Contains(step, " deliveries USING ") && !strings.Contains(step, "COVERING INDEX") {
				t.Errorf("rows are read where an index would do: %s, in the plan\n%s", step, strings.Join(plan, "\n"))
			}
			if strings.HasPrefix(step, "SCAN c ") {
				t.Errorf("the comments of all times are read: %s, in the plan\n%s", step, strings.Join(plan, "\n"))
			}
			if table, scans := strings.CutPrefix(step, "SCAN "); scans && !strings.Contains(step, " USING ") && !slices.Contains(small, table) {
				t.Errorf("%s, in the plan\n%s", step, strings.Join(plan, "\n"))
			}
		}
	}
}
