package rules

import (
	"context"
	"testing"
	"time"
)

// TestDefaultPacksAllocateLittle holds the limit that make bench shows.
func TestDefaultPacksAllocateLittle(t *testing.T) {
	if raceDetector {
		t.Skip("skipped: the race detector allocates")
	}
	book := benchBook(t, "")
	for name, body := range benchTexts() {
		sub := says(body)
		n := testing.AllocsPerRun(100, func() {
			if _, err := book.Check(context.Background(), sub); err != nil {
				t.Fatal(err)
			}
		})
		if n > 20 {
			t.Errorf("%s: %v allocations, at most 20", name, n)
		}
	}
}

// TestAThousandRulesCostLittle holds that the index spares a comment the rules
// that can't hit it: a thousand of them cost at most three times the packs alone.
func TestAThousandRulesCostLittle(t *testing.T) {
	packs, thousand := benchBook(t, ""), benchBook(t, thousandRules())
	best := func(book *Book) time.Duration {
		least := time.Hour
		for range 20 { // the quickest of many is the one that nothing interrupted
			began := time.Now()
			for range 100 {
				hits(t, book, says(ordinary))
			}
			least = min(least, time.Since(began)/100)
		}
		return least
	}
	if alone, further := best(packs), best(thousand); further > 3*alone {
		t.Errorf("%s with a thousand rules, %s without", further, alone)
	}
}

// TestNobodyPaysForWhatNobodyAsks holds that a fact is looked at only where a rule
// that may hit asks for it.
func TestNobodyPaysForWhatNobodyAsks(t *testing.T) {
	book := parse(t, `rules: [{id: a, when: 'hasWord(text, "zzz") and personal.addresses > 0', action: hold, message: m, catches: ["zzz 12 Elm Street, Springfield, IL 62704"], passes: [x]}]`)
	for i := range book.slots {
		if book.slots[i].name == "personal.addresses" {
			book.slots[i].get = func(*state) any { panic("asked") }
		}
	}
	if got := hits(t, book, says("12 Elm Street, Springfield, IL 62704")); got != nil {
		t.Errorf("hits %q", got)
	}
	if _, err := book.Check(t.Context(), says("zzz")); err == nil {
		t.Error("the rule that may hit did not ask")
	}
}
