package platform_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

var akismetKey = moderation.NewSecret("abcdefghij012345")

const (
	wordPress = "WordPress/6.1.9 | Akismet/5.0.2"
)

// akismetGate knows one site and remembers what was handed to it.
type akismetGate struct {
	gate
	verdict  moderation.Verdict // of assess
	assessed []moderation.Arrival
	names    map[string]string // platform's id by name
	orders   []moderation.BlogOrder
	outcome  moderation.Outcome
	orderErr error
	imported []moderation.Past
	linked   []string
	usage    moderation.Usage
	callback string // of the site, where it is not WordPress' plugin's
}

func (g *akismetGate) site() moderation.Site {
	s := moderation.Site{ID: 1, Name: "blog", AkismetKey: akismetKey, Secrets: []moderation.Secret{secret},
		Callback: "https://blog.example.test/wp-json/akismet/v1/webhook"}
	if g.callback != "" {
		s.Callback = g.callback
	}
	return s
}

func (g *akismetGate) SiteByAkismetKey(_ context.Context, key moderation.Secret) (moderation.Site, error) {
	if s := g.site(); key == s.AkismetKey || key == s.ShortAkismetKey() {
		return s, nil
	}
	return moderation.Site{}, moderation.ErrNotFound
}

func (g *akismetGate) Assess(_ context.Context, a moderation.Arrival) (moderation.Verdict, error) {
	g.assessed = append(g.assessed, a)
	return g.verdict, nil
}

func (g *akismetGate) PlatformID(_ context.Context, _ moderation.SiteID, names []string) (string, error) {
	for _, name := range names {
		if id, ok := g.names[name]; ok {
			return id, nil
		}
	}
	return "", moderation.ErrNotFound
}

func (g *akismetGate) Link(_ context.Context, _ moderation.Site, _ moderation.CommentID, names []string, _ moderation.ReplyTo) error {
	g.linked = append(g.linked, names...)
	return nil
}

func (g *akismetGate) DecideOnBlog(_ context.Context, o moderation.BlogOrder) (moderation.Outcome, error) {
	g.orders = append(g.orders, o)
	return g.outcome, g.orderErr
}

func (g *akismetGate) Import(_ context.Context, _ moderation.Site, history []moderation.Past) (int, error) {
	g.imported = append(g.imported, history...)
	return len(history), nil
}

func (g *akismetGate) CountUsage(_ context.Context, _ moderation.SiteID, u moderation.Usage) error {
	g.usage = u.Add(g.usage)
	return nil
}

func (g *akismetGate) Usage(context.Context, moderation.SiteID, string, string) ([]moderation.Usage, error) {
	return []moderation.Usage{g.usage}, nil
}

func (g *akismetGate) door() *platform.Akismet {
	return &platform.Akismet{Keys: g, Names: g, Counter: g, Judge: g, Desk: g, Archive: g,
		Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
}

// ask sends a form to an endpoint, as the client called agent.
func (g *akismetGate) ask(t *testing.T, endpoint, agent string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/akismet/1.1/"+endpoint, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", agent)
	return g.serve(t, endpoint, r)
}

func (g *akismetGate) serve(t *testing.T, endpoint string, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	r.SetPathValue("version", "1.1")
	r.SetPathValue("endpoint", endpoint)
	w := httptest.NewRecorder()
	if err := g.door().Serve(w, r); err != nil {
		t.Fatalf("%s: %v", endpoint, err)
	}
	return w
}

// header returns a header whose name is written just so.
func header(w *httptest.ResponseRecorder, name string) string {
	return strings.Join(w.Header()[name], ", ")
}

