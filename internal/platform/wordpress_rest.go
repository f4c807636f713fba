package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// maxWordPressAnswer bounds what is read of a blog's answer: a page of comments
	// with their texts.
	maxWordPressAnswer = 16 << 20
	// wordPressPage is how many comments one search asks for, the most there are.
	wordPressPage = 100
	// wordPressPages is how many pages one search looks at, of each state.
	wordPressPages = 10
	// nearSpan is how far the time of a comment is from ours where both clocks are
	// right; searchSpan how far it may be.
	nearSpan   = 2 * time.Minute
	searchSpan = 36 * time.Hour
)

// CommentViews gives a comment with all that is kept of it;
// moderation.ErrNotFound.
type CommentViews interface {
	CommentView(ctx context.Context, id moderation.CommentID) (moderation.CaseView, error)
}

// WordPressREST tells a WordPress blog what was decided by its REST API, with an
// application password: the way for blogs that send comments by the Akismet
// plugin. Sites without an account have our plugin, and are told by webhook.
type WordPressREST struct {
	Client   *http.Client
	Comments CommentViews
	Plugin   Way // for sites without an account
	Now      moderation.Clock
}

// WordPressAccount returns the account of a user that is good for the REST API at
// root, and for no other address.
func WordPressAccount(root, user string, password moderation.Secret) moderation.Account {
	return moderation.Account{"root": moderation.NewSecret(root), "user": moderation.NewSecret(user), "password": password}
}

// ByWordPressREST says whether a site is told by the REST API that its account is
// good for.
func ByWordPressREST(site moderation.Site) bool {
	return !site.Account["user"].IsZero() && site.Account["root"].Reveal() == site.Callback
}

// Tell implements Way.
func (p *WordPressREST) Tell(ctx context.Context, site moderation.Site, messageID string, n moderation.Notice) (recoverable bool, err error) {
	if !ByWordPressREST(site) {
		return p.Plugin.Tell(ctx, site, messageID, n)
	}
	want := wordPressState(n)
	found, err := p.find(ctx, site, n, want)
	if err != nil {
		return p.explain(site, err)
	}
	if found.Status == want {
		return false, nil // as it is already: somebody did it there, or the answer to an earlier try was lost
	}
	// The API would replace the writer's agent with ours.
	change := map[string]string{"status": want, "author_user_agent": found.Agent}
	var changed wordPressComment
	if err := p.call(ctx, site, http.MethodPost, "/wp/v2/comments/"+strconv.FormatInt(found.ID, 10), nil, change, &changed); err != nil {
		return p.explain(site, err)
	}
	// A status that WordPress does not know is answered with 200, too.
	if changed.Status != want {
		return true, fmt.Errorf("tell site %s: comment %d is %q there, not %q as asked for", site.Name, found.ID, changed.Status, want)
	}
	return false, nil
}

// Probe implements Prober.
func (p *WordPressREST) Probe(ctx context.Context, site moderation.Site) (found string, err error) {
	if !ByWordPressREST(site) {
		if prober, ok := p.Plugin.(Prober); ok {
			return prober.Probe(ctx, site)
		}
		return "told by its plugin", nil
	}
	name, err := p.Moderator(ctx, site)
	if err != nil {
		return "", err
	}
	return "WordPress lets " + name + " moderate comments", nil
}

// Moderator tries a site's account, changes nothing, and returns the name of its
// user. The error says what is wrong and what to do.
func (p *WordPressREST) Moderator(ctx context.Context, site moderation.Site) (name string, err error) {
	var me struct {
		Name         string          `json:"name"`
		Capabilities map[string]bool `json:"capabilities"`
	}
	if err := p.call(ctx, site, http.MethodGet, "/wp/v2/users/me", url.Values{"context": {"edit"}}, nil, &me); err != nil {
		_, err = p.explain(site, err)
		return "", err
	}
	if !me.Capabilities["moderate_comments"] {
		return "", fmt.Errorf("%w: %s may not moderate comments on site %s: take a user who is editor or administrator", moderation.ErrForbidden, me.Name, site.Name)
	}
	return me.Name, nil
}

// wordPressState returns WordPress' word for the state that a notice gives.
func wordPressState(n moderation.Notice) string {
	switch {
	case n.Status == moderation.Approved:
		return "approved"
	case n.Status == moderation.Held:
		return "hold"
	case n.Choice.Category() == "spam":
		return "spam"
	}
	return "trash"
}

// wordPressComment is what WordPress tells of a comment to those who may edit it.
type wordPressComment struct {
	ID         int64  `json:"id"`
	AuthorName string `json:"author_name"`
	Agent      string `json:"author_user_agent"`
	DateGMT    string `json:"date_gmt"`
	Status     string `json:"status"`
	Content    struct {
		Raw string `json:"raw"`
	} `json:"content"`
}

