package classifier

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// runsOf returns the keys of runs of characters, as the definition has them.
func runsOf(runs ...string) map[key]bool {
	keys := map[key]bool{}
	for _, run := range runs {
		h := uint64(hashSeed)
		for i := range len(run) {
			h = extend(h, run[i])
		}
		keys[keyOf(h)] = true
	}
	return keys
}

func TestCharacterFeatures(t *testing.T) {
	for _, c := range []struct {
		text string
		runs []string
	}{
		{"a", []string{" a", " a ", "a "}},
		{"Né", []string{" n", " né", " né ", "né", "né ", "é "}},
		{"abcd", []string{" a", " ab", " abc", " abcd", "ab", "abc", "abcd", "abcd ", "bc", "bcd", "bcd ", "cd", "cd ", "d "}},
		{"no!!! 😂 http://example.org @user", []string{" n", " no", " no ", "no", "no ", "o "}},
	} {
		f := extract(c.text)
		got := map[key]bool{}
		for _, k := range f.keys[viewCharacters] {
			got[k] = true
		}
		if diff := cmp.Diff(runsOf(c.runs...), got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestWordFeatures(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"case does not count", "You fool", "you FOOL", true},
		{"repeating a pair does not count", "ha ha ha", "ha ha ha ha", true},
		{"order counts", "kill you", "you kill", false},
		{"any link is one feature", "see http://a.example.org", "see www.other.example.com/x", true},
		{"any handle is one feature", "@alice hello", "@bob hello", true},
		{"how many signs counts", "no!", "no!!!", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := extract(c.a), extract(c.b)
			slices.Sort(a.keys[viewWords])
			slices.Sort(b.keys[viewWords])
			if same := slices.Equal(a.keys[viewWords], b.keys[viewWords]); same != c.same {
				t.Errorf("the same features: %v, want %v", same, c.same)
			}
		})
	}
}

// TestExtractorForgets reads texts one after another with one extractor.
func TestExtractorForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x extractor
		for _, s := range rapid.SliceOfN(anyText(), 1, 6).Draw(t, "texts") {
			x.read(s, "")
			fresh := extract(s)
			for v := range fresh.keys {
				if !slices.Equal(x.keys[v], fresh.keys[v]) {
					t.Fatalf("view %d of %q: %v, and by a fresh extractor %v", v, s, x.keys[v], fresh.keys[v])
				}
			}
		}
	})
}

// TestRunsAreTheirDefinition compares the runs of words with those that are cut
// out of them one by one.
func TestRunsAreTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z0-9]{1,12}`).Draw(t, "word")
		if rapid.Bool().Draw(t, "wide") {
			word += rapid.StringMatching(`[a-zé我]{0,6}я`).Draw(t, "more")
		}
		padded := []rune(" " + word + " ")
		var want []key
		for i := range padded {
			for n := minRun; n <= maxRun && i+n <= len(padded); n++ {
				want = append(want, keyOf(hashOf(string(padded[i:i+n]))))
			}
		}
		for _, s := range []string{word, "(" + word + ")", "a " + word + " b"} {
			x := extractor{text: s}
			at := strings.Index(s, word)
			x.readRuns(newToken(tokenWord, s, at, at+len(word)))
			if diff := cmp.Diff(want, x.keys[viewCharacters]); diff != "" {
				t.Errorf("%q (-want +got):\n%s", s, diff)
			}
		}
	})
}

// TestRepeatingFeaturesScoreAlike compares what a model says of features with
// and without the repeated ones.
func TestRepeatingFeaturesScoreAlike(t *testing.T) {
	m := testModel(t)
	rapid.Check(t, func(t *rapid.T) {
		x := m.newExtractor()
		x.readRepeating(rapid.OneOf(anyText(), rapid.StringMatching(`((the|moron|cheap|road|vermin)[ !]){0,9}`)).Draw(t, "text"), "")
		repeating := m.logOdds(&x.Features)
		x.unite()
		if distinct := m.logOdds(&x.Features); repeating != distinct {
			t.Errorf("log-odds %v, of distinct features %v", repeating, distinct)
		}
	})
}

func TestKeySetStartsAnewWhenGenerationsEnd(t *testing.T) {
	var s keySet
	s.distinct([]key{7})
	s.generation = 1<<32 - 1
	if got := s.distinct([]key{7, 8, 7}); !slices.Equal(got, []key{7, 8}) {
		t.Errorf("distinct %v, want 7 and 8", got)
	}
}

func TestReadingDoesNotAllocate(t *testing.T) {
	var x extractor
	text := "you are a worthless moron, see http://example.org/page for what i think of it!!"
	x.read(text, "")
	if n := testing.AllocsPerRun(100, func() { x.read(text, "") }); n > 2 { // what the search for links needs
		t.Errorf("%v allocations", n)
	}
}

// anyText draws texts of all kinds.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`([a-z]{1,8}[ .!?]{1,2}){0,12}`),
		rapid.StringMatching(`(@?[a-zа-яé]{1,5} ?|http://[a-z]{2,5}\.com ?|!{1,4}|[😂❤$] ?){0,15}`),
	)
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{"", "You moron!!", "see http://example.org/a", "@user <user>", "我同意", "a\u200bb\xff", "e\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x := extractor{traced: true}
		x.read(s, "")
		for v := range x.keys {
			if len(x.keys[v]) != len(x.spans[v]) {
				t.Fatalf("%d keys, %d spans", len(x.keys[v]), len(x.spans[v]))
			}
			seen := map[key]bool{}
			for i, k := range x.keys[v] {
				at := x.spans[v][i]
				if k == 0 || seen[k] || at.start >= at.end || int(at.end) > len(x.text) {
					t.Fatalf("feature %d of view %d: key %d, span %v of %q", i, v, k, at, x.text)
				}
				seen[k] = true
			}
		}
	})
}
