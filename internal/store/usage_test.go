package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func TestUsageIsCountedByDayAndClient(t *testing.T) {
	w := newWorld(t)
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	for _, u := range []moderation.Usage{
		{Day: "2026-02-28", Client: "a.test", Spam: 1},
		{Day: "2026-03-01", Client: "a.test", Ham: 2},
		{Day: "2026-03-01", Client: "a.test", Spam: 3, MissedSpam: 1, FalsePositives: 1},
		{Day: "2026-03-01", Client: "b.test", Ham: 1},
		{Day: "2026-03-02", Client: "a.test", Ham: 1},
	} {
		w.must(w.CountUsage(t.Context(), w.site.ID, u))
	}
	w.must(w.CountUsage(t.Context(), other.ID, moderation.Usage{Day: "2026-03-01", Client: "a.test", Ham: 9}))
	got, err := w.Usage(t.Context(), w.site.ID, "2026-03-01", "2026-03-01")
	w.must(err)
	want := []moderation.Usage{{Day: "2026-03-01", Client: "a.test", Spam: 3, Ham: 2, MissedSpam: 1, FalsePositives: 1},
		{Day: "2026-03-01", Client: "b.test", Ham: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
}

func TestASiteIsFoundByEitherFormOfItsAkismetKey(t *testing.T) {
	w := newWorld(t)
	other, err := w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	for _, s := range []moderation.Site{w.site, other} {
		for _, key := range []moderation.Secret{s.AkismetKey, s.ShortAkismetKey()} {
			found, err := w.SiteByAkismetKey(t.Context(), key)
			if err != nil || found.ID != s.ID {
				t.Errorf("by a key of %d characters: site %q, %v; want %q", len(key.Reveal()), found.Name, err, s.Name)
			}
		}
	}
	w.must(w.RemoveSite(t.Context(), other.ID))
	for _, key := range []moderation.Secret{other.AkismetKey, other.ShortAkismetKey(), {}, moderation.NewSecret("0123456789ab"), moderation.NewSecret("nonsense")} {
		if found, err := w.SiteByAkismetKey(t.Context(), key); !errors.Is(err, moderation.ErrNotFound) {
			t.Errorf("by the key %q: site %q, %v; want ErrNotFound", key.Reveal(), found.Name, err)
		}
	}
}
