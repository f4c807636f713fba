package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestLook(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want Survey
	}{
		"nothing":             {"", Survey{}},
		"plain":               {"Hello, World 42!", Survey{Letters: 10, Digits: 2, Cased: 10, Capitals: 2, Repeated: 2}},
		"repeated":            {"nOOo, soooo", Survey{Letters: 9, Cased: 9, Capitals: 2, Repeated: 4}},
		"not across words":    {"o o o", Survey{Letters: 3, Cased: 3, Repeated: 1}},
		"across the unseen":   {"o\u200bo", Survey{Letters: 2, Cased: 2, Repeated: 2, Invisible: 1}},
		"emoji":               {"👍🏽 🇩🇪🇫🇷 👨‍👩‍👧 ❤️ 1️⃣ ✌", Survey{Digits: 1, Emoji: 7}},
		"text of old":         {"© ™ → ▪", Survey{}},
		"asked to be drawn":   {"©️", Survey{Emoji: 1}},
		"flag of England":     {"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", Survey{Emoji: 1}},
		"invisible":           {"mo\u200br\u00ado\u2060n\u202e", Survey{Letters: 5, Cased: 5, Repeated: 1, Invisible: 4}},
		"a joiner of letters": {"نمی‌خواهم", Survey{Letters: 8, Repeated: 1}},
		"one in Latin":        {"a\u200db", Survey{Letters: 2, Cased: 2, Repeated: 1, Invisible: 1}},
		"marks of direction":  {"שלום\u200f.", Survey{Letters: 4, Repeated: 1}},
		"those of nobody":     {"abc\u200f.", Survey{Letters: 3, Cased: 3, Repeated: 1, Invisible: 1}},
		"beginning of file":   {"\ufeffab", Survey{Letters: 2, Cased: 2, Repeated: 1}},
		"damage":              {"don\u0092t", Survey{Letters: 4, Cased: 4, Repeated: 1}},
		"controls":            {"a\x00\x7fb\r\n\tc", Survey{Letters: 3, Cased: 3, Repeated: 1, Invisible: 2}},
		"fancy":               {"𝐛𝐨𝐥𝐝 ⓒ Ｗ", Survey{Letters: 6, Repeated: 1, Fancy: 6}},
		"mixed":               {"mоron морoн Москва moron", Survey{Letters: 21, Cased: 21, Capitals: 1, Repeated: 1, Mixed: 2}},
		"symbols of Greek":    {"Δt, λx, ΔΔt, νi", Survey{Letters: 9, Cased: 9, Capitals: 3, Repeated: 2, Mixed: 2}},
		"endings":             {"PDF-файл, iPhone5, 5й", Survey{Letters: 14, Digits: 2, Cased: 14, Capitals: 4, Repeated: 1}},
		"Japanese":            {"Tシャツを買う", Survey{Letters: 7, Cased: 1, Capitals: 1, Repeated: 1}},
		"accents":             {"ÉCOLE école e\u0301", Survey{Letters: 11, Cased: 11, Capitals: 5, Repeated: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Look(tc.text), cmpopts.IgnoreUnexported(Survey{})); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tc.text, diff)
			}
		})
	}
}

func TestScripts(t *testing.T) {
	for text, want := range map[string]Script{
		"Añß𝐛": Latin, "Яґ": Cyrillic, "λόγος": Greek, "نعم": Arabic, "שלום": Hebrew, "नहीं": Devanagari, "ไม่": Thai, "漢字": Han, "かなカナ": Kana, "한글": Hangul, "հայ": OtherScript,
	} {
		v := Look(text)
		if v.Share(want) != 1 {
			t.Errorf("%q: %s has %v of the letters, %+v", text, want, v.Share(want), v)
		}
	}
	v := Look("abcд")
	if v.Share(Latin) != 0.75 || v.Share(Cyrillic) != 0.25 || v.Share(Han) != 0 {
		t.Errorf("shares %+v", v)
	}
}

