package platform

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"gatehouse/internal/moderation"
)

// BloggerApp is the OAuth client of a project in Google's console. Addresses that
// are empty are Google's own.
type BloggerApp struct {
	ID                        string
	Secret                    moderation.Secret
	AuthURL, TokenURL, APIURL string
}

func (a BloggerApp) config(redirect string) oauth2.Config {
	return oauth2.Config{ClientID: a.ID, ClientSecret: a.Secret.Reveal(), RedirectURL: redirect, Scopes: []string{bloggerScope},
		Endpoint: oauth2.Endpoint{AuthURL: cmp.Or(a.AuthURL, googleAuth), TokenURL: cmp.Or(a.TokenURL, googleToken), AuthStyle: oauth2.AuthStyleInParams}}
}

// ParseBloggerApp reads the file that Google's console gives for a client of the
// type "Desktop app".
func ParseBloggerApp(file []byte) (BloggerApp, error) {
	type client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	var f struct {
		Installed *client `json:"installed"`
		Web       *client `json:"web"`
	}
	if err := json.Unmarshal(file, &f); err != nil {
		return BloggerApp{}, fmt.Errorf("%w: it is not the JSON file of a client: Google's console has it under Clients, Download JSON", moderation.ErrInvalid)
	}
	switch {
	case f.Installed != nil && f.Installed.ID != "":
		return BloggerApp{ID: f.Installed.ID, Secret: moderation.NewSecret(f.Installed.Secret)}, nil
	case f.Web != nil:
		return BloggerApp{}, fmt.Errorf("%w: the client is one of the type Web application: make one of the type Desktop app", moderation.ErrInvalid)
	}
	return BloggerApp{}, fmt.Errorf("%w: there is no client of the type Desktop app in it", moderation.ErrInvalid)
}

// BloggerConsent is one walk through Google's consent: OAuth 2.0 with a loopback
// redirect (RFC 8252) and PKCE (RFC 7636).
type BloggerConsent struct {
	app             BloggerApp
	config          oauth2.Config
	state, verifier string
}

// NewBloggerConsent begins one that comes back to redirect.
func NewBloggerConsent(app BloggerApp, redirect string) *BloggerConsent {
	return &BloggerConsent{app: app, config: app.config(redirect), state: oauth2.GenerateVerifier(), verifier: oauth2.GenerateVerifier()}
}

// URL is where the owner of the blog consents.
func (c *BloggerConsent) URL() string {
	return c.config.AuthCodeURL(c.state, oauth2.AccessTypeOffline, oauth2.S256ChallengeOption(c.verifier), oauth2.SetAuthURLParam("prompt", "consent"))
}

// ReadCode reads the query with which Google's page came back. It gives
// moderation.ErrUnsigned for what belongs to another walk, and
// moderation.ErrForbidden where the owner did not consent.
func (c *BloggerConsent) ReadCode(query url.Values) (code string, err error) {
	switch {
	case query.Get("state") != c.state:
		return "", fmt.Errorf("%w: this answer belongs to another consent (its state is not the one of the address above): open the address that was printed last", moderation.ErrUnsigned)
	case query.Get("error") == "access_denied":
		return "", fmt.Errorf("%w: consent was denied in the browser; connect again, and choose Continue", moderation.ErrForbidden)
	case query.Get("error") != "":
		return "", fmt.Errorf("%w: Google refused: %q", moderation.ErrForbidden, query.Get("error"))
	case query.Get("code") == "":
		return "", fmt.Errorf("%w: there is no code in the address", moderation.ErrInvalid)
	}
	return query.Get("code"), nil
}

// Exchange fetches the tokens for a code and returns the account to keep.
func (c *BloggerConsent) Exchange(ctx context.Context, client *http.Client, code string) (moderation.Account, error) {
	token, err := c.config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), code, oauth2.VerifierOption(c.verifier))
	switch reason := refusedBy(err); {
	case reason == "invalid_grant":
		return nil, fmt.Errorf("%w: the code has expired or was used before; connect again", ErrDisconnected)
	case reason == "invalid_client", reason == "unauthorized_client":
		return nil, fmt.Errorf("%w: Google does not know this client id with this secret (%s); copy both again from Google's console", ErrDisconnected, reason)
	case err != nil:
		return nil, readTokenError(err)
	case token.RefreshToken == "":
		return nil, errors.New("google gave no refresh token, and without one the access ends in an hour: remove this app at https://myaccount.google.com/permissions and connect again")
	}
	if scope, ok := token.Extra("scope").(string); ok && !strings.Contains(" "+scope+" ", " "+bloggerScope+" ") {
		return nil, fmt.Errorf("%w: consent was given, but not to manage the blog; connect again and leave that ticked", moderation.ErrForbidden)
	}
	a := moderation.Account{accountClientID: moderation.NewSecret(c.app.ID), accountClientSecret: c.app.Secret, accountRefreshToken: moderation.NewSecret(token.RefreshToken)}
	if c.app.TokenURL != "" {
		a[accountTokenURL] = moderation.NewSecret(c.app.TokenURL)
	}
	if c.app.APIURL != "" {
		a[accountAPIURL] = moderation.NewSecret(c.app.APIURL)
	}
	return a, nil
}

// BloggerBlog is what Blogger says of a blog.
type BloggerBlog struct {
	ID, Name, URL string
	Base          string // its address in the API: a site's callback
	Pending       int    // comments that wait; at most as many as a page has
	More          bool   // there are more than that
}

