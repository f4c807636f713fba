package text

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestFromHTML(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"plain":              {"a  b\nc", "a b c"},
		"entities":           {"a &amp; b &lt;i&gt; &#x41; &nbsp;c", "a & b <i> A \u00a0c"},
		"inline":             {"mo<b>ro</b>n<!-- hidden -->s", "morons"},
		"blocks":             {"<p>one</p><p>two<br>three</p><div>four</div>five", "one\n\ntwo\nthree\n\nfour\nfive"},
		"list":               {"<ul><li>a</li><li>b</li></ul>", "a\nb"},
		"two breaks":         {"a<br><br /><br>b", "a\n\nb"},
		"script":             {"a<script>alert('x')</script>b<style>p{}</style>c<title>t</title>", "abc"},
		"script never ends":  {"a<script>alert(1)", "a"},
		"iframe":             {"a<iframe src=x>b</iframe>c", "ac"},
		"link":               {`see <a href="http://evil.com/x">here</a>, ok`, "see here (http://evil.com/x), ok"},
		"link as it says":    {`<a href="https://www.a.de/">a.de</a>`, "a.de"},
		"link without text":  {`x <a href=//a.de></a>y`, "x (https://a.de)y"},
		"link never closed":  {`<a href=http://a.de>go <a href=http://b.de>there`, "go (http://a.de) there (http://b.de)"},
		"link on the blog":   {`<a href="/about">about</a> <a href="#x">x</a> <a href="javascript:alert(1)">y</a>`, "about x y"},
		"link with controls": {"<a href=\"htt\tp://a\u200b.de\">y</a>", "y (http://a.de)"},
		"image":              {`<img src=x alt="a cat"> yes`, "a cat yes"},
		"pre":                {"<pre>a\n  b</pre>c", "a\n  b\n\nc"},
		"unfinished tag":     {"i <b love you", "i"},
		"not a tag":          {"1 < 2 <3 you", "1 < 2 <3 you"},
		"not UTF-8":          {"a\xff<b>b\xfe", "a\ufffdb\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := FromHTML(tc.in); got != tc.want {
				t.Errorf("FromHTML(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func FuzzFromHTML(f *testing.F) {
	f.Add(`<p>one<a href="http://a.de">x</a><script>y</script>&amp;<pre> z`)
	f.Fuzz(func(t *testing.T, s string) {
		got := FromHTML(s)
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got {
			t.Errorf("FromHTML(%+q) = %+q", s, got)
		}
	})
}

// TestHostileInput runs everything over a quarter of a mebibyte of what costs
// most. Anything that is not linear takes minutes; the limit is far above what
// the slowest machine needs for the linear.
func TestHostileInput(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: hostile input takes long")
	}
	const size = 256 << 10
	for _, piece := range []string{
		"<", "<a ", "<a href=http://a.de>", "<p><b>", "&", "&amp", "</a>", "<pre>", "<!--", "<script>", "a\u0300", "\u0300", "\u200b",
		"a.", "a b ", "a 1 ", "a.1", ".", "http://", "http://%", "http://(", "www.", "x.com/", "x.com", "(", ")", "[", "@", "a@b.", "\xff",
		"0a", "a0", "1", "oo", "\n", "\r\n", " ", "'", "a'", "ﷺ", "👨\u200d", "о", "mо ", "中", "İ", "가", "xn--",
	} {
		s := strings.Repeat(piece, size/len(piece))
		start := time.Now()
		checkNormal(t, s)
		checkFold(t, s)
		checkWords(t, s)
		checkLinks(t, s)
		checkPrintable(t, s)
		checkCut(t, s, 4096)
		Graphemes(s)
		FromHTML(s)
		FromHTML("<a href=http://b.de>" + s)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%d bytes of %q took %v", len(s), piece, took)
		}
	}
}
