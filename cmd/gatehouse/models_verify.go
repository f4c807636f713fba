package main

import (
	"bytes"
	"errors"
	"fmt"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// modelsVerifyCmd proves that a start from snapshots gives what the lessons say.
type modelsVerifyCmd struct {
	databaseFlags
	Site string `placeholder:"NAME" help:"Only this blog's; else each one's."`
	JSON bool   `help:"Print JSON, one object a blog."`
}

// Help says what is compared.
func (modelsVerifyCmd) Help() string {
	return `Learns each blog's standing lessons from nothing, and compares that, byte for byte, with what its snapshot and the lessons after it make. Where they differ the exit status is 1.`
}

// verifyJSON is what was found of a blog.
type verifyJSON struct {
	Site     string      `json:"site"`
	Equal    bool        `json:"equal"`
	Snapshot bool        `json:"snapshot"`      // one is kept, and can be used
	Last     int64       `json:"last_lesson"`   // in the snapshot; 0 without one
	Rest     int         `json:"lessons_after"` // that a start reads
	Bytes    int         `json:"snapshot_bytes"`
	Lessons  labelCounts `json:"lessons"` // that stand
}

// Run compares.
func (c *modelsVerifyCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	sites, err := chosenSites(a, db, c.Site)
	if err != nil {
		return err
	}
	model, err := training.Starter()
	if err != nil {
		return err
	}
	var failed []error
	for _, s := range sites {
		v, err := verifyModel(a, db, model, s)
		if err != nil {
			return fmt.Errorf("verify the model of %s: %w", s.Name, err)
		}
		if err := c.tell(a, v); err != nil {
			return err
		}
		if !v.Equal {
			failed = append(failed, fmt.Errorf("verify the model of %s: its snapshot is not what its lessons make", s.Name))
		}
	}
	return errors.Join(failed...)
}

// tell prints what was found.
func (c *modelsVerifyCmd) tell(a *app, v verifyJSON) error {
	if c.JSON {
		return printJSONLine(a.stdout, v)
	}
	what := "no snapshot; a start reads " + plural(v.Rest, "lesson", "lessons")
	if v.Snapshot {
		what = fmt.Sprintf("snapshot of lesson %d, %d bytes; a start reads %s after it", v.Last, v.Bytes, plural(v.Rest, "lesson", "lessons"))
	}
	state := "equal to what its lessons make"
	if !v.Equal {
		state = "NOT what its lessons make"
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %d ok, %d spam, %d abuse; %s; %s\n", v.Site, v.Lessons.OK, v.Lessons.Spam, v.Lessons.Abuse, what, state)
	return err
}

// verifyModel learns a site's lessons both ways.
func verifyModel(a *app, db *store.DB, m *classifier.Model, s moderation.Site) (verifyJSON, error) {
	v := verifyJSON{Site: s.Name}
	whole, rest := classifier.New(m), classifier.New(m)
	// The lessons are those that stand when the first is read: a snapshot that a
	// service keeps meanwhile is of later ones.
	kept, err := db.SnapshotOf(a.ctx, s.ID)
	if err == nil {
		v.Bytes = len(kept.Content)
		err = rest.Restore(s.ID, &kept)
	}
	if v.Snapshot = err == nil; v.Snapshot {
		v.Last = kept.Last
	} else if !errors.Is(err, moderation.ErrNotFound) && !errors.Is(err, moderation.ErrInvalid) {
		return v, err
	}
	for after := int64(0); ; {
		lessons, err := db.SiteLessonsAfter(a.ctx, s.ID, after, 500)
		if err != nil {
			return v, err
		}
		for _, l := range lessons {
			if err := errors.Join(whole.Apply(l), rest.Apply(l)); err != nil && !errors.Is(err, moderation.ErrInvalid) {
				return v, err
			}
			if after = l.Number; after > v.Last {
				v.Rest++
			}
		}
		if len(lessons) == 0 {
			break
		}
	}
	_, standing := whole.Lessons(s.ID)
	v.Lessons = newLabelCounts(standing)
	v.Equal = bytes.Equal(whole.Snapshot(s.ID).Content, rest.Snapshot(s.ID).Content)
	return v, nil
}
