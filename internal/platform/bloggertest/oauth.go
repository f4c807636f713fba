package bloggertest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// The OAuth client that the server knows.
const (
	ClientID     = "123-abc.apps.googleusercontent.com"
	ClientSecret = "GOCSPX-not-a-secret" //nolint:gosec // of a pretend Google
)

// Scope is what a program has to ask for.
const Scope = "https://www.googleapis.com/auth/blogger"

// oauth is what has been granted.
type oauth struct {
	codes     map[string]grant
	refresh   map[string]bool // refresh tokens that are good
	access    map[string]bool // access tokens that are good
	deny      bool
	noRefresh bool
	noScope   bool
	stale     bool // codes are too old when they come
	refreshes int
}

// grant is what a code stands for.
type grant struct {
	redirect, challenge string
	offline             bool
}

func newOAuth() oauth {
	return oauth{codes: map[string]grant{}, refresh: map[string]bool{}, access: map[string]bool{}}
}

// Deny makes the owner refuse consent.
func (s *Server) Deny(is bool) { s.change(func() { s.oauth.deny = is }) }

// WithoutRefreshToken makes the exchange give no refresh token, as where the owner
// had consented before and is not asked again.
func (s *Server) WithoutRefreshToken(is bool) { s.change(func() { s.oauth.noRefresh = is }) }

// WithoutScope makes the owner consent with the box for Blogger not ticked.
func (s *Server) WithoutScope(is bool) { s.change(func() { s.oauth.noScope = is }) }

// StaleCodes makes every code too old.
func (s *Server) StaleCodes(is bool) { s.change(func() { s.oauth.stale = is }) }

// Revoke ends every access that was granted.
func (s *Server) Revoke() {
	s.change(func() { s.oauth.refresh, s.oauth.access = map[string]bool{}, map[string]bool{} })
}

// Expire ends the access tokens, as an hour does.
func (s *Server) Expire() { s.change(func() { s.oauth.access = map[string]bool{} }) }

// Grant returns a refresh token, as a consent gives it.
func (s *Server) Grant() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := "1//" + rand.Text()
	s.oauth.refresh[token] = true
	return token
}

// Refreshes returns how often a refresh token was used.
func (s *Server) Refreshes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.oauth.refreshes
}

// consent is Google's page, on which the owner decides at once.
func (s *Server) consent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("client_id") != ClientID:
		http.Error(w, "Error 401: invalid_client", http.StatusUnauthorized)
		return
	case err != nil || back.Scheme != "http" || back.Hostname() != "127.0.0.1":
		http.Error(w, "Error 400: redirect_uri_mismatch", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("scope") != Scope || q.Get("code_challenge_method") != "S256":
		http.Error(w, "Error 400: invalid_request", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if s.oauth.deny {
		answer.Set("error", "access_denied")
	} else {
		code := "4/0A" + rand.Text()
		s.oauth.codes[code] = grant{redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), offline: q.Get("access_type") == "offline"}
		answer.Set("code", code)
		answer.Set("scope", Scope)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// token exchanges codes and refresh tokens.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	fault := s.takeFault("token", "")
	if fault.before(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Method != http.MethodPost:
		tokenRefusal(http.StatusMethodNotAllowed, "invalid_request", "").write(w)
	case r.PostFormValue("client_id") != ClientID || r.PostFormValue("client_secret") != ClientSecret:
		tokenRefusal(http.StatusUnauthorized, "invalid_client", "The OAuth client was not found.").write(w)
	case r.PostFormValue("grant_type") == "authorization_code":
		s.exchange(r).write(w)
	case r.PostFormValue("grant_type") == "refresh_token":
		s.oauth.refreshes++
		if !s.oauth.refresh[r.PostFormValue("refresh_token")] {
			tokenRefusal(http.StatusBadRequest, "invalid_grant", "Token has been expired or revoked.").write(w)
			return
		}
		ok(s.newToken()).write(w)
	default:
		tokenRefusal(http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type").write(w)
	}
}

// exchange gives tokens for a code, once. s.mu is held.
func (s *Server) exchange(r *http.Request) answer {
	code := r.PostFormValue("code")
	g, known := s.oauth.codes[code]
	delete(s.oauth.codes, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case !known || s.oauth.stale || g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		return tokenRefusal(http.StatusBadRequest, "invalid_grant", "Malformed auth code.")
	case g.redirect != r.PostFormValue("redirect_uri"):
		return tokenRefusal(http.StatusBadRequest, "redirect_uri_mismatch", "Bad Request")
	}
	tokens := s.newToken()
	if g.offline && !s.oauth.noRefresh {
		refresh := "1//" + rand.Text()
		s.oauth.refresh[refresh] = true
		tokens["refresh_token"] = refresh
	}
	return ok(tokens)
}

// newToken makes an access token. s.mu is held.
func (s *Server) newToken() map[string]any {
	token := "ya29." + rand.Text()
	s.oauth.access[token] = true
	scope := Scope
	if s.oauth.noScope {
		scope = "openid"
	}
	return map[string]any{"access_token": token, "expires_in": 3599, "scope": scope, "token_type": "Bearer"}
}

func tokenRefusal(code int, reason, description string) answer {
	return answer{status: code, body: map[string]any{"error": reason, "error_description": description}}
}

// authorised reports whether a request has a good access token.
func (s *Server) authorised(r *http.Request) bool {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	return isBearer && s.oauth.access[token]
}
