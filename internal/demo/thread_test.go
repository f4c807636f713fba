package demo

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outline writes a thread as one line a remark, set in as deep as it is.
func outline(remarks []*remark, depth int) string {
	var out strings.Builder
	for _, m := range remarks {
		text := m.Text
		if m.Gone {
			text = "(" + m.Note + ")"
		}
		out.WriteString(strings.Repeat("  ", depth) + text + "\n")
		out.WriteString(outline(m.Replies, depth+1))
	}
	return out.String()
}

func TestThreadFor(t *testing.T) {
	t.Parallel()
	l := ledger{Comments: []comment{
		{ID: "1", Post: "p", Text: "first", State: published},
		{ID: "2", Post: "p", Text: "second", State: published},
		{ID: "3", Post: "p", Parent: "1", Text: "reply one", State: published},
		{ID: "4", Post: "p", Parent: "1", Text: "reply two, held", State: held, Writer: "wilma"},
		{ID: "5", Post: "p", Text: "taken down", State: refused},
		{ID: "6", Post: "p", Parent: "5", Text: "reply to that", State: published},
		{ID: "7", Post: "p", Text: "refused, unanswered", State: refused, Writer: "wilma"},
		{ID: "8", Post: "other", Text: "elsewhere", State: published},
		{ID: "9", Post: "p", Parent: "nobody", Text: "an orphan", State: published},
	}}
	tests := []struct{ name, writer, want string }{
		{"a stranger", "", `
an orphan
(This comment was taken down by a moderator.)
  reply to that
second
first
  reply one
`},
		{"the writer", "wilma", `
an orphan
refused, unanswered
(This comment was taken down by a moderator.)
  reply to that
second
first
  reply one
  reply two, held
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := threadFor(l, "p", tt.writer, time.Now())
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), outline(got.Comments, 0)); diff != "" {
				t.Errorf("thread (-want +got):\n%s", diff)
			}
			if got.Heading != "5 comments" {
				t.Errorf("heading %q, want what everybody can see", got.Heading)
			}
		})
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("", 3600))
	tests := []struct {
		name string
		at   time.Time
		want string
	}{
		{"this minute", now, "today, 00:30"},
		{"an hour ago, and another day", now.Add(-time.Hour), "yesterday, 23:30"},
		{"another zone", time.Date(2026, 2, 28, 23, 10, 0, 0, time.UTC), "today, 00:10"},
		{"this year", time.Date(2026, 1, 2, 8, 5, 0, 0, time.UTC), "2 January, 09:05"},
		{"earlier", time.Date(2025, 12, 30, 8, 5, 0, 0, time.UTC), "30 December 2025"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := when(tt.at, now); got != tt.want {
				t.Errorf("when = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInitialOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"marek": "M", "": "?", "öz": "Ö", "👍 up": "👍"} {
		if got := initialOf(name); got != want {
			t.Errorf("initialOf(%q) = %q, want %q", name, got, want)
		}
	}
}
