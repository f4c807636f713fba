package text

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FromHTML returns the text that a reader of the HTML sees: entities decoded,
// one line a block, no scripts, styles or comments. A link whose target is not
// what its text says has the target after it, as " (https://…)": a check then
// sees where it leads. Images give their description. Relative targets are left
// out: they stay on the blog.
func FromHTML(s string) string {
	p := page{tokens: html.NewTokenizer(strings.NewReader(valid(s)))}
	for {
		switch p.tokens.Next() {
		case html.ErrorToken: // the end: a string has no other error
			p.closeLink()
			return valid(strings.TrimSpace(p.out.String()))
		case html.TextToken:
			if p.hidden == 0 {
				p.write(string(p.tokens.Text()))
			}
		case html.StartTagToken:
			p.start(false)
		case html.SelfClosingTagToken:
			p.start(true)
		case html.EndTagToken:
			p.end()
		}
	}
}

// page is the text of a document as far as it has been read.
type page struct {
	tokens *html.Tokenizer
	out    strings.Builder
	breaks int       // line breaks due before the next text: 0 to 2
	space  bool      // a space is due before the next text
	hidden atom.Atom // the open element whose content nobody sees; 0: none
	pre    bool      // white space counts

	href   string // the target of the open link; empty: none
	linkAt int    // where in out the open link's text begins
}

// start reads a start tag.
func (p *page) start(selfClosing bool) {
	name, hasAttr := p.tokens.TagName()
	tag := atom.Lookup(name)
	if p.hidden != 0 {
		return
	}
	switch tag {
	case atom.Script, atom.Style, atom.Iframe, atom.Noembed, atom.Noframes, atom.Title, atom.Template:
		if !selfClosing || isRawText(tag) {
			p.hidden = tag
		}
	case atom.A:
		p.closeLink()
		p.href = absolute(p.attribute("href", hasAttr))
		p.linkAt = p.out.Len()
	case atom.Img:
		p.write(p.attribute("alt", hasAttr))
	case atom.Br:
		p.lineBreak(min(p.breaks+1, 2))
	case atom.Pre:
		p.pre = true
		p.lineBreak(2)
	default:
		p.lineBreak(breaksAround(tag))
	}
}

// isRawText reports whether the tokenizer hands the content of tag over as one
// text whatever is inside, even where the start tag ends in "/>".
func isRawText(tag atom.Atom) bool { return tag != atom.Template }

// end reads an end tag.
func (p *page) end() {
	name, _ := p.tokens.TagName()
	tag := atom.Lookup(name)
	switch {
	case p.hidden != 0:
		if tag == p.hidden {
			p.hidden = 0
		}
	case tag == atom.A:
		p.closeLink()
	case tag == atom.Pre:
		p.pre = false
		p.lineBreak(2)
	default:
		p.lineBreak(breaksAround(tag))
	}
}

// attribute returns the value of one attribute of the tag just read.
func (p *page) attribute(name string, more bool) string {
	for more {
		var key, value []byte
		key, value, more = p.tokens.TagAttr()
		if string(key) == name {
			return string(value)
		}
	}
	return ""
}

// write adds s as a browser lays it out: white space collapsed, unless in pre.
func (p *page) write(s string) {
	if p.pre && s != "" {
		p.flush()
		p.out.WriteString(s)
		return
	}
	for s != "" {
		gap := strings.IndexFunc(s, isHTMLSpace)
		switch {
		case gap == 0:
			p.space = true
			s = strings.TrimLeftFunc(s, isHTMLSpace)
			continue
		case gap < 0:
			gap = len(s)
		}
		p.flush()
		p.out.WriteString(s[:gap])
		s = s[gap:]
	}
}

// isHTMLSpace reports whether HTML collapses r; it keeps a no-break space.
func isHTMLSpace(r rune) bool {
	return r == ' ' || '\t' <= r && r <= '\r'
}

// flush writes the white space that is due.
func (p *page) flush() {
	switch {
	case p.out.Len() == 0:
	case p.breaks > 0:
		p.out.WriteString("\n\n"[:p.breaks])
	case p.space:
		p.out.WriteByte(' ')
	}
	p.breaks, p.space = 0, false
}

// lineBreak asks for n line breaks before the next text.
func (p *page) lineBreak(n int) {
	p.breaks = max(p.breaks, n)
}

// closeLink ends the open link, if any, and writes where it leads.
func (p *page) closeLink() {
	if p.href == "" {
		return
	}
	shown := p.out.String()[p.linkAt:]
	if bareURL(shown) != bareURL(p.href) {
		breaks, space := 0, false
		if strings.TrimSpace(shown) != "" { // white space at its end goes behind
			breaks, space = p.breaks, p.space
			p.breaks, p.space = 0, true
		}
		p.write("(" + p.href + ")")
		p.breaks, p.space = breaks, space
	}
	p.href = ""
}

// absolute returns target where it leads to another host, else nothing.
func absolute(target string) string {
	target = strings.Map(func(r rune) rune {
		if r <= ' ' || isInvisible(r) {
			return -1
		}
		return r
	}, target)
	if strings.HasPrefix(target, "//") {
		return "https:" + target
	}
	scheme, _, found := strings.Cut(target, "://")
	if !found {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp":
		return target
	}
	return ""
}

// bareURL returns what of an address people read: no scheme, no www, no slash
// at the end.
func bareURL(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if _, rest, found := strings.Cut(s, "://"); found {
		s = rest
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
}

// breaksAround returns how many line breaks stand before and after an element.
func breaksAround(tag atom.Atom) int {
	switch tag {
	case atom.Div, atom.Li, atom.Tr, atom.Dt, atom.Dd, atom.Figcaption, atom.Hr,
		atom.Section, atom.Article, atom.Header, atom.Footer, atom.Option:
		return 1
	case atom.P, atom.Blockquote, atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Figure,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return 2
	}
	return 0
}
