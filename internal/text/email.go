package text

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// maxLocal is how long the name before the @ of an e-mail address may be (RFC
// 5321, 4.5.3.1.1).
const maxLocal = 64

// Emails counts the e-mail addresses in s, each as often as it stands there. The
// host must be under a public suffix: names of people that begin with @ are none.
func Emails(s string) int {
	n := 0
	for at := 0; ; {
		i := strings.IndexByte(s[at:], '@')
		if i < 0 {
			return n
		}
		at += i + 1
		if isEmail(s, at-1) {
			n++
		}
	}
}

// isEmail reports whether the @ at byte i of s is that of an address.
func isEmail(s string, i int) bool {
	start := i
	for start > 0 && i-start <= maxLocal && isLocal(s[start-1]) {
		start--
	}
	local := strings.TrimLeft(s[start:i], ".-")
	if local == "" || len(local) > maxLocal || strings.HasSuffix(local, ".") || start > 0 && s[start-1] == '/' {
		return false
	}
	end := i + 1
	for end < len(s) && end-i <= 254 && (isASCIILetter(s[end]) || isASCIIDigit(s[end]) || s[end] == '-' || s[end] == '.') {
		end++
	}
	host := strings.ToLower(strings.TrimRight(s[i+1:end], ".-"))
	if strings.Contains(host, "..") || strings.HasPrefix(host, ".") {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	return icann && len(host) > len(suffix)
}

// isLocal reports whether c may stand before the @ without quotes.
func isLocal(c byte) bool {
	return isASCIILetter(c) || isASCIIDigit(c) || strings.IndexByte("._%+-", c) >= 0
}
