package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// What the Blogger API is called by; revision 20260707 of its description.
const (
	bloggerAPI = "https://blogger.googleapis.com/v3"
	// maxBloggerAnswer bounds an answer, and bloggerPage asks for what fits.
	maxBloggerAnswer = 16 << 20
	bloggerPage      = 100
)

// The statuses that a comment has in Blogger.
const (
	bloggerLive    = "LIVE"
	bloggerPending = "PENDING"
	bloggerSpam    = "SPAM"
	bloggerEmptied = "EMPTIED"
)

// bloggerID is how the API's ids are written; they become part of addresses.
var bloggerID = regexp.MustCompile(`^[0-9]{1,25}$`)

// BloggerComment is a comment as Blogger has it.
type BloggerComment struct {
	ID, Post string // digits
	Status   string // LIVE, PENDING, SPAM or EMPTIED; empty for who is no administrator
	Arrival  moderation.Arrival
}

// bloggerComment is the API's Comment resource, as far as it is read.
type bloggerComment struct {
	Status    string     `json:"status"`
	ID        string     `json:"id"`
	InReplyTo bloggerRef `json:"inReplyTo"`
	Post      bloggerRef `json:"post"`
	Published string     `json:"published"`
	Updated   string     `json:"updated"`
	Content   string     `json:"content"`
	Author    struct {
		ID          string `json:"id"`
		DisplayName string `json:"displayName"`
		URL         string `json:"url"`
	} `json:"author"`
}

type bloggerRef struct {
	ID string `json:"id"`
}

