package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Link is an address that a reader could follow or copy.
type Link struct {
	Raw    string // as written, without the punctuation that follows it
	Scheme string // http, https, ftp; empty where none is written
	Host   string // as [Host] gives it
	Start  int    // the byte of the text at which Raw begins
}

// schemes are the beginnings that make an address, with those that are written
// to get past filters. A longer one comes before its ending.
func schemes() []string { return []string{"https", "hxxps", "http", "hxxp", "ftp"} }

// Links returns the addresses in s, in their order: whatever begins with
// http://, https:// or ftp://, with www., and bare domains under a well-known
// ending ("example.com"), or under any real one where a path follows
// ("youtu.be/x"). E-mail addresses are none.
func Links(s string) []Link {
	if !strings.ContainsAny(s, ".:．。") {
		return nil
	}
	var links []Link
	for at := 0; at < len(s); {
		start, end := nextHost(s, at)
		if start == end {
			break
		}
		link, ok := Link{}, false
		if mayBeLink(s[start:end], s[end:]) {
			link, ok = linkAt(s, start, end)
		}
		if ok {
			links = append(links, link)
			end = max(end, link.Start+len(link.Raw))
		}
		at = end
	}
	return links
}

// mayBeLink reports whether a run of host characters can belong to a link, by
// what is quick to see: a dot inside, or the sign of a scheme behind.
func mayBeLink(run, rest string) bool {
	if strings.HasPrefix(rest, ":") {
		return true
	}
	dot := strings.IndexAny(run, ".．。")
	return dot >= 0 && dot < len(run)-1
}

// nextHost returns the first run, from byte at on, of characters that host
// names are made of.
func nextHost(s string, at int) (start, end int) {
	for at < len(s) {
		is, size := hostRuneAt(s, at)
		if is {
			break
		}
		at += size
	}
	start = at
	for at < len(s) {
		is, size := hostRuneAt(s, at)
		if !is {
			break
		}
		at += size
	}
	return start, at
}

// hostRuneAt reports whether the character at byte at may stand in a host name,
// and its size.
func hostRuneAt(s string, at int) (is bool, size int) {
	if c := s[at]; c < utf8.RuneSelf {
		return isASCIILetter(c) || isASCIIDigit(c) || c == '-' || c == '.' || c == '_', 1
	}
	r, size := utf8.DecodeRuneInString(s[at:])
	return isForeignHostRune(r), size
}

// isForeignHostRune reports whether r, which is beyond ASCII, may stand in a host
// name as people write it. The ideographic full stops count as dots, as in
// browsers.
func isForeignHostRune(r rune) bool {
	return r == '．' || r == '。' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || isInvisible(r)
}

// linkAt returns the link that the run s[start:end] belongs to, if any.
func linkAt(s string, start, end int) (Link, bool) {
	if rest := s[end:]; strings.HasPrefix(rest, "://") {
		for _, scheme := range schemes() {
			if from := end - len(scheme); from >= start && strings.EqualFold(s[from:end], scheme) {
				return urlAt(s, from, end+len("://"), strings.Replace(scheme, "xx", "tt", 1))
			}
		}
		return Link{}, false
	}
	if start > 0 && s[start-1] == '@' || end < len(s) && s[end] == '@' {
		return Link{}, false
	}
	run, start := bareHost(s, start, end)
	hasPath := start+len(run) < len(s) && s[start+len(run)] == '/'
	host, ok := Host(run)
	if !ok || !looksLikeDomain(run, host, hasPath) {
		return Link{}, false
	}
	raw := s[start:endOfURL(s, start+len(run))]
	return Link{Raw: raw, Host: host, Start: start}, true
}

// bareHost returns what of the run s[start:end] may be a host name, and where
// that begins: what follows the last ellipsis, without signs at the ends.
func bareHost(s string, start, end int) (string, int) {
	const signs = ".-_．。"
	run := strings.TrimRight(s[start:end], signs)
	stop := start + len(run)
	if i := strings.LastIndex(run, ".."); i >= 0 {
		run = run[i:]
	}
	run = strings.TrimLeft(run, signs)
	return run, stop - len(run)
}

// maxAuthority is how far a host name is looked for, in bytes: a name has at
// most 253, before it may stand a user's name, behind it a port.
const maxAuthority = 512

