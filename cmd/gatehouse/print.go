package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// printJSON writes v for programs and for people.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(safeJSON{w})
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printJSONLine writes v on one line.
func printJSONLine(w io.Writer, v any) error {
	e := json.NewEncoder(safeJSON{w})
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// safeJSON escapes what encoding/json leaves in strings and a terminal would obey:
// control characters from U+007F on and what turns the direction of writing. Outside
// of strings JSON has none of these. Each Write has whole characters.
type safeJSON struct{ io.Writer }

// Write writes p.
func (s safeJSON) Write(p []byte) (int, error) {
	if !bytes.ContainsFunc(p, isObeyed) {
		return s.Writer.Write(p)
	}
	var b bytes.Buffer
	for _, r := range string(p) {
		if isObeyed(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	if _, err := s.Writer.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// isObeyed says whether a terminal obeys a character instead of showing it.
func isObeyed(r rune) bool {
	return r >= 0x7F && (r <= 0x9F || r == 0x61C || r == 0x200E || r == 0x200F || 0x2028 <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069)
}

// quietLog is the log of commands that say themselves what they did.
func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
