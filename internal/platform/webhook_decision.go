package platform

import (
	"fmt"
	"net/http"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// maxDecider and maxNote bound what is kept of who decided on a blog, and why, in
// UTF-16 units.
const (
	maxDecider = 200
	maxNote    = 2000
)

// BlogDecision is what somebody decided on the blog itself, as our own webhook
// tells it.
type BlogDecision struct {
	PlatformID string
	Choice     moderation.Choice // moderation.ChooseUndo: the comment waits again
	DecidedBy  string
	Note       string
}

// decisionPayload is the JSON of a decision made on the blog.
type decisionPayload struct {
	ID        looseID `json:"id"`
	Decision  string  `json:"decision"`
	DecidedBy string  `json:"decided_by"`
	Note      string  `json:"note"`
}

// decisionAnswer is the JSON that a decision is answered with.
type decisionAnswer struct {
	CommentID string            `json:"comment_id"`
	Status    moderation.Status `json:"status"`
	Changed   bool              `json:"changed"`
}

// Decide handles POST /v1/sites/{site}/decisions: a decision that was made on the
// blog itself.
func (h *Webhook) Decide(w http.ResponseWriter, r *http.Request) error {
	site, key, body, err := h.open(w, r)
	if err != nil {
		return err
	}
	if err := checkMediaType(r); err != nil {
		return err
	}
	d, err := ParseDecision(body)
	if err != nil {
		return err
	}
	out, err := h.Desk.DecideOnBlog(r.Context(), moderation.BlogOrder{Site: site, PlatformID: d.PlatformID, Choice: d.Choice,
		By: blogActor(site, d.DecidedBy), Note: d.Note, Key: blogKey(site, d.PlatformID, key)})
	if err != nil {
		return err
	}
	return writeJSON(w, decisionAnswer{CommentID: out.Decision.Comment.String(), Status: out.Status, Changed: !out.Repeated})
}

// blogActor is who decides on a site's own pages.
func blogActor(site moderation.Site, name string) moderation.Actor {
	return moderation.Actor{ID: "site:" + site.Name, Name: name}
}

// blogKey makes a message's id that of one order on one comment: the same id of
// another site, or with another comment, is another order.
func blogKey(site moderation.Site, platformID, messageID string) string {
	return fmt.Sprintf("site:%d:%q:%s", site.ID, platformID, messageID)
}

// ParseDecision reads the JSON of a decision made on the blog. Its errors are
// moderation.ErrInvalid and name the field or the place.
func ParseDecision(body []byte) (BlogDecision, error) {
	var p decisionPayload
	if err := decodeJSON(body, &p, "a decision"); err != nil {
		return BlogDecision{}, err
	}
	id, err := p.ID.read("id")
	if err != nil {
		return BlogDecision{}, err
	}
	if id == "" {
		return BlogDecision{}, fmt.Errorf("%w: field id: missing", moderation.ErrInvalid)
	}
	d := BlogDecision{PlatformID: id, Choice: moderation.ChooseUndo, DecidedBy: text.Cut(p.DecidedBy, maxDecider), Note: text.Cut(p.Note, maxNote)}
	if p.Decision != "hold" {
		d.Choice, err = moderation.ParseChoice(p.Decision)
	}
	if err != nil {
		return BlogDecision{}, fmt.Errorf("%w: field decision: %q is none of approve, spam, abuse, reject, hold", moderation.ErrInvalid, text.Cut(p.Decision, 60))
	}
	return d, nil
}
