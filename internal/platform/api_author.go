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

// Bench is where authors are banned and trusted; see moderation.Service.
type Bench interface {
	Mark(ctx context.Context, m moderation.Mark, sweep bool) (moderation.Marked, error)
	Lift(ctx context.Context, l moderation.Lift, restore bool) (moderation.Lifted, error)
}

// Register says what is known of authors.
type Register interface {
	// TraceOf and StandingOf give moderation.ErrNotFound for an unknown comment.
	TraceOf(context.Context, moderation.CommentID) (moderation.Trace, error)
	StandingOf(context.Context, moderation.CommentID) (moderation.Standing, error)
	StandingMarks(context.Context, moderation.SiteID, time.Time) ([]moderation.Mark, error)
}

// markJSON is a ban or a trust.
type markJSON struct {
	ID        string              `json:"id"`
	Kind      moderation.MarkKind `json:"kind"`
	By        moderation.Subject  `json:"by"`
	Whom      string              `json:"whom"` // for people; neither an e-mail nor an address
	CommentID *string             `json:"comment_id"`
	Reason    string              `json:"reason"`
	MarkedBy  string              `json:"marked_by"`
	MarkedAt  time.Time           `json:"marked_at"`
	Until     *time.Time          `json:"until"` // null: for good
	Waiting   *int                `json:"waiting,omitempty"`
	Rejected  *int                `json:"rejected,omitempty"`
	Restored  *int                `json:"restored,omitempty"`
}

func newMarkJSON(m moderation.Mark) markJSON {
	out := markJSON{ID: strconv.FormatInt(int64(m.ID), 10), Kind: m.Kind, By: m.Subject, Whom: m.Shown, Reason: m.Reason, MarkedBy: m.By.String(),
		MarkedAt: m.At.UTC(), Until: timeOrNull(m.Until)}
	if m.Comment != 0 {
		id := m.Comment.String()
		out.CommentID = &id
	}
	return out
}

// AuthorAnswer is what is known of the author of a comment, as the API and the
// command line tell it.
type AuthorAnswer struct {
	Name           string               `json:"name"`
	Role           string               `json:"role"`
	KnownBy        []moderation.Subject `json:"known_by"`
	Approved       int                  `json:"approved"`
	Rejected       int                  `json:"rejected"`
	Recent         int                  `json:"recent"`
	RecentRejected int                  `json:"recent_rejected"`
	Trusted        bool                 `json:"trusted"`
	Trust          string               `json:"trust"`
	Banned         bool                 `json:"banned"`
	Ban            string               `json:"ban"`
}

// NewAuthorAnswer returns the answer on an author with a standing.
func NewAuthorAnswer(t moderation.Trace, s moderation.Standing) AuthorAnswer {
	return AuthorAnswer{Name: t.Author.Name, Role: t.Author.Role, KnownBy: append([]moderation.Subject{}, t.Subjects...),
		Approved: s.Approved, Rejected: s.Rejected, Recent: s.Recent, RecentRejected: s.RecentRejected,
		Trusted: s.Trusted, Trust: s.Trust, Banned: s.Banned, Ban: s.Ban}
}

// Author handles GET /v1/sites/{site}/comments/{comment_id}/author.
func (h *API) Author(w http.ResponseWriter, r *http.Request) error {
	_, record, err := h.find(w, r)
	if err != nil {
		return err
	}
	t, err := h.Register.TraceOf(r.Context(), record.Comment)
	if err != nil {
		return err
	}
	s, err := h.Register.StandingOf(r.Context(), record.Comment)
	if err != nil {
		return err
	}
	return writeJSON(w, NewAuthorAnswer(t, s))
}

// Marks handles GET /v1/sites/{site}/authors.
func (h *API) Marks(w http.ResponseWriter, r *http.Request) error {
	token, err := h.open(w, r)
	if err != nil {
		return err
	}
	marks, err := h.Register.StandingMarks(r.Context(), token.Site, h.Now())
	if err != nil {
		return err
	}
	list := []markJSON{}
	for _, m := range marks {
		list = append(list, newMarkJSON(m))
	}
	return writeJSON(w, map[string]any{"authors": list})
}

