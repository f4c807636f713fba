package bot

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// faults are the ways in which one call goes wrong and a later one works.
func faults() map[string]telegramtest.Fault {
	return map[string]telegramtest.Fault{
		"429":           telegramtest.TooMany(1),
		"500":           telegramtest.ServerError(),
		"502 page":      telegramtest.BadGateway(),
		"403":           telegramtest.Blocked(),
		"401":           telegramtest.Unauthorized(),
		"cut before":    telegramtest.CutBefore(),
		"chat unknown":  telegramtest.Refuse(400, "Bad Request: chat not found"),
		"no rights":     telegramtest.Refuse(400, "Bad Request: not enough rights to send text messages to the chat"),
		"empty refusal": telegramtest.Refuse(400, ""),
	}
}

// TestCardSurvivesFaults breaks the sending and the redrawing of a card three
// times each: in the end the chat shows one card, as the case is.
func TestCardSurvivesFaults(t *testing.T) {
	for name, fault := range faults() {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.flows()
			s.start()
			s.quiet()
			s.telegram.Fault("sendMessage", 3, fault)
			id := s.held(17, "Troll", "You moron")
			card := s.card("#17")
			s.telegram.Fault("editMessageText", 3, fault)
			s.store.alter(id, func(v *moderation.CaseView) { v.Comment.Text = "You dear" })
			s.quiet()
			list := s.cards(mods)
			if len(list) != 1 || list[0].ID != card.ID || !strings.Contains(list[0].Text, "You dear") {
				t.Errorf("the chat shows %+v", list)
			}
		})
	}
}

// TestTapSurvivesFaults breaks what a tap leads to: the decision is made once,
// and the card follows.
func TestTapSurvivesFaults(t *testing.T) {
	for name, fault := range faults() {
		for _, method := range []string{"getUpdates", "answerCallbackQuery", "editMessageText"} {
			t.Run(method+" "+name, func(t *testing.T) {
				s := newStage(t)
				s.flows()
				s.start()
				s.held(17, "Troll", "You moron")
				card := s.card("#17")
				s.quiet()
				s.telegram.Fault(method, 2, fault)
				if _, err := s.telegram.Press(mods, card.ID, "Approve", anna); err != nil {
					t.Fatal(err)
				}
				s.until("a decided card", func() bool { return slices.Equal(labels(s.cards(mods)[0]), []string{"↩️ Undo"}) })
				s.quiet()
				if made := s.store.decisions(); len(made) != 1 || made[0].By.ID != "telegram:1001" {
					t.Errorf("decisions %+v", made)
				}
			})
		}
	}
}

// TestAnswerToTheSendingIsLost leaves a card that nobody remembers: it decides
// all the same, is adopted, and follows from then on like the other one.
func TestAnswerToTheSendingIsLost(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.telegram.Fault("sendMessage", 1, telegramtest.CutAfter())
	s.held(17, "Troll", "You moron")
	s.until("a second card", func() bool { return len(s.cards(mods)) == 2 })
	s.quiet()
	orphan := s.cards(mods)[0]
	if got := s.press(orphan.ID, "Approve", anna); got != "✅ Approved" {
		t.Errorf("answer %q", got)
	}
	s.quiet()
	for _, m := range s.cards(mods) {
		if !slices.Equal(labels(m), []string{"↩️ Undo"}) {
			t.Errorf("card %d has %v", m.ID, labels(m))
		}
	}
	s.press(orphan.ID, "Undo", bert)
	s.quiet()
	for _, m := range s.cards(mods) {
		if len(labels(m)) != 4 {
			t.Errorf("after the undo card %d has %v", m.ID, labels(m))
		}
	}
}

// TestAnswerToTheEditIsLost is harmless: the edit is made again, and nothing is
// modified.
func TestAnswerToTheEditIsLost(t *testing.T) {
	s := newStage(t)
	s.start()
	id := s.held(17, "Troll", "You moron")
	s.card("#17")
	s.quiet()
	s.telegram.Fault("editMessageText", 1, telegramtest.CutAfter())
	s.store.alter(id, func(v *moderation.CaseView) { v.Comment.Text = "You dear" })
	s.quiet()
	list := s.cards(mods)
	if len(list) != 1 || !strings.Contains(list[0].HTML, "<blockquote>You dear</blockquote>") {
		t.Errorf("the chat shows %+v", list)
	}
}

func TestDuplicateUpdates(t *testing.T) {
	s := newStage(t)
	s.start()
	s.held(17, "Troll", "You moron")
	card := s.card("#17")
	s.telegram.Fault("getUpdates", 3, telegramtest.Duplicate())
	s.press(card.ID, "Approve", anna)
	s.telegram.Say(mods, anna, "/queue")
	s.quiet()
	s.press(card.ID, "Undo", anna)
	s.quiet()
	s.press(card.ID, "Spam", anna)
	s.quiet()
	if s.store.calls != 3 {
		t.Errorf("%d things were done: %+v", s.store.calls, s.store.decisions())
	}
	if n := len(s.cards(mods)); n != 2 {
		t.Errorf("%d messages for a card and an answer", n)
	}
}

