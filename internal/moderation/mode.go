package moderation

import (
	"context"
	"fmt"
	"time"
)

// ModeChange makes a site, or one post of it, more or less strict.
type ModeChange struct {
	Site   SiteID
	Post   string // the platform's id; empty: the whole site
	Mode   Mode   // empty: back to what it is without changes
	Reason string
	By     Actor
	At     time.Time
	Until  time.Time // zero: until it is changed
}

// String says what was changed, by whom and until when.
func (m ModeChange) String() string {
	words := string(m.Mode)
	if m.Post != "" {
		words += " on post " + m.Post
	}
	if !m.Until.IsZero() {
		words += " until " + m.Until.UTC().Format("2006-01-02 15:04")
	}
	words += ", by " + m.By.String()
	if m.Reason != "" {
		words += ": " + m.Reason
	}
	return words
}

// Dial keeps how strict sites are.
type Dial interface {
	// TurnMode ends what stood for the site or the post, and begins anew.
	TurnMode(context.Context, ModeChange) error
	// Modes returns the changes of a site that count at a time, newest first.
	Modes(context.Context, SiteID, time.Time) ([]ModeChange, error)
}

// maxModeTime bounds for how long a change may be set: beyond, it is the site's
// own mode that is meant.
const maxModeTime = 366 * 24 * time.Hour

// Check refuses changes that make no sense at a time.
func (m ModeChange) Check(now time.Time) error {
	if m.Mode != "" {
		if _, err := ParseMode(string(m.Mode)); err != nil {
			return err
		}
	}
	switch {
	case m.Until.IsZero():
		return nil
	case !m.Until.After(now):
		return fmt.Errorf("%w: the mode would end at %s, which is past", ErrInvalid, m.Until.UTC().Format(time.RFC3339))
	case m.Until.Sub(now) > maxModeTime:
		return fmt.Errorf("%w: a mode with an end may last a year at most", ErrInvalid)
	}
	return nil
}

// ModeOf returns the mode in which a comment on a post is judged: the post's,
// else the site's for the time being, else the site's own. Of each there is at
// most one change that counts.
func ModeOf(site Site, post string, changes []ModeChange) Mode {
	mode := site.Mode
	for _, c := range changes {
		switch {
		case c.Post != "" && c.Post == post:
			return c.Mode
		case c.Post == "":
			mode = c.Mode
		}
	}
	return mode
}
