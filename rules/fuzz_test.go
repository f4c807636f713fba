package rules

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gatehouse/internal/moderation"
)

// FuzzParse holds that the loader takes whatever comes: a book that it takes can be
// asked about a comment, and each mistake has its place in the file.
func FuzzParse(f *testing.F) {
	for _, condition := range []string{
		`links.count > 2`, `hasWord(text, lists.l, "a*")`, `recent(author, "10m") >= 5`, `any(links.hosts, # contains "x")`, `text matches "a+"`,
		`linksTo("a.com") or inNetwork(author.ip, "10.0.0.0/8")`, `(`, `not`, `recent()`, `recent(author`, `text.`, `lists.x`, `hasWord(text, ["a", ["b"]])`, `1 in [1..3]`,
		`text == "a" ? 1 : 2`, `len(text) > 0x10`, `links.hosts[0] == ""`, `duration("1h") > 3`, `{"a": 1}.a`, `$env`, `let x = 1; x`, `text | len`, `time.hour == 3 ?? 1`,
	} {
		f.Add(ruleWhen("'" + strings.ReplaceAll(condition, "'", "''") + "'"))
	}
	for _, src := range []string{
		"", "rules:", "rules: []", "packs: {links: off, spam: {pills: off}}", "lists: {a: [b, c*], d: {file: x.txt}}", "lists: {a: {file: ../../x}}", "&a [*a]", "rules: {a: 1}",
		"rules: [{id: a, when: 'text == \"x\"', action: score, weight: 2, message: m, catches: [x], passes: [y]}]\nscore: {hold: 1}",
		"rules:\n  - id: a\n    when: |\n      text.words > 1\n      and links.count > 0\n    action: hold\n    message: m\n    catches: [{text: a b.com, recent: {author: {1m: 3}}, time: 2026-03-01T12:00:00Z}]\n    passes: [x]\n",
		"packs: off\nabout: \"\\u0000\"", "? [a]\n: b", "a: !!binary x", "\xff", "---\n---\n", "- - - -", "rules: [[[[",
	} {
		f.Add(src)
	}
	packs, err := filepath.Glob("packs/*.yaml")
	if err != nil || len(packs) == 0 {
		f.Fatalf("packs %q, error %v", packs, err)
	}
	for _, pack := range packs {
		data, err := os.ReadFile(pack)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, src string) {
		book, err := Parse("rules.yaml", []byte(src))
		if err != nil {
			for _, e := range Errors(err) {
				if e.Line < 1 || e.Column < 1 || e.Message == "" || !utf8.ValidString(e.Error()) {
					t.Errorf("%q: mistake %+v", src, e)
				}
			}
			return
		}
		sub := says("Some moron, see http://a.example and call 555-234-5678.")
		if _, err := book.Check(context.Background(), sub); err != nil && errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q: %v", src, err)
		}
	})
}

// FuzzFacts holds that facts can be asked of any comment, that each is what its
// kind says, and that asking for all of them at once or for one alone gives the
// same.
func FuzzFacts(f *testing.F) {
	f.Add("Hello, @Max, see http://a.example!", "Max", "Ann", "192.0.2.1", int64(0), 3)
	f.Add("м\u200bo r о n 𝐛 🇩🇪", "", "a.com", "::1", int64(-1<<62), -1)
	f.Add("\xff\x00", "\xff", "\u202e", "", int64(1<<62), 1<<30)
	f.Add("call +49 30 1234567, 12 Elm Street, Springfield, IL 62704; DE89 3704 0044 0532 0130 00", "Elm Street", "elm street", "", int64(1e15), 50)
	book := allFacts(f)
	f.Fuzz(func(t *testing.T, body, parent, author, address string, at int64, count int) {
		sub := says(body)
		sub.Parent.Author, sub.Author.Name, sub.Author.URL = parent, author, author
		sub.Author.IP, _ = netip.ParseAddr(address)
		sub.Now = time.UnixMilli(at)
		sub.Thread = moderation.Thread{Comments: count, Began: time.UnixMilli(int64(count))}
		sub.Duplicates.Last = time.Duration(at)
		explained := book.Explain(sub)
		for i, fact := range facts() {
			value := explained.Facts[i].Value
			if why := fact.kind.refuses(value); why != "" {
				t.Errorf("%s of %q is %v: %s", fact.name, body, value, why)
			}
			s := book.state(sub)
			if alone := fact.get(s); quoteValue(alone) != quoteValue(value) {
				t.Errorf("%s of %q is %v, alone %v", fact.name, body, value, alone)
			}
			book.release(s)
		}
		if _, err := book.Check(context.Background(), sub); err != nil {
			t.Error(err)
		}
	})
}

// allFacts is a book with a rule for each fact.
func allFacts(t testing.TB) *Book {
	var src strings.Builder
	src.WriteString("packs: off\nrules:\n")
	for _, f := range facts() {
		never := map[kind]string{kindText: ` contains "\x01"`, kindBool: " == (1 > 2) and 1 > 2", kindTexts: ` == ["\x01"]`}[f.kind]
		if never == "" {
			never = " == -12345"
		}
		src.WriteString("  - {id: " + strings.NewReplacer(".", "-").Replace(f.name) + ", when: '" + f.name + never + "', action: hold, message: m, catches: [x], passes: [y]}\n")
	}
	c := newCompiler(new(faults))
	c.addDocuments("", []document{readDocument(c.faults, newSource("rules.yaml", []byte(src.String())), []byte(src.String()), "", "")})
	if err := c.err(); err != nil {
		t.Fatal(err)
	}
	return c.book()
}

// refuses says why v is no value of the kind; nothing where it is one.
func (k kind) refuses(v any) string {
	switch v := v.(type) {
	case string:
		if k != kindText {
			return "a text"
		}
	case bool:
		if k != kindBool {
			return "yes or no"
		}
	case []string:
		if k != kindTexts {
			return "a list"
		}
	case int:
		if k != kindNumber {
			return "a number"
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) || k == kindShare && (v < 0 || v > 1) || k != kindShare && k != kindSecs && k != kindMins && k != kindDays {
			return "such a number"
		}
	default:
		return "nothing that conditions know"
	}
	return ""
}
