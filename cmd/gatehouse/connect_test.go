package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/platform/bloggertest"
	"gatehouse/internal/store"
)

// heard is what a command printed, to be read while it runs.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// connecting is a `sites connect blogger` that runs.
type connecting struct {
	t        *testing.T
	google   *bloggertest.Server
	data     string
	keyboard *io.PipeWriter
	out, err heard
	code     chan int
}

func startConnecting(t *testing.T, google *bloggertest.Server, data string, flags ...string) *connecting {
	t.Helper()
	server := httptest.NewServer(google)
	t.Cleanup(server.Close)
	t.Setenv("GATEHOUSE_CALLBACKS_ALLOW_PRIVATE", "true")
	stdin, keyboard := io.Pipe()
	c := &connecting{t: t, google: google, data: data, keyboard: keyboard, code: make(chan int, 1)}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() { stop(); stdin.Close() })
	a := &app{ctx: ctx, stdin: stdin, stdout: &c.out, stderr: &c.err, now: time.Now}
	args := []string{"sites", "connect", "blogger", "blog", "--data", data, "--auth-url", server.URL + bloggertest.AuthPath,
		"--token-url", server.URL + bloggertest.TokenPath, "--api-url", server.URL + bloggertest.APIPath}
	go func() { c.code <- a.run(append(args, flags...)) }()
	return c
}

