package platform_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// TestProbeSeesTheBlogsClock asks blogs whose clocks are right, nearly right and wrong.
func TestProbeSeesTheBlogsClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		date         string
		found, wrong string
	}{
		"right":      {date: now.Format(http.TimeFormat), found: "at its callback"},
		"no date":    {date: "", found: "at its callback"},
		"no time":    {date: "yesterday", found: "at its callback"},
		"two ahead":  {date: now.Add(2 * time.Minute).Format(http.TimeFormat), found: "2m0s ahead of this machine's"},
		"two behind": {date: now.Add(-2 * time.Minute).Format(http.TimeFormat), found: "2m0s behind this machine's"},
		"an hour":    {date: now.Add(-time.Hour).Format(http.TimeFormat), wrong: "1h0m0s behind this machine's"},
		"a day":      {date: now.Add(24 * time.Hour).Format(http.TimeFormat), wrong: "24h0m0s ahead of this machine's"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				if tt.date != "" {
					w.Header().Set("Date", tt.date)
				}
			}))
			defer blog.Close()
			teller := platform.NewTeller(nil, blog.Client(), func() time.Time { return now })
			found, err := teller.Probe(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Callback: blog.URL})
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(err.Error(), "blog") {
					t.Errorf("found %q, %v; want %q", found, err, tt.wrong)
				}
				return
			}
			if err != nil || !strings.HasSuffix(strings.TrimSuffix(found, ", and 5m0s are allowed"), tt.found) {
				t.Errorf("found %q, %v; want %q", found, err, tt.found)
			}
		})
	}
}
