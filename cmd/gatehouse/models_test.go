package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/internal/moderation"
)

// TestServeTakesUpModelVersions retrains and rolls back beside a running
// service, to which comments keep coming.
func TestServeTakesUpModelVersions(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	client := blogClient{p.address, "blog", p.addSite("blog", "")}
	var lines []string
	for i := range 80 {
		line := historyLine{ID: fmt.Sprint("h", i), Text: fmt.Sprintf("tram a%dq b%dq c%dq late", i, i, i), Choice: moderation.ChooseApprove}
		if i%2 == 0 {
			line.Text, line.Choice = fmt.Sprintf("d%dq e%dq f%dq gronk", i, i, i), moderation.ChooseAbuse
		}
		if i%16 == 0 {
			line.Choice = moderation.ChooseApprove
		}
		data, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(data))
	}
	history := p.writeFile("history.jsonl", strings.Join(lines, "\n"))
	p.start()
	if err := writeHistory(t.Context(), filepath.Join(p.dir, "data"), "blog", "3", history); err != nil {
		t.Fatal(err)
	}
	n := 0
	model := func() string { // that judges the next comment; none may be lost
		n++
		body := fmt.Sprintf(`{"id": "c%d", "body": "comment number %d on the tram"}`, n, n)
		status, answer, err := client.submit(t.Context(), fmt.Sprint("msg_", n), []byte(body))
		if err != nil || status != 200 {
			t.Fatalf("comment %d: status %d, %v", n, status, err)
		}
		return answer.Model
	}
	becomes := func(what, pattern string) {
		t.Helper()
		start := time.Now()
		until(t, "the service judges by "+what, func() bool { return regexp.MustCompile(pattern).MatchString(model()) })
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took the service %s to judge by %s", took, what)
		}
	}
	must := func(args ...string) {
		t.Helper()
		if out, stderr, err := p.run(args...); err != nil {
			t.Fatalf("%v: %v\n%s%s", args, err, out, stderr)
		}
	}
	becomes("the lessons", `\+80$`)
	var command errgroup.Group
	command.Go(func() error {
		out, stderr, err := p.run("retrain")
		if err == nil && !strings.Contains(out, "version 1 is in force") {
			err = fmt.Errorf("retrain says %s%s", out, stderr)
		}
		return err
	})
	becomes("the version", `\+80/b1$`)
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	must("models", "rollback")
	becomes("the lessons again", `\+80$`)
	must("models", "promote", "1")
	becomes("the version again", `\+80/b1$`)

	// After a restart it does from the first comment on.
	p.kill()
	p.start()
	if got := model(); !strings.HasSuffix(got, "+80/b1") {
		t.Errorf("after a restart it judges by %s", got)
	}
	out, _, err := p.run("recent", "--json", "--limit", "1000")
	if stored := strings.Count(out, `"id":"c`); err != nil || stored != n {
		t.Errorf("%d comments are stored, %v; %d were answered", stored, err, n)
	}
}
