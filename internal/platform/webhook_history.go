package platform

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// historyPayload is the JSON of a part of a blog's history.
type historyPayload struct {
	Comments []pastPayload `json:"comments"`
}

// pastPayload is a comment of a blog's history, with what had become of it.
type pastPayload struct {
	payload
	Decision  string `json:"decision"`
	DecidedBy string `json:"decided_by"`
	DecidedAt string `json:"decided_at"`
}

// historyAnswer is the JSON that a part of a history is answered with.
type historyAnswer struct {
	Added int `json:"added"`
	Known int `json:"known"`
	// Callback tells who tries address and secret where decisions go.
	Callback *string `json:"callback,omitempty"`
}

// History handles POST /v1/sites/{site}/history: comments of before, with what
// had become of them. None at all is a way to try address and secret.
func (h *Webhook) History(w http.ResponseWriter, r *http.Request) error {
	site, _, body, err := h.open(w, r)
	if err != nil {
		return err
	}
	if err := checkMediaType(r); err != nil {
		return err
	}
	history, err := ParseHistory(body)
	if err != nil {
		return err
	}
	for i := range history {
		history[i].Arrival.Site = site
		history[i].By.ID = blogActor(site, "").ID
	}
	added := 0
	if len(history) > 0 {
		if added, err = h.Archive.Import(r.Context(), site, history); err != nil {
			return err
		}
	}
	answer := historyAnswer{Added: added, Known: len(history) - added}
	if len(history) == 0 {
		answer.Callback = &site.Callback
	}
	return writeJSON(w, answer)
}

// ParseHistory reads the JSON of a part of a blog's history. Its errors are
// moderation.ErrInvalid and name the comment and its field, or the place.
func ParseHistory(body []byte) ([]moderation.Past, error) {
	var p historyPayload
	if err := decodeJSON(body, &p, "a history"); err != nil {
		return nil, err
	}
	if p.Comments == nil {
		return nil, fmt.Errorf("%w: field comments: missing", moderation.ErrInvalid)
	}
	history := make([]moderation.Past, 0, len(p.Comments))
	for i := range p.Comments {
		past, err := p.Comments[i].past()
		if err != nil {
			return nil, fmt.Errorf("comments[%d]: %w", i, err)
		}
		history = append(history, past)
	}
	return history, nil
}

// past converts p, and checks what JSON's types do not.
func (p *pastPayload) past() (moderation.Past, error) {
	arrival, err := p.arrival()
	if err != nil {
		return moderation.Past{}, err
	}
	past := moderation.Past{Arrival: arrival, By: moderation.Actor{Name: text.Cut(p.DecidedBy, maxDecider)}}
	var wrong [4]error
	if arrival.Comment.PlatformID == "" {
		wrong[0] = fmt.Errorf("%w: field id: missing", moderation.ErrInvalid)
	}
	if arrival.Comment.Body == "" {
		wrong[1] = fmt.Errorf("%w: field body: missing or empty", moderation.ErrInvalid)
	}
	if past.Choice, wrong[2] = moderation.ParseChoice(p.Decision); wrong[2] != nil {
		wrong[2] = fmt.Errorf("%w: field decision: %q is none of approve, spam, abuse, reject", moderation.ErrInvalid, text.Cut(p.Decision, 60))
	}
	var at time.Time
	at, wrong[3] = readTime("decided_at", p.DecidedAt)
	past.At = at
	return past, errors.Join(wrong[:]...)
}
