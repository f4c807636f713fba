package web

import (
	"cmp"
	"net/http"
	"time"
)

// counted has the metrics count what h answers.
func (s *Server) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, counted := time.Now(), &countedWriter{ResponseWriter: w}
		defer func() { s.metrics.served(cmp.Or(r.Pattern, "none"), counted.status(), time.Since(began)) }() // also of one that was cut off
		h.ServeHTTP(counted, r)
	})
}

// countedWriter remembers the status of an answer.
type countedWriter struct {
	http.ResponseWriter
	code int // 0: nothing was written yet
}

// WriteHeader notes the status, unless it is one that another follows.
func (w *countedWriter) WriteHeader(status int) {
	if w.code == 0 && status >= http.StatusOK {
		w.code = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write writes b, under the status 200 where there is none yet.
func (w *countedWriter) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find what is beneath.
func (w *countedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// status returns the status that the client saw.
func (w *countedWriter) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// beneath returns the server's own writer: http.MaxBytesReader tells only that one to
// close the connection.
func beneath(w http.ResponseWriter) http.ResponseWriter {
	if c, ok := w.(*countedWriter); ok {
		return c.ResponseWriter
	}
	return w
}
