package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// TestShutdownFinishesTaps tells the program to end while a tap is in hand and another
// waits behind it: the first stands when it has ended, and after the next start both do,
// once, are answered, and are seen on their cards.
func TestShutdownFinishesTaps(t *testing.T) {
	for name, in := range map[string]struct {
		call  string // that waits
		never bool   // it is not answered before the program ends
	}{
		"as it is answered":                    {call: "answerCallbackQuery"},
		"and its answer is not taken any more": {call: "answerCallbackQuery", never: true},
		"as its card is edited":                {call: "editMessageText"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTapStage(t)
			taps := []string{s.press(1, "Spam"), s.press(2, "Approve")}
			hold, gone := make(chan struct{}), len(s.telegram.Calls())
			s.telegram.Fault(in.call, 1, telegramtest.Held(hold))
			s.start()
			until(t, "the first tap is in hand", func() bool {
				return slices.ContainsFunc(s.telegram.Calls()[gone:], func(c telegramtest.Call) bool { return c.Method == in.call })
			})
			began := time.Now()
			if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			s.untilClosed()
			if !in.never {
				close(hold)
			}
			err := s.cmd.Wait()
			s.cmd = nil
			if took := time.Since(began); err != nil || took > shutdownTime+farewellTime+2*time.Second {
				t.Errorf("it ended with %v after %s, want status 0 within the limit", err, took)
			}
			s.wantDecided(1, "spam")
			if in.never {
				close(hold)
			}
			s.start()
			until(t, "both taps are answered and confirmed", func() bool {
				return s.answer(taps[0]) == "🗑 Spam" && s.answer(taps[1]) == "✅ Approved" && s.telegram.Pending() == 0
			})
			until(t, "both cards show it", func() bool { return s.card(1, "Undo") != nil && s.card(2, "Undo") != nil })
			s.wantDecided(1, "spam")
			s.wantDecided(2, "approve")
		})
	}
}

// tapStage is a program that has ended, with two comments whose cards are in the chat.
type tapStage struct {
	*process
	telegram *telegramtest.Server
}

func newTapStage(t *testing.T) *tapStage {
	t.Helper()
	telegram, p := newTelegram(t, "42:shutdown-test-token")
	p.env = append(p.env, "GATEHOUSE_CONFIG="+p.writeFile("gatehouse.yaml", "telegram: {per_second: -1}\n"))
	s := &tapStage{p, telegram}
	secret := p.addSite("blog", "")
	p.start()
	for n := range 2 {
		body := fmt.Appendf(nil, `{"id": "c%d", "author": {"name": "Reader %[1]d"}, "body": %q}`, n+1, strings.Repeat("really ", n)+insult)
		status, answer, err := blogClient{p.address, "blog", secret}.submit(t.Context(), fmt.Sprint("msg_", n), body)
		if err != nil || status != http.StatusOK || answer.Action != moderation.Hold {
			t.Fatalf("submit: %d %+v, %v", status, answer, err)
		}
	}
	until(t, "there are cards", func() bool { return s.card(1, "Spam") != nil && s.card(2, "Approve") != nil })
	p.kill()
	return s
}

// card returns the card of a comment, if it has a button.
func (s *tapStage) card(number int, button string) *telegramtest.Message {
	return with((&moderator{chat: s.telegram}).cards()[number], button)
}

// press taps a button of a comment's card.
func (s *tapStage) press(number int, button string) (query string) {
	s.t.Helper()
	query, err := s.telegram.Press(modsChat, s.card(number, button).ID, button, firstMod)
	if err != nil {
		s.t.Fatal(err)
	}
	return query
}

func (s *tapStage) answer(query string) string {
	words, _, _ := s.telegram.Answer(query)
	return words
}

// wantDecided checks that one decision was made on a comment, in Telegram.
func (s *tapStage) wantDecided(number int, choice moderation.Choice) {
	s.t.Helper()
	var shown shownJSON
	if err := json.Unmarshal([]byte(s.must("show", fmt.Sprint(number), "--json")), &shown); err != nil {
		s.t.Fatal(err)
	}
	if d := shown.Decisions; len(d) != 1 || d[0].Decision != choice || d[0].DecidedBy != "Mo" || d[0].Via != "telegram" {
		s.t.Errorf("decided on comment %d is %+v, want %s by Mo", number, d, choice)
	}
}
