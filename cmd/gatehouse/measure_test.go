package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/web"
)

// metricsOf returns what a program tells Prometheus.
func metricsOf(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get("http://" + address + metricsPath) //nolint:noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", r.Status, err)
	}
	return string(body)
}

// TestTheProgramTellsWhatItDoes has a blog send comments, and looks at /metrics and
// the log.
func TestTheProgramTellsWhatItDoes(t *testing.T) {
	t.Parallel()
	metrics := freeAddress(t)
	p := newProcess(t, "GATEHOUSE_METRICS_LISTEN="+metrics, "GATEHOUSE_LOG_FORMAT=json")
	client := blogClient{p.address, "blog", p.addSite("blog", "")}
	p.start()
	const insult, email = `You pathetic moron, nobody wants to read your idiotic lies.`, "forger@mail.example"
	for i, body := range []string{insult, insult, "The tram to the harbour was late again, and nobody said why."} {
		sent, err := json.Marshal(map[string]any{"id": fmt.Sprintf("c%d", i/2), "body": body,
			"author": map[string]string{"name": "Ann\nlevel=ERROR msg=forged", "email": email, "ip": "203.0.113.77"}})
		if err != nil {
			t.Fatal(err)
		}
		if status, _, err := client.submit(t.Context(), fmt.Sprintf("msg_%d", i), sent); err != nil || status != 200 {
			t.Fatalf("submit: %d, %v", status, err)
		}
	}
	token := strings.TrimSpace(p.must("tokens", "add", "blog", "--name", "desk"))
	order, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.address+"/v1/sites/blog/comments/1/decision", strings.NewReader(`{"decision": "abuse"}`))
	if err != nil {
		t.Fatal(err)
	}
	order.Header.Set("Authorization", "Bearer "+token)
	order.Header.Set("Content-Type", "application/json")
	if r, err := http.DefaultClient.Do(order); err != nil || r.StatusCode != http.StatusOK { //nolint:bodyclose // the test ends
		t.Fatalf("decide: %v, %v", r, err)
	}
	got := metricsOf(t, metrics)
	for _, want := range []string{
		`gatehouse_comments_total{result="judged",site="blog"} 2`,
		`gatehouse_comments_total{result="duplicate",site="blog"} 1`,
		`gatehouse_verdicts_total{action="hold",label="abuse",site="blog"} 1`,
		`gatehouse_verdicts_total{action="approve",label="ok",site="blog"} 1`,
		`gatehouse_http_requests_total{route="POST /v1/sites/{site}/comments",status="200"} 3`,
		`gatehouse_held_ratio{site="blog"} 0.5`,
		`gatehouse_decisions_total{choice="abuse",site="blog",via="api"} 1`,
		`gatehouse_decision_wait_seconds_count{site="blog"} 1`,
		`gatehouse_ready 1`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("/metrics has no %s", want)
		}
	}
	if r, err := http.Get("http://" + p.address + metricsPath); err != nil || r.StatusCode != http.StatusNotFound { //nolint:noctx,bodyclose // loopback
		t.Errorf("the public address serves /metrics: %v, %v", r, err)
	}
	keys, lines := map[string][]string{"comment judged": verdictKeys(), "comment decided": decisionKeys()}, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(p.logged()), "\n") {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Errorf("the log has %q, which is no JSON", line)
			continue
		}
		what := fmt.Sprint(said["msg"])
		lines[what]++
		for _, key := range keys[what] {
			if _, ok := said[key]; !ok {
				t.Errorf("the line has no %s: %s", key, line)
			}
		}
	}
	if lines["comment judged"] != 3 || lines["comment decided"] != 1 {
		t.Errorf("the log has %v, want 3 verdicts and a decision", lines)
	}
	for _, secret := range []string{"moron", "Ann", "forged", email, "203.0.113"} {
		if strings.Contains(p.logged(), secret) || strings.Contains(got, secret) {
			t.Errorf("log or metrics have %q", secret)
		}
	}
}

// verdictKeys and decisionKeys are the fields of the log's lines that docs/operations.md
// promises.
func verdictKeys() []string {
	return []string{"site", "comment", "revision", "action", "label", "spam", "abuse", "reasons", "model", "rules", "took_ms", "duplicate"}
}

func decisionKeys() []string {
	return []string{"site", "comment", "revision", "choice", "by", "via", "held_s", "repeated"}
}

// TestMetricsAreDocumented compares docs/metrics.md with what there is; with
// GATEHOUSE_UPDATE=1 it writes the table.
func TestMetricsAreDocumented(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "metrics.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| metric | type | labels | |\n|---|---|---|---|\n")
	for _, f := range web.Families() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, strings.Join(f.Labels, ", "), f.Help)
	}
	rows := regexp.MustCompile(`(?m)^\| metric \|(?:.*\n\|)+.*\n`)
	want := rows.ReplaceAllLiteralString(string(page), table.String())
	if want == string(page) && rows.MatchString(want) {
		return
	}
	if os.Getenv("GATEHOUSE_UPDATE") == "" {
		t.Fatal("the table of docs/metrics.md is not what /metrics tells: GATEHOUSE_UPDATE=1 go test ./cmd/gatehouse -run TestMetricsAreDocumented writes it")
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil { //nolint:gosec // a page
		t.Fatal(err)
	}
}

func TestTheLogsLinesAreDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line, keys := range map[string][]string{"comment judged": verdictKeys(), "comment decided": decisionKeys()} {
		row := regexp.MustCompile(`(?m)^\| ` + "`" + line + "`" + ` \|.*$`).FindString(string(page))
		for _, key := range keys {
			if !strings.Contains(row, "`"+key+"`") {
				t.Errorf("docs/operations.md says of %q nothing of `%s`: %s", line, key, row)
			}
		}
	}
}
