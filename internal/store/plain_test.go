package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// plainly returns what a query gives, as words.
func (w *world) plainly(query string, args ...any) string {
	w.t.Helper()
	rows, err := w.raw().Query(query, args...)
	w.must(err)
	defer rows.Close()
	var got []string
	for rows.Next() {
		var s string
		w.must(rows.Scan(&s))
		got = append(got, s)
	}
	w.must(rows.Err())
	return strings.Join(got, " ")
}

// TestIndexesTellTheSame compares what is looked up by index with plain questions of
// whole tables, in a world in which much happened.
func TestIndexesTellTheSame(t *testing.T) {
	w := newWorld(t)
	random, other := rand.New(rand.NewPCG(11, 12)), w.other()
	actions := []moderation.Action{moderation.Approve, moderation.Hold, moderation.Hold, moderation.Reject}
	choices := []moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse}
	for i := range 150 {
		w.now = w.now.Add(time.Duration(random.IntN(180)) * time.Minute)
		a := w.arrival(fmt.Sprint("c", i), sentence(random))
		if random.IntN(3) == 0 {
			a.Site = other
		}
		if random.IntN(4) == 0 {
			a.Comment.Text = "The same that others say, all of them and word by word."
		}
		r := w.admitFor(a, actions[random.IntN(4)], moderation.Reason{Check: "rules", Label: moderation.Abuse, Urgent: random.IntN(4) == 0})
		if random.IntN(3) == 0 {
			w.now = w.now.Add(time.Minute)
			w.decide(r.Comment, choices[random.IntN(3)])
		}
	}
	for i := range 15 { // three raids
		w.from(fmt.Sprint("r", i), fmt.Sprint("raider ", i), fmt.Sprint("203.0.113.", i), strings.Repeat(fmt.Sprintf("raid%d says%d this%d ", i%8/3, i%8/3, i%8/3), 5))
	}
	for _, d := range w.due(moderation.DeliverCallback) {
		if d.State = moderation.DeliverySent; random.IntN(2) == 0 {
			d.State = moderation.DeliveryFailed
		}
		w.must(w.Settle(t.Context(), d))
	}
	ctx := t.Context()
	check := func(what, got, query string, args ...any) {
		t.Helper()
		want := w.plainly(query, args...)
		if diff := cmp.Diff(want, got); diff != "" || want == "" {
			t.Errorf("%s (-plain +got):\n%s", what, diff)
		}
	}
	check("recent", told(w.RecentComments(ctx, 20)), `SELECT platform_id FROM comments ORDER BY received_at DESC, id DESC LIMIT 20`)
	check("held", told(w.HeldComments(ctx, w.site.ID, 10)), `
		SELECT c.platform_id FROM cases k JOIN comments c ON c.id = k.comment_id
		WHERE k.state = 'open' AND c.site_id = ? ORDER BY k.opened_at, k.id LIMIT 10`, w.site.ID)
	list, total, err := w.Deliveries(ctx, 15)
	w.must(err)
	ids := fmt.Sprint(total)
	for _, d := range list {
		ids += fmt.Sprint(" ", d.ID)
	}
	check("deliveries", ids, `SELECT count(*) FROM deliveries WHERE state IN ('pending', 'failed') UNION ALL SELECT * FROM (
		SELECT id FROM deliveries WHERE state IN ('pending', 'failed') ORDER BY kind = 'card', id LIMIT 15)`)
	check("raids", w.raidsTold(), plainRaids)
	days, err := w.Days(ctx, nil, epoch, time.UTC)
	w.must(err)
	var counts []string
	for _, d := range days {
		var waited time.Duration
		for _, a := range d.Answered {
			waited += a
		}
		counts = append(counts, fmt.Sprint(d.Approved, d.TakenDown, d.Held, d.HeldApproved, d.HeldRejected, d.Waiting, d.Rejected, len(d.Answered), waited.Milliseconds()))
	}
	check("days", strings.Join(counts, " "), `
		SELECT printf('%d %d %d %d %d %d %d %d %d', sum(first_action = 'approve'),
		       sum(first_action = 'approve' AND status = 'rejected' AND c.id IN (SELECT comment_id FROM decisions)),
		       sum(first_action = 'hold'), sum(first_action = 'hold' AND status = 'approved'), sum(first_action = 'hold' AND status = 'rejected'),
		       sum(first_action = 'hold' AND status = 'held'), sum(first_action = 'reject'),
		       sum(k.state IS 'decided'), coalesce(sum(iif(k.state IS 'decided', k.closed_at - k.opened_at, 0)), 0))
		FROM comments c LEFT JOIN cases k ON k.comment_id = c.id AND k.looked = 0
		GROUP BY c.received_at / 86400000 ORDER BY c.received_at / 86400000`)
}

// plainRaids is what raidsTold tells.
const plainRaids = `
		SELECT c.cluster_id || ':' || count(*) || ':' || sum(EXISTS (
		  SELECT 1 FROM revisions e JOIN comments o ON o.id = e.comment_id
		  WHERE e.identity = r.identity AND e.site_id = c.site_id AND o.status = 'approved' AND o.cluster_id IS NOT c.cluster_id))
		FROM cases k JOIN comments c ON c.id = k.comment_id JOIN revisions r ON r.comment_id = c.id AND r.revision = c.revision
		WHERE k.state = 'open' AND c.cluster_id IS NOT NULL GROUP BY c.cluster_id
		HAVING (SELECT count(*) FROM comments m WHERE m.cluster_id = c.cluster_id AND m.status <> 'withdrawn') >= 3
		ORDER BY count(*) DESC, c.cluster_id DESC`

// raidsTold returns the raids with how much of each waits and is by known authors.
func (w *world) raidsTold() string {
	w.t.Helper()
	raids, err := w.Raids(w.t.Context(), nil, 10)
	w.must(err)
	var waiting []string
	for _, r := range raids {
		waiting = append(waiting, fmt.Sprintf("%d:%d:%d", r.ID, r.Waiting, r.Known))
	}
	return strings.Join(waiting, " ")
}
