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

func benchmarkCheck(b *testing.B, book *Book, sub moderation.Submission) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := book.Check(context.Background(), sub); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDefaultPacks(b *testing.B) {
	book, err := BuiltIn()
	if err != nil {
		b.Fatal(err)
	}
	for name, body := range map[string]string{
		"ordinary": ordinary,
		"unicode":  strings.ReplaceAll(strings.ReplaceAll(ordinary, "'", "’"), "e", "é"),
		"spam":     "Buy V1AGRA at http://pills.example, no prescription! " + ordinary[:160],
	} {
		b.Run(name, func(b *testing.B) {
			sub := emptyCase()
			sub.Comment.Text = body
			benchmarkCheck(b, book, sub)
		})
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
	book, err := Parse("rules.yaml", []byte(strings.Replace(src.String(), "[x]", "[first]", 1)))
	if err != nil {
		b.Fatal(err)
	}
	return book
}

// BenchmarkLists compares the index with a loop over the entries.
func BenchmarkLists(b *testing.B) {
	sub := emptyCase()
	sub.Comment.Text = ordinary
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
// built-in packs.
func BenchmarkThousandRules(b *testing.B) {
	var src strings.Builder
	src.WriteString("rules:\n")
	for i := range 1000 {
		fmt.Fprintf(&src, "  - {id: r%[1]d, when: 'hasWord(text, \"wortk%[1]d\", \"phrase number %[1]d\") or linksTo(\"h%[1]d.example\")', action: hold, message: m, catches: [wortk%[1]d], passes: [x]}\n", i)
	}
	book, err := Parse("rules.yaml", []byte(src.String()))
	if err != nil {
		b.Fatal(err)
	}
	sub := emptyCase()
	sub.Comment.Text = ordinary
	benchmarkCheck(b, book, sub)
}

// BenchmarkFreeCondition is what one more condition costs that no index helps.
func BenchmarkFreeCondition(b *testing.B) {
	var src strings.Builder
	src.WriteString("packs: off\nrules:\n")
	const n = 100
	for i := range n {
		fmt.Fprintf(&src, "  - {id: r%d, when: 'text.words > %d and links.count > 1', action: hold, message: m, catches: ['%sa.com b.com'], passes: [x]}\n", i, i, strings.Repeat("x ", i))
	}
	book, err := Parse("rules.yaml", []byte(src.String()))
	if err != nil {
		b.Fatal(err)
	}
	sub := emptyCase()
	sub.Comment.Text = strings.Repeat(ordinary, 3)
	benchmarkCheck(b, book, sub)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/condition")
}

func BenchmarkBuiltIn(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := BuiltIn(); err != nil {
			b.Fatal(err)
		}
	}
}
