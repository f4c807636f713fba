package store_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// reject stores a comment and rejects it.
func (w *world) reject(a moderation.Arrival) moderation.Outcome {
	w.t.Helper()
	return w.decide(w.admit(a, moderation.Hold).Comment, moderation.ChooseAbuse)
}

func (w *world) addToPersona(name string, ids ...moderation.CommentID) moderation.Persona {
	w.t.Helper()
	p, err := w.AddToPersona(w.t.Context(), moderation.PersonaOrder{Name: name, Comments: ids, By: moderation.Actor{ID: "cli:root"}, At: w.now})
	w.must(err)
	return p
}

// personas are the texts of each persona, by name.
func (w *world) personas() map[string][]string {
	w.t.Helper()
	all, err := w.AllPersonas(w.t.Context())
	w.must(err)
	texts := map[string][]string{}
	for _, p := range all {
		s, err := w.PersonaSample(w.t.Context(), p)
		w.must(err)
		if len(s.Texts) != p.Texts {
			w.t.Errorf("persona %q has %d texts, and %q", p.Name, p.Texts, s.Texts)
		}
		texts[p.Name] = s.Texts
	}
	return texts
}

// TestAPersonaGoesWithItsTexts undoes, withdraws and edits what is in a persona.
func TestAPersonaGoesWithItsTexts(t *testing.T) {
	w := newWorld(t)
	var decisions []moderation.Outcome
	var ids []moderation.CommentID
	for i := range 4 {
		out := w.reject(w.arrival(fmt.Sprint(i), fmt.Sprint("text ", i)))
		decisions, ids = append(decisions, out), append(ids, out.Decision.Comment)
	}
	first := w.addToPersona("", ids...)
	want := func(texts ...string) {
		t.Helper()
		if diff := cmp.Diff(map[string][]string{moderation.PersonaName: texts}, w.personas()); diff != "" {
			t.Fatalf("personas (-want +got):\n%s", diff)
		}
	}
	want("text 3", "text 2", "text 1", "text 0")
	w.undo(decisions[3].Decision.ID)
	want("text 2", "text 1", "text 0")
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "2", At: w.now})
	w.must(err)
	want("text 1", "text 0")
	edit := w.arrival("1", "another text 1")
	edit.Comment.UpdatedAt = w.now.Add(time.Hour)
	w.admit(edit, moderation.Approve) // which becomes a hold
	want("text 0")
	w.decide(ids[1], moderation.ChooseAbuse)
	want("another text 1", "text 0")
	if again := w.addToPersona("", ids[1]); again.ID != first.ID || again.Texts != 2 {
		t.Errorf("the same comment again: %+v", again)
	}
}

