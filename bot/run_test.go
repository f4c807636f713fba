package bot

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// logged waits until the log has a text.
func (s *stage) logged(text string) {
	s.t.Helper()
	s.until("log: "+text, func() bool { return strings.Contains(s.log.String(), text) })
}

// TestTokenRefused goes on when the token works at last.
func TestTokenRefused(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{
		"unauthorized": telegramtest.Unauthorized(), "no token at all": telegramtest.Refuse(404, "Not Found"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.telegram.Fault("getMe", 3, fault)
			s.start()
			s.logged("set TELEGRAM_BOT_TOKEN to the one that @BotFather gave")
			s.logged("gatehouse queue")
			s.held(17, "Troll", "You moron")
			s.press(s.card("#17").ID, "Approve", anna)
		})
	}
}

// TestOutage loses Telegram for a while: what happened meanwhile is shown
// afterwards, also what the outbox gave up on.
func TestOutage(t *testing.T) {
	s := newStage(t)
	s.start()
	s.logged("Telegram knows the bot")
	s.held(17, "Troll", "You moron")
	s.card("#17")
	s.quiet()
	s.telegram.Fault("*", -1, telegramtest.BadGateway())
	s.telegram.Say(mods, anna, "wake up")
	s.logged("Telegram can't be reached")
	s.held(18, "Troll", "You other moron")
	s.store.change(func() { s.store.outbox = nil }) // given up
	s.telegram.ClearFaults()
	s.card("#18")
	s.logged("Telegram is back")
}

