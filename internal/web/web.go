// Package web is the HTTP server: it mounts the handlers of other packages
// under their patterns, limits what comes in, and owns the one table from the
// domain's errors to status and code. Its one entry point is [New].
//
// It knows no platform and no page.
package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// maxBody is how many bytes a request's body may have.
	maxBody = 256 << 10
	// maxDrained is how much of a body that is too large is read and thrown
	// away: a client that is still writing would not see the answer.
	maxDrained = 32 << 20
	// retryAfter is for how many seconds a client that came too often should
	// stay away.
	retryAfter = "2"
	// retryWhenFull is the same for one whose queue people must empty.
	retryWhenFull = "60"
)

// What is wrong with a request before anybody looks at what it asks for.
var (
	errLongURL     = errors.New("address too long")
	errManyHeaders = errors.New("too many headers")

	// errWrongKey is why a handler refused that says no more.
	errWrongKey = errors.New("a wrong key or secret")
)

// Handler answers a request, or returns an error that the server answers with.
// A handler that has begun to write returns nil. What an error's method Details,
// if it has one, returns is told beside it.
type Handler func(http.ResponseWriter, *http.Request) error

// Routes are handlers by ServeMux pattern.
type Routes map[string]Handler

// Server is a configured but not yet listening server.
type Server struct {
	mux      *http.ServeMux
	limiter  *limiter
	log      *slog.Logger
	metrics  *Metrics // nil: nothing is counted
	warnings []func() []string
	phase    phase
	seldom   seldom // logged
}

// New returns a server of routes, with /healthz, and /readyz which asks ready.
func New(routes Routes, ready func(*http.Request) error, log *slog.Logger) *Server {
	s := &Server{mux: http.NewServeMux(), log: log}
	s.SetLimits(Limits{}, time.Now)
	for pattern, h := range routes {
		s.mux.Handle(pattern, s.limit(h, maxBody))
	}
	s.addHealth(ready)
	return s
}

// Measure has the server count its answers.
func (s *Server) Measure(m *Metrics) { s.metrics = m }

// SetLimits sets what strangers may take of the server, before it serves; now is
// the time by which they are counted.
func (s *Server) SetLimits(l Limits, now func() time.Time) {
	s.limiter = newLimiter(l.withDefaults(), now)
}

// Allow adds a handler whose requests may have more than others'.
func (s *Server) Allow(pattern string, h Handler, body int64) {
	s.mux.Handle(pattern, s.limit(h, body))
}

// Mount adds pages that look after themselves: the demo's.
func (s *Server) Mount(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// HTTP returns the server with its timeouts, ready to serve a listener.
func (s *Server) HTTP() *http.Server {
	limits := s.limiter.limits
	return &http.Server{
		Handler:           s.counted(s.recovered(s.guarded(http.HandlerFunc(s.route)))),
		ReadHeaderTimeout: limits.HeaderTime,
		ReadTimeout:       limits.BodyTime,
		WriteTimeout:      limits.AnswerTime,
		IdleTimeout:       limits.IdleTime,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       withConn,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// route hands a request to its handler. Where there is none, the mux's own answer
// (404, 405, a redirect) keeps its status and headers, and gets our words.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if pattern != "" {
		if err := s.phase.wait(r); err != nil {
			s.fail(w, r, err)
			return
		}
		s.mux.ServeHTTP(w, r)
		return
	}
	if v, ok := w.(*visit); ok && v.limiter.spent(v.client.key) {
		s.fail(w, r, v.tooMany())
		return
	}
	answer := &statusOnly{ResponseWriter: w}
	h.ServeHTTP(answer, r)
	switch answer.status {
	case http.StatusNotFound:
		s.write(w, answer.status, "not_found", "not found: nothing is served at "+r.URL.Path, nil)
	case http.StatusMethodNotAllowed:
		s.write(w, answer.status, "method_not_allowed", "method not allowed: "+r.Method+" is none of "+w.Header().Get("Allow"), nil)
	default:
		w.WriteHeader(answer.status)
	}
}

// statusOnly keeps the status of an answer and drops its body.
type statusOnly struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *statusOnly) WriteHeader(status int) { w.status = status }

// Write drops b.
func (w *statusOnly) Write(b []byte) (int, error) { return len(b), nil }

// limit turns h into an http.Handler whose requests have at most so many bytes.
func (s *Server) limit(h Handler, body int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		whole, v := r.Body, w.(*visit)
		r.Body = http.MaxBytesReader(beneath(v.ResponseWriter), whole, body)
		err := h(w, r)
		if err == nil {
			return
		}
		s.fail(w, r, v.refused(err))
		if errors.Is(err, moderation.ErrTooLarge) {
			http.NewResponseController(w).Flush()                  //nolint:errcheck // the client may be gone
			io.Copy(io.Discard, io.LimitReader(whole, maxDrained)) //nolint:errcheck // nothing is done with it
		}
	})
}

