package classifier

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/text"
)

// Of a long comment, so many characters at its beginning and at its end are
// looked at: what stands between is not read.
const (
	headRunes = 2000
	tailRunes = 500
)

// tokenKind is what a token is.
type tokenKind uint8

const (
	tokenWord   tokenKind = iota
	tokenBang             // a run of ! and ?
	tokenSymbol           // an emoji, a currency's sign and the like
	tokenLink             // an address, whichever
	tokenHandle           // @somebody, whoever
)

// token is a piece of a normal text.
type token struct {
	start, end int    // bytes of the text
	hash       uint64 // all links have one, and all handles
	digits     int
	kind       tokenKind
	wide       bool // it is not ASCII
}

// newToken returns the token of a kind that s[start:end] is.
func newToken(kind tokenKind, s string, start, end int) token {
	t := token{kind: kind, start: start, end: end}
	switch kind {
	case tokenLink:
		t.hash = extend(hashSeed, 1)
		return t
	case tokenHandle:
		t.hash = extend(hashSeed, 2)
		return t
	}
	t.hash = hashOf(s[start:end])
	for i := start; i < end; i++ {
		if '0' <= s[i] && s[i] <= '9' {
			t.digits++
		}
		t.wide = t.wide || s[i] >= utf8.RuneSelf
	}
	return t
}

// normalise returns the text that tokens and features are taken from: the normal
// form of s, cut, with disguised words written as those that known knows. What it
// returns must not be used after n's next call.
func normalise(n *text.Normalizer, s string, known func(word []byte) bool) string {
	s = headAndTail(n.Normal(s))
	if known == nil {
		return s
	}
	return text.Unmask(s, known)
}

// headAndTail cuts the middle out of a long text.
func headAndTail(s string) string {
	if len(s) <= headRunes+tailRunes {
		return s
	}
	head := firstRunes(s, headRunes)
	tail := len(s)
	for range tailRunes {
		_, size := utf8.DecodeLastRuneInString(s[len(head):tail])
		tail -= size
	}
	if tail == len(head) {
		return s
	}
	return head + " " + s[tail:]
}

// firstRunes returns the first n characters of s.
func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// tokenise appends the tokens of a normal text to dst.
func tokenise(dst []token, s string) []token {
	if all, plain := tokenisePlain(dst, s); plain {
		return all
	}
	return tokeniseAny(dst, s)
}

// tokeniseAny is tokenise for texts of all kinds.
func tokeniseAny(dst []token, s string) []token {
	if !mayHoldLink(s) {
		return tokenisePart(dst, s, 0, len(s))
	}
	at := 0
	for _, link := range text.Links(s) {
		dst = tokenisePart(dst, s, at, link.Start)
		at = link.Start + len(link.Raw)
		dst = append(dst, newToken(tokenLink, s, link.Start, at))
	}
	return tokenisePart(dst, s, at, len(s))
}

// mayHoldLink reports whether s has what every address has: a dot between two
// letters or digits, or "://". It spares most texts the search for addresses.
func mayHoldLink(s string) bool {
	for i := range len(s) - 1 {
		switch next := s[i+1]; s[i] {
		case '.':
			if i > 0 && wordByte(next) && wordByte(s[i-1]) {
				return true
			}
		case ':':
			if next == '/' {
				return true
			}
		case ideographicStop[0]:
			if strings.HasPrefix(s[i:], ideographicStop) {
				return true
			}
		}
	}
	return false
}

// ideographicStop counts as a dot in host names.
const ideographicStop = "。"

// tokenisePart appends the tokens of s[from:to], which holds no address.
func tokenisePart(dst []token, s string, from, to int) []token {
	at := from
	for start, word := range text.Words(s[from:to]) {
		start += from
		if start < at {
			continue // inside a handle
		}
		dst = tokeniseSigns(dst, s, at, start)
		end := start + len(word)
		if start > from && s[start-1] == '@' && (start < 2 || s[start-2] == ' ' || !wordByte(s[start-2])) {
			end = endOfHandle(s, end, to)
			dst = append(dst, newToken(tokenHandle, s, start-1, end))
		} else {
			dst = append(dst, newToken(tokenWord, s, start, end))
		}
		at = end
	}
	return tokeniseSigns(dst, s, at, to)
}

// tokeniseSigns appends the runs of ! and ?, and the symbols, in s[from:to],
// which holds no word.
func tokeniseSigns(dst []token, s string, from, to int) []token {
	for i := from; i < to; {
		start := i
		r, size := utf8.DecodeRuneInString(s[i:to])
		i += size
		switch {
		case r == '!' || r == '?':
			for i < to && (s[i] == '!' || s[i] == '?') {
				i++
			}
			dst = append(dst, newToken(tokenBang, s, start, i))
		case r == '$' || r >= utf8.RuneSelf && unicode.In(r, unicode.So, unicode.Sc):
			dst = append(dst, newToken(tokenSymbol, s, start, i))
		}
	}
	return dst
}

// endOfHandle returns where the handle ends that is under way at byte at.
func endOfHandle(s string, at, to int) int {
	for at < to && (wordByte(s[at]) || s[at] == '_') {
		at++
	}
	return at
}

// wordByte reports whether b is an ASCII letter in lower case, a digit, or part
// of a character beyond ASCII.
func wordByte(b byte) bool {
	return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b >= utf8.RuneSelf
}
