package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// Webhook is gatehouse's own door: signed JSON in, the verdict as the answer.
// CONTRACT.md, "HTTP", has the format.
type Webhook struct {
	Sites   Sites
	Gate    Gate
	Desk    Desk
	Archive Archive
	Now     moderation.Clock
}

// Submit handles POST /v1/sites/{site}/comments.
func (h *Webhook) Submit(w http.ResponseWriter, r *http.Request) error {
	site, key, body, err := h.open(w, r)
	if err != nil {
		return err
	}
	if err := checkMediaType(r); err != nil {
		return err
	}
	arrival, err := ParseComment(body)
	if err != nil {
		return err
	}
	arrival.Site, arrival.Key = site, key
	receipt, err := h.Gate.Submit(r.Context(), arrival)
	if err != nil {
		return err
	}
	return writeJSON(w, newAnswer(receipt))
}

// Withdraw handles DELETE /v1/sites/{site}/comments/{id}, where id is the
// platform's.
func (h *Webhook) Withdraw(w http.ResponseWriter, r *http.Request) error {
	site, key, body, err := h.open(w, r)
	if err != nil {
		return err
	}
	if len(body) > 0 {
		// The signature covers neither method nor path: without this, a callback of
		// ours that somebody overheard could be sent back to withdraw a comment.
		return fmt.Errorf("%w: a DELETE has no body, and signs an empty one", moderation.ErrInvalid)
	}
	receipt, err := h.Gate.Withdraw(r.Context(), moderation.Withdrawal{Site: site, PlatformID: r.PathValue("id"), Key: key})
	if err != nil {
		return err
	}
	return writeJSON(w, newAnswer(receipt))
}

// open finds the request's site, reads its body and verifies its signature.
func (h *Webhook) open(w http.ResponseWriter, r *http.Request) (site moderation.Site, key string, body []byte, err error) {
	if site, err = h.Sites.Site(r.Context(), r.PathValue("site")); err != nil {
		return site, "", nil, err
	}
	if body, err = readBody(r); err != nil {
		return site, "", nil, err
	}
	if key, err = Verify(site.Secrets, r.Header, body, h.Now()); err != nil {
		return site, "", nil, siteError{err, site.Name}
	}
	return site, key, body, vouch(w, site.Name)
}

// readBody reads a body that the server has limited.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, fmt.Errorf("%w: the body may have at most %d KiB", moderation.ErrTooLarge, tooLarge.Limit>>10)
	case err != nil:
		return nil, fmt.Errorf("%w: read body: %w", moderation.ErrInvalid, err)
	}
	return body, nil
}

// checkMediaType refuses bodies that say they are something else than JSON.
func checkMediaType(r *http.Request) error {
	declared := r.Header.Get("Content-Type")
	if declared == "" {
		return nil
	}
	media, params, err := mime.ParseMediaType(declared)
	if err != nil || media != "application/json" {
		return fmt.Errorf("%w: Content-Type is %q, send application/json", moderation.ErrUnsupported, declared)
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return fmt.Errorf("%w: charset is %q, send UTF-8", moderation.ErrUnsupported, charset)
	}
	return nil
}

// payload is the JSON of a comment.
type payload struct {
	ID        looseID `json:"id"`
	UpdatedAt string  `json:"updated_at"`
	Post      struct {
		ID    looseID `json:"id"`
		URL   string  `json:"url"`
		Title string  `json:"title"`
		// PublishedAt is when the post went online.
		PublishedAt string `json:"published_at"`
	} `json:"post"`
	ParentID looseID `json:"parent_id"`
	Parent   struct {
		Author string `json:"author"`
		Body   string `json:"body"`
	} `json:"parent"`
	Author struct {
		ID        looseID `json:"id"`
		Name      string  `json:"name"`
		Email     string  `json:"email"`
		URL       string  `json:"url"`
		IP        string  `json:"ip"`
		UserAgent string  `json:"user_agent"`
		Role      string  `json:"role"`
		CreatedAt string  `json:"created_at"`
	} `json:"author"`
	Body      string `json:"body"`
	Format    string `json:"format"`
	CreatedAt string `json:"created_at"`
	Fields    struct {
		Honeypot  string  `json:"honeypot"`
		ElapsedMS float64 `json:"elapsed_ms"`
		Cookie    string  `json:"cookie"`
	} `json:"fields"`
}

// looseID is an id that a platform may write as a string or as a whole number,
// in JSON.
type looseID struct{ json.RawMessage }

