package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"gatehouse/internal/moderation"
)

// The pauses between two tries to hand a comment in grow from the first to the
// last; gatehouse may ask for a longer one.
const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
	askedPause = 10 * time.Minute // the longest that is granted
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 1 << 20

// gate hands comments in at gatehouse's door and keeps what it answers.
type gate struct {
	cfg    Config
	book   *book
	titles map[string]string // of the articles, by slug
	wake   chan struct{}     // receives when a comment waits

	mu    sync.Mutex
	waits map[string]wait // by comment; tells when to try again
	busy  map[string]bool // comments that are being handed in
}

// wait is how often a comment was handed in in vain, and when to try again.
type wait struct {
	tries int
	until time.Time
}

// arrival is the body of a comment at gatehouse's door.
type arrival struct {
	ID        string        `json:"id"`
	Post      arrivalPost   `json:"post"`
	ParentID  string        `json:"parent_id,omitempty"`
	Parent    *arrivalText  `json:"parent,omitempty"`
	Author    arrivalAuthor `json:"author"`
	Body      string        `json:"body"`
	Format    string        `json:"format"`
	CreatedAt time.Time     `json:"created_at"`
	Fields    arrivalFields `json:"fields"`
}

type arrivalPost struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	Title string `json:"title"`
}

type arrivalText struct {
	Author string `json:"author"`
	Body   string `json:"body"`
}

type arrivalAuthor struct {
	Name      string `json:"name"`
	Email     string `json:"email,omitempty"`
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}

type arrivalFields struct {
	Honeypot  string `json:"honeypot"`
	ElapsedMS int64  `json:"elapsed_ms"`
}

// run hands in whatever waits until ctx ends.
func (g *gate) run(ctx context.Context) error {
	for {
		pause := g.handInAll(ctx)
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-g.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// handInAll tries each waiting comment whose time has come, and returns how
// long to pause until the next one's.
func (g *gate) handInAll(ctx context.Context) time.Duration {
	pause := lastPause
	for _, c := range g.book.read().Comments {
		if c.State != waiting || ctx.Err() != nil {
			continue
		}
		if left := g.left(c.ID); left > 0 {
			pause = min(pause, left)
			continue
		}
		if !g.claim(c.ID) {
			continue // a request of its writer is at it
		}
		if err := g.handIn(ctx, c.ID); err != nil {
			g.cfg.Log.Warn("comment not handed in yet", "site", g.cfg.Site, "comment", c.ID, "err", err)
			pause = min(pause, g.left(c.ID))
		}
	}
	return max(pause, firstPause/10)
}

// left returns how long the comment called id still has to wait.
func (g *gate) left(id string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waits[id].until.Sub(g.cfg.Now())
}

// postpone makes the comment called id wait: as long as was asked, or longer
// with every try.
func (g *gate) postpone(id string, asked time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := g.waits[id]
	pause := min(firstPause<<min(w.tries, 10), lastPause)
	g.waits[id] = wait{tries: w.tries + 1, until: g.cfg.Now().Add(max(pause, min(asked, askedPause)))}
}

// claim says whether the caller may hand in the comment called id: it is the only
// one then, and must call handIn.
func (g *gate) claim(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy[id] {
		return false
	}
	g.busy[id] = true
	return true
}

// hurry makes run look again at what waits.
func (g *gate) hurry() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// release ends a claim.
func (g *gate) release(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.busy, id)
}

// handIn gives the comment called id, which the caller has claimed, to gatehouse
// and keeps what it answers. A comment that could not be handed in goes on
// waiting, and is tried again later.
func (g *gate) handIn(ctx context.Context, id string) error {
	defer g.release(id)
	l := g.book.read()
	i := l.find(id)
	if i < 0 || l.Comments[i].State != waiting {
		return nil
	}
	status, asked, err := g.submit(ctx, l, l.Comments[i])
	if err != nil {
		g.postpone(id, asked)
		return fmt.Errorf("hand comment in: %w", err)
	}
	g.mu.Lock()
	delete(g.waits, id)
	g.mu.Unlock()
	_, err = g.book.update(id, func(c *comment) error {
		c.Sender = nil
		if c.Seq > 0 {
			return nil // a decision came first, and knows better
		}
		c.State = stateOf(status)
		return nil
	})
	return err
}

// stateOf returns what the blog does with a comment of that status.
func stateOf(s moderation.Status) state {
	switch s {
	case moderation.Approved:
		return published
	case moderation.Held:
		return held
	default:
		return refused
	}
}

// submit posts c and returns the status that gatehouse gives it, or else how
// long it asks to wait (0: it does not say) and why it gave none.
func (g *gate) submit(ctx context.Context, l ledger, c comment) (moderation.Status, time.Duration, error) {
	body, err := json.Marshal(g.arrival(l, c))
	if err != nil {
		return "", 0, err
	}
	address := g.cfg.GateURL + "/v1/sites/" + url.PathEscape(g.cfg.Site) + "/comments"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	signed, err := g.cfg.Sign("demo-"+c.ID, g.cfg.Now(), body)
	if err != nil {
		return "", 0, err
	}
	for name, values := range signed {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := g.cfg.Client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return "", 0, err
	}
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	status, err := readAnswer(res.StatusCode, answer)
	return status, time.Duration(max(seconds, 0)) * time.Second, err
}

// readAnswer returns the status in gatehouse's answer.
func readAnswer(code int, body []byte) (moderation.Status, error) {
	var answer struct {
		Status moderation.Status `json:"status"`
		Error  struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case code != http.StatusOK && answer.Error.Code != "":
		return "", fmt.Errorf("gatehouse answered %d %s: %s", code, answer.Error.Code, answer.Error.Message)
	case code != http.StatusOK:
		return "", fmt.Errorf("gatehouse answered %d", code)
	case err != nil:
		return "", fmt.Errorf("read gatehouse's answer: %w", err)
	}
	switch answer.Status {
	case moderation.Approved, moderation.Held, moderation.Rejected, moderation.Withdrawn:
		return answer.Status, nil
	}
	return "", fmt.Errorf("read gatehouse's answer: unknown status %q", answer.Status)
}

// arrival returns c as gatehouse is told of it.
func (g *gate) arrival(l ledger, c comment) arrival {
	a := arrival{
		ID: c.ID, ParentID: c.Parent, Body: c.Text, Format: string(moderation.FormatText), CreatedAt: c.At.UTC(),
		Post:   arrivalPost{ID: c.Post, URL: g.cfg.GateURL + "/demo/blog/posts/" + c.Post, Title: g.titles[c.Post]},
		Author: arrivalAuthor{Name: c.Author},
	}
	if i := l.find(c.Parent); c.Parent != "" && i >= 0 {
		a.Parent = &arrivalText{Author: l.Comments[i].Author, Body: l.Comments[i].Text}
	}
	if s := c.Sender; s != nil {
		a.Author.Email, a.Author.IP, a.Author.UserAgent = s.Email, s.Address, s.Agent
		a.Fields = arrivalFields{Honeypot: s.Honeypot, ElapsedMS: s.ElapsedMS}
	}
	return a
}
