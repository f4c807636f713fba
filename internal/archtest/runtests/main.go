// Command runtests runs go test and remembers what was skipped and why, so that
// `make test` can say it at the end instead of hiding it between the lines.
//
//	runtests -record FILE -- ARGS        runs go test -json ARGS
//	runtests -record FILE -skip WHAT -reason WHY
//	runtests -record FILE -summary       says what no run has run
//
// It exits with 1 where tests failed; the summary does with -strict, where
// something was skipped for a reason that -excused does not match.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "runtests:", err)
		os.Exit(1)
	}
}

// options is the command line.
type options struct {
	record, skip, reason string
	summary, strict      bool
	excused              string
}

// run carries out one command line.
func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("runtests", flag.ContinueOnError)
	flags.StringVar(&o.record, "record", "", "the `file` that remembers results over several runs")
	flags.StringVar(&o.skip, "skip", "", "note that `what` is skipped")
	flags.StringVar(&o.reason, "reason", "", "why it is")
	flags.BoolVar(&o.summary, "summary", false, "say what was skipped")
	flags.BoolVar(&o.strict, "strict", false, "fail where something was")
	flags.StringVar(&o.excused, "excused", "^$", "reasons that match this `regexp` are fine even so")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.record == "" {
		return errors.New("-record is missing")
	}
	if o.summary {
		return summarise(o, out)
	}
	if err := os.MkdirAll(filepath.Dir(o.record), 0o750); err != nil {
		return fmt.Errorf("open record: %w", err)
	}
	f, err := os.OpenFile(o.record, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open record: %w", err)
	}
	record := json.NewEncoder(f)
	if o.skip != "" {
		err = record.Encode(result{Test: o.skip, Skipped: true, Reason: o.reason})
	} else {
		err = goTest(ctx, flags.Args(), out, record)
	}
	return errors.Join(err, f.Close())
}

// goTest runs go test with args, shows what matters, and records the results.
func goTest(ctx context.Context, args []string, out io.Writer, record *json.Encoder) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = out
	events, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start go test: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start go test: %w", err)
	}
	f := follower{out: out, record: record, pending: map[[2]string]*strings.Builder{}}
	followed := f.follow(events)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go test: %w", err)
	}
	return followed
}

// summarise prints what was skipped.
func summarise(o options, out io.Writer) error {
	excused, err := regexp.Compile(o.excused)
	if err != nil {
		return fmt.Errorf("read -excused: %w", err)
	}
	f, err := os.Open(o.record)
	if err != nil {
		return fmt.Errorf("open record: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	skipped, err := neverRun(f)
	if err != nil {
		return err
	}
	if unexcused := list(skipped, excused, out); o.strict && unexcused > 0 {
		return fmt.Errorf("%d skipped that should have run", unexcused)
	}
	return nil
}
