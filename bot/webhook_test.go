package bot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

const (
	hookAddress = "https://gatehouse.example/telegram/webhook"
	hookSecret  = "TESTWEBHOOKSECRET"
)

// hooked returns a stage whose bot Telegram brings updates to. The tests bring
// them.
func hooked(t *testing.T, change ...func(*Config)) *stage {
	s := newStage(t, append([]func(*Config){func(c *Config) {
		c.Webhook = Webhook{URL: hookAddress, Secret: moderation.NewSecret(hookSecret)}
		c.PollTimeout = time.Millisecond
	}}, change...)...)
	t.Cleanup(s.telegram.Close)
	return s
}

// registered waits until the bot has told Telegram of its webhook.
func (s *stage) registered() (call telegramtest.Call) {
	s.t.Helper()
	s.until("a webhook", func() bool {
		i := slices.IndexFunc(s.telegram.Calls(), func(c telegramtest.Call) bool { return c.Method == "setWebhook" })
		if i >= 0 {
			call = s.telegram.Calls()[i]
		}
		return i >= 0 && strings.Contains(s.log.String(), "Telegram brings what moderators do")
	})
	return call
}

// bring hands the bot an update as Telegram does, and returns the status and what
// the handler says.
func (s *stage) bring(secret, body string) (int, error) {
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/telegram/webhook", strings.NewReader(body))
	if secret != "" {
		r.Header.Set(secretHeader, secret)
	}
	w := httptest.NewRecorder()
	err := s.bot.Webhook()(w, r)
	if w.Body.Len() > 0 {
		s.t.Errorf("the handler says %q", w.Body)
	}
	return w.Code, err
}

// saying is the update of a moderator's command.
func saying(number int, words string) string {
	return fmt.Sprintf(`{"update_id": %d, "message": {"message_id": %d, "date": 1, "text": %q, "from": {"id": 1001, "first_name": "Anna"}, "chat": {"id": -100, "type": "group", "title": "mods"}}}`,
		number, number, words)
}

func TestWebhookIsRegistered(t *testing.T) {
	s := hooked(t)
	s.start()
	p := s.registered().Params
	if p["url"] != hookAddress || p["secret_token"] != hookSecret || p["allowed_updates"] != allowedUpdates || p["max_connections"] == "" {
		t.Errorf("setWebhook %v", p)
	}
	if list := s.offsets(); len(list) != 0 {
		t.Errorf("the bot asks for updates: %v", list)
	}
	// Somebody takes it away.
	resp, err := http.Get(s.cfg.APIURL + "/bot" + testToken + "/deleteWebhook") //nolint:noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	s.logged("the bot's webhook is gone, and is set again")
	if strings.Contains(s.log.String(), hookSecret) {
		t.Errorf("the secret is in the log:\n%s", s.log)
	}
}

func TestWebhookSecretIsMadeUp(t *testing.T) {
	made := map[string]bool{}
	for range 2 {
		s := hooked(t, func(c *Config) { c.Webhook.Secret = moderation.Secret{} })
		s.start()
		secret := s.registered().Params["secret_token"]
		if len(secret) < 20 || made[secret] {
			t.Errorf("secret %q", secret)
		}
		made[secret] = true
		if status, err := s.bring(secret, saying(5, "/queue")); status != http.StatusOK || err != nil {
			t.Errorf("%d, %v", status, err)
		}
		s.card("Nothing waits")
		s.stop()
	}
}

// TestWebhookSecret tells whoever does not know the secret nothing, and does
// nothing for them.
func TestWebhookSecret(t *testing.T) {
	s := hooked(t)
	s.start()
	s.registered()
	for _, secret := range []string{"", "TESTWEBHOOKSECRE", "TESTWEBHOOKSECRETX", strings.ToLower(hookSecret)} {
		for _, body := range []string{saying(5, "/queue"), "no JSON", strings.Repeat("x", 2*MaxUpdate)} {
			if status, err := s.bring(secret, body); status != http.StatusUnauthorized || err != nil {
				t.Errorf("%q: %d, %v", secret, status, err)
			}
		}
	}
	if status, err := s.bring(hookSecret, saying(5, "/help")); status != http.StatusOK || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if list := s.cards(mods); len(list) != 1 || !strings.Contains(list[0].Text, "/help") {
		t.Errorf("the chat shows %+v", list)
	}
}

