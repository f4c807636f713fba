package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/text"
)

// The limits of an entry of words.
const (
	maxPhrase = 12 // words
	minPrefix = 3  // characters before a *
)

// wordNode is where one has come to in the table of words and phrases after
// some words.
type wordNode struct {
	next     map[string]*wordNode
	ends     []int // the entries that end with the last word
	prefixes prefixes
}

// prefixes are the words with * that may come next. A table for each length of
// prefix makes a thousand of them cost as much as there are lengths.
type prefixes struct {
	lengths []int // in bytes
	entries map[string][]int
}

// addEntry adds a word or phrase and says what is wrong with it, if anything.
// It is added as it is written and as [text.Fold] writes it: texts are walked
// over in both forms.
func (n *wordNode) addEntry(s string, number int) string {
	phrase, open := strings.CutSuffix(strings.TrimSpace(s), "*")
	normal, folded := text.Normal(phrase), text.Fold(phrase)
	forms := []string{normal}
	if folded != normal {
		forms = append(forms, folded)
	}
	for _, form := range forms {
		words := splitWords(form)
		switch last := len(words) - 1; {
		case last < 0:
			return "has no word in it"
		case strings.Contains(phrase, "*"):
			return "has a * that is not at its end"
		case open && !strings.HasSuffix(form, words[last]):
			return "has no word before the *"
		case open && utf8.RuneCountInString(words[last]) < minPrefix:
			return "is too short before the *"
		case last >= maxPhrase:
			return "is too long for a phrase"
		}
		n.add(words, open, number)
	}
	return ""
}

// splitWords returns the words of s.
func splitWords(s string) []string {
	var words []string
	for _, w := range text.Words(s) {
		words = append(words, w)
	}
	return words
}

// add adds a phrase below n.
func (n *wordNode) add(words []string, open bool, number int) {
	if open && len(words) == 1 {
		n.prefixes.add(words[0], number)
		return
	}
	if len(words) == 0 {
		n.ends = append(n.ends, number)
		return
	}
	if n.next == nil {
		n.next = make(map[string]*wordNode)
	}
	child := n.next[words[0]]
	if child == nil {
		child = new(wordNode)
		n.next[words[0]] = child
	}
	child.add(words[1:], open, number)
}

// add adds the beginning of a word.
func (p *prefixes) add(word string, number int) {
	if p.entries == nil {
		p.entries = make(map[string][]int)
	}
	p.entries[word] = append(p.entries[word], number)
	if !slices.Contains(p.lengths, len(word)) {
		p.lengths = append(p.lengths, len(word))
	}
}

// span is a word of a text that is walked over.
type span struct{ start, end int }

// walk yields each entry that the text s has, with the place where it is.
func (n *wordNode) walk(s string, tokens []span, yield func(entry, start, end int)) {
	for i, first := range tokens {
		n.follow(s, tokens[i:], first.start, yield)
	}
}

// follow yields the entries that begin with the first of tokens and go on from
// n.
func (n *wordNode) follow(s string, tokens []span, start int, yield func(entry, start, end int)) {
	if len(tokens) == 0 {
		return
	}
	t := tokens[0]
	word := s[t.start:t.end]
	for _, length := range n.prefixes.lengths {
		if length <= len(word) {
			for _, e := range n.prefixes.entries[word[:length]] {
				yield(e, start, t.end)
			}
		}
	}
	n.step(word, s, tokens, start, yield)
	if owner, ok := strings.CutSuffix(word, "'s"); ok {
		n.step(owner, s, tokens, start, yield)
	}
}

// step goes on from n by one word.
func (n *wordNode) step(word, s string, tokens []span, start int, yield func(entry, start, end int)) {
	child := n.next[word]
	if child == nil {
		return
	}
	for _, e := range child.ends {
		yield(e, start, tokens[0].end)
	}
	child.follow(s, tokens[1:], start, yield)
}
