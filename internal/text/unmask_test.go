package text

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// wordSet returns the words of the texts that are long enough to be looked up.
func wordSet(texts ...string) map[string]bool {
	words := map[string]bool{}
	for _, s := range texts {
		for _, word := range Words(s) {
			if len(word) >= minUnmasked {
				words[word] = true
			}
		}
	}
	return words
}

// knows returns a known for [Unmask] that knows the words.
func knows(words map[string]bool) func([]byte) bool {
	return func(word []byte) bool { return words[string(word)] }
}

// insults are what the tests disguise, among words that are like them.
const insults = `moron morons idiot idiots fuck fucking fucked shit bitch ass asshole cunt bastard whore slut dick faggot fag gay
	stupid kill yourself liar woman gross god good cool tool school hell evil dipshit bullshit you are the this that and other our all
	hit shut suit butch duck slit cant wit can cop ion wank twat pussy retard nigger`

func TestUnmask(t *testing.T) {
	known := knows(wordSet(insults))
	for name, tc := range map[string]struct{ in, want string }{
		"digits":              {"m0r0n b1tch 455hole cun7 4sshole 5hit 8itch", "moron bitch asshole cunt asshole shit bitch"},
		"digits at the end":   {"fag5 idiot5", "fag5 idiots"},
		"signs":               {"a$$ $hit @sshole sh!t b@stard 1d!ot !diot", "ass shit asshole shit bastard idiot idiot"},
		"signs alone":         {"you @$$ you", "you ass you"},
		"signs at both ends":  {"(un+ $hi+ @55hole!", "cunt shit asshole!"},
		"several readings":    {"s1ut 6astard 9ay 6ay fa66ot k1|l", "slut bastard gay gay faggot kill"},
		"signs for letters":   {"bi+ch (unt <unt $h|t evi!", "bitch cunt cunt shit evil"},
		"currencies":          {"bitch€s hel£ f¢ck m¡ron", "bitch€s hel£ f¢ck m¡ron"},
		"Cyrillic":            {"mоrоn, іdiоt. пiggeг", "moron, idiot. nigger"},
		"all Cyrillic":        {"you are a сор and гау", "you are a cop and гау"},
		"Greek":               {"mοrοη ιδιοτ you are and that", "moron idiot you are and that"},
		"capitals of others":  {"\u03bcor\u03bfn wh\u03bfre \u0442\u043dat", "moron whore that"},
		"other scripts":       {"ᎪSS ᗩss ꜱʟᴜᴛ ƒucκ ꓢHIT ցay", "ass ass slut fuck shit gay"},
		"boxes":               {"🅼🅾🆁🅾🅽 🅱itch", "moron bitch"},
		"accents":             {"móröñ fücķ", "moron fuck"},
		"strokes":             {"m̶o̶r̶o̶n̶ sḥịṭ", "moron shit"},
		"fullwidth and bold":  {"ｍｏｒｏｎ 𝐢𝐝𝐢𝐨𝐭", "moron idiot"},
		"vv":                  {"vvhore, vvoman", "whore, woman"},
		"stretched":           {"moooron! idiooot... fuuuuck asssshole assss", "moron! idiot... fuck asshole ass"},
		"stretched both ways": {"goooood coooool schooool kiiiillll", "good cool school kill"},
		"stretched and more":  {"fuuuuuckiiing m000ron a$$$hole", "fucking moron asshole"},
		"spaced":              {"you m o r o n s!", "you morons!"},
		"spaced two":          {"y o u m o r o n", "you moron"},
		"spaced sentence":     {"y o u a r e a m o r o n.", "you are a moron."},
		"spaced digits":       {"m 0 r 0 n you $ h i t", "moron you shit"},
		"dotted":              {"m.o.r.o.n. f-u-c-k m*o*r*o*n m_o_r_o_n f·u·c·k", "moron. fuck moron moron fuck"},
		"spaces and signs":    {"m - o - r - o - n", "moron"},
		"in a chunk":          {"that...f.u.c.k.you", "that fuck you"},
		"in two":              {"mo-ron mor-on idi.ot fu_ck bull-sh-it", "moron moron idiot fuck bullshit"},
		"uneven":              {"f u ck you, idio t a sshole", "fuck you, idiot asshole"},
		"masked":              {"f*ck c#nt f*cking sh*t! b*tch d*ck", "fuck cunt fucking shit! bitch dick"},
		"masked twice":        {"f**k sh** b**ch b*st*rd n*gg*r a**hole", "fuck shit bitch bastard nigger asshole"},
		"masked but one":      {"f*** s*** a**", "fuck shit ass"},
		"masked by others":    {"f-ck sh_t f@#k s&*t f--k", "fuck shit fuck shit fuck"},
		"masked at the front": {"*sshole *uck", "asshole fuck"},
		"masked ordinary":     {"g*ss l**r st*p*d z*n", "g*ss liar stupid z*n"},
		"combined":            {"m-0-r-0-n m.о.r.о.n b!!!tch d!p$h*t f.ü.c.k", "moron moron bitch dipshit fuck"},
		"in punctuation":      {`"m0r0n", (b1tch) [sh!t] «f*ck» ...4sshole...`, `"moron", (bitch) [shit] «fuck» ...asshole...`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Unmask(Normal(tc.in), known); got != tc.want {
				t.Errorf("Unmask(%+q) = %+q, want %+q", tc.in, got, tc.want)
			}
		})
	}
}

