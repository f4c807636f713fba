package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// akismetConversation is what each client prints of its conversation.
const akismetConversation = `verify: true
verify another: false
guaranteed spam: true
administrator: false
kind: false
rude: true
rude, said to be ham: false
kind, said to be spam: true
`

// TestAkismetsClients lets clients that nobody here wrote speak with the program.
func TestAkismetsClients(t *testing.T) {
	t.Parallel()
	npm, err := filepath.Abs(filepath.Join("..", "..", ".build", "npm", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		program, script string
		found           []string // exits with 0 where the client is installed
		without         string   // a line that the client can't say
		about           func(t *testing.T, b akismetBlog) (args, env []string)
	}{
		"npm akismet-api": {program: "node", script: "akismet-api.js", found: []string{"-e", "require('akismet-api')"},
			about: func(_ *testing.T, b akismetBlog) (args, env []string) {
				_, port, _ := strings.Cut(b.address, ":")
				return []string{"rest.akismet.test:" + port, b.key}, nil
			}},
		"npm akismet": {program: "node", script: "akismet.js", found: []string{"-e", "require('akismet')"},
			about: func(_ *testing.T, b akismetBlog) (args, env []string) {
				return []string{b.key}, []string{"http_proxy=http://" + b.address}
			}},
		"Debian's ruby-akismet": {program: "ruby", script: "client.rb", found: []string{"-e", "require 'akismet'"},
			about: func(t *testing.T, b akismetBlog) (args, env []string) {
				port, certificate := startAkismetTLS(t, b.address)
				return []string{port, b.key}, []string{"SSL_CERT_FILE=" + certificate}
			}},
		"Debian's libnet-akismet-perl": {program: "perl", script: "client.pl", found: []string{"-MNet::Akismet", "-e", "1"}, without: "administrator: false\n",
			about: func(_ *testing.T, b akismetBlog) (args, env []string) {
				return []string{b.key}, []string{"PERL_LWP_ENV_PROXY=1", "http_proxy=http://" + b.address}
			}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			environment := append(cleanEnvironment(), "NODE_PATH="+npm, "NODE_OPTIONS=--no-deprecation", "no_proxy=", "NO_PROXY=")
			look := exec.CommandContext(t.Context(), tt.program, tt.found...)
			look.Env = environment
			if out, err := look.CombinedOutput(); err != nil {
				if os.Getenv("GATEHOUSE_TEST_INSTALL") == "1" {
					t.Fatalf("no %s: %v %.300s", name, err, out)
				}
				t.Skipf("skipped: no %s: GATEHOUSE_TEST_INSTALL=1 make test installs it (%v %.100s)", name, err, out)
			}
			b := newAkismetBlog(t, "")
			args, env := tt.about(t, b)
			cmd := exec.CommandContext(t.Context(), tt.program, append([]string{filepath.Join("testdata", "akismet", tt.script)}, args...)...)
			cmd.Env = append(environment, env...)
			out, err := cmd.Output()
			if err != nil {
				var stderr []byte
				if failed, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Output returns it so
					stderr = failed.Stderr
				}
				t.Fatalf("%v\n%s\n%s", err, out, stderr)
			}
			want := akismetConversation
			if tt.without != "" {
				want = strings.Replace(want, tt.without, "", 1)
			}
			if diff := cmp.Diff(want, string(out)); diff != "" {
				t.Errorf("what the client printed (-want +got):\n%s", diff)
			}
		})
	}
}

// startAkismetTLS has gatehouse answer at a port of its own as rest.akismet.com
// and the names below it, and returns the port and the file with the certificate
// that vouches for them.
func startAkismetTLS(t *testing.T, address string) (port, certificate string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"rest.akismet.com", "*.rest.akismet.com"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate = filepath.Join(t.TempDir(), "certificate.pem")
	if err := os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: address})
		r.Out.Host = r.In.Host // a key may stand in it
	}})
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	if _, port, err = net.SplitHostPort(strings.TrimPrefix(server.URL, "https://")); err != nil {
		t.Fatal(err)
	}
	return port, certificate
}

