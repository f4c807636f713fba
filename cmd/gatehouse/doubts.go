package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// namedDoubts is how many comments, or contradictions, a warning names.
const namedDoubts = 10

// doubts are what speaks against a blog's lessons.
type doubts struct {
	Contradictions []training.Contradiction `json:"contradictions"`
	Burst          *training.Burst          `json:"burst,omitempty"` // the largest
	// Undone are the comments whose lessons were taken back, the last one first;
	// they are in no model.
	Undone []moderation.CommentID `json:"undone"`
}

// findDoubts looks through what a site's moderators taught.
func findDoubts(a *app, db *store.DB, id moderation.SiteID, lessons []moderation.PastLesson) (doubts, error) {
	withdrawn, err := db.WithdrawnLessons(a.ctx, id)
	if err != nil {
		return doubts{}, err
	}
	d := doubts{Contradictions: append([]training.Contradiction{}, training.Contradictions(lessons)...), Undone: []moderation.CommentID{}}
	d.Burst = training.LargestBurst(d.Contradictions)
	for _, l := range withdrawn {
		if !slices.Contains(d.Undone, l.Comment) {
			d.Undone = append(d.Undone, l.Comment)
		}
	}
	return d, nil
}

// warnings puts the doubts into lines.
func (d *doubts) warnings() (lines []string) {
	for i, c := range d.Contradictions {
		if i == namedDoubts {
			lines = append(lines, fmt.Sprintf("%d more texts were decided differently; --json names all", len(d.Contradictions)-i))
			break
		}
		var taught []string
		for _, l := range c.Lessons {
			taught = append(taught, fmt.Sprintf("#%s %s", l.Comment, l.Label))
		}
		lines = append(lines, fmt.Sprintf("the same text, or nearly, was decided differently: %s: %q", firstOf(taught), oneLine(c.Text)))
	}
	if b := d.Burst; b != nil {
		lines = append(lines, fmt.Sprintf("%d of these decisions came between %s and %s: who made them?", b.Lessons, b.From.Format(time.DateTime), b.To.Format(time.DateTime)))
	}
	if n := len(d.Undone); n > 0 {
		var ids []string
		for _, id := range d.Undone {
			ids = append(ids, "#"+id.String())
		}
		lines = append(lines, fmt.Sprintf("%d comments had a lesson taken back, which no model holds: %s", n, firstOf(ids)))
	}
	return lines
}

// firstOf joins a list, and says how much more there is.
func firstOf(list []string) string {
	if len(list) <= namedDoubts {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:namedDoubts], ", "), len(list)-namedDoubts)
}
