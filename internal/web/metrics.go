package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gatehouse/internal/moderation"
)

// Metrics counts what the other packages tell it, and shows it to Prometheus. The
// nil Metrics counts nothing.
type Metrics struct {
	registry *prometheus.Registry

	comments, deliveries                                  *prometheus.CounterVec // the pulse shows them
	verdicts, decisions, calls, requests, errors, refused *prometheus.CounterVec
	score, wait, step, request                            *prometheus.HistogramVec
	verdict                                               prometheus.Histogram
}

// NewMetrics returns metrics that have counted nothing.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.comments, m.deliveries = newCounter("gatehouse_comments_total"), newCounter("gatehouse_deliveries_total")
	m.verdicts, m.decisions = m.counter("gatehouse_verdicts_total"), m.counter("gatehouse_decisions_total")
	m.calls, m.requests, m.errors = m.counter("gatehouse_telegram_calls_total"), m.counter("gatehouse_http_requests_total"), m.counter("gatehouse_http_errors_total")
	m.refused = m.counter("gatehouse_connections_refused_total")
	for _, reason := range refusals() {
		m.refused.WithLabelValues(reason)
	}
	quick := []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}
	m.step, m.request = m.histogram("gatehouse_verdict_step_seconds", append([]float64{.0001, .0003}, quick...)), m.histogram("gatehouse_http_request_seconds", quick)
	m.score = m.histogram("gatehouse_verdict_score", moderation.ScoreBounds())
	const hour = 3600
	m.wait = m.histogram("gatehouse_decision_wait_seconds", []float64{60, 300, 900, hour, 4 * hour, 12 * hour, 24 * hour, 72 * hour, 168 * hour})
	m.verdict = m.histogram("gatehouse_verdict_seconds", quick).WithLabelValues().(prometheus.Histogram)
	return m
}

func newCounter(name string) *prometheus.CounterVec {
	f := family(name)
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: f.Name, Help: f.Help}, f.Labels)
}

func (m *Metrics) counter(name string) *prometheus.CounterVec {
	v := newCounter(name)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) histogram(name string, buckets []float64) *prometheus.HistogramVec {
	f := family(name)
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: f.Name, Help: f.Help, Buckets: buckets}, f.Labels)
	m.registry.MustRegister(v)
	return v
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 30 * time.Second})
}

// Judged counts a verdict.
func (m *Metrics) Judged(site string, v moderation.Verdict, took time.Duration) {
	label := string(v.TopLabel())
	if label == "" {
		label = "none"
	}
	m.verdicts.WithLabelValues(site, string(v.Action), label).Inc()
	m.verdict.Observe(took.Seconds())
	if v.Model != "" {
		m.score.WithLabelValues(site, string(moderation.Spam)).Observe(v.Scores.Spam)
		m.score.WithLabelValues(site, string(moderation.Abuse)).Observe(v.Scores.Abuse)
	}
}

// Answered counts an arrival.
func (m *Metrics) Answered(site string, r moderation.Result) {
	m.comments.WithLabelValues(site, string(r)).Inc()
}

// Step counts a step of a verdict.
func (m *Metrics) Step(step string, took time.Duration) {
	m.step.WithLabelValues(step).Observe(took.Seconds())
}

// Decided counts a decision on a comment that had been held for so long; 0: it had
// not.
func (m *Metrics) Decided(site string, d moderation.Decision, held time.Duration) {
	m.decisions.WithLabelValues(site, string(d.Choice), d.Via).Inc()
	if held > 0 {
		m.wait.WithLabelValues(site).Observe(held.Seconds())
	}
}

// Together counts decisions on comments of a raid, which were made in one go.
func (m *Metrics) Together(site string, c moderation.Choice, via string, comments int) {
	m.decisions.WithLabelValues(site, string(c), via).Add(float64(comments))
}

// Tried counts a try to deliver.
func (m *Metrics) Tried(kind, site string, r moderation.TryResult) {
	m.deliveries.WithLabelValues(kind, site, string(r)).Inc()
}

// Called counts a call to Telegram.
func (m *Metrics) Called(result string) { m.calls.WithLabelValues(result).Inc() }

// served counts an answer.
func (m *Metrics) served(route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.request.WithLabelValues(route).Observe(took.Seconds())
}

// refusedConnection counts a connection that was refused or closed.
func (m *Metrics) refusedConnection(reason string) {
	if m != nil {
		m.refused.WithLabelValues(reason).Inc()
	}
}

// failed counts an answer with an error.
func (m *Metrics) failed(code string) {
	if m != nil {
		m.errors.WithLabelValues(code).Inc()
	}
}
