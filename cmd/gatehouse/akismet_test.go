package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the starter model lets through, and what it holds.
const (
	kindWords = "A kind word about the article and its sources."
	rudeWords = "You are a stupid worthless moron, go kill yourself"
	wpAgent   = "WordPress/6.1.9 | Akismet/5.0.2"
)

// akismetBlog is a client of Akismet's protocol with one site.
type akismetBlog struct {
	*process
	key string
}

// newAkismetBlog adds a site with a callback, and starts the program.
func newAkismetBlog(t *testing.T, callback string) akismetBlog {
	t.Helper()
	p := newProcess(t)
	out, stderr, err := p.run("sites", "add", "blog", "--platform", "akismet", "--callback", callback, "--json")
	if err != nil {
		t.Fatalf("sites add: %v\n%s", err, stderr)
	}
	var site siteJSON
	if err := json.Unmarshal([]byte(out), &site); err != nil {
		t.Fatal(err)
	}
	p.start()
	return akismetBlog{p, site.ShortAkismetKey}
}

// ask posts what WordPress would with these fields, and returns the answer's word
// and headers.
func (b akismetBlog) ask(endpoint string, fields map[string]string) (string, http.Header) {
	b.t.Helper()
	form := url.Values{}
	for name, value := range maps.All(fields) {
		form.Set(name, value)
	}
	for name, value := range map[string]string{"api_key": b.key, "blog": "http://blog.example.test", "user_ip": "203.0.113.9", "user_agent": "Mozilla/5.0",
		"comment_author": "Zoe", "permalink": "http://blog.example.test/p1", "blog_charset": "UTF-8"} {
		if _, given := fields[name]; !given {
			form.Set(name, value)
		}
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, "http://"+b.address+"/akismet/1.1/"+endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("User-Agent", wpAgent)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: status %d, %v: %s", endpoint, response.StatusCode, err, body)
	}
	return string(body), response.Header
}

// check asks whether a comment is spam.
func (b akismetBlog) check(fields map[string]string) string {
	b.t.Helper()
	word, header := b.ask("comment-check", fields)
	if header.Get("X-Akismet-Guid") == "" {
		b.t.Error("an answer without a guid")
	}
	return word
}

func (b akismetBlog) report(endpoint string, fields map[string]string) {
	b.t.Helper()
	if word, _ := b.ask(endpoint, fields); word != "Thanks for making the web a better place." {
		b.t.Errorf("%s was answered %q", endpoint, word)
	}
}

// comments returns how many comments are kept, by what stands in `recent`.
func (b akismetBlog) comments() int {
	b.t.Helper()
	out, stderr, err := b.run("recent", "--json")
	if err != nil {
		b.t.Fatalf("recent: %v\n%s", err, stderr)
	}
	return strings.Count(out, "\n")
}

func (b akismetBlog) must(args ...string) string {
	b.t.Helper()
	out, stderr, err := b.run(args...)
	if err != nil {
		b.t.Fatalf("%v: %v\n%s", args, err, stderr)
	}
	return out
}

