package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is one line of go test -json, see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

// result is one line of the record.
type result struct {
	Package string `json:",omitempty"`
	Test    string
	Skipped bool   `json:",omitempty"`
	Reason  string `json:",omitempty"`
}

// name returns how people call what the result is of.
func (r result) name() string {
	return strings.TrimSpace(r.Package + " " + r.Test)
}

// follower reads the events of go test: the output of what failed and one line a
// package go to out, the results of tests to record.
type follower struct {
	out     io.Writer
	record  *json.Encoder
	pending map[[2]string]*strings.Builder // output of what still runs, by package and test
}

// follow reads all events. Output that is none is passed on as it is.
func (f *follower) follow(events io.Reader) error {
	lines := json.NewDecoder(events)
	for {
		var e event
		if err := lines.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			_, _ = io.Copy(f.out, io.MultiReader(lines.Buffered(), events))
			return fmt.Errorf("read go test -json: %w", err)
		}
		if err := f.event(e); err != nil {
			return err
		}
	}
}

// event takes one event in.
func (f *follower) event(e event) error {
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "output":
		if f.pending[key] == nil {
			f.pending[key] = &strings.Builder{}
		}
		f.pending[key].WriteString(e.Output)
	case "build-output":
		fmt.Fprint(f.out, e.Output)
	case "pass", "fail", "skip":
		said := ""
		if f.pending[key] != nil {
			said = f.pending[key].String()
		}
		delete(f.pending, key)
		return f.finished(e, said)
	}
	return nil
}

// finished shows and records the end of a test, or of a package.
func (f *follower) finished(e event, said string) error {
	if e.Action == "fail" || e.Test == "" && !strings.Contains(said, "[no test") {
		fmt.Fprint(f.out, shown(said))
	}
	if e.Test == "" && e.Action == "fail" {
		f.unfinished(e.Package)
	}
	if e.Test == "" || e.Action == "fail" {
		return nil
	}
	r := result{Package: e.Package, Test: e.Test, Skipped: e.Action == "skip"}
	if r.Skipped {
		r.Reason = reason(said)
	}
	if err := f.record.Encode(r); err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	return nil
}

// unfinished shows what the tests said that a package's end cut short: there is
// the panic, or whatever else ended it.
func (f *follower) unfinished(pkg string) {
	for key, said := range f.pending {
		if key[0] == pkg {
			fmt.Fprintf(f.out, "%s %s did not finish:\n%s", pkg, key[1], shown(said.String()))
			delete(f.pending, key)
		}
	}
}

// frame matches the lines with which go test frames what a test says.
func frame(line string) bool {
	line = strings.TrimSpace(line)
	for _, prefix := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME ", "--- SKIP: ", "PASS"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return line == ""
}

// shown returns the lines of a test's output that are worth showing.
func shown(output string) string {
	var b strings.Builder
	for line := range strings.Lines(output) {
		if !frame(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// reason returns why a test was skipped, from its output.
func reason(output string) string {
	var said []string
	place := regexp.MustCompile(`^\S+\.go:\d+: `)
	for line := range strings.Lines(shown(output)) {
		said = append(said, place.ReplaceAllString(strings.TrimSpace(line), ""))
	}
	return cmp.Or(strings.Join(said, " "), "no reason given")
}

// neverRun reads a record and returns what was skipped in every run.
func neverRun(record io.Reader) ([]result, error) {
	ran, skipped := map[string]bool{}, map[string]result{}
	lines := json.NewDecoder(record)
	for {
		var r result
		if err := lines.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read record: %w", err)
		}
		if r.Skipped {
			skipped[r.name()] = r
		} else {
			ran[r.name()] = true
		}
	}
	var never []result
	for name, r := range skipped {
		if !ran[name] {
			never = append(never, r)
		}
	}
	slices.SortFunc(never, func(a, b result) int {
		return cmp.Or(strings.Compare(a.Reason, b.Reason), strings.Compare(a.name(), b.name()))
	})
	return never, nil
}

// list prints what was skipped under its reasons, and returns how many of those
// results no excuse matches.
func list(skipped []result, excused *regexp.Regexp, out io.Writer) (unexcused int) {
	if len(skipped) == 0 {
		fmt.Fprintln(out, "Nothing was skipped.")
		return 0
	}
	fmt.Fprintf(out, "Skipped, %d:\n", len(skipped))
	for i, r := range skipped {
		if i == 0 || skipped[i-1].Reason != r.Reason {
			fmt.Fprintf(out, "  %s\n", r.Reason)
		}
		fmt.Fprintf(out, "    %s\n", r.name())
		if !excused.MatchString(r.Reason) {
			unexcused++
		}
	}
	return unexcused
}
