package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// loads returns the error of loading, which must come within half a minute.
func loads(t *testing.T, path string) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := Load(path)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		t.Fatalf("Load(%s) hangs", path)
	}
	return nil
}

// refused holds that err says what is wanted, and of which file.
func refused(t *testing.T, err error, file, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), want) {
		t.Errorf("error %.300v; want %s: %s", err, file, want)
	}
}

func TestWhatIsNoFileIsNotRead(t *testing.T) {
	if _, err := os.Stat("/dev/zero"); err == nil {
		refused(t, loads(t, "/dev/zero"), "/dev/zero", "not a regular file")
	}
	refused(t, loads(t, write(t, map[string]string{"a.yaml/b": ""})), "", "no .yaml file")
}

func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	dir := write(t, map[string]string{"a.yaml": "about: x\n", "b.yaml": "lists: {l: {file: l.txt}}\n" + ruleWhen("hasWord(text, lists.l)"), "l.txt": "x\n"})
	for _, tt := range []struct{ file, book, want string }{
		{"a.yaml", "a.yaml", "1099511627776 bytes; a file of rules may have 1048576"},
		{"l.txt", "b.yaml", "l.txt has 1099511627776 bytes; a list may have"},
	} {
		// Most of it is a hole: who read it whole would be out of memory.
		if err := os.Truncate(filepath.Join(dir, tt.file), 1<<40); err != nil {
			t.Skipf("skipped: no files with holes here: %v", err)
		}
		refused(t, loads(t, filepath.Join(dir, tt.book)), tt.file, tt.want)
	}
}

func TestAMissingListIsNamed(t *testing.T) {
	_, err := Load(write(t, map[string]string{"b.yaml": "lists: {l: {file: lists/l.txt}}\n" + ruleWhen("hasWord(text, lists.l)")}))
	if err == nil || !strings.Contains(err.Error(), "list l: lists/l.txt: no such file\n") {
		t.Errorf("error %v", err)
	}
}

// TestDeepBooksAreRefused has files that are nested so deep that a parser of YAML
// takes all memory.
func TestDeepBooksAreRefused(t *testing.T) {
	for name, data := range map[string]string{
		"brackets":           "rules: " + strings.Repeat("[", 400_000),
		"brackets and lines": "rules: " + strings.Repeat("[\n", 400_000),
		"braces":             "about: x\nrules: " + strings.Repeat("{a: ", 200_000),
		"dashes":             "about: x\n" + strings.Repeat("- ", 250_000),
		"questions":          "about: x\n" + strings.Repeat("? ", 250_000),
		"keys":               strings.Repeat("a: ", 250_000),
		"tags":               "about: " + strings.Repeat("!a ", 250_000),
		"indentation":        steps(1300, "a:"),
		"dashes and keys":    steps(1300, "- a:"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("deep.yaml", []byte(data))
			refused(t, err, "deep.yaml:", "nested deeper than")
			if all := Errors(err); len(all) != 1 || all[0].Line > 60 {
				t.Errorf("mistakes %.200v", all)
			}
		})
	}
}

// steps writes each line further in than the one before.
func steps(n int, line string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + line + "\n")
	}
	return b.String()
}

// TestBracketsInTextsAreNotDeep has a book with many brackets that nest nothing.
func TestBracketsInTextsAreNotDeep(t *testing.T) {
	book := "rules:\n"
	for _, id := range strings.Split("a b c d e f g h i j", " ") {
		book += "  - id: " + id + "\n    when: '((((((text == \"x\"))))))'\n    action: hold\n    catches: [x, {text: x}]\n    passes:\n" +
			strings.Repeat("      - \"[[[{{{\"\n      - '{[{['\n      - so :[ sad :{\n      - |\n        [[[[\n        - - - -\n      -   [[ja], {]\n", 0) +
			strings.Repeat("      - \"[[[{{{\"\n      - '{[{['\n      - so :[ sad :{\n      - |\n        [[[[\n        - - - -\n", 10)
	}
	if _, err := Parse("wide.yaml", []byte(book)); err != nil {
		t.Errorf("error %.500v", err)
	}
}

func TestLongConditionsAreRefused(t *testing.T) {
	condition := strings.Repeat("(", 150_000) + "true" + strings.Repeat(")", 150_000)
	began := time.Now()
	_, err := Parse("rules.yaml", []byte(ruleWhen("'"+condition+"'")))
	refused(t, err, "rules.yaml:3:11", "the condition has 300004 bytes; it may have 8192")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestBooksOfEditorsLoad(t *testing.T) {
	for name, data := range map[string]string{
		"a byte order mark":     "\uFEFF" + ruleWhen(`text == "x"`),
		"a mark and CRLF":       "\uFEFF" + strings.ReplaceAll(ruleWhen(`text == "x"`), "\n", "\r\n"),
		"rules commented out":   "rules:\n  # - id: a\n",
		"all keys without more": "about: x\nrules:\nlists:\npacks:\nscore:\n",
	} {
		if _, err := Parse("rules.yaml", []byte(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Parse("rules.yaml", []byte("\uFEFF"+ruleWhen(`linkz == 1`)))
	refused(t, err, "rules.yaml:3:11:", `unknown name "linkz"`)
}

func TestBinaryBooksAreNotShown(t *testing.T) {
	for name, data := range map[string]string{
		"zeros":  strings.Repeat("\x00", 10_000),
		"UTF-16": "\xff\xfer\x00u\x00l\x00e\x00s\x00",
	} {
		_, err := Parse("rules.yaml", []byte(data))
		if err == nil || err.Error() != "load rules: rules.yaml:1:1: not a text in UTF-8" {
			t.Errorf("%s: error %.300v", name, err)
		}
	}
}

func TestAListIsNotSearchedLikeAText(t *testing.T) {
	for _, operator := range []string{"contains", "startsWith", "endsWith"} {
		_, err := Parse("rules.yaml", []byte(ruleWhen("'links.hosts "+operator+` "x.com"'`)))
		refused(t, err, "rules.yaml:3:12:", `links.hosts is a list: write "x.com" in links.hosts, or linksTo("x.com")`)
	}
	_, err := Parse("rules.yaml", []byte(ruleWhen(`'links.hosts == "x.com"'`)))
	refused(t, err, "rules.yaml:", "list of texts and text")
}
