package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// cutOff returns a database with an erasure of which the follow-up was cut off, and an app
// for it.
func cutOff(t *testing.T) (*app, *store.DB) {
	t.Helper()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	a := &app{ctx: t.Context(), stdout: io.Discard, stderr: io.Discard, now: func() time.Time { return now }}
	db, err := store.Create(t.Context(), t.TempDir(), a.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	site, err := db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Mode: moderation.ModeNormal})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Admit(t.Context(), moderation.Admission{Arrival: moderation.Arrival{Site: site, Author: moderation.Author{Name: "Mallory", Email: "m@e.test"},
		Comment: moderation.Comment{PlatformID: "1", Body: "A rusty bucket.", Text: "A rusty bucket.", Format: moderation.FormatText, CreatedAt: now}},
		Verdict: moderation.Verdict{Action: moderation.Hold}, At: now})
	if err == nil {
		_, err = db.AddModel(t.Context(), moderation.ModelVersion{Site: site.ID, Base: "b", Content: []byte("{}"), Figures: []byte("{}")}, true, 0)
	}
	if err == nil {
		_, err = db.Erase(t.Context(), moderation.Erasure{Whom: moderation.Whom{Email: "m@e.test"}, At: now})
	}
	if err != nil {
		t.Fatal(err)
	}
	if all, err := db.Erasures(t.Context()); err != nil || len(all[0].Refit) != 1 || !all[0].Scrub {
		t.Fatalf("receipts %+v, %v: nothing is left to be done", all, err)
	}
	return a, db
}

func isFinished(t *testing.T, db *store.DB) bool {
	t.Helper()
	all, err := db.Erasures(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("receipts %+v, %v", all, err)
	}
	return all[0].IsDone()
}

// TestErasureIsFinishedLater finishes an erasure that was cut off.
func TestErasureIsFinishedLater(t *testing.T) {
	t.Parallel()
	a, db := cutOff(t)
	refitted, rebuilt, err := finishErasures(a, db, store.ScrubMost)
	if err != nil || len(refitted) != 1 || rebuilt == nil || !*rebuilt || !isFinished(t, db) {
		t.Errorf("refitted %q, rebuilt %v, %v", refitted, rebuilt, err)
	}
	if refitted, rebuilt, err := finishErasures(a, db, store.ScrubMost); err != nil || refitted != nil || rebuilt != nil {
		t.Errorf("again: refitted %q, rebuilt %v, %v", refitted, rebuilt, err)
	}
}

// TestServiceFinishesErasures has a service's daily purge do it.
func TestServiceFinishesErasures(t *testing.T) {
	t.Parallel()
	a, db := cutOff(t)
	g := &gate{db: db, now: a.now, log: slog.New(slog.DiscardHandler), purger: &moderation.Purger{Store: db, Times: db, Now: a.now, Log: slog.New(slog.DiscardHandler)}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); g.purgeDaily(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	for tick := time.NewTicker(10 * time.Millisecond); !isFinished(t, db); {
		select {
		case <-tick.C:
		case <-time.After(30 * time.Second):
			t.Fatal("the erasure is not finished")
		}
	}
}
