package platform

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// Dial says and changes how strict sites are.
type Dial interface {
	TurnMode(context.Context, moderation.ModeChange) (moderation.ModeChange, error)
	Modes(context.Context, moderation.SiteID) ([]moderation.ModeChange, error)
}

// modesJSON is how strict a site is.
type modesJSON struct {
	Mode    moderation.Mode `json:"mode"` // of the whole site, now
	Own     moderation.Mode `json:"own"`  // when what is set for a time is over
	Changes []modeJSON      `json:"changes"`
}

type modeJSON struct {
	ID     string          `json:"id"`
	PostID string          `json:"post_id"` // empty: the whole site
	Title  string          `json:"title"`
	Mode   moderation.Mode `json:"mode"`
	Until  *time.Time      `json:"until"`
	By     string          `json:"by"`
	At     time.Time       `json:"at"`
	Reason string          `json:"reason"`
}

// Mode handles GET /v1/sites/{site}/mode.
func (h *API) Mode(w http.ResponseWriter, r *http.Request) error {
	token, err := h.open(w, r)
	if err != nil {
		return err
	}
	return h.answerMode(w, r, token)
}

// TurnMode handles PUT /v1/sites/{site}/mode.
func (h *API) TurnMode(w http.ResponseWriter, r *http.Request) error {
	token, err := h.open(w, r)
	if err != nil {
		return err
	}
	change, err := h.parseMode(r)
	if err != nil {
		return err
	}
	change.Site, change.By = token.Site, token.Actor()
	if _, err := h.Dial.TurnMode(r.Context(), change); err != nil {
		return err
	}
	return h.answerMode(w, r, token)
}

// answerMode shows how strict a site is.
func (h *API) answerMode(w http.ResponseWriter, r *http.Request, token moderation.Token) error {
	site, err := h.Sites.Site(r.Context(), token.SiteName)
	if err != nil {
		return err
	}
	changes, err := h.Dial.Modes(r.Context(), token.Site)
	if err != nil {
		return err
	}
	out := modesJSON{Mode: moderation.ModeOf(site, "", changes), Own: site.Mode, Changes: []modeJSON{}}
	for _, m := range changes {
		out.Changes = append(out.Changes, modeJSON{strconv.FormatInt(int64(m.ID), 10), m.Post, m.Title, m.Mode, timeOrNull(m.Until), m.By.String(), m.At.UTC(), m.Reason})
	}
	return writeJSON(w, out)
}

// parseMode reads the JSON of a change. Its errors are moderation.ErrInvalid.
func (h *API) parseMode(r *http.Request) (moderation.ModeChange, error) {
	var p struct {
		Mode   string  `json:"mode"`
		PostID looseID `json:"post_id"`
		Reason string  `json:"reason"`
		spanJSON
	}
	if err := readJSON(r, &p, "a mode"); err != nil {
		return moderation.ModeChange{}, err
	}
	m := moderation.ModeChange{Mode: moderation.Mode(p.Mode), Reason: text.Cut(p.Reason, maxNote)}
	var err error
	if m.Post, err = p.PostID.read("post_id"); err != nil {
		return m, err
	}
	switch p.Mode {
	case "":
		return m, fmt.Errorf("%w: field mode: missing; write open, normal, strict, or back", moderation.ErrInvalid)
	case "back":
		m.Mode = ""
	default:
		if _, err := moderation.ParseMode(p.Mode); err != nil {
			return m, fmt.Errorf("%w: field mode: %q is none of open, normal, strict, back", moderation.ErrInvalid, text.Cut(p.Mode, 60))
		}
	}
	m.Until, err = p.until(h.Now())
	return m, err
}

// spanJSON says how long something lasts: for a time, or until one.
type spanJSON struct {
	For   string     `json:"for"`
	Until *time.Time `json:"until"`
}

// until returns the end; zero: there is none.
func (s spanJSON) until(now time.Time) (time.Time, error) {
	switch {
	case s.For != "" && s.Until != nil:
		return time.Time{}, fmt.Errorf("%w: fields for and until: one of them is enough", moderation.ErrInvalid)
	case s.For != "":
		lasts, err := moderation.ParseSpan(s.For)
		if err != nil {
			return time.Time{}, fmt.Errorf("%w: field for: %q is no time like 24h, 7d or 90m", moderation.ErrInvalid, text.Cut(s.For, 60))
		}
		return now.Add(lasts), nil
	case s.Until != nil:
		return *s.Until, nil
	}
	return time.Time{}, nil
}

// timeOrNull is t in UTC, or nil for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// readJSON reads the JSON that a request has for a body.
func readJSON(r *http.Request, v any, what string) error {
	if err := checkMediaType(r); err != nil {
		return err
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	return decodeJSON(body, v, what)
}
