package text

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Domain returns what of a host, as [Host] gives it, somebody registered:
// example.co.uk for a.b.example.co.uk. Addresses and single names stay as they are.
func Domain(host string) string {
	if host == "" || isASCIIDigit(host[len(host)-1]) || host[len(host)-1] == ']' {
		return host // an address
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

// IsShortener reports whether a host, as [Host] gives it, is of a service that
// hides where a link leads. Those that belong to one site (t.co, youtu.be) are none.
func IsShortener(host string) bool {
	switch strings.TrimPrefix(host, "www.") {
	case "bit.ly", "bit.do", "bitly.com", "j.mp", "tinyurl.com", "tiny.cc", "tiny.one", "goo.gl", "ow.ly", "is.gd", "v.gd", "cutt.ly",
		"rebrand.ly", "rb.gy", "shorturl.at", "t.ly", "s.id", "adf.ly", "shorte.st", "ouo.io", "linkvertise.com", "clck.ru", "vk.cc",
		"soo.gd", "buff.ly", "bl.ink", "tr.im", "qr.ae", "x.co", "u.to", "short.io", "shorturl.com", "tny.im", "cli.gs", "goo.su",
		"surl.li", "gg.gg", "n9.cl", "urlz.fr", "kutt.it", "da.gd", "dub.sh", "snip.ly", "bc.vc", "cutt.us", "mcaf.ee", "0rz.tw", "reurl.cc":
		return true
	}
	return false
}
