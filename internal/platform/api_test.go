package platform_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// apiDesk is the rest of the program for the API: one comment, 5, of one blog, for
// which there is the token gh_good.
type apiDesk struct {
	record  moderation.Record
	query   moderation.ChangeQuery
	orders  []moderation.Order
	undos   []moderation.UndoOrder
	err     error
	outcome moderation.Outcome
}

func (d *apiDesk) Token(_ context.Context, secret moderation.Secret) (moderation.Token, error) {
	if secret.Reveal() != "gh_good" {
		return moderation.Token{}, moderation.ErrNotFound
	}
	return moderation.Token{ID: 3, Site: 1, SiteName: "blog", Name: "poller"}, nil
}

func (d *apiDesk) Record(_ context.Context, site moderation.SiteID, id moderation.CommentID) (moderation.Record, error) {
	if site != 1 || id != d.record.Comment {
		return moderation.Record{}, fmt.Errorf("%w: comment %s", moderation.ErrNotFound, id)
	}
	return d.record, nil
}

func (d *apiDesk) Changes(_ context.Context, q moderation.ChangeQuery) (moderation.Changes, error) {
	d.query = q
	return moderation.Changes{Records: []moderation.Record{d.record}, Next: d.record.Changed, More: true}, nil
}

func (d *apiDesk) Decide(_ context.Context, o moderation.Order) (moderation.Outcome, error) {
	d.orders = append(d.orders, o)
	return d.outcome, d.err
}

func (d *apiDesk) Undo(_ context.Context, o moderation.UndoOrder) (moderation.Outcome, error) {
	d.undos = append(d.undos, o)
	return d.outcome, d.err
}

func newAPIDesk() *apiDesk {
	spam := moderation.Decision{ID: 1, Comment: 5, Revision: 2, Choice: moderation.ChooseSpam, By: moderation.Actor{ID: "telegram:1", Name: "Mo"}, Via: "telegram", At: noon}
	undo := spam
	undo.ID, undo.Choice, undo.Supersedes = 2, moderation.ChooseUndo, 1
	abuse := spam
	abuse.ID, abuse.Choice, abuse.Note = 3, moderation.ChooseAbuse, "again"
	return &apiDesk{record: moderation.Record{Comment: 5, PlatformID: "c7", Revision: 2, Status: moderation.Rejected, Seq: 3, ReceivedAt: noon,
		Changed: moderation.ChangeAt(noon) + 1,
		Verdict: moderation.Verdict{Action: moderation.Hold, Scores: moderation.Probabilities{OK: .2, Spam: .1, Abuse: .7}, Model: "m", Rules: "r",
			Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.Abuse, Detail: "moron", Score: .7}}},
		Decisions: []moderation.RecordedDecision{{Decision: spam, Undone: true}, {Decision: undo}, {Decision: abuse}}}}
}

const recordOf5 = `{"comment_id":"5","id":"c7","revision":2,"status":"rejected","seq":3,"received_at":"2026-03-01T12:00:00Z","changed_at":"2026-03-01T12:00:00.000001Z",` +
	`"verdict":{"action":"hold","scores":{"ok":0.2,"spam":0.1,"abuse":0.7},"reasons":[{"check":"classifier","rule":"","label":"abuse","detail":"moron","score":0.7}],"model":"m","rules":"r"},` +
	`"decision":{"decision":"abuse","revision":2,"decided_by":"Mo","via":"telegram","decided_at":"2026-03-01T12:00:00Z","note":"again","undone":false},` +
	`"decisions":[{"decision":"spam","revision":2,"decided_by":"Mo","via":"telegram","decided_at":"2026-03-01T12:00:00Z","note":"","undone":true},` +
	`{"decision":"undo","revision":2,"decided_by":"Mo","via":"telegram","decided_at":"2026-03-01T12:00:00Z","note":"","undone":false},` +
	`{"decision":"abuse","revision":2,"decided_by":"Mo","via":"telegram","decided_at":"2026-03-01T12:00:00Z","note":"again","undone":false}]}`

