package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// button is a row of the table of buttons. A tap's run returns what the person
// is told; with redraw the card follows the case afterwards.
type button struct {
	verb   string // in the callback data
	label  string
	redraw bool
	number numbering
	who    moderation.Role // who may press it, and everybody above
	run    func(*Bot, context.Context, tap) (notice string, err error)
}

// The columns "who" of the tables of buttons and of commands.
const (
	looks   = moderation.RoleObserver
	decides = moderation.RoleModerator
	leads   = moderation.RoleSenior
)

// numbering says whether the data of a button have a number of their own.
type numbering int

// What there is of numbers.
const (
	noNumber numbering = iota
	withNumber
	maybeNumber
)

// The verbs of the buttons.
const (
	verbApprove = "approve"
	verbSpam    = "spam"
	verbAbuse   = "abuse"
	verbHide    = "reject"
	verbMore    = "more"
	verbSkip    = "skip"
	verbBack    = "back"
	verbWhy     = "why"
	verbOne     = "one"
	verbTrust   = "trust"
	verbBan     = "ban"
	verbStrict  = "strict"
	verbLeave   = "leave"
	verbUndo    = "undo"
	verbThread  = "thread"
	verbSimilar = "similar"
	verbWhole   = "whole"

	verbRaid       = "raid" // see [Bot.tapRaid]
	verbAllSpam    = "rspam"
	verbAllAbuse   = "rabuse"
	verbAllHide    = "rhide"
	verbAllApprove = "rok"
	verbDiffer     = "differ"
	verbAlone      = "alone"
	verbRaidLeave  = "rleave"
)

// buttons is the table of buttons. Whoever may undo at all may undo what they decided
// themselves; see [Bot.tapUndo].
func buttons() []button {
	return []button{
		{verbApprove, "✅ Approve", true, noNumber, decides, (*Bot).tapDecide},
		{verbSpam, "🗑 Spam", true, noNumber, decides, (*Bot).tapDecide},
		{verbAbuse, "🚫 Abuse", true, noNumber, decides, (*Bot).tapDecide},
		{verbMore, "⋯ More", false, noNumber, looks, (*Bot).tapMore},
		{verbHide, "Hide only", true, noNumber, decides, (*Bot).tapDecide},
		{verbOne, "🎯 The one", true, noNumber, decides, (*Bot).tapOne},
		{verbWhy, "Why?", false, noNumber, looks, (*Bot).tapWhy},
		{verbThread, "Thread", false, noNumber, looks, (*Bot).tapThread},
		{verbSimilar, "Similar", false, noNumber, looks, (*Bot).tapSimilar},
		{verbWhole, "📄 Whole text", false, noNumber, looks, (*Bot).tapWhole},
		{verbSkip, "Skip", false, noNumber, decides, (*Bot).tapSkip},
		{verbBack, "Back", false, noNumber, looks, (*Bot).tapBack},
		{verbTrust, "Trust author", false, noNumber, leads, (*Bot).tapTrust},
		{verbBan, "Ban author", false, maybeNumber, leads, (*Bot).tapBan},
		{verbStrict, "Strict here 24 h", false, noNumber, leads, (*Bot).tapStrict},
		{verbLeave, "Back", false, noNumber, leads, (*Bot).tapLeave},
		{verbUndo, "↩️ Undo", true, withNumber, decides, (*Bot).tapUndo},
		{verbRaid, "🗑 Reject all", false, maybeNumber, decides, (*Bot).tapRaid},
		{verbAllSpam, "🗑 All spam", false, withNumber, decides, (*Bot).tapAll},
		{verbAllAbuse, "🚫 All abuse", false, withNumber, decides, (*Bot).tapAll},
		{verbAllHide, "Hide all (teaches nothing)", false, withNumber, decides, (*Bot).tapAll},
		{verbAllApprove, "✅ Approve all", false, withNumber, decides, (*Bot).tapAll},
		{verbDiffer, "Show those that differ", false, noNumber, looks, (*Bot).tapDiffer},
		{verbAlone, "Alone", false, noNumber, decides, (*Bot).tapAlone},
		{verbRaidLeave, "Back", false, noNumber, decides, (*Bot).tapRaidLeave},
	}
}

