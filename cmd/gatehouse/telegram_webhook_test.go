package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
)

// TestTelegramBringsUpdates has Telegram bring taps and commands to the service,
// several times each and over a kill: each is done once.
func TestTelegramBringsUpdates(t *testing.T) {
	const token, secret = "42:webhook-test-token", "WEBHOOK_test_secret"
	telegram := telegramtest.New(token)
	telegram.AddUser(telegramtest.User{ID: firstMod, FirstName: "Mo"})
	telegram.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod)
	api := httptest.NewServer(telegram)
	defer api.Close()
	p := newProcess(t, "TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat), fmt.Sprintf("TELEGRAM_MODERATORS=%d", firstMod))
	defer p.kill() // before the server that it calls
	p.env = append(p.env, "TELEGRAM_WEBHOOK_URL=http://"+p.address+"/telegram/webhook", "TELEGRAM_WEBHOOK_SECRET_FILE="+p.writeFile("secret", secret+"\n"),
		"GATEHOUSE_CONFIG="+p.writeFile("gatehouse.yaml", "telegram: {per_second: -1, webhook_secret: unused}\n"))
	taken := func(body string) func() bool {
		return func() bool { status, _ := p.bring(secret, body); return status == http.StatusOK }
	}
	webhook := func() (registered bool) {
		for _, c := range telegram.Calls() {
			registered = registered || c.Method == "setWebhook" && c.Params["secret_token"] == secret
			if c.Method == "getUpdates" {
				t.Error("the service asks for updates")
			}
		}
		return registered
	}
	blog := p.addSite("blog", "")
	p.start()
	until(t, "a webhook", webhook)
	body := []byte(`{"id": "c1", "body": "You are a worthless moron and everybody hates you."}`)
	if status, answer, err := (blogClient{p.address, "blog", blog}).submit(t.Context(), "msg_1", body); err != nil || answer.Status != "held" {
		t.Fatalf("%d %+v, %v", status, answer, err)
	}
	card := func() *telegramtest.Message {
		for _, m := range telegram.Messages(modsChat) {
			if len(m.Buttons) > 1 {
				return &m
			}
		}
		return nil
	}
	until(t, "a card", func() bool { return card() != nil })
	tap := fmt.Sprintf(`{"update_id":900,"callback_query":{"id":"q900","from":{"id":%d,"first_name":"Mo"},"data":%q,"message":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"supergroup"}}}}`,
		firstMod, card().Buttons[0][0].Data, card().ID, modsChat)
	queue := fmt.Sprintf(`{"update_id":5,"message":{"message_id":77,"date":1,"text":"/queue","from":{"id":%d,"first_name":"Mo"},"chat":{"id":%d,"type":"supergroup"}}}`, firstMod, modsChat)
	for _, wrong := range []string{"", "unused", secret + "x"} {
		if status, said := p.bring(wrong, tap); status != http.StatusUnauthorized || said != "" {
			t.Errorf("secret %q: %d %q", wrong, status, said)
		}
	}
	for range 2 {
		until(t, "the tap is taken", taken(tap))
		until(t, "the command is taken", taken(queue))
		p.kill()
		p.start()
		until(t, "a webhook", webhook)
	}
	until(t, "the tap is taken", taken(tap))
	until(t, "the command is taken", taken(queue))
	answers := 0
	for _, c := range telegram.Calls() {
		if c.Method == "answerCallbackQuery" || c.Method == "sendMessage" && c.Params["reply_markup"] == "" {
			answers++
		}
	}
	if answers != 2 {
		t.Errorf("%d answers to a tap and a command", answers)
	}
	if out, _, err := p.run("queue"); err != nil || strings.Contains(out, "moron") {
		t.Errorf("the queue after the tap: %s, %v", out, err)
	}
	p.wantNowhere(token, secret)
}

// bring hands the service an update as Telegram does, and returns what it answers.
func (p *process) bring(secret, body string) (status int, said string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.address+"/telegram/webhook", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data)
}

// wantNowhere looks for secrets in the log and in whatever is in the data folder.
func (p *process) wantNowhere(secrets ...string) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "data", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, path := range append(files, p.log.Name()) {
		data, err := os.ReadFile(path)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, secret := range secrets {
			if strings.Contains(string(data), secret) {
				p.t.Errorf("%s has the secret %s", path, secret)
			}
		}
	}
}
