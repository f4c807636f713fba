package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// The people of the end-to-end test's chat.
const (
	modsChat  = int64(-100500)
	firstMod  = int64(1001)
	secondMod = int64(1002)
	stranger  = int64(6666)
)

// moderator answers every card by the label of its comment, the way people do:
// some are tapped twice, by two people, some by a stranger, and some decisions
// are undone and made again.
type moderator struct {
	chat   *telegramtest.Server
	labels map[int]moderation.Label // by the number in the author's name
	steps  map[int]int              // how far each comment is
	again  bool                     // answers what opens again, too
	last   map[int]time.Time        // when a comment was last decided, for again
	calm   *sync.RWMutex            // held for reading while they tap; nil: they may always

	tapping sync.Mutex // held while a tap is made and noted
	taps    []pressed
}

// pressed is a tap on a button of a comment's card.
type pressed struct {
	query, button string
	number        int // of the comment
	who           int64
}

var reader = regexp.MustCompile(`Reader (\d+)`)

// run answers cards until ctx ends.
func (m *moderator) run(ctx context.Context) error {
	m.steps, m.last = map[int]int{}, map[int]time.Time{}
	for {
		changed := m.chat.Changed()
		if err := m.look(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-m.reopened():
		case <-changed:
			time.Sleep(20 * time.Millisecond) // several changes are looked at as one
		}
	}
}

// look does the next thing to each comment.
func (m *moderator) look() error {
	if m.calm != nil {
		m.calm.RLock()
		defer m.calm.RUnlock()
	}
	for number, cards := range m.cards() {
		if err := m.step(number, cards); err != nil {
			return fmt.Errorf("comment of Reader %d: %w", number, err)
		}
	}
	return nil
}

// reopened says when to look whether something has opened again.
func (m *moderator) reopened() <-chan time.Time {
	if !m.again {
		return nil
	}
	return time.After(time.Second)
}

// cards returns the chat's cards by the number of their comment.
func (m *moderator) cards() map[int][]telegramtest.Message {
	cards := map[int][]telegramtest.Message{}
	for _, message := range m.chat.Messages(modsChat) {
		if found := reader.FindStringSubmatch(message.Text); found != nil && len(message.Buttons) > 0 && !message.Deleted {
			var number int
			fmt.Sscan(found[1], &number)
			cards[number] = append(cards[number], message)
		}
	}
	return cards
}

// step does the next thing to a comment's cards, if it is time for it: decide,
// and for one in ten undo and decide again.
func (m *moderator) step(number int, cards []telegramtest.Message) error {
	decided, open := with(cards, "Undo"), with(cards, "Approve")
	choice := map[moderation.Label]string{moderation.OK: "Approve", moderation.Spam: "Spam", moderation.Abuse: "Abuse"}[m.labels[number]]
	var pressed bool
	var err error
	switch undoes := number%10 == 3; {
	case m.steps[number] == 0 && open != nil && decided == nil:
		pressed, err = m.decide(number, open.ID, choice)
	case m.steps[number] == 1 && decided != nil && undoes:
		pressed, err = m.press(number, decided.ID, "Undo", secondMod)
	case m.steps[number] == 2 && open != nil && decided == nil:
		pressed, err = m.press(number, open.ID, choice, firstMod)
	case m.again && open != nil && time.Since(m.last[number]) > time.Second:
		m.last[number] = time.Now()
		_, err = m.press(number, open.ID, choice, firstMod)
	}
	if pressed {
		m.steps[number]++
	}
	return err
}

// decide taps, for some comments with others around, and reports whether the card
// was still there.
func (m *moderator) decide(number, message int, choice string) (bool, error) {
	if number%10 == 5 {
		if _, err := m.press(number, message, "Approve", stranger); err != nil {
			return false, err
		}
	}
	pressed, err := m.press(number, message, choice, firstMod)
	if err != nil || !pressed || number%10 != 7 {
		return pressed, err
	}
	// The same thumb twice, and somebody else with another mind.
	if _, err := m.press(number, message, choice, firstMod); err != nil {
		return true, err
	}
	other := "Approve"
	if choice == other {
		other = "Spam"
	}
	_, err = m.press(number, message, other, secondMod)
	return true, err
}

// press taps a button, and reports whether it was there. It, or its message, has gone
// in the meantime where somebody is too late, which happens to people.
func (m *moderator) press(number, message int, button string, who int64) (bool, error) {
	m.tapping.Lock()
	defer m.tapping.Unlock()
	query, err := m.chat.Press(modsChat, message, button, who)
	if err != nil && (strings.Contains(err.Error(), "button") || strings.Contains(err.Error(), "no message")) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m.taps = append(m.taps, pressed{query, button, number, who})
	return true, nil
}

// tapped returns what was tapped until now.
func (m *moderator) tapped() []pressed {
	m.tapping.Lock()
	defer m.tapping.Unlock()
	return slices.Clone(m.taps)
}

// with returns the last card that has a button of that text.
func with(cards []telegramtest.Message, text string) *telegramtest.Message {
	for i := len(cards) - 1; i >= 0; i-- {
		for _, row := range cards[i].Buttons {
			for _, b := range row {
				if strings.Contains(b.Text, text) {
					return &cards[i]
				}
			}
		}
	}
	return nil
}
