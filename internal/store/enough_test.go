package store_test

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// TestNearEqualCommentsTeachThreeTimes has somebody write one thing over and over,
// each time a little otherwise, and moderators answer each.
func TestNearEqualCommentsTeachThreeTimes(t *testing.T) {
	for name, decide := range map[string]func(*world, moderation.CommentID, string){
		"by moderators": func(w *world, id moderation.CommentID, _ string) { w.decide(id, moderation.ChooseApprove) },
		"by the blog": func(w *world, _ moderation.CommentID, platform string) {
			w.onBlog(moderation.BlogOrder{Site: w.site, PlatformID: platform, Choice: moderation.ChooseApprove, Key: "k" + platform})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var ids []moderation.CommentID
			for i := range 50 {
				id := fmt.Sprint("c", i)
				ids = append(ids, w.admit(w.arrival(id, fmt.Sprintf("Only a moron would ever have said so of the number %d tram in this town", i)), moderation.Hold).Comment)
				decide(w, ids[i], id)
			}
			if n := len(w.lessons()); n != 3 {
				t.Errorf("50 decisions about nearly the same taught %d lessons, want 3", n)
			}
			for i, text := range []string{"He called me a moron, long ago and far away", "The moron of the film was played by a great actor", "Is moron a word that came from Greek, do you know?"} {
				id := fmt.Sprint("d", i)
				decide(w, w.admit(w.arrival(id, text), moderation.Hold).Comment, id)
			}
			if n := len(w.lessons()); n != 6 {
				t.Errorf("with three about other things there are %d lessons, want 6", n)
			}
		})
	}
}

// TestEnoughIsOfOneLabelAndOneSite: what teaches the contrary still does, and what
// has been taken back makes room.
func TestEnoughIsOfOneLabelAndOneSite(t *testing.T) {
	w := newWorld(t)
	body := func(i int) string {
		return fmt.Sprintf("Only a moron would ever have said so of the number %d tram in this town", i)
	}
	var first moderation.Outcome
	for i := range 4 {
		out := w.decide(w.admit(w.arrival(fmt.Sprint("c", i), body(i)), moderation.Hold).Comment, moderation.ChooseApprove)
		if i == 0 {
			first = out
		}
	}
	w.decide(w.admit(w.arrival("c4", body(4)), moderation.Hold).Comment, moderation.ChooseAbuse)
	if n := len(w.lessons()); n != 4 {
		t.Errorf("%d lessons, want three and a contrary one", n)
	}
	w.undo(first.Decision.ID)
	if n := len(w.lessons()); n != 3 {
		t.Errorf("%d lessons, want one taken back", n)
	}
	w.decide(w.admit(w.arrival("c5", body(5)), moderation.Hold).Comment, moderation.ChooseApprove)
	if n := len(w.lessons()); n != 4 {
		t.Errorf("%d lessons, want another in the place of the one that was taken back", n)
	}
}

// TestEnoughIsOfBriefTextsAndEditsToo: what is too short to be found by likeness, and
// one comment that is edited over and over, teach no more.
func TestEnoughIsOfBriefTextsAndEditsToo(t *testing.T) {
	w := newWorld(t)
	for i := range 8 {
		w.decide(w.admit(w.arrival(fmt.Sprint("c", i), fmt.Sprint("splendid moron tram ", i)), moderation.Hold).Comment, moderation.ChooseApprove)
	}
	if n := len(w.lessons()); n != 3 {
		t.Errorf("%d lessons of brief texts, want 3", n)
	}
	for i, body := range []string{"a lovely morning", "who wrote this nonsense", "thank you, Berta"} {
		w.decide(w.admit(w.arrival(fmt.Sprint("d", i), body), moderation.Hold).Comment, moderation.ChooseApprove)
	}
	if n := len(w.lessons()); n != 6 {
		t.Errorf("%d lessons, want those of other brief texts, too", n)
	}
	for i := range 8 {
		a := w.arrival("e", fmt.Sprintf("Only a moron would ever have said so of the number %d tram in this town", i))
		a.Comment.UpdatedAt = epoch.Add(time.Duration(i+1) * time.Minute)
		w.decide(w.admit(a, moderation.Hold).Comment, moderation.ChooseApprove)
	}
	if n := len(w.lessons()); n != 9 {
		t.Errorf("%d lessons, want 3 more of one comment's edits", n)
	}
}
