package bot

import (
	"context"
	"slices"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// banTime is one of the times for which a moderator bans with a tap.
type banTime struct {
	label string
	lasts time.Duration // 0: for good
}

func banTimes() []banTime {
	return []banTime{{"24 h", 24 * time.Hour}, {"7 days", 7 * 24 * time.Hour}, {"For good", 0}}
}

// banChoice is how far somebody got with the question how to ban.
type banChoice struct {
	by    moderation.Subject
	sweep bool // what waits of theirs is rejected, too
	time  int  // which of banTimes, from 1; 0: not chosen yet
}

// number is the choice as it stands in the data of a button, above 0.
func (c banChoice) number() int64 {
	n := int64(slices.Index(moderation.Subjects(), c.by))*8 + int64(c.time) + 1
	if c.sweep {
		n += 4
	}
	return n
}

// banChoiceOf reads what [banChoice.number] wrote.
func banChoiceOf(n int64) (banChoice, bool) {
	n--
	all := moderation.Subjects()
	if n < 0 || n >= int64(8*len(all)) {
		return banChoice{}, false
	}
	return banChoice{by: all[n/8], sweep: n&4 != 0, time: int(n & 3)}, true
}

// byWords says what a ban by a subject does, and what it does not.
func byWords(by moderation.Subject) string {
	switch by {
	case moderation.ByIdentity:
		return "By identity: whatever name they take, as long as they come with the same account, or the same e-mail and network address."
	case moderation.ByEmail:
		return "By e-mail: whoever gives the same address. Others may give it, too."
	case moderation.ByAddress:
		return "By network address: everybody who writes from it, a household or an office."
	case moderation.ByRange:
		return "By address range: everybody in the same /24 (/64 of IPv6), which may be many people."
	}
	return "By the name only: whoever takes another name gets through, and others of this name do not."
}

// tapBan asks how to ban the author of a card, and bans.
func (b *Bot) tapBan(ctx context.Context, t tap) (string, error) {
	choice, isAsked := banChoiceOf(t.Number)
	at, ok := t.place()
	switch {
	case !ok:
		return "Send /ban " + t.view.Case.Comment.String() + " instead.", nil
	case !isAsked:
		return b.askBan(ctx, t.view, at)
	case choice.time > 0 && choice.time <= len(banTimes()):
		return b.carryOutBan(ctx, t, choice, at)
	}
	s, k, err := b.banSheet(ctx, t.view, choice)
	if err == nil {
		b.rewrite(ctx, at, s, k)
	}
	return "", err
}

// askBan answers a message with the question how to ban the author of a comment,
// or returns why that can't be.
func (b *Bot) askBan(ctx context.Context, v moderation.CaseView, to place) (string, error) {
	trace, err := b.desk.TraceOf(ctx, v.Case.Comment)
	if err != nil {
		return "", err
	}
	offered := bases(trace)
	if len(offered) == 0 {
		return "There is nothing to ban by: no identity, no address, and no name of their own. Turn the post strict instead, for a while.", nil
	}
	s, k, err := b.banSheet(ctx, v, banChoice{by: offered[0]})
	if err != nil {
		return "", err
	}
	return "", b.replyWith(ctx, to, s, k)
}

// bases are by what the author of a comment can be banned with a tap.
func bases(t moderation.Trace) []moderation.Subject {
	return slices.DeleteFunc(slices.Clone(t.Subjects), func(by moderation.Subject) bool { return by == moderation.ByAgent })
}

// banSheet asks how to ban: for how long, by what, and with what else.
func (b *Bot) banSheet(ctx context.Context, v moderation.CaseView, c banChoice) (*sheet, keyboard, error) {
	trace, err := b.desk.TraceOf(ctx, v.Case.Comment)
	if err != nil {
		return nil, nil, err
	}
	waiting, err := b.desk.Waiting(ctx, banOf(v, c))
	if err != nil {
		return nil, nil, err
	}
	s := b.sheet().own("🚫 Ban ")
	drawAuthor(s, moderation.Author{Name: v.Author.Name})
	s.own(" on ", oneLine(v.Site.Name, maxName), "?\n", byWords(c.by), "\n")
	k := keyboard{nil}
	for i, time := range banTimes() {
		k[0] = append(k[0], labelled(time.label, verbBan, v, banChoice{c.by, c.sweep, i + 1}.number()))
	}
	if waiting == 0 {
		s.own("Nothing of theirs waits.")
	} else {
		s.own(count(waiting, "comment of theirs waits.", "comments of theirs wait."))
		box := "☐"
		if c.sweep {
			box = "☑"
		}
		k = append(k, []tgbotapi.InlineKeyboardButton{labelled(box+" and reject "+count(waiting, "that waits", "that wait"), verbBan, v, banChoice{c.by, !c.sweep, 0}.number())})
	}
	var others []tgbotapi.InlineKeyboardButton
	for _, by := range bases(trace) {
		if by != c.by {
			others = append(others, labelled("By "+string(by), verbBan, v, banChoice{by, c.sweep, 0}.number()))
		}
	}
	if len(others) > 0 {
		k = append(k, others)
	}
	return s, append(k, row(key(verbLeave, v, 0))), nil
}

// banOf is the mark that a choice stands for.
func banOf(v moderation.CaseView, c banChoice) moderation.Mark {
	return moderation.Mark{Site: v.Site.ID, Kind: moderation.MarkBan, Subject: c.by, Comment: v.Case.Comment}
}

// carryOutBan bans, and has the question say so.
func (b *Bot) carryOutBan(ctx context.Context, t tap, c banChoice, at place) (string, error) {
	m := banOf(t.view, c)
	m.By, m.Key = actor(t.user), "telegram:"+t.query
	if lasts := banTimes()[c.time-1].lasts; lasts > 0 {
		m.Until = b.cfg.Now().Add(lasts)
	}
	done, err := b.desk.Mark(ctx, m, c.sweep)
	if err != nil {
		return "", err
	}
	s := b.sheet().own("🚫 ")
	drawMark(s, done.Mark, oneLine(t.view.Site.Name, maxName))
	if done.Rejected > 0 {
		s.own("\n", count(done.Rejected, "comment that waited was rejected.", "comments that waited were rejected."))
	}
	if done.Waiting > 0 {
		s.own("\n", count(done.Waiting, "comment of theirs still waits.", "comments of theirs still wait."))
	}
	b.rewrite(ctx, at, s, keyboard{{markHandle(verbUnmark, done.Mark).button("↩️ Undo")}})
	return "🚫 Banned", nil
}

// drawMark writes whom a mark is about, by what, who made it and until when.
func drawMark(s *sheet, m moderation.Mark, site string) {
	s.name(oneLine(m.Shown, maxName)).own(" is ", markedWord(m.Kind), " on ", site, ", by ", string(m.Subject))
	if m.Until.IsZero() {
		s.own(", for good")
	} else {
		s.own(", until ", s.stamp(m.Until))
	}
	s.own(" · ").passage(actorName(m.By))
	if reason := oneLine(m.Reason, maxReason); reason != "" {
		s.own(" · ").passage(reason)
	}
}

// markedWord says what somebody is.
func markedWord(k moderation.MarkKind) string {
	if k == moderation.MarkTrust {
		return "trusted"
	}
	return "banned"
}

// ban is the command that asks how to ban the author of a comment, decided or not.
func (b *Bot) ban(ctx context.Context, r request) error {
	v, ok, err := b.requestedAuthor(ctx, r)
	if err != nil || !ok {
		return err
	}
	notice, err := b.askBan(ctx, v, r.place())
	if err != nil || notice == "" {
		return err
	}
	return b.replyText(ctx, r, notice)
}

// tapTrust trusts the author of a card.
func (b *Bot) tapTrust(ctx context.Context, t tap) (string, error) {
	at, ok := t.place()
	if !ok {
		return "Send /trust " + t.view.Case.Comment.String() + " instead.", nil
	}
	return b.carryOutTrust(ctx, t.view, t.user, "telegram:"+t.query, at)
}

// trust is the command for what [Bot.tapTrust] does.
func (b *Bot) trust(ctx context.Context, r request) error {
	v, ok, err := b.requestedAuthor(ctx, r)
	if err != nil || !ok {
		return err
	}
	notice, err := b.carryOutTrust(ctx, v, r.message.From, r.key(), r.place())
	if err != nil {
		var known bool
		if notice, known = b.explain(err, actor(r.message.From)); !known {
			return err
		}
		return b.replyText(ctx, r, notice)
	}
	if notice == noTrust {
		return b.replyText(ctx, r, notice)
	}
	return nil
}

// noTrust says why a name can't be trusted.
const noTrust = "There is only a name, which anybody can take: such an author can't be trusted. It needs an account, or e-mail and address together."

// carryOutTrust trusts an author and answers a message with that.
func (b *Bot) carryOutTrust(ctx context.Context, v moderation.CaseView, user *tgbotapi.User, order string, to place) (string, error) {
	trace, err := b.desk.TraceOf(ctx, v.Case.Comment)
	if err != nil {
		return "", err
	}
	by, err := trace.Best(moderation.MarkTrust)
	if err != nil {
		return noTrust, nil
	}
	done, err := b.desk.Mark(ctx, moderation.Mark{Site: v.Site.ID, Kind: moderation.MarkTrust, Subject: by, Comment: v.Case.Comment,
		By: actor(user), Key: order}, false)
	if err != nil {
		return "", err
	}
	s := b.sheet().own("⭐ ")
	drawMark(s, done.Mark, oneLine(v.Site.Name, maxName))
	s.own("\nStrict mode lets pass what they write; what is flagged waits as before.")
	return "⭐ Trusted", b.replyWith(ctx, to, s, keyboard{{markHandle(verbUnmark, done.Mark).button("↩️ Undo")}})
}

// tapLeave takes the question how to ban back.
func (b *Bot) tapLeave(ctx context.Context, t tap) (string, error) {
	return b.dismiss(ctx, t, "Nobody was banned.")
}

// dismiss deletes the message of a question, or has it say that nothing came of it.
func (b *Bot) dismiss(ctx context.Context, t tap, nothing string) (string, error) {
	at, ok := t.place()
	if !ok {
		return "", nil
	}
	err := b.paced(ctx, "deleteMessage", tgbotapi.Params{
		"chat_id": strconv.FormatInt(at.chat, 10), "message_id": strconv.Itoa(at.message),
	}, nil)
	if err != nil {
		b.rewrite(ctx, at, b.sheet().own(nothing), nil)
	}
	return "", nil
}
