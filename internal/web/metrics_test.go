package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

// busy returns metrics that have counted one of everything, and say how a service
// stands that has one of everything.
func busy(t *testing.T) *web.Metrics {
	t.Helper()
	m := web.NewMetrics()
	m.Answered("blog", moderation.ResultJudged)
	m.Judged("blog", moderation.Verdict{Action: moderation.Hold, Model: "m", Scores: moderation.Probabilities{OK: .1, Spam: .2, Abuse: .7},
		Reasons: []moderation.Reason{{Check: "rules", Shadow: true, Label: moderation.Spam}, {Check: "classifier", Label: moderation.Abuse}}}, time.Second)
	m.Step(moderation.StepStore, time.Millisecond)
	m.Decided("blog", moderation.Decision{Choice: moderation.ChooseSpam, Via: "telegram"}, time.Hour)
	m.Together("blog", moderation.ChooseSpam, "telegram", 33)
	m.Tried(moderation.DeliverCallback, "blog", moderation.TryFailed)
	m.Called("throttled")
	s := web.New(web.Routes{"POST /x/{name}": func(http.ResponseWriter, *http.Request) error { return moderation.ErrTooMany }}, ready, slog.New(slog.DiscardHandler))
	s.Measure(m)
	s.HTTP().Handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x/anything", nil))
	up, now := true, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	m.Watch(web.Build{Version: "v1"}, func(context.Context) (web.Pulse, error) {
		return web.Pulse{At: now, Ready: true, Telegram: &up, Rules: "r1", Models: []web.ModelState{{Site: "blog", Base: "starter", Blend: "b3", Last: 7, Standing: [3]int64{1, 2, 3}}},
			Vitals: moderation.Vitals{Bytes: 1, WALBytes: 2, FreeBytes: 3, Backup: now.Add(-2 * time.Hour),
				Sites: []moderation.SiteVitals{{Name: "blog", Waiting: 2, Urgent: 1, Oldest: now.Add(-time.Minute), Drift: moderation.Drift{Spam: .5, Abuse: .1},
					Judged: map[moderation.Action]int{moderation.Approve: 3, moderation.Hold: 1}}},
				Deliveries: []moderation.DeliveryVitals{{Kind: "callback", Site: "blog", Pending: 4, Oldest: now.Add(-time.Hour), GivenUp: 5}}}}, nil
	})
	return m
}

