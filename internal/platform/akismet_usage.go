package platform

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

const (
	defaultKeySites = 500
	firstDay        = "0001-01-01"
)

// usageLimit tells how often the key was used this month. There is no limit.
func (h *Akismet) usageLimit(w http.ResponseWriter, r *http.Request, c akismetCall) error {
	total := moderation.Usage{}
	sites, err := h.month(r, c, h.Now().UTC().Format("2006-01"))
	if err != nil {
		return err
	}
	for _, u := range sites {
		total = total.Add(u)
	}
	answer := map[string]any{"limit": "none", "usage": total.Calls(), "percentage": "0", "throttled": false}
	if c.isSet("extended") {
		answer["notice_level"], answer["upgrade"] = 0, false
	}
	return writeJSON(w, answer)
}

// keySite is one blog that uses a key. The numbers are texts, as Akismet's are.
type keySite struct {
	Site           string `json:"site"`
	Calls          string `json:"api_calls"`
	Spam           string `json:"spam"`
	Ham            string `json:"ham"`
	MissedSpam     string `json:"missed_spam"`
	FalsePositives string `json:"false_positives"`
	Revoked        bool   `json:"is_revoked"`
}

// keySites tells what each blog that uses the key was answered in a month.
func (h *Akismet) keySites(w http.ResponseWriter, r *http.Request, c akismetCall) error {
	month := c.field("month")
	if !regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`).MatchString(month) {
		month = h.Now().UTC().Format("2006-01")
	}
	all, err := h.month(r, c, month)
	if err != nil {
		return err
	}
	filter := strings.ToLower(c.field("filter"))
	all = slices.DeleteFunc(all, func(u moderation.Usage) bool { return !strings.Contains(u.Client, filter) })
	order := usageOrder(c.field("order"))
	slices.SortFunc(all, func(a, b moderation.Usage) int {
		return cmp.Or(cmp.Compare(order(b), order(a)), cmp.Compare(a.Client, b.Client))
	})
	limit, offset := number(c.field("limit"), defaultKeySites), number(c.field("offset"), 0)
	total := len(all)
	all = all[min(offset, total):]
	all = all[:min(limit, len(all))]
	sites := make([]keySite, 0, len(all))
	for _, u := range all {
		sites = append(sites, keySite{u.Client, strconv.Itoa(u.Calls()), strconv.Itoa(u.Spam), strconv.Itoa(u.Ham),
			strconv.Itoa(u.MissedSpam), strconv.Itoa(u.FalsePositives), false})
	}
	if c.field("format") == "csv" {
		return writeKeySites(w, fmt.Sprintf("Active sites for %s during %s (limit:%d, offset: %d, total: %d)", c.site.Name, month, limit, offset, total), sites)
	}
	return writeJSON(w, map[string]any{month: sites, "limit": limit, "offset": offset, "total": total})
}

// usageOrder returns the number by which a list is ordered.
func usageOrder(column string) func(moderation.Usage) int {
	return func(u moderation.Usage) int {
		switch column {
		case "spam":
			return u.Spam
		case "ham":
			return u.Ham
		case "missed_spam":
			return u.MissedSpam
		case "false_positives":
			return u.FalsePositives
		}
		return u.Calls()
	}
}

// number reads a count, or takes the default.
func number(s string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

func writeKeySites(w http.ResponseWriter, title string, sites []keySite) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	fmt.Fprintln(w, title)
	table := csv.NewWriter(w)
	rows := [][]string{{"Site", "Total API Calls", "Spam", "Ham", "Missed Spam", "False Positives", "Is Revoked"}}
	for _, s := range sites {
		rows = append(rows, []string{s.Site, s.Calls, s.Spam, s.Ham, s.MissedSpam, s.FalsePositives, strconv.FormatBool(s.Revoked)})
	}
	table.WriteAll(rows) //nolint:errcheck // a client that went away asks again
	return nil
}

// akismetStats are the figures on WordPress' page of the plugin.
type akismetStats struct {
	Spam           int    `json:"spam"`
	Ham            int    `json:"ham"`
	MissedSpam     int    `json:"missed_spam"`
	FalsePositives int    `json:"false_positives"`
	Accuracy       string `json:"accuracy"`
	TimeSaved      int    `json:"time_saved"` // in seconds; nobody has measured it
	// Breakdown is by month, and by day for 60 days. It is null only in an entry.
	Breakdown map[string]akismetStats `json:"breakdown,omitempty"`
}

// stats tells what the key was answered over some time.
func (h *Akismet) stats(w http.ResponseWriter, r *http.Request, c akismetCall) error {
	now, from, period := h.Now().UTC(), firstDay, len("2006-01")
	switch c.field("from") {
	case "60-days":
		from, period = now.AddDate(0, 0, -59).Format(time.DateOnly), len(time.DateOnly)
	case "6-months":
		from = now.AddDate(0, -6, 0).Format(time.DateOnly)
	}
	list, err := h.Counter.Usage(r.Context(), c.site.ID, from, now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	total, parts := moderation.Usage{}, map[string]moderation.Usage{}
	for _, u := range list {
		total = total.Add(u)
		parts[u.Day[:period]] = parts[u.Day[:period]].Add(u)
	}
	answer := newAkismetStats(total)
	answer.Breakdown = make(map[string]akismetStats, len(parts))
	for day, u := range parts {
		answer.Breakdown[day] = newAkismetStats(u)
	}
	return writeJSON(w, answer)
}

func newAkismetStats(u moderation.Usage) akismetStats {
	s := akismetStats{Spam: u.Spam, Ham: u.Ham, MissedSpam: u.MissedSpam, FalsePositives: u.FalsePositives, Accuracy: "100"}
	if u.Calls() > 0 {
		right := 100 * (1 - float64(u.MissedSpam+u.FalsePositives)/float64(u.Calls()))
		s.Accuracy = strconv.FormatFloat(max(right, 0), 'f', 2, 64)
	}
	return s
}

// month returns what was counted in a month, one row a client.
func (h *Akismet) month(r *http.Request, c akismetCall, month string) ([]moderation.Usage, error) {
	list, err := h.Counter.Usage(r.Context(), c.site.ID, month+"-01", month+"-31")
	if err != nil {
		return nil, err
	}
	var clients []moderation.Usage
	for _, u := range list {
		i := slices.IndexFunc(clients, func(known moderation.Usage) bool { return known.Client == u.Client })
		if i < 0 {
			clients = append(clients, u)
			continue
		}
		clients[i] = clients[i].Add(u)
	}
	return clients, nil
}
