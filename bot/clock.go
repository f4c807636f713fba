package bot

import (
	"cmp"
	"time"
)

// sheet returns an empty sheet with the moderators' times.
func (b *Bot) sheet() *sheet { return &sheet{zone: b.cfg.Zone} }

// stamp writes a time as the moderators' clocks show it.
func (b *Bot) stamp(t time.Time) string { return b.sheet().stamp(t) }

// stamp writes a time as the clocks of the sheet's readers show it.
func (s *sheet) stamp(t time.Time) string {
	return t.In(cmp.Or(s.zone, time.UTC)).Format("2 Jan 2006, 15:04 MST")
}
