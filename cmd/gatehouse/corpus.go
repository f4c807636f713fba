package main

import (
	"errors"
	"fmt"
	"slices"

	"gatehouse/training"
)

// errEnough ends corpusFlags.read early, without an error.
var errEnough = errors.New("enough")

// corpusFlags names labelled files. A shell writes `--data *.jsonl.gz` as one
// --data and many arguments, so both are taken.
type corpusFlags struct {
	Data   []string `required:"" sep:"none" placeholder:"FILE" help:"Labelled JSONL files, plain or gzipped: one object a line with text and label (ok, spam, abuse)."`
	More   []string `arg:"" optional:"" name:"file" help:"More files, as --data."`
	Strict bool     `help:"Refuse a file with a line that holds no labelled text, instead of skipping the line."`
}

// paths returns all of them.
func (c *corpusFlags) paths() []string { return slices.Concat(c.Data, c.More) }

// read hands every example of the files to yield, and says on standard error
// how far it is and which lines it skipped. No example at all is an error. It
// stops where yield returns errEnough; the file that it stops in is not in the
// stats.
func (c *corpusFlags) read(a *app, yield func(training.Example) error) (training.ReadStats, error) {
	progress := a.progress("reading")
	opts := training.ReadOptions{Strict: c.Strict, Progress: progress.bytes}
	stats, err := training.ReadFiles(a.ctx, c.paths(), opts, yield)
	progress.close()
	if err != nil && !errors.Is(err, errEnough) {
		return stats, err
	}
	if stats.Bad > 0 {
		fmt.Fprintf(a.stderr, "skipped %d of %d lines:\n", stats.Bad, stats.Lines)
		for _, bad := range stats.BadLines {
			fmt.Fprintf(a.stderr, "  %s\n", bad)
		}
		if rest := stats.Bad - int64(len(stats.BadLines)); rest > 0 {
			fmt.Fprintf(a.stderr, "  and %d more\n", rest)
		}
	}
	if stats.Examples == 0 {
		return stats, fmt.Errorf("read corpus: no line of %v holds a text and a label", c.paths())
	}
	return stats, nil
}
