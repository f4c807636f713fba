package main

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
)

// writeFile writes a file below the process's folder and returns its path.
func (p *process) writeFile(name, data string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(p *process) (args []string)
		status  int
		says    []string
	}{
		"a taken port": {func(p *process) []string {
			p.start()
			return []string{"--listen", p.address, "--data", filepath.Join(p.dir, "other")}
		}, exitFailed, []string{"another program has this port", "--listen 127.0.0.1:PORT"}},
		"a folder that is served": {func(p *process) []string {
			p.start()
			return []string{"--listen", "127.0.0.1:0"}
		}, exitFailed, []string{"another gatehouse serves", "--data"}},
		"an address that is none": {func(*process) []string { return []string{"--listen", "nowhere"} },
			exitUsage, []string{"listen on nowhere", "ADDRESS:PORT"}},
		"the demo beyond loopback": {func(*process) []string { return []string{"--demo", "--listen", "0.0.0.0:0"} },
			exitUsage, []string{"the demo listens on loopback only"}},
		"the demo on a folder with a real blog": {func(p *process) []string {
			p.addSite("blog", "")
			return []string{"--demo", "--listen", "127.0.0.1:0", "--data", filepath.Join(p.dir, "data")}
		}, exitUsage, []string{`holds a real blog, "blog"`}},
		"a database of a newer version": {func(p *process) []string {
			p.addSite("blog", "")
			db, err := sql.Open("sqlite", filepath.Join(p.dir, "data", "gatehouse.db"))
			if err != nil {
				p.t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.ExecContext(p.t.Context(), `PRAGMA user_version = 1000`); err != nil {
				p.t.Fatal(err)
			}
			return []string{"--listen", "127.0.0.1:0"}
		}, exitFailed, []string{"its schema has version 1000", "use a newer gatehouse"}},
		"a lost key file": {func(p *process) []string {
			p.addSite("blog", "")
			if err := os.Remove(filepath.Join(p.dir, "data", "gatehouse.key")); err != nil {
				p.t.Fatal(err)
			}
			return []string{"--listen", "127.0.0.1:0"}
		}, exitFailed, []string{"gatehouse.key is missing", "restore it from the backup"}},
		"a rule book with a wrong condition": {func(p *process) []string {
			book := p.writeFile("book.yaml", "rules:\n  - id: links\n    when: linkz.count > 2\n    action: hold\n    catches: [\"http://a.test http://b.test http://c.test\"]\n    passes: [hello]\n")
			return []string{"--listen", "127.0.0.1:0", "--config", p.writeFile("gatehouse.yaml", "rules: "+book+"\n")}
		}, exitFailed, []string{"book.yaml:3:", "linkz", "^"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProcess(t)
			cmd := exec.CommandContext(t.Context(), p.path, append([]string{"serve"}, tt.prepare(p)...)...)
			var stderr bytes.Buffer
			cmd.Env, cmd.Dir, cmd.Stderr = p.env, p.dir, &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != tt.status {
				t.Errorf("it ended with %v, want status %d", err, tt.status)
			}
			for _, want := range tt.says {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("it says %q, want %q in it", stderr.String(), want)
				}
			}
		})
	}
}

func TestServeSurvivesAWrongToken(t *testing.T) {
	t.Parallel()
	telegram := httptest.NewServer(telegramtest.New("42:the-right-token"))
	defer telegram.Close()
	p := newProcess(t, "TELEGRAM_BOT_TOKEN=42:a-wrong-token", "TELEGRAM_API_URL="+telegram.URL, "TELEGRAM_CHAT_ID=-5", "TELEGRAM_MODERATORS=7")
	p.start()
	until(t, "the log says that the token is wrong", func() bool { return strings.Contains(p.logged(), "TELEGRAM_BOT_TOKEN") })
	if log := p.logged(); strings.Contains(log, "a-wrong-token") || !strings.Contains(log, "gatehouse queue") {
		t.Errorf("the log does not say what to do, or shows the token:\n%s", log)
	}
}

func TestServeWithoutTelegramSaysSo(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	for _, want := range []string{"gatehouse listens on http://" + p.address, "blogs: default", "gatehouse queue"} {
		if !strings.Contains(p.logged(), want) {
			t.Errorf("it printed\n%s\nwant %q in it", p.logged(), want)
		}
	}
}

func TestServePrintsThePairingCode(t *testing.T) {
	t.Parallel()
	telegram := httptest.NewServer(telegramtest.New("42:token"))
	defer telegram.Close()
	p := newProcess(t, "TELEGRAM_BOT_TOKEN=42:token", "TELEGRAM_API_URL="+telegram.URL)
	p.start()
	if !strings.Contains(p.logged(), "/pair ") {
		t.Errorf("it printed\n%s\nwant a pairing code in it", p.logged())
	}
}

// TestDemoWithRealTelegram runs the demo with a token, as somebody does who has a
// bot: its phone says how to pair, and cards go to the other Bot API server.
func TestDemoWithRealTelegram(t *testing.T) {
	t.Parallel()
	const moderatorID = 1001
	telegram := telegramtest.New("42:token")
	telegram.AddUser(telegramtest.User{ID: moderatorID, FirstName: "Mo"})
	telegram.AddChat(telegramtest.Chat{ID: moderatorID, Type: telegramtest.Private}, moderatorID)
	api := httptest.NewServer(telegram)
	defer api.Close()
	p := newProcess(t, "TELEGRAM_BOT_TOKEN=42:token", "TELEGRAM_API_URL="+api.URL)
	p.args = []string{"--demo"}
	defer p.kill() // before the server that it polls
	p.start()
	found := regexp.MustCompile(`/pair ([A-Z0-9-]+)`).FindStringSubmatch(p.get("/demo/phone"))
	if found == nil {
		t.Fatalf("the phone does not say how to pair: %s", p.get("/demo/phone"))
	}
	telegram.Say(moderatorID, moderatorID, "/pair "+found[1])
	until(t, "the demo's own comments wait in the chat", func() bool { return openCard(telegram, moderatorID) != nil })
	card := openCard(telegram, moderatorID)
	if _, err := telegram.Press(moderatorID, card.ID, "Abuse", moderatorID); err != nil {
		t.Fatal(err)
	}
	until(t, "the card is decided", func() bool {
		for _, m := range telegram.Messages(moderatorID) {
			if m.ID == card.ID {
				return with([]telegramtest.Message{m}, "Undo") != nil
			}
		}
		return false
	})
}

// TestTheDemosPhoneComesBack starts the demo twice on a folder that it may keep:
// the pretend Telegram has forgotten its cards, but what waits still waits.
func TestTheDemosPhoneComesBack(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.args = []string{"--demo", "--data", filepath.Join(p.dir, "kept")}
	for range 2 {
		p.start()
		until(t, "what waits is on the phone", func() bool { return strings.Count(p.get("/demo/phone"), "Approve") >= 2 })
		p.kill()
	}
}

// openCard returns the last card of a chat that waits.
func openCard(telegram *telegramtest.Server, chat int64) *telegramtest.Message {
	return with(telegram.Messages(chat), "Approve")
}

// get returns a page of the program.
func (p *process) get(path string) string {
	p.t.Helper()
	r, err := http.Get("http://" + p.address + path) //nolint:noctx // loopback
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(body)
}
