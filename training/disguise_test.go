package training

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// means is one way to hide a word from machines that people still read.
type means struct {
	name string
	// hide returns the word disguised. A word that these means can't touch
	// comes back as it was.
	hide func(r *rand.Rand, word []rune) []rune
}

// allMeans lists what the attack knows. What it knows it has from how people
// write, not from the program's own tables: an attack that shares them would
// only ask whether a table agrees with itself.
func allMeans() []means {
	return []means{
		{"leetspeak", func(r *rand.Rand, word []rune) []rune { return replaced(r, word, leetspeak()) }},
		{"homoglyphs", homoglyphs},
		{"invisible", func(r *rand.Rand, word []rune) []rune {
			return parted(r, word, .5, []rune("\u200b\u200c\u200d\u00ad\u2060\ufeff"))
		}},
		{"spaces", func(r *rand.Rand, word []rune) []rune { return parted(r, word, 1, []rune(" ")) }},
		{"marks", func(r *rand.Rand, word []rune) []rune {
			mark := pick(r, []rune("..-*_"))
			return parted(r, word, 1, []rune{mark})
		}},
		{"stretched", stretched},
		{"diacritics", diacritics},
	}
}

// disguise returns the text with every abusive word hidden, each by means drawn
// for it alone. What is abusive is asked in lower case. The rest of the text is
// untouched.
func disguise(r *rand.Rand, text string, abusive func(word string) bool) string {
	return disguiseBy(r, text, abusive, allMeans())
}

// disguiseBy is disguise with some means only. A word that none of them can
// touch stays.
func disguiseBy(r *rand.Rand, text string, abusive func(word string) bool, by []means) string {
	var out strings.Builder
	eachWord(text, func(between, word string) {
		out.WriteString(between)
		if abusive(strings.ToLower(word)) {
			word = hidden(r, word, by)
		}
		out.WriteString(word)
	})
	return out.String()
}

// hidden returns the word by the first means, in an order that is drawn, that
// change it.
func hidden(r *rand.Rand, word string, by []means) string {
	for _, i := range r.Perm(len(by)) {
		if changed := string(by[i].hide(r, []rune(word))); changed != word {
			return changed
		}
	}
	return word
}

// eachWord walks through a text: yield gets what stands before a word, and the
// word, a run of letters, digits and marks on them. The last word is empty.
func eachWord(text string, yield func(between, word string)) {
	inWord := func(c rune) bool { return unicode.In(c, unicode.L, unicode.M, unicode.Nd) }
	for text != "" {
		start := strings.IndexFunc(text, inWord)
		if start < 0 {
			yield(text, "")
			return
		}
		end := strings.IndexFunc(text[start:], func(c rune) bool { return !inWord(c) })
		if end < 0 {
			end = len(text) - start
		}
		yield(text[:start], text[start:start+end])
		text = text[start+end:]
	}
}

// leetspeak says what stands for a letter.
func leetspeak() map[rune]string {
	return map[rune]string{
		'a': "4@", 'b': "86", 'c': "(", 'e': "3", 'g': "96", 'i': "1!|", 'l': "1|!", 'o': "0", 's': "5$", 't': "7+", 'z': "2",
	}
}

// homoglyphs writes letters of other alphabets that look the same, or the whole
// word in one of Unicode's styles of Latin.
func homoglyphs(r *rand.Rand, word []rune) []rune {
	switch r.IntN(4) {
	case 0:
		return replaced(r, word, cyrillic())
	case 1:
		return replaced(r, word, greek())
	case 2:
		return styled(word, 'Ａ', 'ａ') // fullwidth
	}
	// Mathematical letters whose alphabets have no holes: bold, bold italic, bold
	// script, bold fraktur, sans-serif, its bold, italic and both, monospace.
	upper := pick(r, []rune{0x1d400, 0x1d468, 0x1d4d0, 0x1d56c, 0x1d5a0, 0x1d5d4, 0x1d608, 0x1d63c, 0x1d670})
	return styled(word, upper, upper+26)
}

// cyrillic says which letters look like a Latin one.
func cyrillic() map[rune]string {
	return map[rune]string{
		'a': "а", 'b': "Ьв", 'c': "с", 'd': "ԁ", 'e': "её", 'h': "һ", 'i': "і", 'j': "ј", 'k': "к", 'm': "м", 'n': "п", 'o': "о",
		'p': "р", 'q': "ԛ", 'r': "г", 's': "ѕ", 't': "т", 'u': "и", 'w': "ԝш", 'x': "х", 'y': "у",
		'A': "А", 'B': "В", 'C': "С", 'E': "Е", 'H': "Н", 'I': "І", 'J': "Ј", 'K': "К", 'M': "М", 'O': "О", 'P': "Р", 'S': "Ѕ", 'T': "Т", 'X': "Х", 'Y': "У",
	}
}

