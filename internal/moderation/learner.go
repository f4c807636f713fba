package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// lessonsAtOnce bounds how many lessons are read in one go.
	lessonsAtOnce = 500
	// snapshotAfter is how many lessons of a site are learned before another
	// snapshot is kept, and so how many a start has to learn at most after a crash.
	snapshotAfter = 500
	// snapshotTime is what keeping snapshots may take at the end.
	snapshotTime = 5 * time.Second
)

// Student learns from lessons: a classifier's models.
type Student interface {
	// Apply learns a lesson, or un-learns the one it withdraws. A lesson of a
	// number not above the last one applied to its site changes nothing. What can't
	// be applied is an error that wraps ErrInvalid.
	Apply(Lesson) error
	// Snapshot returns what a site's lessons have made; its epoch is the caller's.
	Snapshot(SiteID) Snapshot
	// Restore replaces that by a snapshot, or by nothing where there is none. A
	// snapshot that can't be used changes nothing, and is an error that wraps
	// ErrInvalid.
	Restore(SiteID, *Snapshot) error
	// Aside returns another student, who has learned nothing and whose snapshots
	// this one can restore.
	Aside() Student
}

// Lessons reads the lessons of all sites in the order of their numbers.
type Lessons interface {
	LessonsAfter(ctx context.Context, number int64, limit int) ([]Lesson, error)
	SiteLessonsAfter(ctx context.Context, site SiteID, number int64, limit int) ([]Lesson, error)
	// LessonState returns the number of the last lesson of all, and the epoch of
	// each site's lessons.
	LessonState(context.Context) (last int64, epochs map[SiteID]int64, err error)
}

// Snapshots keeps the newest snapshot of each site.
type Snapshots interface {
	// SnapshotOf returns ErrNotFound where none is kept.
	SnapshotOf(context.Context, SiteID) (Snapshot, error)
	// KeepSnapshot refuses with ErrStale what is of another epoch than the site's
	// lessons are by now.
	KeepSnapshot(context.Context, Snapshot) error
}

// Learner brings the student up to date with the lessons that are stored. Those of
// a site whose epoch changes are learned from the first one again.
type Learner struct {
	Lessons   Lessons
	Snapshots Snapshots // nil: every lesson is read
	Student   Student
	Log       *slog.Logger

	mu     sync.Mutex
	begun  bool
	last   int64            // the number up to which the lessons of all sites were read
	epochs map[SiteID]int64 // of the lessons that the student has learned
	fresh  map[SiteID]int   // lessons that are learned and in no snapshot
}

// CatchUp applies every lesson that is stored and not applied. It is called
// before the first comment is judged, and after every change.
func (l *Learner) CatchUp(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.epochs == nil {
		l.epochs, l.fresh = map[SiteID]int64{}, map[SiteID]int{}
	}
	// What is read below is at least of these epochs.
	last, epochs, err := l.Lessons.LessonState(ctx)
	if err != nil {
		return fmt.Errorf("look up lessons: %w", err)
	}
	var failed []error
	for _, site := range slices.Sorted(maps.Keys(epochs)) {
		if known, learned := l.epochs[site]; learned && known == epochs[site] {
			continue
		}
		if err := l.begin(ctx, site, epochs[site]); err != nil {
			failed = append(failed, fmt.Errorf("site %d: %w", site, err))
		}
		if ctx.Err() != nil { // it is no site's fault
			return errors.Join(failed...)
		}
	}
	if !l.begun {
		l.begun, l.last = true, last
	}
	if last > l.last {
		failed = append(failed, l.learnNew(ctx))
	}
	return errors.Join(failed...)
}

// learnNew learns what came since, of all sites. One whose lessons can't be applied is
// learned anew the next time, and keeps no other from it.
func (l *Learner) learnNew(ctx context.Context) error {
	var failed []error
	err := l.learn(l.last, func(after int64) ([]Lesson, error) {
		l.last = after
		return l.Lessons.LessonsAfter(ctx, after, lessonsAtOnce)
	}, func(lesson Lesson) error {
		if _, learned := l.epochs[lesson.Site]; !learned { // it begins anew
			return nil
		}
		if err := l.apply(l.Student, lesson); err != nil {
			delete(l.epochs, lesson.Site)
			failed = append(failed, fmt.Errorf("site %d: %w", lesson.Site, err))
		}
		return nil
	})
	return errors.Join(append(failed, err)...)
}