// ask sends a request to the API's door of that pattern.
func ask(t *testing.T, d *apiDesk, method, address, token, body string) (*httptest.ResponseRecorder, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/v1/sites/"+address, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	w := httptest.NewRecorder()
	return w, route(d, w, r)
}

// route has the API answer a request.
func route(d *apiDesk, w http.ResponseWriter, r *http.Request) error {
	api := &platform.API{Tokens: d, Records: d, Desk: d}
	mux, err := http.NewServeMux(), error(nil)
	for pattern, h := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /v1/sites/{site}/comments": api.List, "GET /v1/sites/{site}/comments/{comment_id}": api.Show,
		"POST /v1/sites/{site}/comments/{comment_id}/decision": api.Decide, "DELETE /v1/sites/{site}/comments/{comment_id}/decision": api.Undo,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { err = h(w, r) })
	}
	mux.ServeHTTP(w, r)
	return err
}

func TestWhatATokenOpens(t *testing.T) {
	tests := map[string]struct {
		address, token string
		want           error
		challenge      string
	}{
		"the right one":       {"blog/comments/5", "Bearer gh_good", nil, ""},
		"in another spelling": {"blog/comments/5", "bearer  gh_good ", nil, ""},
		"none":                {"blog/comments/5", "", moderation.ErrUnsigned, "Bearer"},
		"an empty one":        {"blog/comments/5", "Bearer ", moderation.ErrUnsigned, "Bearer"},
		"another scheme":      {"blog/comments/5", "Basic Z2hfZ29vZDo=", moderation.ErrUnsigned, "Bearer"},
		"one that is unknown": {"blog/comments/5", "Bearer gh_guessed", moderation.ErrUnsigned, `Bearer error="invalid_token"`},
		"another site":        {"other/comments/5", "Bearer gh_good", moderation.ErrForbidden, ""},
		"another comment":     {"blog/comments/6", "Bearer gh_good", moderation.ErrNotFound, ""},
		"no comment's number": {"blog/comments/c7", "Bearer gh_good", moderation.ErrInvalid, ""},
	}
	for name, tt := range tests {
		for method, door := range map[string]string{http.MethodGet: "", http.MethodPost: "/decision", http.MethodDelete: "/decision"} {
			t.Run(method+" "+name, func(t *testing.T) {
				d := newAPIDesk()
				w, err := ask(t, d, method, tt.address+door, tt.token, `{"decision": "spam"}`)
				if !errors.Is(err, tt.want) || w.Header().Get("WWW-Authenticate") != tt.challenge {
					t.Errorf("err = %v, WWW-Authenticate %q; want %v, %q", err, w.Header().Get("WWW-Authenticate"), tt.want, tt.challenge)
				}
				if tt.want != nil && len(d.orders)+len(d.undos) > 0 {
					t.Error("it was decided all the same")
				}
				if err != nil && strings.Contains(err.Error(), "gh_g") {
					t.Errorf("the error shows the token: %v", err)
				}
			})
		}
	}
}

func TestAComment(t *testing.T) {
	w, err := ask(t, newAPIDesk(), http.MethodGet, "blog/comments/5", "Bearer gh_good", "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(recordOf5, strings.TrimSpace(w.Body.String())); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the answer may be kept by a cache")
	}
}

