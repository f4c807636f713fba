package moderation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// school is a database with lessons and snapshots.
type school struct {
	lessons   []moderation.Lesson
	epochs    map[moderation.SiteID]int64
	snapshots map[moderation.SiteID]moderation.Snapshot
	read      []int64 // the numbers of the lessons that were read
	broken    error
	lent      func() // called before lessons are read, unless nil
}

func newSchool(lessons ...moderation.Lesson) *school {
	s := &school{lessons: lessons, epochs: map[moderation.SiteID]int64{}, snapshots: map[moderation.SiteID]moderation.Snapshot{}}
	for _, l := range lessons {
		s.epochs[l.Site] = 0
	}
	return s
}

func (s *school) some(limit int, is func(moderation.Lesson) bool) (some []moderation.Lesson, err error) {
	if s.lent != nil {
		s.lent()
	}
	for _, l := range s.lessons {
		if is(l) && len(some) < limit {
			some = append(some, l)
			s.read = append(s.read, l.Number)
		}
	}
	return some, s.broken
}

func (s *school) LessonsAfter(_ context.Context, number int64, limit int) ([]moderation.Lesson, error) {
	return s.some(limit, func(l moderation.Lesson) bool { return l.Number > number })
}

func (s *school) SiteLessonsAfter(_ context.Context, site moderation.SiteID, number int64, limit int) ([]moderation.Lesson, error) {
	return s.some(limit, func(l moderation.Lesson) bool { return l.Site == site && l.Number > number })
}

func (s *school) LessonState(context.Context) (last int64, epochs map[moderation.SiteID]int64, err error) {
	for _, l := range s.lessons {
		last = max(last, l.Number)
	}
	return last, s.epochs, nil
}

func (s *school) SnapshotOf(_ context.Context, site moderation.SiteID) (moderation.Snapshot, error) {
	snap, kept := s.snapshots[site]
	if !kept {
		return snap, moderation.ErrNotFound
	}
	return snap, nil
}

func (s *school) KeepSnapshot(_ context.Context, snap moderation.Snapshot) error {
	if s.epochs[snap.Site] != snap.Epoch {
		return moderation.ErrStale
	}
	s.snapshots[snap.Site] = snap
	return nil
}

// student knows the numbers of what it was taught, and understands no gibberish.
type student struct {
	knows  map[moderation.SiteID][]int64
	base   string
	broken error
}

func newStudent() *student {
	return &student{knows: map[moderation.SiteID][]int64{}, base: "model"}
}

func (s *student) last(site moderation.SiteID) int64 {
	if n := len(s.knows[site]); n > 0 {
		return s.knows[site][n-1]
	}
	return 0
}

func (s *student) Apply(l moderation.Lesson) error {
	if l.Text == "gibberish" {
		return fmt.Errorf("%w text", moderation.ErrInvalid)
	}
	if l.Number > s.last(l.Site) {
		s.knows[l.Site] = append(s.knows[l.Site], l.Number)
	}
	return s.broken
}

func (s *student) Snapshot(site moderation.SiteID) moderation.Snapshot {
	return moderation.Snapshot{Site: site, Base: s.base, Last: s.last(site), Content: fmt.Append(nil, s.knows[site])}
}

func (s *student) Aside() moderation.Student {
	aside := newStudent()
	aside.base = s.base
	return aside
}

func (s *student) Restore(site moderation.SiteID, snap *moderation.Snapshot) error {
	if snap == nil {
		delete(s.knows, site)
		return nil
	}
	if snap.Base != s.base {
		return fmt.Errorf("%w base", moderation.ErrInvalid)
	}
	s.knows[site] = nil
	for _, number := range strings.Fields(strings.Trim(string(snap.Content), "[]")) {
		var n int64
		fmt.Sscan(number, &n)
		s.knows[site] = append(s.knows[site], n)
	}
	return nil
}

// learner returns a learner and what it logs.
func learner(s *school, pupil moderation.Student) (*moderation.Learner, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return &moderation.Learner{Lessons: s, Snapshots: s, Student: pupil, Log: slog.New(slog.NewTextHandler(log, nil))}, log
}

func catchUp(t *testing.T, l *moderation.Learner) {
	t.Helper()
	if err := l.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// finish has the learner run and end.
func finish(t *testing.T, l *moderation.Learner) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	end()
	l.Run(ctx, nil)
}

