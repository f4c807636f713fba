package rules

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
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

// thousandRules returns a book of a thousand rules on words and hosts beside
// the built-in packs.
func thousandRules(n int) []byte {
	var b strings.Builder
	b.WriteString("rules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {id: r%d, when: 'hasWord(text, \"wortk%d\", \"phrase number %d\") or linksTo(\"h%d.example\")', action: hold, message: m, catches: [wortk%d], passes: [x]}\n", i, i, i, i, i)
	}
	return []byte(b.String())
}

func BenchmarkThousandRules(b *testing.B) {
	book, err := Parse("rules.yaml", thousandRules(1000))
	if err != nil {
		b.Fatal(err)
	}
	sub := emptyCase()
	sub.Comment.Text = ordinary
	benchmarkCheck(b, book, sub)
}
