package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gatehouse/internal/moderation"
)

// TestATokenIsTakenFromItsFileWhileServing starts with a token that Telegram does
// not know; the file has got the right one meanwhile.
func TestATokenIsTakenFromItsFileWhileServing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(stageToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.config.Telegram.BotToken, s.config.Telegram.BotTokenFile, s.config.Telegram.tokenByFile = "42:RETIRED", path, true
	s.start() // until the bot listens
	if log := s.log.String(); !strings.Contains(log, "a secret was taken from its file") || strings.Contains(log, "RETIRED") {
		t.Errorf("the log says:\n%s", log)
	}
}

// TestConfigurationTricks are files that no configuration is.
func TestConfigurationTricks(t *testing.T) {
	dir := t.TempDir()
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	tests := map[string]struct{ content, says string }{
		"an alias bomb":       {bomb, "anchors, aliases"},
		"a merge":             {"telegram: {<<: {chat_id: 5}}\n", "merges"},
		"an anchor in a list": {"telegram: {moderators: [&a 5, *a]}\n", "anchors, aliases"},
		"a quoted key":        {"\"trusted_proxies\": &a [\"127.0.0.1\"]\n", "line 1: anchors, aliases"},
		"a complex key":       {"? \"retention\"\n: \"text\": &a {x: y}\n  \"agent\": *a\n", "line 2: anchors, aliases"},
		"a key twice":         {"listen: a\nlisten: b\n", "already defined"},
		"too deep":            {"telegram: " + strings.Repeat("[", 10000), "deep in one another"},
		"deep blocks":         {"telegram:\n" + deepBlocks(3000), ""},
		"huge":                {strings.Repeat("# words\n", 1<<16), "more than 256 KiB"},
		"binary":              {"\x00\x01\x02\xff", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			var c config
			if err := c.readFile(path); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want %q", err, tt.says)
			}
		})
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	var c config
	if err := c.readFile(pipe); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("a pipe: %v", err)
	}
	var secret string
	for _, path := range []string{pipe, dir, "/dev/zero", filepath.Join(dir, "huge")} {
		if err := readSecretFile(&secret, path); err == nil || secret != "" {
			t.Errorf("%s as a secret: %v", path, err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "token"), link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("42:A\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := readSecretFile(&secret, link); err != nil || secret != "42:A" {
		t.Errorf("a link, as mounted secrets are: %q, %v", secret, err)
	}
}

func deepBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i%60+1) + "- \n")
	}
	return b.String()
}

// FuzzConfiguration reads what a configuration file may be.
func FuzzConfiguration(f *testing.F) {
	f.Add([]byte("listen: 127.0.0.1:8080\ntelegram:\n  bot_token: 1:a\n  moderators: [1, 2]\nlimits: {burst: 5}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("telegram: {<<: [1]}\n"))
	f.Add([]byte("- ? - : [\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 4<<10 {
			return
		}
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var c config
		if err := c.readFile(path); err != nil && !errors.As(err, new(usageError)) {
			t.Errorf("err = %v, want a usage error", err)
		}
	})
}
