package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/text"
)

// threadFacts are those of the post and of the comment that is answered.
func threadFacts() []fact {
	return []fact{
		{"parent.author", kindText, "Whose comment this one answers; empty for an answer to the post.", func(s *state) any { return s.sub.Parent.Author }, nil},
		{"parent.text", kindText, "What that comment says.", func(s *state) any { return s.sub.Parent.Text }, nil},
		{"parent.named", kindBool, "The comment speaks to that writer by name.", func(s *state) any { return s.addresses(s.sub.Parent.Author) }, nil},
		{"parent.same_author", kindBool, "That writer has the same name.", func(s *state) any { return sameName(s.sub.Parent.Author, s.sub.Author.Name) }, nil},
		{"post.id", kindText, "The platform's id of the post.", func(s *state) any { return s.sub.Post.ID }, nil},
		{"post.title", kindText, "Its title.", func(s *state) any { return s.sub.Post.Title }, nil},
		{"post.url", kindText, "Its address.", func(s *state) any { return s.sub.Post.URL }, nil},
		{"post.age", kindDays, "Days since it was published; where the blog does not say, since its first comment here.", func(s *state) any { return s.postAge() }, nil},
		{"post.comments", kindNumber, "How many comments came on it before, 1000 at most.", func(s *state) any { return s.sub.Thread.Comments }, nil},
	}
}

// duplicateFacts are those of what was said before.
func duplicateFacts() []fact {
	return []fact{
		{"duplicates.exact", kindNumber, "How many comments of the blog say the same, whatever their case and disguise, 50 at most with the near ones.",
			func(s *state) any { return s.sub.Duplicates.Exact }, (*state).like},
		{"duplicates.near", kindNumber, "How many more say nearly the same.",
			func(s *state) any { return s.sub.Duplicates.Near }, (*state).like},
		{"duplicates.rejected", kindNumber, "How many of both were rejected.",
			func(s *state) any { return s.sub.Duplicates.Rejected }, (*state).like},
		{"duplicates.writers", kindNumber, "Under how many names the same or nearly the same was said, this comment's included; 0 where nothing was.",
			func(s *state) any { return s.sub.Duplicates.Writers }, nil},
		{"duplicates.minutes", kindMins, "Minutes since the last of them; 0 where there is none.",
			func(s *state) any { return s.sub.Duplicates.Last.Minutes() }, nil},
		{"duplicates.alike", kindShare, "How much the one that is most like it is alike, 0 to 1; 1 is the same.",
			func(s *state) any { return s.sub.Duplicates.Alike }, nil},
	}
}

// like says which comment is the most like this one.
func (s *state) like() []string {
	if s.sub.Duplicates.Of == 0 {
		return nil
	}
	return []string{fmt.Sprintf("like comment %s", s.sub.Duplicates.Of)}
}

// weekday returns the day of t in UTC, in lower case.
func weekday(t time.Time) string {
	return weekdays()[t.UTC().Weekday()]
}

// weekdays returns the names of the days, in the order of [time.Weekday].
func weekdays() [7]string {
	return [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
}

// postAge returns how old the post is, in days.
func (s *state) postAge() float64 {
	since := s.sub.Post.PublishedAt
	if since.IsZero() {
		since = s.sub.Thread.Began
	}
	if since.IsZero() || since.After(s.sub.Now) {
		return 0
	}
	return s.sub.Now.Sub(since).Hours() / 24
}

// minName is how many letters a name must have to be looked for.
const minName = 3

// sameName reports whether two names are one, whatever their case and disguise.
func sameName(a, b string) bool {
	return a != "" && b != "" && text.Fold(a) == text.Fold(b)
}

// addresses reports whether the comment speaks to somebody by name: by the whole
// name, or by its first word with the capital that it has, behind an @ or before the
// comma of a greeting. A single word of small letters may be any word: it counts in
// those two places only.
func (s *state) addresses(name string) bool {
	normal := splitWords(text.Normal(name))
	if len(normal) == 0 || !strings.Contains(s.normal(), normal[0]) || isNobody(name) {
		return false
	}
	if len(normal) > 1 && followEachOther(splitWords(s.normal()), normal) {
		return true
	}
	return utf8.RuneCountInString(normal[0]) >= minName && callsOut(s.sub.Comment.Text, splitWords(name)[0])
}

// callsOut reports whether s speaks to somebody by a name of one word.
func callsOut(s, name string) bool {
	for at, word := range text.Words(s) {
		if !strings.EqualFold(word, name) {
			continue
		}
		after := strings.TrimLeft(s[at+len(word):], " ")
		greeted := at == 0 && (strings.HasPrefix(after, ",") || strings.HasPrefix(after, ":"))
		called := at > 0 && s[at-1] == '@'
		proper := word == name && strings.ToLower(name) != name && at > 0 && !beginsSentence(s[:at])
		if greeted || called || proper {
			return true
		}
	}
	return false
}

// isNobody reports whether many are called so who have nothing in common.
func isNobody(name string) bool {
	switch text.Normal(name) {
	case "anonymous", "anonym", "anon", "guest", "unknown", "reader", "user", "admin", "аноним", "гость", "anonyme", "anónimo":
		return true
	}
	return false
}

// followEachOther reports whether phrase stands in words.
func followEachOther(words, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(words); i++ {
		if slices.Equal(words[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// beginsSentence reports whether a sentence begins behind s, so that any word has
// a capital there.
func beginsSentence(s string) bool {
	last, size := utf8.DecodeLastRuneInString(strings.TrimRight(s, " \"'“”«("))
	return size == 0 || strings.ContainsRune(".!?\n…", last)
}
