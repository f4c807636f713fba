package bot

import (
	"sync"
	"testing"

	"gatehouse/bot/telegramtest"
)

// TestEachCallToTelegramIsHeardOf breaks the sending of a card in each way, and
// listens to what the bot tells of it.
func TestEachCallToTelegramIsHeardOf(t *testing.T) {
	tests := map[string]struct {
		fault telegramtest.Fault
		want  string
	}{
		"throttled":    {telegramtest.TooMany(1), "throttled"},
		"server error": {telegramtest.ServerError(), "server"},
		"a page":       {telegramtest.BadGateway(), "network"},
		"refused":      {telegramtest.Refuse(400, "Bad Request: chat not found"), "refused"},
		"token":        {telegramtest.Unauthorized(), "token"},
		"cut":          {telegramtest.CutBefore(), "network"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			heard := map[string]int{}
			s := newStage(t, func(c *Config) {
				c.Metrics.Called = func(result string) {
					mu.Lock()
					defer mu.Unlock()
					heard[result]++
				}
			})
			s.flows()
			s.start()
			s.quiet()
			mu.Lock()
			before := heard[tt.want]
			mu.Unlock()
			s.telegram.Fault("sendMessage", 1, tt.fault)
			s.held(17, "Troll", "You moron")
			s.card("#17")
			s.quiet()
			mu.Lock()
			defer mu.Unlock()
			if heard[tt.want] <= before || heard["ok"] == 0 {
				t.Errorf("heard of %v, want more of %s than %d, and what went well", heard, tt.want, before)
			}
		})
	}
}

// TestReachableFollowsTheCalls asks whether Telegram answers the bot before, while and
// after it refuses the token.
func TestReachableFollowsTheCalls(t *testing.T) {
	s := newStage(t)
	s.flows()
	s.telegram.Fault("*", -1, telegramtest.Unauthorized())
	s.start()
	s.until("a refusal", func() bool { return s.bot.Trouble() != "" })
	if s.bot.Reachable() {
		t.Error("reachable, though each call was refused")
	}
	s.telegram.ClearFaults()
	s.until("the bot is reachable", s.bot.Reachable)
	s.telegram.Fault("getUpdates", -1, telegramtest.Unauthorized())
	s.held(17, "Troll", "You moron") // whose card ends the waiting of the call before
	s.until("the bot is not reachable", func() bool { return !s.bot.Reachable() })
	s.telegram.ClearFaults()
	s.until("the bot is reachable again", s.bot.Reachable)
}