// TestWhatLeftAPersonaStaysOut rejects again what was undone, approved or withdrawn.
func TestWhatLeftAPersonaStaysOut(t *testing.T) {
	for name, leave := range map[string]func(*world, moderation.Outcome){
		"undone": func(w *world, out moderation.Outcome) { w.undo(out.Decision.ID) },
		"removed": func(w *world, out moderation.Outcome) {
			_, err := w.RemoveFromPersona(t.Context(), out.Decision.Comment, moderation.PersonaName, w.now)
			w.must(err)
			_, err = w.RemoveFromPersona(t.Context(), out.Decision.Comment, "", w.now)
			w.wantErr(err, moderation.ErrNotFound)
		},
		"approved": func(w *world, out moderation.Outcome) {
			_, err := w.Decide(t.Context(), moderation.Order{Comment: out.Decision.Comment, Choice: moderation.ChooseApprove, Override: true}, w.now)
			w.must(err)
		},
		"withdrawn": func(w *world, _ moderation.Outcome) {
			_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "1", At: w.now})
			w.must(err)
			again := w.arrival("1", "one")
			again.Comment.UpdatedAt = w.now.Add(time.Hour)
			w.admit(again, moderation.Hold)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.addToPersona("", w.reject(w.arrival("2", "two")).Decision.Comment)
			one := w.arrival("1", "one")
			one.Comment.UpdatedAt = w.now
			out := w.reject(one)
			w.addToPersona("", out.Decision.Comment)
			leave(w, out)
			_, err := w.Decide(t.Context(), moderation.Order{Comment: out.Decision.Comment, Choice: moderation.ChooseAbuse, Override: true}, w.now)
			w.must(err)
			if diff := cmp.Diff(map[string][]string{moderation.PersonaName: {"two"}}, w.personas()); diff != "" {
				t.Errorf("rejected again (-want +got):\n%s", diff)
			}
			w.addToPersona("", out.Decision.Comment)
			if diff := cmp.Diff(map[string][]string{moderation.PersonaName: {"one", "two"}}, w.personas()); diff != "" {
				t.Errorf("added again (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatMayBeInAPersona(t *testing.T) {
	w := newWorld(t)
	held := w.admit(w.arrival("1", "held"), moderation.Hold).Comment
	rejected := w.reject(w.arrival("2", "rejected")).Decision.Comment
	elsewhere := w.arrival("3", "elsewhere")
	var err error
	elsewhere.Site, err = w.AddSite(t.Context(), moderation.Site{Name: "other", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	other := w.reject(elsewhere).Decision.Comment
	for name, tt := range map[string]struct {
		ids  []moderation.CommentID
		want error
	}{
		"held":           {[]moderation.CommentID{rejected, held}, moderation.ErrInvalid},
		"unknown":        {[]moderation.CommentID{999}, moderation.ErrNotFound},
		"of two sites":   {[]moderation.CommentID{rejected, other}, moderation.ErrInvalid},
		"nothing at all": {nil, moderation.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.AddToPersona(t.Context(), moderation.PersonaOrder{Comments: tt.ids, At: w.now})
			w.wantErr(err, tt.want)
		})
	}
	if all := w.personas(); len(all) != 0 {
		t.Errorf("personas %v", all)
	}
}

func TestPersonasEnd(t *testing.T) {
	w := newWorld(t)
	first := w.addToPersona("", w.reject(w.arrival("1", "one")).Decision.Comment)
	if !first.Counts(first.Until().Add(-time.Second)) || first.Counts(first.Until()) || first.Until() != w.now.Add(moderation.PersonaKeep) {
		t.Errorf("persona %+v ends at %s", first, first.Until())
	}
	w.now = w.now.Add(moderation.PersonaKeep + time.Hour)
	second := w.addToPersona("", w.reject(w.arrival("2", "two")).Decision.Comment)
	if second.ID == first.ID {
		t.Error("what has ended goes on")
	}
	third := w.reject(w.arrival("3", "three")).Decision.Comment
	named := w.addToPersona("Bob", third)
	w.must(w.DropPersona(t.Context(), w.site.ID, "Bob", w.now))
	w.wantErr(w.DropPersona(t.Context(), w.site.ID, "Bob", w.now), moderation.ErrNotFound)
	if diff := cmp.Diff(map[string][]string{moderation.PersonaName: {"two"}}, w.personas()); diff != "" {
		t.Errorf("personas (-want +got):\n%s", diff)
	}
	if again := w.addToPersona("Bob", third); again.ID == named.ID {
		t.Error("what was dropped goes on")
	}
}

func TestKin(t *testing.T) {
	w := newWorld(t)
	write := func(id, ip, agent, to string) moderation.Arrival {
		a := w.arrival(id, "Comment "+id)
		a.Author = moderation.Author{Name: id, UserAgent: agent}
		if ip != "" {
			a.Author.IP = netip.MustParseAddr(ip)
		}
		a.Parent = moderation.Parent{Author: to, Text: "something"}
		return a
	}
	p := w.addToPersona("",
		w.reject(write("1", "203.0.113.9", "Rare", "Bob")).Decision.Comment,
		w.reject(write("2", "203.0.113.10", "Rare", "Bob")).Decision.Comment,
		w.reject(write("3", "", "", "")).Decision.Comment)
	w.reject(write("4", "198.51.100.7", "Other", "Carol"))
	for name, tt := range map[string]struct {
		ip, agent, to string
		want          moderation.Kin
		second        string
	}{
		"nothing":         {"198.51.100.7", "Other", "Carol", moderation.Kin{}, ""},
		"a mere name":     {"", "", "", moderation.Kin{}, ""},
		"the range":       {"203.0.113.77", "", "", moderation.Kin{Range: 2}, "the same range of addresses"},
		"the agent":       {"", "Rare", "", moderation.Kin{Agent: 2}, "the same kind of browser, which few others have here"},
		"whom it answers": {"", "", "Bob", moderation.Kin{Answered: 2}, "it answers somebody whom they answer"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.want.Persona = p.ID
			b := w.background(write("next", tt.ip, tt.agent, tt.to))
			if diff := cmp.Diff([]moderation.Kin{tt.want}, b.Kin); diff != "" {
				t.Errorf("kin (-want +got):\n%s", diff)
			}
			if second := tt.want.Second(b.Ties, true); second != tt.second {
				t.Errorf("second sign %q, want %q", second, tt.second)
			}
		})
	}
	if second := (moderation.Kin{Answered: 2}).Second(moderation.Ties{}, false); second != "" {
		t.Errorf("whom many answer is a sign: %q", second)
	}
	answers := write("long", "", "", "Dora")
	answers.Comment.Text = "A comment of at least eighty characters, which somebody has published, in answer to Dora"
	w.admit(answers, moderation.Approve)
	sample, err := w.PersonaSample(t.Context(), p)
	w.must(err)
	if diff := cmp.Diff(map[string]int{"Dora": 1}, sample.Answered); diff != "" {
		t.Errorf("whom others answer (-want +got):\n%s", diff)
	}
	common := moderation.Kin{Agent: 2}
	if second := common.Second(moderation.Ties{Agent: 2, AgentOthers: 2}, true); second != "" {
		t.Errorf("an agent that others have is a sign: %q", second)
	}
}