// find returns the comment that a notice is about: by WordPress' number where that
// is known, else by its words, its writer and its time.
func (p *WordPressREST) find(ctx context.Context, site moderation.Site, n moderation.Notice, want string) (wordPressComment, error) {
	if id, ok := wordPressID(n.PlatformID); ok {
		var c wordPressComment
		err := p.call(ctx, site, http.MethodGet, "/wp/v2/comments/"+strconv.FormatInt(id, 10), url.Values{"context": {"edit"}}, nil, &c)
		return c, err
	}
	view, err := p.Comments.CommentView(ctx, n.Comment)
	if err != nil {
		return wordPressComment{}, err
	}
	for _, span := range []time.Duration{nearSpan, searchSpan} {
		found, err := p.search(ctx, site, view, want, span)
		if !errors.Is(err, errNotThere) || view.Comment.CreatedAt.IsZero() {
			return found, err
		}
	}
	return wordPressComment{}, fmt.Errorf("%w: none that was looked at has its words and its writer", errNotThere)
}

// search looks through the comments whose time is not farther than span from that
// of view.
func (p *WordPressREST) search(ctx context.Context, site moderation.Site, view moderation.CaseView, want string, span time.Duration) (wordPressComment, error) {
	query := url.Values{"context": {"edit"}, "per_page": {strconv.Itoa(wordPressPage)}, "orderby": {"date_gmt"}, "order": {"desc"}}
	if at := view.Comment.CreatedAt; !at.IsZero() {
		query.Set("after", at.Add(-span).UTC().Format(time.RFC3339))
		query.Set("before", at.Add(span).UTC().Format(time.RFC3339))
	}
	if words := searchWords(view.Comment.Text); words != "" {
		query.Set("search", words)
	}
	var candidates []wordPressComment
	for _, status := range []string{"hold", "spam", "approve", "trash"} {
		query.Set("status", status)
		for number := 1; number <= wordPressPages; number++ {
			query.Set("page", strconv.Itoa(number))
			var page []wordPressComment
			if err := p.call(ctx, site, http.MethodGet, "/wp/v2/comments", query, nil, &page); err != nil {
				return wordPressComment{}, err
			}
			for _, c := range page {
				if isOf(c, view) {
					candidates = append(candidates, c)
				}
			}
			if len(page) < wordPressPage {
				break
			}
		}
	}
	return closest(candidates, view, want)
}

// isOf says whether a comment has the words and the writer of view.
func isOf(c wordPressComment, view moderation.CaseView) bool {
	return sameWords(plain(moderation.FormatHTML, c.Content.Raw), view.Comment.Text) &&
		sameWords(plain(moderation.FormatHTML, c.AuthorName), plain(moderation.FormatHTML, view.Author.Name))
}

// wordPressID returns the number that a platform's id of a WordPress comment is.
func wordPressID(platformID string) (int64, bool) {
	id, err := strconv.ParseInt(platformID, 10, 64)
	return id, err == nil && id > 0 && len(platformID) < 19
}

// wordPressTime is how WordPress' API writes a time, in GMT or in the blog's zone.
const wordPressTime = "2006-01-02T15:04:05"

// searchWords returns what to search for: a word of the text that stands in it as
// it does in WordPress' database, where markup and entities are something else.
func searchWords(text string) string {
	longest := ""
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		if len(word) > len(longest) && len(word) <= 40 {
			longest = word
		}
	}
	if len(longest) < 3 {
		return ""
	}
	return longest
}

// closest returns that of the candidates which is nearest to the time of view.
func closest(candidates []wordPressComment, view moderation.CaseView, want string) (wordPressComment, error) {
	best, found := wordPressComment{}, false
	nearest := time.Duration(0)
	for _, c := range candidates {
		at, err := time.Parse(wordPressTime, c.DateGMT)
		if err != nil {
			continue
		}
		off := at.Sub(view.Comment.CreatedAt).Abs()
		// Of two that were written at once, the one that has yet to be changed.
		if !found || off < nearest || off == nearest && best.Status == want && c.Status != want {
			best, nearest, found = c, off, true
		}
	}
	if !found {
		return best, errNotThere
	}
	return best, nil
}

// errNotThere says that a blog does not have a comment, or not yet.
var errNotThere = errors.New("the comment was not found on the blog")

// sameWords compares texts but for white space.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// statusError is an answer that is not 200.
type statusError struct {
	response *http.Response // its body has been read
	code     string         // WordPress' own
}

// Error names the status and WordPress' code, which holds no text of a comment.
func (e *statusError) Error() string {
	return fmt.Sprintf("the blog answered %d %s", e.response.StatusCode, e.code)
}

