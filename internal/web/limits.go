package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"gatehouse/internal/moderation"
)

// Limits bound what strangers may take of the server. Zero fields are those of
// [DefaultLimits].
type Limits struct {
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix

	// Requests is how many requests a second a client may make that no key, token or
	// signature vouches for, and Burst how many at once.
	Requests float64
	Burst    int
	// Failures is how many times a minute a client may show a wrong key, token or
	// signature; as many at once.
	Failures int
	// SiteRequests is how many requests a second may come that a site's own key
	// vouches for; below 0: any number.
	SiteRequests float64

	// Connections is how many may be open at a time, and ClientConnections how many
	// of one client's.
	Connections, ClientConnections int

	HeaderTime time.Duration // for a request's header to arrive
	BodyTime   time.Duration // for header and body
	AnswerTime time.Duration // for the answer to be read, from the end of the header
	IdleTime   time.Duration // between two requests
}

const (
	maxHeaderBytes = 64 << 10
	// maxHeaders is how many header fields a request may have: browsers behind two
	// proxies send about thirty.
	maxHeaders = 128
	// maxURL is how many bytes a request's address may have.
	maxURL = 8 << 10
)

// DefaultLimits are those of a server that was told nothing.
func DefaultLimits() Limits {
	return Limits{
		Requests: 20, Burst: 100, Failures: 30, SiteRequests: -1, Connections: 4096, ClientConnections: 128,
		HeaderTime: 10 * time.Second, BodyTime: 30 * time.Second, AnswerTime: 60 * time.Second, IdleTime: 2 * time.Minute,
	}
}

// withDefaults fills what is zero.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	fill(&l.Requests, d.Requests)
	fill(&l.Burst, d.Burst)
	fill(&l.Failures, d.Failures)
	fill(&l.SiteRequests, d.SiteRequests)
	fill(&l.Connections, d.Connections)
	fill(&l.ClientConnections, d.ClientConnections)
	fill(&l.HeaderTime, d.HeaderTime)
	fill(&l.BodyTime, d.BodyTime)
	fill(&l.AnswerTime, d.AnswerTime)
	fill(&l.IdleTime, d.IdleTime)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// visit is one request's way through the limits. Handlers reach it as their
// ResponseWriter: who has verified a key, a token or a signature calls Vouch, who
// answers a wrong one with something else than 401 calls Distrust.
type visit struct {
	http.ResponseWriter

	limiter *limiter
	client  client
	conn    *countedConn // nil: it is not counted
	vouched bool
	failed  bool
	logged  bool // that it failed
}

// Unwrap is for http.ResponseController.
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// WriteHeader notes an answer to somebody who could not prove who they are.
func (v *visit) WriteHeader(status int) {
	v.failed = v.failed || status == http.StatusUnauthorized
	v.ResponseWriter.WriteHeader(status)
}

// Distrust notes that a key, token or signature was wrong.
func (v *visit) Distrust() { v.failed = true }

// Vouch notes that the request is really one of a site's ("": of nobody's in
// particular); [moderation.ErrTooMany] where the site comes too often.
func (v *visit) Vouch(site string) error {
	v.vouched = true
	v.conn.prove()
	v.limiter.vouch(v.client.key)
	if site != "" && !v.limiter.site(site) {
		return fmt.Errorf("%w: site %s sends more than %g requests a second, limits.site_per_second", moderation.ErrTooMany, site, v.limiter.limits.SiteRequests)
	}
	return nil
}

// tooMany is the answer to a client that is over its limit.
func (v *visit) tooMany() error {
	return fmt.Errorf("%w: from this address; wait, and try again", moderation.ErrTooMany)
}

// guarded keeps out what is too much before anything looks at it, and counts the
// rest.
func (s *Server) guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{ResponseWriter: w, limiter: s.limiter, client: s.limiter.clientOf(r), conn: connOf(r)}
		v.conn.renew()
		defer v.conn.renew()
		if err := v.enter(r); err != nil {
			s.fail(v, r, err)
			return
		}
		defer v.leave()
		h.ServeHTTP(v, r)
		if v.failed && !v.logged {
			s.logRefusal(v, r, "unsigned", errWrongKey)
		}
	})
}

// enter refuses a request that is too much. A client behind an address that may be
// many people's, or the blog's own server, is let in: its request may be the one
// that can prove itself.
func (v *visit) enter(r *http.Request) error {
	fields := 0
	for _, values := range r.Header {
		fields += len(values)
	}
	switch {
	case len(r.RequestURI) > maxURL:
		return fmt.Errorf("%w: an address may have at most %d bytes", errLongURL, maxURL)
	case fields > maxHeaders:
		return fmt.Errorf("%w: a request may have at most %d header fields", errManyHeaders, maxHeaders)
	case r.Header.Get("Content-Encoding") != "" && r.Header.Get("Content-Encoding") != "identity":
		return fmt.Errorf("%w: Content-Encoding is %q, send the body as it is", moderation.ErrUnsupported, r.Header.Get("Content-Encoding"))
	case v.client.apart && v.limiter.refuses(v.client.key):
		return v.tooMany()
	}
	return nil
}

// refused turns err into a refusal where the client is over its limit and was let
// in all the same: it learns nothing more.
func (v *visit) refused(err error) error {
	if !v.vouched && v.limiter.spent(v.client.key) {
		return v.tooMany()
	}
	return err
}

// leave counts the request.
func (v *visit) leave() {
	if !v.vouched {
		v.limiter.count(v.client.key, v.failed)
	}
}
