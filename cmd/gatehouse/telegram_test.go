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

// newTelegram returns a pretended Telegram with one moderator and their group, and
// a program that uses it.
func newTelegram(t *testing.T, token string, options ...telegramtest.Option) (*telegramtest.Server, *process) {
	t.Helper()
	telegram := telegramtest.New(token, options...)
	telegram.AddUser(telegramtest.User{ID: firstMod, FirstName: "Mo"})
	telegram.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod)
	api := httptest.NewServer(telegram)
	t.Cleanup(api.Close)
	p := newProcess(t, "TELEGRAM_BOT_TOKEN="+token, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat), fmt.Sprintf("TELEGRAM_MODERATORS=%d", firstMod))
	t.Cleanup(func() { // before the server that it calls
		p.kill()
		telegram.Close()
	})
	return telegram, p
}

// TestTelegramBringsUpdates has Telegram bring taps and commands to the service,
// several times each and over two kills: each is done once.
func TestTelegramBringsUpdates(t *testing.T) {
	t.Parallel()
	const token, secret = "42:webhook-test-token", "WEBHOOK_test_secret"
	telegram, p := newTelegram(t, token, telegramtest.PlainWebhooks())
	p.env = append(p.env, "TELEGRAM_WEBHOOK_URL=http://"+p.address+"/telegram/webhook", "TELEGRAM_WEBHOOK_SECRET_FILE="+p.writeFile("secret", secret+"\n"),
		"GATEHOUSE_CONFIG="+p.writeFile("gatehouse.yaml", "telegram: {per_second: -1, webhook_secret: unused}\n"))
	blog := p.addSite("blog", "")
	p.start()
	body := []byte(`{"id": "c1", "body": "You are a worthless moron and everybody hates you."}`)
	if status, answer, err := (blogClient{p.address, "blog", blog}).submit(t.Context(), "msg_1", body); err != nil || answer.Status != "held" {
		t.Fatalf("%d %+v, %v", status, answer, err)
	}
	with := func(part string) (list []telegramtest.Message) {
		for _, m := range telegram.Messages(modsChat) {
			if strings.Contains(m.Text, part) && m.From.IsBot {
				list = append(list, m)
			}
		}
		return list
	}
	until(t, "a card", func() bool { return len(with("moron")) == 1 })
	for _, wrong := range []string{"", "unused", secret + "x"} {
		if status, said := p.bring(wrong, `{"update_id": 1}`); status != http.StatusUnauthorized || said != "" {
			t.Errorf("secret %q: %d %q", wrong, status, said)
		}
	}
	telegram.Fault("webhook", 3, telegramtest.Duplicate())
	if _, err := telegram.Press(modsChat, with("moron")[0].ID, "Approve", firstMod); err != nil {
		t.Fatal(err)
	}
	telegram.Say(modsChat, firstMod, "/queue")
	until(t, "the tap and the command are taken", func() bool { return telegram.Pending() == 0 })
	p.kill()
	telegram.Say(modsChat, firstMod, "/queue") // to nobody, yet
	telegram.Fault("webhook", 2, telegramtest.Duplicate())
	p.start()
	until(t, "the second command is taken", func() bool { return telegram.Pending() == 0 })
	p.kill()
	answers := 0
	for _, c := range telegram.Calls() {
		switch c.Method {
		case "answerCallbackQuery":
			answers++
		case "getUpdates":
			t.Fatal("the service asks for updates")
		}
	}
	if n := len(with("Nothing waits")); answers != 1 || n != 2 {
		t.Errorf("%d answers to a tap, %d to two commands", answers, n)
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

// TestDoctorAsksTelegram examines bot, chat and moderators, and fails where one
// can't do what it must.
func TestDoctorAsksTelegram(t *testing.T) {
	t.Parallel()
	telegram, p := newTelegram(t, "42:doctor-test-token")
	p.addSite("blog", "")
	out, _, err := p.run("doctor")
	for _, want := range []string{"ok      telegram: the token is that of @gatehouse_bot", "ok      telegram updates: gatehouse asks for them; 0 wait",
		`ok      telegram home: @gatehouse_bot may write in "mods"`, `ok      moderator ` + fmt.Sprint(firstMod) + `: senior; Mo is in "mods"`} {
		if !strings.Contains(out, want) {
			t.Errorf("doctor says, %v:\n%s\nwithout %q", err, out, want)
		}
	}
	telegram.SetStatus(modsChat, telegram.Me().ID, telegramtest.Kicked)
	out, _, err = p.run("doctor", "--json")
	if err == nil || !strings.Contains(out, `"check": "telegram home"`) || !strings.Contains(out, "is the bot @gatehouse_bot a member of it") {
		t.Errorf("doctor says, %v:\n%s", err, out)
	}
	if n := len(telegram.Messages(modsChat)); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}
