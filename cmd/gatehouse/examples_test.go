package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// examplesFolder is where the examples of docs/blogs stand.
var examplesFolder = filepath.Join("..", "..", "docs", "blogs", "examples")

// example is a blog of docs/blogs/examples that runs.
type example struct {
	t       *testing.T
	address string
}

// startExample starts a blog in one language, which ends with the test.
func startExample(t *testing.T, p *process, secret moderation.Secret, address string, command ...string) *example {
	t.Helper()
	if _, err := exec.LookPath(command[0]); err != nil {
		t.Skipf("skipped: no %s: GATEHOUSE_TEST_INSTALL=1 make test installs it", command[0])
	}
	folder, err := filepath.Abs(examplesFolder)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(address, ":")
	for i := range command {
		command[i] = strings.NewReplacer("EXAMPLES", folder, "ADDRESS", address).Replace(command[i])
	}
	if command[0] == "go" {
		command = buildExample(t, command[len(command)-1])
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(cleanEnvironment(), "GATEHOUSE_URL=http://"+p.address+"/v1/sites/blog", "GATEHOUSE_SECRET="+secret.Reveal(), "PORT="+port)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("the example said:\n%s", tail(said.String(), 4000))
		}
	})
	e := &example{t, address}
	until(t, "the example answers", func() bool {
		r, err := http.Get("http://" + address + "/comments")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return e
}

// buildExample builds the Go example and returns its command.
func buildExample(t *testing.T, folder string) []string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "blog")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir, build.Env = folder, append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the example: %v\n%s", err, out)
	}
	return []string{program}
}

// write sends a visitor's comment and returns its id and status.
func (e *example) write(body string) (id, status string) {
	e.t.Helper()
	r, err := http.PostForm("http://"+e.address+"/comments", url.Values{"author": {"Ann"}, "body": {body}})
	if err != nil {
		e.t.Fatal(err)
	}
	defer r.Body.Close()
	var said struct{ ID, Status string }
	if err := json.NewDecoder(r.Body).Decode(&said); err != nil || said.ID == "" {
		e.t.Fatalf("POST /comments: %d, %v", r.StatusCode, err)
	}
	return said.ID, said.Status
}

// shows says whether a comment can be read on the blog.
func (e *example) shows(id string) bool {
	e.t.Helper()
	r, err := http.Get("http://" + e.address + "/comments")
	if err != nil {
		e.t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	return strings.Contains(string(data), id)
}

// call calls the blog back and returns the status of its answer.
func (e *example) call(header http.Header, body []byte) int {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), http.MethodPost, "http://"+e.address+"/gatehouse", bytes.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// approval is a callback that approves the first revision of a comment.
func approval(id string, seq int) []byte {
	return fmt.Appendf(nil, `{"type":"comment.approved","timestamp":"2026-03-01T12:00:00Z","data":{"id":%q,"comment_id":"1","revision":1,"seq":%d,"decision":"approve","category":null,"decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z","note":""}}`, id, seq)
}

// forge calls the blog in every way that it must not believe.
func (e *example) forge(secret moderation.Secret, id string) {
	e.t.Helper()
	signed := func(secret moderation.Secret, at time.Time, body []byte) http.Header {
		h, err := platform.Sign([]moderation.Secret{secret}, "msg_forged", at, body)
		if err != nil {
			e.t.Fatal(err)
		}
		return h
	}
	without := func(h http.Header, name string) http.Header {
		h.Del(name)
		return h
	}
	body, now := approval(id, 99), time.Now()
	overheard := fmt.Appendf(nil, `{"id": %q, "author": {"name": "Ann"}, "body": "x"}`, id)
	wrong := moderation.NewSecret("whsec_Zm9ybWVyZm9ybWVyZm9ybWVyZm9ybWVyZm9ybWVyISE=")
	for name, forged := range map[string]struct {
		header http.Header
		body   []byte
	}{
		"nothing signed":            {http.Header{}, body},
		"another secret":            {signed(wrong, now, body), body},
		"other words":               {signed(secret, now, approval(id, 98)), body},
		"no id":                     {without(signed(secret, now, body), "webhook-id"), body},
		"no time":                   {without(signed(secret, now, body), "webhook-timestamp"), body},
		"a message of six minutes":  {signed(secret, now.Add(-6*time.Minute), body), body},
		"a message from the future": {signed(secret, now.Add(6*time.Minute), body), body},
		"a comment, sent back":      {signed(secret, now, overheard), overheard},
	} {
		if status := e.call(forged.header, forged.body); status != http.StatusUnauthorized && status != http.StatusBadRequest {
			e.t.Errorf("%s: answered %d, want 401 or 400", name, status)
		}
		if e.shows(id) {
			e.t.Fatalf("%s: the comment is shown", name)
		}
	}
}

// TestExamples runs the blogs of docs/blogs/examples against the real program:
// comments in, decisions back, and what was forged.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the examples take their time")
	}
	for name, command := range map[string][]string{
		"go":         {"go", "EXAMPLES/go"},
		"python":     {"python3", "-u", "EXAMPLES/python/blog.py"},
		"php":        {"php", "-S", "ADDRESS", "EXAMPLES/php/blog.php"},
		"javascript": {"node", "EXAMPLES/javascript/blog.mjs"},
	} {
		t.Run(name, func(t *testing.T) {
			p, address := newProcess(t), freeAddress(t)
			secret := p.addSite("blog", "http://"+address+"/gatehouse")
			blog := startExample(t, p, secret, address, slices.Clone(command)...)

			early, status := blog.write("Thank you for this thoughtful post, I learned a lot.")
			if status != "held" || blog.shows(early) {
				t.Errorf("with gatehouse away a comment is %s", status)
			}
			p.start()
			until(t, "the comment of before is published", func() bool { return blog.shows(early) })
			if id, status := blog.write(`A "quoted" one, with ünïcödé & <b>tags</b>; thank you for this thoughtful post.`); status != "approved" || !blog.shows(id) {
				t.Errorf("a decent comment is %s", status)
			}
			if id, status := blog.write(strings.Repeat("too long ", 40<<10)); status == "approved" || blog.shows(id) {
				t.Errorf("a comment that is refused is %s", status)
			}
			insulting, status := blog.write(insult)
			if status != "held" || blog.shows(insulting) {
				t.Fatalf("an insult is %s", status)
			}
			blog.forge(secret, insulting)

			number := p.commentID(insulting)
			p.must("decide", number, "approve")
			until(t, "the blog shows what was approved", func() bool { return blog.shows(insulting) })
			p.must("undo", number)
			until(t, "the blog hides it again", func() bool { return !blog.shows(insulting) })
			late, err := platform.Sign([]moderation.Secret{secret}, "msg_late", time.Now(), approval(insulting, 1))
			if err != nil {
				t.Fatal(err)
			}
			if status := blog.call(late, approval(insulting, 1)); status >= 300 || blog.shows(insulting) {
				t.Errorf("an approval that comes late is answered %d, and the comment shown: %t", status, blog.shows(insulting))
			}
		})
	}
}

