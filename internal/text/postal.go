package text

import (
	"regexp"
	"slices"
	"sync"
)

// Addresses counts the postal addresses in s, which is a normal form: a street
// with a house number and, close to it, what only an address has, a postal code or
// the number of a flat. A street alone is none: papers are full of 10 Downing
// Street.
func Addresses(s string) int {
	var found []span
	for _, pattern := range addressPatterns() {
		for _, at := range pattern.FindAllStringIndex(s, -1) {
			overlaps := func(f span) bool { return at[0] < f.end && f.start < at[1] }
			if !slices.ContainsFunc(found, overlaps) {
				found = append(found, span{at[0], at[1]})
			}
		}
	}
	return len(found)
}

// addressPatterns are the forms of addresses, in normal texts.
var addressPatterns = sync.OnceValue(func() []*regexp.Regexp {
	const (
		street = `(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|way|terrace|close|crescent|square|highway|hwy|parkway|pkwy|circle|cir|gardens|grove|mews)`
		states = `(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|m[adeinost]|n[cdehjmvy]|o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy])`
		german = `(?:\pL{2,}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer)|\pL+er (?:straße|strasse|str\.|weg|platz|allee))`
		french = `(?:rue|avenue|boulevard|place|chemin|impasse|allée|quai|via|viale|piazza|calle|avenida)`
		russia = `(?:ул\.|улица|улице|пр-т|проспект|проспекте|пр\.|пер\.|переулок|бульвар|б-р|шоссе|ш\.)`
	)
	sources := []string{
		// 12 Elm Street, Apt 3, Springfield, IL 62704
		`\b\d{1,5}[a-z]? (?:\pL+\.? ){1,4}?` + street + `\b\.?,?(?: [\pL#]+\.? ?\d{0,4}[a-z]?,?){0,5} ` + states + `,? \d{5}(?:-\d{4})?\b`,
		// 12 Elm Street, flat 3
		`\b\d{1,5}[a-z]? (?:\pL+\.? ){1,3}?` + street + `\b\.?,? (?:apt|apartment|flat|unit|suite)\b\.? ?#?\d{1,4}[a-z]?\b`,
		// 12 Elm Road, Leeds LS1 4AB
		`\b\d{1,4}[a-z]? (?:\pL+ ){1,4}?` + street + `\b\.?,?(?: \pL+,?){0,4} [a-z]{1,2}\d[a-z\d]? \d[a-z]{2}\b`,
		// Ulmenstraße 12, 12345 Berlin
		`\b` + german + ` \d{1,4} ?[a-z]?,? (?:d-)?\d{4,5} \pL{2,}`,
		// 12 rue des Ormes, 75011 Paris
		`\b\d{1,4}(?: bis| ter)?,? ` + french + ` (?:[\pL'-]+ ?){1,5},? \d{5} \pL{2,}`,
		// via Roma 12, 00184 Roma
		`\b` + french + ` (?:[\pL'-]+ ){1,4}\d{1,4}[a-z]?,? \d{5} \pL{2,}`,
		// ул. Вязов, д. 12, кв. 3
		russia + ` ?[\pL-]+(?: [\pL-]+){0,2},? ?(?:д\.|дом) ?\d{1,4}[а-я]?(?:\b|[ ,.])`,
	}
	patterns := make([]*regexp.Regexp, len(sources))
	for i, source := range sources {
		patterns[i] = regexp.MustCompile(source)
	}
	return patterns
})
