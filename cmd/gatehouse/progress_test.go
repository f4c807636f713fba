package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlainProgress(t *testing.T) {
	var out strings.Builder
	now := time.Unix(0, 0)
	a := &app{stderr: &out, now: func() time.Time { return now }}
	p := a.progress("reading")
	for _, step := range []struct {
		at    time.Duration
		done  int64
		total int64
	}{
		{1 * time.Second, 1 << 20, 10 << 20}, // too early
		{6 * time.Second, 3 << 20, 10 << 20},
		{7 * time.Second, 4 << 20, 10 << 20}, // too early
		{20 * time.Second, 9 << 20, 0},
	} {
		now = time.Unix(0, 0).Add(step.at)
		p.bytes(step.done, step.total)
	}
	p.close()
	if diff := cmp.Diff("reading: 30 % of 10 MiB\nreading: 9 MiB\n", out.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// TestBarProgress draws the bar, but not on a terminal.
func TestBarProgress(t *testing.T) {
	var out strings.Builder
	p := &progress{what: "reading", out: &out, now: time.Now, tty: true}
	p.bytes(5<<20, 10<<20)
	p.bytes(10<<20, 10<<20)
	p.close()
	if !strings.Contains(out.String(), "reading  50% |███") {
		t.Errorf("no bar at half in %q", out.String())
	}
	endless := &progress{what: "reading", out: io.Discard, now: time.Now, tty: true}
	endless.bytes(5<<20, 0)
	endless.close()
}

func TestIsTerminal(t *testing.T) {
	if isTerminal(&strings.Builder{}) {
		t.Error("a buffer is a terminal")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	if isTerminal(w) {
		t.Error("a pipe is a terminal")
	}
}