// must carries out a command that must work.
func (p *process) must(args ...string) string {
	p.t.Helper()
	out, stderr, err := p.run(args...)
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, stderr)
	}
	return out
}

// commentID returns gatehouse's number of a blog's comment that waits.
func (p *process) commentID(id string) string {
	p.t.Helper()
	for line := range strings.Lines(p.must("queue", "--json")) {
		var waiting struct {
			ID        string `json:"id"`
			CommentID string `json:"comment_id"`
		}
		if err := json.Unmarshal([]byte(line), &waiting); err != nil {
			p.t.Fatal(err)
		}
		if waiting.ID == id {
			return waiting.CommentID
		}
	}
	p.t.Fatalf("comment %s does not wait", id)
	return ""
}

// TestTheShellExample sends from a shell, and polls.
func TestTheShellExample(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "openssl", "base64", "od"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: no %s: GATEHOUSE_TEST_INSTALL=1 make test installs it", tool)
		}
	}
	script, err := filepath.Abs(filepath.Join(examplesFolder, "shell", "blog.sh"))
	if err != nil {
		t.Fatal(err)
	}
	p := newProcess(t)
	secret := p.addSite("blog", "")
	token := strings.TrimSpace(p.must("tokens", "add", "blog"))
	run := func(token string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", append([]string{script}, args...)...)
		cmd.Dir = p.dir
		cmd.Env = append(cleanEnvironment(), "GATEHOUSE_URL=http://"+p.address+"/v1/sites/blog", "GATEHOUSE_SECRET="+secret.Reveal(), "GATEHOUSE_TOKEN="+token)
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	must := func(args ...string) string {
		out, err := run(token, args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	early, status, _ := strings.Cut(must("send", "Ann", "Thank you for this thoughtful post,\nI learned a \"lot\" \\ more."), " ")
	if status != "held" || must("published") != "" {
		t.Errorf("with gatehouse away a comment is %s", status)
	}
	p.start()
	if said := must("poll"); said != early+" approved" || !strings.Contains(must("published"), early) {
		t.Errorf("poll: %s, want %s approved", said, early)
	}
	insulting, status, _ := strings.Cut(must("send", "Bob", insult), " ")
	if status != "held" || must("poll") != insulting+" held" || must("poll") != "" {
		t.Errorf("an insult is %s", status)
	}
	number := p.commentID(insulting)
	p.must("decide", number, "approve")
	if said := must("poll"); said != insulting+" approved" || !strings.Contains(must("published"), insulting) {
		t.Errorf("poll after the decision: %s", said)
	}
	p.must("undo", number)
	if said := must("poll"); said != insulting+" held" || strings.Contains(must("published"), insulting) {
		t.Errorf("poll after the undo: %s", said)
	}
	if out, err := run("gh_forged", "poll"); err == nil {
		t.Errorf("with a forged token: %s", out)
	}
}

// TestExamplesAreShort counts lines.
func TestExamplesAreShort(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(examplesFolder, "*", "*"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(data, []byte("\n")); lines >= 60 {
			t.Errorf("%s has %d lines, want fewer than 60", file, lines)
		}
	}
}
