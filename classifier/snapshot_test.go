package classifier

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// TestSnapshotAndTheRest stops after any of a site's lessons: what the snapshot of
// then and the rest make is what all make, byte for byte.
func TestSnapshotAndTheRest(t *testing.T) {
	m := testModel(t)
	rapid.Check(t, func(t *rapid.T) {
		var lessons []moderation.Lesson
		var standing []moderation.Lesson
		for n := range rapid.IntRange(0, 15).Draw(t, "lessons") {
			l := lesson(int64(3*n+1), 0, rapid.SampledFrom(moderation.Labels()).Draw(t, "label"), rapid.StringMatching(`([abc]{1,2} |the |idiot |council ){0,6}`).Draw(t, "text"))
			if len(standing) > 0 && rapid.Bool().Draw(t, "withdraw") {
				i := rapid.IntRange(0, len(standing)-1).Draw(t, "which")
				l.Withdraws, l.Text = standing[i].Number, standing[i].Text
				standing = append(standing[:i:i], standing[i+1:]...)
			} else {
				standing = append(standing, l)
			}
			lessons = append(lessons, l)
		}
		whole, first := New(m), New(m)
		cut := rapid.IntRange(0, len(lessons)).Draw(t, "cut")
		for i, l := range lessons {
			mustApplyRapid(t, whole, l)
			if i < cut {
				mustApplyRapid(t, first, l)
			}
		}
		rest, snap := New(m), first.Snapshot(1)
		if rapid.Bool().Draw(t, "over something else") {
			mustApplyRapid(t, rest, lesson(1000, 0, moderation.Spam, "pills"))
		}
		if err := rest.Restore(1, &snap); err != nil {
			t.Fatal(err)
		}
		for _, l := range lessons {
			mustApplyRapid(t, rest, l) // the first ones change nothing
		}
		if diff := cmp.Diff(whole.Snapshot(1), rest.Snapshot(1)); diff != "" {
			t.Fatalf("snapshot (-of all +of the first %d of %d and the rest):\n%s", cut, len(lessons), diff)
		}
		want, got := whole.siteFor(1), rest.siteFor(1)
		if diff := cmp.Diff(want.tally, got.tally, exposeTally); diff != "" || want.vocabulary != got.vocabulary {
			t.Fatalf("vocabulary %v, want %v; tally (-want +got):\n%s", got.vocabulary, want.vocabulary, diff)
		}
	})
}

// TestEqualModelsHaveEqualSnapshots learns the same in another order, and something
// that is taken back.
func TestEqualModelsHaveEqualSnapshots(t *testing.T) {
	m := testModel(t)
	a, b := New(m), New(m)
	mustApply(t, a, lesson(1, 0, moderation.OK, "one text"), lesson(3, 0, moderation.Spam, "another text"))
	mustApply(t, b, lesson(1, 0, moderation.OK, "one text"), lesson(2, 0, moderation.Abuse, "a third text"), lesson(3, 0, moderation.Spam, "another text"))
	if a, b := a.Snapshot(1), b.Snapshot(1); bytes.Equal(a.Content, b.Content) {
		t.Error("different models have the same snapshot")
	}
	mustApply(t, a, lesson(5, 4, "", ""))
	mustApply(t, b, lesson(5, 2, "", "a third text"))
	if diff := cmp.Diff(a.Snapshot(1), b.Snapshot(1)); diff != "" {
		t.Error(diff)
	}
}

// TestAsideLeavesAloneWhatJudges learns aside, and then takes that over.
func TestAsideLeavesAloneWhatJudges(t *testing.T) {
	c := New(testModel(t))
	mustApply(t, c, lesson(1, 0, moderation.OK, "one text"), lesson(2, 0, moderation.Spam, "another text"))
	before := c.Snapshot(1)
	aside := c.Aside()
	if err := aside.Apply(lesson(2, 0, moderation.Spam, "another text")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.Snapshot(1)); diff != "" {
		t.Errorf("what judges has changed (-before +after):\n%s", diff)
	}
	learned := aside.Snapshot(1)
	if err := c.Restore(1, &learned); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(learned, c.Snapshot(1)); diff != "" || bytes.Equal(before.Content, learned.Content) {
		t.Errorf("what was learned aside is not taken over:\n%s", diff)
	}
}

