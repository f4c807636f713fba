package telegramtest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseHTML(t *testing.T) {
	tests := []struct {
		name, in, text string
		entities       []Entity
		err            string
	}{
		{name: "plain", in: "a b", text: "a b"},
		{name: "bold", in: "<b>a</b>", text: "a", entities: []Entity{{Type: "bold", Length: 1}}},
		{name: "units are UTF-16", in: "😀<i>😀é</i>", text: "😀😀é", entities: []Entity{{Type: "italic", Offset: 2, Length: 3}}},
		{name: "references", in: "&lt;&gt;&amp;&quot;&#39;&#x1F600;", text: "<>&\"'😀"},
		{name: "reference without semicolon", in: "&lt &ampx", text: "< &ampx"},
		{name: "unknown reference", in: "&nbsp; &", text: "&nbsp; &"},
		{name: "number too long", in: "&#000000065;", text: "&#000000065;"},
		{name: "nested", in: "<blockquote>a <code>b</code></blockquote>", text: "a b",
			entities: []Entity{{Type: "blockquote", Length: 3}, {Type: "code", Offset: 2, Length: 1}}},
		{name: "expandable", in: "<blockquote expandable>a</blockquote>", text: "a",
			entities: []Entity{{Type: "expandable_blockquote", Length: 1}}},
		{name: "link", in: `<a href="https://example.com/?a=1&amp;b=2">x</a>`, text: "x",
			entities: []Entity{{Type: "text_link", Length: 1, URL: "https://example.com/?a=1&b=2"}}},
		{name: "link that is none", in: `<a href="javascript:alert(1)">x</a>`, text: "x"},
		{name: "link by its text", in: "<a>example.com</a>", text: "example.com",
			entities: []Entity{{Type: "text_link", Length: 11, URL: "http://example.com"}}},
		{name: "spoiler", in: `<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>`, text: "xy",
			entities: []Entity{{Type: "spoiler", Length: 1}, {Type: "spoiler", Offset: 1, Length: 1}}},
		{name: "language", in: `<pre><code class="language-go">x</code></pre>`, text: "x",
			entities: []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		{name: "empty entity", in: "<b></b>x", text: "x"},
		{name: "any end tag", in: "<b>x</>", text: "x", entities: []Entity{{Type: "bold", Length: 1}}},
		{name: "upper case", in: "<B>x</b >", text: "x", entities: []Entity{{Type: "bold", Length: 1}}},

		{name: "unknown tag", in: "a <script>", err: `Unsupported start tag "script" at byte offset 2`},
		{name: "lone bracket", in: "1 < 2 >", err: `Unsupported start tag "" at byte offset 2`},
		{name: "bracket at the end", in: "I <3", err: "Unclosed start tag at byte offset 2"},
		{name: "open", in: "<b>x", err: `Can't find end tag corresponding to start tag "b"`},
		{name: "crossed", in: "<b><i>x</b></i>", err: `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`},
		{name: "end without start", in: "x</b>", err: "Unexpected end tag at byte offset 1"},
		{name: "end not closed", in: "<b>x</b", err: "Unclosed end tag at byte offset 4"},
		{name: "span of another class", in: "<span>x</span>", err: `Tag "span" must have class "tg-spoiler" at byte offset 0`},
		{name: "value not closed", in: `<a href="x`, err: "Unclosed start tag at byte offset 0"},
		{name: "strange value", in: `<a href=x/y>z</a>`, err: "Unexpected end of name token at byte offset 8"},
		{name: "no attribute name", in: `<a ="x">z</a>`, err: `Empty attribute name in the tag "a" at byte offset 0`},
		{name: "half a pair", in: "&#xD83D;", err: "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, entities, err := parseHTML(test.in)
			if got := errorText(err); got != test.err {
				t.Fatalf("error %q, want %q", got, test.err)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(test.text, text); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.entities, entities); diff != "" {
				t.Errorf("entities (-want +got):\n%s", diff)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestDetect(t *testing.T) {
	tests := []struct {
		name, text string
		given      []Entity
		want       []string // type and text of each
	}{
		{name: "address", text: "see https://a.example/x?y=1 now", want: []string{"url https://a.example/x?y=1"}},
		{name: "bare domain", text: "see a.example/x", want: []string{"url a.example/x"}},
		{name: "number address", text: "at 10.0.0.1:80/x", want: []string{"url 10.0.0.1:80/x"}},
		{name: "mail", text: "to a.b@c.example!", want: []string{"email a.b@c.example"}},
		{name: "mention", text: "ask @anna", want: []string{"mention @anna"}},
		{name: "hashtag", text: "#17 and #a1", want: []string{"hashtag #a1"}},
		{name: "cashtag", text: "$TON up", want: []string{"cashtag $TON"}},
		{name: "command", text: "and/or /undo@bot", want: []string{"bot_command /undo@bot"}},
		{name: "no address", text: "e.g. 3.50, end.", want: nil},
		{name: "in code", text: "https://a.example @anna", given: []Entity{{Type: "code", Length: 17}},
			want: []string{"code https://a.example", "mention @anna"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, e := range detect(test.text, test.given) {
				got = append(got, e.Type+" "+test.text[e.Offset:e.Offset+e.Length])
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageHTML(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"escaped", "&lt;script&gt;'\"&amp;", "&lt;script&gt;&#39;&#34;&amp;"},
		{"line breaks", "a\nb", "a<br>b"},
		{"block", "a\n<blockquote>b</blockquote>\nc", "a<br><blockquote>b</blockquote>c"},
		{"link", `<a href="https://x.example/&quot;">l</a>`,
			`<a href="https://x.example/%22" rel="noopener noreferrer nofollow" target="_blank">l</a>`},
		{"no link to a chat", `<a href="tg://resolve?domain=x">l</a>`, "l"},
		{"nested", "<b>a<i>b</i></b>c", "<b>a<i>b</i></b>c"},
		{"spoiler", "<tg-spoiler>x</tg-spoiler>", `<span class="tg-spoiler">x</span>`},
		{"underlined", "<u>a</u><ins>b</ins>", "<u>a</u><u>b</u>"},
		{"struck out", "<s>a</s><strike>b</strike><del>c</del>", "<s>a</s><s>b</s><s>c</s>"},
		{"emphasis", "<em>a</em><i><u>b</u>c</i><strong>d</strong>", "<i>a</i><i><u>b</u>c</i><b>d</b>"},
		{"expandable", "<blockquote expandable>x</blockquote>", `<blockquote class="tg-expandable">x</blockquote>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text, entities, err := parseHTML(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, content{text, entities}.html()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCleanMovesEntities(t *testing.T) {
	text, entities, err := parseHTML(" \n a\r<b>b\u202Ec\t</b>  ")
	if err != nil {
		t.Fatal(err)
	}
	got := content{text, entities}.clean()
	want := content{"abc", []Entity{{Type: "bold", Offset: 1, Length: 2}}}
	if got.text != want.text || !cmp.Equal(got.entities, want.entities) {
		t.Errorf("got %q %v, want %q %v", got.text, got.entities, want.text, want.entities)
	}
}

// FuzzText looks for a text that makes the server panic, lets entities reach
// beyond the text, or puts a tag of the sender's own into a page.
func FuzzText(f *testing.F) {
	for _, s := range []string{"<b>x</b>", "&lt;", "&#x10FFFF;", "<a href=\"https://a.example\">\U0001F600</a>",
		"<blockquote expandable>a\n</blockquote>\nb", "<pre><code class='language-go'>x</code></pre>", "<", "</", "<b", "<b x='&amp;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := readText(params{values: map[string]string{"text": s, "parse_mode": "HTML"}})
		if err != nil {
			return
		}
		if !utf8.ValidString(c.text) {
			t.Fatalf("%q gives text that is not UTF-8: %q", s, c.text)
		}
		for _, e := range c.entities {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > utf16Len(c.text) {
				t.Fatalf("%q gives an entity beyond the text: %+v", s, e)
			}
		}
		if _, err := json.Marshal(c.entities); err != nil {
			t.Fatal(err)
		}
		checkPage(t, c.html())
	})
}

// checkPage fails where a page's HTML has a tag that Telegram does not show.
func checkPage(t *testing.T, page string) {
	t.Helper()
	for rest := page; ; {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return
		}
		tag, tail, closed := strings.Cut(after, ">")
		name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " ")
		switch name {
		case "a", "b", "i", "u", "s", "span", "code", "pre", "blockquote", "br":
		default:
			t.Fatalf("%q has the tag <%s>", page, tag)
		}
		if !closed {
			t.Fatalf("%q has a tag without an end", page)
		}
		rest = tail
	}
}
