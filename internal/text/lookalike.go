package text

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// plainLetters replaces letters that Unicode does not decompose by what people
// type for them on a keyboard without them.
var plainLetters = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer(
		"ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d",
		"þ", "th", "ħ", "h", "ı", "i", "ŋ", "n", "ŧ", "t", "ɑ", "a", "ɡ", "g",
		// Small capitals, which fancy-text generators write.
		"ᴀ", "a", "ʙ", "b", "ᴄ", "c", "ᴅ", "d", "ᴇ", "e", "ꜰ", "f", "ɢ", "g",
		"ʜ", "h", "ɪ", "i", "ᴊ", "j", "ᴋ", "k", "ʟ", "l", "ᴍ", "m", "ɴ", "n",
		"ᴏ", "o", "ᴘ", "p", "ʀ", "r", "ꜱ", "s", "ᴛ", "t", "ᴜ", "u", "ᴠ", "v",
		"ᴡ", "w", "ʏ", "y", "ᴢ", "z",
	)
})

// latinTwin returns the Latin letter that the lower-case Cyrillic or Greek
// letter r looks like, in its small or its capital form, and 0 for none. From
// Unicode's confusables.txt (UTS #39), only those that the eye does not tell
// apart in a word.
func latinTwin(r rune) rune {
	switch r {
	case 'а', 'α':
		return 'a'
	case 'в', 'β':
		return 'b'
	case 'с', 'ϲ':
		return 'c'
	case 'ԁ':
		return 'd'
	case 'е', 'ε':
		return 'e'
	case 'н', 'һ', 'η':
		return 'h'
	case 'і', 'ι':
		return 'i'
	case 'ј', 'ϳ':
		return 'j'
	case 'к', 'κ':
		return 'k'
	case 'ӏ':
		return 'l'
	case 'м', 'μ':
		return 'm'
	case 'ν', 'ѵ':
		return 'v'
	case 'о', 'ο':
		return 'o'
	case 'р', 'ρ':
		return 'p'
	case 'ԛ':
		return 'q'
	case 'ѕ':
		return 's'
	case 'т', 'τ':
		return 't'
	case 'υ', 'у', 'γ':
		return 'y'
	case 'ԝ':
		return 'w'
	case 'х', 'χ':
		return 'x'
	case 'ζ':
		return 'z'
	}
	return 0
}

// leet returns the letter for which r is written inside words, and 0 for none.
// Where a sign is used for several letters (1 for i and l), it is the more
// common one.
func leet(r rune) byte {
	switch r {
	case '0':
		return 'o'
	case '1', '!':
		return 'i'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	}
	return 0
}

// lookalikes returns the Latin letters that r, which is none of a-z, is written
// for, the likely one first; empty for none. It knows more than [Fold], which
// can't ask whether a reading is a word.
func lookalikes(r rune) string {
	if r >= utf8.RuneSelf {
		return confusables()[r]
	}
	switch r {
	case '0':
		return "o"
	case '1', '!', '|':
		return "il"
	case '2':
		return "z"
	case '3':
		return "e"
	case '4', '@':
		return "a"
	case '5', '$':
		return "s"
	case '6':
		return "gb"
	case '7', '+':
		return "t"
	case '8':
		return "b"
	case '9':
		return "g"
	case '(', '<':
		return "c"
	}
	return ""
}

// confusables returns what characters beyond ASCII, in normal form, are taken
// for: more of Unicode's confusables.txt (UTS #39) than [latinTwin] has, and
// what generators of fancy text write. What looks like several letters, in its
// small form and its capital or to a hasty eye, has the likely one first.
var confusables = sync.OnceValue(func() map[rune]string {
	// A letter, and what is taken for it. The order of the lines is that of the
	// readings.
	lines := [...]string{
		"aаαɑɐᴀⱥꓮᎪᗩλΔд∆∀Λ", "nпηոռπɲɳƞɴŋꓠᑎ₦й", "bвβьъƀɓʙꓐᏴᏏᗷ฿бßЪ", "cсϲσᴄƈȼꓚᏟᑕ¢©ⲥↄ⊂", "dԁɗđðᴅꓓᎠᗪժ∂δД",
		"eеεэєɛəǝɘᴇɇꓰᎬ℮ҽέ€зξσ∑", "fƒғꓝᖴꜰϝք", "gɡցɢɠǥԍꓖᏀᏳ", "hнһηհɦħʜђћꓧᎻᕼⱨҺ", "iіιıɪɨӏꓲᎥ¡",
		"jјϳյʝɉᴊꓙᎫᒍ", "kкκƙᴋĸқҝԟꓗᏦ₭", "lӏłɭʟⱡꓡᏞᒪլ£|", "mмμɱᴍꓟᎷᗰʍ", "oоοσօøɵөᴏꓳᎾ○◯●⭕◎۵θфδ",
		"pрρƥᴘþꓑᏢᑭⲣ", "qԛզʠɋգ", "rгяɍɽʀꓣᎡᏒᖇɾ®ґ", "sѕʂꜱƽꓢᏚ§տ∫ʃσ", "tтτƭŧʈⱦᴛꓔᎢ†⊤ԏ", "uυиսμʉᴜꓴᑌʋц∪µй",
		"vνѵꓦᏙᐯᴠ√∨", "wωԝшщѡɯᴡꓪᏔᗯ₩ա", "xхχҳꓫ᙭×✕✖ж", "yуγυʏƴɏꓬᎩ¥үчყψ", "zζȥʐƶᴢꓜᏃзɀ", "pя", "bδ", "nν",
	}
	found := map[rune]string{}
	add := func(r rune, letter string) {
		if r = lowerRune(r); !strings.Contains(found[r], letter) {
			found[r] += letter
		}
	}
	for _, line := range lines {
		for _, r := range line[1:] {
			add(r, line[:1])
		}
	}
	for i := range rune(26) { // squared, circled and regional letters
		letter := string('a' + i)
		add(0x1F150+i, letter)
		add(0x1F170+i, letter)
		add(0x1F1E6+i, letter)
	}
	return found
})

// isCore reports whether a word can begin or end with r.
func isCore(r rune) bool {
	if r < utf8.RuneSelf {
		return isASCIILetter(byte(r)) || isASCIIDigit(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.In(r, unicode.So, unicode.Sm) && lookalikes(r) != ""
}
