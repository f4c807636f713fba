package rules

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is generated: parts of docs/rules.md, golden files")

// TestReferenceIsInTheDocs holds that docs/rules.md names what there is.
func TestReferenceIsInTheDocs(t *testing.T) {
	want, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	inDocs(t, "reference", want)
}

// inDocs holds that the part of docs/rules.md between two comments with a name is
// want, or writes it there.
func inDocs(t *testing.T, name, want string) {
	t.Helper()
	const path = "../docs/rules.md"
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	got, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s lacks %q and %q", path, begin, end)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s is not what it should say (-want +got); go test ./rules -run %s -update writes it:\n%s", path, t.Name(), diff)
	}
}

// TestDocsExamples holds that the books in docs/rules.md load and that its
// conditions compile.
func TestDocsExamples(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	books := strings.Split(string(page), "```yaml\n")[1:]
	for _, book := range books {
		book, _, _ = strings.Cut(book, "```")
		dir := write(t, map[string]string{"rules.yaml": book, "lists/hosts.txt": "example.com\n"})
		if _, err := Load(dir); err != nil {
			t.Error(err)
		}
	}
	_, rest, _ := strings.Cut(string(page), "## Conditions")
	_, rest, _ = strings.Cut(rest, "```\n")
	conditions, _, _ := strings.Cut(rest, "```")
	for condition := range strings.Lines(conditions) {
		_, err := Parse("rules.yaml", []byte("lists: {pills: [viagra], shops: [example.com]}\nrules:\n  - id: a\n    action: hold\n    message: m\n    catches: [casino]\n    passes: [y]\n    when: |\n      "+condition))
		for _, e := range Errors(err) {
			if !strings.Contains(e.Message, "this comment") {
				t.Errorf("%s: %v", condition, e)
			}
		}
	}
}
