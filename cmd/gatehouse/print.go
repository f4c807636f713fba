package main

import (
	"encoding/json"
	"io"
	"log/slog"
)

// printJSON writes v for programs and for people.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printJSONLine writes v on one line.
func printJSONLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// quietLog is the log of commands that say themselves what they did.
func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
