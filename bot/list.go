package bot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// listLength is how many a list shows, and listAhead how many more are looked
	// for to say how many there are.
	listLength = 10
	listAhead  = 40
	// listText is how much of each text a list shows, in UTF-16 units.
	listText = 120
	// listReserve is what is left for the last words of a list, in UTF-16 units.
	listReserve = 200
	// buttonsInRow is how many numbered buttons stand beside one another.
	buttonsInRow = 5
)

// listing is a message under way that lists things: each with a number, and with a
// button of that number.
type listing struct {
	sheet   sheet
	buttons keyboard
	listed  int
}

// add lists one more thing, and reports false where a message has no room for it.
func (l *listing) add(h handle, draw func(*sheet)) bool {
	if l.listed == listLength {
		return false
	}
	number := strconv.Itoa(l.listed + 1)
	item := (&sheet{entities: l.sheet.entities}).own("\n\n", number, ". ")
	draw(item)
	if l.sheet.units+item.units > maxText-listReserve {
		return false
	}
	item.entities -= l.sheet.entities
	l.sheet.append(item)
	if l.listed%buttonsInRow == 0 {
		l.buttons = append(l.buttons, nil)
	}
	last := len(l.buttons) - 1
	l.buttons[last] = append(l.buttons[last], h.button(number))
	l.listed++
	return true
}

// addViews lists comments, each with what a function says of it.
func (l *listing) addViews(views []moderation.CaseView, says func(*sheet, moderation.CaseView)) {
	for _, v := range views {
		if !l.add(commentHandle(verbCard, v), func(s *sheet) {
			says(s, v)
			s.own("\n")
			drawFirstWords(s, v)
		}) {
			break
		}
	}
}

// more says how many there are that are not listed.
func (l *listing) more(found int) {
	switch rest := found - l.listed; {
	case rest <= 0:
	case found > listLength+listAhead:
		l.sheet.own(fmt.Sprintf("\n\nand more than %d more.", rest-1))
	default:
		l.sheet.own(fmt.Sprintf("\n\nand %d more.", rest))
	}
}

// drawFirstWords writes who wrote what.
func drawFirstWords(s *sheet, v moderation.CaseView) {
	drawAuthor(s, v.Author)
	s.own(": ")
	switch words := oneLine(v.Comment.Text, listText); {
	case words != "":
		s.passage(words)
	case !v.Comment.PurgedAt.IsZero():
		s.own(purgedWords(v.Comment.PurgedAt))
	default:
		s.own("(nothing that can be seen)")
	}
}

// drawStatus writes what is so of a comment: what was decided and by whom, or where it
// stands without that.
func drawStatus(s *sheet, v moderation.CaseView) {
	if d := v.Decision; d != nil && v.Status != moderation.Withdrawn {
		words := wordsOf(d.Choice)
		s.own(words.mark, " ", words.done, " by ").passage(actorName(d.By))
		return
	}
	s.own(map[moderation.Status]string{
		moderation.Approved: "🟢 published", moderation.Rejected: "⛔ rejected by a rule", moderation.Held: "⏳ waits", moderation.Withdrawn: "🚪 withdrawn",
	}[v.Status])
}

// ago says how long ago something was.
func (b *Bot) ago(t time.Time) string {
	if d := b.cfg.Now().Sub(t); d >= time.Minute {
		return span(d) + " ago"
	}
	return "just now"
}

// replyList answers a command with a list.
func (b *Bot) replyList(ctx context.Context, r request, l *listing) error {
	return b.replyRows(ctx, r, &l.sheet, l.buttons)
}

// replyRows is replySheet with buttons.
func (b *Bot) replyRows(ctx context.Context, r request, s *sheet, k keyboard) error {
	err := b.replyWith(ctx, r.place(), s, k)
	if err == nil || isTransient(err) || ctx.Err() != nil {
		return err
	}
	b.log.Warn("command not answered", "command", r.name, "err", err)
	return nil
}

// listedComment returns the comment that a tapped button of a list names, or why not.
func (b *Bot) listedComment(ctx context.Context, t handleTap) (v moderation.CaseView, at place, why string, err error) {
	at, ok := t.place()
	if !ok {
		return v, at, "Send /show " + strconv.FormatInt(t.Number, 10) + " instead.", nil
	}
	v, err = b.archive.View(ctx, moderation.CommentID(t.Number))
	switch {
	case err != nil:
		return v, at, "", err
	case commentHandle(t.Verb, v) != t.handle:
		return v, at, foreignCard, nil
	case !isOf(v.Site.ID, b.listedFor(ctx, t)):
		return v, at, othersRead, nil
	}
	return v, at, "", nil
}

// othersRead says why something is not told in a chat.
const othersRead = "Others read this chat. Ask me in the moderators' chat, or alone."

// tapCard brings the card of a comment that a list names.
func (b *Bot) tapCard(ctx context.Context, t handleTap) (string, error) {
	v, at, why, err := b.listedComment(ctx, t)
	if err != nil || why != "" {
		return why, err
	}
	brought, err := b.bring(ctx, v, at.spot(), "telegram:"+t.query)
	if _, refused := refusal(err); refused && !isTransient(err) {
		b.log.Warn("card not shown", "comment", v.Comment.ID, "err", err)
		return "Telegram did not take the card. Send /show " + v.Comment.ID.String() + ".", nil
	}
	if err == nil && brought != at.spot() {
		return inOtherTopic, nil
	}
	return "", err
}
