package bot

import (
	"fmt"
	"strings"
	"sync"

	"gatehouse/internal/moderation"
)

// rotating is a secret that may be replaced while it is in use.
type rotating struct {
	mu   sync.Mutex
	all  []moderation.Secret // the one in force last
	used int                 // from which on they are still taken
}

func newRotating(s moderation.Secret) *rotating { return &rotating{all: []moderation.Secret{s}} }

// now returns the secret in force.
func (r *rotating) now() moderation.Secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[len(r.all)-1]
}

// known returns every one that there was: none may be shown.
func (r *rotating) known() []moderation.Secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[:len(r.all):len(r.all)]
}

// taken returns the one in force and those that have not retired.
func (r *rotating) taken() []moderation.Secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[r.used:len(r.all):len(r.all)]
}

// renew puts another secret in force, and reports whether it is another.
func (r *rotating) renew(s moderation.Secret) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s == r.all[len(r.all)-1] {
		return false
	}
	r.all = append(r.all, s)
	return true
}

// retire ends those before the one in force.
func (r *rotating) retire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used = len(r.all) - 1
}

// Renew puts another token of the same bot in force, and another secret of its
// webhook; empty: the one that it has. The secret before is taken until Telegram
// knows the new one. It reports whether anything changed.
func (b *Bot) Renew(token, webhook moderation.Secret) (changed bool, err error) {
	if token.Reveal() != "" {
		number := func(s moderation.Secret) string { n, _, _ := strings.Cut(s.Reveal(), ":"); return n }
		if number(token) != number(b.door.token.now()) {
			return false, fmt.Errorf("%w: the token is that of another bot, whose cards these are not: stop gatehouse and start it again", moderation.ErrInvalid)
		}
	}
	if webhook.Reveal() != "" && b.hook != nil {
		if err := CheckWebhook(Webhook{URL: b.cfg.Webhook.URL, Secret: webhook}, b.cfg.APIURL); err != nil {
			return false, err
		}
		if b.hook.secret.renew(webhook) {
			changed = true
			b.hook.renewed.Store(true)
			b.hook.doubt()
		}
	}
	if token.Reveal() != "" && b.door.token.renew(token) {
		changed = true
	}
	return changed, nil
}
