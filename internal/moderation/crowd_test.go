package moderation_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// TestManyNamesFromFewPlacesAreFewWriters: whoever has n address ranges counts as n
// people at most, whatever accounts, e-mails and names they use.
func TestManyNamesFromFewPlacesAreFewWriters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ranges := rapid.IntRange(1, 4).Draw(t, "ranges")
		voices := rapid.SliceOf(rapid.Custom(func(t *rapid.T) moderation.Voice {
			return moderation.Voice{Identity: rapid.StringMatching(`[a-z]{0,2}`).Draw(t, "identity"), Email: rapid.StringMatching(`[a-z]{0,2}`).Draw(t, "email"),
				Range: fmt.Sprint("r", rapid.IntRange(1, ranges).Draw(t, "range")), Flagged: rapid.Bool().Draw(t, "flagged")}
		})).Draw(t, "voices")
		all, flagged := moderation.CountWriters(voices)
		if all > ranges || flagged > all || (all == 0) != (len(voices) == 0) {
			t.Fatalf("%d writers, %d of them flagged, from %d ranges", all, flagged, ranges)
		}
	})
}

func TestCountWriters(t *testing.T) {
	tests := map[string]struct {
		voices []moderation.Voice
		want   string // all, flagged
	}{
		"nobody":                     {nil, "0 0"},
		"one with two accounts":      {[]moderation.Voice{{Identity: "a", Range: "1"}, {Identity: "b", Range: "1", Flagged: true}}, "1 1"},
		"one who moved":              {[]moderation.Voice{{Identity: "a", Range: "1"}, {Identity: "a", Range: "2"}, {Email: "e", Range: "2", Flagged: true}}, "1 1"},
		"two people":                 {[]moderation.Voice{{Identity: "a", Range: "1"}, {Identity: "b", Range: "2", Flagged: true}}, "2 1"},
		"names alone are somebody":   {[]moderation.Voice{{Flagged: true}, {Flagged: true}, {}}, "1 1"},
		"so are e-mails alone":       {[]moderation.Voice{{Email: "e", Flagged: true}, {Email: "f", Flagged: true}, {}, {Range: "1"}}, "2 1"},
		"an e-mail is no identity's": {[]moderation.Voice{{Identity: "a"}, {Identity: "b", Email: "a"}}, "2 0"},
	}
	for name, tt := range tests {
		all, flagged := moderation.CountWriters(tt.voices)
		if got := fmt.Sprint(all, " ", flagged); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// FuzzParseAutoStrict looks for settings that are not read as they are written.
func FuzzParseAutoStrict(f *testing.F) {
	for _, s := range []string{"30% in 30m for 2h", "100 % IN 1h30m for 7d", "off", "", "0% in 30m for 2h", "30% in 1s for 2h", "30%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := moderation.ParseAutoStrict(s)
		if err != nil {
			return
		}
		if again, err := moderation.ParseAutoStrict(a.String()); err != nil || again != a {
			t.Errorf("%q is %+v, written %q, read %+v, %v", s, a, a.String(), again, err)
		}
	})
}

// FuzzParseSpan looks for times that are not read as they are written.
func FuzzParseSpan(f *testing.F) {
	for _, s := range []string{"24h", "7d", "90m", "1w2d3h4m5s", "0s", "-1h", "1", "h", "99999999999h", "9999999w", "1.5h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := moderation.ParseSpan(s)
		if err != nil {
			return
		}
		if again, err := moderation.ParseSpan(moderation.FormatSpan(d)); err != nil || again != d || d <= 0 {
			t.Errorf("%q is %s, written %q, read %s, %v", s, d, moderation.FormatSpan(d), again, err)
		}
	})
}

// TestLike compares with regular expressions.
func TestLike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{0,6}`).Draw(t, "pattern")
		s := rapid.StringMatching(`[ab]{0,8}`).Draw(t, "s")
		want := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", ".*") + "$").MatchString(s)
		if got := moderation.Like(pattern, s); got != want {
			t.Fatalf("Like(%q, %q) = %t, want %t", pattern, s, got, want)
		}
	})
}