// with returns the fields with some others.
func fieldsWith(fields map[string]string, more ...string) map[string]string {
	out := maps.Clone(fields)
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func TestAkismetKnowsACommentAgain(t *testing.T) {
	t.Parallel()
	b := newAkismetBlog(t, "")
	rude := map[string]string{"comment_content": rudeWords, "comment_author": `O\'Hara`}
	if word := b.check(rude); word != "true" {
		t.Fatalf("held, without a callback: %q, want true", word)
	}
	b.must("decide", "#1", "approve")
	again := map[string]struct {
		fields map[string]string
		word   string
	}{
		"sent again": {rude, "false"},
		"asked again from the database": {map[string]string{"comment_content": rudeWords, "comment_author": "O'Hara", "comment_ID": "7",
			"comment_date_gmt": "2026-01-02 03:04:05", "recheck_reason": "recheck_queue"}, "false"},
		"by another":          {fieldsWith(rude, "comment_author", "Other"), "true"},
		"from elsewhere":      {fieldsWith(rude, "user_ip", "198.51.100.7"), "true"},
		"on another post":     {fieldsWith(rude, "permalink", "http://blog.example.test/p2"), "true"},
		"at a time":           {fieldsWith(rude, "comment_date_gmt", "2026-01-02 03:04:06"), "true"},
		"with another e-mail": {fieldsWith(rude, "comment_author_email", "o@example.test"), "true"},
	}
	for name, tt := range again {
		t.Run(name, func(t *testing.T) {
			if word := b.check(tt.fields); word != tt.word {
				t.Errorf("answered %q, want %q", word, tt.word)
			}
		})
	}
	if n := b.comments(); n != 6 {
		t.Errorf("%d comments are kept, want 6: one, and five that only look like it", n)
	}
}

// TestAkismetJudgesWhatOnlyLooksKnown asks about comments that differ from an
// approved one in what speaks against them.
func TestAkismetJudgesWhatOnlyLooksKnown(t *testing.T) {
	t.Parallel()
	first := map[string]string{"comment_content": rudeWords, "comment_author_url": "zoe.example.test"}
	again := fieldsWith(first, "comment_author_url", "http://zoe.example.test", "comment_date_gmt", "2026-01-02 03:04:05", "recheck_reason", "recheck_queue")
	robot := []string{"honeypot_field_name", "website2", "website2", "I am a robot"}
	tests := map[string]struct {
		more   []string // of the first check
		fields map[string]string
		word   string
	}{
		"asked again with its time":             {nil, again, "false"},
		"and with its id":                       {nil, fieldsWith(again, "comment_ID", "7"), "false"},
		"sent again without a time":             {nil, first, "false"},
		"a robot, sent again without a time":    {nil, fieldsWith(first, robot...), "true"},
		"a robot, asked about again":            {nil, fieldsWith(again, robot...), "true"},
		"another web address":                   {nil, fieldsWith(again, "comment_author_url", "https://pills.example.test"), "true"},
		"another e-mail":                        {nil, fieldsWith(again, "comment_author_email", "x@example.test"), "true"},
		"another time":                          {[]string{"comment_date_gmt", "2026-01-02 03:00:00"}, again, "true"},
		"another id":                            {[]string{"comment_ID", "6", "recheck_reason", "edit"}, fieldsWith(again, "comment_ID", "7"), "true"},
		"the robot's own, kept without a trace": {robot, again, "false"},
	}
	b := newAkismetBlog(t, "")
	n := 0
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n++
			post := []string{"permalink", fmt.Sprintf("http://blog.example.test/only-%d", n)}
			word, header := b.ask("comment-check", fieldsWith(fieldsWith(first, tt.more...), post...))
			if word != "true" {
				t.Fatalf("the first: %q, want true", word)
			}
			b.report("submit-ham", fieldsWith(first, append(post, "guid", header.Get("X-Akismet-Guid"))...))
			for range 2 {
				if word := b.check(fieldsWith(tt.fields, post...)); word != tt.word {
					t.Errorf("answered %q, want %q", word, tt.word)
				}
			}
		})
	}
}

func TestAkismetTakesReportsForDecisions(t *testing.T) {
	t.Parallel()
	b := newAkismetBlog(t, "")
	if word := b.check(map[string]string{"comment_content": `He said \"no\".`, "comment_author": `Pat O\'Hara`}); word != "false" {
		t.Fatalf("a decent comment: %q", word)
	}
	reported := map[string]string{"comment_content": `He said "no".`, "comment_author": "Pat O'Hara", "comment_ID": "12", "comment_parent": "0", "reporter": "admin"}
	b.report("submit-spam", reported)
	if word := b.check(fieldsWith(reported, "recheck_reason", "edit")); word != "true" {
		t.Errorf("after the report: %q, want true", word)
	}
	b.report("submit-spam", reported) // our own decision, come back
	b.report("submit-ham", reported)
	b.report("submit-spam", map[string]string{"comment_content": "Never seen before", "comment_author": "Bob", "comment_ID": "13"})
	b.report("submit-spam", map[string]string{"comment_content": "Only a test", "is_test": "1"})
	var got []string
	out := b.must("recent", "--json")
	for line := range strings.Lines(out) {
		var c struct {
			Status, Body string
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("recent printed %q: %v", line, err)
		}
		got = append(got, c.Body+" "+c.Status)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{`He said "no". approved`, "Never seen before rejected"}, got); diff != "" {
		t.Errorf("what became of the comments (-want +got):\n%s\n%s", diff, out)
	}
}