func TestWebhookTakesWhatItCan(t *testing.T) {
	s := hooked(t)
	s.start()
	s.registered()
	for body, want := range map[string]error{
		"no JSON":                             nil, // brought again it would be the same
		`{"message": {}}`:                     nil,
		`{"update_id": 4, "message": 5}`:      nil,
		`{"update_id": 5, "poll": {}}`:        nil,
		strings.Repeat(" ", MaxUpdate) + `{}`: moderation.ErrTooLarge,
	} {
		if status, err := s.bring(hookSecret, body); status != http.StatusOK || !errors.Is(err, want) {
			t.Errorf("%.40q: %d, %v", body, status, err)
		}
	}
}

// TestWebhookBringsTwice delivers a tap several times at once, and a command again
// to the next process.
func TestWebhookBringsTwice(t *testing.T) {
	s := hooked(t)
	s.start()
	s.registered()
	s.held(17, "Troll", "You moron")
	card := s.card("#17")
	tap := fmt.Sprintf(`{"update_id": 7, "callback_query": {"id": "q7", "from": {"id": 1001, "first_name": "Anna"}, "data": %q, "message": {"message_id": %d, "date": 1, "chat": {"id": -100, "type": "group"}}}}`,
		card.Buttons[0][0].Data, card.ID)
	var bringing sync.WaitGroup
	for range 5 {
		bringing.Go(func() {
			if status, err := s.bring(hookSecret, tap); status != http.StatusOK || err != nil {
				t.Errorf("%d, %v", status, err)
			}
		})
	}
	bringing.Wait()
	answered := 0
	for _, c := range s.telegram.Calls() {
		if c.Method == "answerCallbackQuery" {
			answered++
		}
	}
	if made := s.store.decisions(); len(made) != 1 || answered != 1 {
		t.Errorf("%d answers, decisions %+v", answered, made)
	}
	for range 2 {
		if status, err := s.bring(hookSecret, saying(8, "/queue")); status != http.StatusOK || err != nil {
			t.Errorf("%d, %v", status, err)
		}
		s.stop()
		s.start()
		s.until("a bot that is ready", s.bot.hook.ready.Load)
	}
	s.quiet()
	if list := s.cards(mods); len(list) != 2 {
		t.Errorf("the chat shows %+v", list)
	}
}

// TestWebhookWaitsForTheStore asks Telegram to come again until an update is done
// and written down, and answers it once.
func TestWebhookWaitsForTheStore(t *testing.T) {
	for name, set := range map[string]func(*fake, error){
		"down": func(f *fake, err error) { f.down = err },
		"full": func(f *fake, err error) { f.full = err },
	} {
		t.Run(name, func(t *testing.T) {
			s := hooked(t)
			s.start()
			s.registered()
			s.bot.hook.patience = 50 * time.Millisecond
			s.store.change(func() { set(s.store, errFull) })
			for range 2 {
				if _, err := s.bring(hookSecret, saying(5, "/queue")); !errors.Is(err, moderation.ErrNotReady) {
					t.Errorf("error %v", err)
				}
			}
			s.store.change(func() { set(s.store, nil) })
			for range 2 {
				if status, err := s.bring(hookSecret, saying(5, "/queue")); status != http.StatusOK || err != nil {
					t.Errorf("%d, %v", status, err)
				}
			}
			if list := s.cards(mods); len(list) != 1 {
				t.Errorf("%d answers", len(list))
			}
		})
	}
}

// TestWebhookGivesUp does not let an update that Telegram does not let succeed
// come again for ever.
func TestWebhookGivesUp(t *testing.T) {
	s := hooked(t)
	s.start()
	s.registered()
	s.bot.hook.patience = 100 * time.Millisecond
	s.telegram.Fault("sendMessage", -1, telegramtest.Hang())
	var err error
	for range maxTries {
		_, err = s.bring(hookSecret, saying(5, "/queue"))
	}
	if err != nil {
		t.Errorf("error %v\n%s", err, s.log)
	}
	s.telegram.ClearFaults()
	if _, err := s.bring(hookSecret, saying(6, "/queue")); err != nil {
		t.Errorf("error %v", err)
	}
	s.card("Nothing waits")
}

func TestWebhookIsNotReady(t *testing.T) {
	s := hooked(t)
	var err error
	if s.bot, err = New(s.cfg, s.store, s.store, s.store, s.store); err != nil {
		t.Fatal(err)
	}
	if _, err := s.bring(hookSecret, saying(5, "/queue")); !errors.Is(err, moderation.ErrNotReady) {
		t.Errorf("error %v", err)
	}
	s.cfg.Webhook = Webhook{}
	if s.bot, err = New(s.cfg, s.store, s.store, s.store, s.store); err != nil || s.bot.Webhook() != nil {
		t.Errorf("a bot that asks for updates has a handler, or %v", err)
	}
}

