package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// told is what a callback said.
type told struct {
	Type string `json:"type"`
	Data struct {
		ID        string `json:"id"`
		CommentID string `json:"comment_id"`
		Seq       int64  `json:"seq"`
		Decision  string `json:"decision"`
	} `json:"data"`
}

// receiver is the blog's end of the callbacks: it verifies, takes each
// webhook-id once, ignores what is older, and now and then answers 500.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	secret moderation.Secret
	taken  map[string]told // by webhook-id
	state  map[string]told // by comment_id: the newest
	calls  int
	faults []string
	clock  func() time.Time // nil: the right one; else it may step, and what is stale by it is refused
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{taken: map[string]told{}, state: map[string]told{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	now := time.Now()
	if r.clock != nil {
		now = r.clock()
	}
	id, verr := platform.Verify([]moderation.Secret{r.secret}, request.Header, body, now)
	if verr != nil && r.clock != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var said told
	if jerr := json.Unmarshal(body, &said); err != nil || verr != nil || jerr != nil {
		r.faults = append(r.faults, fmt.Sprintf("a callback that is not right: %v %v %v", err, verr, jerr))
		return
	}
	if r.calls%17 == 0 {
		w.WriteHeader(http.StatusInternalServerError) // tried again, with the same id
		return
	}
	before, again := r.taken[id]
	switch newest := r.state[said.Data.CommentID]; {
	case again && before != said:
		r.faults = append(r.faults, fmt.Sprintf("%s came again with other words: %+v, then %+v", id, before, said))
	case again:
	case said.Data.Seq <= newest.Data.Seq:
		r.faults = append(r.faults, fmt.Sprintf("comment %s: seq %d came after %d", said.Data.CommentID, said.Data.Seq, newest.Data.Seq))
	default:
		r.state[said.Data.CommentID] = said
	}
	r.taken[id] = said
}

// newest returns what the blog was last told of a comment.
func (r *receiver) newest(comment moderation.CommentID) (told, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	said, ok := r.state[comment.String()]
	return said, ok
}

func (r *receiver) decisions() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.taken)
}
