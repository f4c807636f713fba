package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// wordPressDesk is a site that is connected, or not yet, to what answers as
// WordPress' REST API does.
type wordPressDesk struct {
	t         *testing.T
	data      string
	root      string
	passwords atomic.Int32 // how many calls carried one to another address
}

func newWordPressDesk(t *testing.T) *wordPressDesk {
	t.Helper()
	d := &wordPressDesk{t: t, data: t.TempDir()}
	blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _, sent := r.BasicAuth()
		switch {
		case r.URL.Path == "/wp-json/":
			io.WriteString(w, `{"namespaces": ["wp/v2"]}`)
		case r.URL.Path == "/wp-json/wp/v2/users/me" && sent:
			io.WriteString(w, `{"name": "Ann", "capabilities": {"moderate_comments": true}}`)
		case sent:
			d.passwords.Add(1)
		}
	}))
	t.Cleanup(blog.Close)
	t.Setenv("GATEHOUSE_CALLBACKS_ALLOW_PRIVATE", "true")
	d.root = blog.URL + "/wp-json"
	d.run(exitDone, "", "sites", "add", "blog", "--platform", "wordpress")
	return d
}

// run carries out a command, and checks how it ends and that it says something;
// never a password.
func (d *wordPressDesk) run(code int, says string, args ...string) {
	d.t.Helper()
	var out heard
	a := &app{ctx: d.t.Context(), stdin: strings.NewReader("hunter2 hunter2\n"), stdout: &out, stderr: &out, now: time.Now}
	if got := a.run(append(args, "--data", d.data)); got != code || !strings.Contains(out.String(), says) || strings.Contains(out.String(), "hunter2") {
		d.t.Errorf("%s ends with %d, want %d, and says\n%s\nwant %q in it", strings.Join(args, " "), got, code, out.String(), says)
	}
}

func (d *wordPressDesk) connect(code int, says, address string) {
	d.t.Helper()
	d.run(code, says, "sites", "connect", "wordpress", "blog", "--url", address, "--user", "ann", "--password-file", "-")
}

func (d *wordPressDesk) site() moderation.Site {
	d.t.Helper()
	db, err := store.Open(d.t.Context(), d.data, time.Now)
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Site(d.t.Context(), "blog")
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func TestConnectWordPressIsUsedWrongly(t *testing.T) {
	d := newWordPressDesk(t)
	d.connect(exitUsage, "no address of a blog", "nonsense")
	d.connect(exitUsage, "without user and password in it", "http://ann:hunter2@blog.example.test/")
	t.Setenv("GATEHOUSE_CALLBACKS_ALLOW_PRIVATE", "false")
	d.connect(exitFailed, "warning: without https://", "http://10.0.0.1:9")
}

// TestDisconnectWordPress takes the access away in each way that there is.
func TestDisconnectWordPress(t *testing.T) {
	d := newWordPressDesk(t)
	base := strings.TrimSuffix(d.root, "/wp-json")
	d.connect(exitDone, "decisions go to "+d.root+" as Ann", base)
	d.run(exitDone, "WordPress user", "sites", "set", "blog", "mode", "strict")
	d.run(exitDone, "WordPress lets Ann moderate", "doctor")
	d.run(exitDone, "the access to "+d.root+" is taken away", "sites", "set", "blog", "callback", d.root+"/gatehouse/v1/decision")
	d.run(exitDone, "plugin", "sites", "show", "blog")
	d.run(exitDone, "the blog answers at its callback", "doctor")
	if s := d.site(); len(s.Account) != 0 || d.passwords.Load() != 0 {
		t.Errorf("account %v; %d calls with the password", s.Account, d.passwords.Load())
	}
	d.connect(exitDone, "", base)
	d.run(exitDone, "revoke it in WordPress, too: Users, ann, Application Passwords", "sites", "disconnect", "blog")
	if s := d.site(); len(s.Account) != 0 || s.Callback != "" {
		t.Errorf("account %v, callback %q", s.Account, s.Callback)
	}
	d.run(exitFailed, "has no access", "sites", "disconnect", "blog")
	d.connect(exitDone, "", base)
	d.run(exitDone, "revoke it in WordPress, too", "sites", "remove", "blog")
}
