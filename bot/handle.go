package bot

import (
	"context"
	"strconv"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
)

// handle is what the data of a button say that is about no case: about a mark, a mode,
// an order about a raid or a comment of a list. At, when that was made, keeps a handle of another database
// from being about something else of the same number.
type handle struct {
	Verb   string
	Site   moderation.SiteID
	Number int64 // of the mark, the mode, the order or the comment
	At     int64 // Unix milliseconds
}

// The verbs of handles.
const (
	verbUnmark = "unmark"  // below the message that says what was done
	verbAsk    = "asklift" // of a mark in a list
	verbLift   = "lift"    // below the question whether to
	verbMarks  = "marks"   // back to the list
	verbEnd    = "end"     // of a mode
	verbCard   = "card"    // of a comment in a list
	verbAuthor = "author"  // of a comment in a list of authors

	verbUndoAll = "undoall" // of an order about a raid
)

// handleRow is a row of the table of handles: who may use it, and what that does.
type handleRow struct {
	who moderation.Role
	run func(*Bot, context.Context, handleTap) (string, error)
}

// handles is the table of what is done with handles; see [buttons].
func handles() map[string]handleRow {
	return map[string]handleRow{
		verbUnmark:  {leads, (*Bot).tapUnmark},
		verbAsk:     {leads, (*Bot).tapAskLift},
		verbLift:    {leads, (*Bot).tapLift},
		verbMarks:   {looks, (*Bot).tapMarks},
		verbEnd:     {leads, (*Bot).tapEnd},
		verbCard:    {looks, (*Bot).tapCard},
		verbAuthor:  {looks, (*Bot).tapAuthor},
		verbUndoAll: {decides, (*Bot).tapUndoAll},
	}
}

// String returns the callback data: verb:site:number:at, at most 50 bytes.
func (h handle) String() string {
	return strings.Join([]string{h.Verb, strconv.FormatInt(int64(h.Site), base), strconv.FormatInt(h.Number, base), strconv.FormatInt(h.At, base)}, ":")
}

// parseHandle reads what [handle.String] wrote.
func parseHandle(data string) (handle, bool) {
	fields := strings.Split(data, ":")
	if len(fields) != 4 || handles()[fields[0]].run == nil {
		return handle{}, false
	}
	var numbers [3]int64
	for i, field := range fields[1:] {
		n, err := strconv.ParseInt(field, base, 64)
		if err != nil || n <= 0 {
			return handle{}, false
		}
		numbers[i] = n
	}
	h := handle{Verb: fields[0], Site: moderation.SiteID(numbers[0]), Number: numbers[1], At: numbers[2]}
	return h, h.String() == data
}

// button returns a button with the handle.
func (h handle) button(label string) tgbotapi.InlineKeyboardButton {
	return tgbotapi.NewInlineKeyboardButtonData(label, h.String())
}

// markHandle is the handle of a mark.
func markHandle(verb string, m moderation.Mark) handle {
	return handle{Verb: verb, Site: m.Site, Number: int64(m.ID), At: m.At.UnixMilli()}
}

// modeHandle is the handle of a change of mode.
func modeHandle(m moderation.ModeChange) handle {
	return handle{Verb: verbEnd, Site: m.Site, Number: int64(m.ID), At: m.At.UnixMilli()}
}

// commentHandle is a handle of the comment of v.
func commentHandle(verb string, v moderation.CaseView) handle {
	return handle{Verb: verb, Site: v.Site.ID, Number: int64(v.Comment.ID), At: max(1, v.At.UnixMilli())}
}

// handleTap is a moderator's tap on a handle.
type handleTap struct {
	handle
	query   string
	user    *tgbotapi.User
	person  moderation.Moderator // what the user may do
	message *tgbotapi.Message    // nil: Telegram did not say
	topic   int                  // in which the message is; 0: none
}

// place returns where the tapped message is, and false where it has no such button:
// clients can send any data with any message.
func (t handleTap) place() (place, bool) {
	if t.message == nil || t.message.Chat == nil || t.message.ReplyMarkup == nil {
		return place{}, false
	}
	for _, row := range t.message.ReplyMarkup.InlineKeyboard {
		for _, b := range row {
			if b.CallbackData != nil && *b.CallbackData == t.String() {
				return place{t.message.Chat.ID, t.message.MessageID, t.topic}, true
			}
		}
	}
	return place{}, false
}

// carryOutHandle does what a tap on a handle asks for.
func (b *Bot) carryOutHandle(ctx context.Context, t handleTap) error {
	row := handles()[t.Verb]
	switch {
	case !t.person.Sees(t.Site):
		b.answer(ctx, t.query, noModerator)
		return nil
	case !t.person.Role.Allows(row.who):
		b.answer(ctx, t.query, lacks(row.who))
		return nil
	}
	notice, err := row.run(b, ctx, t)
	if err != nil {
		var known bool
		if notice, known = b.explain(err, actor(t.user)); !known {
			return err
		}
	}
	b.answer(ctx, t.query, notice)
	return nil
}

// tell makes the tapped message say what became of it, without that button.
func (t handleTap) tell(ctx context.Context, b *Bot, s *sheet, k keyboard) {
	if at, ok := t.place(); ok {
		b.rewrite(ctx, at, s, k)
	}
}

// rewrite gives a message of the bot's another text and other buttons. Where that
// fails the message stays as it is, which is logged: what it told of is done.
func (b *Bot) rewrite(ctx context.Context, at place, s *sheet, k keyboard) {
	send := func(ctx context.Context) error {
		return b.write(ctx, "editMessageText", tgbotapi.Params{
			"chat_id": strconv.FormatInt(at.chat, 10), "message_id": strconv.Itoa(at.message), "reply_markup": k.markup(),
		}, s, nil)
	}
	if err := b.answerLater(send(ctx), send); err != nil && !isUnmodified(err) {
		b.log.Info("message not rewritten", "err", err)
	}
}
