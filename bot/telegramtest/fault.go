package telegramtest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is a way for a call to go wrong. The zero Fault is none.
type Fault struct {
	refuse              error
	page                string // what a proxy answers, with 502
	hang                bool
	held                <-chan struct{}
	cutBefore, cutAfter bool
	duplicate, reorder  bool
	flood               int // seconds
}

// plannedFault is a fault that calls will meet.
type plannedFault struct {
	method string // lower case; "*": any
	chat   int64  // 0: any, and calls that name none
	times  int    // below 0: until cleared
	fault  Fault
}

// TooMany refuses with code 429 and says how many seconds to wait. The next call
// is taken all the same; see [Flood].
func TooMany(seconds int) Fault { return Fault{refuse: tooMany(seconds)} }

// Flood refuses with code 429, and everything in the same chat until the server's
// clock is so many seconds further. A call that names no chat closes its method.
func Flood(seconds int) Fault { return Fault{flood: seconds} }

// tooMany is a refusal with code 429.
func tooMany(seconds int) error {
	return &refusalError{code: http.StatusTooManyRequests, retryAfter: seconds,
		description: fmt.Sprintf("Too Many Requests: retry after %d", seconds)}
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

// Held has the call wait until a channel is closed; it takes no effect where its caller
// has gone before.
func Held(until <-chan struct{}) Fault { return Fault{held: until} }

// CutBefore cuts the connection before the call takes effect.
func CutBefore() Fault { return Fault{cutBefore: true} }

// CutAfter cuts the connection when the call has taken effect.
func CutAfter() Fault { return Fault{cutAfter: true} }

// Duplicate makes getUpdates give every update twice, and once more with the
// next call even where that confirms it.
func Duplicate() Fault { return Fault{duplicate: true} }

// Reorder makes getUpdates give the newest update first.
func Reorder() Fault { return Fault{reorder: true} }

// webhookMethod stands for the server's own calls of a webhook.
const webhookMethod = "webhook"

// Fault makes the next calls of a method meet f: so many, or all where times is
// below 0. The method "*" is any of them, and "webhook" is what the server sends
// to a webhook: [CutBefore] keeps it from arriving, [CutAfter] and [Duplicate]
// send it again though it was taken, [Reorder] sends the newest. Earlier faults
// come first.
func (s *Server) Fault(method string, times int, f Fault) { s.FaultIn(0, method, times, f) }

// FaultIn is [Server.Fault] for the calls that name one chat.
func (s *Server) FaultIn(chat int64, method string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &plannedFault{strings.ToLower(method), chat, times, f})
}

// ClearFaults forgets all faults that are still to come, and ends floods.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.gates = make(map[string]time.Time)
}

// takeFault returns the fault that a call meets. s.mu is held.
func (s *Server) takeFault(method string, p params) Fault {
	for _, f := range s.faults {
		if f.times == 0 || !f.concerns(strings.ToLower(method), p) {
			continue
		}
		if f.times > 0 {
			f.times--
		}
		return f.fault
	}
	return Fault{}
}

// concerns reports whether a call is one that a fault is meant for.
func (f *plannedFault) concerns(method string, p params) bool {
	if f.chat != 0 && p.text("chat_id") != strconv.FormatInt(f.chat, 10) {
		return false
	}
	return f.method == method || f.method == "*" && method != webhookMethod
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
	case f.held != nil:
		select {
		case <-f.held:
			return false
		case <-r.Context().Done():
		}
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
