package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

// logged is what a server of one route said while clients asked for a path so often.
func logged(t *testing.T, h web.Handler, ask func(*web.Server)) string {
	t.Helper()
	var log bytes.Buffer
	s := web.New(web.Routes{"GET /x/{name}": h}, ready, slog.New(slog.NewTextHandler(&log, nil)))
	ask(s)
	return log.String()
}

func get(t *testing.T, s *web.Server, path string) int {
	t.Helper()
	w := httptest.NewRecorder()
	s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code
}

// TestOurOwnFaultsAreErrors has what a blog has to send again later logged as what it
// is, seldom and counted, and a fault of ours each time.
func TestOurOwnFaultsAreErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		lines int
		says  []string
	}{
		"a fault":    {errors.New("a nut came loose"), 200, []string{"level=ERROR", `msg="request failed"`, `route="GET /x/{name}"`, "a nut came loose"}},
		"queue full": {fmt.Errorf("%w: 9 wait", moderation.ErrQueueFull), 2, []string{"level=WARN", "code=queue_full", "times=1", "times=100", "9 wait"}},
		"not ready":  {fmt.Errorf("%w: disk full", moderation.ErrNotReady), 2, []string{"level=WARN", "code=not_ready", "times=1", "times=100", "disk full"}},
		"a refusal":  {moderation.ErrInvalid, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			log := logged(t, func(http.ResponseWriter, *http.Request) error { return tt.err }, func(s *web.Server) {
				now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
				s.SetLimits(web.Limits{Burst: 1000}, func() time.Time { return now })
				for i := range 200 {
					if i == 100 {
						now = now.Add(time.Minute)
					}
					get(t, s, "/x/y")
				}
			})
			if n := strings.Count(log, "\n"); n != tt.lines {
				t.Errorf("%d lines, want %d: %.500s", n, tt.lines, log)
			}
			for _, part := range tt.says {
				if !strings.Contains(log, part) {
					t.Errorf("the log does not say %q: %.500s", part, log)
				}
			}
		})
	}
}

// blogError is a refusal that knows whose request it is.
type blogError struct{ error }

func (blogError) Site() string    { return "blog" }
func (e blogError) Unwrap() error { return e.error }

// TestRefusalsAreLoggedSeldom has wrong signatures, tokens and keys leave a line a
// minute, that says how many, for which blog and why.
func TestRefusalsAreLoggedSeldom(t *testing.T) {
	for name, tt := range map[string]struct {
		handle web.Handler
		says   []string
	}{
		"a signature": {func(http.ResponseWriter, *http.Request) error {
			return blogError{fmt.Errorf("%w: the clock is off", moderation.ErrUnsigned)}
		}, []string{"code=unsigned", "site=blog", "the clock is off"}},
		"a token": {func(http.ResponseWriter, *http.Request) error { return moderation.ErrForbidden }, []string{"code=forbidden"}},
		"a key": {func(w http.ResponseWriter, _ *http.Request) error {
			w.(interface{ Distrust() }).Distrust()
			return nil
		}, []string{"code=unsigned", "wrong key"}},
		"a secret of Telegram's": {func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusUnauthorized)
			return nil
		}, []string{"code=unsigned", "wrong key"}},
	} {
		t.Run(name, func(t *testing.T) {
			log := logged(t, tt.handle, func(s *web.Server) {
				now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
				s.SetLimits(web.Limits{Burst: 1000, Failures: 1000}, func() time.Time { return now })
				for i := range 20 {
					if i == 10 {
						now = now.Add(time.Minute)
					}
					get(t, s, "/x/ann@mail.example")
				}
			})
			if n := strings.Count(log, "\n"); n != 2 {
				t.Errorf("%d lines, want 2: %.500s", n, log)
			}
			for _, part := range append(tt.says, "level=WARN", `msg="requests refused"`, `route="GET /x/{name}"`, "times=1 ", "times=10 ") {
				if !strings.Contains(log, part) {
					t.Errorf("the log does not say %q: %.500s", part, log)
				}
			}
			if strings.Contains(log, "ann@") {
				t.Errorf("the log has a stranger's path: %.500s", log)
			}
		})
	}
}

// TestTheLogHasNothingOfStrangers asks for a path that somebody made up.
func TestTheLogHasNothingOfStrangers(t *testing.T) {
	log := logged(t, func(http.ResponseWriter, *http.Request) error { return errors.New("broken") }, func(s *web.Server) { get(t, s, "/x/ann@mail.example") })
	if log == "" || strings.Contains(log, "ann@") {
		t.Errorf("the log says %q", log)
	}
}

func TestAPanicsPlaceIsLogged(t *testing.T) {
	log := logged(t, func(http.ResponseWriter, *http.Request) error { return explode() }, func(s *web.Server) {
		if status := get(t, s, "/x/y"); status != http.StatusInternalServerError {
			t.Errorf("answered %d, want 500", status)
		}
	})
	for _, part := range []string{"panic: boom", "web_test.explode", "log_test.go"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log does not say %q: %s", part, log)
		}
	}
}

//go:noinline
func explode() error { panic("boom") }

// TestAHandlerMayAbort cuts an answer short, as net/http lets handlers do.
func TestAHandlerMayAbort(t *testing.T) {
	log := logged(t, func(w http.ResponseWriter, _ *http.Request) error {
		io.WriteString(w, "half an ans")      //nolint:errcheck // it is cut
		http.NewResponseController(w).Flush() //nolint:errcheck // it is cut
		panic(http.ErrAbortHandler)
	}, func(s *web.Server) {
		server := httptest.NewServer(s.HTTP().Handler)
		defer server.Close()
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+"/x/y", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // it was read
		if body, err := io.ReadAll(response.Body); err == nil {
			t.Errorf("the client takes %q for the whole answer", body)
		}
	})
	if log != "" {
		t.Errorf("the log says %q", log)
	}
}