// form has the fields that every check needs, and more.
func form(more ...string) url.Values {
	f := url.Values{"api_key": {akismetKey.Reveal()}, "blog": {"https://blog.example.test"}, "user_ip": {"203.0.113.9"},
		"comment_content": {"Hello there."}, "comment_author": {"Zoe"}, "permalink": {"https://blog.example.test/p1"}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func TestAkismetCheckMapsEveryField(t *testing.T) {
	g := &akismetGate{names: map[string]string{"wp:41": "guid-of-41"}}
	f := form("comment_author", `Pat O\'Hara`, "comment_content", `<p>It\'s <b>a</b> "test"</p>`, "comment_author_email", " p@example.test ",
		"comment_author_url", "https://pat.example.test", "user_ip", "203.0.113.9, 10.0.0.1", "user_agent", "Mozilla", "user_role", "subscriber",
		"user_ID", "17", "comment_post_ID", "5", "comment_parent", "41", "comment_date_gmt", "2026-02-28 11:12:13", "referrer", "https://r.example.test",
		"blog_lang", "en_US", "comment_context[0]", "trams", "comment_context[1]", "cities", "honeypot_field_name", "website2", "website2", "I am a robot",
		"callback", "https://blog.example.test/wp-json/akismet/v1/webhook", "comment_type", "comment", "HTTP_ACCEPT", "*/*", "whatever", "x")
	f.Set("comment_content", `<p>It\'s <b>a</b> \"test\"</p>`)
	g.receipt = moderation.Receipt{Status: moderation.Approved}
	w := g.ask(t, "comment-check", wordPress, f)
	if w.Body.String() != "false" || len(g.arrivals) != 1 {
		t.Fatalf("answered %q; %d arrivals", w.Body, len(g.arrivals))
	}
	got := g.arrivals[0]
	guid := got.Comment.PlatformID
	if guid == "" || header(w, "X-akismet-guid") != guid {
		t.Errorf("the guid is %q and the comment's id %q", header(w, "X-akismet-guid"), guid)
	}
	if len(got.Aliases) < 5 || got.Aliases[0] != moderation.Passing("akismet:guid:"+guid) {
		t.Errorf("other names: %q", got.Aliases)
	}
	got.Site, got.Aliases = moderation.Site{}, nil
	want := moderation.Arrival{
		Key:    "akismet:" + guid,
		Post:   moderation.Post{ID: "5", URL: "https://blog.example.test/p1", Title: "trams, cities"},
		Author: moderation.Author{ID: "17", Name: "Pat O'Hara", Email: "p@example.test", URL: "https://pat.example.test", IP: netip.MustParseAddr("203.0.113.9"), UserAgent: "Mozilla", Role: "subscriber"},
		Comment: moderation.Comment{PlatformID: guid, ParentID: "guid-of-41", Body: `<p>It's <b>a</b> "test"</p>`, Format: moderation.FormatHTML,
			Text: `It's a "test"`, CreatedAt: time.Date(2026, 2, 28, 11, 12, 13, 0, time.UTC)},
		Fields:  moderation.Fields{Honeypot: "I am a robot"},
		ReplyTo: moderation.ReplyTo{URL: "https://blog.example.test/wp-json/akismet/v1/webhook#long", ID: guid},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("arrival (-want +got):\n%s", diff)
	}
}

func TestAkismetAnswers(t *testing.T) {
	rule := moderation.Verdict{Action: moderation.Reject}
	callback := []string{"callback", "https://blog.example.test/hook"}
	tests := map[string]struct {
		receipt moderation.Receipt
		err     error
		form    url.Values
		word    string
		headers map[string]string // without the guid
		kept    bool
	}{
		"approved":             {receipt: moderation.Receipt{Status: moderation.Approved}, form: form(callback...), word: "false", kept: true},
		"held":                 {receipt: moderation.Receipt{Status: moderation.Held}, form: form(), word: "true", kept: true},
		"held, and told later": {receipt: moderation.Receipt{Status: moderation.Held}, form: form(callback...), word: "false", headers: map[string]string{"X-akismet-recheck-after": "31536000"}, kept: true},
		"held, and may not be told": {receipt: moderation.Receipt{Status: moderation.Held}, form: form("callback", "https://evil.example.test/hook"),
			word: "true", kept: true},
		"rejected by a rule":             {receipt: moderation.Receipt{Status: moderation.Rejected, Verdict: rule}, form: form(callback...), word: "true", headers: map[string]string{"X-akismet-pro-tip": "discard"}, kept: true},
		"rejected by a moderator":        {receipt: moderation.Receipt{Status: moderation.Rejected, Verdict: moderation.Verdict{Action: moderation.Hold}}, form: form(), word: "true", kept: true},
		"a rule's, approved since":       {receipt: moderation.Receipt{Status: moderation.Approved, Verdict: rule}, form: form(), word: "false", kept: true},
		"withdrawn":                      {receipt: moderation.Receipt{Status: moderation.Withdrawn}, form: form(), word: "true", kept: true},
		"the test's author":              {form: form("comment_author", "akismet-guaranteed-spam"), word: "true"},
		"the test's e-mail":              {form: form("comment_author_email", "akismet-guaranteed-spam@example.com"), word: "true"},
		"the test's discard":             {form: form("comment_author", "akismet-guaranteed-spam", "is_test", "1", "test_discard", "1"), word: "true", headers: map[string]string{"X-akismet-pro-tip": "discard"}},
		"an administrator":               {form: form("user_role", "administrator", "comment_author", "akismet-guaranteed-spam"), word: "false"},
		"an administrator and more":      {form: form("user_role", "editor, administrator"), word: "false"},
		"no address":                     {form: form("user_ip", " "), word: "invalid", headers: map[string]string{"X-akismet-debug-help": "Missing required field: user_ip."}},
		"no blog":                        {form: form("blog", ""), word: "invalid", headers: map[string]string{"X-akismet-debug-help": `Empty "blog" value`}},
		"nothing at all":                 {form: form("comment_content", " ", "comment_author", ""), word: "false", headers: map[string]string{"X-akismet-debug-help": "Nothing to judge: comment_content, comment_author and comment_author_url are empty."}},
		"a registration, without a text": {receipt: moderation.Receipt{Status: moderation.Approved}, form: form("comment_content", "", "comment_type", "signup"), word: "false", kept: true},
		"what can't be kept":             {err: moderation.ErrInvalid, form: form(), word: "invalid", headers: map[string]string{"X-akismet-debug-help": "invalid"}, kept: true},
		"a wrong key": {form: form("api_key", "nonsense"), word: "invalid", headers: map[string]string{"X-akismet-error": "unknown key", "X-akismet-alert-code": "40100",
			"X-akismet-alert-msg":  "Gatehouse knows no blog with this key. The one of this blog is shown by: gatehouse sites show NAME",
			"X-akismet-debug-help": "The key is not that of a blog here: `gatehouse sites show NAME` tells it."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := &akismetGate{gate: gate{receipt: tt.receipt, err: tt.err}}
			w := g.ask(t, "comment-check", "Ruby", tt.form)
			got := map[string]string{}
			for name, values := range w.Result().Header {
				if strings.HasPrefix(strings.ToLower(name), "x-akismet-") && !strings.EqualFold(name, "X-akismet-guid") {
					got[name] = values[0]
				}
			}
			if tt.headers == nil {
				tt.headers = map[string]string{}
			}
			if diff := cmp.Diff(tt.headers, got); w.Code != http.StatusOK || w.Body.String() != tt.word || diff != "" {
				t.Errorf("answered %d %q, want %q; headers (-want +got):\n%s", w.Code, w.Body, tt.word, diff)
			}
			if kept := len(g.arrivals) > 0; kept != tt.kept || len(g.assessed) > 0 {
				t.Errorf("%d were submitted and %d assessed; to be kept: %v", len(g.arrivals), len(g.assessed), tt.kept)
			}
		})
	}
}

func TestAkismetGUIDsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		g := &akismetGate{}
		seen[header(g.ask(t, "comment-check", "", form()), "X-akismet-guid")] = true
	}
	if len(seen) != 100 || seen[""] {
		t.Errorf("%d guids for 100 answers", len(seen))
	}
}

