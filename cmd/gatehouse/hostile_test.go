package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"gatehouse/internal/moderation"
)

// hostile is what a terminal or a log would obey: escape sequences (in one byte, and
// of C1), another title and colour, what deletes the line, a line that looks like
// one of the log's, separators of lines, and what turns the direction of writing.
const hostile = "Eve\x1b[2J\x1b]0;owned\x07\u009b31m\x7f\r\x08\ntime=2026-01-02T13:04:05Z level=INFO msg=\"decided: approve\"\u2028\u2029\u0085\u202e\u2066fdp.exe\x00"

// obeyed returns the first character of a text that does more than being shown;
// "" for none.
func obeyed(s string) string {
	for _, r := range s {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// hostileComment is a comment with as much of it as the door takes.
func hostileComment(id string) map[string]any {
	return map[string]any{
		"id": id, "post": map[string]any{"id": "p" + hostile, "url": "https://blog.test/p1", "title": "Trams " + hostile},
		"parent": map[string]any{"author": hostile, "body": "You are wrong " + hostile},
		"author": map[string]any{"id": "u1" + hostile, "name": hostile, "email": "eve@example.test", "url": "https://example.test/" + hostile, "user_agent": hostile, "role": hostile},
		"body":   "You stupid moron, go and kill yourself " + hostile + " at once",
	}
}

// TestStrangersWordsOnTheTerminal has somebody write what terminals obey, and looks
// at it by every command that shows comments.
func TestStrangersWordsOnTheTerminal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	id, action := s.post("blog", hostileComment("c1"))
	if action != moderation.Hold {
		t.Fatalf("the comment is answered with %s", action)
	}
	s.quiet()
	number := "#" + id.String()
	shown := 0
	look := func(args ...string) {
		t.Helper()
		out := s.command(args...)
		if r := obeyed(out); r != "" {
			t.Errorf("gatehouse %s prints %s:\n%q", strings.Join(args, " "), r, out)
		}
		if strings.Contains(out, "moron") || strings.Contains(out, "Eve") {
			shown++
		}
	}
	commands := [][]string{
		{"queue"}, {"recent"}, {"show", number}, {"find", "moron"}, {"thread", number}, {"similar", number}, {"authors", "show", number},
		{"rules", "explain", number}, {"decide", number, "abuse", "--note", hostile}, {"show", number}, {"recent"},
		{"authors", "ban", "--comment", number, "--reason", hostile}, {"authors", "list"}, {"note", number, hostile},
		{"deliveries", "list"}, {"stats"}, {"check", "--site", "blog", hostile + " you moron"},
	}
	for _, c := range commands {
		look(c...)
	}
	for _, c := range [][]string{{"recent"}, {"show", number}, {"find", "moron"}, {"authors", "show", number}, {"authors", "list"}, {"deliveries", "list"}, {"check", "you moron " + hostile}} {
		look(append(c, "--json")...)
	}
	look("export")
	for _, wrong := range [][]string{{"show", hostile}, {"decide", hostile, "spam"}, {"sites", "show", hostile}, {"nosuch" + hostile}, {"authors", "ban", "--name", hostile}, {"import", "csv", hostile}} {
		look(wrong...)
	}
	if shown < 12 {
		t.Errorf("%d commands show the comment: the test does not look where it should", shown)
	}
	if r := obeyed(s.log.String()); r != "" {
		t.Errorf("the log has %s", r)
	}
	for line := range strings.Lines(s.log.String()) {
		if strings.HasPrefix(line, "time=2026-01-02T13:04:05Z level=INFO msg=\"decided: approve\"") {
			t.Errorf("a line of the log is forged: %s", line)
		}
	}
}