// explain turns the error of a call into what Tell returns.
func (p *WordPressREST) explain(site moderation.Site, err error) (recoverable bool, explained error) {
	var answered *statusError
	switch {
	case errors.Is(err, moderation.ErrNotFound):
		return false, fmt.Errorf("tell site %s: %w", site.Name, err)
	case !errors.As(err, &answered):
		return true, fmt.Errorf("tell site %s: %w", site.Name, err)
	}
	switch code := answered.response.StatusCode; {
	case code == http.StatusUnauthorized:
		return true, fmt.Errorf("tell site %s: %w: user or application password are not right: gatehouse sites connect wordpress %s", site.Name, err, site.Name)
	case code == http.StatusForbidden:
		return true, fmt.Errorf("tell site %s: %w: the user may not moderate comments, or a plugin there locks the REST API", site.Name, err)
	case code == http.StatusNotFound && answered.code == "rest_comment_invalid_id":
		return false, fmt.Errorf("tell site %s: %w: the comment is gone there", site.Name, err)
	case code == http.StatusNotFound:
		return true, fmt.Errorf("tell site %s: %w: its REST API is not at the callback's address", site.Name, err)
	case code == http.StatusGone: // of this comment only
		return false, fmt.Errorf("tell site %s: %w", site.Name, err)
	}
	recoverable, status := readStatus(answered.response, p.Now())
	return recoverable, fmt.Errorf("tell site %s: %w", site.Name, errors.Join(err, status))
}

// call asks a blog's REST API, and decodes the answer into out.
func (p *WordPressREST) call(ctx context.Context, site moderation.Site, method, path string, query url.Values, in, out any) error {
	address, err := wordPressAddress(site.Callback, path, query)
	if err != nil {
		return err
	}
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return fmt.Errorf("call the blog: %w", withoutAddress(err))
	}
	if ByWordPressREST(site) {
		request.SetBasicAuth(site.Account["user"].Reveal(), site.Account["password"].Reveal())
	}
	request.Header.Set("User-Agent", "gatehouse")
	request.Header.Set("Accept", "application/json")
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := p.Client.Do(request)
	if err != nil {
		return fmt.Errorf("call the blog: %w", withoutAddress(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxWordPressAnswer))
	if err != nil {
		return fmt.Errorf("read the blog's answer: %w", err)
	}
	return readWordPress(response, answer, out)
}

// readWordPress decodes an answer of WordPress' REST API into out.
func readWordPress(response *http.Response, answer []byte, out any) error {
	if response.StatusCode != http.StatusOK {
		var said struct {
			Code string `json:"code"`
		}
		_ = json.Unmarshal(answer, &said) // whatever answers in place of WordPress has no code
		if len(said.Code) > 60 {
			said.Code = ""
		}
		return &statusError{response: response, code: said.Code}
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return errors.New("the blog's answer is not what WordPress' REST API answers: does another plugin write into it?") // the cause may hold its text
	}
	return nil
}

// wordPressAddress returns the address of a path of the REST API whose root is
// callback: https://blog/wp-json, or https://blog/?rest_route=/ for a blog
// without pretty links.
func wordPressAddress(callback, path string, query url.Values) (string, error) {
	u, err := url.Parse(callback)
	if err != nil {
		return "", fmt.Errorf("%w: the callback is no address", moderation.ErrInvalid)
	}
	all := u.Query()
	if root, ok := all["rest_route"]; ok {
		all.Set("rest_route", strings.TrimSuffix(root[0], "/")+path)
	} else {
		u.Path = strings.TrimSuffix(u.Path, "/") + path
	}
	for key, values := range query {
		all[key] = values
	}
	u.RawQuery = all.Encode()
	return u.String(), nil
}

// CheckWordPressAddress refuses what can't be the address of a blog. Its error
// shows nothing of the address, in which there may be a password.
func CheckWordPressAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%w: that is no address of a blog: write one such as https://blog.example.org", moderation.ErrInvalid)
	case u.User != nil:
		return fmt.Errorf("%w: write the blog's address without user and password in it", moderation.ErrInvalid)
	}
	return nil
}

// IsReadable says whether whoever is on the way can read what is sent to an
// address.
func IsReadable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback()
}

// FindWordPress returns the root of the REST API of the blog at an address.
func FindWordPress(ctx context.Context, client *http.Client, address string) (root string, err error) {
	if err := CheckWordPressAddress(address); err != nil {
		return "", err
	}
	base := strings.TrimSuffix(address, "/")
	for _, root := range []string{base + "/wp-json", base + "/?rest_route=/"} {
		var index struct {
			Namespaces []string `json:"namespaces"`
		}
		p := &WordPressREST{Client: client}
		if err = p.call(ctx, moderation.Site{Callback: root}, http.MethodGet, "/", nil, nil, &index); err != nil {
			continue
		}
		for _, namespace := range index.Namespaces {
			if namespace == "wp/v2" {
				return root, nil
			}
		}
		err = errors.New("what answers there is not WordPress")
	}
	return "", fmt.Errorf("find the REST API of %s: %w", address, err)
}
