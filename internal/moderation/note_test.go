package moderation_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// notebook keeps the notes that it is given.
type notebook struct {
	moderation.Scribe
	notes []moderation.Note
}

func (n *notebook) PutNote(_ context.Context, note moderation.Note) error {
	n.notes = append(n.notes, note)
	return nil
}

func TestAddNote(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct{ text, want string }{
		"a note": {" Again him.\n", "Again him."}, "as long as may be": {strings.Repeat("ä", 1000), strings.Repeat("ä", 1000)},
		"nothing": {"", ""}, "spaces": {" \n\t", ""}, "too long": {strings.Repeat("ä", 1001), ""}, "broken": {"a\xff", ""},
	} {
		t.Run(name, func(t *testing.T) {
			book := &notebook{}
			s := &moderation.Service{Scribe: book, Bell: &moderation.Bell{}, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
			err := s.AddNote(t.Context(), moderation.Note{Comment: 7, Text: tt.text})
			if tt.want == "" {
				if !errors.Is(err, moderation.ErrInvalid) || len(book.notes) != 0 {
					t.Errorf("error %v, notes %v", err, book.notes)
				}
				return
			}
			if err != nil || len(book.notes) != 1 || book.notes[0].Text != tt.want || !book.notes[0].At.Equal(now) {
				t.Errorf("error %v, notes %v", err, book.notes)
			}
		})
	}
}
