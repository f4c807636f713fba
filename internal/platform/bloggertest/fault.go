package bloggertest

import (
	"net/http"
	"strconv"
)

// Fault is a way for a call to go wrong. The zero Fault is none.
type Fault struct {
	refuse answer
	page   bool
	hang   bool
	cut    bool
	until  <-chan struct{}
}

// planned is a fault that calls will meet.
type planned struct {
	act   string
	id    string // of the comment or post; empty: any
	times int    // below 0: until cleared
	fault Fault
}

// Forbidden refuses with 403, for no reason that has to do with quota.
func Forbidden() Fault {
	return Fault{refuse: refusal(http.StatusForbidden, "forbidden", "We're sorry, but you don't have permission to access this resource.")}
}

// Quota refuses with 403 for a reason such as rateLimitExceeded.
func Quota(reason string) Fault {
	return Fault{refuse: refusal(http.StatusForbidden, reason, "Rate Limit Exceeded")}
}

// TooMany refuses with 429 and says how many seconds to wait; 0: it does not say.
func TooMany(seconds int) Fault {
	f := Fault{refuse: answer{status: http.StatusTooManyRequests, body: map[string]any{"error": map[string]any{"code": http.StatusTooManyRequests,
		"message": "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service 'blogger.googleapis.com'.",
		"status":  "RESOURCE_EXHAUSTED", "details": []any{map[string]any{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
			"reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com"}}}}}}
	if seconds > 0 {
		f.refuse.header = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return f
}

// ServerError refuses with 500.
func ServerError() Fault {
	return Fault{refuse: refusal(http.StatusInternalServerError, "backendError", "Backend Error")}
}

// BadGateway answers with a page, as a proxy does.
func BadGateway() Fault { return Fault{page: true} }

// Hang never answers; the call takes no effect.
func Hang() Fault { return Fault{hang: true} }

// CutAfter cuts the connection when the call has taken effect.
func CutAfter() Fault { return Fault{cut: true} }

// Slow carries the call out once c is closed.
func Slow(c <-chan struct{}) Fault { return Fault{until: c} }

// Fault makes the next calls of an act (list, get, post, blog, approve, spam,
// removecontent, token; "*": any) meet f: so many, or all where times is below 0.
func (s *Server) Fault(act string, times int, f Fault) {
	s.change(func() { s.faults = append(s.faults, &planned{act: act, times: times, fault: f}) })
}

// FaultOn makes all calls of an act to one comment or post meet f.
func (s *Server) FaultOn(act, id string, f Fault) {
	s.change(func() { s.faults = append(s.faults, &planned{act: act, id: id, times: -1, fault: f}) })
}

// ClearFaults forgets all faults that are still to come.
func (s *Server) ClearFaults() { s.change(func() { s.faults = nil }) }

// takeFault returns the fault that a call meets.
func (s *Server) takeFault(act, id string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.faults {
		if p.times == 0 || p.act != "*" && p.act != act || p.id != "" && p.id != id {
			continue
		}
		p.times--
		return p.fault
	}
	return Fault{}
}

// before does what happens instead of the call, and reports whether anything did.
func (f Fault) before(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.refuse.status != 0:
		f.refuse.write(w)
	case f.page:
		http.Error(w, "<html><title>Error 502 (Server Error)!!1</title></html>", http.StatusBadGateway)
	case f.hang:
		<-r.Context().Done()
	case f.until != nil:
		select {
		case <-f.until:
		case <-r.Context().Done():
		}
		return false
	default:
		return false
	}
	return true
}

// after does what happens instead of the answer, and reports whether anything did.
func (f Fault) after(w http.ResponseWriter) bool {
	if !f.cut {
		return false
	}
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // nobody is left to hear of an error
	}
	return true
}
