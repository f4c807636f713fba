package main

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestDecisionsAndDeliveriesFromTheTerminal decides a comment that waits, takes
// the decision back, and asks for what is to be sent, without Telegram and
// without a blog that can be called.
func TestDecisionsAndDeliveriesFromTheTerminal(t *testing.T) {
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
