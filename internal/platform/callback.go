package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"gatehouse/internal/moderation"
)

const (
	callbackTimeout = 15 * time.Second
	// longestPause bounds what a site's Retry-After may ask for.
	longestPause = 24 * time.Hour
)

// SitesByID finds sites with their secrets; moderation.ErrNotFound where there is
// none, or it has been removed.
type SitesByID interface {
	SiteByID(ctx context.Context, id moderation.SiteID) (moderation.Site, error)
}

// Callback tells sites what was decided: it is the moderation.Sender of
// DeliverCallback.
type Callback struct {
	sites  SitesByID
	client *http.Client
	now    moderation.Clock
}

// NewCallback returns a sender that calls only where allowed says so, which is
// asked when a site is called, after its name was looked up: see [Public].
// Redirects are not followed.
func NewCallback(sites SitesByID, allowed func(netip.AddrPort) bool, now moderation.Clock) *Callback {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("read address: %w", err)
		}
		if !allowed(target) {
			return fmt.Errorf("%w: calls to %s, a private address; set callbacks: {allow_private: true} in the configuration if the blog really is there",
				moderation.ErrForbidden, target)
		}
		return nil
	}}
	return &Callback{sites: sites, now: now, client: &http.Client{
		Timeout: callbackTimeout,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second,
			ResponseHeaderTimeout: 10 * time.Second, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// specialNetworks are those of RFC 6890 that netip's predicates do not know and
// that are nobody's public web server.
func specialNetworks() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
		netip.MustParsePrefix("2002::/16"),
	}
}

// Public says whether an address is one of the public Internet, and not private,
// loopback, link-local or otherwise special.
func Public(target netip.AddrPort) bool {
	a := target.Addr().Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, network := range specialNetworks() {
		if network.Contains(a.WithZone("")) {
			return false
		}
	}
	return true
}

// CheckCallback refuses addresses that can't be called.
func CheckCallback(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("%w: callback %q: write an address such as https://blog.example.org/gatehouse", moderation.ErrInvalid, address)
	}
	return nil
}

// notice is the JSON that a site's callback gets; CONTRACT.md, "HTTP".
type notice struct {
	Type      string     `json:"type"`
	Timestamp time.Time  `json:"timestamp"`
	Data      noticeData `json:"data"`
}

type noticeData struct {
	ID        string             `json:"id"` // the platform's
	CommentID string             `json:"comment_id"`
	Revision  int                `json:"revision"`
	Seq       int64              `json:"seq"`
	Decision  *moderation.Choice `json:"decision"`
	Category  *string            `json:"category"`
	DecidedBy string             `json:"decided_by"`
	DecidedAt time.Time          `json:"decided_at"`
	Note      string             `json:"note"`
}

// Send implements moderation.Sender. Any answer of 2xx is a receipt; 410 ends
// the delivery for good; everything else is tried again.
func (c *Callback) Send(ctx context.Context, d moderation.Delivery) (recoverable bool, err error) {
	site, err := c.sites.SiteByID(ctx, d.Site)
	if errors.Is(err, moderation.ErrNotFound) {
		return false, fmt.Errorf("%w: the site has been removed", moderation.ErrGone)
	}
	if err != nil {
		return true, err
	}
	if site.Callback == "" {
		return false, fmt.Errorf("%w: site %s has no callback any more", moderation.ErrGone, site.Name)
	}
	var n moderation.Notice
	if err := json.Unmarshal(d.Payload, &n); err != nil {
		return false, fmt.Errorf("decode notice: %w", err)
	}
	request, err := c.request(ctx, site, d.MessageID, n)
	if err != nil {
		return false, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return true, fmt.Errorf("call site %s: %w", site.Name, withoutAddress(err))
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) //nolint:errcheck // only so that the connection can serve again
	return c.read(response)
}

// withoutAddress takes the address out of a client's error: its query may hold a
// secret of the blog's.
func withoutAddress(err error) error {
	var called *url.Error
	if errors.As(err, &called) {
		return called.Err
	}
	return err
}

// request builds the signed call.
func (c *Callback) request(ctx context.Context, site moderation.Site, id string, n moderation.Notice) (*http.Request, error) {
	body, err := json.Marshal(newNotice(n))
	if err != nil {
		return nil, fmt.Errorf("encode notice: %w", err)
	}
	header, err := Sign(site.Secrets, id, c.now(), body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, site.Callback, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call site %s: %w", site.Name, err)
	}
	request.Header = header
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "gatehouse")
	return request, nil
}

func newNotice(n moderation.Notice) notice {
	data := noticeData{ID: n.PlatformID, CommentID: n.Comment.String(), Revision: n.Revision, Seq: n.Seq,
		DecidedBy: n.DecidedBy, DecidedAt: n.DecidedAt.UTC(), Note: n.Note}
	if n.Choice != "" {
		data.Decision = &n.Choice
		if category := n.Choice.Category(); category != "" {
			data.Category = &category
		}
	}
	return notice{Type: "comment." + string(n.Status), Timestamp: n.DecidedAt.UTC(), Data: data}
}

// read turns a site's answer into the sender's.
func (c *Callback) read(response *http.Response) (recoverable bool, err error) {
	code := response.StatusCode
	answered := fmt.Errorf("the site answered %d", code)
	switch {
	case code >= 200 && code < 300:
		return false, nil
	case code == http.StatusGone:
		return false, errors.Join(moderation.ErrGone, answered)
	case code >= 300 && code < 400:
		return true, fmt.Errorf("%w: redirects are not followed, set the callback to where it leads", answered)
	}
	if pause := retryAfter(response.Header.Get("Retry-After"), c.now()); pause > 0 {
		return true, &moderation.LaterError{After: pause, Err: answered}
	}
	return true, answered
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3): seconds or a
// date; 0 where it says nothing.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return min(max(time.Duration(seconds)*time.Second, 0), longestPause)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longestPause)
	}
	return 0
}
