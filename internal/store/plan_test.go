package store_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/store"
)

// walked is a step that walks a table or an index from end to end.
var walked = regexp.MustCompile(`^SCAN (\S+(?: VIRTUAL)?)(?: USING(?: COVERING)? INDEX (\S+))?`)

// TestWhatIsLookedUpIsFoundInIndexes looks at the plans of what is looked up: nothing
// is walked from end to end but what a query makes itself, what a caller gives, and
// indexes of what waits or was given up on; and nothing is sorted but what is known to
// be little.
func TestWhatIsLookedUpIsFoundInIndexes(t *testing.T) {
	w := newWorld(t)
	wants := map[string]string{
		"open": "SCAN k USING COVERING INDEX cases_waiting", "open of a site": "SEARCH k USING COVERING INDEX cases_waiting_of (site_id=?)",
		"count open": "SCAN k USING COVERING INDEX cases_open", "next": "SCAN k USING INDEX cases_waiting",
		"published": "SEARCH c USING INDEX comments_unasked (site_id=?)", "decided": "SEARCH d USING INDEX decisions_at (site_id=?)",
		"recent":         "SEARCH c USING COVERING INDEX comments_received (site_id=?)",
		"by identity":    "SEARCH r USING COVERING INDEX revisions_identity (identity=?)",
		"written":        "SEARCH r USING INDEX revisions_identity (identity=?)",
		"decided with":   "SEARCH d USING INDEX decisions_comment (comment_id=?)",
		"decided text":   "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
		"on post before": "SEARCH r USING COVERING INDEX revisions_post (post_id=? AND received_at<?)",
		"days":           "SEARCH c USING COVERING INDEX comments_first (site_id=? AND first_action=? AND received_at>? AND received_at<?)",
		"answered":       "SEARCH k USING COVERING INDEX cases_asked (site_id=? AND opened_at>? AND opened_at<?)",
		"digest":         "SEARCH d USING INDEX decisions_at (site_id=? AND at>?)",
		"candidates":     "SEARCH bands USING PRIMARY KEY (band=?)",
		"candidate":      "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
		"changes":        "SEARCH c USING INDEX comments_changed (site_id=? AND changed>?)",
		"held changes":   "SEARCH c USING INDEX comments_status (site_id=? AND status=? AND changed>?)",
		"last change":    "SEARCH comments USING COVERING INDEX comments_changed (site_id=?)",
		"due":            "SEARCH w USING INDEX deliveries_turn (lane=? AND kind=? AND next_at<?)",
		"undelivered":    "SCAN w USING COVERING INDEX deliveries_waiting",
		"given up":       "SEARCH d USING COVERING INDEX deliveries_failed (kind=?)",
		"open cards":     "SEARCH d USING INDEX cards_waiting (chat=? AND topic=?)",
		"waiting mates":  "SEARCH c USING INDEX comments_cluster (cluster_id=? AND status=?)",
		"known":          "SEARCH e USING COVERING INDEX revisions_identity (identity=?)",
		"held":           "SEARCH k USING COVERING INDEX cases_waiting_of (site_id=? AND urgent=?)",
	}
	little := []string{"w", "u", "newest", "days", "lanes", "l", "(subquery-1)", "(subquery-3)", "json_each VIRTUAL", "k VIRTUAL", "words VIRTUAL", "vocabulary VIRTUAL", "i VIRTUAL", "e", "v VIRTUAL", "begun", "b", "CONSTANT", "g"} // what a query makes, with a limit
	waiting := []string{"cases_open", "cases_waiting", "deliveries_waiting", "deliveries_lane", "deliveries_turn", "deliveries_failed"}
	sorted := map[string]string{
		"raids":       "clusters, of which there are few",
		"due":         "as much as is wanted, of each lane and kind",
		"open cards":  "as many as a chat shows at a time",
		"undelivered": "numbers only, and no more than the queue's bound lets wait",
	}
	for name, query := range store.LookupSQL() {
		plan := w.plan(query, arguments(query)...)
		if want := wants[name]; want != "" && !slices.Contains(plan, want) {
			t.Errorf("%s: plan %q, want %q in it", name, plan, want)
		}
		for _, step := range plan {
			if m := walked.FindStringSubmatch(step); len(m) > 0 && !slices.Contains(waiting, m[2]) && !slices.Contains(little, m[1]) {
				t.Errorf("%s: all is read: %s", name, step)
			}
			if strings.Contains(step, "TEMP B-TREE") && !strings.Contains(step, "LAST TERM") && // of what came in one millisecond
				sorted[name] == "" {
				t.Errorf("%s: what is found is sorted: %s", name, step)
			}
		}
	}
}

// arguments are as many as a query takes.
func arguments(query string) (args []any) {
	for i := range 9 {
		if strings.Contains(query, fmt.Sprint("?", i+1)) {
			args = append(args, "[]")
		}
	}
	if len(args) == 0 {
		args = make([]any, strings.Count(query, "?"))
	}
	return args
}
