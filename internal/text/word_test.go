package text

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want []string
	}{
		"empty":         {"", nil},
		"punctuation":   {"Well, no… (really)!", []string{"Well", "no", "really"}},
		"apostrophes":   {"don't 'quoted' o’clock rock'n'roll", []string{"don't", "quoted", "o’clock", "rock'n'roll"}},
		"hyphens":       {"well-known snake_case", []string{"well", "known", "snake", "case"}},
		"digits":        {"covid19 3.50", []string{"covid19", "3", "50"}},
		"marks":         {"e\u0301te हिन्दी", []string{"e\u0301te", "हिन्दी"}},
		"without space": {"中文字 ไทย", []string{"中", "文", "字", "ไ", "ท", "ย"}},
		"emoji":         {"yes😀no", []string{"yes", "no"}},
		"invisible":     {"mo\u200bron", []string{"mo\u200bron"}},
		"not UTF-8":     {"a\xffb", []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range Words(tc.in) {
				got = append(got, w)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Words(%q) (-want +got):\n%s", tc.in, diff)
			}
		})
	}
}

func TestWordsDoesNotAllocate(t *testing.T) {
	const s = "An ordinary comment — with größeren words."
	n := 0
	allocs := testing.AllocsPerRun(100, func() {
		for range Words(s) {
			n++
		}
	})
	if allocs > 0 {
		t.Errorf("Words: %v allocations, want none", allocs)
	}
}

// checkWords holds that words are where they say, in order and apart.
func checkWords(t rapid.TB, s string) {
	t.Helper()
	last := 0
	for at, w := range Words(s) {
		if w == "" || at < last || s[at:at+len(w)] != w || !utf8.ValidString(w) {
			t.Fatalf("Words(%+q): %+q at %d after %d", s, w, at, last)
		}
		last = at + len(w)
	}
}

func TestWordsAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkWords(t, hostile().Draw(t, "s")) })
}

func FuzzWords(f *testing.F) {
	f.Add("don't e\u0301 中文 \xff ไทย")
	f.Fuzz(func(t *testing.T, s string) { checkWords(t, s) })
}
