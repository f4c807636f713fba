package rules

import (
	"slices"

	"github.com/expr-lang/expr/types"

	"gatehouse/internal/moderation"
)

// kind is the type of a value in conditions.
type kind string

// The kinds, by the names that the documentation uses.
const (
	kindText   kind = "text"
	kindNumber kind = "number"
	kindShare  kind = "share"   // a number from 0 to 1
	kindSecs   kind = "seconds" // a number with a fraction
	kindMins   kind = "minutes" // a number with a fraction
	kindDays   kind = "days"    // a number with a fraction
	kindBool   kind = "yes/no"
	kindTexts  kind = "list"
)

// exprType returns the type by which expr checks conditions.
func (k kind) exprType() types.Type {
	switch k {
	case kindNumber:
		return types.Int
	case kindShare, kindSecs, kindMins, kindDays:
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

// values returns all that the fact can be, where that is a few words; nil: more.
func (f fact) values() []string {
	switch f.name {
	case "mode":
		return []string{string(moderation.ModeOpen), string(moderation.ModeNormal), string(moderation.ModeStrict)}
	case "time.weekday":
		days := weekdays()
		return days[:]
	}
	return nil
}

// show returns what of a comment a moderator is shown as evidence.
type show func(*state) []string

// facts is the table of everything that conditions know of a comment. The table
// in docs/rules.md is written from it.
func facts() []fact {
	return slices.Concat(textFacts(), scriptFacts(), linkFacts(), personalFacts(), formFacts(), authorFacts(), threadFacts(), siteFacts(), duplicateFacts(), tiesFacts())
}

// formFacts are those of how the comment was written.
func formFacts() []fact {
	return []fact{
		{"honeypot", kindText, "What was written into a form field that people do not see.",
			func(s *state) any { return s.sub.Fields.Honeypot }, func(s *state) []string { return []string{s.sub.Fields.Honeypot} }},
		{"elapsed", kindSecs, "Seconds from opening the page to sending the comment; 0 where the blog does not say.",
			func(s *state) any { return s.sub.Fields.Elapsed.Seconds() }, nil},
		{"time.hour", kindNumber, "The hour in which the comment came, 0 to 23, in UTC.",
			func(s *state) any { return s.sub.Now.UTC().Hour() }, nil},
		{"time.weekday", kindText, "The day on which it came, in UTC: monday, tuesday …",
			func(s *state) any { return weekday(s.sub.Now) }, nil},
	}
}

// siteFacts are those of the blog.
func siteFacts() []fact {
	return []fact{
		{"site", kindText, "The blog's name here.", func(s *state) any { return s.sub.Site.Name }, nil},
		{"mode", kindText, "How strict the site is now: open, normal or strict.", func(s *state) any { return string(s.sub.Mode) }, nil},
	}
}