// given are the flags of somebody who has everything at hand.
func given(t *testing.T) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "client.json")
	if err := os.WriteFile(file, []byte(`{"installed":{"client_id":"`+bloggertest.ClientID+`","client_secret":"`+bloggertest.ClientSecret+`"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--client", file, "--blog", "blog.example.test"}
}

var consentAddress = regexp.MustCompile(`(?m)^http://127\.0\.0\.1:[0-9]+` + bloggertest.AuthPath + `\?\S+`)

// address waits for the address that the owner is to open.
func (c *connecting) address() string {
	c.t.Helper()
	until(c.t, "the address is printed", func() bool {
		if len(c.code) > 0 && !consentAddress.MatchString(c.err.String()) {
			c.t.Fatalf("it ended: %s", c.err.String())
		}
		return consentAddress.MatchString(c.err.String())
	})
	return consentAddress.FindString(c.err.String())
}

// open is what the owner's browser does; it returns the last page.
func (c *connecting) open(address string) string {
	c.t.Helper()
	response, err := http.Get(address) //nolint:gosec // of the pretend Google
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	page, _ := io.ReadAll(response.Body)
	return string(page)
}

// openElsewhere is as open, on a machine where the last page does not load: it
// returns its address.
func (c *connecting) openElsewhere(address string) string {
	c.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(address)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.Header.Get("Location")
}

func (c *connecting) write(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.keyboard, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *connecting) ends(code int, says ...string) {
	c.t.Helper()
	select {
	case got := <-c.code:
		if got != code {
			c.t.Errorf("exit status %d, want %d", got, code)
		}
	case <-time.After(time.Minute):
		c.t.Fatalf("it runs still:\n%s", c.err.String())
	}
	for _, want := range says {
		if !strings.Contains(c.out.String()+c.err.String(), want) {
			c.t.Errorf("it says\n%s%s\nwant %q in it", c.out.String(), c.err.String(), want)
		}
	}
	if text := c.out.String() + c.err.String(); strings.Contains(text, bloggertest.ClientSecret) || strings.Contains(text, "1//") || strings.Contains(text, "ya29.") {
		c.t.Errorf("a secret was printed:\n%s", text)
	}
}

func (c *connecting) site() (moderation.Site, error) {
	db, err := store.Open(c.t.Context(), c.data, time.Now)
	if err != nil {
		return moderation.Site{}, err
	}
	defer db.Close()
	return db.Site(c.t.Context(), "blog")
}

func TestConnectBlogger(t *testing.T) {
	google := bloggertest.New(bloggerBlogID)
	google.Write(bloggertest.Comment{Post: google.AddPost("p"), Content: "x"})
	data := t.TempDir()
	c := startConnecting(t, google, data, given(t)...)
	if page := c.open(c.address()); !strings.Contains(page, "gatehouse has the answer") {
		t.Errorf("the browser shows %q", page)
	}
	c.ends(exitDone, `connected site blog: "A blog" (http://blog.example.test/) can be read, 1 comments wait there`, "Comment moderation")
	s, err := c.site()
	if err != nil || s.Platform != "blogger" || !strings.HasSuffix(s.Callback, "/v3/blogs/"+bloggerBlogID) ||
		s.Account["refresh_token"].IsZero() || s.Account["client_id"].Reveal() != bloggertest.ClientID || s.Account["client_secret"].Reveal() != bloggertest.ClientSecret {
		t.Errorf("site %+v, %v", s, err)
	}
	var shown heard
	a := &app{ctx: t.Context(), stdout: &shown, stderr: &shown, now: time.Now}
	if code := a.run([]string{"sites", "show", "blog", "--data", data}); code != exitDone || !strings.Contains(shown.String(), "given; gatehouse doctor tries it") ||
		strings.Contains(shown.String(), bloggertest.ClientSecret) {
		t.Errorf("sites show prints\n%s", shown.String())
	}
	address, _ := url.Parse(c.address())
	q := address.Query()
	for key, want := range map[string]string{"access_type": "offline", "prompt": "consent", "scope": bloggertest.Scope, "response_type": "code", "code_challenge_method": "S256"} {
		if q.Get(key) != want {
			t.Errorf("%s=%q, want %q", key, q.Get(key), want)
		}
	}
}

func TestConnectBloggerByHand(t *testing.T) {
	google := bloggertest.New(bloggerBlogID)
	c := startConnecting(t, google, t.TempDir())
	go func() {
		for _, line := range []string{bloggertest.ClientID, bloggertest.ClientSecret, "https://www.blogger.com/blog/posts/" + bloggerBlogID + "?hl=en"} {
			c.write(line)
		}
	}()
	last := c.openElsewhere(c.address())
	c.write("")
	c.write("what?")
	c.write(strings.Replace(last, "state=", "state=x", 1))
	until(t, "the wrong state is refused", func() bool { return strings.Contains(c.err.String(), "belongs to another consent") })
	c.write(last)
	c.ends(exitDone, "paste the whole address", "connected site blog")
}

func TestConnectBloggerFails(t *testing.T) {
	tests := map[string]struct {
		google func(*bloggertest.Server)
		flags  func(t *testing.T, flags []string) []string
		says   []string
	}{
		"denied":           {google: func(g *bloggertest.Server) { g.Deny(true) }, says: []string{"consent was denied"}},
		"a code too old":   {google: func(g *bloggertest.Server) { g.StaleCodes(true) }, says: []string{"the code has expired", "connect again"}},
		"no refresh token": {google: func(g *bloggertest.Server) { g.WithoutRefreshToken(true) }, says: []string{"no refresh token", "myaccount.google.com/permissions"}},
		"not ticked":       {google: func(g *bloggertest.Server) { g.WithoutScope(true) }, says: []string{"not to manage the blog"}},
		"no administrator": {google: func(g *bloggertest.Server) { g.SetAdmin(false) }, says: []string{"403 (forbidden)", "an administrator of this blog?"}},
		"Google away":      {google: func(g *bloggertest.Server) { g.Fault("token", -1, bloggertest.BadGateway()) }, says: []string{"fetch a token from Google: Blogger answered 502"}},
		"another blog": {flags: func(_ *testing.T, f []string) []string { return append(f, "--blog", "other.example.test") },
			says: []string{"read blog other.example.test", "404 (notFound)", "is its address right?"}},
		"a wrong secret": {flags: func(t *testing.T, _ []string) []string {
			file := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(file, []byte("wrong\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{"--client-id", bloggertest.ClientID, "--client-secret-file", file, "--blog", bloggerBlogID}
		}, says: []string{"does not know this client id with this secret"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			google := bloggertest.New(bloggerBlogID)
			flags := given(t)
			if tt.google != nil {
				tt.google(google)
			}
			if tt.flags != nil {
				flags = tt.flags(t, flags)
			}
			c := startConnecting(t, google, filepath.Join(t.TempDir(), "data"), flags...)
			c.open(c.address())
			c.ends(exitFailed, append(tt.says, "connect blogger: ")...)
			if _, err := os.Stat(c.data); err == nil {
				t.Error("a data folder was made")
			}
		})
	}
}

func TestConnectBloggerIsUsedWrongly(t *testing.T) {
	web := filepath.Join(t.TempDir(), "web.json")
	if err := os.WriteFile(web, []byte(`{"web":{"client_id":"x","client_secret":"y"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		flags []string
		says  string
	}{
		"a client for the web": {[]string{"--client", web}, "of the type Desktop app"},
		"no client":            {nil, "no answer to"},
		"no address":           {[]string{"--client-id", "x", "--blog", "ftp://x.test"}, "is no address of a blog"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GATEHOUSE_BLOGGER_CLIENT_SECRET", "s")
			c := startConnecting(t, bloggertest.New(bloggerBlogID), t.TempDir(), tt.flags...)
			c.keyboard.Close()
			c.ends(exitUsage, tt.says)
		})
	}
}

func TestConnectAnotherBlogToASite(t *testing.T) {
	data := t.TempDir()
	db, err := store.Create(t.Context(), data, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Callback: "https://blog.example.test/x", Mode: moderation.ModeNormal}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	c := startConnecting(t, bloggertest.New(bloggerBlogID), data, given(t)...)
	c.open(c.address())
	c.ends(exitFailed, "site blog sends its decisions to https://blog.example.test/x", "under another name")
}

// TestConnectASiteWithAWrongAddress: what was set by hand on a site on Blogger
// was never the address of a blog there.
func TestConnectASiteWithAWrongAddress(t *testing.T) {
	data := t.TempDir()
	db, err := store.Create(t.Context(), data, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "blogger", Callback: "https://blog.example.test/x", Mode: moderation.ModeNormal}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	c := startConnecting(t, bloggertest.New(bloggerBlogID), data, given(t)...)
	c.open(c.address())
	c.ends(exitDone, "connected site blog")
	if s, err := c.site(); err != nil || !platform.IsBloggerAddress(s) {
		t.Errorf("site %+v, %v", s, err)
	}
}

// TestConnectIgnoresStrangers: anybody on the machine may call the port.
func TestConnectIgnoresStrangers(t *testing.T) {
	c := startConnecting(t, bloggertest.New(bloggerBlogID), t.TempDir(), given(t)...)
	address, err := url.Parse(c.address())
	if err != nil {
		t.Fatal(err)
	}
	back := address.Query().Get("redirect_uri")
	for _, query := range []string{"", "?code=evil&state=wrong", "?error=access_denied", "favicon.ico"} {
		c.open(back + query)
	}
	c.open(c.address())
	c.ends(exitDone, "connected site blog")
}
