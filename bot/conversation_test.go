package bot

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"gatehouse/internal/moderation"
)

var update = flag.Bool("update", false, "write what the chats show into testdata/conversations")

// TestConversations plays each testdata/conversations/*.txtar: the file "steps"
// is what people do, "shown" is what the chats show after each step. Messages
// are shown as the HTML of a page; [x] are buttons.
//
// The steps, words with spaces in Go's quotes:
//
//	held ID AUTHOR TEXT           a comment waits
//	edited ID TEXT                its author edits it
//	withdrawn ID                  its author takes it back
//	taps WHO BUTTON ID [CHAT]     a tap on the card of a comment
//	forges WHO DATA ID            a tap with other data
//	says WHO TEXT [private]       a message to the moderators, or to the bot alone
//	replies WHO TEXT ID           the same in reply to the card of a comment
//	hits WHO BUTTON WORDS         a tap below the newest message with these words
//	strict DURATION               the post of the tests turns strict by itself
//	urgent ID TAG                 a rule calls it urgent, and gives it a tag
//	nameless ID                   its author has no identity
//	deleted ID                    somebody deletes the card
//	passes DURATION               time goes by
//	unpaired                      nothing is configured (before all else)
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil || len(archive.Files) == 0 {
				t.Fatalf("read %s: %v", file, err)
			}
			got := play(t, string(archive.Files[0].Data))
			if *update {
				archive.Files = []txtar.File{archive.Files[0], {Name: "shown", Data: []byte(got)}}
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(archive.Files) != 2 {
				t.Fatalf("%s shows nothing; run with -update", file)
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// conversation is a stage with what its chats showed last.
type conversation struct {
	*stage
	seen map[place]string
}

// play does the steps and returns what the chats showed.
func play(t *testing.T, steps string) string {
	first, _, _ := strings.Cut(steps, "\n")
	unpaired := first == "unpaired"
	c := &conversation{
		stage: newStage(t, func(cfg *Config) {
			if unpaired {
				cfg.Home, cfg.Moderators = moderation.Destination{}, nil
			}
		}),
		seen: make(map[place]string),
	}
	c.start()
	var shown strings.Builder
	for step := range strings.Lines(steps) {
		step = strings.TrimSpace(step)
		if step == "" || step == "unpaired" {
			continue
		}
		fmt.Fprintf(&shown, "> %s\n", step)
		notice := c.do(step)
		c.quiet()
		if notice != nil {
			fmt.Fprintf(&shown, "notice: %s\n", notice())
		}
		shown.WriteString(c.news())
	}
	return shown.String()
}

// do carries out one step; a tap's notice comes later.
func (c *conversation) do(step string) (notice func() string) {
	c.t.Helper()
	w := words(c.t, step)
	for len(w) < 5 {
		w = append(w, "")
	}
	number, _ := strconv.ParseInt(strings.TrimPrefix(w[1], "#"), 10, 64)
	comment, caseID := moderation.CommentID(number), moderation.CaseID(number+100)
	switch w[0] {
	case "held":
		c.held(comment, w[2], w[3])
	case "edited":
		c.store.alter(caseID, func(v *moderation.CaseView) {
			v.Case.Revision++
			v.Comment.Text = w[2]
		})
	case "withdrawn":
		c.store.alter(caseID, func(v *moderation.CaseView) { v.Case.State = moderation.CaseWithdrawn })
	case "taps":
		return c.tap(c.telegram.Press, w)
	case "forges":
		return c.tap(c.telegram.PressData, w)
	case "says":
		c.say(w)
	case "replies":
		c.telegram.SayInReply(mods, person(c.t, w[1]), c.cardOf(w[3]), w[2])
	case "hits":
		return c.hit(w)
	case "strict":
		c.turnStrict(w[1])
	case "urgent":
		c.store.alter(caseID, func(v *moderation.CaseView) {
			v.Verdict.Reasons = append([]moderation.Reason{{Check: "rules", Rule: "threats/threat", Label: moderation.Abuse, Score: 1,
				Detail: "a threat", Urgent: true, Tags: []string{w[2]}}}, v.Verdict.Reasons...)
		})
	case "nameless":
		c.store.change(func() { c.store.cases[caseID].Standing.Known = false })
	case "deleted":
		c.telegram.Delete(mods, c.cardOf(w[1]))
	case "passes":
		d, err := time.ParseDuration(w[1])
		if err != nil {
			c.t.Fatal(err)
		}
		c.pass(d)
	default:
		c.t.Fatalf("unknown step %q", step)
	}
	return nil
}

// tap taps, and returns how to read the notice.
func (c *conversation) tap(press func(int64, int, string, int64) (string, error), w []string) func() string {
	query, err := press(mods, c.cardOf(w[3]), w[2], person(c.t, w[1]))
	if err != nil {
		c.t.Fatal(err)
	}
	return func() string {
		text, _, answered := c.telegram.Answer(query)
		if !answered {
			return "(none)"
		}
		return text
	}
}

// hit taps below the newest message with some words.
func (c *conversation) hit(w []string) func() string {
	message := 0
	for _, m := range c.telegram.Messages(mods) {
		if !m.Deleted && strings.Contains(m.Text, w[3]) && len(m.Buttons) > 0 {
			message = m.ID
		}
	}
	query, err := c.telegram.Press(mods, message, w[2], person(c.t, w[1]))
	if err != nil {
		c.t.Fatal(err)
	}
	return func() string { return c.answered(query) }
}

// turnStrict makes the tests' post strict by itself, as the store tells it.
func (c *conversation) turnStrict(lasts string) {
	d, err := time.ParseDuration(lasts)
	if err != nil {
		c.t.Fatal(err)
	}
	m, err := c.store.TurnMode(c.t.Context(), moderation.ModeChange{Site: 1, Post: "p1", Title: "A post", Mode: moderation.ModeStrict,
		By: moderation.Actor{ID: "machine", Name: "gatehouse"}, Until: c.clock().Add(d), Reason: "5 of 10 writers were flagged within 30m"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.store.change(func() {
		c.store.outbox = append(c.store.outbox, moderation.Delivery{Kind: moderation.DeliverMode, Payload: []byte(fmt.Sprintf(`{"mode": %d}`, m.ID))})
	})
}

// say sends a message to the moderators' chat or to the bot alone.
func (c *conversation) say(w []string) {
	who, chat := person(c.t, w[1]), mods
	if w[3] == "private" {
		chat = who
	}
	c.telegram.Say(chat, who, strings.ReplaceAll(w[2], "CODE", c.bot.PairingCode()))
}

// cardOf returns the newest card of a comment.
func (c *conversation) cardOf(comment string) (message int) {
	for _, m := range c.telegram.Messages(mods) {
		if last := m.Text[strings.LastIndexByte(m.Text, '\n')+1:]; strings.HasPrefix(last+" ", comment+" ") {
			message = m.ID
		}
	}
	if message == 0 {
		c.t.Fatalf("no card of %s", comment)
	}
	return message
}

func person(t *testing.T, name string) int64 {
	t.Helper()
	id, ok := map[string]int64{"Anna": anna, "Bert": bert, "Mallory": stranger}[name]
	if !ok {
		t.Fatalf("nobody is called %q", name)
	}
	return id
}

// news returns what the chats show that they did not show before: cards first,
// for which replies do not wait.
func (c *conversation) news() string {
	var out, replies strings.Builder
	for _, chat := range []int64{mods, anna, bert, stranger} {
		for _, m := range c.telegram.Messages(chat) {
			at, now := place{chat: chat, message: m.ID}, m.Lines()
			before, known := c.seen[at]
			c.seen[at] = now
			if before == now || m.From.Username != "gatehouse_bot" {
				continue
			}
			verb, to := "shows", &out
			switch {
			case m.Deleted:
				verb = "lost"
			case known:
				verb = "now shows"
			case m.ReplyTo != 0:
				verb, to = "replies", &replies
			}
			fmt.Fprintf(to, "%s %s:\n%s", c.chatName(chat), verb, now)
		}
	}
	return out.String() + replies.String()
}

func (c *conversation) chatName(chat int64) string {
	if chat == mods {
		return "mods"
	}
	return "private"
}

// words splits a step; words in Go's quotes may have spaces.
func words(t *testing.T, step string) (list []string) {
	t.Helper()
	for rest := strings.TrimSpace(step); rest != ""; rest = strings.TrimSpace(rest) {
		var word string
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			rest = rest[len(quoted):]
			if word, err = strconv.Unquote(quoted); err != nil {
				t.Fatal(err)
			}
		} else {
			word, rest, _ = strings.Cut(rest, " ")
		}
		list = append(list, word)
	}
	return list
}
