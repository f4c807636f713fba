package classifier

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// A name is a persona's target where at least so many of its texts have it, and
	// that share of them,
	minTargeting   = 3
	targetingShare = 0.2
	// and at most that share of the others' comments: whom the whole place talks
	// about is nobody's target.
	targetOthers = 0.005
	// minTarget is how many letters a name has, at least.
	minTarget = 4
)

// target is somebody whom a persona names and hardly anybody else does.
type target struct {
	own, others int // texts that have the name
}

// targetsOf returns the targets of own texts among others, by the names in folded
// form. A name is a word that begins with a capital in most of the texts that have it.
func targetsOf(own, others []string) map[string]target {
	capital, all := map[string]int{}, map[string]int{}
	for _, s := range own {
		for word, upper := range wordsOf(s) {
			all[word]++
			if upper {
				capital[word]++
			}
		}
	}
	targets := map[string]target{}
	for word, n := range all {
		if n >= minTargeting && float64(n) >= targetingShare*float64(len(own)) && 2*capital[word] > n {
			targets[word] = target{own: n}
		}
	}
	for _, s := range others {
		for word := range wordsOf(s) {
			if t, ok := targets[word]; ok {
				t.others++
				targets[word] = t
			}
		}
	}
	for word, t := range targets {
		if float64(t.others) > targetOthers*float64(len(others)) {
			delete(targets, word)
		}
	}
	return targets
}

// seldomAnswered says whether a name is one person's, whom hardly any of the others
// answers.
func (p *portrait) seldomAnswered(name string) bool {
	return name != "" && float64(p.answered[name]) <= targetOthers*float64(p.Others) &&
		moderation.CheckPattern(moderation.ByName, name, text.Fold) == nil
}

// wordsOf returns the longer words of a text in folded form, and whether each
// begins with a capital somewhere.
func wordsOf(s string) map[string]bool {
	words := map[string]bool{}
	for _, word := range text.Words(s) {
		if utf8.RuneCountInString(word) >= minTarget {
			first, _ := utf8.DecodeRuneInString(word)
			folded := text.Fold(word)
			words[folded] = words[folded] || unicode.IsUpper(first)
		}
	}
	return words
}

// names says in words that a text names a target of the persona; empty: none. Of
// several it is the one that most of the persona's texts name.
func (p *portrait) names(s string) string {
	best, most := "", target{}
	for word := range wordsOf(s) {
		if t, ok := p.targets[word]; ok && (t.own > most.own || t.own == most.own && word < best) {
			best, most = word, t
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("it names %s, as %d of theirs and %d of %d others do", best, most.own, most.others, p.Others)
}
