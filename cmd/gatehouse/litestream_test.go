package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// litestreamBuilt is where `make counterparts` puts the tool.
const litestreamBuilt = "../../.build/bin/litestream"

// litestream finds the tool.
func litestream(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("litestream"); err == nil {
		return path
	}
	path, err := filepath.Abs(litestreamBuilt)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Skip("skipped: no litestream: GATEHOUSE_TEST_INSTALL=1 make test installs it")
	}
	return path
}

// replicated is a service whose database litestream replicates to a folder.
type replicated struct {
	*process
	tool, config string
	cmd          *exec.Cmd
	said         bytes.Buffer
}

// replicate starts litestream with the configuration of docs/backup.md, but for the
// places.
func (r *replicated) replicate() {
	r.t.Helper()
	example := exampleOf(r.t, "../../docs/backup.md", "litestream.yml")
	config := strings.NewReplacer("/var/lib/gatehouse/gatehouse.db", filepath.Join(r.dir, "data", "gatehouse.db"),
		"sftp://backup@backups.example.org/srv/gatehouse", "file://"+filepath.Join(r.dir, "replica")).Replace(example)
	if strings.Contains(config, "example.org") || !strings.Contains(config, r.dir) {
		r.t.Fatalf("the example names other places:\n%s", example)
	}
	r.config = filepath.Join(r.dir, "litestream.yml")
	if err := os.WriteFile(r.config, []byte(config), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.cmd = exec.Command(r.tool, "replicate", "-config", r.config)
	r.cmd.Stdout, r.cmd.Stderr = &r.said, &r.said
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.stopReplicating)
}

// stopReplicating ends litestream as a power cut would.
func (r *replicated) stopReplicating() {
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Kill()
	r.cmd.Wait()
	r.cmd = nil
	if r.t.Failed() {
		r.t.Logf("litestream said:\n%s", tail(r.said.String(), 4000))
	}
}

// restore makes a data folder of what litestream has, and of the key, and returns
// the platform's ids of the comments in it; nil where it has nothing yet.
func (r *replicated) restore(dir string) map[string]bool {
	r.t.Helper()
	database := filepath.Join(dir, "gatehouse.db")
	restore := exec.CommandContext(r.t.Context(), r.tool, "restore", "-config", r.config, "-o", database, filepath.Join(r.dir, "data", "gatehouse.db"))
	if out, err := restore.CombinedOutput(); err != nil {
		r.t.Logf("litestream restore: %v: %s", err, tail(string(out), 300))
		return nil
	}
	key, err := os.ReadFile(filepath.Join(r.dir, "data", "gatehouse.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "gatehouse.key"), key, 0o600)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	out, stderr, err := r.run("export", "--data", dir)
	if err != nil {
		r.t.Fatalf("export what litestream restored: %v\n%s", err, stderr)
	}
	ids := map[string]bool{}
	for line := range strings.Lines(out) {
		var l exportLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			r.t.Fatal(err)
		}
		ids[l.ID] = true
	}
	return ids
}

// TestLitestreamBringsBackWhatItTook serves under load beside litestream, kills both,
// and begins anew from the replica and the key.
func TestLitestreamBringsBackWhatItTook(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short, and litestream takes its time")
	}
	tool := litestream(t)
	r := &replicated{process: newProcess(t), tool: tool}
	r.start()
	secret := r.addSite("blog", "")
	client := blogClient{address: r.address, site: "blog", secret: secret}
	r.replicate()

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var acknowledged atomic.Int64 // every id up to this one, of each writer
	var writers sync.WaitGroup
	taken := make([]atomic.Int64, 4)
	for w := range taken {
		writers.Go(func() {
			for n := int64(1); ctx.Err() == nil; n++ {
				id := fmt.Sprintf("w%d-%d", w, n)
				body, _ := json.Marshal(map[string]any{"id": id, "body": fmt.Sprintf("Number %d of writer %d is about %s", n, w, fakeWords(int(n)*7+w))})
				if status, _, err := client.submit(ctx, id, body); err == nil && status == http.StatusOK {
					taken[w].Store(n)
					acknowledged.Add(1)
				}
			}
		})
	}
	until(t, "some comments are taken", func() bool { return acknowledged.Load() >= 100 })
	var promised []string // acknowledged before litestream was seen to be as far
	for w := range taken {
		promised = append(promised, fmt.Sprintf("w%d-%d", w, taken[w].Load()))
	}
	holds := func(ids map[string]bool) bool {
		for _, id := range promised {
			if !ids[id] {
				return false
			}
		}
		return true
	}
	until(t, "litestream has them", func() bool { return holds(r.restore(t.TempDir())) })
	more := acknowledged.Load()
	until(t, "comments go on", func() bool { return acknowledged.Load() >= more+50 })
	r.kill()
	r.stopReplicating()
	stop()
	writers.Wait()

	again := t.TempDir()
	if ids := r.restore(again); !holds(ids) {
		t.Fatalf("%d comments came back, and not all of %v", len(ids), promised)
	}
	r.env = append(r.env, "GATEHOUSE_DATA="+again)
	r.process.start()
	body := []byte(`{"id": "after", "body": "Written after the restore, with the secret of before"}`)
	if status, _, err := client.submit(t.Context(), "after", body); err != nil || status != http.StatusOK {
		t.Errorf("a comment signed with the secret of before: status %d, %v", status, err)
	}
	if out, _, err := r.run("doctor", "--json"); err != nil || !strings.Contains(out, "is whole") {
		t.Errorf("the doctor says: %v, %s", err, out)
	}
}

// fakeWords are words that no other number gives.
func fakeWords(n int) string {
	const places = "river harbour market station chapel orchard meadow bridge tower mill ferry quarry"
	words := strings.Fields(places)
	return fmt.Sprintf("the %s, the %s and %s %d", words[n%len(words)], words[n/5%len(words)], words[n/11%len(words)], n)
}

// exampleOf returns the block of a page that begins with a comment naming the file.
func exampleOf(t *testing.T, page, name string) string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "# "+name+"\n")
	block, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("%s has no example %s", page, name)
	}
	return block
}
