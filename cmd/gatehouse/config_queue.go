package main

import (
	"fmt"
	"strconv"

	"gatehouse/internal/moderation"
)

// queueConfig bounds what may wait for one blog; what is zero is as
// moderation.DefaultQueueLimits says.
type queueConfig struct {
	Waiting    int `yaml:"waiting" json:"waiting"`
	Deliveries int `yaml:"deliveries" json:"deliveries"`
}

// mostQueued bounds the limits: what counts that many rows takes a second.
const mostQueued = 10_000_000

// defaultPerSecond is how many decisions a second a blog is told of once a burst is
// over. A hundred thousand, which may wait, are told within an hour and a half.
const defaultPerSecond = 20

// readEnvironment lets variables override c's limits of what waits and goes out.
func (q *queueConfig) readEnvironment(lookup func(string) (string, bool), calls *callbacksConfig) error {
	for name, field := range map[string]*int{"GATEHOUSE_QUEUE_WAITING": &q.Waiting, "GATEHOUSE_QUEUE_DELIVERIES": &q.Deliveries} {
		if value, ok := lookup(name); ok && value != "" {
			n, err := strconv.Atoi(value)
			if err != nil {
				return usagef("read %s: %q is not a number such as 100000", name, value)
			}
			*field = n
		}
	}
	if value, ok := lookup("GATEHOUSE_CALLBACKS_PER_SECOND"); ok && value != "" {
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return usagef("read GATEHOUSE_CALLBACKS_PER_SECOND: %q is not a number such as 20", value)
		}
		calls.PerSecond = n
	}
	return nil
}

// limits returns what the database is told.
func (q queueConfig) limits() (moderation.QueueLimits, error) {
	limits := moderation.DefaultQueueLimits()
	for _, n := range []struct {
		name  string
		value int
		field *int
	}{{"waiting", q.Waiting, &limits.Waiting}, {"deliveries", q.Deliveries, &limits.Deliveries}} {
		if n.value < 0 || n.value > mostQueued {
			return limits, fmt.Errorf("read queue.%s: %d is not a number from 1 to %d; 0 is the default", n.name, n.value, mostQueued)
		}
		if n.value > 0 {
			*n.field = n.value
		}
	}
	return limits, nil
}

// perSecond returns the pace of calls to one blog; 0: any.
func (c callbacksConfig) perSecond() (float64, error) {
	switch {
	case c.PerSecond == 0:
		return defaultPerSecond, nil
	case c.PerSecond < 0:
		return 0, nil
	case c.PerSecond >= 0.1 && c.PerSecond <= mostPerSecond:
		return c.PerSecond, nil
	}
	return 0, fmt.Errorf("read callbacks.per_second: %g is not a number from 0.1 to %g; 0 is the default, -1 any", c.PerSecond, mostPerSecond)
}
