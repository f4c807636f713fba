package telegramtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"syscall"
	"time"
)

// secretHeader is the header of a webhook's calls that holds its secret.
const secretHeader = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // the name of the header

// hookRules is how webhooks are called.
type hookRules struct {
	plain          bool
	client         *http.Client
	first, longest time.Duration // pauses after calls that failed
}

// PlainWebhooks lets webhooks be http, and on any port, so that a test's own
// server can be one.
func PlainWebhooks() Option {
	return func(s *Server) { s.hooks.plain = true }
}

// WebhookPauses sets how long the server waits after a webhook's first failure,
// which doubles with each, and how long at most.
func WebhookPauses(first, longest time.Duration) Option {
	return func(s *Server) { s.hooks.first, s.hooks.longest = first, longest }
}

// webhook is where updates are sent instead of being asked for.
type webhook struct {
	url, secret string
	connections int64
	end         context.CancelFunc // ends the deliveries
	work        chan struct{}      // something waits
	lastError   string
	failed      time.Time // when lastError was
}

// Close ends the deliveries to a webhook and waits for the last. A server that
// never had one needs no Close.
func (s *Server) Close() {
	s.mu.Lock()
	s.unhook()
	s.closed = true
	s.mu.Unlock()
	s.deliveries.Wait()
}

// unhook takes the webhook away. s.mu is held.
func (s *Server) unhook() {
	if s.hook != nil {
		s.hook.end()
		s.hook = nil
	}
}

// setWebhook makes the server send updates to an address, and getUpdates
// impossible.
func (s *Server) setWebhook(ctx context.Context, p params) (any, error) {
	if p.text("url") == "" {
		return s.deleteWebhook(ctx, p)
	}
	if err := s.hooks.check(p); err != nil {
		return nil, err
	}
	h := &webhook{url: p.text("url"), secret: p.text("secret_token"), connections: p.integer("max_connections", 40, 1, 100)}
	h.work = make(chan struct{}, 1)
	ctx, h.end = context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		h.end()
		return nil, &refusalError{code: http.StatusInternalServerError, description: "Internal Server Error: restart"}
	}
	s.unhook()
	s.hook = h
	s.deliveries.Go(func() { s.push(ctx, h) })
	s.inbox.allow(p)
	if p.flag("drop_pending_updates") {
		s.inbox.waiting = nil
	}
	if s.inbox.poll != nil {
		s.inbox.poll.oust("setWebhook request")
		s.inbox.poll = nil
	}
	s.deliver()
	return true, nil
}

// check refuses what Telegram does not take for a webhook.
func (r hookRules) check(p params) error {
	u, err := url.Parse(p.text("url"))
	secret := p.text("secret_token")
	switch {
	case err != nil || u.Host == "":
		return badRequest("invalid webhook URL specified")
	case len(secret) > 256:
		return badRequest("secret token is too long")
	case !regexp.MustCompile(`^[A-Za-z0-9_-]*$`).MatchString(secret):
		return badRequest("secret token contains unallowed characters")
	case r.plain:
		return nil
	case !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()):
		return badRequest("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	case u.Scheme != "https":
		return badRequest("bad webhook: An HTTPS URL must be provided for webhook")
	}
	return nil
}

// deleteWebhook makes getUpdates possible again.
func (s *Server) deleteWebhook(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unhook()
	if p.flag("drop_pending_updates") {
		s.inbox.waiting = nil
	}
	return true, nil
}

// getWebhookInfo tells of the webhook.
func (s *Server) getWebhookInfo(context.Context, params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := map[string]any{"url": "", "has_custom_certificate": false, "pending_update_count": len(s.inbox.waiting)}
	if len(s.inbox.allowed) > 0 {
		info["allowed_updates"] = s.inbox.allowed
	}
	if h := s.hook; h != nil {
		info["url"], info["max_connections"], info["ip_address"] = h.url, h.connections, "192.0.2.1"
		if h.lastError != "" {
			info["last_error_date"], info["last_error_message"] = h.failed.Unix(), h.lastError
		}
	}
	return info, nil
}

// deliver has what waits sent to the webhook, if there is one. s.mu is held.
func (s *Server) deliver() {
	if s.hook == nil {
		return
	}
	select {
	case s.hook.work <- struct{}{}:
	default:
	}
}

// push sends updates to a webhook one after another until ctx ends. One that is
// not taken is sent again, after ever longer pauses, and keeps the others
// waiting.
func (s *Server) push(ctx context.Context, h *webhook) {
	first, longest := cmp.Or(s.hooks.first, 5*time.Millisecond), cmp.Or(s.hooks.longest, time.Second)
	for pause := first; ctx.Err() == nil; {
		u, f, ok := s.nextUpdate()
		if !ok {
			select {
			case <-h.work:
			case <-ctx.Done():
			}
			continue
		}
		if err := s.hooks.call(ctx, h, u, f); err != nil {
			s.failed(h, err)
			sleep(ctx, pause)
			pause = min(2*pause, longest)
			continue
		}
		pause = first
		s.delivered(u, f)
	}
}

// nextUpdate returns what is to be sent to the webhook, and the fault that this
// meets.
func (s *Server) nextUpdate() (u update, f Fault, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.inbox.waiting) == 0 {
		return update{}, Fault{}, false
	}
	f = s.takeFault(webhookMethod, params{})
	if f.reorder {
		return s.inbox.waiting[len(s.inbox.waiting)-1], f, true
	}
	return s.inbox.waiting[0], f, true
}

// delivered forgets an update that was taken, unless the server is not to know.
func (s *Server) delivered(u update, f Fault) {
	if f.duplicate || f.cutAfter {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbox.waiting = slices.DeleteFunc(s.inbox.waiting, func(other update) bool { return other.id == u.id })
	s.notify()
}

// failed notes why an update was not taken.
func (s *Server) failed(h *webhook, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.lastError, h.failed = why.Error(), s.now()
	s.notify()
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// maxHookCall is how long a webhook may take.
const maxHookCall = time.Minute

// call sends an update to a webhook. Any answer but 2xx is an error, in
// Telegram's words.
func (r hookRules) call(ctx context.Context, h *webhook, u update, f Fault) error {
	if f.cutBefore {
		return errors.New("Connection closed") //nolint:staticcheck // Telegram's words
	}
	body, err := json.Marshal(u)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, maxHookCall)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if h.secret != "" {
		req.Header.Set(secretHeader, h.secret)
	}
	client := *cmp.Or(r.client, http.DefaultClient)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		return connectionError(err)
	}
	_ = resp.Body.Close() // nothing is read from it
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("Wrong response from the webhook: %s", resp.Status) //nolint:staticcheck // Telegram's words
	}
	return nil
}

// connectionError says in Telegram's words why there was no answer.
func connectionError(err error) error {
	var slow net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("Connection refused") //nolint:staticcheck // Telegram's words
	case errors.As(err, &slow) && slow.Timeout():
		return errors.New("Read timeout expired") //nolint:staticcheck // Telegram's words
	}
	return errors.New("Connection closed") //nolint:staticcheck // Telegram's words
}
