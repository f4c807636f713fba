package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// securityDoc is the threat model, whose tables name a test in the last column.
const securityDoc = "docs/security.md"

// namedTest is how it names one: the package's folder and the function.
var namedTest = regexp.MustCompile("`([a-z/]+) ((?:Test|Fuzz)[A-Za-z0-9_/]+)`")

// TestThreatsHaveTests reads the threat model: each row of a table with tests has
// one that is there.
func TestThreatsHaveTests(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", securityDoc))
	if err != nil {
		t.Fatal(err)
	}
	found := checkThreats(string(doc), func(folder, name string) bool { return isTest(t, folder, name) })
	for _, f := range found {
		t.Error(f)
	}
}

// TestThreatsWithoutTestsAreFound tries checkThreats on tables that are wrong.
func TestThreatsWithoutTestsAreFound(t *testing.T) {
	head := "| threat | what stands against it | test |\n|---|---|---|\n"
	exists := func(folder, name string) bool { return folder == "bot" && name == "TestX" }
	for name, tt := range map[string]struct {
		doc   string
		wrong int
	}{
		"good":               {head + "| a | b | `bot TestX` |\n", 0},
		"no test":            {head + "| a | b | none |\n", 1},
		"no such test":       {head + "| a | b | `bot TestY` |\n", 1},
		"another package":    {head + "| a | b | `rules TestX` |\n", 1},
		"one of two":         {head + "| a | b | `bot TestX`, `bot TestY` |\n", 1},
		"a row too short":    {head + "| a | `bot TestX` |\n", 1},
		"an empty cell":      {head + "| a |  | `bot TestX` |\n", 1},
		"no tables":          {"words\n", 1},
		"a table of another": {head + "| a | b | `bot TestX` |\n\n| who | has |\n|---|---|\n| a | b |\n", 0},
	} {
		if found := checkThreats(tt.doc, exists); len(found) != tt.wrong {
			t.Errorf("%s: %q, want %d findings", name, found, tt.wrong)
		}
	}
}

// checkThreats returns what is wrong with the tables whose last column is "test" or
// "target".
func checkThreats(doc string, exists func(folder, name string) bool) []string {
	found, rows, columns := []string{}, 0, 0
	for line := range strings.Lines(doc) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch last := strings.TrimSpace(cells[len(cells)-1]); {
		case !strings.HasPrefix(line, "|"):
			columns = 0
			continue
		case last == "test" || last == "target":
			columns = len(cells)
			continue
		case columns == 0 || strings.HasPrefix(line, "|---"):
			continue
		}
		rows++
		found = append(found, checkThreat(cells, columns, exists)...)
	}
	if rows == 0 {
		found = append(found, "there is no table of threats")
	}
	return found
}

// checkThreat returns what is wrong with a row.
func checkThreat(cells []string, columns int, exists func(folder, name string) bool) []string {
	var found []string
	row := strings.TrimSpace(cells[0])
	if len(cells) != columns || slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) == "" }) {
		return []string{row + ": a cell is missing or empty"}
	}
	tests := namedTest.FindAllStringSubmatch(cells[columns-1], -1)
	if len(tests) == 0 {
		found = append(found, row+": no test")
	}
	for _, m := range tests {
		if !exists(m[1], m[2]) {
			found = append(found, row+": there is no test "+m[1]+" "+m[2])
		}
	}
	return found
}

// isTest says whether a package has a test; TestScript/NAME is one where there is
// such a script.
func isTest(t *testing.T, folder, name string) bool {
	t.Helper()
	name, script, isScript := strings.Cut(name, "/")
	if isScript {
		if _, err := os.Stat(filepath.Join("..", "..", folder, "testdata", "script", script+".txtar")); err != nil {
			return false
		}
	}
	return slices.Contains(testsOf(t, folder, name), folder+" "+name)
}

// testsOf returns "folder name" of the tests in a folder whose names begin so.
func testsOf(t *testing.T, folder, prefix string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	declared := regexp.MustCompile(`(?m)^func (` + prefix + `\w*)\(\w+ \*testing\.[TF]\)`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllSubmatch(source, -1) {
			names = append(names, folder+" "+string(m[1]))
		}
	}
	return names
}

// TestFuzzTargetsAreListed holds that the list of what is fuzzed is whole.
func TestFuzzTargetsAreListed(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", securityDoc))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := Load(t.Context(), filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	targets := 0
	folders := []string{}
	for _, p := range tree.Packages {
		if !slices.Contains(folders, p.Dir) {
			folders = append(folders, p.Dir)
		}
	}
	for _, folder := range folders {
		for _, target := range testsOf(t, folder, "Fuzz") {
			targets++
			if !strings.Contains(string(doc), "`"+target+"`") {
				t.Errorf("%s does not name the fuzz target %s: add it to the row of what it reads", securityDoc, target)
			}
		}
	}
	if targets == 0 {
		t.Error("no fuzz target was found")
	}
}
