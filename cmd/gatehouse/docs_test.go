package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"gatehouse/internal/platform"
)

// TestTheDocumentedScriptSigns runs the shell script of docs/blogs/webhook.md
// against the real program.
func TestTheDocumentedScriptSigns(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "openssl", "base64", "od"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: the script of docs/blogs/webhook.md needs %s", tool)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "blogs", "webhook.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```sh\n(SECRET=.*?)```").FindSubmatch(page)
	if found == nil {
		t.Fatal("the page has no script that begins with SECRET=")
	}
	p := newProcess(t)
	secret := p.addSite("blog", "")
	p.start()
	script := strings.NewReplacer("whsec_…", secret.Reveal(), "127.0.0.1:8080", p.address).Replace(string(found[1]))
	out, err := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script).CombinedOutput()
	var answer platform.Answer
	if err != nil || json.Unmarshal(out, &answer) != nil || answer.Status != "approved" || answer.CommentID == "" {
		t.Errorf("the script printed %s (%v), want a verdict", out, err)
	}
}

// TestTheDocumentedAPIAnswers runs the shell scripts of docs/api.md and of
// docs/blogs/webhook.md that send a token.
func TestTheDocumentedAPIAnswers(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: no %s: GATEHOUSE_TEST_INSTALL=1 make test installs it", tool)
		}
	}
	p := newProcess(t)
	secret := p.addSite("blog", "")
	token := strings.TrimSpace(p.must("tokens", "add", "blog", "--name", "poller"))
	p.start()
	if status, _, err := (blogClient{p.address, "blog", secret}).submit(t.Context(), "msg_1", []byte(`{"id": "c1", "body": "Hello."}`)); err != nil || status != 200 {
		t.Fatalf("submit: %d, %v", status, err)
	}
	ran := 0
	for _, page := range []string{"api.md", "blogs/webhook.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", filepath.FromSlash(page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, script := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(text, -1) {
			if !strings.Contains(string(script[1]), "Bearer $TOKEN") {
				continue
			}
			ran++
			lines := regexp.MustCompile(`(?m)^(gatehouse|TOKEN=).*\n`).ReplaceAllString(string(script[1]), "")
			cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", strings.NewReplacer("127.0.0.1:8080", p.address, "/17/", "/1/").Replace(lines))
			cmd.Env = append(cleanEnvironment(), "TOKEN="+token, "NEXT=")
			out, err := cmd.Output()
			var answer apiComment
			if err != nil || json.Unmarshal(out, &answer) != nil || answer.ID != "c1" && (len(answer.Comments) != 1 || answer.Comments[0].ID != "c1") {
				t.Errorf("%s: the script printed %s (%v), want the comment:\n%s", page, out, err, lines)
			}
		}
	}
	if ran != 3 {
		t.Errorf("ran %d scripts, want 3", ran)
	}
}

// TestDocumentedCommandsExist reads the commands in the pages for operators: each is one
// that there is, with flags that it has.
func TestDocumentedCommandsExist(t *testing.T) {
	var c cli
	parser, err := kong.New(&c, kong.Vars{"platforms": ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"operations.md", "metrics.md", "backup.md", "privacy.md", "security.md", "install.md", "performance.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		commands := commandsIn(string(text))
		if len(commands) == 0 {
			t.Logf("docs/%s has no command", page)
		}
		for _, words := range commands {
			if fault := unknownIn(parser.Model.Node, words); fault != "" {
				t.Errorf("docs/%s: gatehouse %s: %s", page, strings.Join(words, " "), fault)
			}
		}
	}
	for line, ok := range map[string]bool{"`gatehouse queue --json`": true, "`gatehouse deliveries retry --site A`": true, "`gatehouse frobnicate`": false,
		"`gatehouse deliveries ponder`": false, "`gatehouse queue --loudly`": false, "```\nx | gatehouse tokens lost NAME\n```\n": false} {
		commands := commandsIn(line)
		if len(commands) != 1 || (unknownIn(parser.Model.Node, commands[0]) == "") != ok {
			t.Errorf("%q: read %q, want it to be fine: %t", line, commands, ok)
		}
	}
}

// commandsIn returns the words after gatehouse of each command in a page's code.
func commandsIn(page string) (commands [][]string) {
	var code []string
	fence := regexp.MustCompile("(?s)```[a-z]*\n(.*?)```")
	for _, block := range fence.FindAllStringSubmatch(page, -1) {
		code = append(code, regexp.MustCompile(`(?m)(?:^|[ /])gatehouse [a-z].*$`).FindAllString(block[1], -1)...)
	}
	code = append(code, regexp.MustCompile("`gatehouse [a-z][^`]*`").FindAllString(fence.ReplaceAllString(page, ""), -1)...)
	for _, line := range code {
		_, words, _ := strings.Cut(strings.Trim(line, "`"), "gatehouse ")
		words = strings.TrimPrefix(words, "gatehouse ") // sudo -u gatehouse gatehouse
		words, _, _ = strings.Cut(words, " #")
		commands = append(commands, strings.Fields(regexp.MustCompile(` [|>;&] ?.*`).ReplaceAllString(words, "")))
	}
	return commands
}

// unknownIn says what of a command there is not.
func unknownIn(node *kong.Node, words []string) string {
	flags := slices.Clone(node.Flags)
	for i, word := range words {
		next := slices.IndexFunc(node.Children, func(n *kong.Node) bool { return n.Name == word || slices.Contains(n.Aliases, word) })
		name, isFlag := strings.CutPrefix(strings.TrimRight(word, "]"), "--")
		if opened, ok := strings.CutPrefix(word, "[--"); ok {
			name, isFlag = strings.TrimRight(opened, "]"), true
		}
		name, _, _ = strings.Cut(name, "=")
		switch {
		case next >= 0:
			node = node.Children[next]
			flags = append(flags, node.Flags...)
		case isFlag && !slices.ContainsFunc(flags, func(f *kong.Flag) bool { return f.Name == name }):
			if node.DefaultCmd == nil || !slices.ContainsFunc(node.DefaultCmd.Flags, func(f *kong.Flag) bool { return f.Name == name }) {
				return "no flag " + word
			}
		case !isFlag && (i == 0 || node.Type == kong.CommandNode && len(node.Children) > 0 && node.DefaultCmd == nil):
			return "no command " + word
		}
	}
	return ""
}

// TestEveryBlogsPageIsListed looks for the pages of docs/blogs in their index.
func TestEveryBlogsPageIsListed(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "blogs")
	index, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil || len(pages) < 2 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(string(index), "("+name+")") {
			t.Errorf("docs/blogs/README.md has no row for %s", name)
		}
	}
}
