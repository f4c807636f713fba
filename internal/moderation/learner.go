package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// lessonsAtOnce bounds how many lessons are read in one go.
const lessonsAtOnce = 500

// Student learns from lessons: a classifier's models.
type Student interface {
	// Apply learns a lesson, or un-learns the one it withdraws. A lesson of a
	// number not above the last one applied to its site changes nothing.
	Apply(Lesson) error
}

// Lessons reads the lessons of all sites in the order of their numbers.
type Lessons interface {
	LessonsAfter(ctx context.Context, number int64, limit int) ([]Lesson, error)
}

// Learner brings the student up to date with the lessons that are stored.
type Learner struct {
	Lessons Lessons
	Student Student
	Log     *slog.Logger

	mu   sync.Mutex
	last int64
}

// CatchUp applies every lesson that is stored and not applied. It is called
// before the first comment is judged, and after every change.
func (l *Learner) CatchUp(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		lessons, err := l.Lessons.LessonsAfter(ctx, l.last, lessonsAtOnce)
		if err != nil {
			return fmt.Errorf("read lessons after %d: %w", l.last, err)
		}
		for _, lesson := range lessons {
			if err := l.apply(lesson); err != nil {
				return err
			}
			l.last = lesson.Number
		}
		if len(lessons) < lessonsAtOnce {
			return nil
		}
	}
}

// apply has the student learn a lesson. One that can't be learned is logged: it does
// not count, and keeps no other from it.
func (l *Learner) apply(lesson Lesson) error {
	err := l.Student.Apply(lesson)
	if errors.Is(err, ErrInvalid) {
		l.Log.Warn("lesson not learned; it does not count", "site", lesson.Site, "lesson", lesson.Number, "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("apply lesson %d: %w", lesson.Number, err)
	}
	return nil
}

// Run catches up after every ring, until ctx ends. What fails is logged and
// tried again at the next ring.
func (l *Learner) Run(ctx context.Context, rings <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-rings:
		}
		if err := l.CatchUp(ctx); err != nil && ctx.Err() == nil {
			l.Log.Error("learn from decisions", "err", err)
		}
	}
}
