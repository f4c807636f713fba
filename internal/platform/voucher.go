package platform

import (
	"net/http"

	"gatehouse/internal/moderation"
)

// voucher is what a server that limits strangers takes for a ResponseWriter: a
// handler says of whoever asks that they proved to be a site, or that they tried
// what is no key.
type voucher interface {
	Vouch(site string) error
	Distrust()
}

// vouch says that a request is the site's; moderation.ErrTooMany where that comes
// too often.
func vouch(w http.ResponseWriter, site string) error {
	if v, ok := w.(voucher); ok {
		return v.Vouch(site)
	}
	return nil
}

// trust vouches for a request with a site's key, and distrusts one with none (the
// zero site).
func trust(w http.ResponseWriter, site moderation.Site) error {
	if site.ID != 0 {
		return vouch(w, site.Name)
	}
	if v, ok := w.(voucher); ok {
		v.Distrust()
	}
	return nil
}

// siteError is an error of a request that names a site there is: for the server's log.
type siteError struct {
	error
	site string
}

// Site returns the site's name.
func (e siteError) Site() string { return e.site }

// Unwrap returns the error itself.
func (e siteError) Unwrap() error { return e.error }
