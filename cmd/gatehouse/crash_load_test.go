package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// crashLoad is what clients do to the program, and what it has promised them.
type crashLoad struct {
	p      *process
	seed   uint64
	sites  []*crashSite
	skew   func() time.Duration // of the program's clock; nil: none
	number atomic.Int64         // of the last comment
	order  atomic.Int64         // of the last decision

	calm sync.RWMutex // held for reading while somebody asks the program for something

	mu       sync.Mutex
	promises []promise
	orders   []string       // notes of the decisions that were confirmed
	refusals map[string]int // answers of 5xx and 429, by their words
}

// promise is an answer with status 200 to what a blog sent.
type promise struct {
	site     *crashSite
	comment  string // the blog's id
	key      string // the webhook-id
	body     []byte // nil: the comment was withdrawn
	answer   platform.Answer
	withdrew bool
}

// write is a client of the blogs: it sends comments, some of them twice, edits some
// and takes some back, each until it is answered, until ctx ends.
func (l *crashLoad) write(ctx context.Context, random *rand.Rand) error {
	for ctx.Err() == nil {
		n := int(l.number.Add(1))
		p := promise{site: l.sites[n%len(l.sites)], comment: fmt.Sprint("c", n)}
		p.key, p.body = fmt.Sprintf("msg_%d_1", n), crashComment(n, 1, random)
		if err := l.insist(ctx, &p); err != nil {
			return err
		}
		if random.IntN(5) == 0 {
			again := p
			if err := l.insist(ctx, &again); err != nil {
				return err
			}
			if err := sameAnswer(p, again); err != nil {
				return err
			}
		}
		if random.IntN(5) == 0 {
			time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
			p.key, p.body = fmt.Sprintf("msg_%d_2", n), crashComment(n, 2, random)
			if err := l.insist(ctx, &p); err != nil {
				return err
			}
		}
		if random.IntN(10) == 0 {
			p.key, p.body, p.withdrew = fmt.Sprintf("msg_%d_3", n), nil, true
			if err := l.insist(ctx, &p); err != nil {
				return err
			}
		}
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond)
	}
	return nil
}

// crashComment returns the body of a comment of a revision; a third of them is
// abuse.
func crashComment(n, revision int, random *rand.Rand) []byte {
	text := ""
	for range 14 {
		text += crashWords[random.IntN(len(crashWords))] + " "
	}
	if n%3 != 0 {
		text = strings.ToUpper(text[:1]) + text[1:len(text)-1] + "."
	} else {
		text = "You worthless idiot, you " + text + "moron."
	}
	body, err := json.Marshal(map[string]any{
		"id": fmt.Sprint("c", n), "body": text, "updated_at": time.Date(2026, 1, 1, 0, revision, 0, 0, time.UTC),
		"post": map[string]string{"id": fmt.Sprint("p", n%7), "url": fmt.Sprintf("https://blog.example.test/p%d", n%7), "title": "A post"},
		"author": map[string]string{"name": fmt.Sprint("Reader ", n), "ip": fmt.Sprintf("203.0.%d.%d", n/200%200, n%200),
			"email": fmt.Sprintf("r%d@example.test", n)},
	})
	if err != nil {
		panic(err) // strings always encode
	}
	return body
}

// crashWords are what comments are made of, so that no two are alike.
var crashWords = strings.Fields(`the a of to and with from about under over near river bridge garden bicycle council budget
	library evening summer winter street tree window letter station minister harvest kitchen recipe bread soup apple cellar
	mountain village teacher school picture camera music violin concert theatre actor painter colour yellow green morning
	coffee paper printer office lunch walk dog cat horse bird owl forest path stone wall roof tower clock bell market
	butcher baker potato tomato lamp candle chair table carpet curtain engine tram bus ferry harbour island lighthouse
	remember wonder believe describe explain visit repair measure compare borrow return listen whisper gather plant`)