// ordinary are words that a disguise could be taken for, in a vocabulary of a
// language as it is.
const ordinary = `look soft smile bam gam iam ios lose sos bob hut sit hat cat can call other another the this that and are was
	ion not for you all ill ell well hell coop email xray resign recover rerun nick slit bones bore sex ass and ads aha usa psa mig fig
	biz coz uzi bus bis tie lie die tea eat oil fool cool ago east ester egg hit shit its bee ape top log logo eve even score spin
	fur resume cafe naive uber cop pop rob soco peck pact oct scot mop boo bee moo soo noo sees ohh hmm alice lice may mmay nan
	well-known vii viii class less bass damn dam wing god good said shed wed bed led cant wont dont ore ide cure plus mail ray sign`

func TestUnmaskLeavesOrdinaryTexts(t *testing.T) {
	known := knows(wordSet(ordinary))
	for name, s := range map[string]string{
		"numbers":        "100k 50ft 8am 6am 9am 10 20s 80's 1,000 1,000.50 20% 1st 2nd 3rd 100th 1/2 24/7 1-2 1+1=2 4x4 3d no.1 #1 viii",
		"prices":         "$5 $5.00 us$100 100$ £50 €20 50€ ¥100 $100k $1m 5¢ $5-$50 us$ $10/h",
		"dates":          "2020-05-12 12/05/2020 10:30am 5:30pm 1990s 2020-05-12t10:00:00 12.5.2020",
		"names":          "ps4 mp3 m16 b52 g20 covid19 h1n1 b2b r2d2 win10 u2 area51 top10 co2 a4 u21 b12 f16 ak47 3ds",
		"hyphens":        "co-op e-mail x-ray well-known re-sign un-american by-law up-to-date so-so a-hole t-shirt o-ring",
		"abbreviations":  "e.g. i.e. p.s. a.m. u.s. etc. vs. mr. n/a w/o a/c & and/or he/she",
		"emoticons":      ":-) :( ;p xd :o) <3 o_o ^^ 0_0 t_t -_- :'( >:( ¯\\_(ツ)_/¯ \\o/ 8) =d c:",
		"emoji":          "😂😂 👍🏽 ❤ 🇺🇸 🇸🇴 🇸 ok",
		"mail and links": "bob@work.com http://x.com/a_b www.sh1t.com/f*ck sit.com youtu.be/m0p a.b.com/c-a-l-l https://f.u/c.k",
		"handles":        "@alice @m0p @may @c00l_cat .@boo (@s1t)",
		"punctuation":    "it!! well... (yes) \"no\" 'cat' cat! (cat) (can) god, good; well: bed? bed?! hit... *cat* _cat_ **cat** cat* ~cat~",
		"brackets":       "(all of this) word(s) (an (ore) cat(s) [at]",
		"apostrophes":    "don't can't y'all rock'n'roll '90s o'clock it's cats' i'm.",
		"lone letters":   "a cat, i see. u r ok. x y plan b, vitamin c a d. r u? c d. x = a + b, a b",
		"two words":      "an other bed room east er no one so le for get i ll a the",
		"missing spaces": "hell.the cat,and well...all said:that bed?you ok.can",
		"French":         "l'été où ça était déjà très français, garçon à côté",
		"German":         "schöne grüße aus köln, das mädchen heißt jürgen",
		"Russian":        "это сорт, она рор и кот, я и ты, с о р т",
		"Greek":          "καλημέρα και τι κάνεις, ο κόσμος",
		"Japanese":       "今日は、元気ですか。カタカナ",
		"Hindi":          "यह एक हिन्दी वाक्य है",
		"Arabic":         "هذه جملة عربية",
		"short stretch":  "soooo noooo ohhhh meeee hiiii goooo xxx iii",
		"code":           "c++ c# f# a[i] x<y if(a) node.js 0x1f4 v1.2.3 <b>cat</b> a->b &amp; #cat",
		"a long chunk":   strings.Repeat("m0p", 300),
	} {
		t.Run(name, func(t *testing.T) {
			s := Normal(s)
			if got := Unmask(s, known); got != s {
				t.Errorf("Unmask(%q)\n= %q", s, got)
			}
		})
	}
}

