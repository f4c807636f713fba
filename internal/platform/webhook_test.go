package platform_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// secret and former are what the tests' site signs with.
var (
	secret = moderation.NewSecret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	former = moderation.NewSecret("whsec_Zm9ybWVyZm9ybWVyZm9ybWVyZm9ybWVyZm9ybWVyISE=")
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// gate remembers what was submitted and answers with one receipt.
type gate struct {
	arrivals    []moderation.Arrival
	withdrawals []moderation.Withdrawal
	receipt     moderation.Receipt
	err         error
}

func (g *gate) Site(_ context.Context, name string) (moderation.Site, error) {
	if name != "blog" {
		return moderation.Site{}, moderation.ErrNotFound
	}
	return moderation.Site{ID: 1, Name: name, Secrets: []moderation.Secret{secret, former}}, nil
}

func (g *gate) Submit(_ context.Context, a moderation.Arrival) (moderation.Receipt, error) {
	g.arrivals = append(g.arrivals, a)
	return g.receipt, g.err
}

func (g *gate) Withdraw(_ context.Context, w moderation.Withdrawal) (moderation.Receipt, error) {
	g.withdrawals = append(g.withdrawals, w)
	return g.receipt, g.err
}

// request is a signed request to the door; a nil change leaves it as it is.
func request(t *testing.T, method, site, body string, change func(http.Header)) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/v1/sites/"+site+"/comments", strings.NewReader(body))
	r.SetPathValue("site", site)
	r.SetPathValue("id", "7")
	header, err := platform.Sign([]moderation.Secret{secret}, "msg_1", noon, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r.Header)
	}
	return r
}

func door(g *gate) *platform.Webhook {
	return &platform.Webhook{Sites: g, Gate: g, Now: func() time.Time { return noon }}
}