func TestAkismetKeepsNoTests(t *testing.T) {
	tests := map[string]struct {
		action moderation.Action
		form   url.Values
		word   string
	}{
		"a test that is let through":         {moderation.Approve, form("is_test", "true"), "false"},
		"a test that is held":                {moderation.Hold, form("is_test", "1", "callback", "https://blog.example.test/x"), "true"},
		"a pingback before it is looked at":  {moderation.Hold, form("akismet_pre_check", "1", "comment_content", "", "comment_author_url", "https://a.test"), "false"},
		"a pingback that a rule won't have":  {moderation.Reject, form("akismet_pre_check", "1", "comment_content", "", "comment_author_url", "https://a.test"), "true"},
		"a pingback that nothing is against": {moderation.Approve, form("akismet_pre_check", "1"), "false"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := &akismetGate{verdict: moderation.Verdict{Action: tt.action}}
			if w := g.ask(t, "comment-check", wordPress, tt.form); w.Body.String() != tt.word || header(w, "X-akismet-recheck-after") != "" {
				t.Errorf("answered %q, want %q", w.Body, tt.word)
			}
			if len(g.assessed) != 1 || len(g.arrivals) != 0 || g.usage != (moderation.Usage{}) {
				t.Errorf("assessed %d, submitted %d, counted %+v", len(g.assessed), len(g.arrivals), g.usage)
			}
		})
	}
	g := &akismetGate{}
	for _, endpoint := range []string{"submit-spam", "submit-ham"} {
		for _, f := range []url.Values{form("is_test", "1"), form("comment_author", "akismet-guaranteed-spam")} {
			if w := g.ask(t, endpoint, "", f); w.Body.String() != "Thanks for making the web a better place." || len(g.orders)+len(g.imported) > 0 {
				t.Errorf("%s of a test: %q; orders %v, history %v", endpoint, w.Body, g.orders, g.imported)
			}
		}
	}
}

