package main

import (
	"errors"
	"fmt"
	"io"

	"gatehouse/internal/text"
	"gatehouse/rules"
)

// builtInName is what the commands call the book of the built-in packs.
const builtInName = "built-in rules"

// rulesCmd has the commands on rule books.
type rulesCmd struct {
	Check   rulesCheckCmd   `cmd:"" help:"Load rule books and say what is wrong with them."`
	Test    rulesTestCmd    `cmd:"" help:"Run every case of rule books and list them."`
	Explain rulesExplainCmd `cmd:"" help:"Show each fact and each rule on one comment."`
	Replay  rulesReplayCmd  `cmd:"" help:"Ask a changed rule book about a blog's stored comments, before it counts."`
	Report  rulesReportCmd  `cmd:"" help:"Say how often each rule hit, and how often it was right."`
}

// bookFiles are the rule books that a command is about.
type bookFiles struct {
	Files []string `arg:"" optional:"" name:"file" help:"Rule book: a YAML file, or a folder of them. None: the built-in rules."`
}

// names returns the names of the books; the empty one is the built-in's.
func (b bookFiles) names() []string {
	if len(b.Files) == 0 {
		return []string{""}
	}
	return b.Files
}

// openBook loads the book called name.
func openBook(name string, load func(string) (*rules.Book, error)) (*rules.Book, error) {
	if name == "" {
		return rules.BuiltIn()
	}
	return load(name)
}

// titleOf returns what a book is called in output.
func titleOf(name string) string {
	if name == "" {
		return builtInName
	}
	return name
}

// rulesCheckCmd lints rule books.
type rulesCheckCmd struct {
	bookFiles
	JSON bool `help:"Print JSON, one book a line."`
}

// bookReport is the JSON of one checked book.
type bookReport struct {
	File    string      `json:"file"` // empty: the built-in rules
	OK      bool        `json:"ok"`
	Version string      `json:"version,omitempty"`
	Rules   int         `json:"rules"`
	Lists   int         `json:"lists"`
	Cases   int         `json:"cases"`
	Errors  []bookError `json:"errors,omitempty"`
}

// bookError is a mistake in a book; line and column count from 1, and are 0
// where it has no place.
type bookError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Run loads each book. It fails where one of them can't be loaded.
func (c *rulesCheckCmd) Run(a *app) error {
	var failed []error
	for _, name := range c.names() {
		book, err := openBook(name, rules.Load)
		if err != nil {
			failed = append(failed, err)
		}
		if c.JSON {
			if err := printJSONLine(a.stdout, reportOf(name, book, err)); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			size := book.Size()
			fmt.Fprintf(a.stdout, "%s: %d rules, %d lists, %d cases: all right\n", titleOf(name), size.Rules, size.Lists, size.Cases)
		}
	}
	return errors.Join(failed...)
}

// reportOf returns the JSON of a book that loaded, or of why it did not.
func reportOf(name string, book *rules.Book, err error) bookReport {
	report := bookReport{File: name, OK: err == nil}
	if err == nil {
		size := book.Size()
		report.Version, report.Rules, report.Lists, report.Cases = book.Version(), size.Rules, size.Lists, size.Cases
		return report
	}
	for _, e := range rules.Errors(err) {
		report.Errors = append(report.Errors, bookError{e.File, e.Line, e.Column, e.Message})
	}
	if report.Errors == nil {
		report.Errors = []bookError{{File: name, Message: err.Error()}}
	}
	return report
}

// rulesTestCmd runs the cases of rule books.
type rulesTestCmd struct {
	bookFiles
	JSON bool `help:"Print JSON, one case a line."`
}

// caseReport is the JSON of one case.
type caseReport struct {
	Rule    string `json:"rule"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Catches bool   `json:"catches"` // whether the rule must hit
	Text    string `json:"text"`
	OK      bool   `json:"ok"`
	Error   string `json:"error,omitempty"`
}

// Run runs every case of each book. It fails where one of them does.
func (c *rulesTestCmd) Run(a *app) error {
	run, bad := 0, 0
	for _, name := range c.names() {
		book, err := openBook(name, rules.LoadUntested)
		if err != nil {
			return err
		}
		for _, result := range book.Test() {
			run++
			if !result.OK {
				bad++
			}
			if err := c.print(a.stdout, result); err != nil {
				return err
			}
		}
	}
	if bad > 0 {
		return fmt.Errorf("test rules: %d of %d cases failed", bad, run)
	}
	fmt.Fprintf(a.stderr, "%d cases: all right\n", run)
	return nil
}

// print prints one case.
func (c *rulesTestCmd) print(w io.Writer, r rules.CaseResult) error {
	if c.JSON {
		report := caseReport{Rule: r.Rule, File: r.File, Line: r.Line, Catches: r.Catch, Text: r.Text, OK: r.OK}
		if r.Err != nil {
			report.Error = r.Err.Error()
		}
		return printJSONLine(w, report)
	}
	verdict, does := "ok  ", "passes"
	if r.Catch {
		does = "catches"
	}
	if !r.OK {
		verdict = "FAIL"
	}
	_, err := fmt.Fprintf(w, "%s %s %s %q\n", verdict, r.Rule, does, text.Cut(r.Text, listedText))
	if err == nil && r.Err != nil {
		_, err = fmt.Fprintln(w, r.Err)
	}
	return err
}
