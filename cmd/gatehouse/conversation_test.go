package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

var update = flag.Bool("update", false, "write what the chats show into testdata/conversations")

// TestConversations plays each testdata/conversations/*.txtar with the whole
// service: its database, doors, rules, model, outbox and bot, in this process.
// The file "steps" is what people and blogs do, "shown" is what the chats show
// after each step. Messages are shown as the HTML of a page; [x] are buttons.
// Comments are numbered from 1 in the order in which they come.
//
// The steps, words with spaces in Go's quotes:
//
//	config KEY=VALUE…                before all else: settings of the configuration's
//	                                 telegram, in YAML; names of people and chats stand
//	                                 for their numbers; the default is chat_id=mods
//	                                 moderators=[Anna,Bert]; without is no setting
//	figures                          show probabilities and weights as they are: else
//	                                 they are NN, for each training changes them
//	comment AUTHOR TEXT [KEY=VALUE…] a blog sends a comment; keys: site, post, parent
//	                                 (a comment's number), format, email, ip, url,
//	                                 agent, role, account
//	edit N TEXT                      its author edits it
//	withdraw N                       its author takes it back
//	taps WHO BUTTON N|"WORDS" [CHAT] a tap on the newest card of a comment, or below
//	                                 the newest message with these words
//	forges WHO DATA N [CHAT]         a tap on a card with other data; an asterisk is
//	                                 what follows the verb in that of its first button
//	says WHO TEXT [CHAT]             a message to a chat, or "private"; else to mods
//	replies WHO TEXT N|"WORDS" [CHAT] the same in reply to a message
//	forwards WHO N|"WORDS" [CHAT]    somebody forwards a message
//	deleted N|"WORDS" [CHAT]         somebody deletes the newest card
//	frozen N|"WORDS" [CHAT]          it has become too old to be edited
//	passes DURATION                  time goes by
//	decides CHOICE N                 somebody decides with the command line
//	runs ARGS…                       any command line, on the same database
//	site NAME [KEY=VALUE…]           a blog is added, or its settings are changed
//	strict DURATION                  the post p1 turns strict by itself
//	fault METHOD TIMES KIND          calls of the Bot API go wrong: see faultOf
//	clear                            and do no more
//	blocks WHO, unblocks WHO         somebody blocks the bot
//	expels CHAT, admits CHAT         a group throws the bot out
//	grows CHAT                       a group becomes a supergroup, called CHAT+
//
// Chats are mods, other, the forum with the topics forum/cards and forum/raids, and
// each person's name for what they have with the bot alone.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no conversations", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
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
	cast    cast
	seen    map[[2]int64]string
	figures bool
}

// play does the steps and returns what the chats showed.
func play(t *testing.T, steps string) string {
	c := &conversation{seen: make(map[[2]int64]string)}
	settings := "chat_id=mods moderators=[Anna,Bert]"
	if first, rest, _ := strings.Cut(steps, "\n"); strings.HasPrefix(first, "config") {
		settings, steps = strings.TrimPrefix(first, "config"), rest
	}
	c.stage = newStage(t)
	c.cast = invite(c.telegram)
	c.cast.configure(t, &c.config.Telegram, settings)
	c.start()
	c.site("blog")
	var shown strings.Builder
	finished := false
	t.Cleanup(func() {
		if !finished {
			t.Logf("shown until then:\n%s", shown.String())
		}
	})
	for step := range strings.Lines(steps) {
		if step = strings.TrimSpace(step); step == "" {
			continue
		}
		fmt.Fprintf(&shown, "> %s\n", step)
		w := words(t, step)
		said := c.do(w[0], append(w[1:], "", "", ""))
		c.quiet()
		shown.WriteString(said())
		shown.WriteString(c.news())
	}
	finished = true
	return shown.String()
}