func TestAkismetReports(t *testing.T) {
	t.Run("of a known comment", func(t *testing.T) {
		g := &akismetGate{outcome: moderation.Outcome{Decision: moderation.Decision{Comment: 7, Before: moderation.Approved}},
			names: map[string]string{"akismet:guid:abc": "abc"}}
		g.ask(t, "submit-spam", wordPress, form("comment_ID", "12", "guid", "abc", "reporter", "ann"))
		o := g.orders[0]
		if o.Choice != moderation.ChooseSpam || !o.Coarse || o.By != (moderation.Actor{ID: "site:blog", Name: "ann"}) || o.Aliases[0] != "akismet:guid:abc" {
			t.Errorf("order %+v", o)
		}
		if o.Echoes {
			t.Error("what the plugin was told itself is taken to come back")
		}
		if len(g.linked) != 3 || g.linked[0] != "wp:12" || g.linked[2] != "akismet:has-id:abc" {
			t.Errorf("linked %q", g.linked)
		}
		if g.usage.MissedSpam != 1 || g.usage.FalsePositives != 0 || g.usage.Client != "blog.example.test" || g.usage.Day != "2026-03-01" {
			t.Errorf("counted %+v", g.usage)
		}
	})
	t.Run("of what the blog's REST API was told", func(t *testing.T) {
		g := &akismetGate{callback: "https://blog.example.test/wp-json"}
		g.ask(t, "submit-ham", wordPress, form("comment_ID", "12"))
		if !g.orders[0].Echoes {
			t.Error("the plugin's report of what the REST API was told is not taken for one")
		}
	})
	t.Run("of an unknown one", func(t *testing.T) {
		g := &akismetGate{orderErr: moderation.ErrNotFound}
		g.ask(t, "submit-ham", "", form("comment_check_response", "true", "comment_date_gmt", "2026-02-01T00:00:00Z"))
		if len(g.imported) != 1 || g.imported[0].Choice != moderation.ChooseApprove || g.imported[0].Arrival.Comment.Body != "Hello there." ||
			!g.imported[0].At.Equal(noon) || g.imported[0].Arrival.Comment.PlatformID == "" {
			t.Errorf("history %+v", g.imported)
		}
		if g.usage.FalsePositives != 1 {
			t.Errorf("counted %+v", g.usage)
		}
	})
	t.Run("that say nothing new", func(t *testing.T) {
		g := &akismetGate{outcome: moderation.Outcome{Repeated: true, Decision: moderation.Decision{Before: moderation.Approved}}}
		g.ask(t, "submit-spam", "", form())
		if g.usage != (moderation.Usage{}) {
			t.Errorf("counted %+v", g.usage)
		}
	})
	t.Run("of a withdrawn one", func(t *testing.T) {
		g := &akismetGate{orderErr: moderation.ErrWithdrawn}
		if w := g.ask(t, "submit-spam", "", form()); !strings.HasPrefix(w.Body.String(), "Thanks") || len(g.imported) > 0 {
			t.Errorf("answered %q; history %v", w.Body, g.imported)
		}
	})
	t.Run("of nothing", func(t *testing.T) {
		g := &akismetGate{orderErr: moderation.ErrNotFound}
		if w := g.ask(t, "submit-spam", "", form("comment_content", "", "comment_author", "")); !strings.HasPrefix(w.Body.String(), "Thanks") || len(g.imported) > 0 {
			t.Errorf("answered %q; history %v", w.Body, g.imported)
		}
	})
}