func parseBloggerBlog(body []byte) (BloggerBlog, error) {
	var b struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return BloggerBlog{}, fmt.Errorf("read blog: %w", err)
	}
	if !bloggerID.MatchString(b.ID) {
		return BloggerBlog{}, fmt.Errorf("read blog: %w: the answer has no blog's id", moderation.ErrInvalid)
	}
	return BloggerBlog{ID: b.ID, Name: b.Name, URL: b.URL}, nil
}

// dashboard is how the pages of a blog's owner are addressed.
var dashboard = regexp.MustCompile(`^(?:https?://)?(?:www\.|draft\.)?blogger\.com/(?:u/[0-9]+/)?blog/[a-z/]+/([0-9]{1,25})(?:[/?#].*)?$`)

// ReadBloggerBlog reads what people call their blog: its id, its address, or that
// of its page in Blogger's dashboard. One of id and address is returned.
func ReadBloggerBlog(s string) (id, address string, err error) {
	s = strings.TrimSpace(s)
	if bloggerID.MatchString(s) {
		return s, "", nil
	}
	if found := dashboard.FindStringSubmatch(s); found != nil {
		return found[1], "", nil
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || !strings.Contains(u.Hostname(), ".") || u.User != nil {
		return "", "", fmt.Errorf("%w: %q is no address of a blog: write one such as https://name.blogspot.com/, or the blog's number", moderation.ErrInvalid, s)
	}
	return "", u.Scheme + "://" + u.Host + "/", nil
}

// FindBlog looks the blog up with the access that account gives, and whether that
// is an administrator's.
func (a BloggerApp) FindBlog(ctx context.Context, client *http.Client, account moderation.Account, blog string) (BloggerBlog, error) {
	id, address, err := ReadBloggerBlog(blog)
	if err != nil {
		return BloggerBlog{}, err
	}
	tokens, err := newGoogleTokens(client, moderation.Site{Account: account})
	if err != nil {
		return BloggerBlog{}, err
	}
	api := strings.TrimSuffix(cmp.Or(a.APIURL, bloggerAPI), "/") + "/blogs/"
	b := &bloggerBlog{client: client, base: api + id, tokens: tokens, now: time.Now}
	query := url.Values{"view": {"ADMIN"}}
	if id == "" {
		b.base = api + "byurl"
		query.Set("url", address)
	}
	body, err := b.call(ctx, http.MethodGet, "", query)
	if err != nil {
		return BloggerBlog{}, explainBlog(err, blog)
	}
	found, err := parseBloggerBlog(body)
	if err != nil {
		return found, err
	}
	b.base = api + found.ID
	return b.inspect(ctx, found)
}

// inspect adds to a blog how many comments wait.
func (b *bloggerBlog) inspect(ctx context.Context, found BloggerBlog) (BloggerBlog, error) {
	found.Base = b.base
	page, next, err := b.page(ctx, bloggerPage, "")
	found.Pending, found.More = len(page), next != ""
	if err != nil {
		return found, explainBlog(err, cmp.Or(found.URL, found.ID))
	}
	return found, nil
}

// explainBlog says what it means that a blog can't be read.
func explainBlog(err error, blog string) error {
	var e *BloggerError
	switch {
	case errors.Is(err, ErrDisconnected):
		return err
	case !errors.As(err, &e) || e.isQuota() || strings.Contains(e.Error(), ";"):
		return fmt.Errorf("read blog %s: %w", blog, err)
	case e.Code == http.StatusNotFound:
		return fmt.Errorf("read blog %s: %w; is its address right? Blogger's own pages show its number after blog/posts/", blog, err)
	case e.Code == http.StatusForbidden:
		return fmt.Errorf("read blog %s: %w; is the Google account that consented an administrator of this blog?", blog, err)
	}
	return fmt.Errorf("read blog %s: %w", blog, err)
}

// CheckBlogger reads the blog of a connected site.
func CheckBlogger(ctx context.Context, client *http.Client, site moderation.Site, now moderation.Clock) (BloggerBlog, error) {
	b, err := newBloggerBlog(client, site, now)
	if err != nil {
		return BloggerBlog{}, err
	}
	found, err := b.check(ctx)
	if err != nil {
		return found, explainBlog(err, site.Callback)
	}
	return b.inspect(ctx, found)
}

// newBloggerBlog returns the blog of a site; ErrDisconnected where it has no
// access.
func newBloggerBlog(client *http.Client, site moderation.Site, now moderation.Clock) (*bloggerBlog, error) {
	tokens, err := newGoogleTokens(client, site)
	if err != nil {
		return nil, err
	}
	if !IsBloggerAddress(site) {
		return nil, fmt.Errorf("%w: site %s has no address of its blog in Google's API: gatehouse sites connect blogger %s", ErrDisconnected, site.Name, site.Name)
	}
	return &bloggerBlog{client: client, base: site.Callback, tokens: tokens, now: now}, nil
}

// IsBloggerAddress says whether a site's callback is a blog's address in the API
// that it was connected to: only there its token is sent.
func IsBloggerAddress(site moderation.Site) bool {
	api := cmp.Or(site.Account[accountAPIURL].Reveal(), bloggerAPI)
	id, found := strings.CutPrefix(site.Callback, strings.TrimSuffix(api, "/")+"/blogs/")
	return found && bloggerID.MatchString(id)
}
