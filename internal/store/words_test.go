package store_test

import (
	"errors"
	"fmt"
	"testing"

	"gatehouse/internal/moderation"
)

// fillWords makes all comments findable, as a service does by and by.
func (w *world) fillWords() {
	w.t.Helper()
	for left := 1; left > 0; {
		var err error
		left, err = w.FillWords(w.t.Context())
		w.must(err)
	}
}

// TestABrokenIndexOfWordsKeepsNothingOut breaks what comments are found by, each part of
// it: comments are taken as before, at the second attempt at the latest, and found again.
func TestABrokenIndexOfWordsKeepsNothingOut(t *testing.T) {
	for name, damage := range map[string]string{
		"all":       `UPDATE words_data SET block = x'ff00ff00'`,
		"structure": `UPDATE words_data SET block = x'ff' WHERE id = 10`,
		"averages":  `UPDATE words_data SET block = x'' WHERE id = 1`,
		"words":     `UPDATE words_data SET block = x'00000004ffffffff' WHERE id > 10`,
		"gone":      `DELETE FROM words_data`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for i := range 5 {
				w.admit(w.arrival(fmt.Sprint(i), fmt.Sprintf("Remark number%02d", i)), moderation.Approve)
			}
			take := func(a moderation.Arrival) {
				admission := moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: moderation.Approve}, At: w.now}
				_, err := w.Admit(t.Context(), admission)
				if errors.Is(err, moderation.ErrNotReady) {
					_, err = w.Admit(t.Context(), admission)
				}
				if err != nil {
					t.Fatalf("admit comment %s: %v", a.Comment.PlatformID, err)
				}
			}
			_, err := w.raw().Exec(damage)
			w.must(err)
			for i := 5; i < 40; i++ { // enough for FTS5 to merge
				take(w.arrival(fmt.Sprint(i), fmt.Sprintf("Remark number%02d", i)))
			}
			take(w.edited("3", "Remark numberless"))
			w.fillWords()
			for words, want := range map[string]string{"number01": "1", "number03": "", "numberless": "3", "number39": "39"} {
				if got := told(w.Find(t.Context(), nil, words, 10)); got != want {
					t.Errorf("%q: %q, want %q", words, got, want)
				}
			}
		})
	}
}

// TestABrokenIndexOfWordsIsMadeAnew breaks it where nothing is written: who looks for
// something is told to come again, and finds it then.
func TestABrokenIndexOfWordsIsMadeAnew(t *testing.T) {
	w := newWorld(t)
	id := w.admit(w.arrival("1", "The tram on line nine comes late"), moderation.Approve).Comment
	w.admit(w.arrival("2", "The tram on line eight comes late"), moderation.Approve)
	for name, look := range map[string]func() error{
		"find":    func() error { _, err := w.Find(t.Context(), nil, "tram late", 10); return err },
		"similar": func() error { _, err := w.Similar(t.Context(), id, 10); return err },
	} {
		_, err := w.raw().Exec(`DELETE FROM words_data`)
		w.must(err)
		w.must(w.Close())
		w.open()
		if err := look(); !errors.Is(err, moderation.ErrNotReady) {
			t.Errorf("%s: %v", name, err)
		}
		w.fillWords()
		w.must(look())
		if got := told(w.Find(t.Context(), nil, "tram late", 10)); got != "2 1" {
			t.Errorf("%s: then found %q", name, got)
		}
	}
}