func TestAkismetNamesLeadBack(t *testing.T) {
	// The names that a check gave must hold what a report asks for.
	first := &akismetGate{}
	first.ask(t, "comment-check", wordPress, form("comment_author", `Pat O\'Hara`, "comment_content", `She said \"<b>no</b>\"`, "permalink", "https://blog.example.test/p1#respond"))
	known := map[string]bool{}
	for _, name := range first.arrivals[0].Aliases {
		known[name] = true
	}
	tests := map[string]struct {
		form url.Values
		want bool
	}{
		"unslashed":                 {form("comment_author", "Pat O'Hara", "comment_content", `She said "<b>no</b>"`), true},
		"as the database has it":    {form("comment_author", "Pat O&#039;Hara", "comment_content", `She said &quot;<strong>no</strong>&quot;`), true},
		"from another address":      {form("comment_author", "Pat O'Hara", "comment_content", `She said "no"`, "user_ip", "198.51.100.1"), true},
		"of another writer":         {form("comment_author", "Bob", "comment_content", `She said "no"`), false},
		"on another post":           {form("comment_author", "Pat O'Hara", "comment_content", `She said "no"`, "permalink", "https://blog.example.test/p2"), false},
		"another text of the other": {form("comment_author", "Pat O'Hara", "comment_content", `She said "yes"`), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := &akismetGate{orderErr: moderation.ErrNotFound}
			g.ask(t, "submit-spam", wordPress, tt.form)
			found := false
			for _, alias := range g.orders[0].Aliases {
				found = found || known[alias]
			}
			if found != tt.want {
				t.Errorf("found: %v, want %v", found, tt.want)
			}
		})
	}
}

