package rules

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/text"
)

// textFacts are those of what the comment says.
func textFacts() []fact {
	return []fact{
		{"text", kindText, "The comment as a reader sees it. A link whose target is not its text has the target after it.",
			func(s *state) any { return s.sub.Comment.Text }, nil},
		{"text.normal", kindText, "The same in lower case, without invisible characters, fancy letters as plain ones, white space as single spaces.",
			func(s *state) any { return s.normal() }, nil},
		{"text.words", kindNumber, "How many words it has.",
			func(s *state) any { return countWords(s.sub.Comment.Text) }, nil},
		{"text.length", kindNumber, "How many characters it has.",
			func(s *state) any { return utf8.RuneCountInString(s.sub.Comment.Text) }, nil},
		{"text.capitals", kindShare, "The share of capitals among its letters, 0 to 1.",
			func(s *state) any { return s.look().CapitalShare() }, nil},
		{"text.repeated", kindNumber, "How often a letter stands there in a row, at most: 5 in “nooooo”.",
			func(s *state) any { return s.look().Repeated }, nil},
		{"text.emoji", kindNumber, "How many emoji it has; a flag, or a family, is one.",
			func(s *state) any { return s.look().Emoji }, nil},
		{"text.invisible", kindNumber, "How many invisible characters it has where no script and no emoji needs them.",
			func(s *state) any { return s.look().Invisible }, nil},
		{"text.fancy", kindNumber, "How many letters are drawn as signs: 𝐛𝐨𝐥𝐝, ⓒⓘⓡⓒⓛⓔⓓ, ｗｉｄｅ.",
			func(s *state) any { return s.look().Fancy }, nil},
		{"text.mixed", kindNumber, "How many words mix Latin, Cyrillic or Greek letters.",
			func(s *state) any { return s.look().Mixed }, nil},
		{"text.spaced", kindNumber, "How many words are written with their letters apart: “m o r o n”, “m.o.r.o.n”.",
			func(s *state) any { return text.Spaced(s.normal()) }, nil},
	}
}

// scriptFacts are the shares of writing systems.
func scriptFacts() []fact {
	var list []fact
	for _, script := range text.Scripts() {
		doc := "The share of its letters that are " + strings.ToUpper(script.String()[:1]) + script.String()[1:] + ", 0 to 1."
		if script == text.OtherScript {
			doc = "The share of those that are none of these."
		}
		list = append(list, fact{"script." + script.String(), kindShare, doc, func(s *state) any { return s.look().Share(script) }, nil})
	}
	return list
}

// linkFacts are those of the comment's links.
func linkFacts() []fact {
	return []fact{
		{"links.count", kindNumber, "How many links it has: addresses with http://, with www., and bare ones such as example.com.",
			func(s *state) any { return len(s.links()) }, (*state).hosts},
		{"links.hosts", kindTexts, "The hosts they lead to, in lower case, each once.",
			func(s *state) any { return s.hosts() }, (*state).hosts},
		{"links.domains", kindTexts, "The domains that somebody registered for them, each once: example.co.uk for www.shop.example.co.uk.",
			func(s *state) any { return s.domains() }, (*state).domains},
		{"links.shorteners", kindNumber, "How many of them go through a service that hides where they lead, such as bit.ly.",
			func(s *state) any { return s.shorteners() }, (*state).hosts},
		{"links.sources", kindNumber, "How many of them lead to what people name as their source: newspapers, broadcasters, encyclopedias, fact checkers, petitions, governments, parliaments, universities.",
			func(s *state) any { return s.sources() }, nil},
		{"links.only", kindBool, "The comment is links and nothing else.",
			func(s *state) any { return linksOnly(s.sub.Comment.Text, s.links()) }, (*state).hosts},
	}
}

// countWords returns how many words s has.
func countWords(s string) int {
	n := 0
	for range text.Words(s) {
		n++
	}
	return n
}

// linksOnly reports whether s has links and, beside them, no letter or digit.
func linksOnly(s string, links []text.Link) bool {
	at := 0
	for _, l := range links {
		if strings.ContainsFunc(s[at:l.Start], isLetterOrDigit) {
			return false
		}
		at = l.Start + len(l.Raw)
	}
	return len(links) > 0 && !strings.ContainsFunc(s[at:], isLetterOrDigit)
}

// isLetterOrDigit reports whether r says something.
func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