func TestSpaced(t *testing.T) {
	counts(t, Spaced, map[string]int{
		"you m o r o n!":          1,
		"m.o.r.o.n and i-d-i-o-t": 2,
		"m 0 r 0 n":               1,
		"т у п о й":               1,
		"a b c":                   0,
		"U.S.A. and e.g.":         0,
		"plan a, b, c or d":       0,
		"moron":                   0,
	})
}

func TestSpacedWords(t *testing.T) {
	for text, want := range map[string][]string{
		"You M 0 r o n, s.h.u.t.u.p, a b; т у п ы х, mo ron": {"moron", "shutup", "тупых"},
		"what a m o r o n you are":                           {"amoron", "moron"},
		"m o r o n u hear":                                   {"moronu", "moron"},
		"I m o r o n U":                                      {"imoronu", "moronu", "imoron", "moron"},
		"f r e e  c a s h\u00a0 chips":                       {"freecash", "free", "fre", "cash"},
		"no  spaced\n\nletters, U S":                         nil,
	} {
		if diff := cmp.Diff(want, SpacedWords(text, Normal(text)), cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("%q: words (-want +got):\n%s", text, diff)
		}
	}
}

// FuzzLook holds what a survey of any text must be.
func FuzzLook(f *testing.F) {
	for _, s := range []string{"", "Hello", "👨‍👩‍👧", "🇩🇪🇫", "mо\u200dron", "\xff\xfe", "1️⃣", "שלום\u200f", "e\u0301\u0301", "Δt"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := Look(s)
		runes := utf8.RuneCountInString(s)
		if v.Letters > runes || v.Capitals > v.Cased || v.Cased > v.Letters || v.Repeated > v.Letters || v.Emoji+v.Invisible > runes || v.Mixed > v.Letters/2 {
			t.Errorf("%q: %+v of %d characters", s, v, runes)
		}
		if shares := v.Share(Latin); shares < 0 || shares > 1 {
			t.Errorf("%q: share %v", s, shares)
		}
		sum := 0.0
		for _, script := range Scripts() {
			sum += v.Share(script)
		}
		if v.Letters > 0 && (sum < 0.999 || sum > 1.001) {
			t.Errorf("%q: the shares are %v together", s, sum)
		}
		if upper := Look(strings.ToUpper(s)); isASCII(s) && (upper.Letters != v.Letters || upper.Repeated != v.Repeated) {
			t.Errorf("%q: %+v, in capitals %+v", s, v, upper)
		}
		if !strings.ContainsFunc(s, unicode.IsLetter) && v.Letters != v.Fancy {
			t.Errorf("%q: letters in %+v", s, v)
		}
	})
}

func TestDomain(t *testing.T) {
	for host, want := range map[string]string{
		"a.b.example.co.uk": "example.co.uk", "example.com": "example.com", "www.example.com": "example.com", "blog.blogspot.com": "blog.blogspot.com",
		"com": "com", "localhost": "localhost", "192.0.2.1": "192.0.2.1", "[2001:db8::1]": "[2001:db8::1]", "": "", "shop.xn--mnchen-3ya.de": "xn--mnchen-3ya.de",
	} {
		if got := Domain(host); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
	if !IsShortener("bit.ly") || !IsShortener("www.bit.ly") || IsShortener("notbit.ly") || IsShortener("youtu.be") {
		t.Error("shorteners")
	}
}

func TestIsSource(t *testing.T) {
	for host, want := range map[string]bool{
		"www.bbc.co.uk": true, "apnews.com": true, "de.wikipedia.org": true, "www.gov.uk": true, "senate.gov": true, "www.interieur.gouv.fr": true,
		"ox.ac.uk": true, "notbbc.com": false, "bbc.com.shop.example": false, "gov.shop": false, "edu.io": false, "192.0.2.1": false, "gov": false, "": false,
	} {
		if got := IsSource(host); got != want {
			t.Errorf("IsSource(%q) = %v", host, got)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	s := strings.Repeat("I don't think the council had much of a choice. ", 5)
	b.ReportAllocs()
	for b.Loop() {
		Look(s)
	}
}
