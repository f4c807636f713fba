package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

func (w *world) background(a moderation.Arrival) moderation.Background {
	w.t.Helper()
	b, err := w.Background(w.t.Context(), a)
	w.must(err)
	return b
}

func TestActivityIsCountedByWindows(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		a := w.arrival(fmt.Sprint(i), fmt.Sprintf("Number %d is at http://shop.example.com/%d", i, i))
		if i == 3 {
			a.Post.ID = "p2"
			a.Author.Email = "other@example.test"
		}
		w.admit(a, moderation.Approve)
		w.now = w.now.Add(5 * time.Minute)
	}
	edit := w.arrival("0", "An edit, with http://shop.example.com")
	edit.Comment.UpdatedAt = w.now
	w.admit(edit, moderation.Approve)
	got := w.background(w.arrival("next", "See https://shop.example.com")).Activity
	want := moderation.Activity{
		Author:  moderation.Window{TenMinutes: 0, Hour: 3, Day: 3},
		Address: moderation.Window{TenMinutes: 1, Hour: 4, Day: 4},
		Range:   moderation.Window{TenMinutes: 1, Hour: 4, Day: 4},
		Post:    moderation.Window{Hour: 3, Day: 3},
		Host:    moderation.Window{Minute: 1, TenMinutes: 2, Hour: 4, Day: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("activity (-want +got):\n%s", diff)
	}
}

func TestAThreadIsCounted(t *testing.T) {
	w := newWorld(t)
	began := w.now
	for i := range 4 {
		a := w.arrival(fmt.Sprint(i), fmt.Sprintf("Number %d.", i))
		if i == 3 {
			a.Post.ID = "p2"
		}
		w.admit(a, moderation.Approve)
		w.now = w.now.Add(48 * time.Hour)
	}
	edit := w.arrival("0", "An edit.")
	edit.Comment.UpdatedAt = w.now
	w.admit(edit, moderation.Approve)
	next := w.arrival("next", "Hello.")
	want := moderation.Thread{Comments: 3, Began: began}
	if diff := cmp.Diff(want, w.background(next).Thread); diff != "" {
		t.Errorf("thread (-want +got):\n%s", diff)
	}
	next.Post.ID = "p3"
	if got := w.background(next).Thread; got != (moderation.Thread{}) {
		t.Errorf("thread of a post without comments: %+v", got)
	}
}

func TestWhatWasSaidBeforeIsFound(t *testing.T) {
	const said = "The council has once more sold the whole town for a plate of soup, and nobody there will ever answer for it."
	w := newWorld(t)
	first := w.admit(w.arrival("1", said), moderation.Hold)
	w.decide(first.Comment, moderation.ChooseAbuse)
	w.now = w.now.Add(time.Hour)
	near := w.arrival("2", strings.Replace(said, "town", "city", 1))
	near.Author.Name = "Somebody Else"
	w.admit(near, moderation.Approve)
	w.admit(w.arrival("3", "Something else entirely, about the school and its figures."), moderation.Approve)
	w.now = w.now.Add(time.Minute)
	again := w.arrival("4", strings.ToUpper(said))
	again.Author.Name = "A Third"
	want := moderation.Duplicates{Exact: 1, Near: 1, Rejected: 1, Writers: 3, Last: time.Minute, Of: first.Comment, Alike: 1}
	if diff := cmp.Diff(want, w.background(again).Duplicates); diff != "" {
		t.Errorf("echo (-want +got):\n%s", diff)
	}
	if e := w.background(w.arrival("5", "Nobody has said this in so many words before.")).Duplicates; e != (moderation.Duplicates{}) {
		t.Errorf("echo of a text that is alone: %+v", e)
	}
	edited := w.arrival("2", "I take that back; what I wrote about it was wrong.")
	edited.Comment.UpdatedAt = w.now
	w.admit(edited, moderation.Approve)
	if e := w.background(again).Duplicates; e.Near != 0 || e.Exact != 1 {
		t.Errorf("echo after the edit: %+v", e)
	}
}
