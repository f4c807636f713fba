package main

import (
	"strings"
	"testing"

	"gatehouse/internal/platform/bloggertest"
)

func TestTryApprove(t *testing.T) {
	tests := map[string]struct {
		prepare func(*bloggertest.Server)
		empty   bool // nothing waits
		answer  string
		flags   []string
		code    int
		status  string
		says    string
	}{
		"it publishes":      {answer: "y\n", code: exitDone, status: bloggertest.Live, says: "approve publishes a comment that waits"},
		"without asking":    {flags: []string{"--yes"}, code: exitDone, status: bloggertest.Live, says: "approve publishes a comment that waits"},
		"it does not":       {prepare: (*bloggertest.Server).ApproveNothing, answer: "yes\n", code: exitFailed, status: bloggertest.Pending, says: "does not publish"},
		"the owner says no": {answer: "\n", code: exitFailed, status: bloggertest.Pending, says: "nothing was done"},
		"nobody answers":    {code: exitFailed, status: bloggertest.Pending, says: "nothing was done"},
		"nothing waits":     {empty: true, answer: "y\n", code: exitFailed, says: "no comment waits in Blogger"},
		"access withdrawn":  {prepare: (*bloggertest.Server).Revoke, answer: "y\n", code: exitFailed, status: bloggertest.Pending, says: "gatehouse sites connect blogger blog"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newBloggerWorld(t)
			id := ""
			if !tt.empty {
				id = w.write("Is anybody here?")
			}
			if tt.prepare != nil {
				tt.prepare(w.google)
			}
			t.Setenv("GATEHOUSE_CALLBACKS_ALLOW_PRIVATE", "true")
			var out heard
			a := &app{ctx: t.Context(), stdin: strings.NewReader(tt.answer), stdout: &out, stderr: &out, now: w.gate.now}
			if code := a.run(append([]string{"doctor", "--try-approve", "blog", "--data", w.data}, tt.flags...)); code != tt.code {
				t.Errorf("exit status %d, want %d", code, tt.code)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("it says %q, want %q in it", out.String(), tt.says)
			}
			if got := w.google.Status(id); got != tt.status {
				t.Errorf("the comment is %q, want %q", got, tt.status)
			}
		})
	}
}

func TestDoctorOnBlogger(t *testing.T) {
	w := newBloggerWorld(t)
	w.write("Is anybody here?")
	t.Setenv("GATEHOUSE_CALLBACKS_ALLOW_PRIVATE", "true")
	examine := func() string {
		var out heard
		a := &app{ctx: t.Context(), stdout: &out, stderr: &out, now: w.gate.now}
		a.run([]string{"doctor", "--data", w.data})
		return out.String()
	}
	if out, want := examine(), `ok      site blog: "A blog" (http://blog.example.test/) can be read, 1 comments wait there`; !strings.Contains(out, want) {
		t.Errorf("it says\n%s\nwant %q in it", out, want)
	}
	w.google.Revoke()
	if out, want := examine(), "FAILED  site blog: not connected: Google does not accept the refresh token"; !strings.Contains(out, want) {
		t.Errorf("it says\n%s\nwant %q in it", out, want)
	}
}