func TestUnmaskDoesNotAllocateForOrdinaryText(t *testing.T) {
	const s = `it!! well... (yes) don't go to http://x.com/a_b; 1,000 of them, "quoted", $5, 2020, e.g. co-op. yes! a man i know.`
	known := knows(wordSet(s, "man know yes"))
	if allocs := testing.AllocsPerRun(1000, func() { Unmask(s, known) }); allocs > 0 && !raceDetector { // which drops what a pool holds at random
		t.Errorf("Unmask(%q): %v allocations, want none", s, allocs)
	}
}

// TestUnmaskKeepsWords sees that a text of words that are known stays.
func TestUnmaskKeepsWords(t *testing.T) {
	words := wordSet(insults, ordinary)
	known, list := knows(words), slices.Sorted(maps.Keys(words))
	word := rapid.Custom(func(t *rapid.T) string {
		w := rapid.SampledFrom(list).Draw(t, "word")
		before := rapid.SampledFrom([]string{"", "", "", `"`, "'"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", "", "", ".", ",", "!", "!!", "?", "...", ":", ";", `"`, " -", "!?"}).Draw(t, "after")
		return before + w + after
	})
	rapid.Check(t, func(t *rapid.T) {
		s := Normal(strings.Join(rapid.SliceOfN(word, 0, 30).Draw(t, "words"), " "))
		if got := Unmask(s, known); got != s {
			t.Errorf("Unmask(%q)\n= %q", s, got)
		}
	})
}

// checkUnmask holds the promises of Unmask for any text.
func checkUnmask(t rapid.TB, s string, words map[string]bool) {
	t.Helper()
	s = Normal(s)
	got := Unmask(s, func(word []byte) bool {
		if len(word) < minUnmasked || !utf8.Valid(word) {
			t.Errorf("Unmask(%+q) asks for %+q", s, word)
		}
		return words[string(word)]
	})
	if !utf8.ValidString(got) {
		t.Errorf("Unmask(%+q) = %+q: not UTF-8", s, got)
	}
	if Normal(got) != got {
		t.Errorf("Unmask(%+q) = %+q: not normal", s, got)
	}
	count := map[string]int{}
	for word := range strings.SplitSeq(got, " ") {
		count[word]++
	}
	for word := range strings.SplitSeq(s, " ") {
		if count[word]--; words[word] && isLetters(word) && count[word] < 0 {
			t.Errorf("Unmask(%+q) = %+q: lost %q", s, got, word)
		}
	}
}

// hidings draws texts that are made like disguises, but at random.
func hidings() *rapid.Generator[string] {
	piece := rapid.SampledFrom(strings.Split("a|s|$|@|5|!|(|+|f|u|ck|*|#| | |.|-|_|m|o|r|o|n|moron|ass|the|i|d|0|v|v|vv|1|é|о|ѕ|'|\"|)|\u0336|🅱|🇸|t|sss|ooo|&|/|,|www.|.com|://|ß|æ", "|"))
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), "")
	})
}

func TestUnmaskHoldsItsPromises(t *testing.T) {
	words := wordSet(insults)
	rapid.Check(t, func(t *rapid.T) {
		checkUnmask(t, rapid.OneOf(hostile(), hidings()).Draw(t, "s"), words)
	})
}

func FuzzUnmask(f *testing.F) {
	for _, s := range []string{"m.0.r.0.n mоrоn nooooo f*ck f u ck $hit a 1 b", ".@ @! (un7 )@$$ u@b.com www.x 5$ vvv i'm'i", "y o u m o r o n", "á̶ö̶ß 🅱itch 🇸"} {
		f.Add(s)
	}
	words := wordSet(insults)
	f.Fuzz(func(t *testing.T, s string) {
		checkUnmask(t, s, words)
		if s = Normal(s); !utf8.ValidString(Unmask(s, func(word []byte) bool { return len(word)%2 == 0 })) {
			t.Errorf("Unmask(%+q): not UTF-8", s)
		}
		if got := Unmask(s, func([]byte) bool { return false }); got != s {
			t.Errorf("Unmask(%+q) = %+q, where no word is known", s, got)
		}
	})
}

// TestUnmaskIsLinear sees that the work on a text grows with its length.
func TestUnmaskIsLinear(t *testing.T) {
	words := wordSet(insults)
	asked := func(s string) (n int) {
		Unmask(Normal(s), func(word []byte) bool { n++; return words[string(word)] })
		return n
	}
	for _, piece := range []string{"1 ", "s 1 ", "a.1.", "6!8|1+ ", "(a ", "f**k", "a*b ", "x-", "ooo", "$", "a sb ", "é", "с о "} {
		const most = 60 // words asked for, for a byte
		long := strings.Repeat(piece, 4000)
		if n := asked(long); n > most*len(long) {
			t.Errorf("%q, 4000 times: asked for %d words in %d bytes", piece, n, len(long))
		}
	}
}

func BenchmarkUnmask(b *testing.B) {
	for name, s := range map[string]string{
		"ordinary":  "an ordinary comment, as people write it, of some length. it has no disguise; one number, 42, and that's all there is. it is as long as the comments on news sites are on average, about two hundred and twenty characters, see?",
		"lively":    "i'm not a fan (at all!) of this co-op... see http://x.com/a_b or ask @alice, e.g. at 10:30am. $5 is a well-known price, isn't it?! yes! a man i know paid 1,000 for one; \"that's life\", he said - what a pity, i think so too",
		"disguised": "you are a m0r0n and an @sshole, you st*pid b!tch. f.u.c.k you, i d i o t, k i l l yourself. you are a wh0re and a móróñ, the bаstаrd, and all the other fuuuuuckiiing idiooots are a$$holes and (unts. kill your$elf, m-o-r-o-n",
		"Russian":   Normal("Это обычный комментарий, какие люди пишут на сайтах новостей. В нём нет ничего спрятанного, одно число, 42, и больше ничего."),
	} {
		words := wordSet(insults)
		if name != "Russian" {
			maps.Copy(words, wordSet(s))
		}
		known := knows(words)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Unmask(s, known)
			}
		})
	}
}
