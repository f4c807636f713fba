package bot

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/text"
)

// maxText is the longest text of a message, in UTF-16 units.
const maxText = 4096

// Telegram keeps a hundred entities of a message, and what lies beyond could be
// tapped again. So maxCode is how many pieces of one foreign text are set as code, and
// maxPieces how many of all of a message; a text with more is code as a whole.
const (
	maxCode   = 30
	maxPieces = 60
)

// A quotation with more than these is folded: about a phone's screen.
const (
	foldUnits = 700
	foldLines = 14
)

// zeroWidthSpace keeps Telegram from seeing an address, and people from seeing
// a difference.
const zeroWidthSpace = "\u200b"

// sheet is a message under way, both in Telegram's HTML and as plain text for
// the case that Telegram does not take the HTML. What others wrote goes in by
// foreign, link and quote, and what stands on these, only: there it can't break out, and nothing in it can
// be tapped. The zero sheet is empty.
type sheet struct {
	html, plain strings.Builder
	zone        *time.Location // of the times on it; nil: UTC
	units       int            // of what is seen, in UTF-16
	entities    int
}

// add adds a piece in HTML, as plain text and as it is seen.
func (s *sheet) add(html, plain, seen string, entities int) *sheet {
	s.html.WriteString(html)
	s.plain.WriteString(plain)
	s.units += text.UTF16Len(seen)
	s.entities += entities
	return s
}

// own adds words of ours.
func (s *sheet) own(words ...string) *sheet {
	for _, w := range words {
		s.add(escape(w), w, w, 0)
	}
	return s
}

// bold adds words of ours that stand out.
func (s *sheet) bold(words string) *sheet {
	return s.add("<b>"+escape(words)+"</b>", words, words, 1)
}

// foreign adds words of others.
func (s *sheet) foreign(words string) *sheet {
	html, n := defuse(words, s.room())
	return s.add(html, defusePlain(words), words, n)
}

// room returns how many pieces of a foreign text may be set as code.
func (s *sheet) room() int { return min(maxCode, max(0, maxPieces-s.entities)) }

// link adds words of others that lead to target, or the words alone where that
// is no web address.
func (s *sheet) link(words, target string) *sheet {
	address, ok := webAddress(target)
	if !ok {
		return s.passage(words)
	}
	if !isPlain(words) {
		words = "“" + unquote(words) + "”"
	}
	return s.add(`<a href="`+escapeAttribute(address)+`">`+escape(words)+"</a>", defusePlain(words), words, 1)
}

// quote adds words of others as a quotation of its own lines. Telegram folds it
// where it would fill the screen.
func (s *sheet) quote(words string) *sheet {
	html, n := defuse(words, s.room())
	return s.add(quotation(html, words), "│ "+strings.ReplaceAll(defusePlain(words), "\n", "\n│ "), words, n+1)
}

// quotation sets what shows words as a quotation.
func quotation(html, words string) string {
	tag := "<blockquote>"
	if text.UTF16Len(words) > foldUnits || strings.Count(words, "\n") > foldLines {
		tag = "<blockquote expandable>"
	}
	return tag + html + "</blockquote>"
}

// append adds all that another sheet has.
func (s *sheet) append(other *sheet) {
	s.html.WriteString(other.html.String())
	s.plain.WriteString(other.plain.String())
	s.units += other.units
	s.entities += other.entities
}

// HTML returns the message in Telegram's HTML.
func (s *sheet) HTML() string { return s.html.String() }

// Plain returns the message without markup, cut to what a message holds.
func (s *sheet) Plain() string { return text.Cut(s.plain.String(), maxText) }

// escape makes s text in Telegram's HTML. Quotes are left: where a text stands,
// they mean nothing.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// escapeAttribute makes s the value of an attribute in double quotes.
func escapeAttribute(s string) string { return strings.ReplaceAll(escape(s), `"`, "&quot;") }

// webAddress returns target as an address that may stand in a link: http or
// https, with a host.
func webAddress(target string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(target))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(target) > 2048 {
		return "", false
	}
	return u.String(), true
}

// defuse returns words in Telegram's HTML with everything set as code that
// Telegram would make tappable: addresses, mentions, hashtags, commands,
// numbers. A text with more than most of these is code as a whole. It says how many
// entities that makes.
func defuse(words string, most int) (html string, entities int) {
	var out strings.Builder
	for piece, space := range pieces(words) {
		if space || !tappable(piece) {
			out.WriteString(escape(piece))
			continue
		}
		if entities++; entities > most {
			return "<code>" + escape(words) + "</code>", 1
		}
		out.WriteString("<code>" + escape(piece) + "</code>")
	}
	return out.String(), entities
}

// defusePlain is defuse for plain text.
func defusePlain(words string) string {
	var out strings.Builder
	for piece, space := range pieces(words) {
		if space || !tappable(piece) {
			out.WriteString(piece)
			continue
		}
		for _, r := range piece {
			out.WriteRune(r)
			if strings.ContainsRune(".@/#$", r) {
				out.WriteString(zeroWidthSpace)
			}
		}
	}
	return out.String()
}

// pieces yields the runs of white space and of everything else in s.
func pieces(s string) func(yield func(piece string, space bool) bool) {
	return func(yield func(string, bool) bool) {
		for s != "" {
			first, _ := utf8.DecodeRuneInString(s)
			space := unicode.IsSpace(first)
			end := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) != space })
			if end < 0 {
				end = len(s)
			}
			if !yield(s[:end], space) {
				return
			}
			s = s[end:]
		}
	}
}

// tappableDigits is from how many digits on a word may be a telephone's or a
// card's number.
const tappableDigits = 7

// tappable reports whether Telegram may see in a word without white space
// something to tap. It rather says yes too often.
func tappable(word string) bool {
	runes := []rune(word)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	digits, dots := 0, 0
	for i, r := range runes {
		before, next, second := at(i-1), at(i+1), at(i+2)
		switch {
		case r == '@':
			return true
		case r == ':' && next == '/' && second == '/':
			return true
		case r == '#' || r == '$' || r == '/':
			if isWordRune(next) && !endsWord(before) && (r != '/' || !strings.ContainsRune("</>", before)) {
				return true
			}
		case r == '.' || r == '。' || r == '．' || r == '｡':
			dots++
			if unicode.IsLetter(next) && second != ' ' {
				return true
			}
		case unicode.IsDigit(r):
			digits++
		}
	}
	return digits >= tappableDigits || dots >= 3 && digits >= 4
}

// isWordRune reports whether r may be part of a tag's or a command's name.
func isWordRune(r rune) bool {
	return r == '_' || r > unicode.MaxASCII && !unicode.IsSpace(r) || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// endsWord reports whether a tag or command that follows r belongs to a word.
func endsWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// oneLine returns s as it may stand within a line of a card, at most max UTF-16
// units.
func oneLine(s string, max int) string {
	return text.Cut(strings.Join(strings.Fields(text.Printable(s)), " "), max)
}

// lines returns s as it may stand in a quotation, at most max UTF-16 units.
func lines(s string, max int) string {
	return text.Cut(strings.TrimSpace(text.Printable(s)), max)
}