// Mark handles POST /v1/sites/{site}/authors.
func (h *API) Mark(w http.ResponseWriter, r *http.Request) error {
	token, err := h.open(w, r)
	if err != nil {
		return err
	}
	m, sweep, err := h.parseMark(r)
	if err != nil {
		return err
	}
	m.Site, m.By = token.Site, token.Actor()
	if m.Comment != 0 && m.Subject == "" {
		t, err := h.Register.TraceOf(r.Context(), m.Comment)
		if err == nil && t.Site != token.Site {
			err = fmt.Errorf("%w: comment %s", moderation.ErrNotFound, m.Comment)
		}
		if err != nil {
			return err
		}
		if m.Subject, err = t.Best(m.Kind); err != nil {
			return err
		}
	}
	done, err := h.Bench.Mark(r.Context(), m, sweep)
	if err != nil {
		return err
	}
	out := newMarkJSON(done.Mark)
	out.Waiting, out.Rejected = &done.Waiting, &done.Rejected
	return writeJSON(w, out)
}

// Lift handles DELETE /v1/sites/{site}/authors/{id}.
func (h *API) Lift(w http.ResponseWriter, r *http.Request) error {
	token, err := h.open(w, r)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return fmt.Errorf("%w: %q is not the id of a ban or a trust", moderation.ErrInvalid, text.Cut(r.PathValue("id"), 60))
	}
	restore, err := parseRestore(r.URL.Query().Get("restore"))
	if err != nil {
		return err
	}
	lifted, err := h.Bench.Lift(r.Context(), moderation.Lift{Site: token.Site, ID: moderation.MarkID(id), By: token.Actor()}, restore)
	if err != nil {
		return err
	}
	out := newMarkJSON(lifted.Mark)
	out.Restored = &lifted.Restored
	return writeJSON(w, out)
}

func parseRestore(s string) (bool, error) {
	switch s {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, fmt.Errorf("%w: parameter restore: %q is neither true nor false", moderation.ErrInvalid, text.Cut(s, 60))
}

// orderedMark is a ban or a trust as a program orders it.
type orderedMark struct {
	Kind          moderation.MarkKind `json:"kind"`
	CommentID     string              `json:"comment_id"`
	By            moderation.Subject  `json:"by"`
	Email         string              `json:"email"`
	IP            string              `json:"ip"`
	Range         string              `json:"range"`
	Name          string              `json:"name"`
	UserAgent     string              `json:"user_agent"`
	Reason        string              `json:"reason"`
	RejectWaiting bool                `json:"reject_waiting"`
	spanJSON
}

// parseMark reads the JSON of a mark. Its errors are moderation.ErrInvalid.
func (h *API) parseMark(r *http.Request) (m moderation.Mark, sweep bool, err error) {
	var p orderedMark
	if err := readJSON(r, &p, "a ban or a trust"); err != nil {
		return m, false, err
	}
	m = moderation.Mark{Kind: p.Kind, Reason: text.Cut(p.Reason, maxNote)}
	if m.Until, err = p.until(h.Now()); err != nil {
		return m, false, err
	}
	return m, p.RejectWaiting && p.Kind == moderation.MarkBan, p.whom(&m)
}

// whom reads whom a mark is about: exactly one of the fields that say it.
func (p orderedMark) whom(m *moderation.Mark) (err error) {
	given := 0
	set := func(field, value string, by moderation.Subject, read func() error) {
		if value == "" || err != nil {
			return
		}
		given++
		m.Subject = by
		if err = read(); err != nil {
			err = fmt.Errorf("field %s: %w", field, err)
		}
	}
	set("comment_id", p.CommentID, p.By, func() (err error) { m.Comment, err = moderation.ParseCommentID(p.CommentID); return err })
	set("email", p.Email, moderation.ByEmail, func() error { m.Of.Email = p.Email; return nil })
	set("ip", p.IP, moderation.ByAddress, func() (err error) { m.Of.IP, err = moderation.ParseAddress(p.IP); return err })
	set("range", p.Range, moderation.ByRange, func() (err error) { m.Of.IP, err = moderation.ParseRange(p.Range); return err })
	set("name", p.Name, moderation.ByName, func() error { m.Of.Name = p.Name; return nil })
	set("user_agent", p.UserAgent, moderation.ByAgent, func() error { m.Of.UserAgent = p.UserAgent; return nil })
	switch {
	case err != nil:
		return err
	case given != 1:
		return fmt.Errorf("%w: say whom by one of comment_id, email, ip, range, name, user_agent", moderation.ErrInvalid)
	case p.By != "" && p.CommentID == "":
		return fmt.Errorf("%w: field by: it goes with comment_id only", moderation.ErrInvalid)
	}
	return nil
}
