package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
)

// Callback tells sites what was decided by our own signed webhook.
type Callback struct {
	client *http.Client
	now    moderation.Clock
}

// CheckCallback refuses addresses that can't be called.
func CheckCallback(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || !isPort(u.Port()) {
		return fmt.Errorf("%w: callback %q: write an address such as https://blog.example.org/gatehouse", moderation.ErrInvalid, address)
	}
	return nil
}

// isPort says whether an address may name this port; empty is the scheme's own.
func isPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
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

// Tell implements Way. Any answer of 2xx is a receipt; 410 ends the delivery for
// good; everything else is tried again.
func (c *Callback) Tell(ctx context.Context, site moderation.Site, id string, n moderation.Notice) (recoverable bool, err error) {
	request, err := c.request(ctx, site, id, n)
	if err != nil {
		return false, err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return true, fmt.Errorf("call site %s: %w", site.Name, withoutAddress(err))
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) //nolint:errcheck // only so that the connection can serve again
	return readStatus(response, c.now())
}

// Probe implements Prober, by an OPTIONS request, which changes nothing anywhere.
func (c *Callback) Probe(ctx context.Context, site moderation.Site) (found string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodOptions, site.Callback, nil)
	if err != nil {
		return "", fmt.Errorf("call site %s: %w", site.Name, err)
	}
	request.Header.Set("User-Agent", "gatehouse")
	response, err := c.client.Do(request)
	if err != nil {
		return "", fmt.Errorf("call site %s: %w", site.Name, withoutAddress(err))
	}
	defer response.Body.Close()
	switch code := response.StatusCode; {
	case code == http.StatusNotFound || code == http.StatusGone:
		return "", fmt.Errorf("call site %s: the blog answers %d, nothing listens at the callback's path; check it (gatehouse sites set %s callback URL)", site.Name, code, site.Name)
	case code >= 300 && code < 400:
		return "", fmt.Errorf("call site %s: the blog answers %d and redirects are not followed; set the callback to where it leads", site.Name, code)
	case code >= http.StatusInternalServerError:
		return "", fmt.Errorf("call site %s: the blog answers %d; look into its log", site.Name, code)
	}
	clock, err := c.clockOf(site, response.Header)
	return "the blog answers at its callback" + clock, err
}

// clockOf compares our clock with that of a site's answer, as far as it has one: a
// signature is good for five minutes only. Below one all is well.
func (c *Callback) clockOf(site moderation.Site, h http.Header) (says string, err error) {
	there, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return "", nil //nolint:nilerr // nobody must say what time it is
	}
	apart, side := there.Sub(c.now()), "ahead of"
	if apart < 0 {
		apart, side = -apart, "behind"
	}
	words := fmt.Sprintf("the blog's clock is %s %s this machine's", apart.Round(time.Second), side)
	switch {
	case apart >= tolerance:
		return "", fmt.Errorf("call site %s: %s, and a signature is good for %s: its comments and our decisions are refused; set the clock that is wrong (timedatectl)", site.Name, words, tolerance)
	case apart >= time.Minute:
		return "; " + words + fmt.Sprintf(", and %s are allowed", tolerance), nil
	}
	return "", nil
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
