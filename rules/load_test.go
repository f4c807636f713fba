package rules

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// netipAddr is the address that s is.
func netipAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

// ruleWhen is a book of one rule with a condition, which begins at 3:11.
func ruleWhen(condition string) string {
	return "rules:\n  - id: a\n    when: " + condition + "\n    action: hold\n    message: m\n    catches: [x]\n    passes: [y]\n"
}

func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	for name, tc := range map[string]struct{ src, want string }{
		"unknown group": {ruleWhen("linkz.count > 2"), `
rules.yaml:3:11: unknown name "linkz" (did you mean "links"?)
    3 |     when: linkz.count > 2
      |           ^^^^^`},
		"unknown fact": {ruleWhen("links.cout > 2"), `
rules.yaml:3:11: unknown name "links.cout" (did you mean "links.count"?)
    3 |     when: links.cout > 2
      |           ^^^^^^^^^^`},
		"group as a fact": {ruleWhen("links > 2"), `
rules.yaml:3:11: "links" is a group of facts: use links.count, links.hosts, links.only
    3 |     when: links > 2
      |           ^^^^^`},
		"unknown function": {ruleWhen(`hasWrod(text, "a")`), `
rules.yaml:3:11: unknown function "hasWrod" (did you mean "hasWord"?)
    3 |     when: hasWrod(text, "a")
      |           ^^^^^^^`},
		"builtin function": {ruleWhen(`now() == 3`), `
rules.yaml:3:11: unknown function "now"
    3 |     when: now() == 3
      |           ^^^`},
		"wrong types": {ruleWhen("text > 2"), `
rules.yaml:3:16: invalid operation: > (mismatched types text and number)
    3 |     when: text > 2
      |                ^`},
		"not a yes or no": {ruleWhen("text.words"), `
rules.yaml:3:11: condition: expected yes or no, but got number
    3 |     when: text.words
      |           ^^^^^^^^^^`},
		"ends too early": {ruleWhen("text.words >"), `
rules.yaml:3:23: the condition ends too early
    3 |     when: text.words >
      |                       ^`},
		"cut by a comment": {ruleWhen(`any(links.hosts, # == "a")`), `
rules.yaml:3:27: the condition ends too early (YAML takes what follows " #" for a comment: put the condition in quotes)
    3 |     when: any(links.hosts, # == "a")
      |                           ^`},
		"in block lines": {ruleWhen("|\n      links.count > 1\n        and  wordz > 3"), `
rules.yaml:5:14: unknown name "wordz" (did you mean "text.words"?)
    5 |         and  wordz > 3
      |              ^^^^^`},
		"in folded lines": {ruleWhen(">-\n      links.count > 1\n\n      and  modus == 3"), `
rules.yaml:6:12: unknown name "modus" (did you mean "mode"?)
    6 |       and  modus == 3
      |            ^^^^^`},
		"in plain lines": {ruleWhen("links.count > 1\n      and modus == 3"), `
rules.yaml:4:11: unknown name "modus" (did you mean "mode"?)
    4 |       and modus == 3
      |           ^^^^^`},
		"behind escapes": {ruleWhen(`"text matches \"ü\\\\d\" and modus == 3"`), `
rules.yaml:3:40: unknown name "modus" (did you mean "mode"?)
    3 |     when: "text matches \"ü\\\\d\" and modus == 3"
      |                                        ^^^^^`},
		"behind single quotes": {ruleWhen(`'text == ''it'' and modus == 3'`), `
rules.yaml:3:31: unknown name "modus" (did you mean "mode"?)
    3 |     when: 'text == ''it'' and modus == 3'
      |                               ^^^^^`},
		"bad pattern": {ruleWhen(`text matches "a("`), `
rules.yaml:3:24: pattern: missing closing ): ` + "`a(`" + `
    3 |     when: text matches "a("
      |                        ^^^^`},
		"pattern not written out": {ruleWhen(`text matches author.name`), `
rules.yaml:3:24: write the pattern out, in quotes: patterns are compiled when the book is loaded
    3 |     when: text matches author.name
      |                        ^^^^^^^^^^^`},
		"unknown list": {"lists: {insults: [a]}\n" + ruleWhen("hasWord(text, lists.insultz)"), `
rules.yaml:4:25: unknown list "insultz" (did you mean "insults"?)
    4 |     when: hasWord(text, lists.insultz)
      |                         ^^^^^^^^^^^^^`},
		"list as a fact": {"lists: {insults: [a]}\n" + ruleWhen("text in lists.insults"), `
rules.yaml:4:19: a list stands inside a function, such as hasWord(text, lists.insults)
    4 |     when: text in lists.insults
      |                   ^^^^^^^^^^^^^`},
		"entry that is no host": {"lists: {h: [a.com, 'b c']}\n" + ruleWhen("linksTo(lists.h)"), `
rules.yaml:1:20: "b c" is not the name of a host, such as example.com
    1 | lists: {h: [a.com, 'b c']}
      |                    ^^^^^`},
		"entry without a word": {ruleWhen(`hasWord(text, "a", "!!")`), `
rules.yaml:3:30: "!!" has no word in it
    3 |     when: hasWord(text, "a", "!!")
      |                              ^^^^`},
		"network": {ruleWhen(`inNetwork(author.ip, "10.0.0.1/8")`), `
rules.yaml:3:32: "10.0.0.1/8" has bits set behind its length: is it 10.0.0.0/8?
    3 |     when: inNetwork(author.ip, "10.0.0.1/8")
      |                                ^^^^^^^^^^^^`},
		"no fact to look at": {ruleWhen(`hasWord("a")`), `
rules.yaml:3:11: hasWord needs a fact to look at first, such as hasWord(text, lists.insults, "piece of work", "moron*")
    3 |     when: hasWord("a")
      |           ^^^^^^^`},
		"not a text": {ruleWhen(`hasWord(links.count, "a")`), `
rules.yaml:3:19: hasWord looks at a text, and links.count is a number
    3 |     when: hasWord(links.count, "a")
      |                   ^^^^^^^^^^^`},
		"loop in a loop": {ruleWhen(`any(links.hosts, any(links.hosts, true))`), `
rules.yaml:3:28: any inside another loop: conditions do without
    3 |     when: any(links.hosts, any(links.hosts, true))
      |                            ^^^`},
		"let": {ruleWhen(`let x = 1; x == 1`), `
rules.yaml:3:15: conditions do without "let x = 1; x == 1"
    3 |     when: let x = 1; x == 1
      |               ^`},
		"unknown key": {ruleWhen("true") + "    lable: spam\n", `
rules.yaml:8:5: unknown key "lable" in a rule (did you mean "label"?)
    8 |     lable: spam
      |     ^^^^^`},
		"wrong action": {"rules:\n  - action: delete\n", `
rules.yaml:2:13: action "delete" is none of hold, reject, approve
    2 |   - action: delete
      |             ^^^^^^`},
		"wrong kind": {"rules: {a: 1}\n", `
rules.yaml:1:9: rules must be a list, not a mapping
    1 | rules: {a: 1}
      |         ^`},
		"nothing caught": {strings.Replace(ruleWhen("true"), "    catches: [x]\n", "", 1), `
rules.yaml:2:9: rule "a" lacks catches (at least one comment that it must hit)
    2 |   - id: a
      |         ^`},
		"same id": {ruleWhen(`text == "x"`) + strings.TrimPrefix(ruleWhen(`text == "x"`), "rules:\n"), `
rules.yaml:8:9: rule "a" is also at rules.yaml:2
    8 |   - id: a
      |         ^`},
		"case not caught": {ruleWhen("text.words > 1 and links.count == 0"), `
rules.yaml:6:15: rule "a" does not catch this comment; it has text.words = 1, links.count = 0
    6 |     catches: [x]
      |               ^`},
		"case not passed": {ruleWhen("text.words > 0"), `
rules.yaml:7:14: rule "a" must pass this comment, but catches it; it has text.words = 1
    7 |     passes: [y]
      |              ^`},
		"case with a wrong address": {strings.Replace(ruleWhen("true"), "[x]", "[{author: {ip: 1.2.3}}]", 1), `
rules.yaml:6:29: ip must be an address, such as 192.0.2.1
    6 |     catches: [{author: {ip: 1.2.3}}]
      |                             ^^^^^`},
		"unknown pack": {"packs: {linx: off}\n", `
rules.yaml:1:9: unknown pack "linx" (did you mean "links"?)
    1 | packs: {linx: off}
      |         ^^^^`},
		"unknown rule of a pack": {"packs: {links: {manny: off}}\n", `
rules.yaml:1:17: pack links has no rule "manny"
    1 | packs: {links: {manny: off}}
      |                 ^^^^^`},
		"not a switch": {"packs: {links: none}\n", `
rules.yaml:1:16: links must be on or off
    1 | packs: {links: none}
      |                ^^^^`},
		"broken YAML": {"rules: [\n", `
rules.yaml:1:8: sequence end token ']' not found
    1 | rules: [
      |        ^`},
		"repeated key": {"rules: []\nrules: []\n", `
rules.yaml:2:1: mapping key "rules" already defined at [1:1]
    2 | rules: []
      | ^^^^^`},
		"anchors": {"about: &a x\n", `
rules.yaml:1:8: about must be a text, not an anchor, alias or tag, which rule books do without
    1 | about: &a x
      |        ^`},
		"two documents": {"about: x\n---\nabout: y\n", `
rules.yaml:3:1: a second document in one file; use a second file
    3 | about: y
      | ^^^^^`},
		"not UTF-8": {"about: x\nab\xff: y\n", `
rules.yaml:2:3: not valid UTF-8
    2 | ab·: y
      |   ^`},
		"control characters": {"about: \"\x1b[31m\"\nb\u202e: 1\n", `
rules.yaml:2:1: unknown key "b\u202e" in a rule book
    2 | b·: 1
      | ^^`},
		"list file that is not there": {"lists: {a: {file: nosuch.txt}}\n", `
rules.yaml:1:19: list a: statat nosuch.txt: no such file or directory
    1 | lists: {a: {file: nosuch.txt}}
      |                   ^^^^^^^^^^`},
		"list file elsewhere": {"lists: {a: {file: ../go.mod}}\n", `
rules.yaml:1:19: list a: statat ../go.mod: path escapes from parent
    1 | lists: {a: {file: ../go.mod}}
      |                   ^^^^^^^^^`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("rules.yaml", []byte(tc.src))
			if err == nil {
				t.Fatal("the book was loaded")
			}
			want := "load rules: " + strings.TrimPrefix(tc.want, "\n")
			if diff := cmp.Diff(want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
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
		"b.yml":           "packs: {links: {many: off}, spam: off}\n" + strings.Replace(ruleWhen("linksTo(lists.hosts)"), "[x]", "[http://a.example]", 1),
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

func FuzzParse(f *testing.F) {
	f.Add([]byte(ruleWhen(`hasWord(text, "a*", lists.l) and any(links.hosts, {# matches "x"})`) + "lists: {l: [a, b c]}\npacks: {links: off, spam: {pills: on}}\n"))
	f.Add([]byte(ruleWhen("|\n  links.count > 1\n   and author.ip in ['a']")))
	f.Add([]byte("rules: [&a {when: *a}]"))
	packs, err := filepath.Glob("packs/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, pack := range packs {
		data, err := os.ReadFile(pack)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := Parse("rules.yaml", data)
		if err != nil {
			_ = err.Error()
			return
		}
		if _, err := book.Check(t.Context(), says("anything at http://a.com")); err != nil {
			t.Logf("check: %v", err)
		}
	})
}