// read returns the id; field is its name, for the error.
func (id looseID) read(field string) (string, error) {
	var s string
	if len(id.RawMessage) == 0 || json.Unmarshal(id.RawMessage, &s) == nil { // null gives ""
		return s, nil
	}
	if _, err := strconv.ParseInt(string(id.RawMessage), 10, 64); err != nil {
		return "", fmt.Errorf("%w: field %s: write a string or a whole number", moderation.ErrInvalid, field)
	}
	return string(id.RawMessage), nil
}

// readTime returns the time that a field gives, or the zero time. It counts to
// the millisecond, as everything that is kept does: whoever compares it with what
// was kept must not take a time for newer than itself.
func readTime(field, value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: field %s: %q is not a time like 2026-03-01T12:00:00Z", moderation.ErrInvalid, field, text.Cut(value, 60))
	}
	return t.UTC().Truncate(time.Millisecond), nil
}

// ParseComment reads the JSON of a comment. Its errors are
// moderation.ErrInvalid and name the field or the place.
func ParseComment(body []byte) (moderation.Arrival, error) {
	var p payload
	if err := decodeJSON(body, &p, "a comment"); err != nil {
		return moderation.Arrival{}, err
	}
	return p.arrival()
}

// arrival converts p, and checks what JSON's types do not.
func (p *payload) arrival() (moderation.Arrival, error) {
	format := moderation.Format(p.Format)
	if format == "" {
		format = moderation.FormatText
	}
	a := moderation.Arrival{
		Post:   moderation.Post{URL: p.Post.URL, Title: p.Post.Title},
		Parent: moderation.Parent{Author: p.Parent.Author, Text: plain(format, p.Parent.Body)},
		Author: moderation.Author{Name: p.Author.Name, Email: p.Author.Email, URL: p.Author.URL, IP: text.Address(p.Author.IP),
			UserAgent: p.Author.UserAgent, Role: p.Author.Role},
		Comment: moderation.Comment{Body: p.Body, Format: format, Text: plain(format, p.Body)},
		Fields: moderation.Fields{Honeypot: p.Fields.Honeypot, Cookie: p.Fields.Cookie,
			Elapsed: time.Duration(min(max(p.Fields.ElapsedMS, 0), 1e12)) * time.Millisecond},
	}
	var errs [8]error
	a.Comment.PlatformID, errs[0] = p.ID.read("id")
	a.Comment.ParentID, errs[1] = p.ParentID.read("parent_id")
	a.Post.ID, errs[2] = p.Post.ID.read("post.id")
	a.Author.ID, errs[3] = p.Author.ID.read("author.id")
	a.Comment.CreatedAt, errs[4] = readTime("created_at", p.CreatedAt)
	a.Comment.UpdatedAt, errs[5] = readTime("updated_at", p.UpdatedAt)
	if a.Author.ID == "0" || a.Author.ID == "-1" {
		a.Author.ID = "" // what blogs send of guests, who have nothing in common
	}
	a.Author.Since, errs[6] = readTime("author.created_at", p.Author.CreatedAt)
	a.Post.PublishedAt, errs[7] = readTime("post.published_at", p.Post.PublishedAt)
	return a, errors.Join(errs[:]...)
}

// plain is a body as a reader sees it.
func plain(format moderation.Format, body string) string {
	if format == moderation.FormatHTML {
		return text.FromHTML(body)
	}
	return body
}

// invalidUTF8 returns the place of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// decodeJSON reads a body into v; what names what belongs there.
func decodeJSON(body []byte, v any, what string) error {
	if i := invalidUTF8(body); i >= 0 {
		return fmt.Errorf("%w: the body is not valid UTF-8 (byte %d)", moderation.ErrInvalid, i)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return fmt.Errorf("%w: the body is empty, send %s as JSON", moderation.ErrInvalid, what)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return explainJSON(err)
	}
	return nil
}

// explainJSON says where JSON is malformed, or which field is wrong.
func explainJSON(err error) error {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%w: the body is not JSON (byte %d): %w", moderation.ErrInvalid, syntax.Offset, err)
	case errors.As(err, &mistyped) && mistyped.Field != "":
		return fmt.Errorf("%w: field %s: a JSON %s stands where a %s belongs", moderation.ErrInvalid, mistyped.Field,
			mistyped.Value, mistyped.Type)
	case errors.As(err, &mistyped):
		return fmt.Errorf("%w: the body is a JSON %s, not an object", moderation.ErrInvalid, mistyped.Value)
	}
	return fmt.Errorf("%w: the body can't be read: %w", moderation.ErrInvalid, err)
}
