package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCrashInBackup kills backups while they are written: the next one removes what they
// left, and never what another one that runs is writing.
func TestCrashInBackup(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short, and backups are killed over and over")
	}
	t.Parallel()
	p := newProcess(t)
	p.addSite("blog", "")
	out, passphrase := filepath.Join(p.dir, "out"), p.writeFile("passphrase", "correct horse battery staple\n")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	plain, sealed := []string{"backup", filepath.Join(out, "copy.db"), "--force"}, []string{"backup", filepath.Join(out, "copy.age"), "--force", "--passphrase-file", passphrase}
	for _, args := range [][]string{plain, sealed} {
		p.killWriting(args...)
		other := filepath.Join(out, filepath.Base(args[1])+".partial-by-another-program")
		if err := os.WriteFile(other, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr, err := p.run(args...)
		if left := p.partial(); err != nil || len(left) > 0 || !strings.Contains(stderr, "removed what a backup that was cut off had left: ") {
			t.Errorf("%v: %v; there is %q still, and it said %q", args[1:], err, left, stderr)
		}
		if err := os.Remove(other); err != nil {
			t.Errorf("another program's file: %v", err)
		}
	}

	// One that waits for whoever reads it, and others beside it.
	slow := exec.CommandContext(t.Context(), p.path, "backup", "-")
	slow.Env, slow.Dir = p.env, p.dir
	pipe, err := slow.StdoutPipe()
	if err == nil {
		err = slow.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 1)
	if _, err := io.ReadFull(pipe, first); err != nil {
		t.Fatal(err)
	}
	before := p.partial()
	for _, args := range [][]string{plain, sealed} {
		p.killWriting(args...)
		p.must(args...)
	}
	if now := p.partial(); len(before) != 1 || !slices.Contains(now, before[0]) {
		t.Errorf("a backup wrote %q, and beside another one there is %q", before, now)
	}
	rest, err := io.ReadAll(pipe)
	if err := errors.Join(err, slow.Wait()); err != nil {
		t.Fatal(err)
	}
	restore := exec.CommandContext(t.Context(), p.path, "restore", "-", "--data", filepath.Join(p.dir, "again"))
	restore.Env, restore.Dir, restore.Stdin = p.env, p.dir, io.MultiReader(bytes.NewReader(first), bytes.NewReader(rest))
	if said, err := restore.CombinedOutput(); err != nil {
		t.Errorf("restore what was read slowly: %v: %s", err, said)
	}
	p.must(plain...)
	if left := p.partial(); len(left) > 0 {
		t.Errorf("at the end there is %q still", left)
	}
}

// partial returns what backups have begun to write, in the data folder and in out.
func (p *process) partial() (paths []string) {
	p.t.Helper()
	for _, folder := range []string{p.data, filepath.Join(p.dir, "out")} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, e := range entries {
			if strings.Contains(e.Name(), ".partial-") && !strings.HasSuffix(e.Name(), "program") {
				paths = append(paths, filepath.Join(folder, e.Name()))
			}
		}
	}
	return paths
}

// killWriting begins a backup, and kills it as soon as there is a file of it, until one
// leaves it.
func (p *process) killWriting(args ...string) {
	p.t.Helper()
	before := len(p.partial())
	until(p.t, "a backup is killed while it writes", func() bool {
		cmd := exec.CommandContext(p.t.Context(), p.path, args...)
		cmd.Env, cmd.Dir = p.env, p.dir
		if err := cmd.Start(); err != nil {
			p.t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { defer close(ended); cmd.Wait() }()
		for {
			select {
			case <-ended:
				return false
			default:
			}
			if len(p.partial()) > before {
				break
			}
		}
		cmd.Process.Kill()
		<-ended
		return len(p.partial()) > before
	})
}
