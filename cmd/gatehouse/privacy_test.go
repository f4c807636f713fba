package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestTheDocumentedRetentionHolds compares the table of docs/privacy.md with the
// defaults. UPDATE_DOCS=1 writes it.
func TestTheDocumentedRetentionHolds(t *testing.T) {
	var table strings.Builder
	for _, r := range moderation.PartRules() {
		times := []string{moderation.FormatKeeping(r.Times[0]), "", ""}
		if r.ByOutcome() {
			for i := range times {
				times[i] = moderation.FormatKeeping(r.Times[i])
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", r.Part, r.What, strings.Join(times, " | "), r.Why)
	}
	path := filepath.Join("..", "..", "docs", "privacy.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const head = "| part | what | approved | rejected | withdrawn | why |\n|---|---|---|---|---|---|\n"
	before, rest, found := strings.Cut(string(page), head)
	_, after, end := strings.Cut(rest, "\n\n")
	if want := before + head + table.String() + "\n" + after; !found || !end || string(page) != want {
		if os.Getenv("UPDATE_DOCS") == "" {
			t.Errorf("the table of %s is another; it should be\n%s", path, table.String())
		} else if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Error(err)
		}
	}
}