func TestAkismetReadsFormsOfAnyKind(t *testing.T) {
	var multi bytes.Buffer
	parts := multipart.NewWriter(&multi)
	for name, values := range form("comment_content", "100% & more; done") {
		if err := parts.WriteField(name, values[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	base := "api_key=" + akismetKey.Reveal() + "&blog=x&user_ip=203.0.113.9&"
	tests := map[string]struct{ media, body, want string }{
		"multipart":               {parts.FormDataContentType(), multi.String(), "100% & more; done"},
		"a media type that is no": {"charset=utf-8", base + "comment_content=a+b", "a b"},
		"no media type":           {"", base + "comment_content=a%20b", "a b"},
		"a sign that is no escape": {"application/x-www-form-urlencoded", base + "comment_content=100%+sure;+%zz%4",
			"100% sure; %zz%4"},
		"Latin 1":               {"application/x-www-form-urlencoded", base + "blog_charset=ISO-8859-1&comment_content=Zo%EB", "Zoë"},
		"the media type's own":  {"application/x-www-form-urlencoded; charset=windows-1251", base + "comment_content=%CF%F0", "Пр"},
		"what nobody can read":  {"application/x-www-form-urlencoded", base + "blog_charset=klingon&comment_content=Zo%EB%00", "Zo\uFFFD"},
		"a form of more fields": {"", base + "comment_content=Call+me&contact_form_field_phone=%2B1+555&contact_form_field_a=Call+me", "Call me\n+1 555"},
		"Discourse":             {"", base + "content_type=forum-post&comment_content=a+b", "a b"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := &akismetGate{}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/akismet/1.1/comment-check", strings.NewReader(tt.body))
			if tt.media != "" {
				r.Header.Set("Content-Type", tt.media)
			}
			w := g.serve(t, "comment-check", r)
			if len(g.arrivals) != 1 || g.arrivals[0].Comment.Body != tt.want {
				t.Errorf("answered %q, arrivals %+v; want the comment %q", w.Body, g.arrivals, tt.want)
			}
		})
	}
}

func TestAkismetRefusesABrokenForm(t *testing.T) {
	g := &akismetGate{}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/akismet/1.1/comment-check", strings.NewReader("--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno end"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.SetPathValue("endpoint", "comment-check")
	if err := g.door().Serve(httptest.NewRecorder(), r); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("err = %v, want ErrInvalid", err)
	}
}

func TestAkismetRecheckFindsTheComment(t *testing.T) {
	g := &akismetGate{}
	g.ask(t, "comment-check", wordPress, form("comment_content", `It\'s`))
	g.names = map[string]string{}
	for _, name := range g.arrivals[0].Aliases {
		g.names[name] = "first"
	}
	recheck := form("comment_content", "It&#039;s", "comment_date_gmt", "2026-02-28 11:12:13", "recheck_reason", "recheck_queue", "comment_ID", "5")
	g.ask(t, "comment-check", wordPress, recheck)
	if a := g.arrivals[1]; a.Comment.PlatformID != "first" || a.Key != "akismet:first" {
		t.Errorf("asked again: id %q, key %q", a.Comment.PlatformID, a.Key)
	}
	for _, name := range g.arrivals[1].Aliases {
		g.names[name] = "first"
	}
	recheck.Set("comment_content", "It was edited")
	g.ask(t, "comment-check", wordPress, recheck)
	if a := g.arrivals[2]; a.Comment.PlatformID != "first" || a.Key != "" {
		t.Errorf("asked again with another text: id %q, key %q; want an edit", a.Comment.PlatformID, a.Key)
	}
}

func TestAkismetOtherEndpoints(t *testing.T) {
	tests := map[string]struct{ endpoint, want string }{
		"verify-key":         {"verify-key", "valid"},
		"a plan":             {"get-subscription", `{"account_id":1,"account_name":"gatehouse, site blog","account_type":"gatehouse","limit_reached":false,"next_billing_date":false,"status":"active"}`},
		"giving up the key":  {"deactivate", "deactivated"},
		"compatible plugins": {"compatible-plugins", "[]"},
		"the line":           {"test", "connected"},
		"the figures":        {"usage-limit", `{"limit":"none","percentage":"0","throttled":false,"usage":0}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := (&akismetGate{}).ask(t, tt.endpoint, wordPress, form("key", akismetKey.Reveal()))
			if got := strings.TrimSpace(w.Body.String()); got != tt.want {
				t.Errorf("answered %s, want %s", got, tt.want)
			}
		})
	}
	one, two := (&akismetGate{}).ask(t, "token", "", form()).Body.String(), (&akismetGate{}).ask(t, "token", "", form()).Body.String()
	if len(one) != 32 || one != two || strings.Contains(one, akismetKey.Reveal()) {
		t.Errorf("tokens %q and %q", one, two)
	}
	for _, f := range []url.Values{form("key", "nonsense"), form("key", akismetKey.Reveal(), "blog", "")} {
		if w := (&akismetGate{}).ask(t, "verify-key", "", f); w.Body.String() != "invalid" || header(w, "X-akismet-debug-help") == "" {
			t.Errorf("verify-key of %v: %q", f, w.Body)
		}
	}
}

// listener answers late verdicts with what it is told to, and remembers them.
type listener struct {
	*httptest.Server
	status int
	answer string
	got    []string
}

func newListener(t *testing.T, status int, answer string) *listener {
	t.Helper()
	l := &listener{status: status, answer: answer}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if _, err := platform.Verify([]moderation.Secret{secret}, r.Header, body, noon); err != nil || r.Header.Get("X-Akismet-Webhook") == "" {
			t.Errorf("signature: %v; headers %v", err, r.Header)
		}
		l.got = append(l.got, r.URL.Path+" "+string(body))
		w.WriteHeader(l.status)
		io.WriteString(w, l.answer) //nolint:errcheck // the test notices
	}))
	t.Cleanup(l.Close)
	return l
}

// someSite is the teller's only site.
type someSite moderation.Site

func (s someSite) SiteByID(context.Context, moderation.SiteID) (moderation.Site, error) {
	return moderation.Site(s), nil
}

func TestAkismetVerdictsGoOut(t *testing.T) {
	short := (&akismetGate{}).site().ShortAkismetKey().Reveal()
	const missing = `{"comments":{"g1":{"status":"error","message":"Could not find matching comment."}}}`
	tests := map[string]struct {
		callback, reply string // paths; what begins with http is whole
		notice          moderation.Notice
		status          int
		answer          string
		want            string // what was heard
		recoverable     bool
		failed          bool
	}{
		"approved": {"/wp-json/akismet/v1/webhook", "/wp-json/akismet/v1/webhook#short", moderation.Notice{Status: moderation.Approved}, 200, `{"comments":{"g1":{"status":"success"}}}`,
			`/wp-json/akismet/v1/webhook {"key":"` + short + `","endpoint":"comment-check","comments":[{"guid":"g1","result":"false"},{"guid":"g1","result":"false"}]}`, false, false},
		"rejected, to who has the long key": {"/x", "/y#long", moderation.Notice{Status: moderation.Rejected}, 200, "ok",
			`/y {"key":"abcdefghij012345","endpoint":"comment-check","comments":[{"guid":"g1","result":"true"}]}`, false, false},
		"held again": {"/x", "/y#short", moderation.Notice{Status: moderation.Held}, 200, "",
			`/y {"key":"` + short + `","endpoint":"comment-check","comments":[{"guid":"g1","result":"true"}]}`, false, false},
		"without an address of its own": {"/wp-json/akismet/v1/webhook", "", moderation.Notice{Status: moderation.Rejected, PlatformID: "p1"}, 200, "",
			`/wp-json/akismet/v1/webhook {"key":"` + short + `","endpoint":"comment-check","comments":[{"guid":"p1","result":"true"}]}`, false, false},
		"the server has moved":            {"/x", "http://elsewhere.example.test/y#short", moderation.Notice{Status: moderation.Rejected}, 200, "", "", false, true},
		"another key":                     {"/x", "/y#long", moderation.Notice{Status: moderation.Rejected}, 401, "", `/y {"key":"abcdefghij012345","endpoint":"comment-check","comments":[{"guid":"g1","result":"true"}]}`, true, true},
		"a comment that went":             {"/x", "/y#long", moderation.Notice{Status: moderation.Rejected, DecidedAt: noon.Add(-time.Hour)}, 200, missing, `/y {"key":"abcdefghij012345","endpoint":"comment-check","comments":[{"guid":"g1","result":"true"}]}`, false, true},
		"a comment that is not yet there": {"/x", "/y#long", moderation.Notice{Status: moderation.Rejected, DecidedAt: noon.Add(-time.Second)}, 200, missing, `/y {"key":"abcdefghij012345","endpoint":"comment-check","comments":[{"guid":"g1","result":"true"}]}`, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newListener(t, tt.status, tt.answer)
			site := (&akismetGate{}).site()
			site.Callback = l.URL + tt.callback
			if tt.reply != "" {
				tt.notice.ReplyTo = moderation.ReplyTo{URL: tt.reply, ID: "g1"}
				if !strings.HasPrefix(tt.reply, "http") {
					tt.notice.ReplyTo.URL = l.URL + tt.reply
				}
			}
			payload, err := json.Marshal(tt.notice)
			if err != nil {
				t.Fatal(err)
			}
			teller := platform.NewTeller(someSite(site), l.Client(), func() time.Time { return noon })
			recoverable, err := teller.Send(t.Context(), moderation.Delivery{Site: 1, MessageID: "msg_1", Payload: payload})
			if recoverable != tt.recoverable || (err != nil) != tt.failed {
				t.Errorf("recoverable %v, err %v", recoverable, err)
			}
			if err != nil && (strings.Contains(err.Error(), akismetKey.Reveal()) || strings.Contains(err.Error(), short)) {
				t.Errorf("the key stands in the error: %v", err)
			}
			if got := strings.Join(l.got, "\n"); got != tt.want {
				t.Errorf("heard %s\nwant  %s", got, tt.want)
			}
		})
	}
}

func FuzzAkismet(f *testing.F) {
	f.Add("application/x-www-form-urlencoded", []byte(form().Encode()), wordPress)
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"comment_content\"\r\n\r\nhi\r\n--x--\r\n"), "")
	f.Add("charset=utf-8", []byte("api_key=abcdefghij012345&comment_context[]=a&comment_date_gmt=2026-02-28+11%3A12%3A13&blog_charset=iso-2022-jp&comment_content=%1b$B"), "")
	f.Add("", []byte("api_key=abcdefghij012345&blog=%zz&user_ip=::1&comment_content=%00%ff\\"), wordPress)
	f.Fuzz(func(t *testing.T, media string, body []byte, agent string) {
		for _, endpoint := range []string{"comment-check", "submit-spam", "key-sites"} {
			g := &akismetGate{orderErr: moderation.ErrNotFound}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/akismet/1.1/"+endpoint+"?api_key=abcdefghij012345", bytes.NewReader(body))
			r.Header = http.Header{"Content-Type": {media}, "User-Agent": {agent}}
			r.SetPathValue("endpoint", endpoint)
			w := httptest.NewRecorder()
			if err := g.door().Serve(w, r); err != nil && !errors.Is(err, moderation.ErrInvalid) {
				t.Fatalf("%s: %v", endpoint, err)
			}
			for _, a := range append(g.arrivals, g.assessed...) {
				if a.Comment.Body == "" || strings.Contains(a.Comment.Body, "\x00") || strings.ToValidUTF8(a.Comment.Body, "") != a.Comment.Body {
					t.Errorf("a comment that can't be kept: %q", a.Comment.Body)
				}
			}
		}
	})
}
