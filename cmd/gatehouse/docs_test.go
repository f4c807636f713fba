package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/internal/platform"
)

// TestTheDocumentedScriptSigns runs the shell script of docs/blogs/webhook.md
// against the real program.
func TestTheDocumentedScriptSigns(t *testing.T) {
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
