package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

// limitsConfig bounds what strangers may take of the service; what is zero is as
// web.DefaultLimits says.
type limitsConfig struct {
	RequestsPerSecond    float64 `yaml:"requests_per_second" json:"requests_per_second"`
	Burst                int     `yaml:"burst" json:"burst"`
	FailuresPerMinute    int     `yaml:"failures_per_minute" json:"failures_per_minute"`
	SitePerSecond        float64 `yaml:"site_per_second" json:"site_per_second"`
	Connections          int     `yaml:"connections" json:"connections"`
	ConnectionsPerClient int     `yaml:"connections_per_client" json:"connections_per_client"`
	HeaderTime           string  `yaml:"header_time" json:"header_time"`
	BodyTime             string  `yaml:"body_time" json:"body_time"`
	AnswerTime           string  `yaml:"answer_time" json:"answer_time"`
}

// readEnvironment lets variables override l.
func (l *limitsConfig) readEnvironment(lookup func(string) (string, bool)) error {
	set := func(name string, read func(string) error) error {
		value, ok := lookup(name)
		if !ok || value == "" {
			return nil
		}
		if err := read(value); err != nil {
			return usagef("read %s: %q is not a number such as 20", name, value)
		}
		return nil
	}
	for name, field := range map[string]*float64{
		"GATEHOUSE_LIMITS_REQUESTS_PER_SECOND": &l.RequestsPerSecond, "GATEHOUSE_LIMITS_SITE_PER_SECOND": &l.SitePerSecond,
	} {
		if err := set(name, func(s string) (err error) { *field, err = strconv.ParseFloat(s, 64); return err }); err != nil {
			return err
		}
	}
	for name, field := range map[string]*int{
		"GATEHOUSE_LIMITS_BURST": &l.Burst, "GATEHOUSE_LIMITS_FAILURES_PER_MINUTE": &l.FailuresPerMinute,
		"GATEHOUSE_LIMITS_CONNECTIONS": &l.Connections, "GATEHOUSE_LIMITS_CONNECTIONS_PER_CLIENT": &l.ConnectionsPerClient,
	} {
		if err := set(name, func(s string) (err error) { *field, err = strconv.Atoi(s); return err }); err != nil {
			return err
		}
	}
	for name, field := range map[string]*string{
		"GATEHOUSE_LIMITS_HEADER_TIME": &l.HeaderTime, "GATEHOUSE_LIMITS_BODY_TIME": &l.BodyTime, "GATEHOUSE_LIMITS_ANSWER_TIME": &l.AnswerTime,
	} {
		if value, ok := lookup(name); ok && value != "" {
			*field = value
		}
	}
	return nil
}

// The bounds of the limits: what is beyond them would keep everybody out, or nobody.
const (
	shortestTime, longestTime = 100 * time.Millisecond, 10 * time.Minute
	mostConnections           = 1 << 20
	mostPerSecond             = 1e6
)

// limits returns what the server is told.
func (c *config) limits() (web.Limits, error) {
	l := c.Limits
	limits := web.Limits{
		Requests: l.RequestsPerSecond, Burst: l.Burst, Failures: l.FailuresPerMinute, SiteRequests: l.SitePerSecond,
		Connections: l.Connections, ClientConnections: l.ConnectionsPerClient,
	}
	for _, n := range []struct {
		name  string
		value float64
		most  float64
	}{
		{"requests_per_second", l.RequestsPerSecond, mostPerSecond},
		{"burst", float64(l.Burst), mostPerSecond},
		{"failures_per_minute", float64(l.FailuresPerMinute), mostPerSecond},
		{"site_per_second", l.SitePerSecond, mostPerSecond},
		{"connections", float64(l.Connections), mostConnections},
		{"connections_per_client", float64(l.ConnectionsPerClient), mostConnections},
	} {
		if !(n.value >= 0 && n.value <= n.most) { // NaN is in no range
			return limits, fmt.Errorf("read limits.%s: %g is not a number from 0 to %g; 0 is the default", n.name, n.value, n.most)
		}
	}
	for _, t := range []struct {
		name, value string
		field       *time.Duration
	}{
		{"header_time", l.HeaderTime, &limits.HeaderTime}, {"body_time", l.BodyTime, &limits.BodyTime}, {"answer_time", l.AnswerTime, &limits.AnswerTime},
	} {
		if t.value == "" {
			continue
		}
		d, err := time.ParseDuration(t.value)
		if err != nil || d < shortestTime || d > longestTime {
			return limits, fmt.Errorf("read limits.%s: %q is no time from %s to %s, such as 30s", t.name, t.value, shortestTime, longestTime)
		}
		*t.field = d
	}
	var err error
	limits.TrustedProxies, err = parseProxies(c.TrustedProxies)
	return limits, err
}

// parseProxies reads addresses and networks.
func parseProxies(words []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for _, word := range words {
		p, err := netip.ParsePrefix(word)
		if a, single := netip.ParseAddr(word); single == nil {
			p, err = a.WithZone("").Unmap().Prefix(a.WithZone("").Unmap().BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%w: read trusted_proxies: %q is neither an address such as 127.0.0.1 nor a network such as 10.0.0.0/8", moderation.ErrInvalid, word)
		}
		if p.Bits() == 0 {
			return nil, fmt.Errorf("%w: read trusted_proxies: %s is everybody, who could then say to be anybody", moderation.ErrInvalid, word)
		}
		proxies = append(proxies, p)
	}
	return proxies, nil
}