// buttonOf returns the button of a verb.
func buttonOf(verb string) (button, bool) {
	for _, b := range buttons() {
		if b.verb == verb {
			return b, true
		}
	}
	return button{}, false
}

// press is what a button's data say: everything that its tap needs, so that a
// card works whatever is remembered of it.
type press struct {
	Verb     string
	Tag      string // of the case: see [moderation.Case]
	Case     moderation.CaseID
	Revision int   // the one that the card shows
	Number   int64 // of undo: of the decision to take back; of ban: see banChoice; else 0
}

const (
	// tagLength is that of a case's tag: eight hexadecimal digits.
	tagLength = 8
	// base is that of the numbers in callback data, which has room for 64 bytes.
	base = 36
)

// String returns the callback data: verb:tag:case:revision, and :number where
// there is one. At most 52 bytes.
func (p press) String() string {
	fields := []string{p.Verb, p.Tag, strconv.FormatInt(int64(p.Case), base), strconv.FormatInt(int64(p.Revision), base)}
	if p.Number != 0 {
		fields = append(fields, strconv.FormatInt(p.Number, base))
	}
	return strings.Join(fields, ":")
}

// errUnknownButton says that callback data are not of this program.
var errUnknownButton = errors.New("not the data of a button")

// parsePress reads what [press.String] wrote.
func parsePress(data string) (press, error) {
	fields := strings.Split(data, ":")
	if len(fields) < 4 || len(fields) > 5 || len(fields[1]) != tagLength || strings.Trim(fields[1], "0123456789abcdef") != "" {
		return press{}, errUnknownButton
	}
	var numbers [3]int64
	for i, field := range fields[2:] {
		n, err := strconv.ParseInt(field, base, 64)
		if err != nil || n <= 0 {
			return press{}, errUnknownButton
		}
		numbers[i] = n
	}
	p := press{
		Verb: fields[0], Tag: fields[1], Case: moderation.CaseID(numbers[0]),
		Revision: int(numbers[1]), Number: numbers[2],
	}
	b, ok := buttonOf(p.Verb)
	if !ok || p.String() != data || b.number != maybeNumber && (b.number == withNumber) != (p.Number != 0) {
		return press{}, errUnknownButton
	}
	return p, nil
}

// keyboard is rows of buttons as Telegram takes them; nil: none.
type keyboard [][]tgbotapi.InlineKeyboardButton

// key returns a button below a card of v.
func key(verb string, v moderation.CaseView, number int64) tgbotapi.InlineKeyboardButton {
	b, _ := buttonOf(verb)
	return labelled(b.label, verb, v, number)
}

// labelled is key with a label of its own.
func labelled(label, verb string, v moderation.CaseView, number int64) tgbotapi.InlineKeyboardButton {
	data := press{Verb: verb, Tag: v.Case.Tag, Case: v.Case.ID, Revision: v.Case.Revision, Number: number}
	return tgbotapi.NewInlineKeyboardButtonData(label, data.String())
}

// usualButtons are those of a card before anybody asks for more: two in a row, so that
// each is wide enough for a thumb.
func usualButtons(v moderation.CaseView) keyboard {
	var k keyboard
	switch {
	case v.Case.State == moderation.CaseWithdrawn:
	case v.Decision != nil && v.Case.State == moderation.CaseDecided:
		k = keyboard{row(key(verbUndo, v, int64(v.Decision.ID)))}
	case v.Case.State == moderation.CaseOpen, v.Status == moderation.Rejected:
		k = keyboard{row(key(verbApprove, v, 0), key(verbSpam, v, 0)), row(key(verbAbuse, v, 0), key(verbMore, v, 0))}
	case v.Status == moderation.Approved:
		k = keyboard{row(key(verbSpam, v, 0), key(verbAbuse, v, 0)), row(key(verbMore, v, 0))}
	}
	if isCut(v) {
		k = append(k, row(key(verbWhole, v, 0)))
	}
	if v.Case.State == moderation.CaseOpen {
		k = append(k, clusterButtons(v)...)
	}
	return k
}