// recovered answers 500 where a handler panics, other than to cut the answer off.
func (s *Server) recovered(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p) // net/http closes the connection
			default:
				s.fail(w, r, &panicError{value: p, stack: debug.Stack()})
			}
		}()
		h.ServeHTTP(w, r)
	})
}

// panicError is what a handler panicked with, and where.
type panicError struct {
	value any
	stack []byte
}

// Error leaves the stack to the log.
func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// answerTo is a row of the table from errors to answers.
type answerTo struct {
	err    error
	status int
	code   string
}

func answers() []answerTo {
	return []answerTo{
		{moderation.ErrInvalid, http.StatusBadRequest, "invalid"},
		{moderation.ErrUnsigned, http.StatusUnauthorized, "unsigned"},
		{moderation.ErrForbidden, http.StatusForbidden, "forbidden"},
		{moderation.ErrNotFound, http.StatusNotFound, "not_found"},
		{moderation.ErrExists, http.StatusConflict, "exists"},
		{moderation.ErrReused, http.StatusConflict, "message_id_reused"},
		{moderation.ErrAlreadyDecided, http.StatusConflict, "already_decided"},
		{moderation.ErrStale, http.StatusConflict, "stale_revision"},
		{moderation.ErrWithdrawn, http.StatusConflict, "withdrawn"},
		{errLongURL, http.StatusRequestURITooLong, "address_too_long"},
		{errManyHeaders, http.StatusRequestHeaderFieldsTooLarge, "too_many_headers"},
		{moderation.ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large"},
		{moderation.ErrUnsupported, http.StatusUnsupportedMediaType, "unsupported_media_type"},
		{moderation.ErrTooMany, http.StatusTooManyRequests, "too_many_requests"},
		{moderation.ErrQueueFull, http.StatusServiceUnavailable, "queue_full"},
		{moderation.ErrNotReady, http.StatusServiceUnavailable, "not_ready"},
	}
}

// fail answers with the row of the table that fits err. What fits none is our
// own fault: it is logged, and the client learns only to try again.
// What there is too much of for the moment is logged now and then.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	answer := answerTo{status: http.StatusInternalServerError, code: "internal"}
	message := "the comment could not be taken; try again later"
	for _, row := range answers() {
		if errors.Is(err, row.err) {
			answer, message = row, err.Error()
			break
		}
	}
	if answer.status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.logFailure(r, answer, err)
	}
	if answer.status == http.StatusUnauthorized || answer.status == http.StatusForbidden {
		s.logRefusal(w, r, answer.code, err)
	}
	if answer.status == http.StatusTooManyRequests || answer.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryIn(err))
	}
	if answer.err == moderation.ErrQueueFull { //nolint:errorlint // it is the table's
		w.Header().Set("Retry-After", retryWhenFull)
	}
	s.write(w, answer.status, answer.code, message, details(err))
}

// logFailure says what went wrong and at which route: the path is a stranger's.
func (s *Server) logFailure(r *http.Request, answer answerTo, err error) {
	route := cmp.Or(r.Pattern, "none")
	if answer.err != nil {
		if times := s.seldom.note(answer.code, s.limiter.now()); times > 0 {
			s.log.Warn("requests put off", "code", answer.code, "times", times, "route", route, "err", err)
		}
		return
	}
	keys := []any{"route", route, "err", err}
	var p *panicError
	if errors.As(err, &p) {
		keys = append(keys, "stack", string(p.stack))
	}
	s.log.Error("request failed", keys...)
}

// logRefusal says now and then that a signature, token or key was refused, why, and of
// which site's if err's method Site knows: the path's may be a stranger's.
func (s *Server) logRefusal(w http.ResponseWriter, r *http.Request, code string, err error) {
	if v, ok := w.(*visit); ok {
		v.logged = true
	}
	kind, keys := code, []any{"code", code}
	var known interface{ Site() string }
	if errors.As(err, &known) {
		kind, keys = code+" "+known.Site(), append(keys, "site", known.Site())
	}
	if times := s.seldom.note(kind, s.limiter.now()); times > 0 {
		s.log.Warn("requests refused", append(keys, "times", times, "route", cmp.Or(r.Pattern, "none"), "err", err)...)
	}
}

// retryIn returns for how many seconds a client should stay away, for the header.
func retryIn(err error) string {
	var busy interface{ RetryAfter() time.Duration }
	if !errors.As(err, &busy) {
		return retryAfter
	}
	return strconv.Itoa(int((busy.RetryAfter() + time.Second - 1) / time.Second))
}

// details returns what an error wants told beside itself, if anything.
func details(err error) map[string]any {
	var detailed interface{ Details() map[string]any }
	if errors.As(err, &detailed) {
		return detailed.Details()
	}
	return nil
}

// write answers with an error in the contract's form, and details beside it.
func (s *Server) write(w http.ResponseWriter, status int, code, message string, details map[string]any) {
	answer := map[string]any{"error": map[string]string{"code": code, "message": message}}
	maps.Copy(answer, details)
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // strings and what platforms encode anyway
	}
	s.metrics.failed(code)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n')) //nolint:errcheck // the client may be gone
}