// TestTheDocumentedAkismetCallsWork runs the shell lines of docs/blogs/akismet.md.
func TestTheDocumentedAkismetCallsWork(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("skipped: no %s: GATEHOUSE_TEST_INSTALL=1 make test installs it", tool)
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "blogs", "akismet.md"))
	if err != nil {
		t.Fatal(err)
	}
	b := newAkismetBlog(t, "")
	said := ""
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(block[1], "curl") {
			continue
		}
		script := strings.NewReplacer("KEY=…", "", "127.0.0.1:8080", b.address).Replace(block[1])
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", script)
		cmd.Env = append(cleanEnvironment(), "KEY="+b.key)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
		said += string(out)
	}
	want := `validtrue{"limit":"none","percentage":"0","throttled":false,"usage":1}`
	if !strings.HasPrefix(said, want) || !strings.HasSuffix(said, "\nblog.example.org,1,1,0,0,0,false\n") {
		t.Errorf("the lines print %s\nwant %s … and the figures of the blog", said, want)
	}
}

// TestAkismetByHost asks where Akismet itself has its addresses.
func TestAkismetByHost(t *testing.T) {
	t.Parallel()
	b := newAkismetBlog(t, "")
	site := b.must("sites", "show", "blog", "--json")
	long := strings.Split(strings.Split(site, `"akismet_key": "`)[1], `"`)[0]
	tests := map[string]struct {
		method, host, path, form string
		status                   int
		word                     string
	}{
		"the key in the label":          {http.MethodPost, long + ".rest.example.test", "/1.1/comment-check", "blog=x&user_ip=203.0.113.9&comment_content=Hello+there", 200, "false"},
		"the short key in the label":    {http.MethodPost, strings.ToUpper(b.key) + ".rest.example.test:80", "/1.1/comment-check", "blog=x&user_ip=203.0.113.9&comment_content=Hello+there", 200, "false"},
		"the key in the form":           {http.MethodPost, "rest.example.test", "/1.1/comment-check", "blog=x&user_ip=203.0.113.9&comment_content=Hello+there&api_key=" + long, 200, "false"},
		"whether a key is one":          {http.MethodPost, "rest.example.test", "/1.1/verify-key", "blog=x&key=" + long, 200, "valid"},
		"whether another key is one":    {http.MethodPost, long + ".rest.example.test", "/1.1/verify-key", "blog=x&key=nonsense", 200, "invalid"},
		"the newer version":             {http.MethodGet, b.key + ".rest.example.test", "/1.2/usage-limit", "", 200, `"limit":"none"`},
		"a test of the line":            {http.MethodGet, b.key + ".rest.example.test", "/1.1/test", "", 200, "connected"},
		"nobody's label":                {http.MethodPost, "nobody.rest.example.test", "/1.1/comment-check", "blog=x&user_ip=203.0.113.9&comment_content=Hello", 404, ""},
		"no key at all":                 {http.MethodPost, "127.0.0.1", "/1.1/verify-key", "", 404, ""},
		"a test of the line by nobody":  {http.MethodGet, "127.0.0.1", "/1.1/test", "", 404, ""},
		"what nobody can ask for":       {http.MethodPost, b.key + ".rest.example.test", "/1.1/nonsense", "", 404, ""},
		"a version that is none":        {http.MethodPost, "127.0.0.1", "/akismet/2.0/verify-key", "key=" + long, 404, ""},
		"a check by GET, which may act": {http.MethodGet, b.key + ".rest.example.test", "/1.1/comment-check?blog=x&user_ip=203.0.113.9&comment_content=Hello", "", 405, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+b.address+tt.path, strings.NewReader(tt.form))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = tt.host
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body := new(strings.Builder)
			if err := response.Write(body); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != tt.status || !strings.Contains(body.String(), tt.word) {
				t.Errorf("answered %d\n%s\nwant %d %q", response.StatusCode, body, tt.status, tt.word)
			}
		})
	}
}
