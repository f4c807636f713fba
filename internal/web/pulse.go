package web

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gatehouse/internal/moderation"
)

const (
	// pulseKept is for how long what the database told is told again.
	pulseKept = 5 * time.Second
	// pulsePatience is how long the database may take, below Prometheus' ten seconds.
	pulsePatience = 8 * time.Second
)

// Pulse is how the service stands at a scrape. What stands before the vitals needs
// no database, and is told where that does not answer.
type Pulse struct {
	Ready    bool
	Telegram *bool    // whether it answers; nil: there is no bot
	Rules    string   // version of the book in force; empty: not known
	Kinds    []string // of deliveries
	At       time.Time

	moderation.Vitals
	Models []ModelState
}

// ModelState is which model a site has.
type ModelState struct {
	Site     string
	Base     string // version of the model beneath
	Blend    string // version of the site's own that is in force; empty: none
	Last     int64  // number of the last lesson in it
	Standing [3]int64
}

// Build is what the program is.
type Build struct{ Version, Revision, Go string }

// Watch has scrapes ask how the service stands; the answer of one is good for a few
// seconds.
func (m *Metrics) Watch(b Build, take func(context.Context) (Pulse, error)) {
	f := family("gatehouse_vitals_failures_total")
	failures := prometheus.NewCounter(prometheus.CounterOpts{Name: f.Name, Help: f.Help})
	m.registry.MustRegister(failures, &pulse{metrics: m, take: take, build: b, failures: failures})
}

// pulse is a collector of what is asked for at a scrape.
type pulse struct {
	metrics  *Metrics
	take     func(context.Context) (Pulse, error)
	build    Build
	failures prometheus.Counter

	mu   sync.Mutex
	last Pulse
	read time.Time
}

// Describe tells nothing, by which the registry takes what comes.
func (*pulse) Describe(chan<- *prometheus.Desc) {}

// Collect tells how the service stands. Where the database does not answer, what it
// would tell is absent: an old value would look like a good one.
func (p *pulse) Collect(ch chan<- prometheus.Metric) {
	send(ch, "gatehouse_build_info", 1, p.build.Version, p.build.Revision, p.build.Go)
	now, err := p.current()
	p.metrics.expect(now)
	p.metrics.comments.Collect(ch)
	p.metrics.deliveries.Collect(ch)
	send(ch, "gatehouse_ready", truth(now.Ready))
	if now.Telegram != nil {
		send(ch, "gatehouse_telegram_up", truth(*now.Telegram))
	}
	if now.Rules != "" {
		send(ch, "gatehouse_rules_info", 1, now.Rules)
	}
	if err != nil {
		p.failures.Inc()
		return
	}
	collectVitals(ch, now)
}

// collectVitals tells what the database and the models told.
func collectVitals(ch chan<- prometheus.Metric, now Pulse) {
	for _, s := range now.Sites {
		collectSite(ch, s, now.At)
	}
	for _, d := range now.Deliveries {
		send(ch, "gatehouse_deliveries_pending", float64(d.Pending), d.Kind, d.Site)
		send(ch, "gatehouse_deliveries_oldest_seconds", age(d.Oldest, now.At), d.Kind, d.Site)
		send(ch, "gatehouse_deliveries_given_up", float64(d.GivenUp), d.Kind, d.Site)
	}
	for _, s := range now.Models {
		send(ch, "gatehouse_model_info", 1, s.Site, s.Base, s.Blend)
		send(ch, "gatehouse_model_last_lesson", float64(s.Last), s.Site)
		for i, label := range moderation.Labels() {
			send(ch, "gatehouse_model_lessons", float64(s.Standing[i]), s.Site, string(label))
		}
	}
	send(ch, "gatehouse_database_bytes", float64(now.Bytes))
	send(ch, "gatehouse_database_wal_bytes", float64(now.WALBytes))
	if now.FreeBytes >= 0 {
		send(ch, "gatehouse_disk_free_bytes", float64(now.FreeBytes))
	}
	if !now.Backup.IsZero() {
		send(ch, "gatehouse_backup_age_seconds", age(now.Backup, now.At))
	}
}

// expect has what is counted of each site be told from the first scrape on, as 0:
// Prometheus sees no increase in what appears.
func (m *Metrics) expect(now Pulse) {
	for _, s := range now.Sites {
		for _, r := range moderation.Results() {
			m.comments.WithLabelValues(s.Name, string(r))
		}
		for _, kind := range now.Kinds {
			for _, r := range moderation.TryResults() {
				m.deliveries.WithLabelValues(kind, s.Name, string(r))
			}
		}
	}
}

// collectSite tells how one site stands.
func collectSite(ch chan<- prometheus.Metric, s moderation.SiteVitals, now time.Time) {
	send(ch, "gatehouse_queue_comments", float64(s.Waiting), s.Name)
	send(ch, "gatehouse_queue_urgent", float64(s.Urgent), s.Name)
	send(ch, "gatehouse_queue_oldest_seconds", age(s.Oldest, now), s.Name)
	judged := 0
	for _, n := range s.Judged {
		judged += n
	}
	if judged > 0 {
		send(ch, "gatehouse_held_ratio", float64(s.Judged[moderation.Hold])/float64(judged), s.Name)
	}
	for label, drift := range map[moderation.Label]float64{moderation.Spam: s.Drift.Spam, moderation.Abuse: s.Drift.Abuse} {
		if !math.IsNaN(drift) {
			send(ch, "gatehouse_score_drift", drift, s.Name, string(label))
		}
	}
}

// current returns how the service stands, or stood a moment ago.
func (p *pulse) current() (Pulse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.read.IsZero() && time.Since(p.read) < pulseKept {
		return p.last, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), pulsePatience)
	defer cancel()
	now, err := p.take(ctx)
	if err == nil {
		p.last, p.read = now, time.Now()
	}
	return now, err
}

func send(ch chan<- prometheus.Metric, name string, value float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(desc(name), prometheus.GaugeValue, value, labels...)
}

// age is how long ago a time was, in seconds; 0 for the zero time.
func age(t, now time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(now.Sub(t).Seconds(), 0)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
