package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRoomOnTheDisk(t *testing.T) {
	tests := map[string]struct {
		free, size int64
		want       string
	}{
		"not known":  {-1, 1 << 30, ""},
		"plenty":     {100 << 30, 1 << 30, "ok"},
		"no copy":    {1 << 30, 2 << 30, "warning"},
		"nearly out": {leastFree - 1, 1 << 20, "failed"},
		"none":       {0, 1 << 20, "failed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := roomOn(tt.free, tt.size); got.State != tt.want {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

// TestDoctorFindsFilesOfOthers examines a folder in which root has run serve.
func TestDoctorFindsFilesOfOthers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"gatehouse.db", "gatehouse.lock", "gatehouse.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		owners map[string]string // by file; others are the service's
		want   string
	}{
		"none":      {nil, ""},
		"one":       {map[string]string{"gatehouse.lock": "root"}, dir + " is owned by gatehouse, who may be unable to open in it: gatehouse.lock of root: chown -R gatehouse " + dir},
		"two":       {map[string]string{"gatehouse.lock": "root", "gatehouse.key": "1001"}, dir + " is owned by gatehouse, who may be unable to open in it: gatehouse.key of 1001, gatehouse.lock of root: chown -R gatehouse " + dir},
		"not known": {map[string]string{filepath.Base(dir): ""}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := strayFiles(dir, func(path string) string {
				if owner, ok := tt.owners[filepath.Base(path)]; ok {
					return owner
				}
				return "gatehouse"
			})
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestDoctorLooksForMetrics asks at addresses where gatehouse, another program and
// nobody listens.
func TestDoctorLooksForMetrics(t *testing.T) {
	page := func(says string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(says)) })) //nolint:errcheck // loopback
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback
	if err != nil {
		t.Fatal(err)
	}
	nobody := silent.Addr().String()
	if err := silent.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		address     string
		serving     bool
		state, says string
	}{
		"ours":          {page("gatehouse_build_info 1\n"), true, "ok", "answers"},
		"not there":     {nobody, true, "warning", "restart it"},
		"another's":     {page("hello"), true, "warning", "restart it"},
		"taken":         {page("hello"), false, "failed", "another program"},
		"free":          {nobody, false, "ok", "is free"},
		"not asked for": {"", true, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &examination{a: &app{ctx: t.Context()}, conf: config{MetricsListen: tt.address}}
			e.metrics(tt.serving)
			if tt.state == "" {
				if len(e.findings) > 0 {
					t.Errorf("found %+v", e.findings)
				}
				return
			}
			if len(e.findings) != 1 || e.findings[0].State != tt.state || !strings.Contains(e.findings[0].Says, tt.says) {
				t.Errorf("found %+v, want %s, %q", e.findings, tt.state, tt.says)
			}
		})
	}
}
