package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/moderation"
)

// startPatience is how long a request waits for a service that starts.
const startPatience = 10 * time.Second

// phase is whether the server starts, serves or ends. The zero phase serves.
type phase struct {
	mu      sync.Mutex
	started chan struct{} // closed when it has; nil: at once
	ending  bool
}

// Starting has requests wait, and /readyz say so, until Started is called. It is
// called before the first request comes.
func (s *Server) Starting() {
	s.phase.mu.Lock()
	defer s.phase.mu.Unlock()
	s.phase.started = make(chan struct{})
}

// Started lets requests in.
func (s *Server) Started() {
	s.phase.mu.Lock()
	defer s.phase.mu.Unlock()
	if s.phase.started != nil {
		close(s.phase.started)
		s.phase.started = nil
	}
}

// Ending has /readyz say that the service ends; requests are answered all the same.
func (s *Server) Ending() {
	s.phase.mu.Lock()
	defer s.phase.mu.Unlock()
	s.phase.ending = true
}

// isHealth says whether a request only asks how the service is.
func isHealth(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
}

// wait waits for the start, which is short, and returns ErrNotReady where it is not.
func (p *phase) wait(r *http.Request) error {
	p.mu.Lock()
	started := p.started
	p.mu.Unlock()
	if started == nil || isHealth(r) {
		return nil
	}
	timer := time.NewTimer(startPatience)
	defer timer.Stop()
	select {
	case <-started:
		return nil
	case <-timer.C:
	case <-r.Context().Done():
	}
	return fmt.Errorf("%w: the service is starting", moderation.ErrNotReady)
}

// err says why the phase takes no comments, if it does not.
func (p *phase) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.ending:
		return fmt.Errorf("%w: the service is shutting down", moderation.ErrNotReady)
	case p.started != nil:
		return fmt.Errorf("%w: the service is starting", moderation.ErrNotReady)
	}
	return nil
}

// addHealth adds /healthz, and /readyz which asks ready.
func (s *Server) addHealth(ready func(*http.Request) error) {
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { sayHealth(w, r, health{Status: "ok"}) })
	s.mux.Handle("GET /readyz", s.limit(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		if err := s.phase.err(); err != nil {
			return err
		}
		if err := ready(r); err != nil {
			return fmt.Errorf("%w: %w", moderation.ErrNotReady, err)
		}
		answer := health{Status: "ready", Warnings: []string{}}
		for _, warnings := range s.warnings {
			answer.Warnings = append(answer.Warnings, warnings()...)
		}
		sayHealth(w, r, answer)
		return nil
	}, maxBody))
}

// Ready says whether the phase of the server is one in which comments are taken.
func (s *Server) Ready() bool { return s.phase.err() == nil }

// Warn adds what /readyz says beside being ready: what needs somebody's eye, and
// stops nothing. A service that judges comments must not be taken out of rotation
// for it.
func (s *Server) Warn(warnings func() []string) { s.warnings = append(s.warnings, warnings) }

// health is the JSON of /healthz and /readyz.
type health struct {
	Status   string   `json:"status"`
	Warnings []string `json:"warnings,omitzero"`
}

// sayHealth answers in words, or as JSON where that is asked for.
func sayHealth(w http.ResponseWriter, r *http.Request, h health) {
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(h) //nolint:errcheck // the client may be gone
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, strings.Join(append([]string{h.Status}, h.Warnings...), "\nwarning: "))
}

// Probe asks whether something works, at most so often and never for long: probes
// of /readyz come every few seconds from several places, and what they ask may
// write to the disk or hang on a lock.
type Probe struct {
	Ask func(context.Context) error
	// Every is how long a good answer is good; a bad one is asked for again at once.
	Every time.Duration
	// Patience is how long an answer may take; what takes longer goes on, and its
	// answer is the next one's.
	Patience time.Duration

	mu     sync.Mutex
	asking chan struct{} // closed when the question in hand is answered; nil: none is
	at     time.Time     // of the last answer
	err    error         // the last answer
}

// Check returns the answer. However many call it, one question is in hand at a time.
func (p *Probe) Check(ctx context.Context) error {
	p.mu.Lock()
	if p.err == nil && !p.at.IsZero() && time.Since(p.at) < p.Every {
		p.mu.Unlock()
		return nil
	}
	if p.asking == nil {
		p.asking = make(chan struct{})
		go p.ask(context.WithoutCancel(ctx), p.asking)
	}
	asking := p.asking
	p.mu.Unlock()
	timer := time.NewTimer(p.Patience)
	defer timer.Stop()
	select {
	case <-asking:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-timer.C:
		return fmt.Errorf("no answer in %s", p.Patience)
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // nobody reads it: the client is gone
	}
}

func (p *Probe) ask(ctx context.Context, asking chan struct{}) {
	err := p.Ask(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.at, p.asking = err, time.Now(), nil
	close(asking)
}
