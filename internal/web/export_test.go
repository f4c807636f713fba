package web

import "net/netip"

// TakeEachPeerForAClient makes a server count this machine's own connections as it
// does strangers'.
func (s *Server) TakeEachPeerForAClient() { s.limiter.hides = func(netip.Addr) bool { return false } }

// Remembered is how many clients the server knows.
func (s *Server) Remembered() int {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	return len(s.limiter.clients)
}

// MaxClients is how many it knows at most.
const MaxClients = maxClients
