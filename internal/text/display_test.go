package text

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		max  int
		want string
	}{
		"fits":            {"hello", 5, "hello"},
		"cut":             {"hello", 4, "hel…"},
		"one":             {"hello", 1, "…"},
		"none":            {"hello", 0, ""},
		"negative":        {"hello", -1, ""},
		"bytes, not more": {"ééééé", 5, "ééééé"},
		"surrogates":      {"😀😀😀", 5, "😀😀…"},
		"half an emoji":   {"😀😀😀", 4, "😀…"},
		"family":          {"a👨‍👩‍👧b", 5, "a…"},
		"accent":          {"ae\u0301e", 3, "a…"},
		"heap of marks":   {"a" + strings.Repeat("\u0300", 9), 4, "a\u0300\u0300…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Cut(tc.in, tc.max); got != tc.want {
				t.Errorf("Cut(%q, %d) = %q, want %q", tc.in, tc.max, got, tc.want)
			}
			checkCut(t, tc.in, tc.max)
		})
	}
}

// checkCut holds the promises of Cut and UTF16Len.
func checkCut(t rapid.TB, s string, limit int) {
	t.Helper()
	got := Cut(s, limit)
	units := len(utf16.Encode([]rune(got)))
	if UTF16Len(got) != units || units > max(0, limit) || !utf8.ValidString(got) {
		t.Errorf("Cut(%+q, %d) = %+q of %d units", s, limit, got, units)
	}
	if s := valid(s); UTF16Len(s) <= limit && got != s {
		t.Errorf("Cut(%+q, %d) = %+q: it fits", s, limit, got)
	}
}

func TestGraphemes(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "e\u0301": 1, "👨‍👩‍👧": 1, "🇩🇪!": 2, "\xff": 1} {
		if got := Graphemes(s); got != want {
			t.Errorf("Graphemes(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":           {"Hello, World", "Hello, World"},
		"controls":        {"a\x00b\x1b[31mc\x07", "ab[31mc"},
		"direction":       {"a\u202eb\u2066c\u200fd", "abcd"},
		"invisible":       {"a\u200bb\u00adc\ufeff", "abc"},
		"tabs":            {"a\tb", "a b"},
		"newlines":        {"\na\r\nb\rc\n\n\n\nd\u2028e\n", "a\nb\nc\n\nd\ne"},
		"emoji":           {"👨‍👩‍👧 ❤️", "👨‍👩‍👧 ❤️"},
		"Persian":         {"می‌خواهم", "می‌خواهم"},
		"joiners in vain": {"a\u200db\u200c\u200c❤\ufe0f\ufe0f", "ab❤\ufe0f"},
		"tags":            {"🏴\U000E0067\U000E007F", "🏴"},
		"zalgo":           {"a" + strings.Repeat("\u0300", 30) + "b", "a" + strings.Repeat("\u0300", 4) + "b"},
		"not UTF-8":       {"a\xffb", "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Printable(tc.in); got != tc.want {
				t.Errorf("Printable(%+q) = %+q, want %+q", tc.in, got, tc.want)
			}
		})
	}
}

// checkPrintable holds the promises of Printable for any text.
func checkPrintable(t rapid.TB, s string) {
	t.Helper()
	got := Printable(s)
	if again := Printable(got); again != got || !utf8.ValidString(got) {
		t.Errorf("Printable(%+q) = %+q, and of that %+q", s, got, again)
	}
	bad := func(r rune) bool { return r != '\n' && isInvisible(r) && !isJoiner(r) }
	if strings.ContainsFunc(got, bad) || strings.Contains(got, "\n\n\n") || strings.Contains(got, "\t") {
		t.Errorf("Printable(%+q) = %+q", s, got)
	}
}

func TestDisplayHoldsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "s")
		checkPrintable(t, s)
		checkCut(t, s, rapid.IntRange(-1, 20).Draw(t, "max"))
	})
}

func FuzzDisplay(f *testing.F) {
	f.Add("a\u202eb\r\n\n\n👨‍👩‍👧 e\u0301\xff", 7)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		checkPrintable(t, s)
		checkCut(t, s, limit)
		Graphemes(s)
	})
}