// urlAt returns the link that begins at byte from with a scheme and whose host
// begins at byte at.
func urlAt(s string, from, at int, scheme string) (Link, bool) {
	authority := s[at:min(len(s), at+maxAuthority)]
	if i := strings.IndexFunc(authority, endsAuthority); i >= 0 {
		authority = authority[:i]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	authority = strings.TrimRight(authority, trailing)
	if !strings.HasPrefix(authority, "[") {
		authority = strings.TrimRight(authority, "]")
	}
	host, ok := Host(authority)
	if !ok {
		return Link{}, false
	}
	return Link{Raw: s[from:endOfURL(s, at)], Scheme: scheme, Host: host, Start: from}, true
}

// endsAuthority reports whether r stands after the host in an address.
func endsAuthority(r rune) bool {
	return endsURL(r) || strings.ContainsRune("/\\?#(){}|,;", r)
}

// endsURL reports whether r can't stand in an address as people write it. Bytes
// that are not UTF-8 can't.
func endsURL(r rune) bool {
	return r == utf8.RuneError || isSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"“”«»`", r)
}

// trailing is the punctuation that belongs to the sentence, not to the address
// before it.
const trailing = ".,;:!?'’*_~…|"

// endOfURL returns where the address ends whose host or path is under way at
// byte at: before white space, quotes and angle brackets, without the
// punctuation of the sentence, and without a closing bracket that was opened
// before the address.
func endOfURL(s string, at int) int {
	rest := s[at:]
	if end := strings.IndexFunc(rest, endsURL); end >= 0 {
		rest = rest[:end]
	}
	round := strings.Count(rest, "(") - strings.Count(rest, ")")
	square := strings.Count(rest, "[") - strings.Count(rest, "]")
	for rest != "" {
		r, size := utf8.DecodeLastRuneInString(rest)
		switch {
		case r == ')' && round < 0:
			round++
		case r == ']' && square < 0:
			square++
		case !strings.ContainsRune(trailing, r):
			return at + len(rest)
		}
		rest = rest[:len(rest)-size]
	}
	return at
}

// Host returns the one form of a host name, with or without a port: lower case,
// without invisible characters, internationalised names in their ASCII form
// ("xn--…"), no dot at the end. It reports false where s can't be a host name.
func Host(s string) (string, bool) {
	s = strings.TrimRight(withoutPort(s), ".。．")
	if !isASCII(s) {
		ascii, err := idna.Lookup.ToASCII(Normal(s))
		if err != nil {
			return "", false
		}
		s = ascii
	}
	s = strings.ToLower(s)
	if strings.Contains(s, ":") && !isBracketed(s) {
		return "", false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7F || strings.IndexByte("\"#%()*,/;<>?@\\^`{|}", c) >= 0 {
			return "", false
		}
	}
	return s, s != "" && len(s) <= 253
}

// isBracketed reports whether s is written as IPv6 addresses are.
func isBracketed(s string) bool {
	return len(s) > 2 && s[0] == '[' && strings.IndexByte(s, ']') == len(s)-1
}

// withoutPort cuts ":8080" off a host; an IPv6 address keeps its colons, in
// brackets.
func withoutPort(s string) string {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasSuffix(s, "]") {
		return s
	}
	return s[:i]
}

// looksLikeDomain reports whether a run written without a scheme is meant as an
// address. What has a path needs a real ending only; without one the ending
// must be one of the well-known, so that "end.In" and "e.g" are no links.
func looksLikeDomain(run, host string, hasPath bool) bool {
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || strings.Contains(host, "..") {
		return false
	}
	if strings.HasPrefix(host, "www.") {
		return dot > len("www.")
	}
	ending := host[dot+1:]
	if hasPath {
		suffix, icann := publicsuffix.PublicSuffix(host)
		return icann && suffix != host
	}
	return wellKnown(ending) && strings.ToLower(run[len(run)-1:]) == run[len(run)-1:]
}

// wellKnown reports whether ending is a top-level domain that many real
// addresses have and no sentence begins with.
func wellKnown(ending string) bool {
	switch ending {
	case "com", "net", "org", "info", "biz", "edu", "gov",
		"xyz", "online", "site", "shop", "store", "club", "website", "icu", "vip",
		"ru", "su", "ua", "uk", "de", "fr", "pl", "nl", "cz", "br", "cn", "jp", "kr", "tk", "gq", "cf",
		"io", "tv", "xn--p1ai":
		return true
	}
	return false
}
