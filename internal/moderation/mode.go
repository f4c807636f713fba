package moderation

import (
	"context"
	"fmt"
	"time"
)

// ModeID numbers changes of mode.
type ModeID int64

// ModeChange makes a site, or one post of it, more or less strict. Changes with an
// end lie over what is there, which returns when they are over. One of a whole
// site without an end changes the site itself.
type ModeChange struct {
	ID     ModeID
	Site   SiteID
	Post   string // the platform's id; empty: the whole site
	Title  string // of the post, for people
	Mode   Mode   // empty: back to what it is without changes
	Reason string
	By     Actor
	At     time.Time
	Until  time.Time // zero: until it is changed
	Key    string    // as in Mark
}

// machine is who changes what nobody asked for.
func machine() Actor { return Actor{ID: "machine", Name: "gatehouse"} }

// ByMachine says whether nobody asked for the change.
func (m ModeChange) ByMachine() bool { return m.By.ID == machine().ID }

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

// ModeEnd asks to end a change, so that what was before it returns.
type ModeEnd struct {
	Site SiteID
	ID   ModeID
	By   Actor
}

// Dial keeps how strict sites are.
type Dial interface {
	// TurnMode begins a change; one to no mode ends all those of the site itself,
	// or of the post. One by the machine does not begin, and has no ID, where the post
	// is strict already, or a person has said how strict it is or ended a change of
	// it since. ErrNotFound where the site has been removed.
	TurnMode(context.Context, ModeChange) (ModeChange, error)
	// EndMode ends a change; with one by the machine all those by the machine of the
	// same post. It gives ErrNotFound where the change does not stand.
	EndMode(context.Context, ModeEnd, time.Time) (ModeChange, error)
	// Modes returns the changes of a site that count at a time, newest first.
	Modes(context.Context, SiteID, time.Time) ([]ModeChange, error)
}

// maxModeTime bounds for how long a change may be set: beyond, it is the site's
// own mode that is meant.
const maxModeTime = 366 * day

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
	case m.Mode == "":
		return fmt.Errorf("%w: going back to the mode without changes has no end", ErrInvalid)
	case !m.Until.After(now):
		return fmt.Errorf("%w: the mode would end at %s, which is past", ErrInvalid, m.Until.UTC().Format(time.RFC3339))
	case m.Until.Sub(now) > maxModeTime:
		return fmt.Errorf("%w: a mode with an end may last a year at most", ErrInvalid)
	}
	return nil
}

// ModeOf returns the mode in which a comment on a post is judged: the post's,
// else the site's for the time being, else the site's own. Of each the newest of
// the changes counts, which come newest first.
func ModeOf(site Site, post string, changes []ModeChange) Mode {
	if c, ok := ChangeOf(post, changes); ok {
		return c.Mode
	}
	return site.Mode
}

// ChangeOf returns the change by which comments on a post are judged, as [ModeOf]
// has it; false: there is none.
func ChangeOf(post string, changes []ModeChange) (holds ModeChange, ok bool) {
	for _, c := range changes {
		switch {
		case c.Post != "" && c.Post == post:
			return c, true
		case c.Post == "" && !ok:
			holds, ok = c, true
		}
	}
	return holds, ok
}

// TurnMode makes a site or a post more or less strict; see [Dial].
func (s *Service) TurnMode(ctx context.Context, m ModeChange) (ModeChange, error) {
	m.At = s.Now()
	if err := m.Check(m.At); err != nil {
		return m, err
	}
	turned, err := s.Dial.TurnMode(ctx, m)
	if err != nil {
		return m, err
	}
	s.Bell.Ring()
	s.Log.Info("mode turned", "site", m.Site, "mode", m.Mode, "until", m.Until, "by", m.By.ID)
	return turned, nil
}

// EndMode ends a change, so that what was before it returns; see [Dial].
func (s *Service) EndMode(ctx context.Context, e ModeEnd) (ModeChange, error) {
	ended, err := s.Dial.EndMode(ctx, e, s.Now())
	if err != nil {
		return ended, err
	}
	s.Bell.Ring()
	s.Log.Info("mode ended", "site", e.Site, "by", e.By.ID)
	return ended, nil
}

// Modes returns the changes of a site that count, newest first.
func (s *Service) Modes(ctx context.Context, site SiteID) ([]ModeChange, error) {
	return s.Dial.Modes(ctx, site, s.Now())
}
