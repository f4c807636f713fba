package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// TestTheCardOfAnErasedCommentGoes takes a card away of which nothing is known but where
// it stands: at once, after Telegram failed, and after two days, when Telegram deletes
// nothing more and only words are left in its place.
func TestTheCardOfAnErasedCommentGoes(t *testing.T) {
	failure := telegramtest.BadGateway()
	for name, tc := range map[string]struct {
		age    time.Duration
		fault  *telegramtest.Fault
		leaves string // in the card's place
	}{
		"at once":         {},
		"after a failure": {fault: &failure},
		"after two days":  {age: 72 * time.Hour, leaves: erasedWords},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.start()
			gone := s.held(17, "Zwickelbert", "you worthless moron")
			s.held(18, "Yvonne", "another worthless moron")
			card, other := s.card("you worthless"), s.card("another worthless")
			s.quiet()
			s.pass(tc.age)
			if tc.fault != nil {
				s.telegram.Fault("deleteMessage", 1, *tc.fault)
			}
			payload, err := json.Marshal(moderation.ErasedCard{Chat: mods, Message: card.ID})
			if err != nil {
				t.Fatal(err)
			}
			s.store.change(func() {
				delete(s.store.cases, gone)
				s.store.outbox = append(s.store.outbox, moderation.Delivery{Kind: moderation.DeliverErased, Payload: payload})
			})
			s.until("the card is gone", func() bool {
				for _, m := range s.telegram.Messages(mods) {
					if m.ID == card.ID {
						return m.Deleted == (tc.leaves == "") && (m.Deleted || m.Text == tc.leaves && len(m.Buttons) == 0)
					}
				}
				return false
			})
			s.quiet()
			for _, m := range s.cards(mods) {
				if strings.Contains(m.Text, "Zwickelbert") || strings.Contains(m.Text, "you worthless") {
					t.Errorf("message %d shows what was erased: %q", m.ID, m.Text)
				}
			}
			if left := s.card("another worthless"); left.ID != other.ID {
				t.Errorf("the other card stands at %d, and stood at %d", left.ID, other.ID)
			}
		})
	}
}

// TestAnErasureThatNamesNoMessage is given up on.
func TestAnErasureThatNamesNoMessage(t *testing.T) {
	s := newStage(t)
	s.start()
	for _, payload := range []string{`{}`, `rubbish`, `{"chat": 5, "message": -1}`} {
		recoverable, err := s.bot.Send(t.Context(), moderation.Delivery{Kind: moderation.DeliverErased, Payload: []byte(payload)})
		if recoverable || err == nil || !strings.Contains(err.Error(), "names no message") {
			t.Errorf("%s: recoverable %t, %v", payload, recoverable, err)
		}
	}
}
