package rules

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// netipAddr is the address that s is.
func netipAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// ruleWhen is a book of one rule with a condition, which begins at 3:11.
func ruleWhen(condition string) string {
	return "rules:\n  - id: a\n    when: " + condition + "\n    action: hold\n    message: m\n    catches: [x]\n    passes: [y]\n"
}

// TestMistakesAreToldWithTheirPlace loads each NAME.yaml of
// testdata/mistakes.txtar and holds that the error is NAME.err.
func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	const path = "testdata/mistakes.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := archive.Files
	for i := 0; i+1 < len(files); i += 2 {
		book, golden := files[i], &files[i+1]
		name, ok := strings.CutSuffix(book.Name, ".yaml")
		if !ok || golden.Name != name+".err" {
			t.Fatalf("%s: %s and %s are no pair", path, book.Name, golden.Name)
		}
		t.Run(name, func(t *testing.T) {
			_, err := Parse("rules.yaml", book.Data)
			if err == nil {
				t.Fatal("the book was loaded")
			}
			got := err.Error() + "\n"
			if *update {
				golden.Data = []byte(got)
			} else if diff := cmp.Diff(string(golden.Data), got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestABookThatIsNotUTF8(t *testing.T) {
	_, err := Parse("rules.yaml", []byte("about: x\nab\xff: y\n"))
	const want = "load rules: rules.yaml:2:3: not valid UTF-8\n    2 | ab·: y\n      |   ^"
	if err == nil || err.Error() != want {
		t.Errorf("error %v; want %s", err, want)
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	var src strings.Builder
	src.WriteString("rules:\n")
	for i := range 30 {
		fmt.Fprintf(&src, "  - {id: a%d, lable: x}\n", i)
	}
	_, err := Parse("rules.yaml", []byte(src.String()))
	if got := len(Errors(err)); got != maxFaults {
		t.Errorf("%d errors, want %d", got, maxFaults)
	}
	if !strings.HasSuffix(err.Error(), "and 10 more") {
		t.Errorf("error ends in %q", err.Error()[len(err.Error())-30:])
	}
}

// write makes the files of a book in a folder of its own and returns that.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadAFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"a.yaml":          "lists: {hosts: {file: lists/hosts.txt}}\n",
		"b.yml":           "packs: {links: {many: off}, first-comment: off, spam: off}\n" + strings.Replace(ruleWhen("linksTo(lists.hosts)"), "[x]", "[http://a.example]", 1),
		"lists/hosts.txt": "\uFEFF# hosts\r\na.example # ours\r\n\r\n  b.example\t# theirs\r\n",
		"notes.txt":       "not a book",
	})
	book, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := hits(t, book, says("see http://b.example/x, viagra at http://c.com, and http://d.com")); !cmp.Equal(got, []string{"a"}) {
		t.Errorf("hits %q, want the rule of the book alone", got)
	}
	changed := book.Version()
	if err := os.WriteFile(filepath.Join(dir, "lists", "hosts.txt"), []byte("a.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if book, err = Load(dir); err != nil || book.Version() == changed {
		t.Errorf("version %s of a changed list, error %v; want another than %s", book.Version(), err, changed)
	}
	if err := os.WriteFile(filepath.Join(dir, "lists", "hosts.txt"), []byte("a.example\n\nb example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(dir)
	if want := fmt.Sprintf("%s:3:1: \"b example\" is not the name of a host", filepath.Join(dir, "lists", "hosts.txt")); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v; want %s", err, want)
	}
}

func TestLoadSaysWhatIsMissing(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "nosuch.yaml"), t.TempDir()} {
		if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), "load rules: ") {
			t.Errorf("Load(%s): %v", path, err)
		}
	}
}

func TestTwoFilesMustNotContradict(t *testing.T) {
	dir := write(t, map[string]string{
		"a.yaml": "lists: {l: [a]}\npacks: {links: off}\n" + ruleWhen(`text == "x"`),
		"b.yaml": "lists: {l: [a]}\npacks: {links: on}\n" + ruleWhen(`text == "x"`),
	})
	_, err := Load(dir)
	var messages []string
	for _, e := range Errors(err) {
		messages = append(messages, fmt.Sprintf("%s:%d %s", filepath.Base(e.File), e.Line, strings.ReplaceAll(e.Message, dir, "")))
	}
	want := []string{"b.yaml:1 list \"l\" is also at /a.yaml:1", "b.yaml:2 links is switched twice", "b.yaml:4 rule \"a\" is also at /a.yaml:4"}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestLoadUntestedRunsNoCase(t *testing.T) {
	dir := write(t, map[string]string{"a.yaml": ruleWhen(`text == "y"`)})
	if _, err := Load(dir); err == nil {
		t.Error("Load took a book whose cases fail")
	}
	book, err := LoadUntested(dir)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, r := range book.Test() {
		if !r.OK {
			failed++
		}
		if r.OK != (r.Err == nil) || r.File == "" || r.Line == 0 {
			t.Errorf("result %+v", r)
		}
	}
	if failed != 2 {
		t.Errorf("%d cases failed, want 2", failed)
	}
}

func TestBuiltInPacksLoad(t *testing.T) {
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("rules.yaml", []byte("# nothing but the packs\n"))
	if err != nil {
		t.Fatal(err)
	}
	if book.Size() != again.Size() || book.Size().Rules == 0 {
		t.Errorf("sizes %+v and %+v", book.Size(), again.Size())
	}
	for _, calm := range []string{ordinary, "This is bullshit, and the minister is a fucking liar.", "Source: http://example.com/a"} {
		if got := hits(t, book, says(calm)); got != nil {
			t.Errorf("%q: hits %q, want none", calm, got)
		}
	}
}
