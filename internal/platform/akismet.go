package platform

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"

	"gatehouse/internal/moderation"
)

// AkismetBody is how many bytes a request of Akismet's protocol may have. It is
// more than our own door takes: WordPress sends a comment twice over, with the
// variables of its server, and three bytes for each byte that is not ASCII.
const AkismetBody = 1 << 20

// thanks is the answer to every report.
const thanks = "Thanks for making the web a better place."

// unknownKeyAlert is the number that WordPress shows with our words for a wrong
// key; Akismet gives none near it.
const unknownKeyAlert = "40100"

// Akismet is a door that speaks Akismet's protocol 1.1 and 1.2, as published at
// https://akismet.com/developers/. A comment is known by the guid that its first
// check was answered with; what a client says later of it is matched by that, or
// by what stands in it.
type Akismet struct {
	Keys    AkismetKeys
	Names   Names
	Counter UsageCounter
	Judge   AkismetJudge
	Desk    Desk
	Archive Archive
	Now     moderation.Clock
	Log     *slog.Logger

	locks akismetLocks
}

// AkismetKeys finds sites by their Akismet key; moderation.ErrNotFound.
type AkismetKeys interface {
	SiteByAkismetKey(context.Context, moderation.Secret) (moderation.Site, error)
}

// Names knows comments by the other names that their platforms have for them.
type Names interface {
	// PlatformID gives the first that one of the names has; moderation.ErrNotFound.
	PlatformID(ctx context.Context, site moderation.SiteID, names []string) (string, error)
	Link(ctx context.Context, site moderation.Site, id moderation.CommentID, names []string, reply moderation.ReplyTo) error
}

// UsageCounter counts what clients are answered.
type UsageCounter interface {
	CountUsage(context.Context, moderation.SiteID, moderation.Usage) error
	// Usage returns the counts of the days from one to another, both included.
	Usage(ctx context.Context, site moderation.SiteID, from, to string) ([]moderation.Usage, error)
}

// AkismetJudge judges comments: Submit keeps them, Assess does not.
type AkismetJudge interface {
	Submit(context.Context, moderation.Arrival) (moderation.Receipt, error)
	Assess(context.Context, moderation.Arrival) (moderation.Verdict, error)
}

// akismetEndpoint is one thing that clients may ask for.
type akismetEndpoint struct {
	answer func(http.ResponseWriter, *http.Request, akismetCall) error
	get    bool // may be asked by GET, too
	open   bool // needs no key
}

func (h *Akismet) endpoint(name string) (e akismetEndpoint, known bool) {
	switch name {
	case "verify-key":
		return akismetEndpoint{answer: h.verifyKey, open: true}, true
	case "comment-check":
		return akismetEndpoint{answer: h.check}, true
	case "submit-spam":
		return akismetEndpoint{answer: h.submitSpam}, true
	case "submit-ham":
		return akismetEndpoint{answer: h.submitHam}, true
	case "usage-limit":
		return akismetEndpoint{answer: h.usageLimit, get: true}, true
	case "key-sites":
		return akismetEndpoint{answer: h.keySites, get: true}, true
	case "get-stats", "get-key-stats":
		return akismetEndpoint{answer: h.stats, get: true}, true
	case "get-subscription":
		return akismetEndpoint{answer: subscription, get: true}, true
	case "token":
		return akismetEndpoint{answer: token}, true
	case "deactivate":
		return akismetEndpoint{answer: saying("deactivated")}, true
	case "test":
		return akismetEndpoint{answer: saying("connected"), get: true, open: true}, true
	case "compatible-plugins":
		return akismetEndpoint{answer: compatiblePlugins, get: true, open: true}, true
	}
	return akismetEndpoint{}, false
}

// Serve handles /akismet/{version}/{endpoint}.
func (h *Akismet) Serve(w http.ResponseWriter, r *http.Request) error {
	return h.serve(w, r, func(akismetCall) bool { return true })
}

// ServeHost handles /1.1/{endpoint} and /1.2/{endpoint}, where Akismet itself
// has them. They are there for who has a site's key only, in the first label of
// the host or in the form, and for who asks whether a key is one; to others there
// is nothing at these addresses.
func (h *Akismet) ServeHost(w http.ResponseWriter, r *http.Request) error {
	return h.serve(w, r, func(c akismetCall) bool {
		return c.site.ID != 0 || r.PathValue("endpoint") == "verify-key" && r.Method == http.MethodPost && c.field("key") != ""
	})
}

