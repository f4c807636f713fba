package telegramtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
	"github.com/google/go-cmp/cmp"

	"gatehouse/bot/telegramtest"
)

// receiver is a bot's webhook.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status []int // of the next answers; then 200
	said   []string
	secret string
}

func newReceiver(t *testing.T, status ...int) *receiver {
	t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var u tgbotapi.Update
	if err := json.NewDecoder(req.Body).Decode(&u); err != nil || req.Method != http.MethodPost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.secret = req.Header.Get("X-Telegram-Bot-Api-Secret-Token")
	if u.Message != nil {
		r.said = append(r.said, u.Message.Text)
	}
	if len(r.status) > 0 {
		w.WriteHeader(r.status[0])
		r.status = r.status[1:]
	}
}

// got returns what has come in.
func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.said...)
}

// drained waits until no update waits.
func drained(t *testing.T, s *telegramtest.Server) {
	t.Helper()
	until(t, s, func() bool { return s.Pending() == 0 })
}

// webhookInfo is what getWebhookInfo says.
type webhookInfo struct {
	URL     string   `json:"url"`
	Pending int      `json:"pending_update_count"`
	Failed  int64    `json:"last_error_date"`
	Why     string   `json:"last_error_message"`
	Allowed []string `json:"allowed_updates"`
}

func info(t *testing.T, address string) (i webhookInfo) {
	t.Helper()
	if err := json.Unmarshal(post(t, address, "getWebhookInfo").Result, &i); err != nil {
		t.Fatal(err)
	}
	return i
}

func TestWebhook(t *testing.T) {
	s, address := telegram(t, telegramtest.PlainWebhooks())
	r := newReceiver(t)
	s.Say(group, anna, "a")
	post(t, address, "setWebhook", "url", r.URL+"/hook", "secret_token", "s3cret", "allowed_updates", `["message"]`)
	s.Say(group, anna, "b")
	if _, err := s.PressData(group, 1, "x", anna); err != nil {
		t.Fatal(err)
	}
	drained(t, s)
	if diff := cmp.Diff([]string{"a", "b"}, r.got()); diff != "" || r.secret != "s3cret" {
		t.Errorf("secret %q; (-want +got):\n%s", r.secret, diff)
	}
	want := webhookInfo{URL: r.URL + "/hook", Allowed: []string{"message"}}
	if diff := cmp.Diff(want, info(t, address)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	post(t, address, "deleteWebhook")
	s.Say(group, anna, "c")
	if n := len(updates(t, address)); n != 1 || len(r.got()) != 2 {
		t.Errorf("%d updates wait, and %v came in", n, r.got())
	}
}

// TestWebhookTriesAgain refuses an update twice: it comes again, and the next
// one waits for it.
func TestWebhookTriesAgain(t *testing.T) {
	s, address := telegram(t, telegramtest.PlainWebhooks())
	r := newReceiver(t, http.StatusBadGateway, http.StatusFound, http.StatusNoContent)
	s.Say(group, anna, "a")
	s.Say(group, anna, "b")
	post(t, address, "setWebhook", "url", r.URL)
	drained(t, s)
	if diff := cmp.Diff([]string{"a", "a", "a", "b"}, r.got()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if i := info(t, address); i.Why != "Wrong response from the webhook: 302 Found" || i.Failed == 0 {
		t.Errorf("info %+v", i)
	}
	s.Close()
}

// TestWebhookAway sets a webhook where nobody listens.
func TestWebhookAway(t *testing.T) {
	s, address := telegram(t, telegramtest.PlainWebhooks(), telegramtest.WebhookPauses(time.Millisecond, time.Millisecond))
	r := newReceiver(t)
	r.Close()
	s.Say(group, anna, "a")
	post(t, address, "setWebhook", "url", r.URL)
	until(t, s, func() bool { return info(t, address).Why != "" })
	if i := info(t, address); i.Why != "Connection refused" || i.Pending != 1 {
		t.Errorf("info %+v", i)
	}
	post(t, address, "deleteWebhook", "drop_pending_updates", "true")
	s.Close()
	if n := s.Pending(); n != 0 {
		t.Errorf("%d updates wait", n)
	}
}

// TestWebhookFaults loses deliveries and answers on the way.
func TestWebhookFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault telegramtest.Fault
		want  []string
	}{
		{"before", telegramtest.CutBefore(), []string{"a", "b", "c"}},
		{"after", telegramtest.CutAfter(), []string{"a", "a", "b", "c"}},
		{"duplicate", telegramtest.Duplicate(), []string{"a", "a", "b", "c"}},
		{"reorder", telegramtest.Reorder(), []string{"c", "a", "b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, address := telegram(t, telegramtest.PlainWebhooks())
			r := newReceiver(t)
			for _, text := range []string{"a", "b", "c"} {
				s.Say(group, anna, text)
			}
			s.Fault("webhook", 1, test.fault)
			post(t, address, "setWebhook", "url", r.URL)
			drained(t, s)
			if diff := cmp.Diff(test.want, r.got()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWebhookEndsAPoll(t *testing.T) {
	s, address := telegram(t)
	first := make(chan answer)
	go func() { first <- post(t, address, "getUpdates", "timeout", "50") }()
	waitForCalls(t, s, 1)
	post(t, address, "setWebhook", "url", "https://a.example:8443/hook")
	if a := <-first; a.Code != http.StatusConflict {
		t.Errorf("the poll gets %+v", a)
	}
}

func TestWebhookRefused(t *testing.T) {
	_, address := telegram(t)
	tests := []struct{ name, url, secret, want string }{
		{"no address", "x", "", "Bad Request: invalid webhook URL specified"},
		{"http", "http://a.example", "", "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"},
		{"port", "https://a.example:8080/", "", "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"},
		{"secret", "https://a.example/", "geheim!", "Bad Request: secret token contains unallowed characters"},
		{"fine", "https://a.example:88/x", "A-z_9", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if a := post(t, address, "setWebhook", "url", test.url, "secret_token", test.secret); a.Description != test.want {
				t.Errorf("got %+v", a)
			}
		})
	}
}
