package bot

import (
	"slices"
	"strings"
	"sync"
)

// The kinds of trouble that is not a chat's.
const (
	troubleReaching = "reaching" // Telegram can't be reached, or refuses the bot
	troubleWebhook  = "webhook"  // Telegram does not bring what people do
)

// troubles are what keeps moderators and bot from each other. The zero troubles
// are none.
type troubles struct {
	mu   sync.Mutex
	list []trouble // by kind
}

// trouble is one of them.
type trouble struct {
	kind, says string
}

// set says what the trouble of a kind is ("": none), and reports whether that is
// another one than before.
func (t *troubles) set(kind, says string) (fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, found := slices.BinarySearchFunc(t.list, kind, func(known trouble, kind string) int { return strings.Compare(known.kind, kind) })
	switch {
	case !found && says == "":
		return false
	case !found:
		t.list = slices.Insert(t.list, i, trouble{kind, says})
		return true
	case says == "":
		t.list = slices.Delete(t.list, i, i+1)
		return true
	}
	fresh = t.list[i].says != says
	t.list[i].says = says
	return fresh
}

// String says what the troubles are.
func (t *troubles) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	words := make([]string, 0, len(t.list))
	for _, known := range t.list {
		words = append(words, known.says)
	}
	return strings.Join(words, "; ")
}

// Trouble says what keeps moderators and bot from each other, and what to do;
// "" where nothing does. Comments are judged all the same, and what is held
// waits.
func (b *Bot) Trouble() string { return b.troubles.String() }
