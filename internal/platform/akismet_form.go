package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// maxParts bounds the fields of a form. WordPress sends some fifty.
const maxParts = 5000

// akismetCall is one request of Akismet's protocol.
type akismetCall struct {
	form    url.Values
	charset string // of the form's values, as the client says
	agent   string // the client's
	site    moderation.Site
	key     moderation.Secret // by which the site was found
}

// parseAkismet reads a call, from its address and its body.
func parseAkismet(r *http.Request, body []byte) (akismetCall, error) {
	form, charset, err := ParseForm(r.Header.Get("Content-Type"), body)
	if err != nil {
		return akismetCall{}, err
	}
	addForm(form, r.URL.RawQuery)
	c := akismetCall{form: form, agent: r.Header.Get("User-Agent")}
	if c.charset = form.Get("blog_charset"); c.charset == "" {
		c.charset = charset
	}
	return c, nil
}

// ParseForm reads a form as clients of any age send it: what is not multipart is
// taken for urlencoded, whatever it says to be, and a percent sign that begins
// nothing stands for itself. A value that went missing would let a comment through.
// charset is that of the values where the media type tells it. Its errors are
// moderation.ErrInvalid.
func ParseForm(contentType string, body []byte) (form url.Values, charset string, err error) {
	media, params, err := mime.ParseMediaType(contentType)
	form = url.Values{}
	if err != nil || media != "multipart/form-data" {
		addForm(form, string(body))
		return form, params["charset"], nil
	}
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range maxParts {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return form, params["charset"], nil
		}
		if err != nil {
			return nil, "", fmt.Errorf("%w: the body is not a multipart form: %w", moderation.ErrInvalid, err)
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, "", fmt.Errorf("%w: the body is not a multipart form: %w", moderation.ErrInvalid, err)
		}
		form.Add(part.FormName(), string(value))
	}
	return nil, "", fmt.Errorf("%w: the form has more than %d fields", moderation.ErrInvalid, maxParts)
}

// addForm adds the fields of an urlencoded form.
func addForm(form url.Values, encoded string) {
	for field := range strings.SplitSeq(encoded, "&") {
		if field == "" {
			continue
		}
		name, value, _ := strings.Cut(field, "=")
		form.Add(unescape(name), unescape(value))
	}
}

// unescape decodes what can be decoded.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b, _ := strconv.ParseUint(s[i+1:i+3], 16, 8) // it is
			out = append(out, byte(b))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// field returns the first value of the first of these fields that has one, as
// UTF-8 and without NULs, at which databases and screens stumble.
func (c akismetCall) field(names ...string) string {
	for _, name := range names {
		if v := c.form.Get(name); v != "" {
			return c.decoded(v)
		}
	}
	return ""
}

func (c akismetCall) decoded(v string) string {
	return strings.ReplaceAll(text.FromCharset(c.charset, v), "\x00", "")
}

// list returns the values of a field that may have many: name, name[] or name[0].
func (c akismetCall) list(name string) []string {
	var keys, values []string
	for key := range c.form {
		if key == name || strings.HasPrefix(key, name+"[") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		for _, v := range c.form[key] {
			if v = strings.TrimSpace(c.decoded(v)); v != "" {
				values = append(values, v)
			}
		}
	}
	return values
}

// isSet says whether a field says yes.
func (c akismetCall) isSet(name string) bool {
	switch strings.ToLower(strings.TrimSpace(c.field(name))) {
	case "", "0", "false", "no":
		return false
	}
	return true
}

// isWordPress says whether the client is WordPress' plugin.
func (c akismetCall) isWordPress() bool {
	return strings.Contains(c.agent, "WordPress/") && strings.Contains(c.agent, "Akismet/")
}

// isRecheck says whether the client asks again about a comment that it has kept.
func (c akismetCall) isRecheck() bool { return c.field("recheck_reason") != "" }

// isAdministrator says whether the writer is one who could publish it anyway. A
// member of WordPress has a list of roles.
func (c akismetCall) isAdministrator() bool {
	for role := range strings.SplitSeq(c.field("user_role"), ",") {
		if role = strings.TrimSpace(role); role == "administrator" || role == "super_admin" {
			return true
		}
	}
	return false
}

