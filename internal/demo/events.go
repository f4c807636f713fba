package demo

import (
	"io"
	"net/http"
	"time"
)

// Pages that listen get a sign of life at least every heartbeat. One that takes
// longer than sendPatience to take a message is dropped; it will come back.
const (
	heartbeat    = 15 * time.Second
	sendPatience = 10 * time.Second
)

// tellBlog tells a page of the blog whenever a comment changed. What changed is
// not said: the page asks again, and is shown what its reader may see.
func (d *Demo) tellBlog(w http.ResponseWriter, r *http.Request) {
	d.tell(w, r, d.book.changed.wait)
}

// tell sends a Server-Sent Event now, and after each change, until the page goes
// or the demo ends. wait returns a channel that is closed at the next change.
func (d *Demo) tell(w http.ResponseWriter, r *http.Request, wait func() <-chan struct{}) {
	out := http.NewResponseController(w)
	send := func(message string) error {
		// A server without deadlines is as good: the error is of no interest.
		_ = out.SetWriteDeadline(time.Now().Add(sendPatience))
		if _, err := io.WriteString(w, message); err != nil {
			return err
		}
		return out.Flush()
	}
	w.Header().Set("Content-Type", "text/event-stream")
	next := wait()
	if send("retry: 1000\ndata: changed\n\n") != nil {
		return
	}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		message := ": alive\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-d.ended:
			return
		case <-alive.C:
		case <-next:
			next = wait()
			message = "data: changed\n\n"
		}
		if send(message) != nil {
			return
		}
	}
}
