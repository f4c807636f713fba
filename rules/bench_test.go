package rules

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// ordinary is a comment of 220 bytes that nothing is wrong with.
const ordinary = "I don't think the council had much of a choice. The bridge was closed for years, and nobody wanted to pay for it. What I'd like to know is who signed the first contract, and why we only hear of it now, a week after it all."

// benchTexts are comments of 220 bytes or characters, of several kinds.
func benchTexts() map[string]string {
	return map[string]string{
		"ordinary": ordinary,
		"unicode":  strings.ReplaceAll(strings.ReplaceAll(ordinary, "'", "’"), "e", "é"),
		"spam":     "Buy V1AGRA at http://pills.example, no prescription! " + ordinary[:160],
		"cyrillic": "Я не думаю, что у совета был выбор. Мост стоял закрытым годами, и платить за него никто не хотел. Хотелось бы знать, кто подписал первый договор и почему мы слышим об этом только теперь, неделю спустя, когда всё уже решено.",
	}
}

// benchBook returns the book of src, or fails.
func benchBook(b testing.TB, src string) *Book {
	b.Helper()
	book, err := Parse("rules.yaml", []byte(src))
	if err != nil {
		b.Fatal(err)
	}
	return book
}

func benchmarkCheck(b *testing.B, book *Book, sub moderation.Submission) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Check(context.Background(), sub); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDefaultPacks is what all built-in packs cost one comment.
func BenchmarkDefaultPacks(b *testing.B) {
	book := benchBook(b, "")
	for name, body := range benchTexts() {
		b.Run(name, func(b *testing.B) { benchmarkCheck(b, book, says(body)) })
	}
}

// listBook is a book of one rule with a list of n words.
func listBook(b *testing.B, n int) *Book {
	b.Helper()
	var src strings.Builder
	src.WriteString("packs: off\nlists:\n  long: [first")
	for i := range n {
		fmt.Fprintf(&src, ", wortk%d, phrase number %d, beginning%d*", 3*i, 3*i, 3*i)
	}
	src.WriteString("]\n" + ruleWhen("hasWord(text, lists.long)"))
	return benchBook(b, strings.Replace(src.String(), "[x]", "[first]", 1))
}

// BenchmarkLists compares the index with a loop over the entries.
func BenchmarkLists(b *testing.B) {
	sub := says(ordinary)
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkCheck(b, listBook(b, n/3), sub) })
		b.Run(fmt.Sprintf("%d/loop", n), func(b *testing.B) {
			entries := make([]string, n)
			for i := range entries {
				entries[i] = fmt.Sprintf("wortk%d", i)
			}
			for b.Loop() {
				folded, found := text.Fold(ordinary), 0
				for _, e := range entries {
					for _, w := range text.Words(folded) {
						if w == e {
							found++
						}
					}
				}
			}
		})
	}
}

// BenchmarkThousandRules has a thousand rules on words and hosts beside the
// built-in packs, and the same rules alone as loops.
func BenchmarkThousandRules(b *testing.B) {
	packs, thousand := benchBook(b, ""), benchBook(b, thousandRules())
	for name, body := range map[string]string{"ordinary": ordinary, "links": "See http://a.example, https://b.example/x, www.c.example. " + ordinary[:160]} {
		sub := says(body)
		b.Run(name+"/packs", func(b *testing.B) { benchmarkCheck(b, packs, sub) })
		b.Run(name+"/index", func(b *testing.B) { benchmarkCheck(b, thousand, sub) })
		b.Run(name+"/loops", func(b *testing.B) {
			rules := loopRules()
			for b.Loop() {
				loop(rules, sub.Comment.Text)
			}
		})
	}
}

// thousandRules is a book of a thousand rules, each with a word, a phrase and a
// host.
func thousandRules() string {
	var src strings.Builder
	src.WriteString("rules:\n")
	for i := range 1000 {
		fmt.Fprintf(&src, "  - {id: r%[1]d, when: 'hasWord(text, \"wortk%[1]d\", \"phrase number %[1]d\") or linksTo(\"h%[1]d.example\")', action: hold, message: m, catches: [wortk%[1]d], passes: [x]}\n", i)
	}
	return src.String()
}

// loopRule is one of those rules as somebody writes it who has no index.
type loopRule struct {
	word, phrase []string
	host         string
}

// loopRules are all of them.
func loopRules() []loopRule {
	rules := make([]loopRule, 1000)
	for i := range rules {
		rules[i] = loopRule{[]string{fmt.Sprintf("wortk%d", i)}, []string{"phrase", "number", fmt.Sprint(i)}, fmt.Sprintf("h%d.example", i)}
	}
	return rules
}

// loop folds the text and takes it apart once, and has each rule go over it.
func loop(rules []loopRule, body string) (hits int) {
	words, links := splitWords(text.Fold(body)), text.Links(body)
	for _, r := range rules {
		hit := followEachOther(words, r.word) || followEachOther(words, r.phrase)
		for _, l := range links {
			hit = hit || l.Host == r.host || strings.HasSuffix(l.Host, "."+r.host)
		}
		if hit {
			hits++
		}
	}
	return hits
}

// BenchmarkFreeCondition is what one more condition costs that no index helps.
func BenchmarkFreeCondition(b *testing.B) {
	var src strings.Builder
	src.WriteString("packs: off\nrules:\n")
	const n = 100
	for i := range n {
		fmt.Fprintf(&src, "  - {id: r%d, when: 'text.words > %d and links.count > 1', action: hold, message: m, catches: ['%sa.com b.com'], passes: [x]}\n", i, i, strings.Repeat("x ", i))
	}
	benchmarkCheck(b, benchBook(b, src.String()), says(strings.Repeat(ordinary, 3)))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/condition")
}

// BenchmarkFacts is what each fact costs that has to look at the text.
func BenchmarkFacts(b *testing.B) {
	book := benchBook(b, "packs: off")
	sub := says(ordinary[:170] + " Call 555-234-5678, see http://a.example.")
	sub.Parent.Author = "Max Example"
	for _, f := range facts() {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := book.state(sub)
				f.get(s)
				book.release(s)
			}
		})
	}
}

func BenchmarkBuiltIn(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := BuiltIn(); err != nil {
			b.Fatal(err)
		}
	}
}
