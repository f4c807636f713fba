package platform_test

import (
	"archive/zip"
	"bytes"
	stdcmp "cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

func TestThePluginsArchive(t *testing.T) {
	w := httptest.NewRecorder()
	if err := platform.ServeWordPressPlugin(w, nil); err != nil {
		t.Fatal(err)
	}
	files, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil || len(files.File) != 1 || files.File[0].Name != "gatehouse/gatehouse.php" {
		t.Fatalf("the archive has %+v, %v", files, err)
	}
	file, err := files.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	plugin, err := io.ReadAll(file)
	if err != nil || !bytes.Equal(plugin, platform.WordPressPlugin()) {
		t.Errorf("another plugin is in the archive: %v", err)
	}
	for _, line := range []string{"License: GPL-2.0-or-later", "Requires at least: 5.6", "Requires PHP: 7.2"} {
		if !strings.Contains(string(plugin), line) {
			t.Errorf("the plugin's header has no %q", line)
		}
	}
}

// TestThePluginIsForOldPHP looks for what PHP 7.2 does not know: the PHP at hand
// may be newer.
func TestThePluginIsForOldPHP(t *testing.T) {
	plugin := string(platform.WordPressPlugin())
	for what, pattern := range map[string]string{
		"arrow functions (7.4)":           `\bfn\s*\(`,
		"typed properties (7.4)":          `(public|private|protected|static|var)\s+\??(int|string|array|bool|float|iterable|object|self|[A-Z]\w*)\s+\$`,
		"??= (7.4)":                       `\?\?=`,
		"unpacking in arrays (7.4)":       `\[\s*\.\.\.`,
		"trailing commas in calls (7.3)":  `,\s*\)`,
		"match (8.0)":                     `\bmatch\s*\(`,
		"?-> (8.0)":                       `\?->`,
		"str_contains and its like (8.0)": `\bstr_(contains|starts_with|ends_with)\b`,
		"named arguments (8.0)":           `[(,]\s*[a-z_]+:\s[^:]`,
		"throw as an expression (8.0)":    `\?\?\s*throw`,
		"attributes (8.0)":                `^\s*#\[`,
		"catch without a variable (8.0)":  `catch\s*\(\s*[\\\w|]+\s*\)`,
		"union types (8.0)":               `function\s+\w+\([^)]*\w\|\w+\s+\$`,
		"enums (8.1)":                     `(?m)^\s*enum\s+\w`,
		"readonly (8.1)":                  `\breadonly\s`,
		"first-class callables (8.1)":     `\(\.\.\.\)`,
		"numeric separators (7.4)":        `\b\d+_\d+\b`,
		"array_key_first and last (7.3)":  `array_key_(first|last)`,
		"hrtime, is_countable (7.3)":      `\b(hrtime|is_countable|mb_str_split|get_debug_type|array_is_list)\b`,
	} {
		// Texts and comments are no code.
		code := regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*|'(?:[^'\\]|\\.)*'`).ReplaceAllString(plugin, "''")
		if found := regexp.MustCompile(pattern).FindString(code); found != "" {
			t.Errorf("%s: %q", what, found)
		}
	}
}

// restBlog answers as WordPress' REST API does.
type restBlog struct {
	comments []map[string]any
	status   int    // instead of an answer
	code     string // WordPress' own
	sticks   bool   // statuses are taken and not changed
	posts    []string
	pages    int // of lists
}

func (b *restBlog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if b.status != 0 || user != "admin" || password != "abcd efgh" {
		w.WriteHeader(max(b.status, http.StatusUnauthorized))
		fmt.Fprintf(w, `{"code": %q}`, b.code)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/wp-json")
	switch id := strings.TrimPrefix(path, "/wp/v2/comments/"); {
	case path == "/wp/v2/users/me":
		io.WriteString(w, `{"name": "Admin", "capabilities": {"moderate_comments": true}}`)
	case path == "/wp/v2/comments":
		b.list(w, r)
	default:
		b.one(w, r, id)
	}
}

// list answers a page of the comments in a state and a time, newest first.
func (b *restBlog) list(w http.ResponseWriter, r *http.Request) {
	b.pages++
	asked := map[string]string{"approve": "approved"}[r.FormValue("status")]
	after, _ := time.Parse(time.RFC3339, r.FormValue("after"))
	before, _ := time.Parse(time.RFC3339, r.FormValue("before"))
	found := []map[string]any{}
	for _, c := range b.comments {
		at, _ := time.Parse("2006-01-02T15:04:05", c["date_gmt"].(string))
		if (c["status"] == asked || c["status"] == r.FormValue("status")) && at.After(after) && at.Before(before) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b map[string]any) int { return strings.Compare(b["date_gmt"].(string), a["date_gmt"].(string)) })
	page, _ := strconv.Atoi(stdcmp.Or(r.FormValue("page"), "1"))
	from := min(100*(page-1), len(found))
	json.NewEncoder(w).Encode(found[from:min(from+100, len(found))])
}