func TestWebhookIsRemoved(t *testing.T) {
	s := newStage(t)
	resp, err := http.PostForm(s.cfg.APIURL+"/bot"+testToken+"/setWebhook", map[string][]string{"url": {"https://a.example"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	s.start()
	s.logged("had a webhook")
	s.held(17, "Troll", "You moron")
	s.press(s.card("#17").ID, "Approve", anna)
}

func TestAnotherProgramListens(t *testing.T) {
	s := newStage(t)
	s.telegram.Fault("getUpdates", 1, telegramtest.Refuse(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"))
	s.start()
	s.logged("another program listens with the bot's token")
	s.logged("Telegram is back")
}

// TestPoisonedUpdate does not hold up the others: one that makes a handler
// panic, one that can't be read, and one that fails while the store works.
func TestPoisonedUpdate(t *testing.T) {
	s := newStage(t)
	s.start()
	s.held(17, "Troll", "You moron")
	card := s.card("#17")
	s.quiet()
	s.store.change(func() { s.store.panics = true })
	if _, err := s.telegram.Press(mods, card.ID, "Spam", anna); err != nil {
		t.Fatal(err)
	}
	s.logged("its handler panicked")
	if got := s.press(card.ID, "Approve", anna); got != "✅ Approved" {
		t.Errorf("answer %q", got)
	}
	s.quiet()
	s.telegram.Fault("sendMessage", -1, telegramtest.ServerError())
	s.telegram.Say(mods, anna, "/queue")
	s.logged("update given up")
	s.telegram.ClearFaults()
	s.telegram.Say(mods, anna, "/queue")
	s.card("Nothing waits")
}

func TestUnreadableUpdate(t *testing.T) {
	s := newStage(t)
	b, err := New(s.cfg, s.store, s.store, s.store, s.store)
	if err != nil {
		t.Fatal(err)
	}
	l := newListener(b)
	for _, raw := range []string{`{"update_id": 7, "message": 5}`, `[]`, `{"update_id": 9, "poll": {}}`} {
		if !l.take(t.Context(), []byte(raw)) {
			t.Errorf("%s is not taken", raw)
		}
	}
	if l.offset() != 10 {
		t.Errorf("offset %d", l.offset())
	}
}

// TestUnwantedReplyIsDropped does not wait where a chat does not want answers.
func TestUnwantedReplyIsDropped(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{"429": telegramtest.TooMany(3600), "403": telegramtest.Blocked()} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.start()
			s.quiet()
			s.telegram.Fault("sendMessage", 1, fault)
			s.telegram.Say(stranger, stranger, "/start")
			if name == "403" {
				s.logged("command not answered")
			}
			s.telegram.Say(mods, anna, "/queue")
			s.card("Nothing waits")
		})
	}
}

// TestNothingIsSaidTwiceAfterAStop confirms the last updates on the way out.
func TestNothingIsSaidTwiceAfterAStop(t *testing.T) {
	s := newStage(t)
	s.start()
	s.telegram.Say(mods, anna, "/queue")
	s.card("Nothing waits")
	s.stop()
	if n := s.telegram.Pending(); n != 0 {
		t.Errorf("%d updates wait", n)
	}
	s.start()
	s.quiet()
	if n := len(s.cards(mods)); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// TestTokenIsNeverShown looks for the token in every error and log line that a
// broken way to Telegram gives.
func TestTokenIsNeverShown(t *testing.T) {
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1"+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer redirect.Close()
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"ok":false,"error_code":404,"description":"nothing at ` + r.URL.Path + `"}`))
	}))
	defer echo.Close()
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer hang.Close()
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	broken := telegramtest.New(testToken)
	broken.Fault("*", -1, telegramtest.CutBefore())
	cutting := httptest.NewServer(broken)
	defer cutting.Close()
	tests := []struct{ name, url, token string }{
		{"refused connection", "http://127.0.0.1:1", testToken},
		{"no such host", "http://no-such-host.invalid", testToken},
		{"redirect", redirect.URL, testToken},
		{"echo", echo.URL, testToken},
		{"hang", hang.URL, testToken},
		{"endless answer", endless.URL, testToken},
		{"cut", cutting.URL, testToken},
		{"token with control characters", echo.URL, "42:TESTSECRETTOKEN\x7f\n%41"},
		{"token that is a path", echo.URL, "42:../TESTSECRETTOKEN?x#y"},
		{"address that is none", "http://[::1", testToken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log syncBuffer
			s := newStage(t)
			s.cfg.Token, s.cfg.APIURL, s.cfg.Timeout = moderation.NewSecret(test.token), test.url, 100*time.Millisecond
			s.cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
			b, err := New(s.cfg, s.store, s.store, s.store, s.store)
			if err == nil {
				s.held(17, "Troll", "You moron")
				_, err = b.Send(t.Context(), moderation.Delivery{Kind: moderation.DeliverCard, Payload: []byte(`{"case":117}`)})
				b.complain(t.Context(), b.newPause(), err)
			}
			if err == nil {
				t.Fatal("no error")
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error()+log.String(), "TESTSECRETTOKEN") {
					t.Errorf("the token is in %v\n%s", e, log.String())
				}
			}
		})
	}
}

// TestConcurrentTaps taps and changes at once: each case is decided once, and
// each card shows it.
func TestConcurrentTaps(t *testing.T) {
	s := newStage(t)
	s.start()
	const n = 20
	for i := range n {
		s.held(moderation.CommentID(i+1), "Troll", "You moron")
	}
	s.until("all cards", func() bool { return len(s.cards(mods)) == n })
	var tapping sync.WaitGroup
	for _, m := range s.cards(mods) {
		for _, user := range []int64{anna, bert, stranger} {
			tapping.Go(func() {
				if _, err := s.telegram.Press(mods, m.ID, []string{"Approve", "Spam", "Abuse"}[user%3], user); err != nil {
					s.log.Write([]byte(err.Error())) // the card was decided before: no such button
				}
			})
		}
	}
	tapping.Wait()
	s.quiet()
	if made := s.store.decisions(); len(made) != n {
		t.Errorf("%d decisions", len(made))
	}
	for _, m := range s.cards(mods) {
		if !strings.Contains(m.Text, " by ") || len(labels(m)) != 1 {
			t.Errorf("card %q with %v", m.Text, labels(m))
		}
	}
}

func TestNewRefuses(t *testing.T) {
	s := newStage(t)
	for name, change := range map[string]func(*Config){
		"no token":      func(c *Config) { c.Token = moderation.Secret{} },
		"wrong address": func(c *Config) { c.APIURL = "api.telegram.org" },
	} {
		cfg := s.cfg
		change(&cfg)
		if _, err := New(cfg, s.store, s.store, s.store, s.store); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	cfg := s.cfg
	cfg.Home.Chat = 0
	s.store.down = errors.New("disk full")
	if _, err := New(cfg, s.store, s.store, s.store, s.store); err == nil {
		t.Error("a store that is down: no error")
	}
}
