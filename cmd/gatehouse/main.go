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
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"gatehouse/internal/platform"
	"gatehouse/internal/text"
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
	a := &app{ctx: untilAsked(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now}
	os.Exit(a.run(os.Args[1:]))
}

// untilAsked returns a context that ends when the program is asked to end. Who asks a
// second time does not want to wait.
func untilAsked() context.Context {
	ctx, end := context.WithCancel(context.Background())
	asked := make(chan os.Signal, 2)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-asked
		end()
		<-asked
		os.Exit(exitFailed)
	}()
	return ctx
}

// run carries out one command line and returns the exit status.
func (a *app) run(args []string) int {
	var c cli
	exited := -1
	var helpErr error
	parser, err := kong.New(&c,
		kong.Name("gatehouse"),
		kong.Description("Comment moderation for independent blogs."),
		kong.Vars{"platforms": strings.Join(platform.KnownNames(), ", ")},
		kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Help(func(options kong.HelpOptions, parsed *kong.Context) error {
			helpErr = kong.DefaultHelpPrinter(options, parsed)
			return helpErr
		}),
	)
	if err != nil {
		panic(err) // the command table itself is wrong
	}
	parsed, err := parser.Parse(arguments(args))
	switch {
	case helpErr != nil:
		return a.report(fmt.Errorf("print help: %w", helpErr))
	case exited >= 0:
		return exited // --help has been printed
	case err != nil:
		return a.report(usagef("%w; see %s --help", err, commandOf(err)))
	}
	return a.report(parsed.Run(a))
}

// arguments returns args as the parser understands what people write: --version
// is the command, and a number below zero is an argument and no flag.
func arguments(args []string) []string {
	if slices.Equal(args, []string{"--version"}) {
		return []string{"version"}
	}
	if len(args) > 0 && args[0] == "complete" {
		return args // a command line within the command line
	}
	var rest, numbers []string
	for i, arg := range args {
		switch {
		case arg == "--":
			return args
		case belowZero.MatchString(arg) && (i == 0 || !strings.HasPrefix(args[i-1], "--")):
			numbers = append(numbers, arg)
		default:
			rest = append(rest, arg)
		}
	}
	if numbers == nil {
		return args
	}
	return slices.Concat(rest, []string{"--"}, numbers)
}

var belowZero = regexp.MustCompile(`^-\.?[0-9]`)

// commandOf returns the command that a wrong command line got to.
func commandOf(err error) string {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context == nil || wrong.Context.Selected() == nil {
		return "gatehouse"
	}
	return wrong.Context.Selected().FullPath()
}

// report prints err, made harmless for a terminal, and returns the exit status that
// it stands for.
func (a *app) report(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "gatehouse: %s\n", text.Printable(err.Error()))
		return exitUsage
	default:
		fmt.Fprintf(a.stderr, "gatehouse: %s\n", text.Printable(err.Error()))
		return exitFailed
	}
}

// interrupted returns err, or where it comes of the process being told to end, an
// error that says how things were left.
func (a *app) interrupted(err error, left string) error {
	if a.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted; %s", left)
	}
	return err
}

// logger returns the process's log, on standard error.
func (a *app) logger(format string, level slog.Level) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == logJSON {
		return slog.New(slog.NewJSONHandler(a.stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.stderr, options))
}
