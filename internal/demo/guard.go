package demo

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// policy lets a page load what this server gives it, and nothing else: no inline
// script or style, no other origin, and no frame around it but our own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"

// guard lets in requests that were meant for this machine only, and refuses
// changes that another site's page asks for.
func guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin")
		head.Set("Cache-Control", "no-store")
		head.Set("Cross-Origin-Resource-Policy", "same-origin") // no other site's page shows our pictures
		if !isLoopback(r.Host) {
			http.Error(w, "the demo answers to localhost and 127.0.0.1 only", http.StatusMisdirectedRequest)
			return
		}
		if err := cross.Check(r); err != nil {
			http.Error(w, "the demo takes forms from its own pages only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback says whether a Host header names this machine. Another name may
// have been made to point here by a page that wants to read the answers.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	if strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}