// greek says which letters look like a Latin one.
func greek() map[rune]string {
	return map[rune]string{
		'a': "α", 'b': "β", 'c': "ϲ", 'e': "ε", 'i': "ι", 'k': "κ", 'n': "η", 'o': "ο", 'p': "ρ", 't': "τ", 'u': "υ", 'v': "ν", 'w': "ω", 'x': "χ", 'y': "γ",
		'A': "Α", 'B': "Β", 'E': "Ε", 'H': "Η", 'I': "Ι", 'K': "Κ", 'M': "Μ", 'N': "Ν", 'O': "Ο", 'P': "Ρ", 'T': "Τ", 'X': "Χ", 'Y': "Υ", 'Z': "Ζ",
	}
}

// diacritics puts signs on letters, as characters of their own or as letters
// that have one.
func diacritics(r *rand.Rand, word []rune) []rune {
	if r.IntN(2) == 0 {
		return replaced(r, word, map[rune]string{
			'a': "àáâãäåāăą", 'c': "çćč", 'd': "ďḋ", 'e': "èéêëēėęě", 'g': "ğġģ", 'h': "ĥḧ", 'i': "ìíîïīį", 'k': "ķḱ", 'l': "ĺļľ",
			'n': "ñńňņ", 'o': "òóôõöōőø", 'p': "ṕṗ", 'r': "ŕřŗ", 's': "śšşș", 't': "ťţț", 'u': "ùúûüūůű", 'w': "ŵẃẅ", 'y': "ýÿŷ", 'z': "źżž",
		})
	}
	signs := []rune("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c\u0323\u0327\u0331\u0335\u0336")
	var out []rune
	must := r.IntN(len(word))
	for i, c := range word {
		out = append(out, c)
		if i == must || r.IntN(2) == 0 {
			out = append(out, pick(r, signs))
		}
	}
	return out
}

// stretched repeats one letter until it stands there three to six times.
func stretched(r *rand.Rand, word []rune) []rune {
	at := r.IntN(len(word))
	return slices.Insert(slices.Clone(word), at, slices.Repeat(word[at:at+1], 2+r.IntN(4))...)
}

// replaced writes something of the table for two in three of the letters that
// are in it, in whatever case, and at least for one.
func replaced(r *rand.Rand, word []rune, table map[rune]string) []rune {
	var can []int
	for i, c := range word {
		if table[c] != "" || table[unicode.ToLower(c)] != "" {
			can = append(can, i)
		}
	}
	if len(can) == 0 {
		return word
	}
	must := pick(r, can)
	out := slices.Clone(word)
	for _, i := range can {
		if i != must && r.IntN(3) == 0 {
			continue
		}
		looks := table[word[i]]
		if looks == "" {
			looks = table[unicode.ToLower(word[i])]
		}
		out[i] = pick(r, []rune(looks))
	}
	return out
}

// parted writes one of the separators between letters, each place with this
// chance, and at one place for certain.
func parted(r *rand.Rand, word []rune, chance float64, separators []rune) []rune {
	if len(word) < 2 {
		return word
	}
	must := 1 + r.IntN(len(word)-1)
	var out []rune
	for i, c := range word {
		if i > 0 && (i == must || r.Float64() < chance) {
			out = append(out, pick(r, separators))
		}
		out = append(out, c)
	}
	return out
}

// styled moves Latin letters to the alphabets that begin there.
func styled(word []rune, upper, lower rune) []rune {
	out := slices.Clone(word)
	for i, c := range word {
		switch {
		case 'a' <= c && c <= 'z':
			out[i] = lower + c - 'a'
		case 'A' <= c && c <= 'Z':
			out[i] = upper + c - 'A'
		}
	}
	return out
}

// pick returns one of them.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// wordsOf returns the different words of a text, in lower case.
func wordsOf(text string) []string {
	seen := map[string]bool{}
	eachWord(text, func(_, word string) {
		if word != "" {
			seen[strings.ToLower(word)] = true
		}
	})
	return slices.Collect(maps.Keys(seen))
}