func (b *restBlog) one(w http.ResponseWriter, r *http.Request, id string) {
	for _, c := range b.comments {
		if fmt.Sprint(c["id"]) != id {
			continue
		}
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			b.posts = append(b.posts, id+" "+string(body))
			var change map[string]string
			if json.Unmarshal(body, &change) == nil && !b.sticks {
				c["status"] = change["status"]
			}
		}
		json.NewEncoder(w).Encode(c)
		return
	}
	w.WriteHeader(http.StatusNotFound)
	io.WriteString(w, `{"code": "rest_comment_invalid_id"}`)
}

// keptComment is the comment that gatehouse keeps.
type keptComment struct{}

func (keptComment) CommentView(context.Context, moderation.CommentID) (moderation.CaseView, error) {
	return moderation.CaseView{Author: moderation.Author{Name: "Ann O&#039;Hara"}, Comment: moderation.Comment{Text: "You & me,\nfriend", CreatedAt: noon}}, nil
}

func restComment(id int, status, author, raw, at string) map[string]any {
	return map[string]any{"id": id, "status": status, "author_name": author, "author_user_agent": "Their agent", "date_gmt": at, "content": map[string]any{"raw": raw}}
}

func tellWordPress(t *testing.T, b *restBlog, n moderation.Notice) (bool, error) {
	t.Helper()
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	way := &platform.WordPressREST{Client: platform.NewClient(everywhere), Comments: keptComment{}, Now: clock}
	root := server.URL + "/wp-json"
	site := moderation.Site{Name: "blog", Callback: root, Account: platform.WordPressAccount(root, "admin", moderation.NewSecret("abcd efgh"))}
	return way.Tell(t.Context(), site, "msg_1", n)
}

