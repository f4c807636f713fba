package text

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Mention finds a name or an e-mail address where people wrote it: as whole words, in
// any case and with any white space between them.
type Mention struct {
	pattern *regexp.Regexp
	address bool
}

// NewMention returns what finds a name, or an address where it has an @. What has neither
// letter nor digit is found nowhere.
func NewMention(word string) Mention {
	if !strings.ContainsFunc(word, isNameRune) {
		return Mention{}
	}
	var forms []string
	for _, form := range []string{word, norm.NFC.String(word), norm.NFD.String(word)} {
		fields := strings.Fields(form)
		for i, f := range fields {
			fields[i] = regexp.QuoteMeta(f)
		}
		if p := strings.Join(fields, `\s+`); !slices.Contains(forms, p) {
			forms = append(forms, p)
		}
	}
	pattern, err := regexp.Compile(`(?i)(?:` + strings.Join(forms, "|") + `)`)
	if err != nil {
		return Mention{} // too long for anybody to have written it
	}
	return Mention{pattern, strings.Contains(word, "@")}
}

// Replace puts something else where the mention stands in s, and says how often.
func (m Mention) Replace(s, by string) (replaced string, n int) {
	if m.pattern == nil {
		return s, 0
	}
	var b strings.Builder
	kept := 0
	for at := 0; at < len(s); {
		found := m.pattern.FindStringIndex(s[at:])
		if found == nil {
			break
		}
		start, end := at+found[0], at+found[1]
		if !m.isWhole(s, start, end) {
			_, size := utf8.DecodeRuneInString(s[start:])
			at = start + size
			continue
		}
		b.WriteString(s[kept:start])
		b.WriteString(by)
		kept, at, n = end, end, n+1
	}
	if n == 0 {
		return s, 0
	}
	b.WriteString(s[kept:])
	return b.String(), n
}

// isWhole reports whether what stands in s from start to end is no part of a longer word,
// or of a longer address.
func (m Mention) isWhole(s string, start, end int) bool {
	before, size := utf8.DecodeLastRuneInString(s[:start])
	first, _ := utf8.DecodeRuneInString(s[start:])
	last, _ := utf8.DecodeLastRuneInString(s[:end])
	after, width := utf8.DecodeRuneInString(s[end:])
	if size > 0 && joins(before, first) || width > 0 && (unicode.IsMark(after) || joins(last, after)) {
		return false
	}
	if !m.address {
		return true
	}
	next, _ := utf8.DecodeRuneInString(s[end+width:])
	return !(size > 0 && strings.ContainsRune(".+-%", before)) &&
		!(width > 0 && (after == '-' || after == '.' && isNameRune(next)))
}

// joins reports whether two characters that stand side by side are of one word.
func joins(a, b rune) bool {
	return isNameRune(a) && isNameRune(b) && !unicode.In(a, singles...) && !unicode.In(b, singles...)
}

func isNameRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// Stem returns the longest run of ASCII letters and digits in a word: whatever mentions
// it has that run, in some case. There may be none.
func Stem(word string) string {
	runs := strings.FieldsFunc(word, func(r rune) bool {
		return r >= utf8.RuneSelf || !isASCIILetter(byte(r)) && !isASCIIDigit(byte(r))
	})
	if len(runs) == 0 {
		return ""
	}
	return slices.MaxFunc(runs, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
}