func TestSnapshotsThatCannotBeRestored(t *testing.T) {
	m := testModel(t)
	c := New(m)
	mustApply(t, c, lesson(7, 0, moderation.OK, "the council said it"), lesson(9, 0, moderation.Abuse, "you idiot"))
	good := c.Snapshot(1)
	with := func(change func(*moderation.Snapshot)) moderation.Snapshot {
		snap := good
		snap.Content = bytes.Clone(good.Content)
		change(&snap)
		return snap
	}
	for name, snap := range map[string]moderation.Snapshot{
		"another model": with(func(s *moderation.Snapshot) { s.Base = "0badcafe" }),
		"another last":  with(func(s *moderation.Snapshot) { s.Last = 7 }),
		"cut":           with(func(s *moderation.Snapshot) { s.Content = s.Content[:len(s.Content)-1] }),
		"empty":         with(func(s *moderation.Snapshot) { s.Content = nil }),
		"damaged":       with(func(s *moderation.Snapshot) { s.Content[10] ^= 4 }),
		"longer": with(func(s *moderation.Snapshot) {
			s.Content = appendChecksum(append(s.Content[:len(s.Content)-checksumSize], 0))
		}),
		"another format": with(func(s *moderation.Snapshot) {
			s.Content[0]++
			s.Content = appendChecksum(s.Content[:len(s.Content)-checksumSize])
		}),
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Restore(1, &snap); !errors.Is(err, moderation.ErrInvalid) {
				t.Errorf("error %v, want %v", err, moderation.ErrInvalid)
			}
			if diff := cmp.Diff(good, c.Snapshot(1)); diff != "" {
				t.Errorf("what it knew has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestForgetting leaves nothing of the lessons, and all of the blend.
func TestForgetting(t *testing.T) {
	m := testModel(t)
	c := New(m)
	if err := c.Restore(1, nil); err != nil || c.site(1) != nil {
		t.Errorf("forgetting nothing: %v", err)
	}
	mustApply(t, c, lesson(7, 0, moderation.Abuse, "the council said it"))
	if err := c.Restore(1, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := check(t, c, "the council"), check(t, New(m), "the council"); !cmp.Equal(got, want) {
		t.Errorf("signal %+v, want %+v", got, want)
	}
	report, err := c.Check(t.Context(), submission(1, "the council"))
	if err != nil || report.Version != m.Version() {
		t.Errorf("version %q, %v; want %q", report.Version, err, m.Version())
	}
	if err := c.SetBlend(1, testBlend(m)); err != nil {
		t.Fatal(err)
	}
	mustApply(t, c, lesson(1, 0, moderation.Abuse, "the council said it"))
	if err := c.Restore(1, nil); err != nil || c.site(1).blend == nil {
		t.Errorf("the blend is gone: %v", err)
	}
}

// FuzzSnapshot restores anything; what it takes is what would have been written.
func FuzzSnapshot(f *testing.F) {
	m := testModel(f)
	c := New(m)
	f.Add(c.Snapshot(1).Content)
	mustApply(f, c, lesson(7, 0, moderation.OK, "the council"), lesson(9, 0, moderation.Abuse, "you council"))
	f.Add(c.Snapshot(1).Content)
	f.Add(appendChecksum([]byte{snapshotFormat, 0, 0, 0, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, appendChecksum(bytes.Clone(data))} {
			s := newSite(m)
			if err := s.decode(data); err != nil {
				continue
			}
			if again := s.encode(); !bytes.Equal(again, data) {
				t.Errorf("read %x, would be written %x", data, again)
			}
		}
	})
}
