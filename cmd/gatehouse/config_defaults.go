package main

import (
	"cmp"

	"gatehouse/bot"
	"gatehouse/internal/moderation"
	"gatehouse/internal/web"
)

// fillDefaults puts in what holds where nothing is set, for people to read: what uses
// the configuration has its own defaults.
func (c *config) fillDefaults() error {
	t := &c.Telegram
	t.OpenCards, t.PerSecond = cmp.Or(t.OpenCards, bot.DefaultOpenCards), cmp.Or(t.PerSecond, bot.DefaultPerSecond)
	t.RemindAfter, t.Timezone = cmp.Or(t.RemindAfter, moderation.FormatSpan(bot.DefaultRemindAfter)), cmp.Or(t.Timezone, "UTC")
	c.Callbacks.PerSecond = cmp.Or(c.Callbacks.PerSecond, defaultPerSecond)
	c.Limits.fillDefaults(web.DefaultLimits())
	waits, err := c.Queue.limits()
	if err != nil {
		return err
	}
	c.Queue = queueConfig{Waiting: waits.Waiting, Deliveries: waits.Deliveries}
	times, err := c.Retention.times()
	c.Retention = newRetentionConfig(times)
	return err
}

// fillDefaults puts in d's limits; site_per_second has none.
func (l *limitsConfig) fillDefaults(d web.Limits) {
	l.RequestsPerSecond, l.Burst = cmp.Or(l.RequestsPerSecond, d.Requests), cmp.Or(l.Burst, d.Burst)
	l.FailuresPerMinute = cmp.Or(l.FailuresPerMinute, d.Failures)
	l.Connections, l.ConnectionsPerClient = cmp.Or(l.Connections, d.Connections), cmp.Or(l.ConnectionsPerClient, d.ClientConnections)
	l.HeaderTime, l.BodyTime = cmp.Or(l.HeaderTime, d.HeaderTime.String()), cmp.Or(l.BodyTime, d.BodyTime.String())
	l.AnswerTime = cmp.Or(l.AnswerTime, d.AnswerTime.String())
}

// newRetentionConfig writes times as they are read.
func newRetentionConfig(all moderation.Retention) retentionConfig {
	c := retentionConfig{}
	for part, times := range all {
		byOutcome := map[string]any{}
		for outcome, d := range times {
			if outcome == "" {
				c[string(part)] = moderation.FormatKeeping(d)
				continue
			}
			byOutcome[string(outcome)] = moderation.FormatKeeping(d)
		}
		if len(byOutcome) > 0 {
			c[string(part)] = byOutcome
		}
	}
	return c
}
