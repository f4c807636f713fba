package text

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Addresses counts the postal addresses in s, which is a normal form: a street
// with a house number and, close to it, what only an address has, a postal code or
// the number of a flat. A street alone is none: papers are full of 10 Downing
// Street.
func Addresses(s string) int {
	var found []span
	codes := lookForCodes(s)
	for _, form := range addressForms() {
		if !form.possible(s, codes) {
			continue
		}
		for _, at := range form.pattern.FindAllStringIndex(s, -1) {
			overlaps := func(f span) bool { return at[0] < f.end && f.start < at[1] }
			if !slices.ContainsFunc(found, overlaps) {
				found = append(found, span{at[0], at[1]})
			}
		}
	}
	return len(found)
}

// codes says what of a text may be part of a postal code.
type codes struct {
	four, five bool // so many digits in a row
	british    bool // a digit and two letters at a word's end
}

// lookForCodes looks for postal codes.
func lookForCodes(s string) codes {
	var c codes
	for i := 0; i < len(s); i++ {
		if !isASCIIDigit(s[i]) {
			continue
		}
		from := i
		for i < len(s) && isASCIIDigit(s[i]) {
			i++
		}
		c.four = c.four || i-from == 4
		c.five = c.five || i-from == 5
		c.british = c.british || i-from == 1 && i+1 < len(s) && isASCIILetter(s[i]) && isASCIILetter(s[i+1]) && boundaryAt(s, i+2)
	}
	return c
}

// addressForm is a way of writing addresses, in normal texts.
type addressForm struct {
	pattern  *regexp.Regexp
	possible func(string, codes) bool // what is quick to see speaks for it
}

// addressForms are the ways that are known.
var addressForms = sync.OnceValue(func() []addressForm {
	const (
		street = `(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|way|terrace|close|crescent|square|highway|hwy|parkway|pkwy|circle|cir|gardens|grove|mews)`
		states = `(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy])`
		german = `(?:\pL{2,}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer)|\pL+er (?:straße|strasse|str\.|weg|platz|allee))`
		french = `(?:rue|avenue|boulevard|place|chemin|impasse|allée|quai|via|viale|piazza|calle|avenida)`
		russia = `(?:ул\.|улица|улице|пр-т|проспект|проспекте|пр\.|пер\.|переулок|бульвар|б-р|шоссе|ш\.)`
	)
	five := func(_ string, c codes) bool { return c.five }
	has := func(words ...string) func(string, codes) bool {
		return func(s string, _ codes) bool {
			return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(s, word) })
		}
	}
	hasGerman := has("straße", "strasse", "str.", "weg ", "platz ", "allee ", "gasse ", "damm ", "ufer ")
	return []addressForm{
		// 12 Elm Street, Apt 3, Springfield, IL 62704
		{regexp.MustCompile(`\b\d{1,5}[a-z]? (?:\pL+\.? ){1,4}?` + street + `\b\.?,?(?: [\pL#]+\.? ?\d{0,4}[a-z]?,?){0,5} ` + states + `,? \d{5}(?:-\d{4})?\b`), five},
		// 12 Elm Street, flat 3
		{regexp.MustCompile(`\b\d{1,5}[a-z]? (?:\pL+\.? ){1,3}?` + street + `\b\.?,? (?:apt|apartment|flat|unit|suite)\b\.? ?#?\d{1,4}[a-z]?\b`),
			has(" apt", " apartment", " flat", " unit", " suite")},
		// 12 Elm Road, Leeds LS1 4AB
		{regexp.MustCompile(`\b\d{1,4}[a-z]? (?:\pL+ ){1,4}?` + street + `\b\.?,?(?: \pL+,?){0,4} [a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b`),
			func(_ string, c codes) bool { return c.british }},
		// Ulmenstraße 12, 12345 Berlin
		{regexp.MustCompile(`\b` + german + ` \d{1,4} ?[a-z]?,? (?:d-)?\d{4,5} \pL{2,}`),
			func(s string, c codes) bool { return (c.four || c.five) && hasGerman(s, c) }},
		// 12 rue des Ormes, 75011 Paris
		{regexp.MustCompile(`\b\d{1,4}(?: bis| ter)?,? ` + french + ` (?:[\pL'-]+ ?){1,5},? \d{5} \pL{2,}`), five},
		// via degli Olmi 12, 00184 Roma
		{regexp.MustCompile(`\b` + french + ` (?:[\pL'-]+ ){1,4}\d{1,4}[a-z]?,? \d{5} \pL{2,}`), five},
		// ул. Вязов, д. 12, кв. 3
		{regexp.MustCompile(russia + ` ?[\pL-]+(?: [\pL-]+){0,2},? ?(?:д\.|дом) ?\d{1,4}[а-я]?(?:\b|[ ,.])`), has("д.", "дом")},
	}
})
