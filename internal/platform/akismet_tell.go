package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// akismetReply bounds what is read of a client's answer, in bytes.
	akismetReply = 64 << 10
	// settlingIn is how long a blog may take to store a comment that it was
	// answered about: until then, that it does not know it means nothing.
	settlingIn = time.Minute
)

// akismetCallback tells clients of Akismet's protocol what was decided, as Akismet
// tells WordPress' plugin: with the key, which is what the plugin asks for.
type akismetCallback struct {
	client *http.Client
	now    moderation.Clock
}

// speaksAkismet says whether a decision is to be told in Akismet's manner: the
// client asked for it, or the site's callback is where WordPress' plugin listens.
func speaksAkismet(site moderation.Site, n moderation.Notice) bool {
	return n.ReplyTo.URL != "" || isWordPressListener(site.Callback)
}

func isWordPressListener(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.Contains(u.Path+"?"+u.Query().Get("rest_route"), "/akismet/v1/webhook")
}

// akismetNotice is what clients are sent.
type akismetNotice struct {
	Key      string           `json:"key"`
	Endpoint string           `json:"endpoint"`
	Comments []akismetVerdict `json:"comments"`
}

// akismetVerdict is one entry of it.
type akismetVerdict struct {
	GUID   string `json:"guid"`
	Result string `json:"result"`
}

// Tell implements Way. What is held is told as spam, for it must not be seen.
func (a *akismetCallback) Tell(ctx context.Context, site moderation.Site, id string, n moderation.Notice) (recoverable bool, err error) {
	address, key, guid := site.Callback, site.ShortAkismetKey(), n.PlatformID
	if n.ReplyTo.URL != "" {
		asked, form, _ := strings.Cut(n.ReplyTo.URL, "#")
		if address = allowedCallback(site, asked); address == "" {
			return false, fmt.Errorf("%w: the comment's callback is not on the server of the callback of site %s", moderation.ErrForbidden, site.Name)
		}
		if guid = n.ReplyTo.ID; form != byShortKey {
			key = site.AkismetKey
		}
	}
	verdicts := []akismetVerdict{{guid, "true"}}
	if n.Status == moderation.Approved {
		// WordPress' plugin takes a comment out of the spam folder first and
		// publishes it only when it is told again.
		verdicts = []akismetVerdict{{guid, "false"}, {guid, "false"}}
	}
	_, reply, recoverable, err := a.call(ctx, site, address, id, akismetNotice{key.Reveal(), "comment-check", verdicts})
	if err != nil {
		return recoverable, err
	}
	if complaint := complaintOf(reply, guid); complaint != "" {
		return a.now().Sub(n.DecidedAt) < settlingIn, fmt.Errorf("the site answered: %s", complaint)
	}
	return false, nil
}

// Probe implements Prober: it tells WordPress' plugin of no comment at all, which
// it takes from nobody but who has its key.
func (a *akismetCallback) Probe(ctx context.Context, site moderation.Site) (found string, err error) {
	for _, key := range []moderation.Secret{site.ShortAkismetKey(), site.AkismetKey} {
		code, _, _, err := a.call(ctx, site, site.Callback, "probe", akismetNotice{key.Reveal(), "comment-check", []akismetVerdict{}})
		switch {
		case err == nil:
			return "WordPress' Akismet plugin takes our key", nil
		case code == 0:
			return "", err
		case code != http.StatusUnauthorized && code != http.StatusForbidden:
			return "", fmt.Errorf("call site %s: %w; the callback must be where WordPress' Akismet plugin listens from version 5.5 on, as https://blog.example.org/wp-json/akismet/v1/webhook", site.Name, err)
		}
	}
	return "", fmt.Errorf("call site %s: WordPress' Akismet plugin has another key; give it the one that `gatehouse sites show %s` prints for it", site.Name, site.Name)
}

// call sends a notice. It returns the status of the answer, 0 where there is none,
// and the beginning of its body; recoverable and err as of a Way.
func (a *akismetCallback) call(ctx context.Context, site moderation.Site, address, id string, n akismetNotice) (code int, reply []byte, recoverable bool, err error) {
	request, err := a.request(ctx, site, address, id, n)
	if err != nil {
		return 0, nil, false, err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return 0, nil, true, fmt.Errorf("call site %s: %w", site.Name, withoutAddress(err))
	}
	defer response.Body.Close()
	reply, err = io.ReadAll(io.LimitReader(response.Body, akismetReply))
	if err != nil {
		return 0, nil, true, fmt.Errorf("call site %s: %w", site.Name, withoutAddress(err))
	}
	recoverable, err = readStatus(response, a.now())
	return response.StatusCode, reply, recoverable, err
}

// request builds the call. It is signed as our own callbacks are, for who reads
// both.
func (a *akismetCallback) request(ctx context.Context, site moderation.Site, address, id string, n akismetNotice) (*http.Request, error) {
	encoded, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("encode verdict: %w", err)
	}
	header, err := Sign(site.Secrets, id, a.now(), encoded)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(encoded))
	if err != nil {
		return nil, fmt.Errorf("call site %s: %w", site.Name, withoutAddress(err))
	}
	request.Header = header
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "gatehouse")
	// By this WordPress' plugin knows that a change is no moderator's.
	request.Header.Set("X-Akismet-Webhook", "1")
	return request, nil
}

// complaintOf returns why a client could do nothing with a verdict, if it says so.
func complaintOf(reply []byte, guid string) string {
	var answer struct {
		Comments map[string]struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"comments"`
	}
	if json.Unmarshal(reply, &answer) != nil { // it may answer anything
		return ""
	}
	if c := answer.Comments[guid]; c.Status == "error" {
		return fmt.Sprintf("%.200q", c.Message)
	}
	return ""
}