// TestWebhookOutage brings the chats up to date when Telegram is back.
func TestWebhookOutage(t *testing.T) {
	s := hooked(t)
	s.start()
	s.registered()
	s.telegram.Fault("*", -1, telegramtest.BadGateway())
	s.logged("Telegram can't be reached")
	if got := s.bot.Trouble(); !strings.Contains(got, "can't be reached") || !strings.Contains(got, "502") {
		t.Errorf("trouble %q", got)
	}
	s.held(18, "Troll", "You other moron")
	s.store.change(func() { s.store.outbox = nil }) // given up
	s.telegram.ClearFaults()
	s.card("#18")
	s.logged("Telegram is back")
	if got := s.bot.Trouble(); got != "" {
		t.Errorf("trouble %q", got)
	}
}

// TestWebhookTrouble tells of what Telegram can't bring, until it can.
func TestWebhookTrouble(t *testing.T) {
	s := hooked(t)
	b, err := New(s.cfg, s.store, s.store, s.store, s.store)
	if err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) int { return int(s.clock().Add(d).Unix()) }
	start := s.clock()
	steps := []struct {
		name    string
		info    tgbotapi.WebhookInfo
		trouble bool
	}{
		{"well", tgbotapi.WebhookInfo{PendingUpdateCount: 1}, false},
		{"an error of the process before", tgbotapi.WebhookInfo{PendingUpdateCount: 1, LastErrorDate: at(-time.Minute), LastErrorMessage: "Wrong response from the webhook: 401 Unauthorized"}, false},
		{"fails", tgbotapi.WebhookInfo{PendingUpdateCount: 3, LastErrorDate: at(time.Minute), LastErrorMessage: "Connection refused"}, true},
		{"still fails", tgbotapi.WebhookInfo{PendingUpdateCount: 3, LastErrorDate: at(time.Minute), LastErrorMessage: "Connection refused"}, true},
		{"brought", tgbotapi.WebhookInfo{LastErrorDate: at(time.Minute), LastErrorMessage: "Connection refused"}, false},
	}
	for _, step := range steps {
		b.hook.note(step.info, start)
		if got := b.Trouble(); (got != "") != step.trouble || step.trouble && !strings.Contains(got, "Connection refused; 3 updates wait") {
			t.Errorf("%s: trouble %q", step.name, got)
		}
	}
	if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors for one trouble:\n%s", n, s.log)
	}
	s.pass(time.Hour)
	b.hook.last.Store(s.clock().Unix())
	b.hook.note(steps[2].info, start)
	if got := b.Trouble(); got != "" {
		t.Errorf("after an update that was brought: %q", got)
	}
}

func TestWebhookRefusesSettings(t *testing.T) {
	s := newStage(t)
	for name, w := range map[string]Webhook{
		"no address":        {Secret: moderation.NewSecret("x")},
		"no https":          {URL: "gatehouse.example/telegram/webhook"},
		"ftp":               {URL: "ftp://gatehouse.example/telegram/webhook"},
		"secret with space": {URL: hookAddress, Secret: moderation.NewSecret("two words")},
		"long secret":       {URL: hookAddress, Secret: moderation.NewSecret(strings.Repeat("x", 257))},
	} {
		s.cfg.Webhook = w
		if _, err := New(s.cfg, s.store, s.store, s.store, s.store); !errors.Is(err, moderation.ErrInvalid) || strings.Contains(err.Error(), "two words") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestTurns lets one in at a time, of those that wait the smallest number first.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		leave, ok := all.enter(t.Context(), 9)
		if !ok {
			t.Fatal("nobody is there, and nobody comes in")
		}
		var order []int
		wait := func(ctx context.Context, number int) {
			go func() {
				if leave, ok := all.enter(ctx, number); ok {
					order = append(order, number)
					leave()
				}
			}()
			synctest.Wait()
		}
		gone, cancel := context.WithCancel(t.Context())
		wait(t.Context(), 12)
		wait(gone, 10)
		wait(t.Context(), 11)
		wait(t.Context(), 11)
		cancel()
		synctest.Wait()
		leave()
		synctest.Wait()
		if !slices.Equal(order, []int{11, 11, 12}) {
			t.Errorf("order %v", order)
		}
		if _, ok := all.enter(t.Context(), 1); !ok {
			t.Error("it is not free at the end")
		}
	})
}
