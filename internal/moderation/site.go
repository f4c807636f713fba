package moderation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"time"
	"unique"
)

// Secret is a text that must not be seen: however it is printed, logged or encoded,
// and in whatever struct, "redacted" is shown, or an address in memory. The zero value
// is the empty text; equal texts are equal secrets.
type Secret struct{ text unique.Handle[string] }

// NewSecret hides a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{unique.Make(text)}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.text.Value()
}

// IsZero says whether the text is empty.
func (s Secret) IsZero() bool { return s == Secret{} }

// Equal says whether two secrets are the same. It takes no constant time: what
// strangers send is compared by its hash.
func (s Secret) Equal(other Secret) bool { return s == other }

// Format hides the secret from every verb of fmt's.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String hides the secret.
func (Secret) String() string { return redacted }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from JSON and its like.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// redacted is what is shown of a secret.
const redacted = "redacted"

// Site is one blog.
type Site struct {
	ID       SiteID
	Name     string // a-z 0-9 - _; what stands in addresses and commands
	Platform string // webhook, wordpress, …
	Callback string // where decisions go; empty: nowhere
	Account  Account
	// Secrets verify what the site sends; any of them will do. The first one
	// also signs what it is sent; more than one stand while one is rotated.
	Secrets    []Secret
	AkismetKey Secret // 16 of a-z 0-9
	Mode       Mode
	Thresholds Thresholds // zero fields: what the model recommends
	Audit      Audit
	TrustAfter int  // approved comments, after which an author is trusted; 0: never
	HoldFirst  bool // an author's first comment waits
	AutoStrict AutoStrict
	Cards      Destination // where its cards go; not set: where all go
	CreatedAt  time.Time
}

// ShortAkismetKey is the site's Akismet key in the only form that WordPress'
// plugin takes: twelve hexadecimal digits. It opens the same doors, and the key
// itself can't be told from it. Empty where the site has no key.
func (s Site) ShortAkismetKey() Secret {
	if s.AkismetKey.IsZero() {
		return Secret{}
	}
	sum := sha256.Sum256([]byte("gatehouse short akismet key\x00" + s.AkismetKey.Reveal()))
	return NewSecret(hex.EncodeToString(sum[:6]))
}

// Thresholds are the probabilities from which a comment is held.
type Thresholds struct {
	Spam, Abuse float64 // 0 to 1; 0 means not set
}

// Or returns t with what it leaves unset taken from d.
func (t Thresholds) Or(d Thresholds) Thresholds {
	if t.Spam == 0 {
		t.Spam = d.Spam
	}
	if t.Abuse == 0 {
		t.Abuse = d.Abuse
	}
	return t
}
