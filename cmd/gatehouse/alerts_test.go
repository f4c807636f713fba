package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"gatehouse/internal/web"
)

// TestAlertsAskForWhatThereIs reads docs/alerts.yaml: each rule asks for metrics that
// /metrics has, and docs/metrics.md says what to do.
func TestAlertsAskForWhatThereIs(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	var alerts struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert string `yaml:"alert"`
				Expr  string `yaml:"expr"`
				For   string `yaml:"for"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.UnmarshalWithOptions(file, &alerts, yaml.Strict()); err != nil || len(alerts.Groups) != 1 || len(alerts.Groups[0].Rules) == 0 {
		t.Fatalf("%+v, %v", alerts, err)
	}
	known := map[string]bool{}
	for _, f := range web.Families() {
		known[f.Name] = true
	}
	for _, r := range alerts.Groups[0].Rules {
		for _, name := range regexp.MustCompile(`gatehouse_\w+`).FindAllString(r.Expr, -1) {
			if !known[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("%s asks for %s, which is no metric", r.Alert, name)
			}
		}
		if !strings.Contains(string(page), "\n| `"+r.Alert+"` | ") {
			t.Errorf("docs/metrics.md does not say what to do about %s", r.Alert)
		}
		if !strings.Contains(string(table), "`"+r.Alert+"`") {
			t.Errorf("docs/operations.md does not say what is wrong with %s", r.Alert)
		}
	}
}
