package bot

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// TestTokenIsRenewed calls with the new token, and shows neither.
func TestTokenIsRenewed(t *testing.T) {
	var mu sync.Mutex
	paths := []string{}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		paths = append(paths, r.URL.Path)
		w.Write([]byte(`{"ok":false,"error_code":400,"description":"no 42:OLD, no 42:NEW here"}`)) //nolint:errcheck // the test looks
	}))
	defer api.Close()
	b := &Bot{door: newDoor(Config{Token: moderation.NewSecret("42:OLD"), APIURL: api.URL, Timeout: 5 * time.Second})}
	if changed, err := b.Renew(moderation.NewSecret("43:OTHER"), moderation.Secret{}); changed || !errors.Is(err, moderation.ErrInvalid) || strings.Contains(err.Error(), "OTHER") {
		t.Errorf("another bot's token: %v, %v", changed, err)
	}
	if changed, err := b.Renew(moderation.NewSecret("42:OLD"), moderation.Secret{}); changed || err != nil {
		t.Errorf("the same token: %v, %v", changed, err)
	}
	if changed, err := b.Renew(moderation.NewSecret("42:NEW"), moderation.Secret{}); !changed || err != nil {
		t.Errorf("another token: %v, %v", changed, err)
	}
	err := b.door.call(t.Context(), "getMe", nil, nil)
	if err == nil || strings.Contains(err.Error(), "OLD") || strings.Contains(err.Error(), "NEW") {
		t.Errorf("err = %v", err)
	}
	if len(paths) != 1 || paths[0] != "/bot42:NEW/getMe" {
		t.Errorf("called %q", paths)
	}
}

// TestWebhookSecretIsRenewed takes both until Telegram knows the new one.
func TestWebhookSecretIsRenewed(t *testing.T) {
	s := newRotating(moderation.NewSecret("old"))
	h := &hook{secret: s}
	takes := func(secret string) bool {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.Header.Set(secretHeader, secret)
		return h.isTelegram(r)
	}
	if !takes("old") || takes("new") || takes("") {
		t.Error("before it is renewed")
	}
	s.renew(moderation.NewSecret("new"))
	if !takes("old") || !takes("new") || takes("ne") {
		t.Error("while it is renewed both must be taken")
	}
	s.retire()
	if takes("old") || !takes("new") {
		t.Error("once Telegram knows the new one the old one must go")
	}
}