func TestAListOfComments(t *testing.T) {
	d := newAPIDesk()
	w, err := ask(t, d, http.MethodGet, "blog/comments?limit=7&status=held&since=2026-03-01T13:00:00%2B01:00", "Bearer gh_good", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := (moderation.ChangeQuery{Site: 1, After: moderation.ChangeAt(noon) - 1, Status: moderation.Held, Limit: 7}); d.query != want {
		t.Errorf("asked for %+v, want %+v", d.query, want)
	}
	var page struct {
		Comments []json.RawMessage `json:"comments"`
		Next     string            `json:"next"`
		More     bool              `json:"more"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Comments) != 1 || string(page.Comments[0]) != recordOf5 || !page.More {
		t.Fatalf("answer %s, %v", w.Body, err)
	}
	if _, err := ask(t, d, http.MethodGet, "blog/comments?after="+page.Next, "Bearer gh_good", ""); err != nil || d.query.After != d.record.Changed {
		t.Errorf("with its next: asked behind %d, %v; want %d", d.query.After, err, d.record.Changed)
	}
}

func TestParametersOfAList(t *testing.T) {
	tests := map[string]struct {
		query string
		want  moderation.ChangeQuery
		says  string
	}{
		"none":                            {"", moderation.ChangeQuery{Limit: 100}, ""},
		"empty ones":                      {"status=&since=&after=&limit=", moderation.ChangeQuery{Limit: 100}, ""},
		"a time with a zone, not escaped": {"since=2026-03-01T13:00:00+01:00", moderation.ChangeQuery{Limit: 100, After: moderation.ChangeAt(noon) - 1}, ""},
		"a time finer than a millisecond": {"since=2026-03-01T12:00:00.000001Z", moderation.ChangeQuery{Limit: 100, After: moderation.ChangeAt(noon)}, ""},
		"both, the later one holds":       {"since=1970-01-01T00:00:01Z&after=zzzzzz", moderation.ChangeQuery{Limit: 100, After: 2176782335}, ""},
		"too many":                        {"limit=100000", moderation.ChangeQuery{Limit: 500}, ""},
		"no status":                       {"status=deleted", moderation.ChangeQuery{}, `parameter status: "deleted" is none of approved, held, rejected, withdrawn`},
		"no time":                         {"since=yesterday", moderation.ChangeQuery{}, `parameter since: "yesterday" is not a time like 2026-03-01T12:00:00Z`},
		"no cursor":                       {"after=-5", moderation.ChangeQuery{}, "parameter after: \"-5\" is not the `next` of an earlier answer"},
		"no number":                       {"limit=0", moderation.ChangeQuery{}, `parameter limit: "0" is not a number from 1 to 500`},
		"a slip of the pen":               {"stauts=held", moderation.ChangeQuery{}, `parameter stauts: it is none of status, since, after, limit`},
		"no parameters at all":            {"%zz", moderation.ChangeQuery{}, `the address's parameters`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q, err := platform.ParseChangeQuery(tt.query)
			if tt.says != "" {
				if !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("err = %v, want %q in it", err, tt.says)
				}
				return
			}
			if err != nil || q != tt.want {
				t.Errorf("%+v, %v; want %+v", q, err, tt.want)
			}
		})
	}
}

func TestADecisionWithAToken(t *testing.T) {
	d := newAPIDesk()
	w, err := ask(t, d, http.MethodPost, "blog/comments/5/decision", "Bearer gh_good", `{"decision": "abuse", "revision": 2, "note": "again"}`)
	if err != nil || strings.TrimSpace(w.Body.String()) != recordOf5 {
		t.Errorf("answer %s, %v", w.Body, err)
	}
	want := moderation.Order{Comment: 5, Revision: 2, Choice: moderation.ChooseAbuse, By: moderation.Actor{ID: "token:blog/poller", Name: "token poller"}, Via: "api", Note: "again"}
	if diff := cmp.Diff([]moderation.Order{want}, d.orders); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if _, err := ask(t, d, http.MethodDelete, "blog/comments/5/decision", "Bearer gh_good", ""); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]moderation.UndoOrder{{Comment: 5, By: want.By, Via: "api"}}, d.undos); diff != "" {
		t.Errorf("undos (-want +got):\n%s", diff)
	}
}

