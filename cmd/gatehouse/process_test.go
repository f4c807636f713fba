package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// binary builds the program once and returns where it is.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "gatehouse-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "gatehouse")
	build := exec.Command("go", "build", "-o", path, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return path, nil
})

// process is the real program, which the test can kill and start again.
type process struct {
	t       *testing.T
	path    string
	dir     string
	data    string // the data folder
	address string
	env     []string
	args    []string
	as      *syscall.SysProcAttr // under whom it runs; nil: as the test does
	cmd     *exec.Cmd
	log     *os.File
}

// newProcess prepares a program with a data folder and a port of its own.
func newProcess(t *testing.T, env ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, path: path, dir: t.TempDir(), address: freeAddress(t)}
	p.data = filepath.Join(p.dir, "data")
	p.env = append(cleanEnvironment(), "GATEHOUSE_DATA="+p.data, "GATEHOUSE_CALLBACKS_ALLOW_PRIVATE=true")
	p.env = append(p.env, env...)
	if p.log, err = os.Create(filepath.Join(p.dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the program's log ends with:\n%s", tail(p.logged(), 4000))
		}
	})
	return p
}

// cleanEnvironment is the environment without what would configure gatehouse.
func cleanEnvironment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GATEHOUSE_") && !strings.HasPrefix(v, "TELEGRAM_") {
			env = append(env, v)
		}
	}
	return env
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts the service and waits until it answers.
func (p *process) start() {
	p.t.Helper()
	p.launch()
	until(p.t, "the service answers", func() bool {
		r, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
}

// launch starts the service and does not wait for it.
func (p *process) launch() {
	p.t.Helper()
	p.cmd = exec.Command(p.path, append([]string{"serve", "--listen", p.address}, p.args...)...) //nolint:noctx // kill ends it
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = p.env, p.dir, p.log, p.log, p.as
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// kill ends the service as a power cut would.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Kill()
	p.cmd.Wait()
	p.cmd = nil
}

// run carries out another command on the same data folder.
func (p *process) run(args ...string) (stdout, stderr string, err error) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), p.path, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = p.env, p.dir, &out, &errs, p.as
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// addSite adds a blog and returns its secret.
func (p *process) addSite(name, callback string) moderation.Secret {
	p.t.Helper()
	out, stderr, err := p.run("sites", "add", name, "--json", "--callback", callback)
	if err != nil {
		p.t.Fatalf("sites add: %v\n%s", err, stderr)
	}
	var site siteJSON
	if err := json.Unmarshal([]byte(out), &site); err != nil {
		p.t.Fatalf("sites add printed %q: %v", out, err)
	}
	return moderation.NewSecret(site.Secret)
}

func (p *process) logged() string {
	data, err := os.ReadFile(p.log.Name())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

// blogClient submits comments as a blog does.
type blogClient struct {
	address, site string
	secret        moderation.Secret
}

// submit sends body once, signed under the webhook-id id.
func (c blogClient) submit(ctx context.Context, id string, body []byte) (status int, answer platform.Answer, err error) {
	header, err := platform.Sign([]moderation.Secret{c.secret}, id, time.Now(), body)
	if err != nil {
		return 0, answer, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.address+"/v1/sites/"+c.site+"/comments", bytes.NewReader(body))
	if err != nil {
		return 0, answer, err
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, answer, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return response.StatusCode, answer, nil
	}
	return response.StatusCode, answer, json.NewDecoder(response.Body).Decode(&answer)
}

// until waits for a condition, and fails the test when it does not come true in
// two minutes.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waited for two minutes: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// untilDone waits until nothing is left to do, and fails the test when for two minutes
// nothing is done any more: how long much takes depends on what else the machine does.
func untilDone(t *testing.T, what string, look func() (done int, over bool)) {
	t.Helper()
	before, since := -1, time.Now()
	for {
		done, over := look()
		if over {
			return
		}
		if done != before {
			before, since = done, time.Now()
		}
		if time.Since(since) > 2*time.Minute {
			t.Fatalf("for two minutes nothing is done: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
