package bot

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The kinds of trouble that is not a chat's.
const (
	troubleReaching = "reaching" // Telegram can't be reached, or refuses the bot
	troubleWebhook  = "webhook"  // Telegram does not bring what people do
)

// chatTroubles is how the kinds of trouble begin that are a chat's.
const chatTroubles = "chat "

// chatTrouble is the kind of trouble that a chat takes nothing.
func chatTrouble(chat int64) string { return chatTroubles + strconv.FormatInt(chat, 10) }

// chatOfTrouble reads what [chatTrouble] wrote.
func chatOfTrouble(kind string) (chat int64, ok bool) {
	number, ok := strings.CutPrefix(kind, chatTroubles)
	if !ok {
		return 0, false
	}
	chat, err := strconv.ParseInt(number, 10, 64)
	return chat, err == nil
}

// troubles are what keeps moderators and bot from each other. The zero troubles
// are none.
type troubles struct {
	mu   sync.Mutex
	list []trouble // oldest first
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
	i := t.find(kind)
	switch {
	case i < 0 && says == "":
		return false
	case i < 0:
		t.list = append(t.list, trouble{kind, says})
		return true
	case says == "":
		t.list = slices.Delete(t.list, i, i+1)
		return true
	}
	fresh = t.list[i].says != says
	t.list[i].says = says
	return fresh
}

// add is set, but leaves a trouble of the kind that is known.
func (t *troubles) add(kind, says string) (fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.find(kind) >= 0 {
		return false
	}
	t.list = append(t.list, trouble{kind, says})
	return true
}

// find returns where the trouble of a kind is; below 0: nowhere. t.mu is held.
func (t *troubles) find(kind string) int {
	return slices.IndexFunc(t.list, func(known trouble) bool { return known.kind == kind })
}

// all returns the troubles.
func (t *troubles) all() []trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

// Trouble says what keeps moderators and bot from each other, and what to do;
// "" where nothing does. Comments are judged all the same, and what is held
// waits.
func (b *Bot) Trouble() string {
	var words []string
	for _, t := range b.troubles.all() {
		if b.isOld(t.kind) {
			b.troubles.set(t.kind, "")
			continue
		}
		words = append(words, t.says)
	}
	return strings.Join(words, "; ")
}