// TestAnOrderSentAgain has a key go with orders, one for each comment of each site.
func TestAnOrderSentAgain(t *testing.T) {
	d := newAPIDesk()
	send := func(method, body string, keys ...string) error {
		r := httptest.NewRequestWithContext(t.Context(), method, "/v1/sites/blog/comments/5/decision", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer gh_good")
		r.Header.Set("Content-Type", "application/json")
		r.Header["Idempotency-Key"] = keys
		return route(d, httptest.NewRecorder(), r)
	}
	if err := errors.Join(send("POST", `{"decision": "spam"}`, "k1"), send("DELETE", "", "k2")); err != nil {
		t.Fatal(err)
	}
	if got := d.orders[0].Key + " " + d.undos[0].Key; got != "api:1:5:k1 api:1:5:k2" {
		t.Errorf("keys %s", got)
	}
	d.outcome = moderation.Outcome{Repeated: true, Decision: moderation.Decision{Choice: moderation.ChooseSpam}}
	if err := send("POST", `{"decision": "spam"}`, "k1"); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another order": send("POST", `{"decision": "abuse"}`, "k1"),
		"an undo":       send("DELETE", "", "k1"),
		"two keys":      send("POST", `{"decision": "spam"}`, "k1", "k2"),
		"an empty one":  send("POST", `{"decision": "spam"}`, ""),
		"a long one":    send("DELETE", "", strings.Repeat("k", 257)),
	} {
		if !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), "Idempotency-Key") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheDecisionInTheWayIsTold(t *testing.T) {
	d := newAPIDesk()
	d.err = fmt.Errorf("decide: %w", &moderation.DecidedError{Standing: d.record.Decisions[2].Decision})
	_, err := ask(t, d, http.MethodPost, "blog/comments/5/decision", "Bearer gh_good", `{"decision": "approve"}`)
	var detailed interface{ Details() map[string]any }
	if !errors.Is(err, moderation.ErrAlreadyDecided) || !errors.As(err, &detailed) {
		t.Fatalf("err = %v", err)
	}
	told, _ := json.Marshal(detailed.Details())
	if want := `{"decision":{"decision":"abuse","revision":2,"decided_by":"Mo","via":"telegram","decided_at":"2026-03-01T12:00:00Z","note":"again","undone":false}}`; string(told) != want {
		t.Errorf("details %s, want %s", told, want)
	}
	d.err = moderation.ErrStale
	if _, err := ask(t, d, http.MethodPost, "blog/comments/5/decision", "Bearer gh_good", `{"decision": "approve"}`); !errors.Is(err, moderation.ErrStale) || errors.As(err, &detailed) {
		t.Errorf("stale: %v", err)
	}
}

func TestOrders(t *testing.T) {
	tests := map[string]struct{ body, says string }{
		"an empty body":   {"", "the body is empty, send a decision as JSON"},
		"no JSON":         {"decision=spam", "the body is not JSON"},
		"an array":        {"[]", "the body is a JSON array, not an object"},
		"nothing":         {"{}", "field decision: missing"},
		"another word":    {`{"decision": "undo"}`, `field decision: "undo" is none of approve, spam, abuse, reject`},
		"not a revision":  {`{"decision": "spam", "revision": "two"}`, "field revision"},
		"below any":       {`{"decision": "spam", "revision": -1}`, "field revision: -1 is below 1"},
		"not valid UTF-8": {"{\"decision\": \"spam\", \"note\": \"\xff\"}", "not valid UTF-8"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := platform.ParseOrder([]byte(tt.body)); !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want %q in it", err, tt.says)
			}
		})
	}
	if _, err := ask(t, newAPIDesk(), http.MethodPost, "blog/comments/5/decision", "Bearer gh_good", "{}"); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("the door: %v", err)
	}
}

func FuzzParseChangeQuery(f *testing.F) {
	f.Add("status=held&since=2026-03-01T12:00:00Z&after=abc&limit=5")
	f.Add("since=2026-03-01T13:00:00+01:00&limit=-1&%zz")
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := platform.ParseChangeQuery(raw)
		if err != nil && !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("err = %v, want ErrInvalid", err)
		}
		if err == nil && (q.Limit < 1 || q.Limit > 500) {
			t.Errorf("limit %d", q.Limit)
		}
	})
}

func FuzzParseOrder(f *testing.F) {
	f.Add([]byte(`{"decision": "spam", "revision": 2, "note": "again"}`))
	f.Add([]byte("{\"decision\": \"\xff\", \"revision\": 1e99}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := platform.ParseOrder(body)
		if err != nil && !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("err = %v, want ErrInvalid", err)
		}
		if _, bad := moderation.ParseChoice(string(o.Choice)); err == nil && (bad != nil || o.Revision < 0) {
			t.Errorf("order %+v", o)
		}
	})
}
