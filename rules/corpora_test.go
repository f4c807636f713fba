package rules

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
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
	corpus         string
	label          moderation.Label
	comments, held int
	byRule         map[string]int // also of packs that are off
}

// TestDefaultPacksOnCorpora holds that the built-in packs hold less than 1 % of
// ordinary comments, and that docs/rules.md has what each rule hits. Corpora are
// texts alone: rules on who wrote, how often and what before see strangers who
// write their first comment.
func TestDefaultPacksOnCorpora(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the corpora take long")
	}
	dir := corporaDir(t)
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpora in %s: %v", dir, err)
	}
	everything, err := Parse("rules.yaml", []byte("packs: on"))
	if err != nil {
		t.Fatal(err)
	}
	var tallies []*tally
	for _, file := range files {
		tallies = append(tallies, count(t, everything, file)...)
	}
	for _, c := range tallies {
		switch c.corpus + " " + string(c.label) {
		case "wiki_context ok", "jigsaw_wiki ok", "stormfront ok":
			if c.held*100 >= c.comments {
				t.Errorf("%s: held %d of %d; want less than 1 %%", c.corpus, c.held, c.comments)
			}
		}
	}
	got := tableOfCorpora(tallies) + "\n" + tableOfRules(everything, tallies)
	t.Log("\n" + got)
	inDocs(t, "corpora", got)
}

// count checks the comments of one file, in the order of their labels.
func count(t *testing.T, everything *Book, file string) []*tally {
	t.Helper()
	on := make(map[string]bool)
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range book.rules {
		on[r.name] = true
	}
	var list []*tally
	for _, e := range readCorpus(t, file) {
		i := slices.IndexFunc(list, func(c *tally) bool { return c.corpus == e.Source && c.label == e.Label })
		if i < 0 {
			i, list = len(list), append(list, &tally{corpus: e.Source, label: e.Label, byRule: make(map[string]int)})
		}
		c := list[i]
		c.comments++
		held := false
		for _, rule := range hits(t, everything, says(e.Text)) {
			c.byRule[rule]++
			held = held || on[rule]
		}
		if held {
			c.held++
		}
	}
	slices.SortFunc(list, func(a, b *tally) int { return strings.Compare(string(b.label), string(a.label)) })
	return list
}

// share writes a part of a whole.
func share(part, whole int) string {
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(max(1, whole)))
}

// tableOfCorpora tells how many comments of each corpus and label are held.
func tableOfCorpora(tallies []*tally) string {
	var b strings.Builder
	b.WriteString("| corpus | label | comments | held |\n|---|---|---:|---:|\n")
	for _, c := range tallies {
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s |\n", c.corpus, c.label, c.comments, share(c.held, c.comments))
	}
	return b.String()
}

// tableOfRules tells how many comments of each label a rule hits, over all corpora.
func tableOfRules(book *Book, tallies []*tally) string {
	labels := moderation.Labels()
	comments := make(map[moderation.Label]int)
	byRule := make(map[string]map[moderation.Label]int)
	for _, c := range tallies {
		comments[c.label] += c.comments
		for rule, n := range c.byRule {
			if byRule[rule] == nil {
				byRule[rule] = make(map[moderation.Label]int)
			}
			byRule[rule][c.label] += n
		}
	}
	var b strings.Builder
	b.WriteString("| rule |")
	for _, l := range labels {
		fmt.Fprintf(&b, " of %d %s |", comments[l], l)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(labels)) + "\n")
	for _, r := range book.rules {
		fmt.Fprintf(&b, "| `%s` |", r.name)
		for _, l := range labels {
			fmt.Fprintf(&b, " %d |", byRule[r.name][l])
		}
		b.WriteString("\n")
	}
	return b.String()
}