// insist sends what p says until the program answers, and keeps the answer. A
// client that never hears back tries for as long as the test runs.
func (l *crashLoad) insist(ctx context.Context, p *promise) error {
	for {
		status, words, err := l.send(p)
		switch {
		case err == nil && status == http.StatusOK:
			l.promised(*p)
			return nil
		case err == nil && (status >= 500 || status == http.StatusTooManyRequests):
			l.refused(status, words)
		case err == nil && status == http.StatusUnauthorized && l.skew != nil:
			l.refused(status, "unsigned")
		case err == nil:
			return fmt.Errorf("%s: status %d: %s", p.key, status, words)
		}
		if err != nil && ctx.Err() != nil {
			return nil // the program is gone for good
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// promised keeps an answer.
func (l *crashLoad) promised(p promise) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promises = append(l.promises, p)
}

// refused notes that somebody was told to come again.
func (l *crashLoad) refused(status int, words string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refusals == nil {
		l.refusals = map[string]int{}
	}
	l.refusals[fmt.Sprintf("%d %s", status, words)]++
}

// send is sendNow, unless all are to be calm.
func (l *crashLoad) send(p *promise) (status int, words string, err error) {
	l.calm.RLock()
	defer l.calm.RUnlock()
	return l.sendNow(p)
}

// sendNow sends what p says once, and writes the answer into p.
func (l *crashLoad) sendNow(p *promise) (status int, words string, err error) {
	method, path := http.MethodPost, "comments"
	if p.withdrew {
		method, path = http.MethodDelete, "comments/"+p.comment
	}
	now := time.Now()
	if l.skew != nil {
		now = now.Add(l.skew())
	}
	header, err := platform.Sign([]moderation.Secret{p.site.secret}, p.key, now, p.body)
	if err != nil {
		return 0, "", err
	}
	header.Set("Content-Type", "application/json")
	status, answer, err := l.ask(method, p.site.name+"/"+path, header, p.body)
	if err != nil || status != http.StatusOK {
		return status, string(answer), err
	}
	p.answer = platform.Answer{}
	return status, "", json.Unmarshal(answer, &p.answer)
}

// ask sends a request and returns the answer.
func (l *crashLoad) ask(method, path string, header http.Header, body []byte) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+l.p.address+"/v1/sites/"+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// sameAnswer says in what the answer to a redelivered message differs from the
// first one, the comment's status of now apart.
func sameAnswer(first, again promise) error {
	a, b := first.answer, again.answer
	if a.CommentID != b.CommentID || a.Revision != b.Revision || a.Action != b.Action || a.Model != b.Model || a.Rules != b.Rules ||
		!slices.EqualFunc(a.Reasons, b.Reasons, func(x, y platform.Reason) bool { return x.Check == y.Check && x.Rule == y.Rule }) || !b.Duplicate {
		return fmt.Errorf("%s: answered %+v, and when it came again %+v", first.key, a, b)
	}
	return nil
}

// known returns a random comment of those that were answered lately.
func (l *crashLoad) known(random *rand.Rand) (promise, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.promises) == 0 {
		return promise{}, false
	}
	return l.promises[len(l.promises)-1-random.IntN(min(len(l.promises), 200))], true
}

// confirm notes that a decision was confirmed.
func (l *crashLoad) confirm(note string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.orders = append(l.orders, note)
}

// decide is a program that decides and takes back through the API.
func (l *crashLoad) decide(ctx context.Context, random *rand.Rand) error {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		p, ok := l.known(random)
		if !ok {
			continue
		}
		path := p.site.name + "/comments/" + p.answer.CommentID + "/decision"
		if random.IntN(6) == 0 {
			if _, err := l.demand(ctx, http.MethodDelete, path, p.site.token, nil); err != nil {
				return err
			}
			continue
		}
		note := fmt.Sprint("order-", l.order.Add(1))
		body, err := json.Marshal(map[string]string{"decision": randomChoice(random), "note": note})
		if err != nil {
			return err
		}
		status, err := l.demand(ctx, http.MethodPost, path, p.site.token, body)
		if err != nil {
			return err
		}
		if status == http.StatusOK {
			l.confirm(note)
		}
	}
	return nil
}

func randomChoice(random *rand.Rand) string {
	return string([]moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse}[random.IntN(3)])
}

// demand asks the API for one thing until it is done or refused for a reason.
func (l *crashLoad) demand(ctx context.Context, method, path, token string, body []byte) (status int, err error) {
	header := http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, "Idempotency-Key": {fmt.Sprint("key-", l.order.Add(1))}}
	for {
		l.calm.RLock()
		status, answer, err := l.ask(method, path, header, body)
		l.calm.RUnlock()
		switch {
		case err != nil && ctx.Err() != nil:
			return 0, nil
		case err == nil && (status < 400 || status == http.StatusConflict || status == http.StatusNotFound):
			return status, nil
		case err == nil && status >= 500:
			l.refused(status, string(answer))
		case err == nil:
			return status, fmt.Errorf("%s %s: status %d: %s", method, path, status, answer)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// expected are the reasons for which a command may refuse.
var expected = regexp.MustCompile(`already decided|not found|withdrawn|nothing to undo`)

// command is somebody at the command line, beside the service.
func (l *crashLoad) command(ctx context.Context, random *rand.Rand) error {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(random.IntN(800)) * time.Millisecond)
		p, ok := l.known(random)
		if !ok {
			continue
		}
		note := fmt.Sprint("order-", l.order.Add(1))
		args := []string{"decide", p.answer.CommentID, randomChoice(random), "--note", note}
		if random.IntN(5) == 0 {
			args = []string{"undo", p.answer.CommentID}
		}
		stderr, err := l.runCommand(args...)
		switch {
		case err == nil && args[0] == "decide":
			l.confirm(note)
		case err != nil && l.p.t.Context().Err() == nil && !expected.MatchString(stderr):
			l.refused(0, strconv.Quote(stderr))
		}
	}
	return nil
}

// retrain has models made anew now and then.
func (l *crashLoad) retrain(ctx context.Context, random *rand.Rand) error {
	for ctx.Err() == nil {
		time.Sleep(time.Duration(2000+random.IntN(3000)) * time.Millisecond)
		if stderr, err := l.runCommand("retrain", "--site", l.sites[random.IntN(len(l.sites))].name); err != nil && strings.Contains(stderr, "panic") {
			return errors.New(stderr)
		}
	}
	return nil
}

func (l *crashLoad) runCommand(args ...string) (stderr string, err error) {
	l.calm.RLock()
	defer l.calm.RUnlock()
	_, stderr, err = l.p.run(args...)
	return stderr, err
}
