package main

import (
	"database/sql"
	"fmt"
	"strings"

	"gatehouse/internal/moderation"
)

// tapAnswer is what the answer to a tap promises.
type tapAnswer string

// What it can promise.
const (
	tapTaken   tapAnswer = "taken"   // it stands
	tapRefused tapAnswer = "refused" // nothing was done
	tapKept    tapAnswer = "kept"    // it is done later, or refused then
)

// answeredTap is a tap with the bot's answer.
type answeredTap struct {
	pressed
	words string
	is    tapAnswer
}

// tapWords are, by the button, what is chosen and how the answer begins where it is taken.
var tapWords = map[string]struct {
	choice moderation.Choice
	taken  string
}{
	"Approve": {moderation.ChooseApprove, "✅ Approved"},
	"Spam":    {moderation.ChooseSpam, "🗑 Spam"},
	"Abuse":   {moderation.ChooseAbuse, "🚫 Abuse"},
	"Undo":    {moderation.ChooseUndo, "↩️ Undone"},
}

// key is that of the decision which a tap makes.
func (t pressed) key() string { return "telegram:" + t.query }

// decision says what a tap asks for: of which comment, what, by whom.
func (t pressed) decision() string {
	return fmt.Sprintf("c%d %s telegram:%d", t.number, tapWords[t.button].choice, t.who)
}

// answeredTaps returns the taps that the bot has answered until now.
func (w *crashWorld) answeredTaps() (taps []answeredTap) {
	for _, t := range w.mod.tapped() {
		words, _, answered := w.telegram.Answer(t.query)
		if !answered {
			continue
		}
		is := tapRefused
		switch {
		case strings.HasPrefix(words, tapWords[t.button].taken):
			is = tapTaken
		case strings.Contains(words, "This tap is kept"):
			is = tapKept
		}
		taps = append(taps, answeredTap{t, words, is})
	}
	return taps
}

// tapDecisions returns what moderators decided in Telegram, by the key of the tap.
func (w *crashWorld) tapDecisions(db *sql.DB) map[string][]string {
	w.t.Helper()
	kept := map[string][]string{}
	w.each(db, `
		SELECT coalesce(d.order_key, 'decision ' || d.id), c.platform_id || ' ' || d.choice || ' ' || d.actor_id
		FROM decisions d JOIN comments c ON c.id = d.comment_id WHERE d.via = 'telegram'`,
		func(key, decision string) { kept[key] = append(kept[key], decision) })
	return kept
}

// checkTaps checks that every tap which was answered as taken is one decision, of whoever
// tapped, and that one which was refused is none.
func (w *crashWorld) checkTaps(db *sql.DB, taps []answeredTap) {
	w.t.Helper()
	kept := w.tapDecisions(db)
	for _, t := range taps {
		is := kept[t.key()]
		switch {
		case t.is == tapTaken && (len(is) != 1 || is[0] != t.decision()):
			w.t.Errorf("the tap for %q was answered %q; kept is %q", t.decision(), t.words, is)
		case t.is == tapRefused && len(is) != 0:
			w.t.Errorf("the tap for %q was answered %q; there is %q", t.decision(), t.words, is)
		}
	}
}

// checkTappers checks that each decision made in Telegram is that of one tap, by a
// moderator: whether it was answered or not, no tap counts twice.
func (w *crashWorld) checkTappers(db *sql.DB) {
	w.t.Helper()
	kept := w.tapDecisions(db)
	made := map[string]pressed{}
	for _, t := range w.mod.tapped() {
		made[t.key()] = t
	}
	for key, is := range kept {
		t, known := made[key]
		if !known || len(is) != 1 || is[0] != t.decision() || t.who == stranger {
			w.t.Errorf("decided by %s is %q; tapped was %q", key, is, t.decision())
		}
	}
}
