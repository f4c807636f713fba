package telegramtest

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Entity is a part of a text that is more than text. Offset and Length count
// UTF-16 units.
type Entity struct {
	Type     string `json:"type"`
	Offset   int    `json:"offset"`
	Length   int    `json:"length"`
	URL      string `json:"url,omitempty"`      // of a text_link
	Language string `json:"language,omitempty"` // of a pre
}

// The types of entity that are treated apart.
const (
	entityCode   = "code"
	entityPre    = "pre"
	entityLink   = "text_link"
	entityQuote  = "blockquote"
	entityFolded = "expandable_blockquote"
	entityURL    = "url"
)

// maxEntities is how many entities of a message Telegram keeps.
const maxEntities = 100

// content is a text with its entities.
type content struct {
	text     string
	entities []Entity
}

// sortEntities puts outer before inner ones.
func sortEntities(list []Entity) {
	slices.SortStableFunc(list, func(a, b Entity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length), cmp.Compare(depth(a), depth(b)))
	})
}

// depth orders entities of the same extent from the outside to the inside.
func depth(e Entity) int {
	switch e.Type {
	case entityQuote, entityFolded:
		return 0
	case entityPre:
		return 1
	case entityLink:
		return 2
	case entityCode:
		return 4
	}
	return 3
}

// utf16Len returns the length of s in UTF-16 units.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// clean does what Telegram does to every text: control characters become
// spaces, direction overrides go, and white space around the text goes.
func (c content) clean() content {
	var out strings.Builder
	moved := make([]int, 1, len(c.text)+1) // for each unit of c.text, where it went
	units := 0
	for _, r := range c.text {
		kept := cleanRune(r)
		width := utf16Width(r)
		if kept >= 0 {
			out.WriteRune(kept)
			units += width
		}
		for range width {
			moved = append(moved, units)
		}
	}
	text := out.String()
	start := text[:len(text)-len(strings.TrimLeftFunc(text, unicode.IsSpace))]
	lead := utf16Len(start)
	text = strings.TrimSpace(text)
	end := utf16Len(text)
	var entities []Entity
	for _, e := range c.entities {
		from := min(max(moved[e.Offset]-lead, 0), end)
		to := min(max(moved[e.Offset+e.Length]-lead, 0), end)
		if e.Offset, e.Length = from, to-from; e.Length > 0 {
			entities = append(entities, e)
		}
	}
	sortEntities(entities)
	return content{text, entities[:min(len(entities), maxEntities)]}
}

func utf16Width(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// cleanRune returns what Telegram makes of a character; -1: nothing.
func cleanRune(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\r', 0x2028 <= r && r <= 0x202E, r == 0x333, r == 0x33F, r == 0x30A:
		return -1
	case r < ' ':
		return ' '
	}
	return r
}

// linkTarget returns a link's target as Telegram takes it; empty: it does not.
func linkTarget(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, " <>\"") {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if !strings.Contains(u.Host, ".") && !strings.Contains(u.Host, ":") && u.Hostname() != "localhost" {
			return ""
		}
		return u.String()
	case "tg", "ton":
		return u.String()
	}
	return ""
}

// detected is a kind of text that Telegram makes an entity of by itself.
type detected struct {
	kind    string
	pattern *regexp.Regexp // its first group is the entity
}