// TestUpdateAgainAfterACrash delivers an update to a second bot that the first
// one has carried out and not confirmed.
func TestUpdateAgainAfterACrash(t *testing.T) {
	s := newStage(t)
	s.start()
	s.held(17, "Troll", "You moron")
	card := s.card("#17")
	s.quiet()
	s.telegram.Fault("answerCallbackQuery", 1, telegramtest.Hang())
	if _, err := s.telegram.Press(mods, card.ID, "Approve", anna); err != nil {
		t.Fatal(err)
	}
	s.until("a decision", func() bool { return len(s.store.decisions()) == 1 })
	s.telegram.Fault("getUpdates", 1, telegramtest.CutBefore()) // nor is the end confirmed
	s.stop()
	if s.telegram.Pending() != 1 {
		t.Fatalf("%d updates wait", s.telegram.Pending())
	}
	// Somebody takes the decision back in the meantime: it must not come again.
	if _, err := s.store.Undo(t.Context(), moderation.UndoOrder{Comment: 17, By: moderation.Actor{ID: "cli:root"}}); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.quiet()
	if made := s.store.decisions(); len(made) != 2 {
		t.Errorf("decisions %+v", made)
	}
	if got := labels(s.cards(mods)[0]); len(got) != 4 {
		t.Errorf("the card has %v", got)
	}
}

func TestExpiredTapIsDecided(t *testing.T) {
	s := newStage(t)
	s.held(17, "Troll", "You moron")
	s.start()
	card := s.card("#17")
	s.stop()
	query, err := s.telegram.Press(mods, card.ID, "Approve", anna)
	if err != nil {
		t.Fatal(err)
	}
	s.telegram.Expire(query)
	s.start()
	s.quiet()
	if made := s.store.decisions(); len(made) != 1 {
		t.Errorf("decisions %+v", made)
	}
	if strings.Contains(s.log.String(), "tap not answered") {
		t.Errorf("an expired tap is complained of:\n%s", s.log)
	}
}

// TestCardCantBeEdited replaces an open card that Telegram does not edit any
// more, and lets a decided one be.
func TestCardCantBeEdited(t *testing.T) {
	s := newStage(t)
	s.start()
	id := s.held(17, "Troll", "You moron")
	old := s.card("#17")
	s.quiet()
	s.telegram.Freeze(mods, old.ID)
	s.store.alter(id, func(v *moderation.CaseView) { v.Comment.Text = "You dear" })
	s.quiet()
	list := s.cards(mods)
	if len(list) != 2 || !strings.Contains(list[1].Text, "You dear") {
		t.Fatalf("the chat shows %+v", list)
	}
	s.telegram.Freeze(mods, list[1].ID)
	s.press(list[1].ID, "Spam", anna)
	s.quiet()
	if n := len(s.cards(mods)); n != 2 {
		t.Errorf("%d messages", n)
	}
	if got := s.press(old.ID, "Approve", bert); !strings.HasPrefix(got, "Anna already called this spam") {
		t.Errorf("the old card answers %q", got)
	}
}

func TestCardWithoutMarkup(t *testing.T) {
	s := newStage(t)
	s.start()
	s.quiet()
	s.telegram.Fault("sendMessage", 1, telegramtest.Refuse(400, "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 5"))
	s.held(17, "Troll", "You moron at https://a.example")
	card := s.card("#17")
	if len(card.Entities) != 0 || len(labels(card)) != 4 || !strings.Contains(card.Text, "│ You moron") {
		t.Errorf("card %+v", card)
	}
}

// TestDecidedBeforeShown needs no card.
func TestDecidedBeforeShown(t *testing.T) {
	s := newStage(t)
	id := s.held(17, "Troll", "You moron")
	s.store.alter(id, func(v *moderation.CaseView) {
		v.Case.State, v.Decision = moderation.CaseDecided, &moderation.Decision{ID: 1, Choice: moderation.ChooseSpam}
	})
	s.start()
	s.quiet()
	if list := s.cards(mods); len(list) != 0 {
		t.Errorf("the chat shows %+v", list)
	}
}

