package moderation_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func TestUsageAdds(t *testing.T) {
	day := moderation.Usage{Day: "2026-03-01", Client: "a.test", Spam: 1, Ham: 2, MissedSpam: 3, FalsePositives: 4}
	sum := day.Add(moderation.Usage{Day: "2026-03-02", Client: "b.test", Spam: 10, Ham: 20, MissedSpam: 30, FalsePositives: 40})
	want := moderation.Usage{Day: "2026-03-01", Client: "a.test", Spam: 11, Ham: 22, MissedSpam: 33, FalsePositives: 44}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Errorf("sum (-want +got):\n%s", diff)
	}
	if sum.Calls() != 33 {
		t.Errorf("%d calls, want 33", sum.Calls())
	}
}

func TestShortAkismetKey(t *testing.T) {
	a := moderation.Site{AkismetKey: moderation.NewSecret("abcdefghij012345")}.ShortAkismetKey()
	b := moderation.Site{AkismetKey: moderation.NewSecret("abcdefghij012346")}.ShortAkismetKey()
	// WordPress' plugin throws away everything that is no hexadecimal digit, and
	// refuses what has not twelve.
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(a.Reveal()) || a == b {
		t.Errorf("short keys %q and %q", a.Reveal(), b.Reveal())
	}
	if none := (moderation.Site{}).ShortAkismetKey(); !none.IsZero() {
		t.Errorf("a site without a key has the short key %q", none.Reveal())
	}
}
