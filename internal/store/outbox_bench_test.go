package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// backlog makes so many due deliveries in the lane of a site that answers nothing.
func (w *world) backlog(n int) string {
	w.t.Helper()
	lane := fmt.Sprint("site:", w.site.ID)
	_, err := w.raw().Exec(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO deliveries (kind, lane, key, message_id, site_id, payload, created_at, next_at)
		SELECT 'callback', ?2, 'comment:' || i, 'msg_' || i, ?3, '{}', 1000 + i, 1000 + i FROM n`, n, lane, w.site.ID)
	w.must(err)
	return lane
}

// BenchmarkDue looks for what is due while 100,000 deliveries wait in one lane: a
// closed one, and an open one.
func BenchmarkDue(b *testing.B) {
	w := newWorld(b)
	lane := w.backlog(100_000)
	for name, skip := range map[string][]string{"closed": {lane}, "open": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := w.Due(b.Context(), w.now, []string{moderation.DeliverCallback, moderation.DeliverCard}, skip, 64)
				w.must(err)
			}
		})
	}
}

// TestAClosedLaneCostsNothing asks SQLite how it finds what is due.
func TestAClosedLaneCostsNothing(t *testing.T) {
	w := newWorld(t)
	lane := w.backlog(300)
	rows, err := w.raw().Query(`EXPLAIN QUERY PLAN `+store.DueSQL, w.now.UnixMilli(), `["callback","card"]`, `[]`, 64)
	w.must(err)
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		w.must(rows.Scan(&id, &parent, &unused, &step))
		fmt.Fprintln(&plan, step)
		if strings.Contains(step, "SCAN") && !strings.Contains(step, "json_each") && !strings.Contains(step, "VIRTUAL TABLE") &&
			!strings.Contains(step, "SCAN l") && !strings.Contains(step, "SCAN k") && !strings.Contains(step, "SCAN lanes") {
			t.Errorf("all is read: %s", step)
		}
	}
	w.must(rows.Err())
	if !strings.Contains(plan.String(), "deliveries_turn (lane=? AND kind=? AND next_at<?)") {
		t.Errorf("the plan is\n%s", &plan)
	}
	held := w.admit(w.arrival("c1", "Hm."), moderation.Hold)
	w.decide(held.Comment, moderation.ChooseSpam)
	for name, c := range map[string]struct {
		kinds, skip []string
		limit, want int
	}{
		"of the open lane":       {[]string{"callback", "card"}, nil, 64, 64},
		"of the other lane only": {[]string{"callback", "card"}, []string{lane}, 64, 1},
		"of another kind only":   {[]string{"card"}, nil, 64, 1},
		"of neither lane":        {[]string{"callback", "card"}, []string{lane, "telegram"}, 64, 0},
		"of all, without end":    {[]string{"callback", "card"}, nil, 1000, 301},
	} {
		due, err := w.Due(t.Context(), w.now.Add(time.Minute), c.kinds, c.skip, c.limit)
		w.must(err)
		if len(due) != c.want {
			t.Errorf("%s: %d are due, want %d", name, len(due), c.want)
		}
		for i := 1; i < len(due); i++ {
			if due[i].NextAt.Before(due[i-1].NextAt) {
				t.Errorf("%s: %v comes after %v", name, due[i].NextAt, due[i-1].NextAt)
			}
		}
	}
}
