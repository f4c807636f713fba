package web_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

func ready(*http.Request) error { return nil }

// answer serves one request of a server whose only route gives err.
func answer(t *testing.T, h web.Handler) (status int, code, message string) {
	t.Helper()
	s := web.New(web.Routes{"POST /x": h}, ready, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", strings.NewReader(strings.Repeat("y", 300<<10))))
	var body struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("answer %q: %v", w.Body, err)
	}
	return w.Code, body.Error.Code, body.Error.Message
}

func TestWhoComesTooOftenIsToldWhenToComeAgain(t *testing.T) {
	for _, err := range []error{moderation.ErrTooMany, moderation.ErrNotReady, moderation.ErrQueueFull} {
		s := web.New(web.Routes{"POST /x": func(http.ResponseWriter, *http.Request) error { return err }}, ready, slog.New(slog.DiscardHandler))
		w := httptest.NewRecorder()
		s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", nil))
		if w.Header().Get("Retry-After") == "" {
			t.Errorf("%v: %d without Retry-After", err, w.Code)
		}
	}
}

func TestErrorsBecomeAnswers(t *testing.T) {
	tests := map[string]struct {
		err    error
		status int
		code   string
	}{
		"invalid":       {fmt.Errorf("%w: field id: missing", moderation.ErrInvalid), 400, "invalid"},
		"unsigned":      {moderation.ErrUnsigned, 401, "unsigned"},
		"forbidden":     {moderation.ErrForbidden, 403, "forbidden"},
		"not found":     {moderation.ErrNotFound, 404, "not_found"},
		"reused":        {moderation.ErrReused, 409, "message_id_reused"},
		"decided":       {&moderation.DecidedError{}, 409, "already_decided"},
		"stale":         {moderation.ErrStale, 409, "stale_revision"},
		"too large":     {moderation.ErrTooLarge, 413, "too_large"},
		"media type":    {moderation.ErrUnsupported, 415, "unsupported_media_type"},
		"too many":      {moderation.ErrTooMany, 429, "too_many_requests"},
		"not ready":     {moderation.ErrNotReady, 503, "not_ready"},
		"queue full":    {moderation.ErrQueueFull, 503, "queue_full"},
		"our own fault": {errors.New("disk full at /secret/place"), 500, "internal"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, code, message := answer(t, func(http.ResponseWriter, *http.Request) error { return tt.err })
			if status != tt.status || code != tt.code {
				t.Errorf("%d %s, want %d %s", status, code, tt.status, tt.code)
			}
			if tt.status < 500 && message != tt.err.Error() {
				t.Errorf("message %q, want %q", message, tt.err)
			}
			if strings.Contains(message, "/secret/place") {
				t.Errorf("message %q tells what is ours", message)
			}
		})
	}
}

// detailed is an error that says more.
type detailed struct{ error }

func (d detailed) Unwrap() error         { return d.error }
func (detailed) Details() map[string]any { return map[string]any{"decision": "spam"} }

func TestAnErrorsDetailsAreTold(t *testing.T) {
	s := web.New(web.Routes{"GET /x": func(http.ResponseWriter, *http.Request) error {
		return fmt.Errorf("decide: %w", detailed{moderation.ErrAlreadyDecided})
	}}, ready, slog.New(slog.DiscardHandler))
	w := httptest.NewRecorder()
	s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil))
	want := `{"decision":"spam","error":{"code":"already_decided","message":"decide: already decided"}}`
	if w.Code != http.StatusConflict || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s, want 409 %s", w.Code, w.Body, want)
	}
}

func TestAPanicIsAnswered(t *testing.T) {
	if status, code, _ := answer(t, func(http.ResponseWriter, *http.Request) error { panic("boom") }); status != 500 || code != "internal" {
		t.Errorf("%d %s, want 500 internal", status, code)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	var limit *http.MaxBytesError
	answer(t, func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.ReadAll(r.Body)
		if !errors.As(err, &limit) || limit.Limit != 256<<10 {
			t.Errorf("err = %v, want a limit of 256 KiB", err)
		}
		return moderation.ErrTooLarge
	})
}

