package moderation_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// purgeBook is a store that counts purges, and remembers when the last was.
type purgeBook struct {
	purges int
	last   time.Time
}

func (b *purgeBook) PurgeSites(context.Context) ([]moderation.SiteID, error) {
	b.purges++
	return nil, nil
}

func (b *purgeBook) Purge(context.Context, moderation.Due, moderation.Featurer) (moderation.Purged, error) {
	return moderation.Purged{}, nil
}

func (b *purgeBook) CountDue(context.Context, moderation.Due) (moderation.Purged, error) {
	return moderation.Purged{}, nil
}

func (b *purgeBook) LastPurge(context.Context) (time.Time, error) { return b.last, nil }

func (b *purgeBook) NotePurge(_ context.Context, at time.Time) error {
	if at.After(b.last) {
		b.last = at
	}
	return nil
}

func TestADoubtedClock(t *testing.T) {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	type step struct {
		after  time.Duration // since the step before, by the clock
		times  int           // how often; 0: once
		purges bool          // the last of these times
	}
	for name, steps := range map[string][]step{
		"daily":                    {{0, 0, true}, {day, 0, true}, {day, 0, true}},
		"a week off":               {{0, 0, true}, {7 * day, 0, true}},
		"ahead for a moment":       {{0, 0, true}, {3 * year, 0, false}, {-3*year + time.Hour, 0, true}, {day, 0, true}},
		"ahead twice":              {{0, 0, true}, {3 * year, 0, false}, {-3*year + time.Hour, 0, true}, {4 * year, 0, false}},
		"ahead, and by steps":      {{0, 0, true}, {3 * year, 0, false}, {time.Hour, 50, false}, {year, 0, false}, {time.Hour, 71, false}, {time.Hour, 0, true}},
		"behind at the first look": {{0, 0, true}, {50 * year, 0, false}, {time.Hour, 71, false}, {time.Hour, 0, true}, {day, 0, true}},
		"behind":                   {{0, 0, true}, {-50 * year, 0, true}, {50*year + day, 0, true}},
		"standing still":           {{0, 0, true}, {3 * year, 0, false}, {0, 100, false}},
	} {
		t.Run(name, func(t *testing.T) {
			book, now := &purgeBook{}, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			p := &moderation.Purger{Store: book, Times: book, Retention: moderation.DefaultRetention(), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
			for i, s := range steps {
				var err error
				var purged bool
				for range max(1, s.times) {
					now = now.Add(s.after)
					before := book.purges
					_, err = p.RunUnattended(t.Context())
					purged = book.purges > before
				}
				if purged != s.purges || errors.Is(err, moderation.ErrClockDoubted) == s.purges {
					t.Errorf("step %d at %s: purged %t, %v", i, now, purged, err)
				}
			}
		})
	}
}