// do carries out a step. What was answered comes later.
func (c *conversation) do(step string, w []string) (said func() string) {
	c.t.Helper()
	said = func() string { return "" }
	switch step {
	case "figures":
		c.figures = true
	case "comment", "edit", "withdraw", "site", "decides", "runs":
		return c.blogDoes(step, w)
	case "taps":
		chat, message := c.messageOf(w[2], w[0], w[3], w[1])
		return c.tapped(c.telegram.Press(chat, message, w[1], c.id(w[0])))
	case "forges":
		chat, message := c.messageOf(w[2], w[0], w[3], "")
		return c.tapped(c.telegram.PressData(chat, message, c.forged(w[1], chat, message), c.id(w[0])))
	case "says":
		at := c.place(w[2], w[0])
		c.telegram.SayIn(at.chat, at.topic, c.id(w[0]), strings.ReplaceAll(w[1], "CODE", c.gate.bot.PairingCode()))
	case "replies":
		chat, message := c.messageOf(w[2], w[0], w[3], "")
		c.telegram.SayInReply(chat, c.id(w[0]), message, w[1])
	case "passes":
		c.pass(c.duration(w[0]))
		c.tick()
	case "strict":
		c.turnStrict(c.duration(w[0]))
	default:
		c.happens(step, w)
	}
	return said
}

// happens carries out what neither blogs nor moderators do.
func (c *conversation) happens(step string, w []string) {
	c.t.Helper()
	switch step {
	case "deleted", "frozen":
		chat, message := c.messageOf(w[0], "Anna", w[1], "")
		map[string]func(int64, int){"deleted": c.telegram.Delete, "frozen": c.telegram.Freeze}[step](chat, message)
	case "forwards":
		chat, message := c.messageOf(w[1], w[0], "", "")
		c.telegram.Forward(c.place(w[2], w[0]).chat, c.id(w[0]), chat, message)
	case "blocks":
		c.telegram.Block(c.id(w[0]))
	case "unblocks":
		c.telegram.Unblock(c.id(w[0]))
	case "expels":
		c.telegram.SetStatus(c.id(w[0]), c.telegram.Me().ID, telegramtest.Kicked)
	case "admits":
		c.telegram.SetStatus(c.id(w[0]), c.telegram.Me().ID, telegramtest.Member)
	case "grows":
		c.cast = append(c.cast, spot{name: w[0] + "+", chat: c.telegram.Upgrade(c.id(w[0]))})
	case "fault":
		c.telegram.Fault(w[0], c.number(w[1]), faultOf(c.t, w[2]))
	case "clear":
		c.telegram.ClearFaults()
	default:
		c.t.Fatalf("unknown step %q", step)
	}
}

// blogDoes carries out a step of a blog's or of its owner's.
func (c *conversation) blogDoes(step string, w []string) (said func() string) {
	c.t.Helper()
	out := ""
	switch step {
	case "comment":
		out = c.comment(w)
	case "edit":
		out = c.edit(w)
	case "withdraw":
		c.withdraw(moderation.CommentID(c.number(w[0])))
	case "site":
		c.site(w[0])
		for _, setting := range compact(w[1:]) {
			key, value, _ := strings.Cut(setting, "=")
			if said := c.command("sites", "set", w[0], key, c.cast.numbered(value)); strings.HasPrefix(said, "gatehouse:") {
				c.t.Fatal(said)
			}
		}
	case "decides":
		out = c.command("decide", strings.TrimPrefix(w[1], "#"), w[0])
	case "runs":
		out = c.command(compact(w)...)
	}
	return func() string { return setIn(c.masked(out)) }
}

// comment sends a comment and says what the blog was answered.
func (c *conversation) comment(w []string) string {
	c.t.Helper()
	site, author := "blog", map[string]any{"name": w[0]}
	body := map[string]any{"id": fmt.Sprint("c", len(c.posted)+1), "body": w[1], "author": author, "post": post("p1", "A post")}
	for _, option := range compact(w[2:]) {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "site":
			site = value
		case "post":
			body["post"] = post(value, "Post "+value)
		case "parent":
			body["parent_id"] = "c" + strings.TrimPrefix(value, "#")
		case "format":
			body[key] = value
		case "email", "ip", "url", "role":
			author[key] = value
		case "agent":
			author["user_agent"] = value
		case "account":
			author["id"] = value
		default:
			c.t.Fatalf("a comment has no %q", key)
		}
	}
	id, action := c.post(site, body)
	return fmt.Sprintf("#%s: %s", id, action)
}

