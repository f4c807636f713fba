package bot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// TestCardOfAnotherDatabase taps on a card that a gatehouse with other data drew
// in the same chat: its numbers are taken here by another comment.
func TestCardOfAnotherDatabase(t *testing.T) {
	s := newStage(t)
	s.start()
	s.held(17, "Troll", "You moron of yore")
	old := s.card("of yore")
	s.stop()
	s.store = newFake(s.clock)
	s.store.tag = "b0b00"
	s.start()
	s.held(17, "Lamb", "You dear")
	fresh := s.card("You dear")
	for _, verb := range []string{verbApprove, verbSpam, verbAbuse, verbHide, verbMore, verbBack, verbWhy, verbOne, verbUndo} {
		data := "7a700117:39:1"
		if verb == verbUndo {
			data += ":1"
			s.press(fresh.ID, "Approve", anna)
		}
		query, err := s.telegram.PressData(mods, old.ID, verb+":"+data, anna)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.answered(query); got != foreignCard {
			t.Errorf("%s is answered %q", verb, got)
		}
	}
	s.quiet()
	if made := s.store.decisions(); len(made) != 1 {
		t.Errorf("decisions %+v", made)
	}
	list := s.cards(mods)
	if len(list) != 2 || list[0].Edited {
		t.Errorf("the chat shows %+v", list)
	}
	if cards, _ := s.store.CardsOf(t.Context(), 117); len(cards) != 1 || cards[0].Message != fresh.ID {
		t.Errorf("cards %+v", cards)
	}
}

// TestCardOfALaterTime taps on a card that shows more than the database knows:
// that of a case opened after the backup, and that of a decision made after it.
func TestCardOfALaterTime(t *testing.T) {
	s := newStage(t)
	s.start()
	id := s.held(17, "Troll", "You moron")
	card := s.card("#17")
	s.quiet()
	kept := *s.store.cases[id]
	s.press(card.ID, "Approve", anna)
	s.quiet()
	s.store.change(func() { // the backup comes back
		s.store.cases[id], s.store.made = &kept, nil
		shown := place{chat: mods, message: card.ID}
		c := s.store.cards[shown]
		c.Version = kept.Case.Version
		s.store.cards[shown] = c
	})
	if got := s.press(card.ID, "Undo", bert); got != "There is nothing here to act on." {
		t.Errorf("answer %q", got)
	}
	s.until("an open card", func() bool { return len(labels(s.cards(mods)[0])) == 4 })
	query, err := s.telegram.PressData(mods, card.ID, "approve:7a700999:rr:1", anna)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.answered(query); got != foreignCard {
		t.Errorf("answer %q", got)
	}
	s.quiet()
	if diff := cmp.Diff([]moderation.Decision(nil), s.store.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

// TestUndoOfAnothersDecision forges the number of the decision that a button takes back.
func TestUndoOfAnothersDecision(t *testing.T) {
	s := newStage(t, func(c *Config) {
		c.Moderators = []Member{{ID: anna, Role: moderation.RoleSenior}, {ID: bert, Role: moderation.RoleModerator}}
	})
	s.start()
	id := s.held(17, "Troll", "You moron")
	card := s.card("#17")
	s.press(card.ID, "Spam", anna)
	s.store.alter(id, func(v *moderation.CaseView) { v.Decision, v.Case.State = nil, moderation.CaseOpen })
	s.until("an open card", func() bool { return len(labels(s.cards(mods)[0])) == 4 })
	s.press(card.ID, "Approve", bert)
	s.until("a decided card", func() bool { return len(labels(s.cards(mods)[0])) == 1 })
	data, cut := strings.CutSuffix(s.cards(mods)[0].Buttons[0][0].Data, ":2")
	query, err := s.telegram.PressData(mods, card.ID, data+":1", bert)
	if err != nil || !cut {
		t.Fatal(data, err)
	}
	if got := s.answered(query); !strings.HasPrefix(got, "That was decided by Anna") {
		t.Errorf("answer %q", got)
	}
	if made := s.store.decisions(); len(made) != 2 {
		t.Errorf("decisions %+v", made)
	}
}
