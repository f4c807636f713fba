package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// insult is what the built-in model holds.
const insult = "You are a disgusting idiot and everyone here hates you."

// addToken makes a token of a site.
func (p *process) addToken(site string) string {
	p.t.Helper()
	out, stderr, err := p.run("tokens", "add", site)
	if err != nil {
		p.t.Fatalf("tokens add: %v\n%s", err, stderr)
	}
	return strings.TrimSpace(out)
}

// apiComment is what the test reads of a comment.
type apiComment struct {
	CommentID string                              `json:"comment_id"`
	ID        string                              `json:"id"`
	Status    string                              `json:"status"`
	Decision  *struct{ Decision, By, Via string } `json:"decision"`
	Decisions []struct {
		Decision  string `json:"decision"`
		DecidedBy string `json:"decided_by"`
		Via       string `json:"via"`
		Undone    bool   `json:"undone"`
	} `json:"decisions"`
	Comments []apiComment `json:"comments"`
	Authors  []any        `json:"authors"`
	Next     string       `json:"next"`
	Error    struct{ Code string }
}

// api asks the API and returns status and answer.
func (p *process) api(token, method, path, body string) (int, apiComment) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, "http://"+p.address+"/v1/sites/"+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var answer apiComment
	if err := json.Unmarshal(data, &answer); err != nil {
		p.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, data)
	}
	if strings.Contains(string(data), "203.0.113.9") || strings.Contains(string(data), "ann@example.test") {
		p.t.Errorf("%s %s tells who wrote: %s", method, path, data)
	}
	return response.StatusCode, answer
}

// TestTheAPI polls and decides at the real program, with tokens that come and go
// while it runs.
func TestTheAPI(t *testing.T) {
	t.Parallel()
	blog := newReceiver(t)
	p := newProcess(t)
	secret := p.addSite("blog", blog.URL)
	blog.secret = secret
	p.addSite("other", "")
	p.start()
	token, others := p.addToken("blog"), p.addToken("other")
	body := `{"id": "c1", "body": "` + insult + `", "author": {"name": "Ann", "email": "ann@example.test", "ip": "203.0.113.9"}}`
	status, answer, err := blogClient{p.address, "blog", secret}.submit(t.Context(), "msg_1", []byte(body))
	if err != nil || status != http.StatusOK || answer.Status != moderation.Held {
		t.Fatalf("submit: %d %+v, %v", status, answer, err)
	}
	code, first := p.api(token, http.MethodGet, "blog/comments?status=held", "")
	if code != http.StatusOK || len(first.Comments) != 1 || first.Comments[0].ID != "c1" || first.Comments[0].Decision != nil {
		t.Fatalf("held: %d %+v", code, first)
	}
	decision := "blog/comments/" + first.Comments[0].CommentID + "/decision"
	for _, step := range []struct {
		name, token, method, path, body string
		status                          int
		code, is                        string
	}{
		{"an older revision", token, http.MethodPost, decision, `{"decision": "approve", "revision": 7}`, 409, "stale_revision", ""},
		{"a decision", token, http.MethodPost, decision, `{"decision": "abuse", "revision": 1, "note": "no"}`, 200, "", "rejected"},
		{"another one", token, http.MethodPost, decision, `{"decision": "approve"}`, 409, "already_decided", ""},
		{"the comment", token, http.MethodGet, strings.TrimSuffix(decision, "/decision"), "", 200, "", "rejected"},
		{"an undo", token, http.MethodDelete, decision, "", 200, "", "held"},
		{"an undo again", token, http.MethodDelete, decision, "", 404, "not_found", ""},
		{"another site's token", others, http.MethodPost, decision, `{"decision": "approve"}`, 403, "forbidden", ""},
		{"another site's comment", others, http.MethodGet, strings.Replace(decision, "blog", "other", 1), "", 405, "method_not_allowed", ""},
		{"by another site", others, http.MethodPost, strings.Replace(decision, "blog", "other", 1), `{"decision": "approve"}`, 404, "not_found", ""},
		{"no token", "", http.MethodGet, "blog/comments", "", 401, "unsigned", ""},
	} {
		code, got := p.api(step.token, step.method, step.path, step.body)
		if code != step.status || got.Error.Code != step.code || got.Status != step.is {
			t.Errorf("%s: %d %+v", step.name, code, got)
		}
		if step.code == "already_decided" && (got.Decision == nil || got.Decision.Decision != "abuse") {
			t.Errorf("%s: the decision that stands is told as %+v", step.name, got.Decision)
		}
	}
	_, then := p.api(token, http.MethodGet, "blog/comments?after="+first.Next, "")
	if len(then.Comments) != 1 || len(then.Comments[0].Decisions) != 2 || !then.Comments[0].Decisions[0].Undone ||
		then.Comments[0].Decisions[0].DecidedBy != "token api" || then.Comments[0].Decisions[0].Via != "api" {
		t.Errorf("what changed since: %+v", then.Comments)
	}
	if _, none := p.api(token, http.MethodGet, "blog/comments?after="+then.Next, ""); len(none.Comments) != 0 || none.Next != then.Next {
		t.Errorf("and since then: %+v", none)
	}
	until(t, "the blog hears of decision and undo", func() bool { return blog.decisions() == 2 })
	if _, stderr, err := p.run("tokens", "revoke", "blog", "api"); err != nil {
		t.Fatal(stderr)
	}
	if code, got := p.api(token, http.MethodGet, "blog/comments", ""); code != http.StatusUnauthorized {
		t.Errorf("with a revoked token: %d %+v", code, got)
	}
	for _, secret := range []string{token, others} {
		if strings.Contains(p.logged(), secret) {
			t.Error("a token is in the log")
		}
	}
}