// ParseBloggerComments reads a page of the API's list, and the token of the next
// one; empty: there is none. Comments that have no id are left out.
func ParseBloggerComments(body []byte) (page []BloggerComment, next string, err error) {
	var list struct {
		Items []bloggerComment `json:"items"`
		Next  string           `json:"nextPageToken"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, "", fmt.Errorf("read the list of comments: %w", err)
	}
	for _, item := range list.Items {
		if c, err := item.read(); err == nil {
			page = append(page, c)
		}
	}
	return page, list.Next, nil
}

// ParseBloggerComment reads one comment.
func ParseBloggerComment(body []byte) (BloggerComment, error) {
	var c bloggerComment
	if err := json.Unmarshal(body, &c); err != nil {
		return BloggerComment{}, fmt.Errorf("read comment: %w", err)
	}
	return c.read()
}

func (c bloggerComment) read() (BloggerComment, error) {
	if !bloggerID.MatchString(c.ID) || !bloggerID.MatchString(c.Post.ID) {
		return BloggerComment{}, fmt.Errorf("read comment: %w: %q on post %q are no ids of Blogger's", moderation.ErrInvalid,
			text.Cut(c.ID, 40), text.Cut(c.Post.ID, 40))
	}
	a := Arrival(moderation.FormatHTML, c.Content)
	a.Post.ID = c.Post.ID
	a.Author = moderation.Author{ID: c.identity(), Name: c.Author.DisplayName, URL: c.Author.URL}
	a.Comment.PlatformID = c.ID
	a.Comment.CreatedAt, a.Comment.UpdatedAt = bloggerTime(c.Published), bloggerTime(c.Updated)
	if bloggerID.MatchString(c.InReplyTo.ID) {
		a.Comment.ParentID = c.InReplyTo.ID
	}
	return BloggerComment{ID: c.ID, Post: c.Post.ID, Status: strings.ToUpper(c.Status), Arrival: a}, nil
}

// identity returns the id of a writer who was logged in. What stands there for
// others is not documented, and they choose name and address themselves: so it
// counts only where the address is the profile of that id.
func (c bloggerComment) identity() string {
	u, err := url.Parse(c.Author.URL)
	if err != nil || !bloggerID.MatchString(c.Author.ID) || strings.Trim(c.Author.ID, "0") == "" {
		return ""
	}
	if host := u.Hostname(); host != "www.blogger.com" && host != "blogger.com" {
		return ""
	}
	if strings.TrimSuffix(u.Path, "/") != "/profile/"+c.Author.ID {
		return ""
	}
	return c.Author.ID
}

// bloggerTime reads a time; what is none is unknown.
func bloggerTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1999 || t.Year() > 9999 { // Blogger's first year
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// BloggerError is an answer of Google's that is none of 2xx.
type BloggerError struct {
	Code    int
	Reason  string // Google's word, such as rateLimitExceeded; may be empty
	Message string
	After   time.Duration // how long Google asks to wait; 0: it does not say
}

// Error says what Google answered.
func (e *BloggerError) Error() string {
	said := "Blogger answered " + strconv.Itoa(e.Code)
	if e.Reason != "" {
		said += " (" + e.Reason + ")"
	}
	if e.Message != "" {
		said += ": " + e.Message
	}
	if slices.Contains([]string{"accessNotConfigured", "SERVICE_DISABLED"}, e.Reason) {
		said += "; enable the Blogger API in Google's console, in the project of the client"
	}
	return said
}

// isQuota says whether Google asks to slow down.
func (e *BloggerError) isQuota() bool {
	return e.Code == http.StatusTooManyRequests || e.Code == http.StatusForbidden && slices.Contains([]string{"rateLimitExceeded",
		"userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RATE_LIMIT_EXCEEDED"}, e.Reason)
}

// parseBloggerError reads the body of an answer that is none of 2xx; see
// https://cloud.google.com/apis/design/errors for its form.
func parseBloggerError(code int, body []byte) *BloggerError {
	var answer struct {
		Error struct {
			Message string `json:"message"`
			Status  string `json:"status"`
			Errors  []struct {
				Reason string `json:"reason"`
			} `json:"errors"`
			Details []struct {
				Reason string `json:"reason"`
			} `json:"details"`
		} `json:"error"`
	}
	e := &BloggerError{Code: code}
	if json.Unmarshal(body, &answer) != nil {
		return e // a proxy's page, say
	}
	e.Reason = answer.Error.Status
	for _, d := range answer.Error.Details {
		if d.Reason != "" {
			e.Reason = d.Reason
		}
	}
	if len(answer.Error.Errors) > 0 && answer.Error.Errors[0].Reason != "" {
		e.Reason = answer.Error.Errors[0].Reason
	}
	e.Reason = oneLine(e.Reason, 60)
	e.Message = oneLine(answer.Error.Message, 200)
	return e
}

// isBloggerError says whether err is an answer with a code.
func isBloggerError(err error, code int) bool {
	var e *BloggerError
	return errors.As(err, &e) && e.Code == code
}

// bloggerBlog is one blog behind the API.
type bloggerBlog struct {
	client *http.Client
	base   string // https://blogger.googleapis.com/v3/blogs/ID
	tokens *googleTokens
	now    moderation.Clock
}

// call makes a call and returns its answer. A token that is refused, though it
// should hold, is fetched anew once.
func (b *bloggerBlog) call(ctx context.Context, method, path string, query url.Values) ([]byte, error) {
	token, err := b.tokens.access(ctx)
	if err != nil {
		return nil, err
	}
	body, err := b.callWith(ctx, token, method, path, query)
	if !isBloggerError(err, http.StatusUnauthorized) {
		return body, err
	}
	b.tokens.drop(token)
	if token, err = b.tokens.access(ctx); err != nil {
		return nil, err
	}
	return b.callWith(ctx, token, method, path, query)
}

func (b *bloggerBlog) callWith(ctx context.Context, token moderation.Secret, method, path string, query url.Values) ([]byte, error) {
	address := b.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, fmt.Errorf("call Blogger: %w", withoutAddress(err))
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	request.Header.Set("User-Agent", "gatehouse")
	response, err := b.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("call Blogger: %w", withoutAddress(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBloggerAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("call Blogger: read the answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		failed := parseBloggerError(response.StatusCode, body)
		failed.After = retryAfter(response.Header.Get("Retry-After"), b.now())
		return nil, failed
	}
	if len(body) > maxBloggerAnswer {
		return nil, fmt.Errorf("call Blogger: %w: its answer has more than %d MiB", moderation.ErrTooLarge, maxBloggerAnswer>>20)
	}
	return body, nil
}

// comment reads one comment.
func (b *bloggerBlog) comment(ctx context.Context, post, id string) (BloggerComment, error) {
	body, err := b.call(ctx, http.MethodGet, commentPath(post, id), url.Values{"view": {"ADMIN"}})
	if err != nil {
		return BloggerComment{}, err
	}
	return ParseBloggerComment(body)
}

// act does approve, spam or removecontent to a comment and returns its status
// afterwards, which Blogger may leave out.
func (b *bloggerBlog) act(ctx context.Context, post, id, act string) (status string, err error) {
	body, err := b.call(ctx, http.MethodPost, commentPath(post, id)+"/"+act, nil)
	if err != nil {
		return "", err
	}
	var c bloggerComment
	if len(body) > 0 {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		return "", fmt.Errorf("read comment: %w", err)
	}
	return strings.ToUpper(c.Status), nil
}

// page reads a page of the comments that wait.
func (b *bloggerBlog) page(ctx context.Context, size int, token string) ([]BloggerComment, string, error) {
	query := url.Values{"status": {bloggerPending}, "fetchBodies": {"true"}, "maxResults": {strconv.Itoa(size)}}
	if token != "" {
		query.Set("pageToken", token)
	}
	body, err := b.call(ctx, http.MethodGet, "/comments", query)
	if err != nil {
		return nil, "", err
	}
	return ParseBloggerComments(body)
}

// post reads what is known of a post.
func (b *bloggerBlog) post(ctx context.Context, id string) (moderation.Post, error) {
	query := url.Values{"fetchBody": {"false"}, "fetchImages": {"false"}, "view": {"ADMIN"}}
	body, err := b.call(ctx, http.MethodGet, "/posts/"+id, query)
	if err != nil {
		return moderation.Post{}, err
	}
	return parseBloggerPost(id, body)
}

func parseBloggerPost(id string, body []byte) (moderation.Post, error) {
	var p struct {
		URL       string `json:"url"`
		Title     string `json:"title"`
		Published string `json:"published"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return moderation.Post{}, fmt.Errorf("read post: %w", err)
	}
	published, _ := time.Parse(time.RFC3339, p.Published) // what is no time is unknown
	return moderation.Post{ID: id, URL: p.URL, Title: p.Title, PublishedAt: published.UTC()}, nil
}

// check reads the blog itself.
func (b *bloggerBlog) check(ctx context.Context) (BloggerBlog, error) {
	body, err := b.call(ctx, http.MethodGet, "", url.Values{"view": {"ADMIN"}})
	if err != nil {
		return BloggerBlog{}, err
	}
	return parseBloggerBlog(body)
}

func commentPath(post, id string) string { return "/posts/" + post + "/comments/" + id }

// oneLine returns what somebody else wrote, fit for a line of the log.
func oneLine(s string, max int) string {
	return text.Cut(strings.Join(strings.Fields(text.Printable(s)), " "), max)
}
