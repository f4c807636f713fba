package training

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gatehouse/internal/moderation"
)

// What makes a word abusive for the attack.
const (
	attackedIn    = 5   // comments at least
	attackedTimes = 3.0 // as large a share of the abuse as of the decent comments
	attackedSize  = 3   // letters; in less there is nothing to hide
)

// abusiveWords returns the words, in lower case, that say abuse in the examples:
// those whose share of the abusive comments, one half added to each count, is
// several times their share of the decent ones.
func abusiveWords(examples []Example) map[string]bool {
	type counts struct{ abuse, ok float64 }
	words, total := map[string]counts{}, counts{}
	add := func(c *counts, l moderation.Label) {
		switch l {
		case moderation.Abuse:
			c.abuse++
		case moderation.OK:
			c.ok++
		}
	}
	for _, e := range examples {
		add(&total, e.Label)
		for _, word := range wordsOf(e.Text) {
			c := words[word]
			add(&c, e.Label)
			words[word] = c
		}
	}
	found := map[string]bool{}
	for word, c := range words {
		if len([]rune(word)) < attackedSize || c.abuse+c.ok < attackedIn {
			continue
		}
		if (c.abuse+.5)/(total.abuse+1) >= attackedTimes*(c.ok+.5)/(total.ok+1) {
			found[word] = true
		}
	}
	return found
}

// attacked lists the corpora with abuse and decent comments.
func attacked() []string {
	return []string{"convabuse", "davidson", "hatexplain", "jigsaw_wiki", "stormfront", "surge_toxicity"}
}

// BenchmarkUnderAttack measures what disguises cost: models of each corpus'
// train part meet its dev part as it is, with every word that says abuse hidden,
// in decent comments too, and with all of them hidden by the same means. The
// recall is at the threshold that takes 1 % of the decent comments of that very
// set. Hit is the share of the abuse in which something was hidden.
func BenchmarkUnderAttack(b *testing.B) {
	var names []string
	sets := map[string][]means{"mixed": allMeans()}
	for _, m := range allMeans() {
		names = append(names, m.name)
		sets[m.name] = []means{m}
	}
	names = append([]string{"clean", "mixed"}, names...) // clean has no means
	auc, recall := map[string]float64{}, map[string]float64{}
	for _, corpus := range attacked() {
		all := readCorpora(b, corpus)
		train := Part(all, func(i int) bool { return all[i].Split == "train" })
		dev := Part(all, func(i int) bool { return all[i].Split == "dev" })
		m, words := fitted(b, train), abusiveWords(train)
		for _, name := range names {
			set, hit := underAttack(dev, words, sets[name])
			var v Evaluator
			for _, e := range set {
				v.Add(Score(m, moderation.Thresholds{}, e))
			}
			result := v.Result()
			of := result.Of(moderation.Abuse)
			b.Logf("%-15s %-10s AUC %.4f  recall %.4f  (%d abusive words, hit %s)", corpus, name, float64(of.AUC), float64(of.RecallAt1PctFPR), len(words), hit.Percent())
			auc[name] += float64(of.AUC)
			recall[name] += float64(of.RecallAt1PctFPR)
		}
	}
	n := float64(len(attacked()))
	for _, name := range names {
		b.Logf("%-15s %-10s AUC %.4f  recall %.4f", "mean", name, auc[name]/n, recall[name]/n)
	}
	b.ReportMetric(auc["clean"]/n, "clean-AUC")
	b.ReportMetric(recall["clean"]/n, "clean-recall")
	b.ReportMetric(auc["mixed"]/n, "disguised-AUC")
	b.ReportMetric(recall["mixed"]/n, "disguised-recall")
}

// attackCosts is how much of the recall at 1 % false positives the mixed attack
// may cost.
const attackCosts = .05

// TestUnderAttack asks on the corpora with the most abuse to lose what the mixed
// attack costs.
func TestUnderAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: training on corpora takes ten seconds")
	}
	for _, corpus := range []string{"convabuse", "davidson", "jigsaw_wiki"} {
		all := readCorpora(t, corpus)
		train := Part(all, func(i int) bool { return all[i].Split == "train" })
		dev := Part(all, func(i int) bool { return all[i].Split == "dev" })
		m := fitted(t, train)
		hidden, hit := underAttack(dev, abusiveWords(train), allMeans())
		var recalls []Figure
		for _, set := range [][]Example{dev, hidden} {
			var v Evaluator
			for _, e := range set {
				v.Add(Score(m, moderation.Thresholds{}, e))
			}
			result := v.Result()
			recalls = append(recalls, result.Of(moderation.Abuse).RecallAt1PctFPR)
		}
		t.Logf("%-12s recall %.3f, disguised %.3f (hit %s)", corpus, float64(recalls[0]), float64(recalls[1]), hit.Percent())
		if recalls[1] < recalls[0]-attackCosts || hit < .5 {
			t.Errorf("%s: recall %.3f, disguised %.3f", corpus, float64(recalls[0]), float64(recalls[1]))
		}
	}
}

