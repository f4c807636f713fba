package demo

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, host, header, value string
		want                              int
	}{
		{"by address", "GET", "127.0.0.1:8080", "", "", 200},
		{"by name", "GET", "localhost:8080", "", "", 200},
		{"without a port", "GET", "LOCALHOST", "", "", 200},
		{"a name below localhost", "GET", "demo.localhost:80", "", "", 200},
		{"by IPv6", "GET", "[::1]:8080", "", "", 200},
		{"IPv6 without a port", "GET", "[::1]", "", "", 200},
		{"rebound name", "GET", "evil.example:8080", "", "", 421},
		{"a name that looks like it", "GET", "localhost.evil.example", "", "", 421},
		{"another machine", "GET", "192.168.0.7:8080", "", "", 421},
		{"no host", "GET", "", "", "", 421},
		{"own form", "POST", "127.0.0.1:8080", "Sec-Fetch-Site", "same-origin", 200},
		{"no browser", "POST", "127.0.0.1:8080", "", "", 200},
		{"another site's form", "POST", "127.0.0.1:8080", "Sec-Fetch-Site", "cross-site", 403},
		{"another port's form", "POST", "127.0.0.1:8080", "Sec-Fetch-Site", "same-site", 403},
		{"old browser, own form", "POST", "127.0.0.1:8080", "Origin", "http://127.0.0.1:8080", 200},
		{"old browser, another's form", "POST", "127.0.0.1:8080", "Origin", "http://evil.example", 403},
	}
	handler := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, "/demo", nil)
			r.Host = tt.host
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
		})
	}
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.card("A card", "✅ Approve")
	paths := []string{"/demo", "/demo/blog", "/demo/blog/posts/tram-vote", "/demo/phone", "/demo/nowhere", "/demo/blog/posts/nowhere",
		"/demo/assets/blog.css", "/demo/assets/blog.js", "/demo/assets/live.js", "/demo/assets/phone.css", "/demo/assets/phone.js",
		"/demo/assets/both.css", "/demo/assets/both.js", "/demo/assets/icon.svg"}
	for _, path := range paths {
		res, err := w.reader.Get(w.blog.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "unsafe") {
			t.Errorf("%s: policy %q", path, got)
		}
		_, page := w.get(w.reader, path)
		text := strings.NewReplacer(w.blog.URL, "", "http://www.w3.org/2000/svg", "", "http://cheap", "", "http://lucky-slots.example", "").Replace(page)
		for _, never := range []string{"http://", "https://", "<style", "style=\"", "<script>", "onclick"} {
			if strings.Contains(text, never) {
				t.Errorf("%s contains %q", path, never)
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for path, want := range map[string]int{
		"/demo": 200, "/demo/": 301, "/demo/blog": 200, "/demo/blog/": 301, "/demo/phone": 200, "/demo/blog/posts/rent-cap": 200,
		"/demo/nowhere": 404, "/demo/blog/posts/nowhere": 404, "/demo/assets/nothing.js": 404, "/demo/assets/..%2fcontent%2fblog.json": 404,
	} {
		if got, _ := w.get(w.reader, path); got != want {
			t.Errorf("GET %s answers %d, want %d", path, got, want)
		}
	}
}
