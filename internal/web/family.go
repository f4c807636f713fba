package web

import "github.com/prometheus/client_golang/prometheus"

// Family is one row of the table of metrics.
type Family struct {
	Name   string
	Type   string   // counter, gauge or histogram
	Labels []string // whose values are few: sites, and words from fixed lists
	Help   string
}

// The types of metrics.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// Families returns what /metrics tells beside the Go runtime and the process, in the
// order of docs/metrics.md.
func Families() []Family {
	return []Family{
		{"gatehouse_comments_total", counter, []string{"site", "result"}, "Comments that blogs sent: judged, duplicate, refused (malformed), too_many (of one blog), busy (of all), queue_full, not_ready (the database takes nothing), gone (the blog hung up), failed (our own fault)."},
		{"gatehouse_verdicts_total", counter, []string{"site", "action", "label"}, "Verdicts that were stored, by action and by the label of the first reason."},
		{"gatehouse_verdict_seconds", histogram, nil, "How long a blog waited for a stored verdict."},
		{"gatehouse_verdict_step_seconds", histogram, []string{"step"}, "How long one step of a verdict took: door, lookup, background, store, or a check."},
		{"gatehouse_verdict_score", histogram, []string{"site", "label"}, "Probabilities that the classifier gave, of spam and of abuse."},
		{"gatehouse_score_drift", gauge, []string{"site", "label"}, "Population stability index of the newest 300 scores against those before; from 0.25 on they have changed."},
		{"gatehouse_held_ratio", gauge, []string{"site"}, "Share of the comments of the last day that were held."},
		{"gatehouse_queue_comments", gauge, []string{"site"}, "Comments that wait for a moderator."},
		{"gatehouse_queue_urgent", gauge, []string{"site"}, "Urgent comments that wait for a moderator."},
		{"gatehouse_queue_oldest_seconds", gauge, []string{"site"}, "How long the comment has waited that waits longest; 0: none waits."},
		{"gatehouse_decisions_total", counter, []string{"site", "choice", "via"}, "Decisions of people and blogs: undos among them, and each comment of a raid."},
		{"gatehouse_decision_wait_seconds", histogram, []string{"site"}, "How long held comments had waited when they were decided."},
		{"gatehouse_deliveries_total", counter, []string{"kind", "site", "result"}, "Tries to deliver: sent, failed (tried again), put_off (as the other side asked), given_up."},
		{"gatehouse_deliveries_pending", gauge, []string{"kind", "site"}, "Deliveries that wait."},
		{"gatehouse_deliveries_oldest_seconds", gauge, []string{"kind", "site"}, "How long the delivery has waited that waits longest; 0: none waits."},
		{"gatehouse_deliveries_given_up", gauge, []string{"kind", "site"}, "Deliveries that were given up on and can be retried."},
		{"gatehouse_telegram_calls_total", counter, []string{"result"}, "Calls to Telegram: ok, throttled (429), refused (other 4xx), token (401, 404), server (5xx), network."},
		{"gatehouse_telegram_up", gauge, nil, "1: Telegram answers the bot. Absent: there is no bot."},
		{"gatehouse_http_requests_total", counter, []string{"route", "status"}, "Requests that were answered."},
		{"gatehouse_http_errors_total", counter, []string{"code"}, "Answers with an error, by its code."},
		{"gatehouse_http_request_seconds", histogram, []string{"route"}, "How long requests took."},
		{"gatehouse_connections_refused_total", counter, []string{"reason"}, "Connections refused: client (too many of one), network (of one /48), all (in all); or displaced (closed for a newer one)."},
		{"gatehouse_ready", gauge, nil, "1: /readyz says that the service takes comments."},
		{"gatehouse_database_bytes", gauge, nil, "Size of the database."},
		{"gatehouse_database_wal_bytes", gauge, nil, "Size of the write-ahead log beside it."},
		{"gatehouse_disk_free_bytes", gauge, nil, "Room that is left on the disk of the data folder."},
		{"gatehouse_backup_age_seconds", gauge, nil, "How long ago `gatehouse backup` made the newest backup. Absent: none is known of."},
		{"gatehouse_model_info", gauge, []string{"site", "base", "blend"}, "Always 1: the model beneath, and the version of the site's own that is in force (empty: none)."},
		{"gatehouse_model_last_lesson", gauge, []string{"site"}, "Number of the last lesson that the site's model has learned."},
		{"gatehouse_model_lessons", gauge, []string{"site", "label"}, "Lessons that stand in the site's model."},
		{"gatehouse_rules_info", gauge, []string{"version"}, "Always 1: the rule book in force."},
		{"gatehouse_build_info", gauge, []string{"version", "revision", "goversion"}, "Always 1: what this program is."},
		{"gatehouse_vitals_failures_total", counter, nil, "Scrapes in which the database could not be asked, so that what it tells is absent."},
	}
}

// family returns the row of a name.
func family(name string) Family {
	for _, f := range Families() {
		if f.Name == name {
			return f
		}
	}
	panic("web: no metric is called " + name) // names are written in this package only
}

// desc returns a family as collectors have it.
func desc(name string) *prometheus.Desc {
	f := family(name)
	return prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
}
