package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"gatehouse/internal/moderation"
)

// SitesByID finds sites with their secrets; moderation.ErrNotFound where there is
// none, or it has been removed.
type SitesByID interface {
	SiteByID(ctx context.Context, id moderation.SiteID) (moderation.Site, error)
}

// Way tells a site of one decision in the manner of its platform. messageID is
// the same on every try. It returns as moderation.Sender does.
type Way interface {
	Tell(ctx context.Context, site moderation.Site, messageID string, n moderation.Notice) (recoverable bool, err error)
}

// Prober is a Way that can say more of a site's health than that something
// answers at its callback.
type Prober interface {
	// Probe asks the site for nothing that changes it, and says in a few words what
	// it found; the error says what is wrong and what to do.
	Probe(ctx context.Context, site moderation.Site) (found string, err error)
}

// Teller tells sites what was decided: it is the moderation.Sender of
// DeliverCallback, and finds the way of each site's platform.
type Teller struct {
	sites    SitesByID
	callback *Callback
	akismet  *akismetCallback
	ways     map[string]Way // by the platform's name; the others have a callback
}

// NewTeller returns a teller that calls by client.
func NewTeller(sites SitesByID, client *http.Client, now moderation.Clock) *Teller {
	return &Teller{sites: sites, callback: &Callback{client: client, now: now},
		akismet: &akismetCallback{client: client, now: now}, ways: map[string]Way{}}
}

// Add makes w the way of a platform's sites.
func (t *Teller) Add(platform string, w Way) { t.ways[platform] = w }

// Webhook returns the way of platforms that have none of their own.
func (t *Teller) Webhook() Way { return t.callback }

// Send implements moderation.Sender.
func (t *Teller) Send(ctx context.Context, d moderation.Delivery) (recoverable bool, err error) {
	site, err := t.sites.SiteByID(ctx, d.Site)
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
	return t.way(site, n).Tell(ctx, site, d.MessageID, n)
}

func (t *Teller) way(site moderation.Site, n moderation.Notice) Way {
	if speaksAkismet(site, n) {
		return t.akismet
	}
	if w, ok := t.ways[site.Platform]; ok {
		return w
	}
	return t.callback
}

// Probe asks whether what is decided would reach a site, and changes nothing there.
func (t *Teller) Probe(ctx context.Context, site moderation.Site) (found string, err error) {
	if site.Callback == "" && site.Platform != BloggerName {
		return "no callback: the blog is told nothing, and asks for itself", nil
	}
	if p, ok := t.way(site, moderation.Notice{}).(Prober); ok {
		return p.Probe(ctx, site)
	}
	return t.callback.Probe(ctx, site)
}
