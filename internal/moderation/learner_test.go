package moderation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// lessons is a database with lessons.
type lessons []moderation.Lesson

func (all lessons) LessonsAfter(_ context.Context, number int64, limit int) (some []moderation.Lesson, err error) {
	for _, l := range all {
		if l.Number > number && len(some) < limit {
			some = append(some, l)
		}
	}
	return some, nil
}

// student notes what it is taught, and understands no gibberish.
type student struct {
	taught []int64
	broken error
}

func (s *student) Apply(l moderation.Lesson) error {
	if l.Text == "gibberish" {
		return fmt.Errorf("%w text", moderation.ErrInvalid)
	}
	s.taught = append(s.taught, l.Number)
	return s.broken
}

func TestALessonThatCannotBeLearnedKeepsNoOtherFromIt(t *testing.T) {
	var log bytes.Buffer
	s := &student{}
	l := moderation.Learner{Lessons: lessons{{Number: 1}, {Number: 2, Text: "gibberish"}, {Number: 3}}, Student: s, Log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 2 {
		if err := l.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]int64{1, 3}, s.taught); diff != "" {
		t.Errorf("taught (-want +got):\n%s", diff)
	}
	if n := strings.Count(log.String(), "does not count"); n != 1 || !strings.Contains(log.String(), "lesson=2") {
		t.Errorf("the log says %d times what does not count: %s", n, log.String())
	}
	s.broken = errors.New("out of memory")
	l.Lessons = lessons{{Number: 4}}
	if err := l.CatchUp(t.Context()); !errors.Is(err, s.broken) {
		t.Errorf("error %v, want %v", err, s.broken)
	}
}
