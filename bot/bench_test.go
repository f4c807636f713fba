package bot

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

func (f *fake) Mark(ctx context.Context, m moderation.Mark, sweep bool) (out moderation.Marked, err error) {
	err = f.write(func() error {
		for _, known := range f.marks {
			if m.Key != "" && known.Key == m.Key {
				out.Mark = known
				return nil
			}
		}
		m.ID, m.At, m.Shown = moderation.MarkID(len(f.marks)+1), f.now(), f.ofComment(m.Comment).Author.Name
		f.marks, out.Mark = append(f.marks, m), m
		return nil
	})
	if err != nil || m.Kind != moderation.MarkBan {
		return out, err
	}
	for _, id := range f.waitingOf(m) {
		if !sweep {
			out.Waiting++
			continue
		}
		if _, err := f.Decide(ctx, moderation.Order{Comment: id, Choice: moderation.ChooseReject, By: m.By, Key: fmt.Sprint(m.ID, " ", id)}); err != nil {
			return out, err
		}
		out.Rejected++
		f.swept[m.ID] = append(f.swept[m.ID], id)
	}
	return out, nil
}

func (f *fake) Lift(ctx context.Context, l moderation.Lift, restore bool) (out moderation.Lifted, err error) {
	err = f.write(func() error {
		i := slices.IndexFunc(f.marks, func(m moderation.Mark) bool { return m.ID == l.ID && m.At.UnixMilli() == l.MadeAt.UnixMilli() })
		if i < 0 {
			return moderation.ErrNotFound
		}
		out.Mark = f.marks[i]
		f.marks = slices.Delete(f.marks, i, i+1)
		return nil
	})
	for _, id := range f.swept[l.ID] {
		if restore && err == nil {
			_, err = f.Undo(ctx, moderation.UndoOrder{Comment: id, By: l.By, Key: fmt.Sprint("lift ", l.ID, " ", id)})
			out.Restored++
		}
	}
	return out, err
}

func (f *fake) Waiting(_ context.Context, m moderation.Mark) (int, error) {
	return len(f.waitingOf(m)), nil
}

// waitingOf returns what waits of the author of a comment.
func (f *fake) waitingOf(m moderation.Mark) (ids []moderation.CommentID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := f.ofComment(m.Comment).Author.Name
	for _, v := range f.cases {
		if v.Author.Name == name && v.Case.State == moderation.CaseOpen {
			ids = append(ids, v.Comment.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (f *fake) TraceOf(_ context.Context, id moderation.CommentID) (t moderation.Trace, err error) {
	err = f.read(func() error {
		v := f.ofComment(id)
		if v == nil {
			return moderation.ErrNotFound
		}
		t.Site, t.Author = v.Site.ID, v.Author
		if v.Standing.Known {
			t.Subjects = append(t.Subjects, moderation.ByIdentity, moderation.ByAddress)
		}
		if v.Author.Name != "Anonymous" {
			t.Subjects = append(t.Subjects, moderation.ByName)
		}
		return nil
	})
	return t, err
}

func (f *fake) StandingMarks(context.Context, moderation.SiteID) (marks []moderation.Mark, err error) {
	err = f.read(func() error {
		for _, m := range slices.Backward(f.marks) {
			marks = append(marks, m)
		}
		return nil
	})
	return marks, err
}

func (f *fake) TurnMode(_ context.Context, m moderation.ModeChange) (moderation.ModeChange, error) {
	err := f.write(func() error {
		if m.Mode == "" {
			f.modes = nil
			return nil
		}
		m.ID, m.At = moderation.ModeID(len(f.modes)+1), f.now()
		f.modes = append(f.modes, m)
		return nil
	})
	return m, err
}

func (f *fake) EndMode(_ context.Context, e moderation.ModeEnd) (m moderation.ModeChange, err error) {
	err = f.write(func() error {
		f.modes = slices.DeleteFunc(f.modes, func(m moderation.ModeChange) bool { return m.ID == e.ID })
		return nil
	})
	return m, err
}

func (f *fake) Modes(context.Context, moderation.SiteID) (modes []moderation.ModeChange, err error) {
	err = f.read(func() error {
		for _, m := range slices.Backward(f.modes) {
			if m.Until.IsZero() || m.Until.After(f.now()) {
				modes = append(modes, m)
			}
		}
		return nil
	})
	return modes, err
}

func (f *fake) Sites(context.Context) (sites []moderation.Site, err error) {
	err = f.read(func() error {
		sites = slices.Clone(f.sites)
		return nil
	})
	return sites, err
}

func (f *fake) StandingMode(_ context.Context, id moderation.ModeID, at time.Time) (m moderation.ModeChange, s moderation.Site, err error) {
	err = f.read(func() error {
		for _, m = range f.modes {
			if m.ID == id && (m.Until.IsZero() || m.Until.After(at)) {
				s = f.sites[0]
				return nil
			}
		}
		return moderation.ErrNotFound
	})
	return m, s, err
}

func (f *fake) CaseShown(_ context.Context, chat int64, message int) (id moderation.CaseID, err error) {
	err = f.read(func() error {
		c, ok := f.cards[place{chat: chat, message: message}]
		if !ok {
			return moderation.ErrNotFound
		}
		id = c.Case
		return nil
	})
	return id, err
}

func TestBanChoicesFitIntoButtons(t *testing.T) {
	seen := map[int64]bool{}
	for _, by := range moderation.Subjects() {
		for time := range len(banTimes()) + 1 {
			for _, sweep := range []bool{false, true} {
				c := banChoice{by, sweep, time}
				n := c.number()
				if got, ok := banChoiceOf(n); !ok || got != c || n <= 0 || seen[n] {
					t.Errorf("%+v is %d, read as %+v, %t", c, n, got, ok)
				}
				seen[n] = true
			}
		}
	}
	for _, n := range []int64{-1, 0, 49, math.MaxInt64} {
		if c, ok := banChoiceOf(n); ok {
			t.Errorf("%d is read as %+v", n, c)
		}
	}
}

// FuzzParseHandle looks for data that are read as anything but what was written.
func FuzzParseHandle(f *testing.F) {
	f.Add("lift:1:7:mi2b3c")
	f.Add("end:zz:1:1")
	f.Add("unmark:1:1")
	f.Add("approve:0123cdef:17:2")
	f.Fuzz(func(t *testing.T, data string) {
		if h, ok := parseHandle(data); ok && (h.String() != data || len(data) > 64 || h.Site <= 0 || h.Number <= 0) {
			t.Errorf("%q is read as %+v", data, h)
		}
		if _, ok := parseHandle(data); ok {
			if _, err := parsePress(data); err == nil {
				t.Errorf("%q is both", data)
			}
		}
	})
}
