package rules

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/expr-lang/expr/types"

	"gatehouse/internal/text"
)

// kind is the type of a value in conditions.
type kind string

// The kinds, by the names that the documentation uses.
const (
	kindText   kind = "text"
	kindNumber kind = "number"
	kindShare  kind = "share"   // a number from 0 to 1
	kindSecs   kind = "seconds" // a number with a fraction
	kindBool   kind = "yes/no"
	kindTexts  kind = "list"
)

// exprType returns the type by which expr checks conditions.
func (k kind) exprType() types.Type {
	switch k {
	case kindNumber:
		return types.Int
	case kindShare, kindSecs:
		return types.Float64
	case kindBool:
		return types.Bool
	case kindTexts:
		return types.TypeOf([]string(nil))
	default:
		return types.String
	}
}

// fact is something about a comment that a condition can name.
type fact struct {
	name  string
	kind  kind
	doc   string
	get   func(*state) any // of the type that kind stands for
	shows show             // nil: nothing
}

// private reports whether nobody is to see the fact: evidence goes to moderators'
// chats and into the database, where e-mail and address do not belong.
func (f fact) private() bool { return f.name == "author.email" || f.name == "author.ip" }

// show returns what of a comment a moderator is shown as evidence.
type show func(*state) []string

// facts is the table of everything that conditions know of a comment. The table
// in docs/rules.md is written from it.
func facts() []fact {
	return slices.Concat(commentFacts(), surroundingFacts(), tiesFacts())
}

// commentFacts are those of the comment itself.
func commentFacts() []fact {
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
			func(s *state) any { return capitals(s.sub.Comment.Text) }, nil},
		{"links.count", kindNumber, "How many links it has: addresses with http://, with www., and bare ones such as example.com.",
			func(s *state) any { return len(s.links()) }, (*state).hosts},
		{"links.hosts", kindTexts, "The hosts they lead to, in lower case, each once.",
			func(s *state) any { return s.hosts() }, (*state).hosts},
		{"links.only", kindBool, "The comment is links and nothing else.",
			func(s *state) any { return linksOnly(s.sub.Comment.Text, s.links()) }, (*state).hosts},
		{"honeypot", kindText, "What was written into a form field that people do not see.",
			func(s *state) any { return s.sub.Fields.Honeypot }, func(s *state) []string { return []string{s.sub.Fields.Honeypot} }},
		{"elapsed", kindSecs, "Seconds from opening the page to sending the comment; 0 where the blog does not say.",
			func(s *state) any { return s.sub.Fields.Elapsed.Seconds() }, nil},
	}
}

// surroundingFacts are those of the writer and of what is around the comment.
func surroundingFacts() []fact {
	return []fact{
		{"author.name", kindText, "The writer's name as shown.", func(s *state) any { return s.sub.Author.Name }, nil},
		{"author.links", kindNumber, "How many links that name has in it.",
			func(s *state) any { return len(text.Links(s.sub.Author.Name)) }, nil},
		{"author.email", kindText, "The writer's e-mail address.", func(s *state) any { return s.sub.Author.Email }, nil},
		{"author.url", kindText, "The address that the writer's name links to.",
			func(s *state) any { return s.sub.Author.URL }, func(s *state) []string { return []string{s.sub.Author.URL} }},
		{"author.id", kindText, "The platform's id of the writer.", func(s *state) any { return s.sub.Author.ID }, nil},
		{"author.anonymous", kindBool, "The platform gives no id of the writer.", func(s *state) any { return s.sub.Author.ID == "" }, nil},
		{"author.role", kindText, "The platform's word for what the writer is: administrator, subscriber …", func(s *state) any { return s.sub.Author.Role }, nil},
		{"author.ip", kindText, "The network address that the comment came from.", func(s *state) any { return s.address() }, nil},
		{"author.user_agent", kindText, "What the writer's browser calls itself.", func(s *state) any { return s.sub.Author.UserAgent }, nil},
		{"standing.known", kindBool, "The writer has an identity: the platform vouches for one, or e-mail and address are both known.", func(s *state) any { return s.sub.Standing.Known }, nil},
		{"standing.approved", kindNumber, "How many comments of the writer were approved here.", func(s *state) any { return s.sub.Standing.Approved }, nil},
		{"standing.rejected", kindNumber, "How many were rejected here.", func(s *state) any { return s.sub.Standing.Rejected }, nil},
		{"standing.trusted", kindBool, "The writer is trusted here.", func(s *state) any { return s.sub.Standing.Trusted }, nil},
		{"standing.banned", kindBool, "The writer is banned here.", func(s *state) any { return s.sub.Standing.Banned }, nil},
		{"parent.author", kindText, "Whose comment this one answers; empty for an answer to the post.", func(s *state) any { return s.sub.Parent.Author }, nil},
		{"parent.text", kindText, "What that comment says.", func(s *state) any { return s.sub.Parent.Text }, nil},
		{"post.id", kindText, "The platform's id of the post.", func(s *state) any { return s.sub.Post.ID }, nil},
		{"post.title", kindText, "Its title.", func(s *state) any { return s.sub.Post.Title }, nil},
		{"post.url", kindText, "Its address.", func(s *state) any { return s.sub.Post.URL }, nil},
		{"site", kindText, "The blog's name here.", func(s *state) any { return s.sub.Site.Name }, nil},
		{"mode", kindText, "How strict the site is now: open, normal or strict.", func(s *state) any { return string(s.sub.Mode) }, nil},
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

// capitals returns the share of capitals among the letters of s that have both
// forms; 0 where there are none.
func capitals(s string) float64 {
	upper, letters := 0, 0
	for _, r := range s {
		switch {
		case 'A' <= r && r <= 'Z', r >= utf8.RuneSelf && unicode.IsUpper(r):
			upper++
			letters++
		case 'a' <= r && r <= 'z', r >= utf8.RuneSelf && unicode.IsLower(r):
			letters++
		}
	}
	return float64(upper) / float64(max(1, letters))
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
