package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
)

// masks are what is hidden, in the order in which it is.
var masks = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`\bwords that weighed: [^\n]*`), "words that weighed: …"},
	{regexp.MustCompile(`(?m)(^ *“[^”\n]*” \+[0-9.]+ (ok|spam|abuse)\n)+`), "    “…” +N.NN LABEL\n"},
	{regexp.MustCompile(`(under )?\b\d+(\.\d+)? % (ok|spam|abuse): (“[^”\n]*”(, )?)+`), "NN % $3: “…”"},
	{regexp.MustCompile(`(under )?\b\d+(\.\d+)? %`), "NN %"},
	{regexp.MustCompile(`\b(ok|spam|abuse) (under )?NN %`), "$1 NN %"},
	{regexp.MustCompile(`\b(abuse|spam) 0\.\d+`), "$1 0.NN"},
	{regexp.MustCompile(`Model [^\n,]*, rules [^\n]*`), "Model M, rules R"},
}

// masked hides what each training of the model, each change of the built-in rules
// and each machine changes.
func (c *conversation) masked(shown string) string {
	shown = strings.ReplaceAll(shown, "by "+operator().Name, "by operator")
	if c.figures {
		return shown
	}
	for _, m := range masks {
		shown = m.pattern.ReplaceAllString(shown, m.mask)
	}
	return shown
}

// setIn writes each line of what a program printed behind a bar.
func setIn(out string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(out)) {
		b.WriteString("| " + strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

// id returns the number of a person or a chat.
func (c *conversation) id(name string) int64 {
	c.t.Helper()
	for _, n := range cast() {
		if n.name == name {
			return n.id
		}
	}
	c.t.Fatalf("nobody is called %q", name)
	return 0
}

// chat returns the chat that a step names for somebody.
func (c *conversation) chat(name, who string) int64 {
	c.t.Helper()
	switch name {
	case "":
		return mods
	case "private":
		return c.id(who)
	}
	return c.id(name)
}

// number reads the number of a comment, or of anything.
func (c *conversation) number(word string) int {
	c.t.Helper()
	n, err := strconv.Atoi(strings.TrimPrefix(word, "#"))
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c *conversation) duration(word string) time.Duration {
	c.t.Helper()
	d, err := time.ParseDuration(word)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// faultOf reads how calls go wrong: 500, 502, 401, blocked, hang, cut-before,
// cut-after, duplicate, or 429/SECONDS.
func faultOf(t *testing.T, kind string) telegramtest.Fault {
	t.Helper()
	if after, ok := strings.CutPrefix(kind, "429/"); ok {
		seconds, err := strconv.Atoi(after)
		if err != nil {
			t.Fatal(err)
		}
		return telegramtest.TooMany(seconds)
	}
	of, ok := map[string]func() telegramtest.Fault{
		"500": telegramtest.ServerError, "502": telegramtest.BadGateway, "401": telegramtest.Unauthorized, "blocked": telegramtest.Blocked,
		"hang": telegramtest.Hang, "cut-before": telegramtest.CutBefore, "cut-after": telegramtest.CutAfter, "duplicate": telegramtest.Duplicate,
	}[kind]
	if !ok {
		t.Fatalf("there is no fault %q", kind)
	}
	return of()
}

// compact leaves out words that are empty.
func compact(w []string) []string {
	return slices.DeleteFunc(slices.Clone(w), func(s string) bool { return s == "" })
}

// words splits a step; words in Go's quotes may have spaces, also after KEY=.
func words(t *testing.T, step string) (list []string) {
	t.Helper()
	for rest := strings.TrimSpace(step); rest != ""; rest = strings.TrimSpace(rest) {
		end := strings.IndexAny(rest, " \"")
		word := rest
		if end >= 0 {
			word = rest[:end]
		}
		rest = rest[len(word):]
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			more, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatal(err)
			}
			word, rest = word+more, rest[len(quoted):]
		}
		list = append(list, word)
	}
	return list
}
