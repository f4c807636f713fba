package bot

import (
	"context"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

func TestReadStats(t *testing.T) {
	sites := []moderation.Site{{ID: 1, Name: "blog"}, {ID: 2, Name: "7d"}, {ID: 3, Name: "garden"}}
	for args, want := range map[string]struct {
		days int
		site moderation.SiteID // 0: all
	}{
		"": {7, 0}, "1d": {1, 0}, " 90D ": {90, 0}, "30": {30, 0}, "garden": {7, 3}, "30d garden": {30, 3}, "garden 30d": {30, 3}, "7d": {7, 2}, "7d 14": {14, 2},
	} {
		days, chosen, ok := readStats(args, sites)
		if !ok || days != want.days || want.site == 0 && len(chosen) != 3 || want.site != 0 && (len(chosen) != 1 || chosen[0].ID != want.site) {
			t.Errorf("%q is read as %d days of %v, %t", args, days, chosen, ok)
		}
	}
	for _, args := range []string{"0d", "91d", "-7d", "week", "7d garden blog", "1d 2d", "7h", "d", "99999999999999999999d", "1d garden 2d"} {
		if days, chosen, ok := readStats(args, sites); ok {
			t.Errorf("%q is read as %d days of %v", args, days, chosen)
		}
	}
}

// TestStatsWithoutAPicture has Telegram refuse the picture: what it shows is said.
func TestStatsWithoutAPicture(t *testing.T) {
	s := newStage(t)
	s.start()
	s.telegram.Fault("sendPhoto", 1, telegramtest.Refuse(400, "Bad Request: not enough rights to send photos to the chat"))
	s.telegram.Say(mods, anna, "/stats 30d")
	if m := s.card("30 comments: 30 published"); m.Photo != nil {
		t.Errorf("it is a picture: %+v", m)
	}
	s.telegram.Say(mods, anna, "/stats 1d")
	if m := s.card("Friday, 2 January 2026, UTC"); m.Photo == nil || m.Photo.Width != 1080 || m.Photo.Height != 1280 {
		t.Errorf("it is no picture: %+v", m)
	}
}

// Days returns days of one comment each.
func (f *fake) Days(_ context.Context, _ []moderation.SiteID, since time.Time, _ *time.Location) (days []moderation.Day, err error) {
	err = f.read(func() error {
		for ; !since.After(f.now()); since = since.AddDate(0, 0, 1) {
			days = append(days, moderation.Day{Start: since, Approved: 1})
		}
		return nil
	})
	return days, err
}
