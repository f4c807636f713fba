package bot

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strings"
	"sync"

	"gatehouse/internal/moderation"
)

// pairCommand is the name of the command that takes a code.
const pairCommand = "pair"

const (
	// codeLetters have no two that look alike: no 0 and O, no 1, I and L.
	codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	codeLength  = 8
	// maxGuesses is how many wrong codes one person may send.
	maxGuesses = 5
	// maxGuessers bounds what is remembered of strangers.
	maxGuessers = 10_000
)

// pairing is the way to become the first moderator.
type pairing struct {
	mu    sync.Mutex
	code  string // empty: closed
	wrong map[int64]int
}

// newPairing returns a pairing with a fresh code where one is needed.
func newPairing(needed bool) *pairing {
	p := &pairing{wrong: make(map[int64]int)}
	if needed {
		p.code = newCode()
	}
	return p
}

// newCode returns a code that nobody guesses: 31^8, about 40 bits.
func newCode() string {
	var code strings.Builder
	for code.Len() < codeLength {
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails: see crypto/rand
		// Bytes beyond the last full round would make the first letters likelier.
		if int(b[0]) < 256/len(codeLetters)*len(codeLetters) {
			code.WriteByte(codeLetters[int(b[0])%len(codeLetters)])
		}
	}
	return code.String()
}

// open returns the code while it can be used.
func (p *pairing) open() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.code
}

// spend makes the code useless.
func (p *pairing) spend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.code, p.wrong = "", nil
}

// guess compares what a user sent, and says how many tries are left after a
// wrong one. Out of tries, even the right code is wrong.
func (p *pairing) guess(user int64, code string) (right bool, left int) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.code == "" || p.wrong[user] >= maxGuesses:
		return false, -1
	case subtle.ConstantTimeCompare([]byte(code), []byte(p.code)) == 1:
		return true, 0
	case p.wrong[user] == 0 && len(p.wrong) >= maxGuessers:
		return false, -1
	}
	p.wrong[user]++
	return false, maxGuesses - p.wrong[user]
}

// pair makes the chat the moderators' and whoever sent the code a moderator.
// Each step can be repeated, so that a pairing cut short is completed when
// Telegram delivers the command again.
func (b *Bot) pair(ctx context.Context, r request) error {
	sender := r.message.From
	if b.pairing.open() == "" {
		_, known, err := b.person(ctx, sender)
		if err != nil || !known {
			return err
		}
		return b.replyText(ctx, r, "There is nothing to pair: the moderators' chat is set.")
	}
	right, left := b.pairing.guess(sender.ID, r.args)
	if !right {
		if left < 0 {
			return nil
		}
		return b.replyText(ctx, r, fmt.Sprintf("That is not the code that gatehouse printed at its start. %s left.", count(left, "try", "tries")))
	}
	stored, err := b.rosters.Roster(ctx)
	if err != nil {
		return fmt.Errorf("read the roster: %w", err)
	}
	if err := b.rosters.Pair(ctx, withModerator(stored, r.place().spot(), sender.ID, actor(sender).Name)); err != nil {
		return fmt.Errorf("pair: %w", err)
	}
	if err := b.reconcile(ctx); err != nil {
		return err
	}
	b.pairing.spend()
	b.log.Info("paired with a chat", "chat", r.message.Chat.ID, "moderator", sender.ID)
	_, known, err := b.person(ctx, sender)
	if err != nil {
		return err
	}
	return b.replyText(ctx, r, b.paired(r.place().spot(), known))
}

// paired says what pairing has done; what is configured still wins.
func (b *Bot) paired(at moderation.Spot, moderator bool) string {
	words := "Paired. "
	switch home := b.configuredHome(); {
	case !home.IsSet() || home.Spot == at:
		words += "What waits is shown here. "
	case home.Each:
		words += "What waits is shown to each moderator alone, as configured. "
	default:
		words += fmt.Sprintf("What waits is shown in the configured chat, %s. ", home)
	}
	if moderator {
		return words + "You are a moderator now: /help says what you can do."
	}
	return words + "Who may decide is configured, and you are not among them."
}

// withModerator returns r with another home and one more moderator, who is senior.
func withModerator(r moderation.Roster, home moderation.Spot, user int64, name string) moderation.Roster {
	next := moderation.Roster{Home: moderation.Destination{Spot: home}}
	for _, m := range r.Moderators {
		if m.ID != user {
			next.Moderators = append(next.Moderators, m)
		}
	}
	next.Moderators = append(next.Moderators, moderation.Moderator{ID: user, Name: name, Role: moderation.RoleSenior})
	return next
}