// scrape returns what Prometheus would get.
func scrape(t *testing.T, m *web.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("the scrape gets %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetricsAreWellNamed(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scrape(t, busy(t)))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestEveryFamilyIsShownAndNoOther(t *testing.T) {
	var got, want []string
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (gatehouse_\S+ \S+)$`).FindAllStringSubmatch(scrape(t, busy(t)), -1) {
		got = append(got, line[1])
	}
	for _, f := range web.Families() {
		want = append(want, f.Name+" "+f.Type)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestMetricsSayWhatAnOperatorAsks(t *testing.T) {
	got := scrape(t, busy(t))
	for _, want := range []string{
		`gatehouse_verdicts_total{action="hold",label="abuse",site="blog"} 1`,
		`gatehouse_verdict_score_sum{label="abuse",site="blog"} 0.7`,
		`gatehouse_decision_wait_seconds_sum{site="blog"} 3600`,
		`gatehouse_deliveries_total{kind="callback",result="failed",site="blog"} 1`,
		`gatehouse_deliveries_oldest_seconds{kind="callback",site="blog"} 3600`,
		`gatehouse_deliveries_given_up{kind="callback",site="blog"} 5`,
		`gatehouse_http_requests_total{route="POST /x/{name}",status="429"} 1`,
		`gatehouse_http_errors_total{code="too_many_requests"} 1`,
		`gatehouse_queue_oldest_seconds{site="blog"} 60`,
		`gatehouse_decisions_total{choice="spam",site="blog",via="telegram"} 34`,
		`gatehouse_backup_age_seconds 7200`,
		`gatehouse_held_ratio{site="blog"} 0.25`,
		`gatehouse_score_drift{label="spam",site="blog"} 0.5`,
		`gatehouse_model_info{base="starter",blend="b3",site="blog"} 1`,
		`gatehouse_model_lessons{label="abuse",site="blog"} 3`,
		`gatehouse_telegram_up 1`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// TestOldNumbersAreNotShownAsNew asks a service whose database does not answer.
func TestOldNumbersAreNotShownAsNew(t *testing.T) {
	m := web.NewMetrics()
	m.Watch(web.Build{}, func(context.Context) (web.Pulse, error) { return web.Pulse{Rules: "r1"}, errors.New("locked") })
	scrape(t, m)
	got := scrape(t, m)
	if strings.Contains(got, "gatehouse_database_bytes") || !strings.Contains(got, "\ngatehouse_vitals_failures_total 1\n") && !strings.Contains(got, "\ngatehouse_vitals_failures_total 2\n") {
		t.Errorf("the database does not answer, and /metrics says %s", got)
	}
}

// TestWhatNeedsNoDatabaseIsTold tells of the service and of Telegram, the rule book and
// what was counted, while the database does not answer.
func TestWhatNeedsNoDatabaseIsTold(t *testing.T) {
	m, up := web.NewMetrics(), false
	m.Answered("blog", moderation.ResultNotReady)
	m.Watch(web.Build{Version: "v1"}, func(context.Context) (web.Pulse, error) {
		return web.Pulse{Rules: "r1", Telegram: &up}, errors.New("locked")
	})
	got := scrape(t, m)
	for _, want := range []string{"gatehouse_ready 0", "gatehouse_telegram_up 0", `gatehouse_rules_info{version="r1"} 1`, `gatehouse_comments_total{result="not_ready",site="blog"} 1`} {
		if !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
}

// TestTheFirstFailureIsAnIncrease has what nothing has happened of be told as 0:
// Prometheus sees no increase in what appears.
func TestTheFirstFailureIsAnIncrease(t *testing.T) {
	m := web.NewMetrics()
	m.Watch(web.Build{}, func(context.Context) (web.Pulse, error) {
		return web.Pulse{Kinds: []string{"callback", "card"}, Vitals: moderation.Vitals{Sites: []moderation.SiteVitals{{Name: "blog"}}}}, nil
	})
	got := scrape(t, m)
	for _, r := range moderation.Results() {
		if want := fmt.Sprintf("gatehouse_comments_total{result=%q,site=\"blog\"} 0\n", r); !strings.Contains(got, want) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, r := range moderation.TryResults() {
		for _, kind := range []string{"callback", "card"} {
			if want := fmt.Sprintf("gatehouse_deliveries_total{kind=%q,result=%q,site=\"blog\"} 0\n", kind, r); !strings.Contains(got, want) {
				t.Errorf("there is no %s", want)
			}
		}
	}
}

// TestAScrapeIsNotAskedTwice has many scrapes ask the database once.
func TestAScrapeIsNotAskedTwice(t *testing.T) {
	m, asked := web.NewMetrics(), 0
	m.Watch(web.Build{}, func(context.Context) (web.Pulse, error) { asked++; return web.Pulse{}, nil })
	for range 5 {
		scrape(t, m)
	}
	if asked != 1 {
		t.Errorf("the database was asked %d times, want once", asked)
	}
}

func TestALimitStillClosesTheConnection(t *testing.T) {
	s := web.New(web.Routes{"POST /x": func(_ http.ResponseWriter, r *http.Request) error {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // it is too large
		return moderation.ErrTooLarge
	}}, ready, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(s.HTTP().Handler)
	defer server.Close()
	r, err := http.Post(server.URL+"/x", "text/plain", strings.NewReader(strings.Repeat("y", 300<<10))) //nolint:noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // nothing was read
	if r.StatusCode != http.StatusRequestEntityTooLarge || !r.Close {
		t.Errorf("%s, and the connection stays open: %t", r.Status, !r.Close)
	}
}