func TestAkismetsFiguresAreTrue(t *testing.T) {
	t.Parallel()
	b := newAkismetBlog(t, "")
	b.check(map[string]string{"comment_content": kindWords})
	b.check(map[string]string{"comment_content": "I read it on the train this morning, and again at home.", "comment_author": "Bob"})
	b.check(map[string]string{"comment_content": rudeWords})
	b.check(map[string]string{"comment_content": rudeWords, "blog": "https://Other.example.test:8443/blog"})
	b.check(map[string]string{"comment_content": kindWords, "is_test": "true"})
	b.report("submit-spam", map[string]string{"comment_content": kindWords})
	b.report("submit-spam", map[string]string{"comment_content": kindWords})
	b.report("submit-ham", map[string]string{"comment_content": rudeWords})
	get := func(path string) string {
		t.Helper()
		response, err := http.Get("http://" + b.address + "/akismet/" + path + "&api_key=" + b.key)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(body))
	}
	if got, want := get("1.2/usage-limit?"), `{"limit":"none","percentage":"0","throttled":false,"usage":4}`; got != want {
		t.Errorf("usage-limit: %s, want %s", got, want)
	}
	table := strings.Split(get("1.2/key-sites?format=csv&order=spam"), "\n")
	want := []string{"Site,Total API Calls,Spam,Ham,Missed Spam,False Positives,Is Revoked",
		"blog.example.test,3,1,2,1,1,false", "other.example.test:8443,1,1,0,0,0,false"}
	if diff := cmp.Diff(want, table[1:]); diff != "" {
		t.Errorf("key-sites (-want +got):\n%s", diff)
	}
	if got := get("1.2/key-sites?filter=other&month=2020-01"); got != `{"2020-01":[],"limit":500,"offset":0,"total":0}` {
		t.Errorf("key-sites of a month long ago: %s", got)
	}
	if got := get("1.1/get-stats?from=all"); !strings.HasPrefix(got, `{"spam":2,"ham":2,"missed_spam":1,"false_positives":1,"accuracy":"50.00","time_saved":0,"breakdown":{"20`) {
		t.Errorf("get-stats: %s", got)
	}
}

// akismetListener is the blog's end of late verdicts: as WordPress' plugin it
// takes them by the key, and knows comments by the guid.
type akismetListener struct {
	*httptest.Server
	mu    sync.Mutex
	key   string
	heard []string // guid=result, without what is said twice at once
}

func newAkismetListener(t *testing.T) *akismetListener {
	t.Helper()
	l := &akismetListener{}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

func (l *akismetListener) serve(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Key, Endpoint string
		Comments      []struct{ GUID, Result string }
	}
	err := json.NewDecoder(r.Body).Decode(&body)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || body.Key != l.key || body.Endpoint != "comment-check" || r.Header.Get("X-Akismet-Webhook") == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	for _, c := range body.Comments {
		if said := c.GUID + "=" + c.Result; len(l.heard) == 0 || l.heard[len(l.heard)-1] != said {
			l.heard = append(l.heard, said)
		}
	}
	fmt.Fprint(w, `{"comments":{}}`)
}

func (l *akismetListener) words() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.heard)
}

func TestAkismetTellsLate(t *testing.T) {
	t.Parallel()
	l := newAkismetListener(t)
	b := newAkismetBlog(t, l.URL+"/wp-json/akismet/v1/webhook")
	l.mu.Lock()
	l.key = b.key
	l.mu.Unlock()
	word, header := b.ask("comment-check", map[string]string{"comment_content": rudeWords, "callback": l.URL + "/wp-json/akismet/v1/webhook"})
	guid := header.Get("X-Akismet-Guid")
	if word != "false" || header.Get("X-Akismet-Recheck-After") != "31536000" || header.Get("X-Akismet-Pro-Tip") != "" {
		t.Fatalf("held, with a callback: %q, %v", word, header)
	}
	var want []string
	for _, step := range []struct {
		args []string
		word string
	}{{[]string{"decide", "#1", "approve"}, "false"}, {[]string{"undo", "#1"}, "true"}, {[]string{"decide", "#1", "approve"}, "false"}, {[]string{"undo", "#1"}, "true"}} {
		b.must(step.args...)
		want = append(want, guid+"="+step.word)
		until(t, "the blog hears of "+strings.Join(step.args, " "), func() bool { return len(l.words()) >= len(want) })
	}
	if diff := cmp.Diff(want, l.words()); diff != "" {
		t.Errorf("what the blog heard (-want +got):\n%s", diff)
	}
	for name, address := range map[string]string{"another host": "http://localhost:1/x", "another scheme": strings.Replace(l.URL, "http:", "https:", 1),
		"a name inside": "http://x@" + strings.TrimPrefix(l.URL, "http://"), "no address": "nonsense", "another port": "http://127.0.0.1:1/"} {
		word, header := b.ask("comment-check", map[string]string{"comment_content": rudeWords, "comment_author": name, "callback": address})
		if word != "true" || header.Get("X-Akismet-Recheck-After") != "" {
			t.Errorf("%s: a comment is held with a callback at %s: %q, %v", name, address, word, header)
		}
	}
	out, stderr, err := b.run("doctor")
	if !strings.Contains(out+stderr, "WordPress' Akismet plugin takes our key") {
		t.Errorf("doctor says %v:\n%s%s", err, out, stderr)
	}
}
