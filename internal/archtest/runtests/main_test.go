package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tests is a package whose tests do what the tool must tell apart.
const tests = `package a

import (
	"os"
	"testing"
)

func TestPass(t *testing.T) { t.Log("not worth showing") }

func TestFail(t *testing.T) {
	if os.Getenv("RUNTESTS_FAIL") != "" {
		t.Error("broken", "on purpose")
	}
}

func TestSkip(t *testing.T) { t.Skip("no browser here") }

func TestParts(t *testing.T) {
	t.Run("one", func(t *testing.T) { t.SkipNow() })
	t.Run("two", func(t *testing.T) {
		if testing.Short() {
			t.Skip("short")
		}
	})
}
`

// inModule makes a module with those tests the working directory, and returns
// a function that runs the tool with one record.
func inModule(t *testing.T) func(args ...string) (string, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{"go.mod": "module a\n", "a_test.go": tests} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := filepath.Join(t.TempDir(), "new", "record")
	return func(args ...string) (string, error) {
		var out strings.Builder
		err := run(t.Context(), append([]string{"-record", record}, args...), &out)
		return out.String(), err
	}
}

func TestRunAndSummary(t *testing.T) {
	tool := inModule(t)
	for _, args := range [][]string{{"--", "-short", "."}, {"--", "."}, {"-skip", "race detector", "-reason", "no C compiler"}} {
		if out, err := tool(args...); err != nil || strings.Contains(out, "not worth showing") || strings.Contains(out, "browser") {
			t.Errorf("%v: error %v, output:\n%s", args, err, out)
		}
	}
	const want = `Skipped, 3:
  no C compiler
    race detector
  no browser here
    a TestSkip
  no reason given
    a TestParts/one
`
	out, err := tool("-summary", "-strict", "-excused", "C compiler|no reason given|browser")
	if diff := cmp.Diff(want, out); diff != "" || err != nil {
		t.Errorf("error %v, summary (-want +got):\n%s", err, diff)
	}
	if _, err := tool("-summary", "-strict", "-excused", "C compiler"); err == nil {
		t.Error("a skip without an excuse is no error")
	}
}

func TestFailureIsShown(t *testing.T) {
	tool := inModule(t)
	t.Setenv("RUNTESTS_FAIL", "1")
	out, err := tool("--", ".")
	if err == nil {
		t.Error("a failing test is no error")
	}
	for _, want := range []string{"--- FAIL: TestFail", "a_test.go:12: broken on purpose", "FAIL\ta"} {
		if !strings.Contains(out, want) {
			t.Errorf("output does not say %q:\n%s", want, out)
		}
	}
}

func TestWhatDoesNotBuildIsShown(t *testing.T) {
	tool := inModule(t)
	if err := os.WriteFile("b_test.go", []byte("package a\n\nvar _ = nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tool("--", ".")
	if err == nil || !strings.Contains(out, "b_test.go:3:9: undefined: nothing") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
}

func TestWhatEndsTheProcessIsShown(t *testing.T) {
	tool := inModule(t)
	const dies = "package a\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestDies(*testing.T) { println(\"out of luck\"); os.Exit(66) }\n"
	if err := os.WriteFile("b_test.go", []byte(dies), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := tool("--", "-run", "TestDies", ".")
	if err == nil || !strings.Contains(out, "out of luck") || !strings.Contains(out, "TestDies") {
		t.Errorf("error %v, output:\n%s", err, out)
	}
}

func TestSummaryErrors(t *testing.T) {
	tool := inModule(t)
	if _, err := tool("-summary"); err == nil {
		t.Error("a missing record is no error")
	}
	if err := run(t.Context(), []string{"-summary"}, &strings.Builder{}); err == nil {
		t.Error("a missing -record is no error")
	}
}
