package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestNormal(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"empty":             {"", ""},
		"plain":             {"nothing to do", "nothing to do"},
		"capitals":          {"Hello WORLD", "hello world"},
		"white space":       {" \ta \r\n\n b\u00a0 c\u2003", "a b c"},
		"zero width":        {"mo\u200bro\u200dn", "moron"},
		"soft hyphen":       {"mo\u00adron", "moron"},
		"direction":         {"\u202emoron\u202c", "moron"},
		"selector and tag":  {"❤\ufe0f a\U000E0061b", "❤ ab"},
		"controls":          {"mo\x00ro\x1bn", "moron"},
		"full width":        {"ｍｏｒｏｎ", "moron"},
		"mathematical":      {"𝐦𝖔𝓇𝚘𝗻", "moron"},
		"ligature":          {"ﬁne", "fine"},
		"composed":          {"e\u0301t\u200b\u00e9", "été"},
		"hidden in accent":  {"e\u200b\u0301", "é"},
		"apostrophes":       {"don’t donʼt don't", "don't don't don't"},
		"final sigma":       {"ΛΌΓΟΣ λόγος", "λόγοσ λόγοσ"},
		"heap of marks":     {"a" + strings.Repeat("\u0300", 40), "à" + strings.Repeat("\u0300", maxMarks-1)},
		"not UTF-8":         {"a\xffb", "a\ufffdb"},
		"blank braille":     {"a\u2800b", "a b"},
		"dotted capital I":  {"İ", "i\u0307"},
		"only invisible":    {"\u200b\u200b", ""},
		"hangul and Arabic": {"한국어 العربية", "한국어 العربية"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Normal(tc.in); got != tc.want && !(name == "dotted capital I" && got == "i") {
				t.Errorf("Normal(%+q) = %+q, want %+q", tc.in, got, tc.want)
			}
		})
	}
}

func TestNormalDoesNotAllocateWhereNothingChanges(t *testing.T) {
	for _, s := range []string{"nothing to do here, 1 2 3", "ein völlig normaler satz"} {
		allocs := testing.AllocsPerRun(100, func() { Normal(s) })
		if allocs > 0 {
			t.Errorf("Normal(%q): %v allocations, want none", s, allocs)
		}
	}
}

// hostile draws texts out of what breaks normal forms: marks, fillers, other
// alphabets, signs that stand for letters, and broken UTF-8.
func hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"a", "b", "A", " ", "\n", ".", "1", "0", "$", "'", "’", "\u200b", "\u0301", "\u0344",
			"\u034f", "İ", "ς", "о", "с", "ß", "\u1160", "\uffa0", "ﷺ", "\xff", "가", "ᄀ", "ᅡ", "ᆨ", "\ufe0f", "😀",
			"http://", "www.", ".com", "<a href=", "<p>", ">", "&amp;", "<script>"}),
		rapid.StringN(0, 4, -1),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
	})
}

func TestNormalIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkNormal(t, hostile().Draw(t, "s")) })
}

// checkNormal holds the promises of Normal for any text.
func checkNormal(t rapid.TB, s string) {
	t.Helper()
	once := Normal(s)
	if twice := Normal(once); twice != once {
		t.Errorf("Normal(%+q) = %+q, and of that %+q", s, once, twice)
	}
	if !utf8.ValidString(once) {
		t.Errorf("Normal(%+q) = %+q: not UTF-8", s, once)
	}
	if strings.ContainsFunc(once, isInvisible) || strings.Contains(once, "  ") || strings.TrimSpace(once) != once {
		t.Errorf("Normal(%+q) = %+q: not normal", s, once)
	}
}

func FuzzNormal(f *testing.F) {
	f.Add("Hello\u200b  WORLD e\u0301 \xff ﬁ")
	f.Add("\x00藗\x00")
	f.Fuzz(func(t *testing.T, s string) { checkNormal(t, s) })
}

func BenchmarkNormal(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":   strings.Repeat("An ordinary comment, as people write it. ", 5),
		"unicode": strings.Repeat("Ein “ganz” gewöhnlicher Kommentar – wie üblich. ", 4),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Normal(s)
			}
		})
	}
}

// TestNormalizerIsNormal reads texts one after another in the same memory.
func TestNormalizerIsNormal(t *testing.T) {
	var n Normalizer
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~\t\n]{0,60}`), rapid.StringMatching(`([ -~\t]|[À-ÿА-яЁё–—“”‘’„€£«»•一-龥🌀-🙏]){0,30}[ς\x{301}ª]?`)).Draw(t, "text")
		if got, want := n.Normal(s), Normal(s); got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	})
	for _, s := range []string{"Not in NORMAL  form", "“Ça va?” – Да, Ёж 😂"} {
		if allocs := testing.AllocsPerRun(100, func() { n.Normal(s) }); allocs > 0 {
			t.Errorf("%q: %v allocations", s, allocs)
		}
	}
}

// TestSteadyCharacters holds all characters that are taken for steady to it.
func TestSteadyCharacters(t *testing.T) {
	for r := rune(utf8.RuneSelf); r <= unicode.MaxRune; r++ {
		if !isSteady(r) {
			continue
		}
		s := "E" + string(r) + string(r) + " " + string(r)
		got, steady := appendNormalSteady(nil, s)
		if want := Normal(s); !steady || string(got) != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
