package text

import (
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Change says what an edit did to a piece of a text.
type Change int

// What an edit does.
const (
	Kept Change = iota
	Added
	Removed
)

// Edit is a piece of a text that was edited.
type Edit struct {
	Text   string
	Change Change
}

// maxCompared is how many words of two texts are compared one by one; the work grows
// with the square.
const maxCompared = 1500

// Diff returns how a text became another one, word by word. Without what was removed,
// the pieces are after. White space is of the word before it, and alone changes
// nothing. Of texts that differ in more words than can be compared everything between
// their common ends is removed and added.
func Diff(before, after string) []Edit {
	old, now := diffWords(before), diffWords(after)
	head := 0
	for head < min(len(old), len(now)) && old[head].same(now[head]) {
		head++
	}
	tail := 0
	for tail < min(len(old), len(now))-head && old[len(old)-1-tail].same(now[len(now)-1-tail]) {
		tail++
	}
	var d differ
	d.add(Kept, now[:head])
	d.compare(old[head:len(old)-tail], now[head:len(now)-tail])
	d.add(Kept, now[len(now)-tail:])
	return d.edits
}

// diffWord is a word with the white space behind it.
type diffWord struct{ word, space string }

func (w diffWord) same(other diffWord) bool { return w.word == other.word }

// diffWords splits a text at white space, and within what has no ASCII, as Chinese
// has, where words may end.
func diffWords(s string) (list []diffWord) {
	for s = valid(s); s != ""; {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		list = appendWords(list, s[:end])
		s = s[end:]
		space := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
		if len(list) == 0 {
			list = append(list, diffWord{})
		}
		list[len(list)-1].space += s[:space]
		s = s[space:]
	}
	return list
}

// appendWords adds the words of a text without white space.
func appendWords(list []diffWord, s string) []diffWord {
	if s == "" {
		return list
	}
	if strings.IndexFunc(s, func(r rune) bool { return r <= unicode.MaxASCII }) >= 0 {
		return append(list, diffWord{word: s})
	}
	for state := -1; s != ""; {
		var word string
		word, s, state = uniseg.FirstWordInString(s, state)
		list = append(list, diffWord{word: word})
	}
	return list
}

// differ gathers edits.
type differ struct{ edits []Edit }

// add adds words.
func (d *differ) add(c Change, words []diffWord) {
	for _, w := range words {
		if last := len(d.edits) - 1; last >= 0 && d.edits[last].Change == c {
			d.edits[last].Text += w.word + w.space
		} else {
			d.edits = append(d.edits, Edit{w.word + w.space, c})
		}
	}
}

// compare adds what became of some words, by their longest common subsequence.
func (d *differ) compare(old, now []diffWord) {
	if len(old) > maxCompared || len(now) > maxCompared {
		d.add(Removed, old)
		d.add(Added, now)
		return
	}
	common := commonLengths(old, now)
	var removed, added []diffWord
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		switch {
		case i < len(old) && j < len(now) && old[i].same(now[j]):
			d.add(Removed, removed)
			d.add(Added, added)
			removed, added = nil, nil
			d.add(Kept, now[j:j+1])
			i, j = i+1, j+1
		case j == len(now) || i < len(old) && common[i+1][j] >= common[i][j+1]:
			removed = append(removed, old[i])
			i++
		default:
			added = append(added, now[j])
			j++
		}
	}
	d.add(Removed, removed)
	d.add(Added, added)
}

// commonLengths returns for each pair of places how long the longest common
// subsequence is of what follows there.
func commonLengths(old, now []diffWord) [][]uint16 {
	common := make([][]uint16, len(old)+1)
	for i := range common {
		common[i] = make([]uint16, len(now)+1)
	}
	for i := range slices.Backward(old) {
		for j := range slices.Backward(now) {
			if old[i].same(now[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	return common
}
