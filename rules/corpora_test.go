package rules

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// corporaDir returns the folder of the corpora, or skips the test.
func corporaDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("GATEHOUSE_CORPORA")
	if dir == "" {
		root, err := filepath.Abs("..")
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(root, "..", "shared", "corpora")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("skipped: hits of the built-in packs on the corpora, which are not in %s (set GATEHOUSE_CORPORA)", dir)
	}
	return dir
}

// example is one line of a corpus.
type example struct {
	Text   string           `json:"text"`
	Label  moderation.Label `json:"label"`
	Source string           `json:"source"`
}

// readCorpus reads one file.
func readCorpus(t *testing.T, path string) []example {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []example
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e example
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// tally counts, for a corpus and label, the comments and what hit them.
type tally struct {
	comments, held int
	byRule         map[string]int
}

// TestDefaultPacksOnCorpora holds that the built-in packs hold less than 1 % of
// ordinary comments. With -v it prints each rule's hits by corpus and label.
func TestDefaultPacksOnCorpora(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the corpora take long")
	}
	dir := corporaDir(t)
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpora in %s: %v", dir, err)
	}
	tallies := make(map[string]*tally)
	for _, file := range files {
		for _, e := range readCorpus(t, file) {
			key := e.Source + " " + string(e.Label)
			if tallies[key] == nil {
				tallies[key] = &tally{byRule: make(map[string]int)}
			}
			tallies[key].count(t, book, e)
		}
	}
	t.Log(table(book, tallies))
	for _, key := range []string{"wiki_context ok", "jigsaw_wiki ok", "stormfront ok"} {
		if c := tallies[key]; c == nil || c.held*100 >= c.comments {
			t.Errorf("%s: held %+v; want less than 1 %%", key, c)
		}
	}
}

// count checks one comment.
func (c *tally) count(t *testing.T, book *Book, e example) {
	t.Helper()
	sub := emptyCase()
	sub.Comment.Text = e.Text
	report, err := book.Check(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	c.comments++
	if len(report.Signals) > 0 {
		c.held++
	}
	for _, s := range report.Signals {
		c.byRule[s.Rule]++
	}
}

// table prints the tallies, one line a corpus and label.
func table(book *Book, tallies map[string]*tally) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(tallies)) {
		c := tallies[key]
		fmt.Fprintf(&b, "\n%-24s %6d comments, %4d held (%.2f %%)", key, c.comments, c.held, 100*float64(c.held)/float64(c.comments))
		for _, r := range book.rules {
			if n := c.byRule[r.name]; n > 0 {
				fmt.Fprintf(&b, " %s %d", r.name, n)
			}
		}
	}
	return b.String()
}
