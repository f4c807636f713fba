package platform_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// endless gives letters without end and counts them.
type endless struct{ given atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte("a"), len(p)))
	e.given.Add(int64(len(p)))
	return len(p), nil
}

// TestHostileCallbackAnswers has a blog answer without end, packed and not, and lead
// elsewhere: a call ends, little is read, and nobody else is called.
func TestHostileCallbackAnswers(t *testing.T) {
	elsewhere := atomic.Int64{}
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer inside.Close()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, &endless{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	const most = 8 << 20 // what buffers on the way may take, generously
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter, body io.Reader)
		fails  bool
	}{
		"without end": {func(w http.ResponseWriter, body io.Reader) { io.Copy(w, body) }, false}, //nolint:errcheck // the client hangs up
		"an error without end": {func(w http.ResponseWriter, body io.Reader) {
			w.WriteHeader(http.StatusInternalServerError)
			io.Copy(w, body)
		}, true}, //nolint:errcheck // the client hangs up
		"a packed bomb": {func(w http.ResponseWriter, _ io.Reader) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		}, false}, //nolint:errcheck // the client hangs up
		"headers without end": {func(w http.ResponseWriter, _ io.Reader) { w.Header().Set("X-A", strings.Repeat("a", 1<<20)) }, true},
		"redirected inside": {func(w http.ResponseWriter, _ io.Reader) {
			w.Header().Set("Location", inside.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, true},
		"redirected to a file": {func(w http.ResponseWriter, _ io.Reader) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}, true},
		"another protocol": {func(w http.ResponseWriter, _ io.Reader) {
			w.Header().Set("Upgrade", "h2c")
			w.WriteHeader(http.StatusSwitchingProtocols)
		}, true},
		"refreshed, not called": {func(w http.ResponseWriter, _ io.Reader) { w.Header().Set("Refresh", "0;url="+inside.URL) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			body := &endless{}
			blog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { tt.answer(w, body) }))
			defer blog.Close()
			recoverable, err := newTeller(atAddress(blog.URL), everywhere).Send(t.Context(), delivery(t, moderation.Notice{}))
			if (err != nil) != tt.fails || err != nil && !recoverable {
				t.Errorf("recoverable %v, err %v", recoverable, err)
			}
			if n := body.given.Load(); n > most {
				t.Errorf("the blog could send %d bytes", n)
			}
		})
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("another address was called %d times", n)
	}
}

// TestOddCallbackAddresses are such as no blog has.
func TestOddCallbackAddresses(t *testing.T) {
	for _, bad := range []string{"gopher://blog.example.test/", "unix:///run/x.sock", "javascript:alert(1)", "//blog.example.test/", "http:blog", "http:///x",
		"https://user@blog.example.test/", "https://blog.example.test:99999/", "https://blog.example.test:0/", "https://blog.example.test:http/",
		"https://blog.example.test:-1/", "http://[::1", "http://a b/", "https://blog.example.test/\r\nX: y", "HTTP+UNIX://x/", " https://blog.example.test/"} {
		if err := platform.CheckCallback(bad); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", bad, err)
		}
	}
	for _, good := range []string{"https://blog.example.test:8443/x", "HTTPS://blog.example.test", "http://[2001:db8::1]:65535/x?y=z"} {
		if err := platform.CheckCallback(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}
