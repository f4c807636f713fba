package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// asks sends a request to the running service and returns what is answered.
func (s *stage) asks(method, path string, header http.Header, body string) (status int, answer string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.address+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// TestAFormerSecretRetires rotates a site's secret beside the running service: the
// former one is taken for a day, and then no more.
func TestAFormerSecretRetires(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	former := s.site("blog").Secrets
	s.command("sites", "rotate-secret", "blog")
	site, err := s.gate.db.Site(t.Context(), "blog")
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	send := func(by []moderation.Secret) int {
		sent++
		body := fmt.Sprintf(`{"id": "c%d", "body": "The number %d tram was late."}`, sent, sent)
		header, err := platform.Sign(by[:1], fmt.Sprint("msg_r", sent), s.clock(), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		header.Set("Content-Type", "application/json")
		status, _ := s.asks(http.MethodPost, "/v1/sites/blog/comments", header, body)
		return status
	}
	for _, step := range []struct {
		pass           time.Duration
		former, newest int
	}{{0, 200, 200}, {23 * time.Hour, 200, 200}, {2 * time.Hour, 401, 200}} {
		s.pass(step.pass)
		if f, n := send(former), send(site.Secrets); f != step.former || n != step.newest {
			t.Errorf("after another %s the former secret is answered with %d, the newest with %d; want %d and %d", step.pass, f, n, step.former, step.newest)
		}
	}
}

// TestARevokedTokenIsRefusedAtOnce revokes a token beside the running service; and
// asks with another site's, whose answers must not tell what is there.
func TestARevokedTokenIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	id, _ := s.post("blog", by("u1", "c1", polite()[0]))
	s.site("other")
	token, others := strings.TrimSpace(s.command("tokens", "add", "blog")), strings.TrimSpace(s.command("tokens", "add", "other"))
	get := func(token, path string) (int, string) {
		return s.asks(http.MethodGet, "/v1/sites/"+path, http.Header{"Authorization": {"Bearer " + token}}, "")
	}
	if status, answer := get(token, "blog/comments/"+id.String()); status != http.StatusOK {
		t.Errorf("a good token: %d %s", status, answer)
	}
	for _, site := range []string{"other", "blog", "nosuch"} {
		status, there := get(others, site+"/comments/"+id.String())
		want, missing := get(others, site+"/comments/987654")
		if status != want || status == http.StatusOK || strings.ReplaceAll(there, id.String(), "N") != strings.ReplaceAll(missing, "987654", "N") {
			t.Errorf("at %s another site's token tells a comment that is there, %d %s, from one that is not, %d %s", site, status, there, want, missing)
		}
	}
	s.command("tokens", "revoke", "blog", "api")
	status, answer := get(token, "blog/comments/"+id.String())
	if status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d %s", status, answer)
	}
	if _, never := get("gh_"+strings.Repeat("a", 52), "blog/comments/"+id.String()); never != answer {
		t.Errorf("a revoked token, %s, is told from one that never was, %s", answer, never)
	}
	for _, secret := range []string{token, others, strings.TrimPrefix(token, "gh_")} {
		if len(secret) < 50 || strings.Contains(s.log.String(), secret) {
			t.Errorf("the log shows a token, or %q is none", secret)
		}
	}
}

// TestMetricsAreNotPublic asks the public listener.
func TestMetricsAreNotPublic(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.config.MetricsListen = "127.0.0.1:0"
	s.start()
	for _, path := range []string{metricsPath, metricsPath + "/", "//metrics", "/v1/../metrics", "/debug/pprof/", "/debug/vars"} {
		if status, answer := s.asks(http.MethodGet, path, http.Header{}, ""); status != http.StatusNotFound {
			t.Errorf("%s: %d %.200s", path, status, answer)
		}
	}
}

// TestConfigPrintShowsNoSecret gives the configuration every secret that it may have.
func TestConfigPrintShowsNoSecret(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gatehouse.yaml")
	const content = "telegram:\n  bot_token: 42:SEKRIT\n  api_url: http://user:SEKRIT@127.0.0.1:8081\n  webhook_url: https://gatehouse.example.test/telegram/webhook\n" +
		"  webhook_secret: SEKRIT\nbackup:\n  passphrase: SEKRIT\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"config", "print"}, {"config", "print", "--json"}, {"config", "check"}, {"config", "check", "--json"}} {
		var out bytes.Buffer
		a := &app{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &out, now: time.Now}
		if code := a.run(append(args, "--config", path, "--data", t.TempDir())); code != exitDone || out.Len() == 0 {
			t.Errorf("%q ends with %d: %s", args, code, out.String())
		}
		if strings.Contains(out.String(), "SEKRIT") {
			t.Errorf("%q shows a secret:\n%s", args, out.String())
		}
	}
}
