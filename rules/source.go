package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFaults is how many mistakes are told at once.
const maxFaults = 20

// maxExcerpt is how many characters of a line an error shows.
const maxExcerpt = 100

// byteOrderMark is what some editors begin a file in UTF-8 with.
const byteOrderMark = "\uFEFF"

// source is a file as errors quote it.
type source struct {
	name  string
	lines []string
}

func newSource(name string, data []byte) *source {
	text := strings.TrimPrefix(string(data), byteOrderMark)
	return &source{name: name, lines: strings.Split(text, "\n")}
}

// line returns a line by its number from 1; empty beyond the end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return strings.TrimSuffix(s.lines[n-1], "\r")
}

// place is a stretch of one line, in characters; line and column count from 1.
type place struct {
	src                 *source
	line, column, width int
}

// Error is a mistake in a rule book and where it is.
type Error struct {
	File         string
	Line, Column int // from 1, in characters
	Message      string
	excerpt      string
}

// Error says where, what, and shows the line with carets under the place.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s%s", e.File, e.Line, e.Column, e.Message, e.excerpt)
}

// Errors returns every [*Error] in err, in their order, of which [Load] may
// join several.
func Errors(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // the tree of errors is walked here
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, inner := range e.Unwrap() {
			all = append(all, Errors(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Errors(e.Unwrap())
	}
	return nil
}

// errorAt makes an error about p.
func errorAt(p place, format string, args ...any) *Error {
	return &Error{
		File: p.src.name, Line: p.line, Column: p.column,
		Message: fmt.Sprintf(format, args...), excerpt: p.excerpt(),
	}
}

// excerpt returns the line of p with carets under it.
func (p place) excerpt() string {
	line := strings.Map(harmless, p.src.line(p.line))
	runes := []rune(strings.TrimRight(line, " "))
	if len(runes) == 0 {
		return ""
	}
	column := min(p.column-1, len(runes))
	first := max(0, column-maxExcerpt*3/4)
	shown := runes[first:min(len(runes), first+maxExcerpt)]
	carets := max(1, min(p.width, len(shown)-(column-first)))
	return fmt.Sprintf("\n%5d | %s\n      | %s%s", p.line, string(shown),
		strings.Repeat(" ", column-first), strings.Repeat("^", carets))
}

// harmless makes what would disturb a terminal or the carets' column a dot.
func harmless(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r == utf8.RuneError, !unicode.IsPrint(r), unicode.IsMark(r):
		return '·'
	}
	return r
}

// faults collects mistakes, so that a book's author learns of them together.
type faults struct {
	list []*Error
}

// add notes a mistake.
func (f *faults) add(p place, format string, args ...any) {
	f.list = append(f.list, errorAt(p, format, args...))
}

// err returns the mistakes as one error, in the order of their places; nil for
// none.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	slices.SortStableFunc(f.list, func(a, b *Error) int {
		if a.File != b.File {
			return 0 // files are read in their order
		}
		return a.Line - b.Line
	})
	var errs []error
	for _, e := range f.list[:min(len(f.list), maxFaults)] {
		errs = append(errs, e)
	}
	if more := len(f.list) - maxFaults; more > 0 {
		errs = append(errs, fmt.Errorf("and %d more", more))
	}
	return errors.Join(errs...)
}
