package bot

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

const (
	// maxNote is how long a note may be, in characters.
	maxNote = 1000
	// shownNotes is how many notes a card shows, the last ones, and cardNote how
	// much of each, in UTF-16 units.
	shownNotes, cardNote = 3, 160
)

// takeNote makes a note of a reply to a card that is no command. Any other message is
// none of the bot's business.
func (b *Bot) takeNote(ctx context.Context, r request) error {
	if r.message.ReplyToMessage == nil || strings.TrimSpace(r.message.Text) == "" || strings.HasPrefix(r.message.Text, "/") || isFaceless(r.message) {
		return nil
	}
	l, err := b.layout(ctx)
	if err != nil {
		return err
	}
	person, known := l.roster.Find(r.message.From.ID)
	if !known {
		return nil
	}
	v, err := b.postOf(ctx, r)
	if err != nil || v == nil {
		return err
	}
	sites, here := l.reach(person, r.message.Chat.ID)
	switch {
	case !here || !isOf(v.Site.ID, sites):
		return nil
	case !person.Role.Allows(decides):
		return b.replyText(ctx, r, "Your reply is no note: observers look, and do not write here.")
	}
	r.name = "note"
	return b.putNote(ctx, r, *v, r.message.Text)
}

// note is the command that adds a note: /note ID TEXT, or /note TEXT in reply to a card.
// Without a text it tells all notes.
func (b *Bot) note(ctx context.Context, r request) error {
	words := r.args
	shown, err := b.postOf(ctx, r)
	if err != nil {
		return err
	}
	if first, rest := cutWord(words); shown == nil || strings.HasPrefix(first, "#") {
		words = rest
	} else {
		r.args = "" // of whose card it is
	}
	v, ok, err := b.requested(ctx, r)
	if err != nil || !ok {
		return err
	}
	if strings.TrimSpace(words) == "" {
		return b.listNotes(ctx, r, v)
	}
	return b.putNote(ctx, r, v, words)
}

// listNotes tells the notes on a comment in full, in as many messages as that takes.
func (b *Bot) listNotes(ctx context.Context, r request, v moderation.CaseView) error {
	number := v.Comment.ID.String()
	if len(v.Notes) == 0 {
		return b.replyText(ctx, r, "There is no note on #"+number+". Send /note "+number+" with your words, or reply to the card with them.")
	}
	s := b.sheet()
	s.bold("Notes on #" + number)
	for _, n := range v.Notes {
		item := b.sheet()
		before := s.entities
		item.entities = before
		item.own("\n\n📝 ").passage(actorName(n.By)).own(", ", s.stamp(n.At), ":\n").passage(everyLine(n.Text))
		if s.units+item.units > maxText {
			if err := b.replySheet(ctx, r, s); err != nil {
				return err
			}
			s = b.sheet()
			s.bold("Notes on #" + number + ", further")
		}
		item.entities -= before
		s.append(item)
	}
	return b.replySheet(ctx, r, s)
}

// cutWord returns the first word, and what follows it.
func cutWord(s string) (first, rest string) {
	if i := strings.IndexAny(s, " \n\t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}

// putNote adds a note and says so.
func (b *Bot) putNote(ctx context.Context, r request, v moderation.CaseView, words string) error {
	number := v.Comment.ID.String()
	words = strings.TrimSpace(text.Printable(words))
	switch n := utf8.RuneCountInString(words); {
	case n == 0:
		return b.replyText(ctx, r, "Note what? Send /note "+number+" with your words, or reply to the card with them.")
	case n > maxNote:
		return b.replyText(ctx, r, fmt.Sprintf("That is too long for a note: %d characters, and a note has at most %d.", n, maxNote))
	}
	err := b.archive.PutNote(ctx, moderation.Note{Comment: v.Comment.ID, By: actor(r.message.From), Text: words, At: b.cfg.Now(), Key: r.key()})
	if err != nil {
		why, known := b.explain(err, actor(r.message.From))
		if !known {
			return err
		}
		return b.replyText(ctx, r, why)
	}
	if err := b.followComment(ctx, v.Comment.ID); err != nil {
		return err
	}
	return b.replyText(ctx, r, "📝 Noted on #"+number+".")
}

// drawNotes writes the last notes on a comment, each on a line of its own, and how to
// read what has no room.
func drawNotes(s *sheet, v moderation.CaseView) {
	notes := v.Notes
	if more := len(notes) - shownNotes; more > 0 {
		s.own("📝 ", count(more, "earlier note", "earlier notes"), " (").foreign("/note " + v.Comment.ID.String()).own(")\n")
		notes = notes[more:]
	}
	for _, n := range notes {
		s.own("📝 ").passage(actorName(n.By)).own(", ", s.stamp(n.At), ": ").quoted(oneLine(n.Text, cardNote)).own("\n")
	}
}