func post(id, title string) map[string]any {
	return map[string]any{"id": id, "url": "https://blog.example/" + id, "title": title}
}

// edit sends another revision of a comment.
func (c *conversation) edit(w []string) string {
	c.t.Helper()
	before, ok := c.posted[moderation.CommentID(c.number(w[0]))]
	if !ok {
		c.t.Fatalf("there is no comment %s", w[0])
	}
	before.body["body"] = w[1]
	id, action := c.post(before.site, before.body)
	return fmt.Sprintf("#%s: %s", id, action)
}

// tapped returns how to read the notice of a tap.
func (c *conversation) tapped(query string, err error) func() string {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return func() string {
		text, alert, answered := c.telegram.Answer(query)
		switch {
		case !answered:
			return "no notice\n"
		case alert:
			return c.masked("alert: " + text + "\n")
		}
		return c.masked(strings.TrimRight("notice: "+text, " ") + "\n")
	}
}

// forged returns a button's data with an asterisk filled in.
func (c *conversation) forged(data string, chat int64, message int) string {
	for _, m := range c.telegram.Messages(chat) {
		if m.ID == message && len(m.Buttons) > 0 {
			_, rest, _ := strings.Cut(m.Buttons[0][0].Data, ":")
			data = strings.ReplaceAll(data, "*", rest)
		}
	}
	return data
}

// messageOf returns the newest card of a comment, or the newest message with some
// words and a button, in the named chat, or else in the first one that has one.
func (c *conversation) messageOf(what, who, chat, button string) (int64, int) {
	c.t.Helper()
	_, err := strconv.Atoi(strings.TrimPrefix(what, "#"))
	isNumber := err == nil
	places := append(c.cast.groups(), spot{chat: c.id(who)})
	if chat != "" {
		places = cast{c.place(chat, who)}
	}
	for _, at := range places {
		for _, m := range slices.Backward(c.telegram.Messages(at.chat)) {
			last := m.Text[strings.LastIndexByte(m.Text, '\n')+1:]
			isCard := isNumber && strings.HasPrefix(last+" ", "#"+strings.TrimPrefix(what, "#")+" ")
			if !m.Deleted && m.Topic == at.topic && (isCard || !isNumber && m.From.IsBot && strings.Contains(m.Text, what) && hasButton(m, button)) {
				return at.chat, m.ID
			}
		}
	}
	c.t.Fatalf("no message of %q", what)
	return 0, 0
}

// hasButton reports whether a message has a button with these words, or needs none.
func hasButton(m telegramtest.Message, words string) bool {
	return words == "" || slices.ContainsFunc(slices.Concat(m.Buttons...), func(b telegramtest.Button) bool {
		return strings.Contains(strings.ToLower(b.Text), strings.ToLower(words))
	})
}

// turnStrict makes a post strict by itself, as too many flagged writers do.
func (c *conversation) turnStrict(d time.Duration) {
	c.t.Helper()
	_, err := c.gate.db.TurnMode(c.t.Context(), moderation.ModeChange{Site: c.site("blog").ID, Post: "p1", Title: "A post", Mode: moderation.ModeStrict,
		By: moderation.Actor{ID: "machine", Name: "gatehouse"}, At: c.clock(), Until: c.clock().Add(d), Reason: "5 of 10 writers were flagged within 30m"})
	if err != nil {
		c.t.Fatal(err)
	}
}

// news returns what the chats show that they did not show before: cards first,
// for which replies do not wait.
func (c *conversation) news() string {
	var out, replies strings.Builder
	for _, place := range c.cast {
		for _, m := range c.telegram.Messages(place.chat) {
			at, now := [2]int64{place.chat, int64(m.ID)}, m.Lines()
			before, known := c.seen[at]
			if m.Topic != place.topic || before == now || !m.From.IsBot {
				continue
			}
			c.seen[at] = now
			verb, to := "shows", &out
			switch {
			case m.Deleted:
				verb = "lost"
			case known:
				verb = "now shows"
			case m.ReplyTo != 0:
				verb, to = "replies", &replies
			}
			fmt.Fprintf(to, "%s %s:\n%s", place.name, verb, c.masked(now))
		}
	}
	return out.String() + replies.String()
}
