package moderation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxNote is how many characters a note may have.
const MaxNote = 1000

// Note is what a moderator wrote about a comment for the others. Blogs never see it.
type Note struct {
	Comment CommentID
	By      Actor
	Text    string
	At      time.Time
	Key     string // makes it safe to repeat, as in Order
}

// AddNote adds a note, of which At need not be set. Errors: ErrInvalid where it says
// nothing or too much, ErrNotFound.
func (s *Service) AddNote(ctx context.Context, n Note) error {
	n.Text, n.At = strings.TrimSpace(n.Text), s.Now()
	switch length := utf8.RuneCountInString(n.Text); {
	case length == 0:
		return fmt.Errorf("%w: the note is empty", ErrInvalid)
	case length > MaxNote:
		return fmt.Errorf("%w: the note has %d characters: %d are the most", ErrInvalid, length, MaxNote)
	case !utf8.ValidString(n.Text):
		return fmt.Errorf("%w: the note is not valid UTF-8", ErrInvalid)
	}
	if err := s.Scribe.PutNote(ctx, n); err != nil {
		return err
	}
	s.Bell.Ring()
	s.Log.Info("note added", "comment", n.Comment)
	return nil
}
