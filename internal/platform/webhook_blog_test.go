package platform_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// desk remembers what the blog decided and what its history was.
type desk struct {
	orders  []moderation.BlogOrder
	outcome moderation.Outcome
	history []moderation.Past
	added   int
	err     error
}

func (d *desk) DecideOnBlog(_ context.Context, o moderation.BlogOrder) (moderation.Outcome, error) {
	d.orders = append(d.orders, o)
	return d.outcome, d.err
}

func (d *desk) Import(_ context.Context, _ moderation.Site, history []moderation.Past) (int, error) {
	d.history = append(d.history, history...)
	return d.added, d.err
}

func doorWith(d *desk) *platform.Webhook {
	h := door(&gate{})
	h.Desk, h.Archive = d, d
	return h
}

func TestDecideOnBlog(t *testing.T) {
	outcome := func(status moderation.Status, repeated bool) moderation.Outcome {
		return moderation.Outcome{Decision: moderation.Decision{Comment: 5}, Status: status, Repeated: repeated}
	}
	tests := map[string]struct {
		body    string
		outcome moderation.Outcome
		choice  moderation.Choice
		answer  string
	}{
		"spam": {`{"id": 17, "decision": "spam", "decided_by": "Ann", "note": "seen it before"}`, outcome(moderation.Rejected, false), moderation.ChooseSpam,
			`{"comment_id":"5","status":"rejected","changed":true}`},
		"approve": {`{"id": "17", "decision": "approve", "decided_by": "Ann", "note": "seen it before"}`, outcome(moderation.Approved, false), moderation.ChooseApprove,
			`{"comment_id":"5","status":"approved","changed":true}`},
		"it waits again": {`{"id": "17", "decision": "hold", "decided_by": "Ann", "note": "seen it before"}`, outcome(moderation.Held, false), moderation.ChooseUndo,
			`{"comment_id":"5","status":"held","changed":true}`},
		"nothing new": {`{"id": "17", "decision": "abuse", "decided_by": "Ann", "note": "seen it before"}`, outcome(moderation.Rejected, true), moderation.ChooseAbuse,
			`{"comment_id":"5","status":"rejected","changed":false}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := &desk{outcome: tt.outcome}
			w := httptest.NewRecorder()
			if err := doorWith(d).Decide(w, request(t, http.MethodPost, "blog", tt.body, nil)); err != nil {
				t.Fatal(err)
			}
			o := d.orders[0]
			if o.Site.Name != "blog" || o.PlatformID != "17" || o.Choice != tt.choice || o.By != (moderation.Actor{ID: "site:blog", Name: "Ann"}) ||
				o.Note != "seen it before" || !strings.HasSuffix(o.Key, "msg_1") || o.Coarse {
				t.Errorf("order %+v", o)
			}
			if diff := cmp.Diff(tt.answer+"\n", w.Body.String()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMessageIDIsOneOfItsSiteAndComment(t *testing.T) {
	d := &desk{}
	for _, id := range []string{"17", "18"} {
		body := `{"id": "` + id + `", "decision": "spam"}`
		if err := doorWith(d).Decide(httptest.NewRecorder(), request(t, http.MethodPost, "blog", body, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if d.orders[0].Key == d.orders[1].Key {
		t.Errorf("both orders have key %q: the second would get the answer of the first", d.orders[0].Key)
	}
}

func TestDecideOnBlogRefuses(t *testing.T) {
	unsigned := func(h http.Header) { h.Del("webhook-signature") }
	form := func(h http.Header) { h.Set("Content-Type", "text/plain") }
	tests := map[string]struct {
		body   string
		change func(http.Header)
		fails  error
		err    error
		says   string
	}{
		"no signature":       {body: `{"id": "7", "decision": "spam"}`, change: unsigned, err: moderation.ErrUnsigned},
		"no JSON":            {body: `{"id": "7", "decision": "spam"}`, change: form, err: moderation.ErrUnsupported},
		"an unknown comment": {body: `{"id": "7", "decision": "spam"}`, fails: moderation.ErrNotFound, err: moderation.ErrNotFound},
		"an empty body":      {body: " ", err: moderation.ErrInvalid, says: "send a decision as JSON"},
		"no id":              {body: `{"decision": "spam"}`, err: moderation.ErrInvalid, says: "field id: missing"},
		"an id that is none": {body: `{"id": [], "decision": "spam"}`, err: moderation.ErrInvalid, says: "field id: write a string"},
		"no decision":        {body: `{"id": "7"}`, err: moderation.ErrInvalid, says: `field decision: "" is none of approve`},
		"another decision":   {body: `{"id": "7", "decision": "undo"}`, err: moderation.ErrInvalid, says: `field decision: "undo"`},
		"invalid UTF-8":      {body: "{\"id\": \"\xff\"}", err: moderation.ErrInvalid, says: "byte 8"},
		"a callback of ours": {body: `{"type": "comment.approved", "data": {"id": "7", "decision": "approve"}}`, err: moderation.ErrInvalid, says: "field id: missing"},
		"a comment":          {body: `{"id": "7", "body": "hello"}`, err: moderation.ErrInvalid, says: "field decision"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := &desk{err: tt.fails}
			err := doorWith(d).Decide(httptest.NewRecorder(), request(t, http.MethodPost, "blog", tt.body, tt.change))
			if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want %v with %q", err, tt.err, tt.says)
			}
			if tt.fails == nil && len(d.orders) > 0 {
				t.Error("it was decided")
			}
		})
	}
}

func TestHistory(t *testing.T) {
	body := `{"comments": [
		{"id": 1, "body": "<p>Hi &amp; bye</p>", "format": "html", "decision": "approve", "author": {"name": "Ann", "email": "a@b.test"}, "created_at": "2020-05-01T10:00:00Z"},
		{"id": "2", "body": "Buy", "decision": "spam", "decided_by": "Mo", "decided_at": "2020-05-02T10:00:00Z", "parent_id": 1}]}`
	d := &desk{added: 1}
	w := httptest.NewRecorder()
	if err := doorWith(d).History(w, request(t, http.MethodPost, "blog", body, nil)); err != nil {
		t.Fatal(err)
	}
	first, second := d.history[0], d.history[1]
	if first.Arrival.Comment.PlatformID != "1" || strings.TrimSpace(first.Arrival.Comment.Text) != "Hi & bye" || first.Choice != moderation.ChooseApprove ||
		first.Arrival.Author.Email != "a@b.test" || first.Arrival.Comment.CreatedAt.Year() != 2020 || !first.At.IsZero() || first.Arrival.Site.Name != "blog" {
		t.Errorf("first %+v", first)
	}
	if second.Choice != moderation.ChooseSpam || second.By != (moderation.Actor{ID: "site:blog", Name: "Mo"}) || second.At.Day() != 2 || second.Arrival.Comment.ParentID != "1" {
		t.Errorf("second %+v", second)
	}
	if diff := cmp.Diff(`{"added":1,"known":1}`+"\n", w.Body.String()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestAnEmptyHistoryTriesTheSecret(t *testing.T) {
	d := &desk{}
	w := httptest.NewRecorder()
	if err := doorWith(d).History(w, request(t, http.MethodPost, "blog", `{"comments": []}`, nil)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"added":0,"known":0,"callback":""}`+"\n", w.Body.String()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	err := doorWith(d).History(httptest.NewRecorder(), request(t, http.MethodPost, "blog", `{"comments": []}`, func(h http.Header) { h.Set("webhook-id", "other") }))
	if !errors.Is(err, moderation.ErrUnsigned) {
		t.Errorf("err = %v, want ErrUnsigned", err)
	}
}

func TestHistoryRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ body, says string }{
		"no comments":              {`{}`, "field comments: missing"},
		"a list":                   {`[]`, "not an object"},
		"a comment without an id":  {`{"comments": [{"body": "x", "decision": "approve"}]}`, "comments[0]: invalid: field id: missing"},
		"a comment without a body": {`{"comments": [{"id": "1", "body": "x", "decision": "spam"}, {"id": "2", "decision": "approve"}]}`, "comments[1]: invalid: field body"},
		"an unknown decision":      {`{"comments": [{"id": "1", "body": "x", "decision": "hold"}]}`, `field decision: "hold"`},
		"a time that is none":      {`{"comments": [{"id": "1", "body": "x", "decision": "spam", "decided_at": "then"}]}`, "field decided_at"},
		"a name that is none":      {`{"comments": [{"id": "1", "body": "x", "decision": "spam", "author": {"name": 1}}]}`, "author.name"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{}
			err := doorWith(d).History(httptest.NewRecorder(), request(t, http.MethodPost, "blog", tt.body, nil))
			if !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want ErrInvalid with %q", err, tt.says)
			}
			if len(d.history) > 0 {
				t.Error("it was kept")
			}
		})
	}
}

func FuzzParseDecision(f *testing.F) {
	f.Add([]byte(`{"id": "1", "decision": "hold", "decided_by": "Ann", "note": "x"}`))
	f.Add([]byte(`{"id": 1, "decision": "spam"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := platform.ParseDecision(body)
		if err != nil && !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("err = %v, want ErrInvalid", err)
		}
		if err == nil && (d.PlatformID == "" || d.Choice == "") {
			t.Errorf("decision %+v", d)
		}
	})
}

func FuzzParseHistory(f *testing.F) {
	f.Add([]byte(`{"comments": [{"id": "1", "body": "hello", "format": "html", "decision": "approve", "decided_at": "2020-05-02T10:00:00Z"}]}`))
	f.Add([]byte(`{"comments": []}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		history, err := platform.ParseHistory(body)
		if err != nil && !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("err = %v, want ErrInvalid", err)
		}
		for _, p := range history {
			if p.Choice == "" || p.Choice == moderation.ChooseUndo || p.Arrival.Comment.PlatformID == "" {
				t.Errorf("past %+v", p)
			}
		}
	})
}