// isGuaranteedSpam says whether the comment is the one with which clients test.
func (c akismetCall) isGuaranteedSpam() bool {
	return c.field("comment_author") == "akismet-guaranteed-spam" ||
		strings.EqualFold(strings.TrimSpace(c.field("comment_author_email")), "akismet-guaranteed-spam@example.com")
}

// ip is the writer's address, as sent.
func (c akismetCall) ip() string { return strings.TrimSpace(c.field("user_ip", "comment_author_IP")) }

// typed returns what the writer wrote into a field. WordPress puts backslashes
// before quotes when it checks a comment that it has not kept yet.
func (c akismetCall) typed(names ...string) string {
	v := c.field(names...)
	if c.isWordPress() && !c.isRecheck() {
		return unslash(v)
	}
	return v
}

// unslash takes away what PHP's addslashes added. A text that it can't have made
// stays as it is.
func unslash(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'' || s[i] == '"':
			return s
		case s[i] != '\\':
			out = append(out, s[i])
			continue
		}
		i++
		if i == len(s) || strings.IndexByte(`'"\0`, s[i]) < 0 {
			return s
		}
		if s[i] != '0' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// content is what was written: the comment and, from forms with more fields than
// that, what stands in them.
func (c akismetCall) content() string {
	parts := []string{c.typed("comment_content")}
	var names []string
	for name := range c.form {
		if strings.HasPrefix(name, "contact_form_field_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if v := c.typed(name); v != "" && v != parts[0] {
			parts = append(parts, v)
		}
	}
	if written := strings.TrimSpace(strings.Join(parts, "\n")); written != "" {
		return written
	}
	// Registrations and pingbacks have a name and an address only.
	return strings.TrimSpace(c.typed("comment_author") + "\n" + c.typed("comment_author_url"))
}

// arrival converts the call. Its body may be empty.
func (c akismetCall) arrival() moderation.Arrival {
	body := c.content()
	format := moderation.FormatText
	if c.isWordPress() || looksLikeHTML(body) {
		format = moderation.FormatHTML
	}
	a := Arrival(format, body)
	a.Site = c.site
	a.Post = moderation.Post{ID: c.field("comment_post_ID"), URL: c.field("permalink", "referrer"),
		Title: text.Cut(strings.Join(c.list("comment_context"), ", "), 200)}
	a.Author = moderation.Author{ID: c.userID(), Name: c.typed("comment_author"), Email: strings.TrimSpace(c.field("comment_author_email")),
		URL: c.typed("comment_author_url"), IP: text.Address(c.ip()), UserAgent: c.field("user_agent", "comment_agent"), Role: c.field("user_role")}
	a.Comment.CreatedAt = readAkismetTime(c.field("comment_date_gmt"))
	a.Fields.Honeypot = c.honeypot()
	return a
}

// looksLikeHTML says whether a text has a tag of those that comments have.
func looksLikeHTML(s string) bool {
	s = strings.ToLower(s)
	for _, tag := range []string{"<a ", "<p>", "<br", "</", "<img ", "<div", "<span", "<script"} {
		if strings.Contains(s, tag) {
			return true
		}
	}
	return false
}

// userID is the platform's number of a writer who is logged in.
func (c akismetCall) userID() string {
	if id := c.field("user_ID", "user_id"); id != "0" {
		return id
	}
	return ""
}

// honeypot is what was written into a field that people don't see: the one that
// the client names, or that of WordPress' plugin.
func (c akismetCall) honeypot() string {
	if name := c.field("honeypot_field_name"); name != "" {
		if v := c.field(name); v != "" {
			return v
		}
	}
	return c.field("POST_ak_hp_textarea", "POST_ak_hp_text")
}

// readAkismetTime reads a time in any of the forms that clients send; the zero
// time where it is none. It counts to the millisecond, as what is kept does.
func readAkismetTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", time.RFC1123Z, time.RFC1123, time.DateOnly,
		// as JavaScript writes a Date
		"Mon Jan 02 2006 15:04:05 GMT-0700"} {
		cut, _, _ := strings.Cut(s, " (")
		if t, err := time.Parse(layout, cut); err == nil && t.Year() > 0 {
			return t.UTC().Truncate(time.Millisecond)
		}
	}
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && seconds > 0 && seconds < 1<<40 {
		return time.Unix(seconds, 0).UTC()
	}
	return time.Time{}
}
