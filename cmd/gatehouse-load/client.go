package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// figures are what came of one run.
type figures struct {
	took     []time.Duration // for each answer 200, sorted
	refused  []time.Duration // for each answer 429 or 503, sorted
	again    time.Duration   // after the run, until a comment is taken, where some were refused
	statuses map[int]int     // 0: no answer
	lasted   time.Duration
	cpu      time.Duration
	memory   int
	size     int64
	steps    map[string]time.Duration // of the verdicts, by their names
}

func (f figures) rate() float64 { return float64(len(f.took)) / f.lasted.Seconds() }

// percentile returns the time within which p of a hundred comments were taken.
func (f figures) percentile(p int) time.Duration { return percentile(f.took, p) }

// percentile returns what p of a hundred of the sorted times don't exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// String is a line of the table.
func (f figures) String() string {
	var statuses []string
	for _, status := range slices.Sorted(maps.Keys(f.statuses)) {
		statuses = append(statuses, fmt.Sprintf("%d×%d", f.statuses[status], status))
	}
	each := time.Duration(0)
	if len(f.took) > 0 {
		each = f.cpu / time.Duration(len(f.took))
	}
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
	refused := ""
	if len(f.refused) > 0 {
		refused = fmt.Sprintf("\n%16s %6.0f/s  median %s  p99 %s  max %s, and afterwards a comment is taken in %s", "turned away", float64(len(f.refused))/f.lasted.Seconds(),
			round(percentile(f.refused, 50)), round(percentile(f.refused, 99)), round(percentile(f.refused, 100)), round(f.again))
	}
	return fmt.Sprintf("%6.0f/s  median %s  p99 %s  max %s  CPU %s each  memory %d MB  database %d MB  answers %s",
		f.rate(), round(f.percentile(50)), round(f.percentile(99)), round(f.percentile(100)), each.Round(time.Microsecond), f.memory, f.size, strings.Join(statuses, ", ")) + refused
}

// prepare makes the data folder that every run begins with, and returns it and the
// blogs in it.
func prepare(ctx context.Context, s settings) (*server, []blog, error) {
	v, err := newServer(ctx, s, false)
	if err != nil {
		return nil, nil, err
	}
	blogs := make([]blog, s.sites)
	for i := range blogs {
		blogs[i].name = fmt.Sprint("blog", i+1)
		if blogs[i].secret, err = v.addSite(ctx, blogs[i].name); err != nil {
			return nil, nil, err
		}
	}
	return v, blogs, fill(ctx, v.data, blogs, s.stored)
}

// measure runs the program once, on a copy of the data that was prepared.
func measure(ctx context.Context, s settings, each bool, prepared *server, blogs []blog) (f figures, err error) {
	v, err := newServer(ctx, s, each)
	if err != nil {
		return f, err
	}
	if err := os.CopyFS(v.data, os.DirFS(prepared.data)); err != nil {
		return f, fmt.Errorf("copy what was prepared: %w", err)
	}
	if err := v.start(ctx, s.delay); err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, v.stop()) }()
	clients := make([]*client, s.clients)
	for i := range clients {
		clients[i] = newClient(v.address, i, blogs[i%len(blogs)])
	}
	defer func() {
		for _, c := range clients {
			c.close()
		}
	}()
	load(ctx, clients, min(2*time.Second, s.duration/5)) // the program warms up
	for _, c := range clients {
		c.took, c.refused, c.statuses = nil, nil, map[int]int{}
	}
	earlier, err := v.steps(ctx)
	if err != nil {
		return f, err
	}
	before, began := v.cpu(), time.Now()
	load(ctx, clients, s.duration)
	f = figures{statuses: map[int]int{}, lasted: time.Since(began), cpu: v.cpu() - before, memory: v.memory(), size: v.size()}
	if f.steps, err = v.steps(ctx); err != nil {
		return f, err
	}
	f.gather(clients)
	if len(f.refused) > 0 {
		f.again = takenAgain(ctx, newClient(v.address, len(clients), blogs[0]))
	}
	for name, took := range earlier {
		f.steps[name] -= took
	}
	return f, ctx.Err()
}

// gather adds what the clients have noted.
func (f *figures) gather(clients []*client) {
	for _, c := range clients {
		f.took, f.refused = append(f.took, c.took...), append(f.refused, c.refused...)
		for status, n := range c.statuses {
			f.statuses[status] += n
		}
	}
	slices.Sort(f.took)
	slices.Sort(f.refused)
}

// takenAgain returns after how long a comment is taken.
func takenAgain(ctx context.Context, c *client) time.Duration {
	defer c.close()
	began := time.Now()
	for len(c.took) == 0 && ctx.Err() == nil {
		c.send(ctx)
	}
	return time.Since(began)
}

// load has all clients send for so long.
func load(ctx context.Context, clients []*client, duration time.Duration) {
	until := time.Now().Add(duration)
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() {
			for ctx.Err() == nil && time.Now().Before(until) {
				c.send(ctx)
			}
		})
	}
	all.Wait()
}

// blog is who sends comments.
type blog struct {
	name   string
	secret moderation.Secret
}

// client sends one comment after the other, over one connection. It writes HTTP by
// itself: net/http's client would take as much of the processor as the program does.
type client struct {
	address  string
	blog     blog
	writer   *writer
	number   int
	conn     net.Conn // nil: none is open
	answers  *bufio.Reader
	took     []time.Duration
	refused  []time.Duration
	statuses map[int]int
}

func newClient(address string, number int, b blog) *client {
	return &client{address: address, blog: b, number: number, writer: newWriter(uint64(number) + 1), statuses: map[int]int{}}
}

// send sends a comment and notes how long its answer took.
func (c *client) send(ctx context.Context) {
	id := fmt.Sprintf("c%d-%d", c.number, c.writer.written)
	body := c.writer.comment(id)
	header, err := platform.Sign([]moderation.Secret{c.blog.secret}, "msg_"+id, time.Now(), body)
	if err != nil {
		panic(err) // the secret is gatehouse's own, and so can't happen
	}
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST /v1/sites/%s/comments HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", c.blog.name, c.address, len(body))
	_ = header.Write(&request) // to memory, and so can't fail
	request.WriteString("\r\n")
	request.Write(body)
	began := time.Now()
	status, err := c.exchange(ctx, request.Bytes())
	if err != nil {
		c.close()
	}
	c.statuses[status]++
	switch status {
	case http.StatusOK:
		c.took = append(c.took, time.Since(began))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		c.refused = append(c.refused, time.Since(began))
	}
}

// exchange sends a request and returns the status of its answer; 0 with an error.
func (c *client) exchange(ctx context.Context, request []byte) (status int, err error) {
	if c.conn == nil {
		if c.conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", c.address); err != nil {
			return 0, err
		}
		c.answers = bufio.NewReader(c.conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return 0, err
	}
	if answer.Close {
		c.close()
	}
	return answer.StatusCode, nil
}

// close closes the connection; the next comment opens another.
func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
