package telegramtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseHTML reads Telegram's HTML (https://core.telegram.org/bots/api#html-style)
// and returns the text with its entities, or why it can't be read, in
// Telegram's words. It is as strict and as lenient as Telegram: an unknown tag
// is an error, a lone ampersand is itself.
func parseHTML(s string) (string, []Entity, error) {
	p := htmlParser{in: s}
	for p.at < len(p.in) {
		if err := p.step(); err != nil {
			return "", nil, err
		}
	}
	if n := len(p.open); n > 0 {
		return "", nil, cantParse("Can't find end tag corresponding to start tag %q", p.open[n-1].name)
	}
	if !utf8.Valid(p.out) {
		return "", nil, cantParse("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units")
	}
	sortEntities(p.entities)
	return string(p.out), p.entities, nil
}

// parseError says in Telegram's words, which begin with a capital, why a text
// can't be read.
type parseError string

// Error returns those words.
func (e parseError) Error() string { return string(e) }

// cantParse makes a parseError.
func cantParse(format string, args ...any) error {
	return parseError(fmt.Sprintf(format, args...))
}

// htmlParser is somewhere in a text.
type htmlParser struct {
	in       string
	at       int // the next byte of in
	out      []byte
	units    int // UTF-16 units in out
	open     []openTag
	entities []Entity
}

// openTag is a tag that has not been closed yet.
type openTag struct {
	name     string
	argument string
	units    int // where it begins in the text
	begin    int // the same, in bytes
}

// step reads one character or tag.
func (p *htmlParser) step() error {
	switch c := p.in[p.at]; {
	case c == '&':
		if r, size := decodeEntity(p.in[p.at:]); size > 0 {
			p.at += size
			p.write(r)
			return nil
		}
	case c == '<' && p.byteAt(p.at+1) == '/':
		return p.endTag()
	case c == '<':
		return p.startTag()
	}
	r, size := utf8.DecodeRuneInString(p.in[p.at:])
	p.at += size
	p.write(r)
	return nil
}

// write adds a character. One half of a surrogate pair is written as it is
// numbered, so that it is found in the end.
func (p *htmlParser) write(r rune) {
	p.units++
	switch {
	case 0xD800 <= r && r <= 0xDFFF:
		p.out = append(p.out, 0xED, byte(0x80|r>>6&0x3F), byte(0x80|r&0x3F))
		return
	case r > 0xFFFF:
		p.units++
	}
	p.out = utf8.AppendRune(p.out, r)
}

// byteAt returns a byte of the text, or 0 after its end.
func (p *htmlParser) byteAt(i int) byte {
	if i < len(p.in) {
		return p.in[i]
	}
	return 0
}

// while returns the bytes from the present place on for which ok is true, and
// moves behind them.
func (p *htmlParser) while(ok func(byte) bool) string {
	from := p.at
	for p.at < len(p.in) && ok(p.in[p.at]) {
		p.at++
	}
	return p.in[from:p.at]
}

func isHTMLSpace(c byte) bool {
	return c == ' ' || '\t' <= c && c <= '\r'
}

// knownTag reports whether Telegram takes a tag of that name.
func knownTag(name string) bool {
	switch name {
	case "a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "span", "pre", "code", "blockquote":
		return true
	}
	return false
}

// startTag reads "<b>", "<a href=…>" and so on.
func (p *htmlParser) startTag() error {
	begin := p.at
	p.at++
	name := strings.ToLower(p.while(func(c byte) bool { return !isHTMLSpace(c) && c != '>' }))
	if p.at == len(p.in) {
		return cantParse("Unclosed start tag at byte offset %d", begin)
	}
	if !knownTag(name) {
		return cantParse("Unsupported start tag %q at byte offset %d", name, begin)
	}
	tag := openTag{name: name, units: p.units, begin: len(p.out)}
	for {
		p.while(isHTMLSpace)
		if p.byteAt(p.at) == '>' {
			p.at++
			break
		}
		key, value, err := p.attribute(name, begin)
		if err != nil {
			return err
		}
		tag.argument = argument(name, key, value, tag.argument)
	}
	if name == "span" && tag.argument != "spoiler" {
		return cantParse("Tag \"span\" must have class \"tg-spoiler\" at byte offset %d", begin)
	}
	p.open = append(p.open, tag)
	return nil
}

// argument returns what a tag's attribute means for its entity.
func argument(tag, key, value, before string) string {
	switch {
	case tag == "a" && key == "href":
		return value
	case tag == "code" && key == "class" && strings.HasPrefix(value, "language-"):
		return value[len("language-"):]
	case tag == "span" && key == "class" && strings.HasPrefix(value, "tg-"):
		return value[len("tg-"):]
	case tag == "blockquote" && key == "expandable":
		return "1"
	}
	return before
}