func TestSubmitParsesEveryField(t *testing.T) {
	body := `{"id": 17, "updated_at": "2026-03-01T13:00:00+01:00", "post": {"id": "p1", "url": "https://b.test/p1", "title": "Trams", "published_at": "2026-02-28T08:00:00+01:00"},
		"parent_id": "16", "parent": {"author": "Bob", "body": "<p>No &amp; no</p>"},
		"author": {"id": "", "name": "Ann", "email": "a@b.test", "url": "https://a.test", "ip": "::ffff:203.0.113.9", "user_agent": "UA", "role": "subscriber", "created_at": "2026-02-01T00:00:00Z"},
		"body": "<p>Yes<script>alert(1)</script></p>", "format": "html", "created_at": "2026-03-01T11:59:00Z",
		"fields": {"honeypot": "x", "elapsed_ms": 1500, "cookie": "c1"}, "unknown": [1]}`
	g := &gate{receipt: moderation.Receipt{Comment: 5, Revision: 1, Status: moderation.Held,
		Verdict: moderation.Verdict{Action: moderation.Hold, Scores: moderation.Probabilities{OK: .2, Spam: .1, Abuse: .7},
			Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.Abuse, Detail: "moron", Score: .7}}, Model: "m", Rules: "r"}}}
	w := httptest.NewRecorder()
	if err := door(g).Submit(w, request(t, http.MethodPost, "blog", body, nil)); err != nil {
		t.Fatal(err)
	}
	a := g.arrivals[0]
	if a.Site.Name != "blog" || a.Key != "msg_1" || a.Comment.PlatformID != "17" || a.Comment.ParentID != "16" ||
		!a.Comment.UpdatedAt.Equal(noon) || strings.TrimSpace(a.Comment.Text) != "Yes" || strings.TrimSpace(a.Parent.Text) != "No & no" ||
		a.Author.IP.String() != "203.0.113.9" || a.Author.Role != "subscriber" || a.Fields.Elapsed != 1500*time.Millisecond || a.Fields.Honeypot != "x" ||
		a.Fields.Cookie != "c1" || a.Author.Since.Format(time.DateOnly) != "2026-02-01" ||
		a.Post != (moderation.Post{ID: "p1", URL: "https://b.test/p1", Title: "Trams", PublishedAt: time.Date(2026, 2, 28, 7, 0, 0, 0, time.UTC)}) {
		t.Errorf("arrival %+v", a)
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"comment_id": "5", "revision": 1.0, "action": "hold", "status": "held",
		"scores":  map[string]any{"ok": .2, "spam": .1, "abuse": .7},
		"reasons": []any{map[string]any{"check": "classifier", "rule": "", "label": "abuse", "detail": "moron", "score": .7}},
		"model":   "m", "rules": "r", "duplicate": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// TestABlogIsNotToldWhoBanned holds that the answer has neither a moderator's name
// nor their words.
func TestABlogIsNotToldWhoBanned(t *testing.T) {
	g := &gate{receipt: moderation.Receipt{Comment: 17, Revision: 1, Status: moderation.Rejected, Verdict: moderation.Verdict{
		Action: moderation.Reject, Reasons: []moderation.Reason{{Check: "standing", Rule: "banned", Detail: "banned by Mo: enough", Score: 1}}}}}
	w := httptest.NewRecorder()
	if err := door(g).Submit(w, request(t, http.MethodPost, "blog", `{"id": "7", "body": "Hello"}`, nil)); err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	if strings.Contains(body, "Mo") || !strings.Contains(body, `"detail":"the author is banned here"`) {
		t.Errorf("the blog hears %s", body)
	}
}

// TestGuestsHaveNoIdentity: what blogs send of whoever is not logged in is no account.
func TestGuestsHaveNoIdentity(t *testing.T) {
	for id, want := range map[string]string{`0`: "", `"0"`: "", `-1`: "", `"-1"`: "", `10`: "10", `"u0"`: "u0"} {
		a, err := platform.ParseComment([]byte(`{"id": "a", "body": "b", "author": {"id": ` + id + `}}`))
		if err != nil || a.Author.ID != want {
			t.Errorf("author.id %s is read as %q, %v; want %q", id, a.Author.ID, err, want)
		}
	}
}

func TestOnlyIDAndBodyAreRequired(t *testing.T) {
	a, err := platform.ParseComment([]byte(`{"id": "a", "body": "b"}`))
	if err != nil || a.Comment.Format != moderation.FormatText || a.Comment.Text != "b" {
		t.Errorf("arrival %+v, %v", a, err)
	}
}

func TestTimesCountToTheMillisecond(t *testing.T) {
	a, err := platform.ParseComment([]byte(`{"id": "1", "body": "x", "created_at": "2026-03-01T12:00:00.999999Z", "updated_at": "2026-03-01T13:00:00.123987+01:00"}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := noon.Add(999 * time.Millisecond); !a.Comment.CreatedAt.Equal(want) {
		t.Errorf("created_at %s, want %s", a.Comment.CreatedAt, want)
	}
	if want := noon.Add(123 * time.Millisecond); !a.Comment.UpdatedAt.Equal(want) {
		t.Errorf("updated_at %s, want %s", a.Comment.UpdatedAt, want)
	}
}

func TestSubmitRefuses(t *testing.T) {
	good := `{"id": "1", "body": "hello"}`
	set := func(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
	tests := map[string]struct {
		site, body string
		change     func(http.Header)
		err        error
		says       string
	}{
		"an unknown site":                {site: "nosuch", err: moderation.ErrNotFound},
		"no signature":                   {change: set("webhook-signature", ""), err: moderation.ErrUnsigned, says: "webhook-signature is missing"},
		"no id":                          {change: set("webhook-id", ""), err: moderation.ErrUnsigned, says: "webhook-id is missing"},
		"a long id":                      {change: set("webhook-id", strings.Repeat("x", 300)), err: moderation.ErrUnsigned, says: "longer than 256"},
		"another id":                     {change: set("webhook-id", "msg_2"), err: moderation.ErrUnsigned, says: "not that of this body"},
		"a truncated signature":          {change: set("webhook-signature", "v1,abc"), err: moderation.ErrUnsigned, says: "not that of this body"},
		"a stale time":                   {change: set("webhook-timestamp", strconv.FormatInt(noon.Add(-time.Hour).Unix(), 10)), err: moderation.ErrUnsigned, says: "1h0m0s from our time"},
		"a time to come":                 {change: set("webhook-timestamp", strconv.FormatInt(noon.Add(6*time.Minute).Unix(), 10)), err: moderation.ErrUnsigned, says: "6m0s from our time"},
		"no time":                        {change: set("webhook-timestamp", "noon"), err: moderation.ErrUnsigned, says: "whole number of seconds"},
		"a form":                         {change: set("Content-Type", "application/x-www-form-urlencoded"), err: moderation.ErrUnsupported, says: "send application/json"},
		"another charset":                {change: set("Content-Type", "application/json; charset=latin-1"), err: moderation.ErrUnsupported, says: "UTF-8"},
		"an empty body":                  {body: " ", err: moderation.ErrInvalid, says: "the body is empty"},
		"half a body":                    {body: `{"id": "7", "body": `, err: moderation.ErrInvalid, says: "not JSON (byte 20)"},
		"a list":                         {body: `[1]`, err: moderation.ErrInvalid, says: "array, not an object"},
		"invalid UTF-8":                  {body: "{\"id\": \"7\", \"body\": \"\xff\"}", err: moderation.ErrInvalid, says: "not valid UTF-8 (byte 21)"},
		"a field of another type":        {body: `{"id": "7", "author": {"name": 5}, "body": "x"}`, err: moderation.ErrInvalid, says: "field author.name: a JSON number"},
		"an id that is none":             {body: `{"id": 1.5, "body": "x"}`, err: moderation.ErrInvalid, says: "field id: write a string or a whole number"},
		"a time that is none":            {body: `{"id": "7", "body": "x", "created_at": "yesterday"}`, err: moderation.ErrInvalid, says: `field created_at: "yesterday"`},
		"an id of a parent that is none": {body: `{"id": "7", "body": "x", "parent_id": {}}`, err: moderation.ErrInvalid, says: "field parent_id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := &gate{}
			site, body := tt.site, tt.body
			if site == "" {
				site = "blog"
			}
			if body == "" {
				body = good
			}
			err := door(g).Submit(httptest.NewRecorder(), request(t, http.MethodPost, site, body, tt.change))
			if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("err = %v, want %v with %q", err, tt.err, tt.says)
			}
			if len(g.arrivals) > 0 {
				t.Error("it was let in")
			}
		})
	}
}

func TestTheFormerSecretIsGoodWhileItIsRotated(t *testing.T) {
	body := `{"id": "1", "body": "hello"}`
	header, err := platform.Sign([]moderation.Secret{former}, "msg_1", noon, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := platform.Verify([]moderation.Secret{secret, former}, header, []byte(body), noon); err != nil || id != "msg_1" {
		t.Errorf("id %q, %v", id, err)
	}
	if _, err := platform.Verify([]moderation.Secret{secret}, header, []byte(body), noon); !errors.Is(err, moderation.ErrUnsigned) {
		t.Errorf("err = %v, want ErrUnsigned once the former one has retired", err)
	}
	both, err := platform.Sign([]moderation.Secret{secret, former}, "msg_1", noon, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []moderation.Secret{secret, former} {
		if _, err := platform.Verify([]moderation.Secret{s}, both, []byte(body), noon); err != nil {
			t.Errorf("a receiver with one of the two secrets: %v", err)
		}
	}
}

func TestVerifyAgainstTheSpecificationsExample(t *testing.T) {
	// The test vector of the Standard Webhooks libraries.
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	_, err := platform.Verify([]moderation.Secret{moderation.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}, h, []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0))
	if err != nil {
		t.Error(err)
	}
}

func TestAddressesAsBlogsSendThem(t *testing.T) {
	for sent, want := range map[string]string{"203.0.113.9": "203.0.113.9", "203.0.113.9:4711": "203.0.113.9", "[2001:db8::1]:80": "2001:db8::1",
		"203.0.113.9, 10.0.0.1": "203.0.113.9", "unknown": "invalid IP", "": "invalid IP"} {
		a, err := platform.ParseComment([]byte(`{"id": "1", "body": "x", "created_at": "", "author": {"ip": "` + sent + `"}}`))
		if err != nil || a.Author.IP.String() != want {
			t.Errorf("%q is read as %s, %v; want %s", sent, a.Author.IP, err, want)
		}
	}
}

func TestACallbackSentBackWithdrawsNothing(t *testing.T) {
	g := &gate{}
	err := door(g).Withdraw(httptest.NewRecorder(), request(t, http.MethodDelete, "blog", `{"type": "comment.approved"}`, nil))
	if !errors.Is(err, moderation.ErrInvalid) || len(g.withdrawals) != 0 {
		t.Errorf("err = %v, %d withdrawals", err, len(g.withdrawals))
	}
}

func TestWithdraw(t *testing.T) {
	g := &gate{receipt: moderation.Receipt{Comment: 5, Revision: 1, Status: moderation.Withdrawn}}
	w := httptest.NewRecorder()
	if err := door(g).Withdraw(w, request(t, http.MethodDelete, "blog", "", nil)); err != nil {
		t.Fatal(err)
	}
	if len(g.withdrawals) != 1 || g.withdrawals[0].PlatformID != "7" || !strings.Contains(w.Body.String(), `"status":"withdrawn"`) {
		t.Errorf("withdrawals %+v, answer %s", g.withdrawals, w.Body)
	}
	err := door(g).Withdraw(httptest.NewRecorder(), request(t, http.MethodDelete, "blog", "", func(h http.Header) { h.Del("webhook-signature") }))
	if !errors.Is(err, moderation.ErrUnsigned) {
		t.Errorf("err = %v, want ErrUnsigned", err)
	}
}

func TestATooLargeBody(t *testing.T) {
	r := request(t, http.MethodPost, "blog", strings.Repeat("x", 100), nil)
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(r.Body), 10)
	if err := door(&gate{}).Submit(httptest.NewRecorder(), r); !errors.Is(err, moderation.ErrTooLarge) {
		t.Errorf("err = %v, want ErrTooLarge", err)
	}
}

func FuzzParseComment(f *testing.F) {
	f.Add([]byte(`{"id": "1", "body": "hello", "format": "html", "author": {"ip": "203.0.113.9"}}`))
	f.Add([]byte(`{"id": 1, "body": "<b", "format": "html", "fields": {"elapsed_ms": 1e300}}`))
	f.Add([]byte("{\"id\": \"\xff\"}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := platform.ParseComment(body)
		if err != nil && !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("err = %v, want ErrInvalid", err)
		}
		if err == nil && a.Fields.Elapsed < 0 {
			t.Errorf("elapsed %s", a.Fields.Elapsed)
		}
	})
}
