package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// gallery is samples and portraitist in memory.
type gallery struct {
	all  []moderation.Persona
	err  error
	done []string
}

func (g *gallery) AllPersonas(context.Context) ([]moderation.Persona, error) { return g.all, nil }

func (g *gallery) PersonaSample(_ context.Context, p moderation.Persona) (moderation.PersonaSample, error) {
	return moderation.PersonaSample{Persona: p}, g.err
}

func (g *gallery) Draw(s moderation.PersonaSample) {
	g.done = append(g.done, fmt.Sprint("draw ", s.Persona.ID, s.Persona.Digest))
}

func (g *gallery) Forget(_ moderation.SiteID, id moderation.PersonaID) {
	g.done = append(g.done, fmt.Sprint("forget ", id))
}

func TestPersonasAreFollowed(t *testing.T) {
	g := &gallery{}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := moderation.PersonaFollower{Samples: g, Portraitist: g, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)}
	for _, step := range []struct {
		name string
		all  []moderation.Persona
		want []string
	}{
		{"nobody", nil, nil},
		{"two", []moderation.Persona{{ID: 1, Digest: "a"}, {ID: 2, Digest: "b"}}, []string{"draw 1a", "draw 2b"}},
		{"as they are", []moderation.Persona{{ID: 1, Digest: "a"}, {ID: 2, Digest: "b"}}, nil},
		{"one more text", []moderation.Persona{{ID: 1, Digest: "a"}, {ID: 2, Digest: "c"}}, []string{"draw 2c"}},
		{"one dropped", []moderation.Persona{{ID: 2, Digest: "c"}}, []string{"forget 1"}},
		{"and again there", []moderation.Persona{{ID: 1, Digest: "a"}, {ID: 2, Digest: "c"}}, []string{"draw 1a"}},
	} {
		g.all, g.done = step.all, nil
		if err := f.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(g.done, step.want) {
			t.Errorf("%s: %v, want %v", step.name, g.done, step.want)
		}
	}
	now, g.done = now.Add(7*time.Hour), nil
	if err := f.CatchUp(t.Context()); err != nil || !slices.Equal(g.done, []string{"draw 1a", "draw 2c"}) {
		t.Errorf("hours later: %v, %v", g.done, err)
	}
	g.all, g.err = []moderation.Persona{{ID: 3, Digest: "d"}, {ID: 1, Digest: "a"}, {ID: 2, Digest: "c"}}, errors.New("disk")
	if err := f.CatchUp(t.Context()); !errors.Is(err, g.err) {
		t.Errorf("err = %v", err)
	}
	g.err, g.done = nil, nil
	if err := f.CatchUp(t.Context()); err != nil || !slices.Equal(g.done, []string{"draw 3d"}) {
		t.Errorf("what failed is not made up for: %v, %v", g.done, err)
	}
}

func TestPersonaOrdersAreChecked(t *testing.T) {
	for name, o := range map[string]moderation.PersonaOrder{
		"a name with space around": {Name: " Bob"}, "a long name": {Name: "an extraordinarily long name for somebody"}, "not UTF-8": {Name: "\xff"},
		"less than no time": {Keep: -1}, "longer than a year": {Keep: 400 * 24 * 3600e9},
	} {
		if err := o.Check(); !errors.Is(err, moderation.ErrInvalid) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
	if err := (moderation.PersonaOrder{Name: "Bob", Keep: moderation.PersonaKeep}).Check(); err != nil {
		t.Error(err)
	}
}
