package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatehouse/internal/web"
)

// ask asks a server and returns status and body.
func ask(t *testing.T, s *web.Server, method, path, accept string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("Accept", accept)
	s.HTTP().Handler.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestReadyzFollowsTheService(t *testing.T) {
	s := web.New(nil, ready, slog.New(slog.DiscardHandler))
	steps := []struct {
		does   func()
		status int
		says   string
	}{
		{s.Starting, 503, `{"error":{"code":"not_ready","message":"not ready: the service is starting"}}`},
		{s.Started, 200, `ready`},
		{s.Ending, 503, `{"error":{"code":"not_ready","message":"not ready: the service is shutting down"}}`},
	}
	for _, step := range steps {
		step.does()
		if status, says := ask(t, s, http.MethodGet, "/readyz", "*/*"); status != step.status || says != step.says {
			t.Errorf("/readyz: %d %s, want %d %s", status, says, step.status, step.says)
		}
		if status, says := ask(t, s, http.MethodGet, "/healthz", "application/json"); status != 200 || says != `{"status":"ok"}` {
			t.Errorf("/healthz: %d %s", status, says)
		}
		for path, want := range map[string]int{"/healthz": 200, "/readyz": step.status} {
			if status, _ := ask(t, s, http.MethodHead, path, "*/*"); status != want {
				t.Errorf("HEAD %s: %d, want %d", path, status, want)
			}
		}
	}
}

func TestWhatComesDuringTheStartWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := web.New(web.Routes{"POST /x": func(http.ResponseWriter, *http.Request) error { return nil }}, ready, slog.New(slog.DiscardHandler))
		s.Starting()
		answered := make(chan int)
		go func() { status, _ := ask(t, s, http.MethodPost, "/x", "*/*"); answered <- status }()
		time.Sleep(5 * time.Second)
		select {
		case status := <-answered:
			t.Fatalf("answered %d before the start", status)
		default:
		}
		s.Started()
		if status := <-answered; status != 200 {
			t.Errorf("answered %d, want 200", status)
		}
		s.Starting()
		if status, says := ask(t, s, http.MethodPost, "/x", "*/*"); status != 503 || !strings.Contains(says, "the service is starting") {
			t.Errorf("a start that takes too long: %d %s", status, says)
		}
	})
}

func TestAProbeNeitherHangsNorAsksAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		var fails atomic.Bool
		hold := make(chan struct{})
		p := &web.Probe{Every: 5 * time.Second, Patience: 2 * time.Second, Ask: func(context.Context) error {
			asked.Add(1)
			<-hold
			if fails.Load() {
				return errors.New("read-only")
			}
			return nil
		}}
		began := time.Now()
		for range 3 {
			if err := p.Check(t.Context()); err == nil {
				t.Error("a database that does not answer is taken for one that does")
			}
		}
		if took := time.Since(began); took != 6*time.Second || asked.Load() != 1 {
			t.Errorf("three checks took %s and asked %d times, want 6s and once", took, asked.Load())
		}
		close(hold)
		synctest.Wait()
		for range 3 {
			if err := p.Check(t.Context()); err != nil || asked.Load() != 1 {
				t.Errorf("%v; asked %d times, want once", err, asked.Load())
			}
		}
		fails.Store(true)
		time.Sleep(5 * time.Second)
		for range 2 {
			if err := p.Check(t.Context()); err == nil {
				t.Error("a database that takes nothing is taken for one that does")
			}
		}
		if asked.Load() != 3 {
			t.Errorf("asked %d times, want every time while it fails", asked.Load())
		}
	})
}