func TestWordPressREST(t *testing.T) {
	spam := moderation.Notice{Comment: 5, PlatformID: "17", Status: moderation.Rejected, Choice: moderation.ChooseSpam}
	approved := moderation.Notice{Comment: 5, PlatformID: "guid-1", Status: moderation.Approved, Choice: moderation.ChooseApprove}
	abuse, held := spam, spam
	abuse.Choice, held.Status, held.Choice = moderation.ChooseAbuse, moderation.Held, ""
	of := func(comments ...map[string]any) []map[string]any { return comments }
	near := noon.Format("2006-01-02T15:04:05")
	words := "You &amp; me,<br>friend"
	tests := map[string]struct {
		blog        restBlog
		notice      moderation.Notice
		posts       []string
		recoverable bool
		says        string
	}{
		"spam, by its number":      {blog: restBlog{comments: of(restComment(17, "hold", "x", "y", near))}, notice: spam, posts: []string{`17 {"author_user_agent":"Their agent","status":"spam"}`}},
		"abuse goes into the bin":  {blog: restBlog{comments: of(restComment(17, "hold", "x", "y", near))}, notice: abuse, posts: []string{`17 {"author_user_agent":"Their agent","status":"trash"}`}},
		"an undo holds":            {blog: restBlog{comments: of(restComment(17, "spam", "x", "y", near))}, notice: held, posts: []string{`17 {"author_user_agent":"Their agent","status":"hold"}`}},
		"as it is already":         {blog: restBlog{comments: of(restComment(17, "spam", "x", "y", near))}, notice: spam},
		"a status that sticks":     {blog: restBlog{comments: of(restComment(17, "hold", "x", "y", near)), sticks: true}, notice: spam, posts: []string{`17 {"author_user_agent":"Their agent","status":"spam"}`}, recoverable: true, says: `is "hold" there, not "spam"`},
		"by its words":             {blog: restBlog{comments: of(restComment(3, "spam", "Ann O'Hara", words, near), restComment(4, "spam", "Bob", words, near), restComment(5, "spam", "Ann O'Hara", "other", near))}, notice: approved, posts: []string{`3 {"author_user_agent":"Their agent","status":"approved"}`}},
		"of two the nearer one":    {blog: restBlog{comments: of(restComment(3, "spam", "Ann O'Hara", words, noon.Add(-5*time.Hour).Format("2006-01-02T15:04:05")), restComment(4, "spam", "Ann O'Hara", words, near))}, notice: approved, posts: []string{`4 {"author_user_agent":"Their agent","status":"approved"}`}},
		"not there, or not yet":    {blog: restBlog{comments: of(restComment(3, "spam", "Ann O'Hara", "other words", near))}, notice: approved, recoverable: true, says: "was not found on the blog"},
		"gone there":               {blog: restBlog{}, notice: spam, says: "is gone there"},
		"another password":         {blog: restBlog{status: 401, code: "incorrect_password"}, notice: spam, recoverable: true, says: "gatehouse sites connect wordpress blog"},
		"forbidden":                {blog: restBlog{status: 403, code: "rest_forbidden"}, notice: spam, recoverable: true, says: "may not moderate"},
		"no REST API there":        {blog: restBlog{status: 404, code: "rest_no_route"}, notice: spam, recoverable: true, says: "not at the callback's address"},
		"the blog is being mended": {blog: restBlog{status: 503}, notice: spam, recoverable: true, says: "503"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			recoverable, err := tellWordPress(t, &tt.blog, tt.notice)
			if recoverable != tt.recoverable || (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("recoverable %v, err %v; want %v, %q", recoverable, err, tt.recoverable, tt.says)
			}
			if err != nil && strings.Contains(err.Error(), "efgh") {
				t.Errorf("the password is told: %v", err)
			}
			if diff := cmp.Diff(tt.posts, tt.blog.posts); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestACommentInAWaveOfSpam looks for one under hundreds that came later.
func TestACommentInAWaveOfSpam(t *testing.T) {
	wave := func(from time.Duration, n int) (comments []map[string]any) {
		for i := range n {
			at := noon.Add(from + time.Duration(i)*time.Second)
			comments = append(comments, restComment(1000+i, "spam", "Casino", "Be my friend "+fmt.Sprint(i), at.Format("2006-01-02T15:04:05")))
		}
		return comments
	}
	approved := moderation.Notice{Comment: 5, PlatformID: "guid-1", Status: moderation.Approved, Choice: moderation.ChooseApprove}
	sought := func(off time.Duration) map[string]any {
		return restComment(3, "spam", "Ann O'Hara", "You &amp; me,<br>friend", noon.Add(off).Format("2006-01-02T15:04:05"))
	}
	tests := map[string]struct {
		comments []map[string]any
		found    bool
		pages    int // at most
	}{
		"by its time":                {append(wave(5*time.Minute, 450), sought(-time.Second)), true, 4},
		"a clock that is wrong":      {append(wave(5*time.Minute, 450), sought(-time.Hour)), true, 15},
		"a wave in the same minutes": {append(wave(-time.Minute, 170), sought(-90*time.Second)), true, 15},
		"too many to look through":   {wave(5*time.Minute, 20000), false, 60},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := &restBlog{comments: tt.comments}
			if recoverable, err := tellWordPress(t, b, approved); (err == nil) != tt.found || err != nil && !recoverable {
				t.Errorf("recoverable %v, err %v; want found: %v", recoverable, err, tt.found)
			}
			if b.pages > tt.pages {
				t.Errorf("%d pages were asked for, want at most %d", b.pages, tt.pages)
			}
		})
	}
}

func TestASiteWithThePluginIsToldByWebhook(t *testing.T) {
	var got string
	blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		got = r.Header.Get("webhook-signature")
	}))
	defer blog.Close()
	teller := newTeller(atAddress(blog.URL), everywhere)
	way := &platform.WordPressREST{Plugin: teller.Webhook(), Now: clock}
	site, _ := atAddress(blog.URL).SiteByID(t.Context(), 1)
	if _, err := way.Tell(t.Context(), site, "msg_1", moderation.Notice{PlatformID: "17"}); err != nil || got == "" {
		t.Errorf("signature %q, %v", got, err)
	}
	if found, err := way.Probe(t.Context(), site); err != nil || found == "" {
		t.Errorf("probe: %q, %v", found, err)
	}
}

