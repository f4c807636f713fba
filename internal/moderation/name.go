package moderation

import (
	"slices"
	"strings"
	"unicode"
)

// leastName is how many letters a name needs to mean somebody in a text, and leastSyllables
// how many where a letter is a syllable.
const leastName, leastSyllables = 4, 3

// commonWords are names that somebody may have, and that mean something else where
// moderators and checks write them.
func commonWords() []string {
	return []string{
		"abuse", "abusive", "account", "action", "address", "again", "anonymous", "answer", "approve", "approved", "april", "august", "author", "banned", "bill",
		"blog", "blogger", "blogs", "bots", "case", "check", "classifier", "comment", "comments", "decided", "decision", "delete", "deleted", "details", "detail",
		"edit", "edited", "email", "erase", "erased", "error", "false", "from", "gatehouse", "good", "guest", "hate", "have", "held", "hello", "here", "hide", "hold",
		"hope", "insult", "insults", "into", "june", "july", "just", "known", "label", "like", "link", "links", "look", "lesson", "march", "mark", "marked", "message",
		"mode", "moderator", "moderators", "much", "name", "nobody", "none", "normal", "note", "null", "once", "only", "page", "people", "persona", "person", "phone",
		"platform", "post", "posts", "purged", "raid", "reader", "reason", "reject", "rejected", "reply", "rose", "rule", "rules", "same", "score", "site", "sites",
		"some", "somebody", "someone", "sorry", "spam", "spammer", "status", "strict", "telegram", "test", "text", "thanks", "that", "they", "this", "trust", "trusted",
		"undo", "unknown", "user", "very", "visitor", "wait", "waits", "warning", "website", "weight", "were", "what", "when", "will", "with", "withdrawn", "word", "words",
		"wordpress", "writer", "wrote", "your",
	}
}

// IsCommonName reports whether a name need not mean anybody where it stands in a text: it
// has fewer than four letters, in scripts of syllables fewer than three, is what many are called, or consists of common words.
func IsCommonName(name string, fold func(string) string) bool {
	letters, least := 0, leastName
	for _, r := range name {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			least = leastSyllables
		}
	}
	if letters < least || CheckLiteral(ByName, name, fold) != nil {
		return true
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(commonWords(), w) })
}
