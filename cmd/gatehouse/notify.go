package main

import (
	"context"
	"net"
	"os"
	"time"
)

// notify tells systemd how the service is, where it wants to know (sd_notify(3)):
// READY=1, STOPPING=1. Where it can't be told nothing is lost but its knowing.
func notify(state string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unixgram", socket) // an @ is the abstract kind's
	if err != nil {
		return
	}
	defer conn.Close()        //nolint:errcheck // a datagram is sent or it is not
	conn.Write([]byte(state)) //nolint:errcheck // as above
}
