package bot

import (
	"context"
	"fmt"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// anyone is in the column "who" of a command that strangers may give, too.
const anyone moderation.Role = ""

// command is a row of the table of commands.
type command struct {
	group group
	name  string
	args  string          // as help shows them
	help  string          // empty: not listed
	who   moderation.Role // who may give it, and everybody above
	run   func(*Bot, context.Context, request) error
}

// commands is the table of commands: what there is, who may give it, and what
// /help and Telegram's own list say.
func commands() []command {
	return []command{
		{groupLook, "queue", "worst", "what waits, oldest or worst first", looks, (*Bot).queue},
		{groupLook, "stats", "7d", "a picture of the last days: comments by outcome, time to decision", looks, (*Bot).stats},
		{groupLook, "recent", "", "what was published without a question", looks, (*Bot).recent},
		{groupLook, "decided", "", "what was decided lately, to be undone", looks, (*Bot).decided},
		{groupLook, "find", "WORDS", "comments with these words in the text or the name", looks, (*Bot).find},
		{groupPeople, "author", "NAME", "who that is and what they wrote; or the ID of a comment of theirs", looks, (*Bot).author},
		{groupLook, "thread", "ID", "what came before a comment", looks, (*Bot).thread},
		{groupLook, "similar", "ID", "comments like it, and what became of those", looks, (*Bot).similar},
		{groupLook, "whole", "ID", "the whole text of a comment", looks, (*Bot).whole},
		{groupDecide, "note", "ID TEXT", "a note for the other moderators; or reply to a card with it", decides, (*Bot).note},
		{groupLook, "why", "ID", "every reason why a comment was held", looks, (*Bot).why},
		{groupLook, "show", "ID", "send a comment's card again", looks, (*Bot).show},
		{groupDecide, "approve", "ID", "let a comment through", decides, (*Bot).decide},
		{groupDecide, "spam", "ID", "hide a comment as spam", decides, (*Bot).decide},
		{groupDecide, "abuse", "ID", "hide a comment as abuse", decides, (*Bot).decide},
		{groupDecide, "reject", "ID", "hide a comment and teach nothing", decides, (*Bot).decide},
		{groupDecide, "undo", "ID", "take back what was decided on a comment", decides, (*Bot).undo},
		{groupPeople, "trust", "ID", "let strict mode pass what a comment's author writes", leads, (*Bot).trust},
		{groupPeople, "ban", "ID", "ask how to ban a comment's author", leads, (*Bot).ban},
		{groupPeople, "unban", "ID", "lift the bans of a comment's author, or of a NAME in /bans", leads, (*Bot).unban},
		{groupDecide, "one", "ID", "hide it as abuse and add it to the one's comments", decides, (*Bot).theOne},
		{groupSettings, "strict", "ID", "hold everything on a comment's post for 24 h", leads, (*Bot).strict},
		{groupPeople, "bans", "", "who is banned and who is trusted, to be lifted", looks, (*Bot).bans},
		{groupSettings, "mode", "MODE TIME", "how strict it is; /mode strict 24h; in reply to a card: its post", looks, (*Bot).mode},
		{groupLook, "raids", "", "comments that came together and are alike, to be decided in one go", looks, (*Bot).listRaids},
		{groupLook, "raid", "ID", "the raid that a comment is part of", looks, (*Bot).raid},
		{groupDecide, "skip", "ID", "take a card away for an hour", decides, (*Bot).skip},
		{groupSettings, "pause", "TIME", "no new cards here for a while, but urgent ones; /pause off", decides, (*Bot).pauseCards},
		{groupSettings, pairCommand, "CODE", "make this chat the moderators'", anyone, (*Bot).pair},
		{groupSettings, "help", "", "this list", looks, (*Bot).help},
		{groupSettings, startCommand, "", "", anyone, (*Bot).start},
	}
}

// group is under which heading /help lists a command.
type group string

// The headings, in the order of /help.
const (
	groupDecide   group = "Decide"
	groupLook     group = "Look"
	groupPeople   group = "People"
	groupSettings group = "Settings"
)

// request is a command that somebody gave.
type request struct {
	name    string // of the command
	args    string // what follows it
	message *tgbotapi.Message
	topic   int                  // in which it was given; 0: none
	person  moderation.Moderator // who gave it; zero: a stranger
	sites   []moderation.SiteID  // of which the answer may tell; nil: all
}

// key makes what the command asks for safe to repeat. The numbers of updates begin
// anew now and then, those of a chat's messages do not.
func (r request) key() string {
	return fmt.Sprintf("telegram:message:%d:%d", r.message.Chat.ID, r.message.MessageID)
}

// place returns where the command was given.
func (r request) place() place { return place{r.message.Chat.ID, r.message.MessageID, r.topic} }

// comment reads the number of a comment.
func (r request) comment() (moderation.CommentID, bool) {
	word, _, _ := strings.Cut(r.args, " ")
	id, err := moderation.ParseCommentID(strings.TrimPrefix(word, "#"))
	return id, err == nil
}

// parseCommand reads "/name@bot args". It reports false for what is no command,
// or one for another bot.
func parseCommand(message, self string) (name, args string, ok bool) {
	word, args, _ := strings.Cut(strings.TrimSpace(message), " ")
	if first, rest, cut := strings.Cut(word, "\n"); cut {
		word, args = first, rest+" "+args
	}
	word, ok = strings.CutPrefix(word, "/")
	name, to, addressed := strings.Cut(word, "@")
	if !ok || name == "" || addressed && !strings.EqualFold(to, self) {
		return "", "", false
	}
	return strings.ToLower(name), strings.TrimSpace(args), true
}

// handleMessage carries out a command. Only an error that may pass is returned.
// Whoever may not give it gets no answer.
func (b *Bot) handleMessage(ctx context.Context, m *tgbotapi.Message, topic int) error {
	if m.Chat == nil {
		return nil
	}
	if moved, err := b.handleMove(ctx, m); moved || m.From == nil {
		return err
	}
	name, args, ok := parseCommand(m.Text, b.me().UserName)
	r := request{name: name, args: args, message: m, topic: topic}
	if !ok {
		return b.takeNote(ctx, r)
	}
	for _, c := range commands() {
		switch {
		case c.name != name:
			continue
		case isFaceless(m):
			return b.unmask(ctx, r)
		case c.who != anyone:
			return b.carryOutCommand(ctx, c, r)
		}
		return c.run(b, ctx, r)
	}
	return nil
}

// carryOutCommand carries out a command that not everybody may give. Whoever may give
// none gets no answer.
func (b *Bot) carryOutCommand(ctx context.Context, c command, r request) error {
	l, err := b.layout(ctx)
	if err != nil {
		return err
	}
	person, known := l.roster.Find(r.message.From.ID)
	if !known {
		return nil
	}
	sites, here := l.reach(person, r.message.Chat.ID)
	switch {
	case !here:
		return b.replyText(ctx, r, othersRead)
	case !person.Role.Allows(c.who):
		return b.replyText(ctx, r, lacks(c.who))
	}
	r.person, r.sites = person, sites
	return c.run(b, ctx, r)
}

// askWhich answers a command that needs the number of a comment and has none.
func (b *Bot) askWhich(ctx context.Context, r request) error {
	if r.name == "author" || r.name == "ban" || r.name == "trust" {
		return b.replyText(ctx, r, "Whom? Send /"+r.name+" with a name, or with the number on a card of theirs, like /"+r.name+" 17.")
	}
	return b.replyText(ctx, r, "Which comment? Send /"+r.name+" with the number on its card, like /"+r.name+" 17.")
}

// replyText answers a command with a sentence of ours.
func (b *Bot) replyText(ctx context.Context, r request, words string) error {
	return b.replySheet(ctx, r, b.sheet().own(words))
}

// replySheet answers a command. Where Telegram does not want the answer, nobody
// gets one: an error that would hold everybody up is only returned where it may
// pass in a moment.
func (b *Bot) replySheet(ctx context.Context, r request, s *sheet) error {
	err := b.reply(ctx, r.place(), s)
	if err == nil || isTransient(err) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("command not answered", "command", r.name, "err", err)
	return nil
}
