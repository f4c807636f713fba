package platform_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// signed are the headers of a message of the site's.
func signed(t *testing.T, by []moderation.Secret, id string, at time.Time, body string) http.Header {
	t.Helper()
	header, err := platform.Sign(by, id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return header
}

// TestForgedSignatures tries every way that we know to pass without the secret.
func TestForgedSignatures(t *testing.T) {
	const body = `{"id": "1", "body": "hello"}`
	ours := []moderation.Secret{secret}
	good := signed(t, ours, "msg_1", noon, body).Get("webhook-signature")
	other := signed(t, []moderation.Secret{former}, "msg_1", noon, body).Get("webhook-signature")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(good, "v1,"))
	if err != nil {
		t.Fatal(err)
	}
	again := func(b []byte) string { return "v1," + base64.StdEncoding.EncodeToString(b) }
	flipped := append([]byte{raw[0] ^ 1}, raw[1:]...)
	tests := map[string]string{
		"nothing":                    " ",
		"no version":                 strings.TrimPrefix(good, "v1,"),
		"another version":            "v2," + strings.TrimPrefix(good, "v1,"),
		"an asymmetric one":          "v1a," + strings.TrimPrefix(good, "v1,"),
		"a version only":             "v1,",
		"of another secret":          other,
		"a bit flipped":              again(flipped),
		"half of it":                 again(raw[:16]),
		"its first byte":             again(raw[:1]),
		"of no bytes":                again(nil),
		"more than it":               again(append(raw, 0)),
		"twice in one":               again(append(raw, raw...)),
		"without its end":            good[:len(good)-4],
		"in hexadecimal":             fmt.Sprintf("v1,%x", raw),
		"zeros":                      again(make([]byte, 32)),
		"the body instead":           again([]byte(body)),
		"many wrong ones":            strings.TrimSpace(strings.Repeat(other+" ", 500)),
		"separated by a comma":       other + "," + good,
		"of an earlier id":           signed(t, ours, "msg_0", noon, body).Get("webhook-signature"),
		"of an earlier time":         signed(t, ours, "msg_1", noon.Add(-time.Second), body).Get("webhook-signature"),
		"of another body":            signed(t, ours, "msg_1", noon, body+" ").Get("webhook-signature"),
		"of the id and time swapped": signed(t, ours, "1772366400.msg_1", noon, body).Get("webhook-signature"),
	}
	for name, signature := range tests {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			header.Set("webhook-id", "msg_1")
			header.Set("webhook-timestamp", fmt.Sprint(noon.Unix()))
			header.Set("webhook-signature", signature)
			if id, err := platform.Verify(ours, header, []byte(body), noon); !errors.Is(err, moderation.ErrUnsigned) || id != "" {
				t.Errorf("id %q, err %v; want ErrUnsigned and no id", id, err)
			} else if strings.Contains(err.Error(), "MDEyMzQ1") || strings.Contains(err.Error(), strings.TrimPrefix(good, "v1,")) {
				t.Errorf("the error helps to forge: %v", err)
			}
		})
	}
}

// TestOneOfSeveralSignaturesIsEnough is what lets the sender rotate its secret.
func TestOneOfSeveralSignaturesIsEnough(t *testing.T) {
	const body = `{"id": "1", "body": "hello"}`
	header := signed(t, []moderation.Secret{former, secret}, "msg_1", noon, body)
	for _, known := range []moderation.Secret{secret, former} {
		if _, err := platform.Verify([]moderation.Secret{known}, header, []byte(body), noon); err != nil {
			t.Errorf("%v", err)
		}
	}
	third := moderation.NewSecret("whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("z", 32))))
	if _, err := platform.Verify([]moderation.Secret{third}, header, []byte(body), noon); !errors.Is(err, moderation.ErrUnsigned) {
		t.Errorf("another site's secret: %v", err)
	}
	if _, err := platform.Verify(nil, header, []byte(body), noon); !errors.Is(err, moderation.ErrUnsigned) {
		t.Errorf("a site without a secret takes everything: %v", err)
	}
}

// TestSignaturesAgeBothWays steps over the tolerance from either side.
func TestSignaturesAgeBothWays(t *testing.T) {
	header := signed(t, []moderation.Secret{secret}, "msg_1", noon, "x")
	for off, ok := range map[time.Duration]bool{
		0: true, 5 * time.Minute: true, -5 * time.Minute: true, 5*time.Minute + time.Second: false, -5*time.Minute - time.Second: false,
		24 * time.Hour: false, -24 * time.Hour: false,
	} {
		_, err := platform.Verify([]moderation.Secret{secret}, header, []byte("x"), noon.Add(off))
		if ok != (err == nil) {
			t.Errorf("%s later: %v", off, err)
		}
	}
	for _, at := range []string{"9223372036854775807", "-9223372036854775808", "1e9", "0x10", " 1772366400", "99999999999999999999"} {
		header.Set("webhook-timestamp", at)
		if _, err := platform.Verify([]moderation.Secret{secret}, header, []byte("x"), noon); !errors.Is(err, moderation.ErrUnsigned) {
			t.Errorf("time %q: %v", at, err)
		}
	}
}

// FuzzVerify holds that nothing but the signature of exactly this message passes.
func FuzzVerify(f *testing.F) {
	header, err := platform.Sign([]moderation.Secret{secret}, "msg_1", noon, []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	good := header.Get("webhook-signature")
	f.Add("msg_1", fmt.Sprint(noon.Unix()), good, "x")
	f.Add("msg_1", fmt.Sprint(noon.Unix()), "v1,AAAA "+good, "x")
	f.Add("", "", "", "")
	f.Add("msg_2", "-1", "v1,", "y")
	f.Fuzz(func(t *testing.T, id, at, signature, body string) {
		h := http.Header{}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", at)
		h.Set("webhook-signature", signature)
		got, err := platform.Verify([]moderation.Secret{secret}, h, []byte(body), noon)
		if err != nil {
			if !errors.Is(err, moderation.ErrUnsigned) || got != "" {
				t.Fatalf("id %q, %v", got, err)
			}
			return
		}
		if id != "msg_1" || body != "x" || !strings.Contains(signature, good) {
			t.Fatalf("id %q, time %q, signature %q, body %q passed", id, at, signature, body)
		}
	})
}
