// Command gatehouse-load measures how quickly the real program takes comments:
// many clients send signed comments over HTTP, each the next one when the last is
// answered, which is when it is on disk. It runs the program twice, side by side,
// with group commit and with a transaction for each comment, and prints what came
// of it. Its one entry point is the command; it stores nothing but in a folder that
// goes when it ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

// settings are what the flags say.
type settings struct {
	program  string
	folder   string
	clients  int
	sites    int
	duration time.Duration
	delay    time.Duration
	stored   int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gatehouse-load:", err)
		os.Exit(1)
	}
}

// run measures as args say and prints the figures to out.
func run(ctx context.Context, args []string, out io.Writer) (err error) {
	var s settings
	flags := flag.NewFlagSet("gatehouse-load", flag.ContinueOnError)
	flags.StringVar(&s.program, "program", "", "the gatehouse to measure (built from this module)")
	flags.StringVar(&s.folder, "folder", "", "where databases are made: choose the disk (the system's folder for what is temporary)")
	flags.IntVar(&s.clients, "clients", 64, "how many send at a time")
	flags.IntVar(&s.sites, "sites", 4, "how many blogs they belong to")
	flags.DurationVar(&s.duration, "duration", 10*time.Second, "for how long each is measured")
	flags.DurationVar(&s.delay, "fsync", 0, "what an fsync takes longer than the disk's own (needs strace)")
	flags.IntVar(&s.stored, "stored", 0, "how many comments the database has before")
	if err := flags.Parse(args); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(s.folder, "gatehouse-load-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	s.folder = folder
	if s.program == "" {
		s.program = filepath.Join(folder, "gatehouse")
		build := exec.CommandContext(ctx, "go", "build", "-o", s.program, "./cmd/gatehouse")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build gatehouse: %w\n%s", err, said)
		}
	}
	return compare(ctx, s, out)
}

// compare measures both ways to commit and prints them side by side.
func compare(ctx context.Context, s settings, out io.Writer) error {
	fmt.Fprintf(out, "%d clients, %d blogs, %s each, fsync +%s, %d comments stored before\n", s.clients, s.sites, s.duration, s.delay, s.stored)
	prepared, blogs, err := prepare(ctx, s)
	if err != nil {
		return err
	}
	var figures [2]figures
	for i, each := range []bool{false, true} {
		if figures[i], err = measure(ctx, s, each, prepared, blogs); err != nil {
			return err
		}
		fmt.Fprintf(out, "%-16s %s\n", []string{"group commit", "one a request"}[i], figures[i])
	}
	if figures[1].rate() > 0 {
		fmt.Fprintf(out, "group commit takes %.1f times as many comments, with a p99 of %.1f times its median\n",
			figures[0].rate()/figures[1].rate(), ratio(figures[0].percentile(99), figures[0].percentile(50)))
	}
	s.clients = 1
	alone, err := measure(ctx, s, false, prepared, blogs)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-16s %s\none client's time: %s\n", "one client", alone, alone.shares())
	return nil
}

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
