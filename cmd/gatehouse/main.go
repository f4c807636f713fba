// Command gatehouse moderates the comments of blogs: rules and a naive-Bayes
// classifier judge each one, what they flag goes to moderators in Telegram, and
// every decision is kept, told to the blog and learned from.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// The exit statuses of the contract.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// app is what the commands share: the process's ways in and out.
type app struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer // what was asked for
	stderr io.Writer // everything else
	now    func() time.Time
}

// usageError is a command line that can't be carried out as written: exit 2.
type usageError struct{ error }

// Unwrap returns what is wrong.
func (e usageError) Unwrap() error { return e.error }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now}
	code := a.run(os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit status.
func (a *app) run(args []string) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("gatehouse"),
		kong.Description("Comment moderation for independent blogs."),
		kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.UsageOnError(),
	)
	if err != nil {
		panic(err) // the command table itself is wrong
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help has been printed
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "gatehouse: %v\n", err)
		return exitUsage
	}
	return a.report(parsed.Run(a))
}

// report prints err and returns the exit status that it stands for.
func (a *app) report(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "gatehouse: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(a.stderr, "gatehouse: %v\n", err)
		return exitFailed
	}
}

// logger returns the process's log, on standard error.
func (a *app) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}
