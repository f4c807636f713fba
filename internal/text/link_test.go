package text

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestLinks(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want []Link
	}{
		"none":            {"no link here. None at all, e.g. this", nil},
		"scheme":          {"see https://Example.com/a?b=c#d.", []Link{{Raw: "https://Example.com/a?b=c#d", Scheme: "https", Host: "example.com"}}},
		"glued":           {"seehttp://a.de!", []Link{{Raw: "http://a.de", Scheme: "http", Host: "a.de"}}},
		"defused":         {"hxxps://bad.ru/x", []Link{{Raw: "hxxps://bad.ru/x", Scheme: "https", Host: "bad.ru"}}},
		"www":             {"www.example.museum, really", []Link{{Raw: "www.example.museum", Host: "www.example.museum"}}},
		"bare":            {"buy at Cheap-Pills.com now", []Link{{Raw: "Cheap-Pills.com", Host: "cheap-pills.com"}}},
		"bare with path":  {"youtu.be/abc, t.me/x", []Link{{Raw: "youtu.be/abc", Host: "youtu.be"}, {Raw: "t.me/x", Host: "t.me"}}},
		"bare with port":  {"example.com:8080/x", []Link{{Raw: "example.com:8080/x", Host: "example.com"}}},
		"sentences":       {"the end.In fact, node.js and README.md, 3.50, a.b, J.R.R. so.To be", nil},
		"e-mail":          {"write to joe.doe@example.com", nil},
		"brackets":        {"(see http://a.de/b_(c)) and [x](http://b.de)", []Link{{Raw: "http://a.de/b_(c)", Scheme: "http", Host: "a.de"}, {Raw: "http://b.de", Scheme: "http", Host: "b.de"}}},
		"quotes":          {`<a href="http://a.de">`, []Link{{Raw: "http://a.de", Scheme: "http", Host: "a.de"}}},
		"user and port":   {"http://bank.com@evil.ru:80/", []Link{{Raw: "http://bank.com@evil.ru:80/", Scheme: "http", Host: "evil.ru"}}},
		"backslash":       {`http://evil.ru\@bank.com`, []Link{{Raw: `http://evil.ru\@bank.com`, Scheme: "http", Host: "evil.ru"}}},
		"international":   {"http://МОСКВА.рф/x", []Link{{Raw: "http://МОСКВА.рф/x", Scheme: "http", Host: "xn--80adxhks.xn--p1ai"}}},
		"invisible":       {"http://ev\u200bil.com", []Link{{Raw: "http://ev\u200bil.com", Scheme: "http", Host: "evil.com"}}},
		"address":         {"http://127.0.0.1:1/ http://[::1]:80/", []Link{{Raw: "http://127.0.0.1:1/", Scheme: "http", Host: "127.0.0.1"}, {Raw: "http://[::1]:80/", Scheme: "http", Host: "[::1]"}}},
		"no host":         {"http:// https:///x http://0::0 http://]:", nil},
		"other scheme":    {"tg://resolve file://etc", nil},
		"ellipsis":        {"wait...what.com...", []Link{{Raw: "what.com", Host: "what.com"}}},
		"not UTF-8":       {"\xffhttp://a.de\xff/x", []Link{{Raw: "http://a.de", Scheme: "http", Host: "a.de"}}},
		"a TLD by itself": {"co.uk/x com/x", nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Links(tc.in), cmpopts.IgnoreFields(Link{}, "Start")); diff != "" {
				t.Errorf("Links(%q) (-want +got):\n%s", tc.in, diff)
			}
			checkLinks(t, tc.in)
		})
	}
}

// checkLinks holds that links are where they say, in order and apart.
func checkLinks(t rapid.TB, s string) {
	t.Helper()
	last := 0
	for _, l := range Links(s) {
		if l.Start < last || l.Start+len(l.Raw) > len(s) || s[l.Start:l.Start+len(l.Raw)] != l.Raw {
			t.Fatalf("Links(%+q): %+q at %d after %d", s, l.Raw, l.Start, last)
		}
		if host, ok := Host(l.Host); !ok || host != l.Host || !utf8.ValidString(l.Raw) {
			t.Fatalf("Links(%+q): host %+q of %+q", s, l.Host, l.Raw)
		}
		last = l.Start + len(l.Raw)
	}
}

func TestLinksAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkLinks(t, hostile().Draw(t, "s")) })
}

func FuzzLinks(f *testing.F) {
	f.Add("see https://Example.com/a?b=c#d. www.x.y youtu.be/abc (http://[::1]:80/) joe@a.de")
	f.Fuzz(func(t *testing.T, s string) { checkLinks(t, s) })
}

func BenchmarkLinks(b *testing.B) {
	const s = "I don't think the council had much of a choice. The bridge was closed for years. What I'd like to know is who signed the first contract, and why we only hear of it now: http://example.com/x. One of them. No: three."
	b.ReportAllocs()
	for b.Loop() {
		Links(s)
	}
}
