package history

import (
	"strconv"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// quoted is what a file says, for a message.
func quoted(s string) string { return strconv.Quote(shown(s)) }

// shown is what a file says, short and harmless.
func shown(s string) string { return text.Cut(text.Printable(s), 60) }

// judge returns what the words mean by which people say what became of a comment,
// and false where they mean nothing.
func judge(word string) (moderation.Choice, fate, bool) {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "approve", "approved", "ok", "ham", "published", "publish", "live", "visible", "accepted":
		return moderation.ChooseApprove, "", true
	case "spam":
		return moderation.ChooseSpam, "", true
	case "abuse", "abusive", "toxic", "offensive":
		return moderation.ChooseAbuse, "", true
	case "reject", "rejected", "trash", "trashed", "hidden":
		return moderation.ChooseReject, "", true
	case "pending", "hold", "held", "unapproved", "waiting", "moderation", "draft":
		return "", fatePending, true
	case "deleted", "removed", "withdrawn", "emptied":
		return "", fateDeleted, true
	}
	return "", "", false
}

// body sets a comment's body, and the text that a reader sees of it.
func body(c *moderation.Comment, format moderation.Format, s string) {
	c.Body, c.Format, c.Text = s, format, s
	if format == moderation.FormatHTML {
		c.Text = text.FromHTML(s)
	}
}
