package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"gatehouse/internal/moderation"
)

// Tokens finds tokens by their secrets; moderation.ErrNotFound where there is
// none, or none any more.
type Tokens interface {
	Token(context.Context, moderation.Secret) (moderation.Token, error)
}

// Records reads what is known of comments.
type Records interface {
	// Record gives moderation.ErrNotFound for a comment that the site has not.
	Record(context.Context, moderation.SiteID, moderation.CommentID) (moderation.Record, error)
	Changes(context.Context, moderation.ChangeQuery) (moderation.Changes, error)
}

// Decider carries out decisions; see moderation.Records for its errors.
type Decider interface {
	Decide(context.Context, moderation.Order) (moderation.Outcome, error)
	Undo(context.Context, moderation.UndoOrder) (moderation.Outcome, error)
}

// API is the door for programs that have a token: they read what became of a
// site's comments, and decide them. docs/api.md has the format.
type API struct {
	Tokens  Tokens
	Records Records
	Desk    Decider

	Sites    Sites
	Dial     Dial
	Bench    Bench
	Register Register
	Now      moderation.Clock
}

// viaAPI is how decisions with a token come.
const viaAPI = "api"

// List handles GET /v1/sites/{site}/comments.
func (h *API) List(w http.ResponseWriter, r *http.Request) error {
	token, err := h.open(w, r)
	if err != nil {
		return err
	}
	q, err := parseChangeQuery(r.URL.RawQuery)
	if err != nil {
		return err
	}
	q.Site = token.Site
	changes, err := h.Records.Changes(r.Context(), q)
	if err != nil {
		return err
	}
	return writeJSON(w, newChangesJSON(changes))
}

// Show handles GET /v1/sites/{site}/comments/{comment_id}.
func (h *API) Show(w http.ResponseWriter, r *http.Request) error {
	_, record, err := h.find(w, r)
	if err != nil {
		return err
	}
	return writeJSON(w, newRecordJSON(record))
}

// Decide handles POST /v1/sites/{site}/comments/{comment_id}/decision.
func (h *API) Decide(w http.ResponseWriter, r *http.Request) error {
	token, record, err := h.find(w, r)
	if err != nil {
		return err
	}
	if err := checkMediaType(r); err != nil {
		return err
	}
	body, err := readBody(r)
	if err != nil {
		return err
	}
	order, err := parseOrder(body)
	if err != nil {
		return err
	}
	order.Comment, order.By, order.Via = record.Comment, token.Actor(), viaAPI
	if order.Key, err = orderKey(r, token, record.Comment); err != nil {
		return err
	}
	out, err := h.Desk.Decide(r.Context(), order)
	if err != nil {
		return withStanding(err)
	}
	if err := checkRepeated(out, order.Choice); err != nil {
		return err
	}
	return h.answer(w, r, token, record)
}

// Undo handles DELETE /v1/sites/{site}/comments/{comment_id}/decision.
func (h *API) Undo(w http.ResponseWriter, r *http.Request) error {
	token, record, err := h.find(w, r)
	if err != nil {
		return err
	}
	order := moderation.UndoOrder{Comment: record.Comment, By: token.Actor(), Via: viaAPI}
	if order.Key, err = orderKey(r, token, record.Comment); err != nil {
		return err
	}
	out, err := h.Desk.Undo(r.Context(), order)
	if err != nil {
		return withStanding(err)
	}
	if err := checkRepeated(out, moderation.ChooseUndo); err != nil {
		return err
	}
	return h.answer(w, r, token, record)
}

// answer shows a comment as it is after a decision.
func (h *API) answer(w http.ResponseWriter, r *http.Request, token moderation.Token, before moderation.Record) error {
	record, err := h.Records.Record(r.Context(), token.Site, before.Comment)
	if err != nil {
		return err
	}
	return writeJSON(w, newRecordJSON(record))
}

// open finds the token that a request bears. It must be one of the site in the
// request's path; whether there is another site is not told.
func (h *API) open(w http.ResponseWriter, r *http.Request) (moderation.Token, error) {
	w.Header().Set("Cache-Control", "no-store")
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if secret = strings.TrimSpace(secret); secret == "" || !strings.EqualFold(scheme, "Bearer") {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return moderation.Token{}, fmt.Errorf("%w: send the header `Authorization: Bearer gh_…` with a token of `gatehouse tokens add`", moderation.ErrUnsigned)
	}
	token, err := h.Tokens.Token(r.Context(), moderation.NewSecret(secret))
	if errors.Is(err, moderation.ErrNotFound) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return token, fmt.Errorf("%w: this token is not known, or was revoked; `gatehouse tokens list` names those that are valid", moderation.ErrUnsigned)
	}
	if err != nil {
		return token, err
	}
	if err := vouch(w, token.SiteName); err != nil {
		return token, err
	}
	if site := r.PathValue("site"); site != token.SiteName {
		return token, siteError{fmt.Errorf("%w: this token is not one of site %q", moderation.ErrForbidden, site), token.SiteName}
	}
	return token, nil
}

// find opens the door and finds the comment of the request's path.
func (h *API) find(w http.ResponseWriter, r *http.Request) (moderation.Token, moderation.Record, error) {
	token, err := h.open(w, r)
	if err != nil {
		return token, moderation.Record{}, err
	}
	id, err := moderation.ParseCommentID(r.PathValue("comment_id"))
	if err != nil {
		return token, moderation.Record{}, err
	}
	record, err := h.Records.Record(r.Context(), token.Site, id)
	return token, record, err
}

// standingError is an error with the decision that stands in the way.
type standingError struct {
	error

	decision decisionJSON
}

// withStanding adds to err the decision that stands in the way, if one does.
func withStanding(err error) error {
	var decided *moderation.DecidedError
	if !errors.As(err, &decided) {
		return err
	}
	return standingError{err, newDecisionJSON(moderation.RecordedDecision{Decision: decided.Standing})}
}

// Unwrap returns the error.
func (e standingError) Unwrap() error { return e.error }

// Details is what the answer tells beside the error.
func (e standingError) Details() map[string]any { return map[string]any{"decision": e.decision} }