// attribute reads one attribute of the tag that begins at byte begin.
func (p *htmlParser) attribute(tag string, begin int) (key, value string, err error) {
	unclosed := cantParse("Unclosed start tag %q at byte offset %d", tag, begin)
	key = p.while(func(c byte) bool { return !isHTMLSpace(c) && strings.IndexByte("=>/\"'", c) < 0 })
	if key == "" {
		if p.at == len(p.in) {
			return "", "", unclosed
		}
		return "", "", cantParse("Empty attribute name in the tag %q at byte offset %d", tag, begin)
	}
	p.while(isHTMLSpace)
	if p.byteAt(p.at) != '=' {
		if p.at == len(p.in) {
			return "", "", unclosed
		}
		return key, "", nil
	}
	p.at++
	p.while(isHTMLSpace)
	switch quote := p.byteAt(p.at); quote {
	case 0:
		return "", "", unclosed
	case '"', '\'':
		value = p.quoted(quote)
	default:
		from := p.at
		value = strings.ToLower(p.while(isNameToken))
		if c := p.byteAt(p.at); c != 0 && !isHTMLSpace(c) && c != '>' {
			return "", "", cantParse("Unexpected end of name token at byte offset %d", from)
		}
	}
	if p.at == len(p.in) {
		return "", "", cantParse("Unclosed start tag at byte offset %d", begin)
	}
	return key, value, nil
}

func isNameToken(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '.' || c == '-'
}

// quoted reads an attribute's value in quotes.
func (p *htmlParser) quoted(quote byte) string {
	p.at++
	var value []byte
	for p.at < len(p.in) && p.in[p.at] != quote {
		if p.in[p.at] == '&' {
			if r, size := decodeEntity(p.in[p.at:]); size > 0 {
				value = utf8.AppendRune(value, r)
				p.at += size
				continue
			}
		}
		value = append(value, p.in[p.at])
		p.at++
	}
	if p.at < len(p.in) {
		p.at++
	}
	return string(value)
}

// endTag reads "</b>" and makes its entity; "</>" ends whatever is open.
func (p *htmlParser) endTag() error {
	begin := p.at
	if len(p.open) == 0 {
		return cantParse("Unexpected end tag at byte offset %d", begin)
	}
	p.at += len("</")
	name := strings.ToLower(p.while(func(c byte) bool { return !isHTMLSpace(c) && c != '>' }))
	p.while(isHTMLSpace)
	if p.byteAt(p.at) != '>' {
		return cantParse("Unclosed end tag at byte offset %d", begin)
	}
	p.at++
	tag := p.open[len(p.open)-1]
	if name != "" && name != tag.name {
		return cantParse("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, tag.name, name)
	}
	p.open = p.open[:len(p.open)-1]
	if p.units > tag.units {
		p.entity(tag)
	}
	return nil
}

// entity adds what a closed tag stands for.
func (p *htmlParser) entity(tag openTag) {
	e := Entity{Type: entityType(tag), Offset: tag.units, Length: p.units - tag.units}
	switch tag.name {
	case "a":
		target := tag.argument
		if target == "" {
			target = string(p.out[tag.begin:])
		}
		if e.URL = linkTarget(target); e.URL == "" {
			return
		}
	case "code":
		e.Language = tag.argument
	case "pre":
		if n := len(p.entities); n > 0 {
			if inner := &p.entities[n-1]; inner.Type == entityCode && inner.Offset == e.Offset && inner.Length == e.Length {
				e.Language = inner.Language
				p.entities = slices.Delete(p.entities, n-1, n)
			}
		}
	}
	p.entities = append(p.entities, e)
}

// entityType returns the type that a tag gives.
func entityType(tag openTag) string {
	switch tag.name {
	case "a":
		return entityLink
	case "b", "strong":
		return "bold"
	case "i", "em":
		return "italic"
	case "s", "strike", "del":
		return "strikethrough"
	case "u", "ins":
		return "underline"
	case "tg-spoiler", "span":
		return "spoiler"
	case "blockquote":
		if tag.argument != "" {
			return entityFolded
		}
		return entityQuote
	}
	return tag.name // pre, code
}

// decodeEntity reads a character reference at the start of s. Size 0: there is
// none that Telegram knows. The semicolon may be missing.
func decodeEntity(s string) (r rune, size int) {
	end := 1
	if strings.HasPrefix(s, "&#") {
		digits, base := "0123456789", 10
		end = len("&#")
		if strings.HasPrefix(s, "&#x") {
			digits, base, end = "0123456789abcdefABCDEF", 16, len("&#x")
		}
		from := end
		for end < len(s) && strings.IndexByte(digits, s[end]) >= 0 {
			end++
		}
		n, err := strconv.ParseInt(s[from:end], base, 64)
		if err != nil || n == 0 || n >= 0x10FFFF || end >= 10 {
			return 0, 0
		}
		r = rune(n)
	} else {
		for end < len(s) && 'a' <= s[end]|0x20 && s[end]|0x20 <= 'z' {
			end++
		}
		switch s[1:end] {
		case "lt":
			r = '<'
		case "gt":
			r = '>'
		case "amp":
			r = '&'
		case "quot":
			r = '"'
		default:
			return 0, 0
		}
	}
	if end < len(s) && s[end] == ';' {
		end++
	}
	return r, end
}