// moreButtons are those behind More.
func moreButtons(v moderation.CaseView) keyboard {
	last := row(key(verbBack, v, 0))
	if v.Case.State == moderation.CaseOpen {
		last = row(key(verbSkip, v, 0), key(verbBack, v, 0))
	}
	return keyboard{
		row(key(verbHide, v, 0), key(verbWhy, v, 0)),
		row(key(verbThread, v, 0), key(verbSimilar, v, 0)),
		row(key(verbTrust, v, 0), key(verbBan, v, 0)),
		row(key(verbOne, v, 0), key(verbStrict, v, 0)),
		last,
	}
}

// markup returns the keyboard as a parameter of a call, without empty rows: Telegram
// takes none that is null.
func (k keyboard) markup() string {
	rows := keyboard{}
	for _, r := range k {
		if len(r) > 0 {
			rows = append(rows, r)
		}
	}
	raw, err := json.Marshal(map[string]keyboard{"inline_keyboard": rows})
	if err != nil {
		return `{"inline_keyboard":[]}` // impossible: the type has nothing that JSON lacks
	}
	return string(raw)
}

// tap is a moderator's tap on a button.
type tap struct {
	press
	view    moderation.CaseView // of the case, just before the tap is carried out
	query   string
	user    *tgbotapi.User
	person  moderation.Moderator // what the user may do
	message *tgbotapi.Message    // the card; nil: Telegram did not say
	topic   int                  // in which the card is; 0: none
}

// place is where a message is.
type place struct {
	chat    int64
	message int
	topic   int // of a forum group; 0: none
}

// spot returns the chat, or the topic of it.
func (p place) spot() moderation.Spot { return moderation.Spot{Chat: p.chat, Topic: p.topic} }

// place returns where the tapped message is, and false where it does not show
// the case that its data name: clients can send any data with any message.
func (t tap) place() (place, bool) {
	if t.message == nil || t.message.Chat == nil || t.message.ReplyMarkup == nil {
		return place{}, false
	}
	for _, row := range t.message.ReplyMarkup.InlineKeyboard {
		for _, b := range row {
			if b.CallbackData == nil {
				continue
			}
			if p, err := parsePress(*b.CallbackData); err == nil && p.Case == t.Case && p.Tag == t.Tag {
				return place{t.message.Chat.ID, t.message.MessageID, t.topic}, true
			}
		}
	}
	return place{}, false
}

// actor returns a Telegram user as the domain names people.
func actor(u *tgbotapi.User) moderation.Actor {
	name := strings.TrimSpace(u.FirstName + " " + u.LastName)
	if name == "" {
		name = u.UserName
	}
	return moderation.Actor{ID: actorID(u.ID), Name: oneLine(name, maxName)}
}

// actorID is how the domain tells a Telegram user apart.
func actorID(user int64) string { return "telegram:" + strconv.FormatInt(user, 10) }

// maxNotice is the longest answer to a tap, in UTF-16 units.
const maxNotice = 200

// handleTap carries out a tap. Only an error that may pass is returned.
func (b *Bot) handleTap(ctx context.Context, q *tgbotapi.CallbackQuery, topic int) error {
	if q.From == nil {
		return nil
	}
	person, known, err := b.person(ctx, q.From)
	switch {
	case err != nil:
		return err
	case !known:
		b.answer(ctx, q.ID, noModerator)
		return nil
	}
	if o, ok := parseHandle(q.Data); ok {
		return b.carryOutHandle(ctx, handleTap{handle: o, query: q.ID, user: q.From, person: person, message: q.Message, topic: topic})
	}
	p, err := parsePress(q.Data)
	if err != nil {
		b.answer(ctx, q.ID, "This button is of another time. /queue says what waits.")
		return nil
	}
	v, err := b.cases.Case(ctx, p.Case)
	switch {
	case errors.Is(err, moderation.ErrNotFound) || err == nil && v.Case.Tag != p.Tag:
		b.answer(ctx, q.ID, foreignCard)
		return nil
	case err != nil:
		return err
	}
	if !person.Sees(v.Site.ID) {
		b.answer(ctx, q.ID, noModerator)
		return nil
	}
	return b.carryOutTap(ctx, tap{press: p, view: v, query: q.ID, user: q.From, person: person, message: q.Message, topic: topic})
}

