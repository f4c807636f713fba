package platform

import (
	"testing"
	"time"
)

// FuzzRetryAfter holds that no answer makes us wait longer than a day, or back in time.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "90", "-1", "99999999999999999999", "Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 9999 12:00:00 GMT", "1e9"} {
		f.Add(s)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		if d := retryAfter(value, now); d < 0 || d > longestPause {
			t.Errorf("Retry-After %q makes us wait %s", value, d)
		}
	})
}
