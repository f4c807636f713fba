package telegramtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/bot/telegramtest"
)

// client is the Go client, pointed at the server.
func client(t *testing.T, address string) *tgbotapi.BotAPI {
	t.Helper()
	api, err := tgbotapi.NewBotAPIWithAPIEndpoint(token, strings.Replace(address, token+"/", "%s/%s", 1))
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// TestClient walks the way of a card with the Go client.
func TestClient(t *testing.T) {
	s, address := telegram(t)
	api := client(t, address)
	if api.Self.UserName != "gatehouse_bot" || !api.Self.IsBot {
		t.Errorf("getMe gives %+v", api.Self)
	}
	card := tgbotapi.NewMessage(group, "<b>Troll</b>: <code>http://a.example</code>")
	card.ParseMode = tgbotapi.ModeHTML
	card.ReplyMarkup = tgbotapi.NewInlineKeyboardMarkup(tgbotapi.NewInlineKeyboardRow(
		tgbotapi.NewInlineKeyboardButtonData("✅ Approve", "approve:1:1")))
	sent, err := api.Send(card)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Text != "Troll: http://a.example" || len(sent.Entities) != 2 || sent.Chat.ID != group || sent.From.ID != api.Self.ID {
		t.Errorf("sent %+v", sent)
	}
	query, err := s.Press(group, sent.MessageID, "Approve", anna)
	if err != nil {
		t.Fatal(err)
	}
	list, err := api.GetUpdates(tgbotapi.UpdateConfig{Timeout: 5})
	if err != nil || len(list) != 1 {
		t.Fatalf("updates %+v, %v", list, err)
	}
	tap := list[0].CallbackQuery
	if tap.ID != query || tap.Data != "approve:1:1" || tap.From.ID != anna || tap.Message.MessageID != sent.MessageID {
		t.Errorf("tap %+v", tap)
	}
	if _, err := api.Request(tgbotapi.NewCallback(query, "Approved")); err != nil {
		t.Error(err)
	}
	edited, err := api.Send(tgbotapi.NewEditMessageText(group, sent.MessageID, "Approved by Anna"))
	if err != nil || edited.EditDate == 0 || edited.ReplyMarkup != nil {
		t.Errorf("edited %+v, %v", edited, err)
	}
	m := s.Messages(group)[0]
	if m.Text != "Approved by Anna" || !m.Edited || len(m.Buttons) != 0 || m.HTML != "Approved by Anna" {
		t.Errorf("message %+v", m)
	}
	if _, err := api.Request(tgbotapi.NewDeleteMessage(group, sent.MessageID)); err != nil {
		t.Error(err)
	}
	if m := s.Messages(group)[0]; !m.Deleted {
		t.Error("not deleted")
	}
}

// TestFaults shows each fault as the Go client sees it, and that the next call
// is whole again.
func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		fault  telegramtest.Fault
		code   int // 0: no answer of Telegram's
		says   string
		wait   int
		effect bool
	}{
		{name: "too many", fault: telegramtest.TooMany(7), code: 429, says: "Too Many Requests: retry after 7", wait: 7},
		{name: "server error", fault: telegramtest.ServerError(), code: 500, says: "Internal Server Error"},
		{name: "token revoked", fault: telegramtest.Unauthorized(), code: 401, says: "Unauthorized"},
		{name: "blocked", fault: telegramtest.Blocked(), code: 403, says: "Forbidden: bot was blocked by the user"},
		{name: "anything", fault: telegramtest.Refuse(400, "Bad Request: no"), code: 400, says: "Bad Request: no"},
		{name: "proxy", fault: telegramtest.BadGateway(), says: "invalid character '<'"},
		{name: "cut before", fault: telegramtest.CutBefore(), says: "EOF"},
		{name: "cut after", fault: telegramtest.CutAfter(), says: "EOF", effect: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, address := telegram(t)
			api := client(t, address)
			s.Fault("sendmessage", 1, test.fault)
			_, err := api.Send(tgbotapi.NewMessage(group, "x"))
			var refused *tgbotapi.Error
			if errors.As(err, &refused) != (test.code != 0) || err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error %v", err)
			}
			if test.code != 0 && (refused.Code != test.code || refused.RetryAfter != test.wait) {
				t.Errorf("error %+v", refused)
			}
			if got := len(s.Messages(group)) == 1; got != test.effect {
				t.Errorf("took effect: %v", got)
			}
			if _, err := api.Send(tgbotapi.NewMessage(group, "x")); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func TestHangAndClear(t *testing.T) {
	s, address := telegram(t)
	s.Fault("*", -1, telegramtest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"getMe", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Error("a hanging call answers")
	}
	s.ClearFaults()
	if a := post(t, address, "getMe"); !a.OK {
		t.Errorf("got %+v", a)
	}
}

// watchedBody tells when a call has read its first n bytes.
type watchedBody struct {
	io.ReadCloser
	n    int
	past chan struct{}
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if before := b.n; before > 0 {
		if b.n -= n; b.n <= 0 {
			close(b.past)
		}
	}
	return n, err
}

// TestHeld has a call wait, which takes effect once it may go on.
func TestHeld(t *testing.T) {
	s, address := telegram(t)
	s.AddChat(telegramtest.Chat{ID: -7, Title: "held"})
	until := make(chan struct{})
	s.Fault("sendMessage", 1, telegramtest.Held(until))
	answered := make(chan bool)
	go func() { answered <- post(t, address, "sendMessage", "chat_id", "-7", "text", "late").OK }()
	called := func() bool { return len(s.Calls()) == 1 }
	if err := s.Until(t.Context(), called); err != nil || len(s.Messages(-7)) != 0 {
		t.Errorf("a call that waits has had its effect, %v", err)
	}
	close(until)
	if ok := <-answered; !ok || len(s.Messages(-7)) != 1 {
		t.Errorf("answered %t, and the chat shows %+v", ok, s.Messages(-7))
	}
}

// TestHangEndsWithTheCaller lets a call go whose caller leaves after the last byte of
// a form and before the end of the body.
func TestHangEndsWithTheCaller(t *testing.T) {
	const form = "--b\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n-100\r\n--b--\r\n"
	s := telegramtest.New(token)
	s.Fault("*", -1, telegramtest.Hang())
	read, over := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(over)
		r.Body = &watchedBody{r.Body, len(form), read}
		s.ServeHTTP(w, r)
	}))
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /bot%s/sendPhoto HTTP/1.1\r\nHost: telegram\r\nContent-Type: multipart/form-data; boundary=b\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", token, len(form), form)
	<-read
	conn.Close()
	select {
	case <-over:
		server.Close()
	case <-time.After(30 * time.Second):
		t.Fatal("the call hangs on without its caller")
	}
}
