package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// metricsPath is where Prometheus scrapes.
const metricsPath = "/metrics"

// checkMetricsListen refuses an address for /metrics that strangers may reach,
// unless that is allowed: names of blogs and their numbers are nobody else's
// business, and no password stands before them.
func checkMetricsListen(c config) error {
	if c.MetricsListen == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.MetricsListen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	switch {
	case err != nil:
		return usagef("read metrics_listen: %q is no ADDRESS:PORT such as 127.0.0.1:9464", c.MetricsListen)
	case c.MetricsListen == c.Listen:
		return usagef("read metrics_listen: %s is the address of the service itself; choose another port", c.MetricsListen)
	case c.MetricsAllowPublic || host == "localhost":
		return nil
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return usagef("read metrics_listen: %s may be reached from other machines, and /metrics asks for no password: use 127.0.0.1:%s, or set metrics_allow_public: true (GATEHOUSE_METRICS_ALLOW_PUBLIC) where a firewall stands before it", c.MetricsListen, port)
	}
	return nil
}

// metricsUse says where /metrics is.
func metricsUse(c config) string {
	switch {
	case c.MetricsListen == "":
		return "off: there is no metrics_listen"
	case c.MetricsAllowPublic:
		return "http://" + c.MetricsListen + metricsPath + ", also for other machines"
	}
	return "http://" + c.MetricsListen + metricsPath
}

// serveMetrics serves /metrics, where the configuration says so, until end is called.
func (g *gate) serveMetrics(ctx context.Context, c config) (end func(), err error) {
	if c.MetricsListen == "" {
		return func() {}, nil
	}
	listener, err := listen(ctx, c.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("serve /metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, g.gauges.metrics.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(g.log.Handler(), slog.LevelWarn)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			g.log.Error("serve /metrics", "err", err)
		}
	}()
	g.log.Info("metrics served", "address", "http://"+listener.Addr().String()+metricsPath)
	return func() {
		server.Close() //nolint:errcheck // a scrape in hand is worth nothing
		<-ended
	}, nil
}
