package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestTree holds this tree to every rule.
func TestTree(t *testing.T) {
	tree, err := Load(t.Context(), filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, f := range rule.Check(tree) {
				t.Error(f)
			}
			if t.Failed() {
				t.Log("why this stands: " + rule.Why)
			}
		})
	}
}

// TestTablesAreNeeded looks for rows about modules that went away.
func TestTablesAreNeeded(t *testing.T) {
	tree, err := Load(t.Context(), filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	required := func(module string) bool {
		return slices.ContainsFunc(tree.Requires, func(r Require) bool { return r.Module == module && !r.Indirect })
	}
	for module := range owners() {
		if !required(module) {
			t.Errorf("owners names %s, which go.mod does not require directly", module)
		}
	}
	for _, module := range testModules() {
		if !required(module) {
			t.Errorf("testModules names %s, which go.mod does not require directly", module)
		}
	}
}

// TestRulesOnBadTrees runs every rule on each small tree of testdata. Its file
// "want" lists what must be found, "rule: finding" a line, and nothing else may.
func TestRulesOnBadTrees(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no trees: %v", err)
	}
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			a, err := txtar.ParseFile(archive)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{}
			for _, f := range a.Files {
				files[f.Name] = string(f.Data)
			}
			want := files["want"]
			delete(files, "want")
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(findings(t, files), "\n")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// findings writes files into a folder and returns what the rules find there.
func findings(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := Load(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, rule := range Rules() {
		for _, f := range rule.Check(tree) {
			fmt.Fprintf(&b, "%s: %s\n", rule.Name, f)
		}
	}
	return b.String()
}

// fn returns a function of so many lines.
func fn(name string, lines int) string {
	return "func " + name + "() {\n" + strings.Repeat("\n", lines-2) + "}\n"
}

// module is what a tree needs to be one.
const module = "module gatehouse\n"

func TestSizes(t *testing.T) {
	const head = "// Package text is a test.\npackage text\n\n"
	for name, tc := range map[string]struct{ code, want string }{
		"a function of 80 lines among 20": {
			code: head + fn("long", 80) + strings.Repeat(fn("short", 3), 19),
		},
		"a function of 81 lines among 20": {
			code: head + fn("long", 81) + strings.Repeat(fn("short", 3), 19),
			want: "function length: internal/text/a.go:4: long has 81 lines; at most 80\n",
		},
		"a function of 46 lines among 19": {
			code: head + fn("long", 46) + strings.Repeat(fn("short", 3), 18),
			want: "function length: internal/text/a.go:4: long has 46 lines, one of 1 longer than 45; of 19 functions, 5.3 % are, and at most 5 % may be\n",
		},
		"a literal of 81 lines": {
			code: head + "var f = " + strings.Replace(fn("", 81), " ", "", 1) + strings.Repeat(fn("short", 3), 19),
			want: "function length: internal/text/a.go:4: a function literal has 81 lines; at most 80\n",
		},
		"a file of 600 lines": {code: head + strings.Repeat("\n", 596)},
		"a file of 601 lines": {
			code: head + strings.Repeat("\n", 597) + "\n",
			want: "file length: internal/text/a.go: 601 lines; at most 600\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := findings(t, map[string]string{"go.mod": module, "internal/text/a.go": tc.code})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDependencies(t *testing.T) {
	var b strings.Builder
	b.WriteString(module + "\nrequire (\n")
	for range maxRequires {
		b.WriteString("\tgonum.org/v1/plot v0.1.0\n")
	}
	b.WriteString("\texample.org/more v0.1.0 // indirect\n)\n\nrequire example.org/new v0.1.0\n")
	const want = "dependencies: go.mod:35: example.org/new has no owner; name one in internal/archtest/imports.go\n" +
		"dependencies: go.mod:35: example.org/new is direct dependency number 29 of at most 28\n"
	if diff := cmp.Diff(want, findings(t, map[string]string{"go.mod": b.String()})); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestPlaces is no archive, because it would hold what it looks for.
func TestPlaces(t *testing.T) {
	host, folder := "proxy."+"golang.org", "/ro"+"ot/"
	files := map[string]string{
		"go.mod":  module,
		"a.md":    "see https://" + host + "/x\n\nand `" + folder + ".cache`\n",
		"b.yaml":  "dir: " + folder + "x\n",
		"fine.md": "https://example.com" + folder + "x is an address, ../w" + "ork/x lies beside us, and pypi is a word\n",
		"bin":     "\x00 " + folder + "x",
	}
	want := fmt.Sprintf("hosts and paths: a.md:1: names %q\nhosts and paths: a.md:3: names %q\nhosts and paths: b.yaml:1: names %q\n",
		host, "`"+folder+".", folder+"x")
	if diff := cmp.Diff(want, findings(t, files)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(t.Context(), dir); err == nil {
		t.Error("a folder without go.mod was loaded")
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(module), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("package"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "a.go:1:8") {
		t.Errorf("error %v; want one that names a.go:1:8", err)
	}
}