// TestThePasswordStaysWithItsAddress gives a site with an account another callback.
func TestThePasswordStaysWithItsAddress(t *testing.T) {
	calls := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		calls++
		if _, _, sent := r.BasicAuth(); sent {
			t.Errorf("%s %s carries the password", r.Method, r.URL)
		}
	}))
	defer elsewhere.Close()
	teller := newTeller(atAddress(elsewhere.URL), everywhere)
	way := &platform.WordPressREST{Client: platform.NewClient(everywhere), Comments: keptComment{}, Plugin: teller.Webhook(), Now: clock}
	site, _ := atAddress(elsewhere.URL).SiteByID(t.Context(), 1)
	site.Account = platform.WordPressAccount("https://blog.test/wp-json", "admin", moderation.NewSecret("abcd efgh"))
	if _, err := way.Tell(t.Context(), site, "msg_1", moderation.Notice{PlatformID: "17"}); err != nil {
		t.Error(err)
	}
	if _, err := way.Probe(t.Context(), site); err != nil {
		t.Error(err)
	}
	if calls != 2 {
		t.Errorf("%d calls, want those of the plugin's way", calls)
	}
}

func TestWordPressAddress(t *testing.T) {
	for address, says := range map[string]string{
		"https://blog.test": "", "http://blog.test/sub/": "", "nonsense": "no address", "ftp://blog.test": "no address", "https://": "no address",
		"https://blog.test/?p=1": "no address", "https://user:hunter2@blog.test/": "without user and password", "http://h:hunter2": "no address",
	} {
		err := platform.CheckWordPressAddress(address)
		if (err != nil) != (says != "") || err != nil && (!strings.Contains(err.Error(), says) || !errors.Is(err, moderation.ErrInvalid) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want %q", address, err, says)
		}
	}
	for address, want := range map[string]bool{
		"http://blog.test": true, "http://192.168.1.2": true, "https://blog.test": false, "http://127.0.0.1:80/x": false, "http://localhost": false, "http://[::1]:8": false,
	} {
		if got := platform.IsReadable(address); got != want {
			t.Errorf("%s can be read on the way: %v", address, got)
		}
	}
}

func TestFindWordPress(t *testing.T) {
	for name, tt := range map[string]struct{ pretty, plain, want, says string }{
		"pretty links": {pretty: `{"namespaces": ["oembed/1.0", "wp/v2"]}`, want: "/wp-json"},
		"plain links":  {pretty: "<html>", plain: `{"namespaces": ["wp/v2"]}`, want: "/?rest_route=/"},
		"no WordPress": {pretty: `{"namespaces": []}`, plain: `{"namespaces": ["other"]}`, says: "not WordPress"},
		"a page":       {pretty: "<html>", plain: "<html>", says: "not what WordPress' REST API answers"},
	} {
		t.Run(name, func(t *testing.T) {
			blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("rest_route") {
					io.WriteString(w, tt.plain)
				} else {
					io.WriteString(w, tt.pretty)
				}
			}))
			defer blog.Close()
			root, err := platform.FindWordPress(t.Context(), platform.NewClient(everywhere), blog.URL+"/")
			if tt.want != "" && root != blog.URL+tt.want || (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("root %q, %v; want %q, %q", root, err, tt.want, tt.says)
			}
		})
	}
	if _, err := platform.FindWordPress(t.Context(), nil, "blog"); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("err = %v, want ErrInvalid", err)
	}
}

// FuzzWordPressAnswer feeds the way what a blog may answer.
func FuzzWordPressAnswer(f *testing.F) {
	f.Add([]byte(`[{"id": 3, "status": "spam", "date_gmt": "2026-03-01T12:00:00", "author_name": "Ann O'Hara", "content": {"raw": "You &amp; me, friend"}}]`))
	f.Add([]byte(`{"id": 17, "status": "hold"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		client := &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(answer))}
		})}
		way := &platform.WordPressREST{Client: client, Comments: keptComment{}, Now: clock}
		const root = "http://blog.test/?rest_route=/"
		site := moderation.Site{Name: "blog", Callback: root, Account: platform.WordPressAccount(root, "admin", moderation.NewSecret("abcd efgh"))}
		for _, id := range []string{"17", "guid-1"} {
			n := moderation.Notice{PlatformID: id, Status: moderation.Approved, Choice: moderation.ChooseApprove}
			if recoverable, err := way.Tell(t.Context(), site, "msg_1", n); err != nil && !recoverable {
				t.Errorf("%q ends the delivery: %v", answer, err)
			}
		}
	})
}

// roundTrip answers requests.
type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }
