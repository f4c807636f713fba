package store_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// by admits a comment of somebody.
func (w *world) by(name, email, id, body string) moderation.CommentID {
	w.t.Helper()
	a := w.arrival(id, body)
	a.Author = moderation.Author{Name: name, Email: email}
	return w.admit(a, moderation.Hold).Comment
}

// payloads returns what is to be sent, by its number.
func (w *world) payloads() map[moderation.DeliveryID]string {
	w.t.Helper()
	all := map[moderation.DeliveryID]string{}
	for _, d := range append(w.due(moderation.DeliverCallback), w.due(moderation.DeliverCard)...) {
		all[d.ID] = string(d.Payload)
	}
	return all
}

// TestEraseLeavesTheDecisionsOfOthers erases people who are called like words and signs of
// what is sent: what waits for others is sent as it was, to the letter.
func TestEraseLeavesTheDecisionsOfOthers(t *testing.T) {
	for _, name := range []string{"status", "comment", "case", "12", "2026", `"`, "approve", "callback", "platform_id", "Mo"} {
		for _, asked := range []bool{false, true} {
			t.Run(fmt.Sprint(name, asked), func(t *testing.T) {
				w := newWorld(t)
				other := w.by("Bea", "bea@e.test", "12", "Trams are late again.")
				_, err := w.Decide(t.Context(), moderation.Order{Comment: other, Choice: moderation.ChooseApprove, By: moderation.Actor{ID: "cli", Name: "Mo"}, Note: "fine", Via: "cli"}, w.now)
				w.must(err)
				w.by("Cid", "cid@e.test", "13", "The museum opens on Thursday.")
				before := w.payloads()
				w.by(name, "x@e.test", "14", "Something else entirely.")

				_, err = w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "x@e.test"}, Mentions: asked, At: w.now})
				w.must(err)
				if diff := cmp.Diff(before, w.payloads()); diff != "" || len(before) != 3 {
					t.Errorf("%d payloads (-before +erased):\n%s", len(before), diff)
				}
				var n moderation.Notice
				if err := json.Unmarshal(w.due(moderation.DeliverCallback)[0].Payload, &n); err != nil || n.Comment != other || n.Status != moderation.Approved {
					t.Errorf("notice %+v, %v", n, err)
				}
			})
		}
	}
}

// TestEraseMentions says how a name is found where others wrote it.
func TestEraseMentions(t *testing.T) {
	for _, tt := range []struct {
		name, note, want string
		asked            bool
		replaced, left   int
	}{
		{name: "Mallory", note: "See Mallory's page, MALLORY and malloryx, xmallory, mallory2", want: "See (erased)'s page, (erased) and malloryx, xmallory, mallory2", replaced: 2},
		{name: "Mallory Quornfeld", note: "mallory  quornfeld, Mallory", want: "(erased), Mallory", replaced: 1},
		{name: "Zoé B.", note: "ZOÉ B., Zoe\u0301 B. and Zoé Be", want: "(erased), (erased) and Zoé Be", replaced: 2},
		{name: "Al", note: "Also see Alice, al said", want: "Also see Alice, al said", left: 1},
		{name: "Al", note: "Also see Alice, AL said al", want: "Also see Alice, (erased) said (erased)", asked: true, replaced: 2},
		{name: "Abuse", note: "abuse by two of them", want: "abuse by two of them", left: 1},
		{name: "Abuse", note: "abuse by two of them", want: "(erased) by two of them", asked: true, replaced: 1},
		{name: "2026", note: "since 2026", want: "since 2026", left: 1},
		{name: `"`, note: `he said "no"`, want: `he said "no"`, asked: true},
		{name: "erased", note: "Al@E.test and erased", want: "(erased) and (erased)", asked: true, replaced: 2},
		{name: "Al", note: "Al@E.test, <al@e.test>. val@e.test x.al@e.test al@e.test.org al@e.testing", want: "(erased), <(erased)>. val@e.test x.al@e.test al@e.test.org al@e.testing", replaced: 2, left: 3},
		{name: "李明亮", note: "我觉得李明亮说得对", want: "我觉得(erased)说得对", replaced: 1},
		{name: "李明", note: "李明说", want: "李明说", left: 1},
	} {
		t.Run(fmt.Sprint(tt.name, tt.asked, tt.note), func(t *testing.T) {
			w := newWorld(t)
			mo := moderation.Actor{ID: "cli", Name: "Mo"}
			other := w.by("Bea", "bea@e.test", "other", "Trams are late again.")
			_, err := w.Decide(t.Context(), moderation.Order{Comment: other, Choice: moderation.ChooseApprove, By: mo, Note: tt.note, Via: "cli"}, w.now)
			w.must(err)
			w.must(w.PutNote(t.Context(), moderation.Note{Comment: other, By: mo, Text: tt.note, At: w.now}))
			mine := w.by(tt.name, "al@e.test", "mine", "Something else entirely.")
			w.must(w.PutNote(t.Context(), moderation.Note{Comment: mine, By: mo, Text: tt.note, At: w.now}))

			h, err := w.HoldingsOf(t.Context(), moderation.Whom{Email: "al@e.test"}, 0)
			if err != nil || h.Mentions+h.CommonMentions != 3*(tt.replaced+tt.left) || !tt.asked && h.Mentions != 3*tt.replaced {
				t.Errorf("said before: %d mentions and %d, %v", h.Mentions, h.CommonMentions, err)
			}
			r, err := w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "al@e.test"}, Mentions: tt.asked, At: w.now})
			w.must(err)
			if got := w.one(`SELECT text FROM notes`); got != tt.want {
				t.Errorf("note %q, want %q", got, tt.want)
			}
			var n moderation.Notice
			w.must(json.Unmarshal(w.due(moderation.DeliverCallback)[0].Payload, &n))
			if got := w.one(`SELECT note FROM decisions`); got != tt.want || n.Note != tt.want || n.DecidedBy != "Mo" {
				t.Errorf("decision says %q, its notice %+v", got, n)
			}
			if r.Removed["mentions"] != 3*tt.replaced || r.MentionsLeft != 3*tt.left {
				t.Errorf("%d mentions replaced and %d left, want three times %d and %d", r.Removed["mentions"], r.MentionsLeft, tt.replaced, tt.left)
			}
			all, err := w.Erasures(t.Context())
			if err != nil || all[0].MentionsLeft != r.MentionsLeft {
				t.Errorf("receipts %+v, %v", all, err)
			}
		})
	}
}

// TestEraseLeavesEvidence erases names that stand among the keys, labels and rules of
// verdicts, and within words of them.
func TestEraseLeavesEvidence(t *testing.T) {
	for _, tt := range []struct {
		name         string
		asked        bool
		detail, want string
	}{
		{"abuse", true, "insults: Alice", "insults: Alice"},
		{"classifier", true, "insults: Alice", "insults: Alice"},
		{"moron", false, "so moronic", "so moronic"},
		{"Al", true, "Also see Alice", "Also see Alice"},
		{"Quornfeld", false, `answers QUORNFELD, "quornfelds"`, `answers (erased), "quornfelds"`},
	} {
		w := newWorld(t)
		a := w.arrival("other", "Trams are late again.")
		a.Author = moderation.Author{Name: "Bea", Email: "bea@e.test"}
		other := w.admitFor(a, moderation.Hold, moderation.Reason{Check: "classifier", Rule: "abuse", Label: moderation.Abuse, Tags: []string{"Quornfeld"}, Detail: tt.detail, Score: .7}).Comment
		w.by(tt.name, "x@e.test", "mine", "Something else entirely.")
		_, err := w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "x@e.test"}, Mentions: tt.asked, At: w.now})
		w.must(err)
		v, err := w.CaseOf(t.Context(), other)
		w.must(err)
		feature := "moron"
		if tt.name == feature {
			feature = "(erased)"
		}
		want := []moderation.Weight{{Feature: feature, Label: moderation.Abuse, Weight: 2.5}}
		if diff := cmp.Diff(want, v.Verdict.Weights); diff != "" {
			t.Errorf("%s: weights (-want +got):\n%s", tt.name, diff)
		}
		reasons := []moderation.Reason{{Check: "classifier", Rule: "abuse", Label: moderation.Abuse, Tags: []string{"Quornfeld"}, Detail: tt.want, Score: .7}}
		if diff := cmp.Diff(reasons, v.Verdict.Reasons); diff != "" {
			t.Errorf("%s: reasons (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestEraseManyNames erases somebody who wrote under many names, which stand within one
// another.
func TestEraseManyNames(t *testing.T) {
	w := newWorld(t)
	other := w.by("Bea", "bea@e.test", "other", "Trams are late again.")
	w.must(w.PutNote(t.Context(), moderation.Note{Comment: other, By: moderation.Actor{ID: "cli"}, Text: "Trolley, Trolley Two or Trolley Twoo?" + strings.Repeat(" Trolley7", 3), At: w.now}))
	for i, name := range []string{"Trolley", "Trolley Two", "Trolley7"} {
		w.by(name, "x@e.test", fmt.Sprint("mine", i), fmt.Sprint("Something else entirely. ", i))
	}
	_, err := w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "x@e.test"}, At: w.now})
	w.must(err)
	if got, want := w.one(`SELECT text FROM notes`), "(erased), (erased) or (erased) Twoo? (erased) (erased) (erased)"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
}

// TestCardOfACaseThatIsGone stores no card of a case that was erased while it was sent.
func TestCardOfACaseThatIsGone(t *testing.T) {
	w := newWorld(t)
	w.wantErr(w.PutCard(t.Context(), moderation.Card{Case: 7, Chat: 9, Message: 1, Version: 1}, true), moderation.ErrNotFound)
}

// TestErasureToBeFinished keeps what is to be done after an erasure until it is done.
func TestErasureToBeFinished(t *testing.T) {
	w := newWorld(t)
	w.by("Mallory", "x@e.test", "mine", "Something else entirely.")
	w.now = w.now.Add(day)
	w.addModel(true, 0)
	_, err := w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "x@e.test"}, At: w.now})
	w.must(err)
	w.must(w.Close()) // cut off
	w.open()
	check := func(what string, refit, scrub bool) {
		t.Helper()
		all, err := w.Erasures(t.Context())
		w.must(err)
		if len(all) != 1 || (len(all[0].Refit) == 1) != refit || all[0].Scrub != scrub || all[0].IsDone() != (!refit && !scrub) {
			t.Errorf("%s: receipts %+v", what, all)
		}
	}
	check("erased", true, true)
	w.must(w.Refitted(t.Context(), w.site.ID+1))
	check("another site", true, true)
	w.must(w.Refitted(t.Context(), w.site.ID))
	check("refitted", false, true)
	if rebuilt, err := w.Scrub(t.Context(), 1); err != nil || rebuilt {
		t.Fatal(rebuilt, err)
	}
	check("too large to be rebuilt", false, true)
	_, err = w.Scrub(t.Context(), 0)
	w.must(err)
	check("scrubbed", false, false)
}

// TestEraseRedrawsTheCardsOfOthers erases somebody whose name or words the cards of
// others show.
func TestEraseRedrawsTheCardsOfOthers(t *testing.T) {
	w := newWorld(t)
	w.by("Quillon Vexworth", "q@e.test", "1", "A rusty bucket.")
	answer := w.arrival("2", "That is what you are.")
	answer.Author, answer.Comment.ParentID, answer.Parent = moderation.Author{Name: "Bea"}, "1", moderation.Parent{Author: "Quillon Vexworth", Text: "A rusty bucket."}
	others := map[string]moderation.CommentID{"an answer": w.admit(answer, moderation.Hold).Comment,
		"a note": w.by("Cid", "c@e.test", "3", "Trams are late again."), "neither": w.by("Dee", "d@e.test", "4", "The museum opens on Thursday.")}
	w.must(w.PutNote(t.Context(), moderation.Note{Comment: others["a note"], Text: "Quillon Vexworth again?", At: w.now}))
	versions := func() map[string]int64 {
		found := map[string]int64{}
		for what, comment := range others {
			v, err := w.CommentView(t.Context(), comment)
			w.must(err)
			w.must(w.PutCard(t.Context(), moderation.Card{Case: v.Case.ID, Chat: 9, Message: 100 + int(v.Case.ID), Version: v.Case.Version}, true))
			found[what] = v.Case.Version
		}
		return found
	}
	want := versions()
	want["an answer"]++
	want["a note"]++

	_, err := w.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "q@e.test"}, At: w.now})
	w.must(err)
	if diff := cmp.Diff(want, versions()); diff != "" {
		t.Errorf("versions of cases (-want +got):\n%s", diff)
	}
}
