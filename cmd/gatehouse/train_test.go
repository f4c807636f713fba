package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestInterruptedTraining stops before, while and after reading: the old model
// stays, and nothing is left beside it.
func TestInterruptedTraining(t *testing.T) {
	dir := t.TempDir()
	data, model := filepath.Join(dir, "data.jsonl"), filepath.Join(dir, "old.model")
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, `{"text":"comment %d","label":"%s"}`+"\n", i, []string{"ok", "abuse"}[i%2])
	}
	if err := os.WriteFile(data, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(model, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr strings.Builder
	a := &app{ctx: ctx, stdout: io.Discard, stderr: &stderr, now: time.Now}
	if code := a.run([]string{"train", "--base", "none", "--data", data, "--out", model}); code != exitFailed {
		t.Errorf("exit status %d, want %d", code, exitFailed)
	}
	if want := "gatehouse: interrupted; " + model + " is as it was\n"; stderr.String() != want {
		t.Errorf("it says %q, want %q", stderr.String(), want)
	}
	got, err := os.ReadFile(model)
	if err != nil || string(got) != "old" {
		t.Errorf("the old model is %q, %v", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"data.jsonl", "old.model"}, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestPercentProgress(t *testing.T) {
	var out strings.Builder
	now := time.Unix(0, 0)
	a := &app{stderr: &out, now: func() time.Time { return now }}
	p := a.progress("training")
	now = now.Add(6 * time.Second)
	p.percent(30, 120)
	p.close()
	if got, want := out.String(), "training: 25 %\n"; got != want {
		t.Errorf("line %q, want %q", got, want)
	}
}

// TestClassifyAnswersAtOnce writes one line to a stream that stays open: its
// answer must come before the next line does, and many lines keep their order.
func TestClassifyAnswersAtOnce(t *testing.T) {
	t.Parallel()
	in, feed := io.Pipe()
	answers, out := io.Pipe()
	a := &app{ctx: t.Context(), stdin: in, stdout: out, stderr: io.Discard, now: time.Now}
	done := make(chan int)
	go func() {
		code := a.run([]string{"classify"})
		_ = out.Close() // ends the reading below
		done <- code
	}()
	if _, err := fmt.Fprintln(feed, `{"n":0,"text":"one"}`); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len(`{"n":0,`))
	if _, err := io.ReadFull(answers, first); err != nil || string(first) != `{"n":0,` {
		t.Fatalf("answer %q, %v", first, err)
	}
	go func() {
		for n := 1; n < 2000; n++ {
			fmt.Fprintf(feed, `{"n":%d,"text":"%s"}`+"\n", n, strings.Repeat("a word ", n%40))
		}
		_ = feed.Close() // ends the work
	}()
	rest, err := io.ReadAll(answers)
	if err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != exitDone {
		t.Errorf("exit status %d", code)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(rest)), "\n")[1:] {
		if want := fmt.Sprintf(`{"n":%d,`, i+1); !strings.HasPrefix(line, want) {
			t.Fatalf("line %d is %.60s, want %s", i+1, line, want)
		}
	}
}