// begin learns a site's lessons of an epoch: from its snapshot on, or from the first.
// Where the site's comments are being judged by what was learned before, they go on
// being so until all is learned.
func (l *Learner) begin(ctx context.Context, site SiteID, epoch int64) error {
	l.fresh[site] = 0
	student := l.Student
	_, before := l.epochs[site]
	if before {
		l.Log.Info("lessons were taken out; the site is learned anew", "site", site)
		student = student.Aside()
	}
	from, err := l.restore(ctx, student, site, epoch)
	if err != nil {
		return err
	}
	err = l.learn(from, func(after int64) ([]Lesson, error) {
		return l.Lessons.SiteLessonsAfter(ctx, site, after, lessonsAtOnce)
	}, func(lesson Lesson) error { return l.apply(student, lesson) })
	if err == nil && before {
		snap := student.Snapshot(site)
		err = l.Student.Restore(site, &snap)
	}
	if err == nil {
		l.epochs[site] = epoch
	}
	return err
}

// restore has a student know of a site what its snapshot says, if that can be used,
// else nothing. It returns the number of the last lesson in it.
func (l *Learner) restore(ctx context.Context, student Student, site SiteID, epoch int64) (last int64, err error) {
	if l.Snapshots != nil {
		snap, err := l.Snapshots.SnapshotOf(ctx, site)
		if err == nil && snap.Epoch != epoch {
			err = fmt.Errorf("%w: the site's lessons have changed since", ErrInvalid)
		}
		if err == nil {
			err = student.Restore(site, &snap)
		}
		switch {
		case err == nil:
			return snap.Last, nil
		case errors.Is(err, ErrInvalid):
			l.Log.Warn("snapshot not used; all lessons are learned anew", "site", site, "err", err)
		case !errors.Is(err, ErrNotFound):
			return 0, fmt.Errorf("read snapshot of site %d: %w", site, err)
		}
	}
	return 0, student.Restore(site, nil)
}

// learn applies the lessons after one, which read returns a few at a time.
func (l *Learner) learn(after int64, read func(after int64) ([]Lesson, error), apply func(Lesson) error) error {
	for {
		lessons, err := read(after)
		if err != nil {
			return fmt.Errorf("read lessons after %d: %w", after, err)
		}
		for _, lesson := range lessons {
			if err := apply(lesson); err != nil {
				return err
			}
			after = lesson.Number
		}
		if len(lessons) == 0 {
			return nil
		}
	}
}

// apply has a student learn a lesson. One that can't be learned is logged: it does
// not count, and keeps no other from it.
func (l *Learner) apply(student Student, lesson Lesson) error {
	err := student.Apply(lesson)
	if errors.Is(err, ErrInvalid) {
		l.Log.Warn("lesson not learned; it does not count", "site", lesson.Site, "lesson", lesson.Number, "err", err)
		err = nil
	}
	if err != nil {
		return fmt.Errorf("apply lesson %d: %w", lesson.Number, err)
	}
	l.fresh[lesson.Site]++
	return nil
}

// keep keeps a snapshot of each site with at least so many lessons that are in none.
func (l *Learner) keep(ctx context.Context, least int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var failed []error
	for site, n := range l.fresh {
		epoch, learned := l.epochs[site]
		if l.Snapshots == nil || !learned || n < least {
			continue
		}
		snap := l.Student.Snapshot(site)
		snap.Epoch = epoch
		err := l.Snapshots.KeepSnapshot(ctx, snap)
		if err == nil {
			delete(l.fresh, site)
		} else if !errors.Is(err, ErrStale) { // it is learned anew in a moment
			failed = append(failed, fmt.Errorf("keep snapshot of site %d: %w", site, err))
		}
	}
	return errors.Join(failed...)
}

// Run catches up after every ring, until ctx ends. What fails is logged and
// tried again at the next ring. It keeps snapshots now and then, and at the end.
func (l *Learner) Run(ctx context.Context, rings <-chan struct{}) {
	for {
		if err := l.keep(ctx, snapshotAfter); err != nil && ctx.Err() == nil {
			l.Log.Error("keep what was learned", "err", err)
		}
		select {
		case <-ctx.Done():
			l.close(ctx)
			return
		case <-rings:
		}
		if err := l.CatchUp(ctx); err != nil && ctx.Err() == nil {
			l.Log.Error("learn from decisions", "err", err)
		}
	}
}

// close keeps what was learned, so that the next start is quick.
func (l *Learner) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), snapshotTime)
	defer cancel()
	if err := l.keep(ctx, 1); err != nil {
		l.Log.Warn("keep what was learned; the next start learns it anew", "err", err)
	}
}
