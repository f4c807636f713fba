package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
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
	Sites Sites
	Gate  Gate
	Now   moderation.Clock
}

// Submit handles POST /v1/sites/{site}/comments.
func (h *Webhook) Submit(w http.ResponseWriter, r *http.Request) error {
	site, key, body, err := h.open(r)
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
	site, key, _, err := h.open(r)
	if err != nil {
		return err
	}
	receipt, err := h.Gate.Withdraw(r.Context(), moderation.Withdrawal{Site: site, PlatformID: r.PathValue("id"), Key: key})
	if err != nil {
		return err
	}
	return writeJSON(w, newAnswer(receipt))
}

// open finds the request's site, reads its body and verifies its signature.
func (h *Webhook) open(r *http.Request) (site moderation.Site, key string, body []byte, err error) {
	if site, err = h.Sites.Site(r.Context(), r.PathValue("site")); err != nil {
		return site, "", nil, err
	}
	if body, err = readBody(r); err != nil {
		return site, "", nil, err
	}
	key, err = Verify(site.Secrets, r.Header, body, h.Now())
	return site, key, body, err
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
	ID        looseID    `json:"id"`
	UpdatedAt *time.Time `json:"updated_at"`
	Post      struct {
		ID    looseID `json:"id"`
		URL   string  `json:"url"`
		Title string  `json:"title"`
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
	} `json:"author"`
	Body      string     `json:"body"`
	Format    string     `json:"format"`
	CreatedAt *time.Time `json:"created_at"`
	Fields    struct {
		Honeypot  string  `json:"honeypot"`
		ElapsedMS float64 `json:"elapsed_ms"`
	} `json:"fields"`
}

// looseID is an id that a platform may write as a string or as a whole number.
type looseID string

// UnmarshalJSON accepts a string, a whole number or null.
func (id *looseID) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(id))
	}
	if _, err := strconv.ParseInt(string(data), 10, 64); err != nil {
		return errors.New("an id must be a string or a whole number")
	}
	*id = looseID(data)
	return nil
}

// ParseComment reads the JSON of a comment. Its errors are
// moderation.ErrInvalid and name the field or the place.
func ParseComment(body []byte) (moderation.Arrival, error) {
	if i := invalidUTF8(body); i >= 0 {
		return moderation.Arrival{}, fmt.Errorf("%w: the body is not valid UTF-8 (byte %d)", moderation.ErrInvalid, i)
	}
	if len(strings.TrimSpace(string(body))) == 0 {
		return moderation.Arrival{}, fmt.Errorf("%w: the body is empty, send a comment as JSON", moderation.ErrInvalid)
	}
	var p payload
	if err := json.Unmarshal(body, &p); err != nil {
		return moderation.Arrival{}, explainJSON(err)
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
		Post:   moderation.Post{ID: string(p.Post.ID), URL: p.Post.URL, Title: p.Post.Title},
		Parent: moderation.Parent{Author: p.Parent.Author, Text: plain(format, p.Parent.Body)},
		Author: moderation.Author{ID: string(p.Author.ID), Name: p.Author.Name, Email: p.Author.Email, URL: p.Author.URL,
			UserAgent: p.Author.UserAgent, Role: p.Author.Role},
		Comment: moderation.Comment{PlatformID: string(p.ID), ParentID: string(p.ParentID), Body: p.Body, Format: format,
			Text: plain(format, p.Body), CreatedAt: timeOf(p.CreatedAt), UpdatedAt: timeOf(p.UpdatedAt)},
		Fields: moderation.Fields{Honeypot: p.Fields.Honeypot,
			Elapsed: time.Duration(min(max(p.Fields.ElapsedMS, 0), 1e12)) * time.Millisecond},
	}
	if p.Author.IP != "" {
		ip, err := parseIP(p.Author.IP)
		if err != nil {
			return a, fmt.Errorf("%w: field author.ip: %q is not an IP address", moderation.ErrInvalid, text.Cut(p.Author.IP, 60))
		}
		a.Author.IP = ip
	}
	return a, nil
}

// plain is a body as a reader sees it.
func plain(format moderation.Format, body string) string {
	if format == moderation.FormatHTML {
		return text.FromHTML(body)
	}
	return body
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// parseIP reads an address, with or without a port.
func parseIP(s string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap(), nil
	}
	ip, err := netip.ParseAddr(strings.TrimSpace(s))
	return ip.Unmap(), err
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
	return fmt.Errorf("%w: the body is not a comment: %w", moderation.ErrInvalid, err)
}
