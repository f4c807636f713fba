package main

import (
	"fmt"
	"time"

	"gatehouse/internal/moderation"
)

// deliveriesCmd are the commands on what is to be sent.
type deliveriesCmd struct {
	List  deliveriesListCmd  `cmd:"" help:"List what waits to be sent, and what was given up on."`
	Retry deliveriesRetryCmd `cmd:"" help:"Send again at once what waits or was given up on."`
}

type deliveriesListCmd struct{ listFlags }

// deliveryJSON is a delivery as list prints it with --json.
type deliveryJSON struct {
	ID        moderation.DeliveryID    `json:"id"`
	Kind      string                   `json:"kind"`
	Key       string                   `json:"key"`
	State     moderation.DeliveryState `json:"state"`
	Attempts  int                      `json:"attempts"`
	NextAt    time.Time                `json:"next_at"`
	LastError string                   `json:"last_error"`
}

// Run prints the deliveries that were not sent, those to blogs first.
func (c *deliveriesListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	list, total, err := db.Deliveries(a.ctx, c.Limit)
	if err != nil {
		return err
	}
	for _, d := range list {
		if c.JSON {
			if err := printJSONLine(a.stdout, deliveryJSON{d.ID, d.Kind, d.Key, d.State, d.Attempts, d.NextAt, d.LastError}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.stdout, "%d  %s  %s  %s  %d tries", d.ID, d.State, d.Kind, d.Key, d.Attempts)
		if d.State == moderation.DeliveryPending && d.Attempts > 0 {
			fmt.Fprintf(a.stdout, ", the next at %s", d.NextAt.Format(time.RFC3339))
		}
		if d.LastError != "" {
			fmt.Fprintf(a.stdout, "\n    %s", oneLine(d.LastError))
		}
		fmt.Fprintln(a.stdout)
	}
	switch {
	case total == 0:
		fmt.Fprintln(a.stderr, "everything has been sent")
	case total > len(list):
		fmt.Fprintf(a.stderr, "%d of %d; --limit shows more\n", len(list), total)
	}
	return nil
}

type deliveriesRetryCmd struct {
	databaseFlags
	ID int64 `arg:"" optional:"" help:"The delivery's number; none means all."`
}

// Run makes deliveries due; the running service sends them.
func (c *deliveriesRetryCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	n, err := db.RetryDeliveries(a.ctx, moderation.DeliveryID(c.ID))
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%d deliveries made due at once; one that was given up on and then overtaken by a newer one is not sent again\n", n)
	return nil
}