// noModerator answers the taps of strangers.
const noModerator = "You are not a moderator of this blog."

// lacks says to whom has another role that they may not do something.
func lacks(needed moderation.Role) string {
	if needed == leads {
		return "Only a senior moderator can do that."
	}
	return "You are an observer here: you may look, and not decide."
}

// foreignCard answers a tap on a card whose case this database does not have.
// Its numbers may be those of another comment here.
const foreignCard = "This card is from another installation or an older backup. /queue says what waits."

// carryOutTap does what a tap on a card of ours asks for. A card whose tap is
// refused is drawn again whatever is remembered of it: it showed something else.
func (b *Bot) carryOutTap(ctx context.Context, t tap) error {
	row, _ := buttonOf(t.Verb)
	if !t.person.Role.Allows(row.who) {
		b.answer(ctx, t.query, lacks(row.who))
		return nil
	}
	notice, err := row.run(b, ctx, t)
	refused := err != nil
	if refused {
		var known bool
		if notice, known = b.explain(err, actor(t.user)); !known {
			return err
		}
	}
	b.answer(ctx, t.query, notice)
	if row.redraw || refused {
		b.redrawTapped(ctx, t, refused)
	}
	return nil
}

// redrawTapped makes the tapped card, and the others of its case, follow at
// once. What fails here is made up for by the outbox.
func (b *Bot) redrawTapped(ctx context.Context, t tap, anew bool) {
	var tapped *tappedCard
	if at, ok := t.place(); ok {
		tapped = &tappedCard{place: at, anew: anew}
	}
	if err := b.follow(ctx, t.Case, tapped); err != nil && !errors.Is(err, moderation.ErrNotFound) {
		b.log.Info("card not redrawn at once", "case", t.Case, "err", err)
	}
}

// answer shows a notice to whoever tapped. Without one Telegram would let the
// button spin.
func (b *Bot) answer(ctx context.Context, query, notice string) {
	err := b.door.call(ctx, "answerCallbackQuery", tgbotapi.Params{
		"callback_query_id": query, "text": text.Cut(notice, maxNotice),
	}, nil)
	if err != nil && !isExpired(err) {
		b.log.Info("tap not answered", "err", err)
	}
}

// patience says that a chat takes nothing at the moment.
func patience(after time.Duration) string {
	return "Telegram asks for patience: try again in " + span(max(after, time.Second)) + "."
}

// explain says to whoever asked why something was refused. It reports false for
// errors that are no refusals and may pass.
func (b *Bot) explain(err error, who moderation.Actor) (string, bool) {
	var decided *moderation.DecidedError
	if after, later := retryAfter(err); later {
		return patience(after), true
	}
	switch {
	case errors.As(err, &decided):
		d := decided.Standing
		by := actorName(d.By)
		if d.By.ID == who.ID {
			by = "You"
		}
		return fmt.Sprintf("%s already %s: %s.", by, wordsOf(d.Choice).verb, b.stamp(d.At)), true
	case errors.Is(err, moderation.ErrStale):
		return "The comment has been edited since. Look again.", true
	case errors.Is(err, moderation.ErrWithdrawn):
		return "It was withdrawn by its writer or by the blog.", true
	case errors.Is(err, moderation.ErrAlreadyDecided):
		return "That has been taken back already.", true
	case errors.Is(err, moderation.ErrNotFound):
		return "There is nothing here to act on.", true
	case errors.Is(err, moderation.ErrQueueFull):
		return "Not decided: too much waits for this blog, which does not answer. Try again once it does.", true
	case moderation.IsRefusal(err):
		return "That can't be done: " + oneLine(err.Error(), maxNotice/2), true
	}
	return "", false
}
