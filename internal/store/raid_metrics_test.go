package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// TestEachCommentOfARaidIsCounted decides a raid in one go, repeats the order, and takes
// it back.
func TestEachCommentOfARaidIsCounted(t *testing.T) {
	w := newWorld(t)
	raid := w.raiders("raid", 9)
	s, heard := w.service(), map[string]int{}
	s.Metrics.Together = func(site moderation.SiteID, c moderation.Choice, via string, n int) {
		heard[fmt.Sprintf("%d %s %s", site, c, via)] += n
	}
	o := w.orderAll(raid[0], moderation.ChooseSpam, "k1")
	var out moderation.ClusterOutcome
	for range 2 {
		var err error
		out, err = s.DecideCluster(t.Context(), o)
		w.must(err)
	}
	undone, err := s.UndoCluster(t.Context(), moderation.ClusterUndo{Order: out.Order.ID, By: mo, Via: "cli"})
	w.must(err)
	want := map[string]int{fmt.Sprintf("%d spam telegram", w.site.ID): out.Decided, fmt.Sprintf("%d undo cli", w.site.ID): undone.Restored}
	if diff := cmp.Diff(want, heard); diff != "" || out.Decided == 0 || undone.Restored != out.Decided {
		t.Errorf("of %d decided and %d restored there was heard (-want +got):\n%s", out.Decided, undone.Restored, diff)
	}
}
