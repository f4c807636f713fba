package text

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":                 {"an ordinary comment", "an ordinary comment"},
		"accents":               {"Ünïcödé naïve Łódź Straße", "unicode naive lodz strasse"},
		"marks that are vowels": {"हिन्दी", "हिन्दी"},
		"Cyrillic in Latin":     {"mоrоn", "moron"},
		"Greek in Latin":        {"mοrοn", "moron"},
		"a Cyrillic word":       {"сосна", "сосна"},
		"a Cyrillic word mixed": {"cкидки", "cкидки"},
		"small capitals":        {"ᴍᴏʀᴏɴ", "moron"},
		"leetspeak":             {"m0r0n a55hole sh!t b1tch", "moron asshole shit bitch"},
		"numbers":               {"100 1984 3.50 covid19 4 you", "100 1984 3.50 covid19 4 you"},
		"signs at the ends":     {"$100 @user yes!", "$100 @user yes!"},
		"repeated letters":      {"nooooo goood!!! 1000000", "noo good!!! 1000000"},
		"spaced":                {"you m o r o n!", "you moron!"},
		"dotted":                {"m.o.r.o.n. indeed", "moron. indeed"},
		"dashed leetspeak":      {"m-0-r-0-n", "moron"},
		"two letters":           {"a b, e.g. this", "a b, e.g. this"},
		"mixed separators":      {"a b.c", "a b.c"},
		"numbers apart":         {"1 2 3 4 a", "1 2 3 4 a"},
		"ends in a word":        {"m o r o nic", "moro nic"},
		"after an apostrophe":   {"i'm a b", "i'm a b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Fold(tc.in); got != tc.want {
				t.Errorf("Fold(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestFoldDoesNotAllocateWhereNothingChanges(t *testing.T) {
	const s = "nothing to do here, 1 2 3, yes!!"
	if allocs := testing.AllocsPerRun(100, func() { Fold(s) }); allocs > 0 {
		t.Errorf("Fold(%q): %v allocations, want none", s, allocs)
	}
}

// checkFold holds the promises of Fold for any text.
func checkFold(t rapid.TB, s string) {
	t.Helper()
	got := Fold(s)
	if !utf8.ValidString(got) {
		t.Errorf("Fold(%+q) = %+q: not UTF-8", s, got)
	}
	normal := Normal(s)
	if again := FoldNormal(normal); again != got {
		t.Errorf("Fold(%+q) = %+q, of its normal form %+q", s, got, again)
	}
	if quick, ok := bareFrequent(normal); ok && quick != bareAny(normal) {
		t.Errorf("%+q bare: %+q, by the table %+q", normal, bareAny(normal), quick)
	}
	if squeezed := Squeeze(normal); FoldNormal(squeezed) != Fold(squeezed) {
		t.Errorf("%+q squeezed and folded: %+q, want %+q", s, FoldNormal(squeezed), Fold(squeezed))
	}
}

func TestFoldHoldsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkFold(t, hostile().Draw(t, "s")) })
}

func FuzzFold(f *testing.F) {
	f.Add("m.0.r.0.n mоrоn nooooo Straße a 1 b")
	f.Add("ещё ёлка, Ünïcödé łódź œuvre")
	f.Add("aaá\u0301ааа")
	f.Fuzz(func(t *testing.T, s string) { checkFold(t, s) })
}

func TestUnleet(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"1d10t, 1diot and $lut":    "id10t, idiot and slut",
		"a1 4 you 100 @user a$b 1": "a1 4 you 100 @user a$b 1",
	} {
		if got := Unleet(in); got != want {
			t.Errorf("Unleet(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSqueeze(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"good":             "good",
		"mooooron kiiilll": "moron kil",
		"ЖЖЖук":            "Жук",
		"1000 yes!!!":      "1000 yes!!!",
		"aaab":             "ab",
	} {
		if got := Squeeze(in); got != want {
			t.Errorf("Squeeze(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":    "an ordinary comment, as people write it, of some length. it has no disguise; one number, 42, and that's all there is. it is as long as the comments on news sites are on average, about two hundred and twenty characters, see?",
		"cyrillic": "обычный комментарий, как их пишут: ничего особенного. ещё одно предложение, чтобы длина была как у других, и всё.",
		"unicode":  "ein “ganz” gewöhnlicher kommentar – wie üblich. ein “ganz” gewöhnlicher kommentar – wie üblich.",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(s)
			}
		})
	}
}
