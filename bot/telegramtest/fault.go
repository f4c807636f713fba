package telegramtest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Fault is a way for a call to go wrong. The zero Fault is none.
type Fault struct {
	refuse              error
	page                string // what a proxy answers, with 502
	hang                bool
	cutBefore, cutAfter bool
	duplicate           bool
}

// plannedFault is a fault that calls will meet.
type plannedFault struct {
	method string // lower case; "*": any
	times  int    // below 0: until cleared
	fault  Fault
}

// TooMany refuses with code 429 and says how many seconds to wait.
func TooMany(seconds int) Fault {
	return Fault{refuse: &refusalError{code: http.StatusTooManyRequests, retryAfter: seconds,
		description: fmt.Sprintf("Too Many Requests: retry after %d", seconds)}}
}

// ServerError refuses with code 500.
func ServerError() Fault { return Refuse(http.StatusInternalServerError, "Internal Server Error") }

// Unauthorized refuses as if the token had been revoked.
func Unauthorized() Fault { return Refuse(http.StatusUnauthorized, "Unauthorized") }

// Blocked refuses as if the person had blocked the bot.
func Blocked() Fault {
	return Refuse(http.StatusForbidden, "Forbidden: bot was blocked by the user")
}

// Refuse refuses with any code and description.
func Refuse(code int, description string) Fault {
	return Fault{refuse: &refusalError{code: code, description: description}}
}

// BadGateway answers as a proxy does whose server is away: 502 with a page.
func BadGateway() Fault {
	return Fault{page: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"}
}

// Hang never answers; the call takes no effect.
func Hang() Fault { return Fault{hang: true} }

// CutBefore cuts the connection before the call takes effect.
func CutBefore() Fault { return Fault{cutBefore: true} }

// CutAfter cuts the connection when the call has taken effect.
func CutAfter() Fault { return Fault{cutAfter: true} }

// Duplicate makes getUpdates give every update twice, and once more with the
// next call even where that confirms it.
func Duplicate() Fault { return Fault{duplicate: true} }

// Fault makes the next calls of a method meet f: so many, or all where times is
// below 0. The method "*" is any of them. Earlier faults come first.
func (s *Server) Fault(method string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &plannedFault{strings.ToLower(method), times, f})
}

// ClearFaults forgets all faults that are still to come.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault returns the fault that a call meets. s.mu is held.
func (s *Server) takeFault(method string) Fault {
	for _, f := range s.faults {
		if f.times == 0 || f.method != "*" && f.method != strings.ToLower(method) {
			continue
		}
		if f.times > 0 {
			f.times--
		}
		return f.fault
	}
	return Fault{}
}

// before does what happens instead of the call, and reports whether anything did.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.refuse != nil:
		reply(w, nil, f.refuse)
	case f.page != "":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte(f.page)) // a caller that is gone needs no answer
	case f.hang:
		<-r.Context().Done()
	case f.cutBefore:
		cut(w)
	default:
		return false
	}
	return true
}

// after does what happens instead of the answer, and reports whether anything did.
func (f Fault) after(w http.ResponseWriter) bool {
	if f.cutAfter {
		cut(w)
	}
	return f.cutAfter
}

// cut closes the connection without a word.
func cut(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // nobody is left to hear of an error
	}
}

// faultKey finds the fault of a call in its context.
type faultKey struct{}

// metFault returns the fault that the call meets.
func metFault(ctx context.Context) Fault {
	f, _ := ctx.Value(faultKey{}).(Fault)
	return f
}
