package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"gatehouse/bot/telegramtest"
)

// spot is a place where people write: a chat, or a topic of one. A person's is the
// chat that they have with the bot.
type spot struct {
	name  string
	chat  int64
	topic int
}

// cast is who and what is in a conversation, in the order in which it is shown.
type cast []spot

// invite makes the people and chats of the conversations known.
func invite(s *telegramtest.Server) cast {
	c := cast{{"mods", -100, 0}, {"other", -200, 0}, {"forum", -1_000_000_000_300, 0}, {"Anna", 1001, 0}, {"Bert", 1002, 0}, {"Cleo", 1003, 0}, {"Mallory", 6666, 0}}
	for _, p := range c[3:] {
		s.AddUser(telegramtest.User{ID: p.chat, FirstName: p.name})
	}
	s.AddChat(telegramtest.Chat{ID: -100, Title: "mods"}, 1001, 1002)
	s.AddChat(telegramtest.Chat{ID: -200, Title: "other"}, 1001, 1003)
	s.AddChat(telegramtest.Chat{ID: -1_000_000_000_300, Title: "forum", Type: telegramtest.Supergroup}, 1001, 1002, 1003)
	for _, name := range []string{"cards", "raids"} {
		c = append(c, spot{"forum/" + name, -1_000_000_000_300, s.AddTopic(-1_000_000_000_300, name)})
	}
	return c
}

// groups are the chats that several people are in.
func (c cast) groups() cast {
	return slices.DeleteFunc(slices.Clone(c), func(s spot) bool { return s.chat > 0 })
}

// numbered puts numbers for names.
func (c cast) numbered(setting string) string {
	for _, s := range slices.Backward(c) {
		number := strconv.FormatInt(s.chat, 10)
		if s.topic != 0 {
			number += "/" + strconv.Itoa(s.topic)
		}
		setting = regexp.MustCompile(`\b`+s.name+`\b`).ReplaceAllString(setting, number)
	}
	return setting
}

// configure changes settings. Each is a line of YAML, with names for numbers.
func (c cast) configure(t testing.TB, telegram *telegramConfig, settings string) {
	t.Helper()
	var lines strings.Builder
	for _, setting := range words(t, c.numbered(settings)) {
		key, value, _ := strings.Cut(setting, "=")
		lines.WriteString(key + ": " + value + "\n")
	}
	if lines.Len() == 0 {
		return // which as YAML would empty everything
	}
	if err := yaml.UnmarshalWithOptions([]byte(lines.String()), telegram, yaml.Strict()); err != nil {
		t.Fatalf("configure %s: %v", settings, err)
	}
}

// masks are what is hidden, in the order in which it is.
var masks = []struct {
	pattern *regexp.Regexp
	mask    string
}{
	{regexp.MustCompile(`\b(words that weighed:|little speaks for) [^\n]*`), "$1 …"},
	{regexp.MustCompile(`(?m)(^ *“[^”\n]*” [+-][0-9.]+ (ok|spam|abuse)\n)+`), "    “…” +N.NN LABEL\n"},
	{regexp.MustCompile(`(under |over )?\b\d+(\.\d+)? % (ok|spam|abuse): (“[^”\n]*”(, )?)+`), "NN % $3: “…”"},
	{regexp.MustCompile(`(under |over )?\b\d+(\.\d+)? %`), "NN %"},
	{regexp.MustCompile(`\b(ok|spam|abuse) (under |over )?NN %`), "$1 NN %"},
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
	return c.place(name, "").chat
}

// place returns the chat that a step names for somebody.
func (c *conversation) place(name, who string) spot {
	c.t.Helper()
	switch name {
	case "":
		name = "mods"
	case "private":
		name = who
	}
	for _, s := range c.cast {
		if s.name == name {
			return s
		}
	}
	c.t.Fatalf("nobody is called %q", name)
	return spot{}
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
// cut-after, duplicate, reorder, 429/SECONDS, or flood/SECONDS, which is for the
// chat of the call.
func faultOf(t testing.TB, kind string) telegramtest.Fault {
	t.Helper()
	if kind, after, ok := strings.Cut(kind, "/"); ok {
		seconds, err := strconv.Atoi(after)
		if err != nil {
			t.Fatal(err)
		}
		if kind == "flood" {
			return telegramtest.Flood(seconds)
		}
		return telegramtest.TooMany(seconds)
	}
	of, ok := map[string]func() telegramtest.Fault{
		"500": telegramtest.ServerError, "502": telegramtest.BadGateway, "401": telegramtest.Unauthorized, "blocked": telegramtest.Blocked,
		"hang": telegramtest.Hang, "cut-before": telegramtest.CutBefore, "cut-after": telegramtest.CutAfter,
		"duplicate": telegramtest.Duplicate, "reorder": telegramtest.Reorder,
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
func words(t testing.TB, step string) (list []string) {
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