// serve answers a call, if it is allowed at this door.
func (h *Akismet) serve(w http.ResponseWriter, r *http.Request, allowed func(akismetCall) bool) error {
	nothing := fmt.Errorf("%w: nothing is served at %s", moderation.ErrNotFound, r.URL.Path)
	e, known := h.endpoint(r.PathValue("endpoint"))
	if version := r.PathValue("version"); !known || version != "" && version != "1.1" && version != "1.2" {
		return nothing
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	c, err := parseAkismet(r, body)
	if err != nil {
		return err
	}
	if c.site, c.key, err = h.site(r, c); err != nil {
		return err
	}
	if err := trust(w, c.site); err != nil {
		return err
	}
	switch {
	case !allowed(c):
		return nothing
	case r.Method != http.MethodPost && (!e.get || r.Method != http.MethodGet):
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return nil
	case c.site.ID == 0 && !e.open:
		return unknownKey(w)
	}
	return e.answer(w, r, c)
}

// site returns the site whose key the form has or, where it has none, the first
// label of the host; the zero site where nobody has that key.
func (h *Akismet) site(r *http.Request, c akismetCall) (moderation.Site, moderation.Secret, error) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	label, _, _ := strings.Cut(host, ".")
	for _, key := range []string{c.field("api_key"), c.field("key"), label} {
		key = strings.ToLower(strings.TrimSpace(key))
		if !regexp.MustCompile(`^[a-z0-9]{12,16}$`).MatchString(key) {
			continue
		}
		site, err := h.Keys.SiteByAkismetKey(r.Context(), moderation.NewSecret(key))
		if err == nil || !errors.Is(err, moderation.ErrNotFound) {
			return site, moderation.NewSecret(key), err
		}
	}
	return moderation.Site{}, moderation.Secret{}, nil
}

// verifyKey says whether the key that is asked about is one; the form's own comes
// first, for the host's label may be another's.
func (h *Akismet) verifyKey(w http.ResponseWriter, _ *http.Request, c akismetCall) error {
	asked := c.field("key")
	if asked == "" {
		asked = c.field("api_key")
	}
	switch {
	case asked != "" && !strings.EqualFold(strings.TrimSpace(asked), c.key.Reveal()), c.site.ID == 0:
		return invalid(w, "The key is not that of a blog here: `gatehouse sites show NAME` tells it.")
	case c.field("blog") == "":
		return invalid(w, `Empty "blog" value`)
	}
	return say(w, "valid")
}

// newGUID names one answer for ever: 128 random bits, in hexadecimal digits as
// Akismet's are.
func newGUID() string {
	random := make([]byte, 16)
	rand.Read(random)
	return hex.EncodeToString(random)
}

// setHeader sets a header whose name keeps its case: Akismet's are written with
// small letters, and some clients look for them so.
func setHeader(w http.ResponseWriter, name, value string) { w.Header()[name] = []string{value} }

// say answers with a word, which has no line break after it: clients compare it.
func say(w http.ResponseWriter, word string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(word)) //nolint:errcheck // a client that went away asks again
	return nil
}

func saying(word string) func(http.ResponseWriter, *http.Request, akismetCall) error {
	return func(w http.ResponseWriter, _ *http.Request, _ akismetCall) error { return say(w, word) }
}

// invalid refuses a request as Akismet does: with 200, and the cause in a header.
func invalid(w http.ResponseWriter, help string) error {
	setHeader(w, "X-akismet-debug-help", help)
	return say(w, "invalid")
}

// unknownKey refuses a request whose key is no site's. The alert and the error
// make WordPress keep the comment for its moderators, and tell them why.
func unknownKey(w http.ResponseWriter) error {
	setHeader(w, "X-akismet-error", "unknown key")
	setHeader(w, "X-akismet-alert-code", unknownKeyAlert)
	setHeader(w, "X-akismet-alert-msg", "Gatehouse knows no blog with this key. The one of this blog is shown by: gatehouse sites show NAME")
	return invalid(w, "The key is not that of a blog here: `gatehouse sites show NAME` tells it.")
}

// subscription tells a client of its plan, without which WordPress takes no key.
func subscription(w http.ResponseWriter, _ *http.Request, c akismetCall) error {
	return writeJSON(w, map[string]any{"account_id": c.site.ID, "account_name": "gatehouse, site " + c.site.Name, "account_type": "gatehouse",
		"status": "active", "next_billing_date": false, "limit_reached": false})
}

// token gives what opens Akismet's pages with statistics. Gatehouse has none; it
// is the same for a key each time.
func token(w http.ResponseWriter, _ *http.Request, c akismetCall) error {
	sum := sha256.Sum256([]byte("gatehouse akismet token\x00" + c.site.AkismetKey.Reveal()))
	return say(w, hex.EncodeToString(sum[:16]))
}

// compatiblePlugins lists the plugins that WordPress should praise: none.
func compatiblePlugins(w http.ResponseWriter, _ *http.Request, _ akismetCall) error {
	return writeJSON(w, []string{})
}