func TestALessonThatCannotBeLearnedKeepsNoOtherFromIt(t *testing.T) {
	s, pupil := newSchool(moderation.Lesson{Number: 1}, moderation.Lesson{Number: 2, Text: "gibberish"}, moderation.Lesson{Number: 3}), newStudent()
	l, log := learner(s, pupil)
	catchUp(t, l)
	catchUp(t, l)
	if diff := cmp.Diff([]int64{1, 3}, pupil.knows[0]); diff != "" {
		t.Errorf("knows (-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "does not count"); n != 1 || !strings.Contains(log.String(), "lesson=2") {
		t.Errorf("the log says %d times what does not count: %s", n, log)
	}
	pupil.broken = errors.New("out of memory")
	s.lessons = append(s.lessons, moderation.Lesson{Number: 4})
	if err := l.CatchUp(t.Context()); !errors.Is(err, pupil.broken) {
		t.Errorf("error %v, want %v", err, pupil.broken)
	}
}

// TestLearnerReadsOnlyWhatIsNew starts, learns, ends, and starts again: what was
// learned once is not read again.
func TestLearnerReadsOnlyWhatIsNew(t *testing.T) {
	s := newSchool(moderation.Lesson{Number: 1, Site: 1}, moderation.Lesson{Number: 2, Site: 2}, moderation.Lesson{Number: 3, Site: 1})
	pupil := newStudent()
	l, _ := learner(s, pupil)
	catchUp(t, l)
	finish(t, l)
	s.lessons = append(s.lessons, moderation.Lesson{Number: 4, Site: 2}, moderation.Lesson{Number: 5, Site: 3})
	s.epochs[3] = 0
	s.read = nil
	pupil = newStudent()
	l, log := learner(s, pupil)
	catchUp(t, l)
	catchUp(t, l)
	if diff := cmp.Diff([]int64{4, 5}, s.read); diff != "" {
		t.Errorf("lessons that were read (-want +got):\n%s", diff)
	}
	want := map[moderation.SiteID][]int64{1: {1, 3}, 2: {2, 4}, 3: {5}}
	if diff := cmp.Diff(want, pupil.knows); diff != "" || log.Len() > 0 {
		t.Errorf("knows (-want +got):\n%s, log %s", diff, log)
	}
}

// TestLearnerLearnsAnewWhatHasChanged takes lessons out while it runs, once and
// again, and while it does not.
func TestLearnerLearnsAnewWhatHasChanged(t *testing.T) {
	s, pupil := newSchool(), newStudent()
	for n := range int64(6) {
		s.lessons = append(s.lessons, moderation.Lesson{Number: n + 1, Site: moderation.SiteID(n%2 + 1)})
	}
	s.epochs[1], s.epochs[2] = 0, 0
	l, log := learner(s, pupil)
	erase := func(site moderation.SiteID, number int64) {
		s.lessons = slices.DeleteFunc(s.lessons, func(l moderation.Lesson) bool { return l.Number == number })
		s.epochs[site]++
	}
	knows := func(want map[moderation.SiteID][]int64) {
		t.Helper()
		if diff := cmp.Diff(want, pupil.knows); diff != "" {
			t.Fatalf("knows (-want +got):\n%s", diff)
		}
	}
	catchUp(t, l)
	finish(t, l)
	knows(map[moderation.SiteID][]int64{1: {1, 3, 5}, 2: {2, 4, 6}})
	erase(1, 3)
	s.lessons = append(s.lessons, moderation.Lesson{Number: 7, Site: 2})
	s.read = nil
	catchUp(t, l)
	knows(map[moderation.SiteID][]int64{1: {1, 5}, 2: {2, 4, 6, 7}})
	if diff := cmp.Diff([]int64{1, 5, 7}, s.read); diff != "" || !strings.Contains(log.String(), "learned anew") {
		t.Errorf("lessons that were read (-want +got):\n%s, log %s", diff, log)
	}
	erase(1, 5) // what is learned by now is of an earlier epoch, and is not kept
	finish(t, l)
	if snap := s.snapshots[1]; snap.Epoch != 0 {
		t.Errorf("snapshot %+v", snap)
	}
	pupil = newStudent()
	l, log = learner(s, pupil)
	catchUp(t, l)
	knows(map[moderation.SiteID][]int64{1: {1}, 2: {2, 4, 6, 7}})
	if !strings.Contains(log.String(), "snapshot not used") || strings.Contains(log.String(), "site=2") {
		t.Errorf("log %s", log)
	}
	finish(t, l)
	if snap := s.snapshots[1]; snap.Epoch != 2 || snap.Last != 1 {
		t.Errorf("snapshot %+v", snap)
	}
}

// TestWhatIsLearnedAnewIsLearnedAside takes a lesson out, and looks at each read of the
// others what the student knows by whom comments are judged: all of before until it is
// all of after, also where learning fails halfway and is tried again.
func TestWhatIsLearnedAnewIsLearnedAside(t *testing.T) {
	s, pupil := newSchool(), newStudent()
	for n := range int64(1200) {
		s.lessons = append(s.lessons, moderation.Lesson{Number: n + 1, Site: 1})
	}
	s.epochs[1] = 0
	l, _ := learner(s, pupil)
	catchUp(t, l)
	s.lessons = s.lessons[1:]
	s.epochs[1]++
	reads, fail := 0, 2
	s.lent = func() {
		reads++
		if s.broken = nil; reads == fail {
			s.broken = errors.New("disk on fire")
		}
		// Once all are learned, those of all sites are read.
		if n := len(pupil.knows[1]); n != 1200 && (n != 1199 || reads < fail+4) {
			t.Errorf("at read %d comments are judged by %d lessons", reads, n)
		}
	}
	if err := l.CatchUp(t.Context()); err == nil {
		t.Error("the failure is not told")
	}
	finish(t, l)
	if len(s.snapshots) > 0 {
		t.Errorf("kept %v", s.snapshots)
	}
	catchUp(t, l)
	if n := len(pupil.knows[1]); n != 1199 || reads < fail+4 {
		t.Errorf("knows %d lessons after %d reads, want 1199", n, reads)
	}
}

// TestASnapshotThatCannotBeUsed is of another model.
func TestASnapshotThatCannotBeUsed(t *testing.T) {
	s, pupil := newSchool(moderation.Lesson{Number: 1}, moderation.Lesson{Number: 2}), newStudent()
	s.snapshots[0] = moderation.Snapshot{Base: "another", Last: 2, Content: []byte("[2]")}
	l, log := learner(s, pupil)
	catchUp(t, l)
	if diff := cmp.Diff([]int64{1, 2}, pupil.knows[0]); diff != "" || !strings.Contains(log.String(), "snapshot not used") {
		t.Errorf("knows (-want +got):\n%s, log %s", diff, log)
	}
}

// TestLearningGoesOnAfterAFailure has the database fail in the middle.
func TestLearningGoesOnAfterAFailure(t *testing.T) {
	s, pupil := newSchool(moderation.Lesson{Number: 1}, moderation.Lesson{Number: 2}), newStudent()
	l, _ := learner(s, pupil)
	s.broken = errors.New("disk on fire")
	if err := l.CatchUp(t.Context()); !errors.Is(err, s.broken) {
		t.Errorf("error %v, want %v", err, s.broken)
	}
	finish(t, l)
	if len(s.snapshots) > 0 {
		t.Errorf("half of it was kept: %v", s.snapshots)
	}
	s.broken = nil
	catchUp(t, l)
	if diff := cmp.Diff([]int64{1, 2}, pupil.knows[0]); diff != "" {
		t.Errorf("knows (-want +got):\n%s", diff)
	}
}

// failing is a student that can't learn of one site.
type failing struct {
	*student
	site moderation.SiteID
}

func (f *failing) Apply(l moderation.Lesson) error {
	if l.Site == f.site {
		return errors.New("no memory left")
	}
	return f.student.Apply(l)
}

// TestOneSitesFailureKeepsNoOtherFromLearning has a site fail at first, and when it
// learns further.
func TestOneSitesFailureKeepsNoOtherFromLearning(t *testing.T) {
	s := newSchool(moderation.Lesson{Number: 1, Site: 1}, moderation.Lesson{Number: 2, Site: 2}, moderation.Lesson{Number: 3, Site: 3})
	pupil := &failing{newStudent(), 1}
	l, _ := learner(s, pupil)
	fails := func(want map[moderation.SiteID][]int64) {
		t.Helper()
		if err := l.CatchUp(t.Context()); err == nil || !strings.Contains(err.Error(), "no memory left") {
			t.Errorf("err = %v", err)
		}
		if diff := cmp.Diff(want, pupil.knows); diff != "" {
			t.Errorf("knows (-want +got):\n%s", diff)
		}
	}
	fails(map[moderation.SiteID][]int64{2: {2}, 3: {3}})
	pupil.site = 2
	s.lessons = append(s.lessons, moderation.Lesson{Number: 4, Site: 2}, moderation.Lesson{Number: 5, Site: 3})
	fails(map[moderation.SiteID][]int64{1: {1}, 2: {2}, 3: {3, 5}})
	pupil.site = 0
	catchUp(t, l)
	if diff := cmp.Diff(map[moderation.SiteID][]int64{1: {1}, 2: {2, 4}, 3: {3, 5}}, pupil.knows); diff != "" {
		t.Errorf("knows (-want +got):\n%s", diff)
	}
}
