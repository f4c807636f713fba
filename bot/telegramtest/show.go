package telegramtest

import (
	"html"
	"net/url"
	"strings"
)

// tag returns the element that shows an entity; empty: it looks like text.
func (e Entity) tag() string {
	switch e.Type {
	case "bold":
		return "b"
	case "italic":
		return "i"
	case "underline":
		return "u"
	case "strikethrough":
		return "s"
	case "spoiler":
		return "span"
	case entityCode, entityPre:
		return e.Type
	case entityQuote, entityFolded:
		return "blockquote"
	case entityLink:
		return "a"
	}
	return ""
}

// isBlock reports whether the entity stands on lines of its own.
func (e Entity) isBlock() bool {
	return e.Type == entityPre || e.Type == entityQuote || e.Type == entityFolded
}

// startTag returns the entity's start tag for a page; empty: none.
func (e Entity) startTag() string {
	switch name := e.tag(); {
	case name == "":
		return ""
	case name == "span":
		return `<span class="tg-spoiler">`
	case e.Type == entityFolded:
		return "<blockquote class=\"tg-expandable\">"
	case name == "a":
		u, err := url.Parse(e.URL)
		if err != nil || !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https") {
			return ""
		}
		return `<a href="` + html.EscapeString(u.String()) + `" rel="noopener noreferrer nofollow" target="_blank">`
	default:
		return "<" + name + ">"
	}
}

// endTag returns the entity's end tag.
func (e Entity) endTag() string { return "</" + e.tag() + ">" }
