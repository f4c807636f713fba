package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/oauth2"

	"gatehouse/internal/moderation"
)

// Where Google asks for consent and gives tokens, and what gatehouse asks for.
const (
	googleAuth   = "https://accounts.google.com/o/oauth2/v2/auth"
	googleToken  = "https://oauth2.googleapis.com/token" //nolint:gosec // an address
	bloggerScope = "https://www.googleapis.com/auth/blogger"
)

// The names in the account of a site on Blogger. The addresses of tokens and of
// the API are there only where they are not Google's.
const (
	accountClientID     = "client_id"
	accountClientSecret = "client_secret"
	accountRefreshToken = "refresh_token"
	accountTokenURL     = "token_url"
	accountAPIURL       = "api_url"
)

// ErrDisconnected says that a site's account opens nothing (any more): until it
// is connected anew there is no sense in asking.
var ErrDisconnected = errors.New("not connected")

// googleTokens fetches access tokens for a refresh token and keeps the last one.
type googleTokens struct {
	config  oauth2.Config
	refresh moderation.Secret
	client  *http.Client
	site    string

	mu      sync.Mutex
	current *oauth2.Token
	refused error // what only a new connection ends: Google is not asked again
}

// newGoogleTokens returns the tokens of a site; ErrDisconnected where its account
// lacks what they need.
func newGoogleTokens(client *http.Client, site moderation.Site) (*googleTokens, error) {
	a := site.Account
	if a[accountClientID].IsZero() || a[accountRefreshToken].IsZero() {
		return nil, fmt.Errorf("%w: site %s has no access to Blogger yet: gatehouse sites connect blogger %s", ErrDisconnected, site.Name, site.Name)
	}
	app := BloggerApp{ID: a[accountClientID].Reveal(), Secret: a[accountClientSecret], TokenURL: a[accountTokenURL].Reveal()}
	return &googleTokens{config: app.config(""), refresh: a[accountRefreshToken], client: client, site: site.Name}, nil
}

// access returns a token that holds.
func (t *googleTokens) access(ctx context.Context) (moderation.Secret, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.Valid() {
		return moderation.NewSecret(t.current.AccessToken), nil
	}
	if t.refused != nil {
		return moderation.Secret{}, t.refused
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, t.client)
	fetched, err := t.config.TokenSource(ctx, &oauth2.Token{RefreshToken: t.refresh.Reveal()}).Token()
	if err != nil {
		if err = t.explain(err); errors.Is(err, ErrDisconnected) {
			t.refused = err
		}
		return moderation.Secret{}, err
	}
	t.current = fetched
	return moderation.NewSecret(fetched.AccessToken), nil
}

// drop forgets a token that was refused.
func (t *googleTokens) drop(token moderation.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.current.AccessToken == token.Reveal() {
		t.current = nil
	}
}

// explain turns a refusal that only the owner can end into ErrDisconnected.
func (t *googleTokens) explain(err error) error {
	again := fmt.Sprintf("gatehouse sites connect blogger %s", t.site)
	switch code := refusedBy(err); code {
	case "":
		return readTokenError(err)
	case "invalid_grant":
		return fmt.Errorf("%w: Google does not accept the refresh token of site %s any more (%s): it was withdrawn, or is a week old and the project's publishing status is Testing; %s",
			ErrDisconnected, t.site, code, again)
	case "invalid_client", "unauthorized_client", "deleted_client", "disabled_client":
		return fmt.Errorf("%w: Google does not know the client id and secret of site %s any more (%s); %s", ErrDisconnected, t.site, code, again)
	}
	return readTokenError(err)
}

// refusedBy returns the code by which Google refused a token, or nothing.
func refusedBy(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return ""
}

// readTokenError makes of a failed fetch what a failed call is: an answer with a
// code, or the error of the connection.
func readTokenError(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return fmt.Errorf("fetch a token from Google: %w", withoutAddress(err))
	}
	answer := &BloggerError{Reason: refused.ErrorCode, Message: refused.ErrorDescription}
	if refused.Response != nil {
		answer.Code = refused.Response.StatusCode
	}
	return fmt.Errorf("fetch a token from Google: %w", answer)
}
