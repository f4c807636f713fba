package platform_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// atAddress is a site with a callback.
type atAddress string

func (a atAddress) SiteByID(context.Context, moderation.SiteID) (moderation.Site, error) {
	return moderation.Site{ID: 1, Name: "blog", Callback: string(a), Secrets: []moderation.Secret{secret, former}}, nil
}

func everywhere(netip.AddrPort) bool { return true }

func delivery(t *testing.T, n moderation.Notice) moderation.Delivery {
	t.Helper()
	payload, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return moderation.Delivery{ID: 3, Kind: moderation.DeliverCallback, MessageID: "msg_3", Site: 1, Payload: payload}
}

func clock() time.Time { return noon }

func newTeller(sites platform.SitesByID, allowed func(netip.AddrPort) bool) *platform.Teller {
	return platform.NewTeller(sites, platform.NewClient(allowed), clock)
}

func TestCallback(t *testing.T) {
	var body []byte
	var header http.Header
	blog := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		header = r.Header
	}))
	defer blog.Close()
	tests := map[string]struct {
		notice moderation.Notice
		want   string
	}{
		"a rejection": {moderation.Notice{Comment: 5, PlatformID: "c7", Revision: 2, Seq: 3, Status: moderation.Rejected, Choice: moderation.ChooseAbuse,
			DecidedBy: "Mo", DecidedAt: noon, Note: "again"},
			`{"type":"comment.rejected","timestamp":"2026-03-01T12:00:00Z","data":{"id":"c7","comment_id":"5","revision":2,"seq":3,"decision":"abuse","category":"abuse","decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z","note":"again"}}`},
		"hidden only": {moderation.Notice{Comment: 5, PlatformID: "c7", Revision: 1, Seq: 1, Status: moderation.Rejected, Choice: moderation.ChooseReject, DecidedBy: "Mo", DecidedAt: noon},
			`{"type":"comment.rejected","timestamp":"2026-03-01T12:00:00Z","data":{"id":"c7","comment_id":"5","revision":1,"seq":1,"decision":"reject","category":"other","decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z","note":""}}`},
		"an approval": {moderation.Notice{Comment: 5, PlatformID: "c7", Revision: 1, Seq: 1, Status: moderation.Approved, Choice: moderation.ChooseApprove, DecidedBy: "Mo", DecidedAt: noon},
			`{"type":"comment.approved","timestamp":"2026-03-01T12:00:00Z","data":{"id":"c7","comment_id":"5","revision":1,"seq":1,"decision":"approve","category":null,"decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z","note":""}}`},
		"an undo": {moderation.Notice{Comment: 5, PlatformID: "c7", Revision: 1, Seq: 2, Status: moderation.Held, DecidedBy: "Mo", DecidedAt: noon},
			`{"type":"comment.held","timestamp":"2026-03-01T12:00:00Z","data":{"id":"c7","comment_id":"5","revision":1,"seq":2,"decision":null,"category":null,"decided_by":"Mo","decided_at":"2026-03-01T12:00:00Z","note":""}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := newTeller(atAddress(blog.URL), everywhere).Send(t.Context(), delivery(t, tt.notice)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(body)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if id, err := platform.Verify([]moderation.Secret{former}, header, body, noon); err != nil || id != "msg_3" {
				t.Errorf("the signature of %q: %v", id, err)
			}
		})
	}
}

func TestCallbackAnswers(t *testing.T) {
	tests := map[string]struct {
		status      int
		header      map[string]string
		err         bool
		recoverable bool
		gone        bool
		after       time.Duration
	}{
		"taken":               {status: 204},
		"an error":            {status: 500, err: true, recoverable: true},
		"refused":             {status: 401, err: true, recoverable: true},
		"gone":                {status: 410, err: true, gone: true},
		"moved":               {status: 302, header: map[string]string{"Location": "http://203.0.113.1/"}, err: true, recoverable: true},
		"too many, seconds":   {status: 429, header: map[string]string{"Retry-After": "90"}, err: true, recoverable: true, after: 90 * time.Second},
		"away, with a date":   {status: 503, header: map[string]string{"Retry-After": noon.Add(time.Hour).Format(http.TimeFormat)}, err: true, recoverable: true, after: time.Hour},
		"an absurd long wait": {status: 503, header: map[string]string{"Retry-After": "99999999"}, err: true, recoverable: true, after: 24 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls++
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(tt.status)
			}))
			defer blog.Close()
			recoverable, err := newTeller(atAddress(blog.URL), everywhere).Send(t.Context(), delivery(t, moderation.Notice{}))
			var later *moderation.LaterError
			after := time.Duration(0)
			if errors.As(err, &later) {
				after = later.After
			}
			if (err != nil) != tt.err || recoverable != tt.recoverable || errors.Is(err, moderation.ErrGone) != tt.gone || after != tt.after {
				t.Errorf("recoverable %v, err %v, after %s", recoverable, err, after)
			}
			if calls != 1 {
				t.Errorf("%d calls, want one: redirects are not followed", calls)
			}
		})
	}
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	called := false
	blog := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer blog.Close()
	port := blog.Listener.Addr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	local := strings.Replace(blog.URL, "127.0.0.1", "localhost", 1)
	for _, address := range []string{blog.URL, local, "http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]:80/", "http://[fd00::1]/",
		"http://0.0.0.0/", "http://100.64.0.1/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/"} {
		recoverable, err := newTeller(atAddress(address), platform.Public).Send(t.Context(), delivery(t, moderation.Notice{}))
		if !errors.Is(err, moderation.ErrForbidden) || !recoverable {
			t.Errorf("%s: recoverable %v, err %v; want ErrForbidden, to be tried again once it is allowed", address, recoverable, err)
		}
	}
	if called {
		t.Error("the private address was called")
	}
	onlyThis := func(a netip.AddrPort) bool { return a == port }
	if _, err := newTeller(atAddress(blog.URL), onlyThis).Send(t.Context(), delivery(t, moderation.Notice{})); err != nil || !called {
		t.Errorf("an allowed address: %v", err)
	}
}

func TestACallbacksAddressIsNotTold(t *testing.T) {
	_, err := newTeller(atAddress("http://127.0.0.1:1/cb?token=SEKRIT"), everywhere).Send(t.Context(), delivery(t, moderation.Notice{}))
	if err == nil || strings.Contains(err.Error(), "SEKRIT") {
		t.Errorf("err = %v", err)
	}
}

func TestPublicAddresses(t *testing.T) {
	for _, address := range []string{"203.0.113.9:80", "[2001:db8::1]:443", "8.8.8.8:53", "[2001:4860:4860::8888]:443", "[::ffff:8.8.8.8]:443"} {
		if !platform.Public(netip.MustParseAddrPort(address)) {
			t.Errorf("%s is refused", address)
		}
	}
	for _, address := range []string{"[64:ff9b::7f00:1]:80", "[64:ff9b:1::a00:1]:80", "[fec0::1]:80", "[::ffff:0:127.0.0.1]:80", "[::127.0.0.1]:80",
		"[2001:0:53aa:64c:0:0:f5ff:fffe]:80", "[2002:7f00:1::]:80"} {
		if platform.Public(netip.MustParseAddrPort(address)) {
			t.Errorf("%s passes for public", address)
		}
	}
}

func TestCheckCallback(t *testing.T) {
	for _, good := range []string{"https://blog.example.test/x", "http://127.0.0.1:8090/"} {
		if err := platform.CheckCallback(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"blog.example.test", "ftp://x/", "file:///etc/passwd", "https://", "https://user:pass@x/", "::"} {
		if err := platform.CheckCallback(bad); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", bad, err)
		}
	}
}
