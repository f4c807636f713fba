package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// floodedBy is how many comments come at once: more than may be inside and wait.
const floodedBy = 1600

// TestAFloodIsTurnedAwayAndPasses sends far more at once than the real program can
// take. Each is answered; what is turned away is told when to come again; what was
// taken is stored; and afterwards all is as before.
func TestAFloodIsTurnedAwayAndPasses(t *testing.T) {
	if testing.Short() {
		t.Skip("floods a real process")
	}
	p := newProcess(t, "GATEHOUSE_LIMITS_CONNECTIONS_PER_CLIENT=10000", "GATEHOUSE_LIMITS_CONNECTIONS=20000", "GATEHOUSE_LOG_LEVEL=error")
	secret := p.addSite("blog", "")
	p.start()
	f := &flood{t: t, client: blogClient{address: p.address, site: "blog", secret: secret}, taken: map[string]bool{}, waits: map[bool][]time.Duration{}}
	for round := 0; f.refused == 0 && round < 20; round++ {
		f.send(round)
	}
	if f.refused == 0 || len(f.taken) == 0 {
		t.Fatalf("%d were taken and %d turned away, want some of each", len(f.taken), f.refused)
	}
	f.wantRefusedInTime()
	until(t, "a comment is taken again", func() bool {
		status, _, err := f.client.submit(t.Context(), "msg_after", floodComment("after"))
		return err == nil && status == http.StatusOK
	})
	out, stderr, err := p.run("export")
	if err != nil {
		t.Fatalf("export: %v\n%s", err, stderr)
	}
	for id := range f.taken {
		if !strings.Contains(out, strconv.Quote(id)) {
			t.Errorf("comment %s was taken, and is not stored", id)
		}
	}
}

// flood is many comments at once.
type flood struct {
	t       *testing.T
	client  blogClient
	mu      sync.Mutex
	taken   map[string]bool // by id
	refused int
	waits   map[bool][]time.Duration // until an answer, by whether the comment was taken
}

func (f *flood) send(round int) {
	var all sync.WaitGroup
	for i := range floodedBy {
		all.Go(func() { f.sendOne(fmt.Sprintf("flood%d-%d", round, i)) })
	}
	all.Wait()
}

func (f *flood) sendOne(id string) {
	body := floodComment(id)
	header, err := platform.Sign([]moderation.Secret{f.client.secret}, "msg_"+id, time.Now(), body)
	if err != nil {
		f.t.Error(err)
		return
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), 2*time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.client.address+"/v1/sites/blog/comments", bytes.NewReader(body))
	if err != nil {
		f.t.Error(err)
		return
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	began := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Errorf("no answer: %v", err)
		return
	}
	defer answer.Body.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waits[answer.StatusCode == http.StatusOK] = append(f.waits[answer.StatusCode == http.StatusOK], time.Since(began))
	switch answer.StatusCode {
	case http.StatusOK:
		f.taken[id] = true
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		f.refused++
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || seconds < 1 {
			f.t.Errorf("turned away with Retry-After %q", answer.Header.Get("Retry-After"))
		}
	default:
		f.t.Errorf("a comment of the flood is answered %s", answer.Status)
	}
}

// wantRefusedInTime checks that whoever is turned away waits for hardly longer than those
// who are taken: how long that is depends on the machine.
func (f *flood) wantRefusedInTime() {
	f.t.Helper()
	for _, waits := range f.waits {
		slices.Sort(waits)
	}
	refused, taken := f.waits[false], f.waits[true]
	late, last := refused[len(refused)*99/100], taken[len(taken)-1]
	if late > last+submissionsPatience {
		f.t.Errorf("of those turned away one in a hundred waited for %s, and nobody who was taken for more than %s", late, last)
	}
	f.t.Logf("%d taken after %s (median) to %s, %d turned away after %s to %s", len(taken), taken[len(taken)/2], last, len(refused), refused[len(refused)/2], late)
}

// floodComment is a comment that nobody else writes.
func floodComment(id string) []byte {
	random := rand.New(rand.NewPCG(rand.Uint64(), 1))
	text := "About"
	for range 12 {
		text += " w" + strconv.Itoa(random.IntN(100000))
	}
	body, err := json.Marshal(map[string]any{"id": id, "body": text, "author": map[string]string{"name": id}})
	if err != nil {
		panic(err)
	}
	return body
}
