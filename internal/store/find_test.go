package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/internal/text"
)

// TestFindTellsTheSame compares what is found with what FTS5 finds when it is simply
// asked for all of the words, the last one of which may be a beginning: of few words, of
// many, and of more than are looked for one by one.
func TestFindTellsTheSame(t *testing.T) {
	w := newWorld(t)
	random := rand.New(rand.NewPCG(3, 4))
	sites := []moderation.Site{w.site, w.other()}
	for i := range 200 {
		a := w.arrival(fmt.Sprint(i), sentence(random)+fmt.Sprintf("many%03d even%02d straße%d чашка%d", i, i%60, i%30, i%50))
		a.Site = sites[i%2]
		w.pass(a, moderation.Approve)
	}
	for _, words := range []string{"soup", "soup1", "many", "many1", "many199", "even", "council tram1", "council7 even1", "strasse1", "strass", "чашк", "чашка1 many", "none", "soup none"} {
		folded := strings.Fields(text.Fold(words))
		match := `"` + strings.Join(folded, `" AND "`) + `"*`
		if words == "council tram1" {
			match = `"council" AND "tram1"*`
		}
		for _, one := range [][]moderation.SiteID{nil, {w.site.ID}} {
			want := w.plainly(`SELECT c.platform_id FROM words w JOIN comments c ON c.id = w.rowid
				WHERE words MATCH ? AND (? OR c.site_id = ?) ORDER BY c.received_at DESC, c.id DESC`, "{text author} : ("+match+")", one == nil, w.site.ID)
			if diff := cmp.Diff(want, told(w.Find(t.Context(), one, words, 1000))); diff != "" {
				t.Errorf("%q on %v (-plain +got):\n%s", words, one, diff)
			}
		}
	}
}

// TestWordsStandAsTheyAre has FTS5 read every word of one letter that is said to be in
// the index as it is.
func TestWordsStandAsTheyAre(t *testing.T) {
	w := newWorld(t)
	var letters []string
	for r := range rune(unicode.MaxRune) {
		if s := string(r); store.IsWordAsIs(s) && text.Fold(s) == s {
			letters = append(letters, s)
		}
	}
	if len(letters) < 200 {
		t.Fatalf("%d letters", len(letters))
	}
	raw, want := w.raw(), map[string]bool{}
	for _, s := range letters {
		if _, err := raw.Exec(`INSERT INTO words (rowid, text) VALUES (?, ? || 'zz')`, []rune(s)[0], s); err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprint([]rune(s)[0], ":", s, "zz")] = true
	}
	for _, got := range strings.Fields(w.plainly(`SELECT doc || ':' || term FROM vocabulary`)) {
		if !want[got] {
			t.Errorf("in the index is %q", got)
		}
		delete(want, got)
	}
	if len(want) > 0 {
		t.Errorf("not in the index are %v", want)
	}
}