// TestSend shows what the outbox is told.
func TestSend(t *testing.T) {
	s := newStage(t)
	id := s.held(17, "Troll", "You moron")
	card := func(payload string) moderation.Delivery {
		return moderation.Delivery{Kind: moderation.DeliverCard, Payload: json.RawMessage(payload)}
	}
	good := card(`{"case": 117}`)
	tests := []struct {
		name        string
		delivery    moderation.Delivery
		fault       telegramtest.Fault
		down        error
		recoverable bool
		later       time.Duration
		err         string
	}{
		{name: "another kind", delivery: moderation.Delivery{Kind: "callback"}, err: `a delivery of kind "callback" is none`},
		{name: "no case", delivery: card(`{}`), err: "names no case"},
		{name: "no JSON", delivery: card(`17`), err: "names no case"},
		{name: "unknown case", delivery: card(`{"case": 5}`), err: "not found"},
		{name: "store is down", delivery: good, down: errors.New("disk full"), recoverable: true, err: "disk full"},
		{name: "too many", delivery: good, fault: telegramtest.TooMany(7), recoverable: true, later: 7 * time.Second, err: "asked to wait 7s"},
		{name: "no network", delivery: good, fault: telegramtest.CutBefore(), recoverable: true, err: "sendMessage: "},
		{name: "proxy", delivery: good, fault: telegramtest.BadGateway(), recoverable: true, err: "status 502 Bad Gateway"},
		{name: "server error", delivery: good, fault: telegramtest.ServerError(), recoverable: true, err: "Internal Server Error"},
		{name: "thrown out", delivery: good, fault: telegramtest.Blocked(), recoverable: true, err: "Forbidden"},
		{name: "token revoked", delivery: good, fault: telegramtest.Unauthorized(), recoverable: true, err: "Unauthorized"},
		{name: "sent", delivery: good},
		{name: "sent before", delivery: good, fault: telegramtest.ServerError()}, // nothing is left to call
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var err error
			if s.bot, err = New(s.cfg, s.store, s.store, s.store, s.store); err != nil {
				t.Fatal(err)
			}
			s.telegram.ClearFaults()
			if test.fault != (telegramtest.Fault{}) {
				s.telegram.Fault("*", 2, test.fault)
			}
			s.store.change(func() { s.store.down = test.down })
			defer s.store.change(func() { s.store.down = nil })
			recoverable, err := s.bot.Send(t.Context(), test.delivery)
			var later *moderation.LaterError
			wait := time.Duration(0)
			if errors.As(err, &later) {
				wait = later.After
			}
			if recoverable != test.recoverable || wait != test.later || (err == nil) != (test.err == "") ||
				err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("got %v, %v (wait %s)", recoverable, err, wait)
			}
		})
	}
	if cards, _ := s.store.CardsOf(t.Context(), id); len(cards) != 1 {
		t.Errorf("cards %+v", cards)
	}
}

// TestUnshowableCard shows that a card which Telegram takes in no form does not keep
// the others waiting.
func TestUnshowableCard(t *testing.T) {
	s := newStage(t)
	s.telegram.Fault("sendMessage", 2, telegramtest.Refuse(400, "Bad Request: BUTTON_DATA_INVALID"))
	s.held(17, "Troll", "You moron")
	s.held(18, "Other", "You worthless moron")
	s.start()
	s.card("#18")
	s.quiet()
	if cards := s.cards(mods); len(cards) != 1 {
		t.Errorf("the chat shows %+v", cards)
	}
	if log := s.log.String(); !strings.Contains(log, "takes the card of a case in no form") {
		t.Errorf("the log does not say so:\n%s", log)
	}
	s.pass(unshownFor)
	s.card("#17")
}

// TestAnotherChat moves the moderators to another chat: what is open is shown
// there too, the old cards follow while the bot is in the old chat, and are
// forgotten when it is not.
func TestAnotherChat(t *testing.T) {
	const later = int64(-200)
	s := newStage(t)
	s.telegram.AddChat(telegramtest.Chat{ID: later, Title: "new mods"}, anna)
	s.start()
	s.held(17, "Troll", "You moron")
	s.card("#17")
	s.stop()
	s.cfg.Home.Chat = later
	s.start()
	s.until("a card in the new chat", func() bool { return len(s.cards(later)) == 1 })
	if _, err := s.telegram.Press(later, s.cards(later)[0].ID, "Spam", anna); err != nil {
		t.Fatal(err)
	}
	s.quiet()
	for _, m := range append(s.cards(mods), s.cards(later)...) {
		if !slices.Equal(labels(m), []string{"↩️ Undo"}) {
			t.Errorf("the card in %d has %v", m.Chat, labels(m))
		}
	}
	s.telegram.Fault("editMessageText", 1, telegramtest.Refuse(403, "Forbidden: bot was kicked from the group chat"))
	if _, err := s.telegram.Press(later, s.cards(later)[0].ID, "Undo", anna); err != nil {
		t.Fatal(err)
	}
	s.quiet()
	cards, err := s.store.CardsOf(t.Context(), 117)
	if err != nil || len(cards) != 1 || cards[0].Chat != later {
		t.Errorf("cards %+v, %v", cards, err)
	}
	if got := labels(s.cards(later)[0]); len(got) != 4 {
		t.Errorf("the card in the new chat has %v", got)
	}
}