// underAttack returns the examples with their abusive words hidden by these
// means, and the share of the abuse that differs. The same examples give the
// same disguises.
func underAttack(examples []Example, words map[string]bool, by []means) (hidden []Example, hit Figure) {
	r := rand.New(rand.NewPCG(7, 11))
	abuse, changed := 0, 0
	for _, e := range examples {
		text := disguiseBy(r, e.Text, func(word string) bool { return words[word] }, by)
		if e.Label == moderation.Abuse {
			abuse++
			if text != e.Text {
				changed++
			}
		}
		e.Text = text
		hidden = append(hidden, e)
	}
	return hidden, share(changed, abuse)
}

func TestAbusiveWords(t *testing.T) {
	var examples []Example
	add := func(n int, l moderation.Label, text string) {
		for range n {
			examples = append(examples, Example{Text: text, Label: l})
		}
	}
	add(6, moderation.Abuse, "you Rotten rotten plonker, oi")
	add(4, moderation.Abuse, "you nincompoop")
	add(10, moderation.OK, "you are right about the harbour")
	add(1, moderation.OK, "a rotten plank")
	add(9, moderation.Spam, "cheap plonk")
	got := abusiveWords(examples)
	if len(got) != 2 || !got["rotten"] || !got["plonker"] {
		t.Errorf("got %v, want rotten and plonker", got)
	}
}

// TestDisguise hides words by each means alone, over many draws.
func TestDisguise(t *testing.T) {
	lettersOnly := func(s string) string {
		return strings.Map(func(c rune) rune {
			if unicode.IsLetter(c) {
				return c
			}
			return -1
		}, s)
	}
	squeezed := func(s string) string { return string(slices.Compact([]rune(s))) }
	// undo tells how a reader sees the word again, where that is simple.
	undo := map[string]func(string) string{"invisible": lettersOnly, "spaces": lettersOnly, "marks": lettersOnly, "stretched": squeezed}
	const (
		before, between, after = "Well… “", "” said the ", ", 2 naïve\tmen  at\u00a0once!\n"
		one, two               = "Plonker", "walrus"
	)
	abusive := func(word string) bool { return word == "plonker" || word == "walrus" }
	for _, m := range allMeans() {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(200) {
				draw := func() *rand.Rand { return rand.New(rand.NewPCG(1, seed)) }
				got := disguiseBy(draw(), before+one+between+two+after, abusive, []means{m})
				if again := disguiseBy(draw(), before+one+between+two+after, abusive, []means{m}); again != got {
					t.Fatalf("seed %d: %q, then %q", seed, got, again)
				}
				rest, okBefore := strings.CutPrefix(got, before)
				rest, okAfter := strings.CutSuffix(rest, after)
				first, second, okBetween := strings.Cut(rest, between)
				if !okBefore || !okBetween || !okAfter {
					t.Fatalf("seed %d: %q changes other words", seed, got)
				}
				for hid, word := range map[string]string{first: one, second: two} {
					if hid == word {
						t.Errorf("seed %d: %q is not hidden", seed, word)
					}
					if back := undo[m.name]; back != nil && back(hid) != word {
						t.Errorf("seed %d: %q can't be read as %q", seed, hid, word)
					}
				}
			}
		})
	}
}

// TestDisguiseDrawsAllMeans sees that a mixed attack uses each means, and falls
// back on others where one can't touch a word.
func TestDisguiseDrawsAllMeans(t *testing.T) {
	const word = "drunk" // has no letter that leetspeak knows
	always := func(string) bool { return true }
	r := rand.New(rand.NewPCG(3, 4))
	looks := map[string]bool{}
	for range 400 {
		got := disguise(r, word, always)
		if got == word {
			t.Fatalf("%q is not hidden", word)
		}
		looks[lookOf(got)] = true
	}
	for _, want := range []string{"marked", "spaced", "invisible", "stretched", "accented", "foreign"} {
		if !looks[want] {
			t.Errorf("never %s", want)
		}
	}
	leet := func(m means) bool { return m.name == "leetspeak" }
	only := slices.DeleteFunc(allMeans(), func(m means) bool { return !leet(m) })
	if got := disguiseBy(r, word, always, only); got != word {
		t.Errorf("leetspeak made %q of %q", got, word)
	}
	if got := disguiseBy(r, "bastards", always, only); got == "bastards" || len(got) != len("bastards") {
		t.Errorf("leetspeak made %q of bastards", got)
	}
}

// lookOf says what is odd about a word.
func lookOf(word string) string {
	has := func(tables ...*unicode.RangeTable) bool {
		return strings.ContainsFunc(word, func(c rune) bool { return unicode.In(c, tables...) })
	}
	switch {
	case has(unicode.P):
		return "marked"
	case has(unicode.Zs):
		return "spaced"
	case has(unicode.Cf):
		return "invisible"
	case has(unicode.Mn):
		return "accented"
	case has(unicode.Cyrillic, unicode.Greek):
		return "foreign"
	case len(word) > len("drunk") && len(word) == len([]rune(word)):
		return "stretched"
	}
	return "other"
}
