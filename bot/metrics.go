package bot

import "net/http"

// Metrics hears what the bot does, for whoever counts; nil functions hear nothing.
type Metrics struct {
	// Called hears what became of a call to Telegram: ok, throttled, refused, token,
	// server or network.
	Called func(result string)
}

// called tells what became of a call.
func (m Metrics) called(err error) {
	if m.Called != nil {
		m.Called(resultOf(err))
	}
}

// resultOf says in a word what became of a call.
func resultOf(err error) string {
	refused, ok := refusal(err)
	switch {
	case err == nil, isUnmodified(err):
		return "ok"
	case ok && refused.Code == http.StatusTooManyRequests:
		return "throttled"
	case isTokenRefused(err):
		return "token"
	case ok && refused.Code >= http.StatusInternalServerError:
		return "server"
	case ok:
		return "refused"
	}
	return "network"
}

// Reachable says whether Telegram answered the bot when it was asked last. Before
// the first answer it did not.
func (b *Bot) Reachable() bool {
	if b.me().ID == 0 {
		return false
	}
	for _, t := range b.troubles.all() {
		if t.kind == troubleReaching {
			return false
		}
	}
	return true
}
