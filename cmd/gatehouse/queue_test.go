package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// TestDecisionsAndDeliveriesFromTheTerminal decides a comment that waits, takes
// the decision back, and asks for what is to be sent, without Telegram and
// without a blog that can be called.
func TestDecisionsAndDeliveriesFromTheTerminal(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	secret := p.addSite("blog", "")
	p.start()
	_, answer, err := blogClient{p.address, "blog", secret}.submit(t.Context(), "msg_1",
		[]byte(`{"id": "c1", "body": "You are a stupid worthless moron, go kill yourself"}`))
	if err != nil || answer.Action != moderation.Hold {
		t.Fatalf("the comment was answered with %+v, %v", answer, err)
	}
	steps := []struct {
		args []string
		code int
		want string
	}{
		{[]string{"decide", "#" + answer.CommentID, "spam"}, exitDone, "comment 1: spam, revision 1; it is rejected now"},
		{[]string{"undo", "#" + answer.CommentID}, exitDone, "comment 1: undone, revision 1; it is held now"},
		{[]string{"deliveries", "retry", "999"}, exitFailed, "gatehouse: retry delivery 999: not found: no such delivery waits or was given up on; gatehouse deliveries list shows which do"},
		{[]string{"deliveries", "retry", "1"}, exitDone, "0 deliveries made due at once; 1 was due already; cards go out only while serve has a Telegram token"},
	}
	for _, step := range steps {
		_, stderr, err := p.run(step.args...)
		if code := exitCode(err); code != step.code || strings.TrimSpace(stderr) != step.want {
			t.Errorf("%v: exit status %d, %q, want %d, %q", step.args, code, stderr, step.code, step.want)
		}
	}
}

// exitCode returns the exit status that err, of a command, stands for.
func exitCode(err error) int {
	var code int
	if err != nil {
		if _, scanErr := fmt.Sscanf(err.Error(), "exit status %d", &code); scanErr != nil {
			return -1
		}
	}
	return code
}

// TestRetried says what became of deliveries that were to be sent again.
func TestRetried(t *testing.T) {
	now := time.Date(2026, 1, 2, 13, 0, 0, 0, time.UTC)
	row := func(id int, kind string, site int, state moderation.DeliveryState, next time.Duration) moderation.Delivery {
		return moderation.Delivery{ID: moderation.DeliveryID(id), Kind: kind, Site: moderation.SiteID(site), State: state, NextAt: now.Add(next)}
	}
	const callback, card = moderation.DeliverCallback, moderation.DeliverCard
	tests := []struct {
		name          string
		before, after []moderation.Delivery
		id            moderation.DeliveryID
		n             int64
		want          string
	}{
		{"nothing", nil, nil, 0, 0, "0 deliveries made due at once"},
		{"one", []moderation.Delivery{row(1, callback, 1, moderation.DeliveryPending, time.Hour)},
			[]moderation.Delivery{row(1, callback, 1, moderation.DeliveryPending, 0)}, 0, 1, "1 delivery made due at once"},
		{"due already", []moderation.Delivery{row(1, callback, 1, moderation.DeliveryPending, 0), row(2, callback, 1, moderation.DeliveryPending, -1)},
			nil, 0, 0, "0 deliveries made due at once; 2 were due already"},
		{"overtaken", []moderation.Delivery{row(1, callback, 1, moderation.DeliveryFailed, 0), row(2, callback, 1, moderation.DeliveryFailed, 0)},
			[]moderation.Delivery{row(1, callback, 1, moderation.DeliveryFailed, 0)}, 0, 1,
			"1 delivery made due at once; 1 given up on stays so, overtaken by a newer one"},
		{"of a removed blog", []moderation.Delivery{row(1, callback, 2, moderation.DeliveryPending, time.Hour)},
			[]moderation.Delivery{row(1, callback, 2, moderation.DeliveryFailed, 0)}, 0, 0,
			"0 deliveries made due at once; 1 is for a blog that was removed"},
		{"one of them", []moderation.Delivery{row(1, card, 1, moderation.DeliveryPending, 0), row(2, card, 1, moderation.DeliveryPending, time.Hour)},
			nil, 2, 1, "1 delivery made due at once"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := retried{id: test.id, sites: []moderation.Site{{ID: 1}}, made: test.n}
			r.see(test.before, test.after, now)
			if got := r.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