// patterns find what can be tapped in plain text. They find more than Telegram
// does, which asks for a real top-level domain.
var patterns = []detected{
	{entityURL, regexp.MustCompile(`(?i)((?:https?|ftp|tg|ton|tonsite)://[^\s<>"]+)`)},
	{"email", regexp.MustCompile(`([\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+)`)},
	{entityURL, regexp.MustCompile(`((?:[\pL\pN_-]+\.)+(?:xn--[a-z0-9-]+|\pL{2,})(?::\d+)?(?:[/?#][^\s<>"]*)?)`)},
	{entityURL, regexp.MustCompile(`(?:^|[^\pN.])(\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:/[^\s<>"]*)?)`)},
	{"mention", regexp.MustCompile(`(?:^|[^\pL\pN_])(@[A-Za-z0-9_]{2,32})`)},
	{"hashtag", regexp.MustCompile(`(?:^|[^\pL\pN_&/])(#[\pL\pN_]*\pL[\pL\pN_]*)`)},
	{"cashtag", regexp.MustCompile(`(?:^|[^\pL\pN_])(\$[A-Z]{1,8})`)},
	{"bot_command", regexp.MustCompile(`(?:^|[^\pL\pN_/<>])(/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)`)},
}

// detect returns the entities of a text with those that Telegram finds in it by
// itself: addresses, mentions, hashtags and commands outside code and links.
func detect(text string, given []Entity) []Entity {
	list := slices.Clone(given)
	for _, p := range patterns {
		for _, at := range p.pattern.FindAllStringSubmatchIndex(text, -1) {
			e := Entity{Type: p.kind, Offset: utf16Len(text[:at[2]]), Length: utf16Len(text[at[2]:at[3]])}
			if !slices.ContainsFunc(list, func(other Entity) bool { return other.shuts(e) }) {
				list = append(list, e)
			}
		}
	}
	sortEntities(list)
	return list
}

// shuts reports whether e keeps a found entity out.
func (e Entity) shuts(found Entity) bool {
	if found.Offset >= e.Offset+e.Length || e.Offset >= found.Offset+found.Length {
		return false
	}
	switch e.Type {
	case entityCode, entityPre, entityLink, entityURL, "email", "mention", "hashtag", "cashtag", "bot_command":
		return true
	}
	return false
}

// html returns the text as a page may show it.
func (c content) html() string {
	var (
		out  strings.Builder
		open []Entity
		at   int
		skip bool // the line break after a block is the block's own
	)
	edges := c.edges()
	for rest := c.text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if _, edge := edges[at]; edge {
			var closedBlock bool
			open, closedBlock = c.turn(&out, open, at)
			skip = skip || closedBlock
		}
		if r != '\n' || !skip {
			writeEscaped(&out, r)
		}
		skip = false
		at += utf16Width(r)
		rest = rest[size:]
	}
	for _, e := range slices.Backward(open) {
		out.WriteString(e.endTag())
	}
	return out.String()
}

// edges returns where entities begin or end.
func (c content) edges() map[int]struct{} {
	edges := make(map[int]struct{})
	for _, e := range c.entities {
		edges[e.Offset], edges[e.Offset+e.Length] = struct{}{}, struct{}{}
	}
	return edges
}

// turn closes and opens tags where the text is at, and returns the open ones and
// whether one of those closed was a block.
func (c content) turn(out *strings.Builder, open []Entity, at int) (next []Entity, closedBlock bool) {
	for _, e := range c.entities {
		if e.Offset <= at && at < e.Offset+e.Length && e.startTag() != "" {
			next = append(next, e)
		}
	}
	same := 0
	for same < len(open) && same < len(next) && open[same] == next[same] {
		same++
	}
	for _, e := range slices.Backward(open[same:]) {
		out.WriteString(e.endTag())
		closedBlock = closedBlock || e.isBlock() && e.Offset+e.Length == at
	}
	for _, e := range next[same:] {
		out.WriteString(e.startTag())
	}
	return next, closedBlock
}

// writeEscaped writes one character of text into HTML.
func writeEscaped(out *strings.Builder, r rune) {
	switch r {
	case '<':
		out.WriteString("&lt;")
	case '>':
		out.WriteString("&gt;")
	case '&':
		out.WriteString("&amp;")
	case '"':
		out.WriteString("&#34;")
	case '\'':
		out.WriteString("&#39;")
	case '\n':
		out.WriteString("<br>")
	default:
		out.WriteRune(r)
	}
}
