package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// vocabulary returns a known for [Unmask] that knows the words in the texts.
func vocabulary(texts ...string) func([]byte) bool {
	words := map[string]bool{}
	for _, s := range texts {
		for _, word := range Words(s) {
			if len(word) >= 3 {
				words[word] = true
			}
		}
	}
	return func(word []byte) bool { return words[string(word)] }
}

// insults are what the tests disguise.
const insults = "moron morons idiot idiots fuck fucking shit bitch ass asshole cunt bastard whore slut dick faggot gay stupid kill yourself you are an the this is that hit other our all"

func TestUnmask(t *testing.T) {
	known := vocabulary(insults)
	for name, tc := range map[string]struct{ in, want string }{
		"digits":            {"m0r0n b1tch 455hole cun7 4sshole", "moron bitch asshole cunt asshole"},
		"signs":             {"a$$ $hit @sshole sh!t b@stard 1d!ot !diot", "ass shit asshole shit bastard idiot idiot"},
		"several readings":  {"s1ut 6astard 9ay 6ay fa66ot", "slut bastard gay gay faggot"},
		"signs for letters": {"bi+ch (unt <unt $h|t", "bitch cunt cunt shit"},
		"Cyrillic":          {"mоrоn, іdiоt", "moron, idiot"},
		"accents":           {"m\u00f3r\u00f6n f\u00fcck", "moron fuck"},
		"strokes":           {"m\u0336o\u0336r\u0336o\u0336n\u0336", "moron"},
		"stretched":         {"moooron! idiooot... fuuuuck asssshole", "moron! idiot... fuck asshole"},
		"spaced":            {"you m o r o n s!", "you morons!"},
		"spaced two":        {"y o u m o r o n", "you moron"},
		"dotted":            {"m.o.r.o.n. f-u-c-k m*o*r*o*n m_o_r_o_n", "moron. fuck moron moron"},
		"in two":            {"mo-ron mor-on idi.ot", "moron moron idiot"},
		"uneven":            {"f u ck you, idio t", "fuck you, idiot"},
		"masked":            {"f*ck c#nt f*cking", "fuck cunt fucking"},
		"combined":          {"m-0-r-0-n m 0 r 0 n", "moron moron"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Unmask(tc.in, known); got != tc.want {
				t.Errorf("Unmask(%+q) = %+q, want %+q", tc.in, got, tc.want)
			}
		})
	}
}

func TestUnmaskDoesNotAllocateForOrdinaryText(t *testing.T) {
	const s = `it!! well... (yes) don't go to http://x.com/a_b; 1,000 of them, "quoted", $5, 2020, e.g. co-op. yes! a man i know.`
	known := vocabulary(s)
	if allocs := testing.AllocsPerRun(1000, func() { Unmask(s, known) }); allocs > 0 {
		t.Errorf("Unmask(%q): %v allocations, want none", s, allocs)
	}
}

func checkUnmask(t rapid.TB, s string, known func([]byte) bool) {
	t.Helper()
	s = Normal(s)
	if got := Unmask(s, known); !utf8.ValidString(got) {
		t.Errorf("Unmask(%+q) = %+q: not UTF-8", s, got)
	}
}

func TestUnmaskHoldsItsPromises(t *testing.T) {
	known := vocabulary(insults)
	rapid.Check(t, func(t *rapid.T) { checkUnmask(t, hostile().Draw(t, "s"), known) })
}

func FuzzUnmask(f *testing.F) {
	f.Add("m.0.r.0.n mоrоn nooooo f*ck f u ck $hit a 1 b")
	known := vocabulary(insults)
	f.Fuzz(func(t *testing.T, s string) {
		checkUnmask(t, s, known)
		Unmask(s, func(word []byte) bool { return len(word)%2 == 0 })
	})
}

func BenchmarkUnmask(b *testing.B) {
	s := strings.Repeat("an ordinary comment, as people write it, of some length. ", 4)[:220]
	known := vocabulary(s)
	b.ReportAllocs()
	for b.Loop() {
		Unmask(s, known)
	}
}