// TestAClientThatStillWritesGetsItsAnswer sends ten mebibytes over a real
// connection and reads only afterwards, as many clients do.
func TestAClientThatStillWritesGetsItsAnswer(t *testing.T) {
	s := web.New(web.Routes{"POST /x": func(_ http.ResponseWriter, r *http.Request) error {
		if _, err := io.ReadAll(r.Body); err == nil {
			t.Error("the body was taken")
		}
		return moderation.ErrTooLarge
	}}, ready, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(s.HTTP().Handler)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String()) //nolint:noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the test is over
	body := strings.Repeat("y", 10<<20)
	if _, err := fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatalf("write: %v", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	defer response.Body.Close() //nolint:errcheck // nothing was read
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%s, want 413", response.Status)
	}
}

func TestWhereNothingIsServed(t *testing.T) {
	s := web.New(web.Routes{"POST /x": func(http.ResponseWriter, *http.Request) error { return nil }}, ready, slog.New(slog.DiscardHandler))
	for _, tt := range []struct {
		method, path string
		status       int
		says         string
	}{
		{http.MethodGet, "/nosuch", 404, `{"error":{"code":"not_found","message":"not found: nothing is served at /nosuch"}}`},
		{http.MethodPut, "/x", 405, `{"error":{"code":"method_not_allowed","message":"method not allowed: PUT is none of POST"}}`},
	} {
		w := httptest.NewRecorder()
		s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, nil))
		if w.Code != tt.status || strings.TrimSpace(w.Body.String()) != tt.says || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %d %s %s", tt.method, tt.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}

func TestHealth(t *testing.T) {
	s := web.New(nil, func(*http.Request) error { return errors.New("no model yet") }, slog.New(slog.DiscardHandler))
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503, "/nosuch": 404} {
		w := httptest.NewRecorder()
		s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s answers %d, want %d", path, w.Code, want)
		}
	}
}

func TestReadyzWarns(t *testing.T) {
	var warnings []string
	s := web.New(nil, ready, slog.New(slog.DiscardHandler))
	s.Warn(func() []string { return warnings })
	ask := func(accept string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil)
		r.Header.Set("Accept", accept)
		s.HTTP().Handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("it answers %d with %v, want 200", w.Code, warnings)
		}
		return w.Body.String()
	}
	for _, tt := range []struct {
		warnings   []string
		text, json string
	}{
		{nil, "ready\n", `{"status":"ready","warnings":[]}`},
		{[]string{"one", "two"}, "ready\nwarning: one\nwarning: two\n", `{"status":"ready","warnings":["one","two"]}`},
	} {
		warnings = tt.warnings
		if got := ask("*/*"); got != tt.text {
			t.Errorf("it says %q, want %q", got, tt.text)
		}
		if got := strings.TrimSpace(ask("application/json")); got != tt.json {
			t.Errorf("it says %s, want %s", got, tt.json)
		}
	}
}

func TestSomeMaySendMore(t *testing.T) {
	s := web.New(nil, ready, slog.New(slog.DiscardHandler))
	read := func(w http.ResponseWriter, r *http.Request) error {
		if _, err := io.Copy(w, r.Body); err != nil {
			return moderation.ErrTooLarge
		}
		return nil
	}
	s.Allow("POST /x", read, 1<<20)
	for size, want := range map[int]int{1 << 20: http.StatusOK, 1<<20 + 1: http.StatusRequestEntityTooLarge} {
		w := httptest.NewRecorder()
		s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", strings.NewReader(strings.Repeat("a", size))))
		if want == http.StatusOK && w.Body.Len() != size || want != http.StatusOK && !strings.Contains(w.Body.String(), "too_large") {
			t.Errorf("%d bytes: %d, and %d bytes come back", size, w.Code, w.Body.Len())
		}
	}
}
