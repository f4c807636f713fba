package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// parse returns the book of src with the built-in packs off, or fails.
func parse(t rapid.TB, src string) *Book {
	t.Helper()
	book, err := Parse("rules.yaml", []byte(src+"\npacks: off\n"))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// says is a submission with a text.
func says(s string) moderation.Submission {
	sub := emptyCase()
	sub.Comment.Text = s
	return sub
}

// hits returns the rules that hit a submission.
func hits(t rapid.TB, b *Book, sub moderation.Submission) []string {
	t.Helper()
	report, err := b.Check(context.Background(), sub)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range report.Signals {
		names = append(names, s.Rule)
	}
	return names
}

func TestCheckGivesEveryHit(t *testing.T) {
	book := parse(t, `
lists:
  insults: [nitwit, "piece of work", moron*]
rules:
  - {id: words, when: 'hasWord(text, lists.insults)', action: hold, label: abuse, message: an insult, catches: [nitwit], passes: [x]}
  - {id: links, when: 'links.count > 1', action: reject, label: spam, message: links, catches: [a.com b.com], passes: [x]}
  - {id: pattern, when: 'text matches "[0-9]{4,}"', action: hold, message: a number, catches: ["12345"], passes: [x]}
  - {id: friend, when: 'author.name == "Ann"', action: approve, message: a friend, catches: [{text: x, author: {name: Ann}}], passes: [x]}
  - {id: none, when: 'text contains "zzz"', action: hold, message: m, catches: [zzz], passes: [x]}
`)
	sub := says("What a Piece of  Work, m0rons! See http://a.com, http://b.com/2024 or call 5551234")
	sub.Author.Name = "Ann"
	report, err := book.Check(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	want := []moderation.Signal{
		{Check: "rules", Rule: "words", Label: "abuse", Action: "hold", Score: 1, Detail: "an insult: piece of work, morons"},
		{Check: "rules", Rule: "links", Label: "spam", Action: "reject", Score: 1, Detail: "links: a.com, b.com"},
		{Check: "rules", Rule: "pattern", Action: "hold", Score: 1, Detail: "a number: 2024"},
		{Check: "rules", Rule: "friend", Label: "ok", Action: "approve", Score: 1, Detail: "a friend"},
	}
	if diff := cmp.Diff(want, report.Signals); diff != "" {
		t.Errorf("signals (-want +got):\n%s", diff)
	}
	if report.Version != book.Version() || len(report.Version) != 12 || book.Name() != "rules" {
		t.Errorf("version %q of %q, name %q", report.Version, book.Version(), book.Name())
	}
	if diff := cmp.Diff(Size{Rules: 5, Lists: 1, Cases: 10}, sizeWithoutPacks(book)); diff != "" {
		t.Errorf("size (-want +got):\n%s", diff)
	}
}

// sizeWithoutPacks is the size of a book of parse, less the lists of the packs.
func sizeWithoutPacks(b *Book) Size {
	size := b.Size()
	size.Lists = min(size.Lists, 1)
	return size
}

func TestEvidenceIsShortAndHarmless(t *testing.T) {
	book := parse(t, `
rules:
  - {id: a, when: 'links.count > 2', action: hold, message: links, catches: [a.com b.com c.com], passes: [x]}
  - {id: b, when: 'text matches "(?s)evil.*"', action: hold, message: evil, catches: [evil], passes: [x]}
`)
	var links strings.Builder
	for i := range 40 {
		fmt.Fprintf(&links, "http://%d.example ", i)
	}
	report, err := book.Check(t.Context(), says(links.String()+"evil\u202e\n"+strings.Repeat("x", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"links: 0.example, 1.example, 2.example, 3.example, 4.example and 35 more",
		"evil: evil " + strings.Repeat("x", maxPiece-6) + "…",
	}
	for i, s := range report.Signals {
		if s.Detail != want[i] {
			t.Errorf("detail %q, want %q", s.Detail, want[i])
		}
	}
}

func TestEvidenceNamesNoAddress(t *testing.T) {
	book := parse(t, `
rules:
  - {id: a, when: 'isOneOf(author.email, "bob@example.com")', action: hold, message: m, catches: [{author: {email: bob@example.com}}], passes: [x]}
  - {id: b, when: 'inNetwork(author.ip, "10.0.0.0/8")', action: hold, message: m, catches: [{author: {ip: 10.0.0.1}}], passes: [x]}
  - {id: c, when: 'author.email matches "bob" or hasWord(author.email, "bob")', action: hold, message: m, catches: [{author: {email: bob@example.com}}], passes: [x]}
`)
	sub := says("x")
	sub.Author.Email, sub.Author.IP = "bob@example.com", netipAddr("10.0.0.7")
	report, err := book.Check(t.Context(), sub)
	if err != nil || len(report.Signals) != 3 {
		t.Fatalf("signals %+v, error %v", report.Signals, err)
	}
	for _, s := range report.Signals {
		if s.Detail != "m" {
			t.Errorf("rule %s says %q", s.Rule, s.Detail)
		}
	}
}

func TestWordsAreNeverInsideOthers(t *testing.T) {
	book := parse(t, `
rules:
  - id: a
    when: hasWord(text, "cialis", "dress", "bad", "cunt", "ass", "kill yourself", "moron*", "café", "сука", "笨蛋")
    action: hold
    message: m
    catches: [cialis]
    passes: [specialist]
`)
	for text, want := range map[string]bool{
		"a specialist":            false,
		"Andressa":                false,
		"Scunthorpe":              false,
		"troubadour":              false,
		"assassin in class":       false,
		"oxymoron":                false,
		"kill. Himself. Yourself": false,
		"bad":                     true,
		"BAD!":                    true,
		"not-bad":                 true,
		"the dress's seam":        true,
		"b.a.d":                   true,
		"b a d":                   true,
		"c1al1s":                  true,
		"ciali$":                  false,
		"mоrоn":                   true,
		"moooooron":               true,
		"morons, moronic":         true,
		"CAFÉ":                    true,
		"cafe":                    true,
		"ｂａｄ":                     true,
		"b\u200bad":               true,
		"Kill  —  your\u00adself": true,
		"k1ll y0urs3lf":           true,
		"k i l l y o u r s e l f": true,
		"K.I.L.L.Y.0.U.R.S.E.L.F": true,
		"killyourself":            false,
		"СУКА":                    true,
		"你这个笨蛋啊":                  true,
		"笨 a 蛋":                   false,
	} {
		if got := len(hits(t, book, says(text))) > 0; got != want {
			t.Errorf("%q: hit %v, want %v", text, got, want)
		}
	}
}

func TestHiddenWords(t *testing.T) {
	book := parse(t, `
lists: {insults: [moron, idiot, "piece of work", café]}
rules:
  - {id: hidden, when: 'hidesWord(text, lists.insults, "casino*")', action: hold, catches: [m0ron], passes: [moron]}
  - {id: any, when: 'hasWord(text, lists.insults)', action: hold, catches: [m0ron, moron], passes: [x]}
`)
	for text, want := range map[string][]string{
		"m.o.r.o.n":                {"hidden", "any"},
		"what a m o r o n you are": {"hidden", "any"},
		"you m o r o n i say":      {"hidden", "any"},
		"b u y  c a s i n o  now":  {"hidden"},
		"a m0r0n, 1diot":           {"hidden", "any"},
		"1diot, 1d10t":             {"hidden", "any"},
		"mоron, with a Cyrillic о": {"hidden", "any"},
		"p1ece of w0rk":            {"hidden", "any"},
		"c a s i n o":              {"hidden"},
		"mórón":                    {"hidden", "any"},
		"a moron, and not a m0r0n": {"any"},
		"mooooron":                 {"any"},
		"MORON":                    {"any"},
		"a café, a casino":         {"any"},
	} {
		if got := hits(t, book, says(text)); !slices.Equal(got, want) {
			t.Errorf("%q: hits %q, want %q", text, got, want)
		}
	}
	report, err := book.Check(t.Context(), says("you m0r0n"))
	if err != nil || report.Signals[0].Detail != "hidden: moron" {
		t.Errorf("signals %+v, error %v; want the word once", report.Signals, err)
	}
}

func TestHostsNetworksAndValues(t *testing.T) {
	book := parse(t, `
lists:
  hosts: [Example.COM, "*.bad.ru", münchen.de]
rules:
  - {id: host, when: 'linksTo(lists.hosts, "info")', action: hold, message: m, catches: [example.com], passes: [x]}
  - {id: url, when: 'linksTo(author.url, lists.hosts)', action: hold, message: m, catches: [{author: {url: example.com}}], passes: [x]}
  - {id: net, when: 'inNetwork(author.ip, "192.0.2.0/24", "2001:db8::/32", "10.0.0.1")', action: hold, message: m, catches: [{author: {ip: 192.0.2.7}}], passes: [{author: {ip: 192.0.3.7}}, x]}
  - {id: value, when: 'isOneOf(author.email, "Bob@Example.com")', action: hold, message: m, catches: [{author: {email: bob@example.com}}], passes: [{author: {email: bob@example.com.au}}]}
`)
	with := func(change func(*moderation.Submission)) moderation.Submission {
		sub := emptyCase()
		change(&sub)
		return sub
	}
	for name, tc := range map[string]struct {
		sub  moderation.Submission
		want []string
	}{
		"a name below":       {says("http://shop.example.com/x"), []string{"host"}},
		"a name that ends":   {says("http://notexample.com/x"), nil},
		"a name in the path": {says("http://a.de/example.com"), nil},
		"a whole ending":     {says("http://spam.info"), []string{"host"}},
		"international":      {says("http://MÜNCHEN.de"), []string{"host"}},
		"the writer's":       {with(func(s *moderation.Submission) { s.Author.URL = "https://x.bad.ru/y" }), []string{"url"}},
		"without a scheme":   {with(func(s *moderation.Submission) { s.Author.URL = "x.bad.ru" }), []string{"url"}},
		"mapped address":     {with(func(s *moderation.Submission) { s.Author.IP = netipAddr("::ffff:10.0.0.1") }), []string{"net"}},
		"six":                {with(func(s *moderation.Submission) { s.Author.IP = netipAddr("2001:db8::1") }), []string{"net"}},
		"another":            {with(func(s *moderation.Submission) { s.Author.IP = netipAddr("2001:db9::1") }), nil},
		"a value":            {with(func(s *moderation.Submission) { s.Author.Email = "BOB@example.com" }), []string{"value"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, hits(t, book, tc.sub)); diff != "" {
				t.Errorf("hits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARuleThatFailsIsAnError(t *testing.T) {
	book := parse(t, `
rules:
  - {id: divides, when: '7 % links.count == 1', action: hold, message: m, catches: [a.com b.com], passes: [a.com]}
  - {id: fine, when: 'text contains "x"', action: hold, message: m, catches: [x], passes: [y]}
`)
	report, err := book.Check(t.Context(), says("x, without a link"))
	if err == nil || !strings.Contains(err.Error(), `"divides"`) {
		t.Errorf("error %v; want one that names the rule", err)
	}
	if len(report.Signals) != 1 || report.Signals[0].Rule != "fine" {
		t.Errorf("signals %+v; want the other rule's", report.Signals)
	}
	if _, err := book.Check(t.Context(), says("x a.com")); err != nil {
		t.Errorf("the next comment: %v", err)
	}
}

func TestCheckIsSafeForConcurrentUse(t *testing.T) {
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				text, want := "an ordinary comment", []string(nil)
				if i%2 == 0 {
					text, want = "I will find you, see http://a.com http://b.com http://c.com", []string{"first-comment/links-and-little-else", "links/many", "threats/threat"}
				}
				if got := hits(t, book, says(text)); !slices.Equal(got, want) {
					t.Errorf("%q: hits %q, want %q", text, got, want)
				}
			}
		})
	}
	wg.Wait()
}

// TestTheIndexMissesNothing holds that the rules that Check leaves out, because
// no entry that they need was found, are rules that do not hit.
func TestTheIndexMissesNothing(t *testing.T) {
	word := rapid.SampledFrom([]string{"ant", "bee", "cat", "dog"})
	term := rapid.Custom(func(t *rapid.T) string {
		form := rapid.SampledFrom([]string{
			`hasWord(text, %q)`, `hidesWord(text, %q)`, `hasWord(author.name, %q)`, `countWords(text, "eel", %q) >= 1`, `countWords(text, "eel", %q) > 1`,
			`linksTo("%s.com")`, `isOneOf(text, %q)`, `text contains %q`, `not hasWord(text, %q)`, `countWords(text, %q) >= 0`, `countWords(text, %q) < 1`,
		}).Draw(t, "form")
		return fmt.Sprintf(form, word.Draw(t, "word"))
	})
	var condition func(depth int) *rapid.Generator[string]
	condition = func(depth int) *rapid.Generator[string] {
		if depth == 0 {
			return term
		}
		return rapid.Custom(func(t *rapid.T) string {
			op := rapid.SampledFrom([]string{"(%s and %s)", "(%s or %s)", "not (%s and %s)", "(%s ? %s : false)"}).Draw(t, "op")
			return fmt.Sprintf(op, condition(depth-1).Draw(t, "left"), condition(depth-1).Draw(t, "right"))
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		c := newCompiler(new(faults))
		for i := range 5 {
			src := "rules: [{id: r, when: '" + condition(2).Draw(t, "condition") + "', action: hold, message: m, catches: [x], passes: [x]}]"
			doc := readDocument(c.faults, newSource("rules.yaml", []byte(src)), []byte(src), ".", "")
			doc.rules[0].id = fmt.Sprintf("r%d", i)
			c.addDocuments("", []document{doc})
		}
		book := c.book()
		if err := c.err(); err != nil {
			t.Fatal(err)
		}
		sub := says(strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"ant", "bee", "cat", "eel", "ant.com", "d.o.g", "x"}), 0, 4).Draw(t, "words"), " "))
		sub.Author.Name = word.Draw(t, "name")
		var want []string
		for _, r := range book.Explain(sub).Rules {
			if r.Hit {
				want = append(want, r.Rule)
			}
		}
		if got := hits(t, book, sub); !slices.Equal(got, want) {
			t.Errorf("Check hits %q, Explain %q", got, want)
		}
	})
}

func TestExplain(t *testing.T) {
	book := parse(t, `rules: [{id: a, when: "text.words > 1 and\n\n links.count == 0", action: hold, label: spam, message: m, catches: [x y], passes: [x]}, {id: b, when: '1 % links.count == 0', action: hold, message: m, catches: [a.com], passes: [a.com b.com]}]`)
	e := book.Explain(says("Two WORDS"))
	if e.Version != book.Version() || len(e.Facts) != len(facts()) {
		t.Errorf("version %q, %d facts; want %q, %d", e.Version, len(e.Facts), book.Version(), len(facts()))
	}
	shown := make(map[string]string)
	for _, f := range e.Facts {
		shown[f.Name] = f.String()
	}
	for name, want := range map[string]string{
		"text": `"Two WORDS"`, "text.normal": `"two words"`, "text.words": "2", "text.capitals": "0.75", "links.hosts": "[]", "mode": `"normal"`,
	} {
		if shown[name] != want {
			t.Errorf("fact %s is %s, want %s", name, shown[name], want)
		}
	}
	if a := e.Rules[0]; !a.Hit || a.Condition != "text.words > 1 and links.count == 0" || a.Detail != "m" || a.Err != nil {
		t.Errorf("rule a: %+v", a)
	}
	if b := e.Rules[1]; b.Hit || b.Err == nil {
		t.Errorf("rule b: %+v", b)
	}
}

// TestHostileComments runs the built-in book over a quarter of a mebibyte of what
// costs most. The limit is far above what the slowest machine needs for time that
// grows with the length alone.
func TestHostileComments(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: hostile comments take long")
	}
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{"a", "a ", "kill ", "kill your ", "http://a.com ", "a.com ", "http://%", "@", "a@b.", "x\u0301", "...", "m.o.r.o.n ", "viagra casino ", "м0", "!"} {
		start := time.Now()
		sub := says(strings.Repeat(piece, (256<<10)/len(piece)))
		if _, err := book.Check(t.Context(), sub); err != nil {
			t.Errorf("%q: %v", piece, err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%q took %v", piece, took)
		}
	}
}

func FuzzCheck(f *testing.F) {
	book, err := BuiltIn()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Buy v1agra at http://a.com", "a.com", "x")
	f.Add("\xffa.com", "\xff", "\xff")
	f.Add("k.i.l.l yourself \xff\u202e", "", "\x00")
	f.Fuzz(func(t *testing.T, body, name, email string) {
		sub := says(body)
		sub.Author.Name, sub.Author.Email, sub.Author.URL = name, email, name
		report, err := book.Check(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range report.Signals {
			if len(s.Detail) > 4*maxDetail || strings.ContainsAny(s.Detail, "\x00\x1b\n\u202e") {
				t.Errorf("detail %q", s.Detail)
			}
		}
		book.Explain(sub)
	})
}
