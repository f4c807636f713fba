package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"gatehouse/internal/moderation"
)

// TestNobodyIsAnsweredBeforeTheDisk holds up the disk: what is committed can be seen,
// the next transaction runs, and nobody is answered until the disk has it.
func TestNobodyIsAnsweredBeforeTheDisk(t *testing.T) {
	l := newLedger(t)
	l.must(l.SyncApart(t.Context()))
	began, over := make(chan struct{}, 9), make(chan struct{})
	l.SyncBy(func(sync func() error) error { began <- struct{}{}; <-over; return sync() })
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- l.Write(context.Background(), putting(1)) }()
	<-began
	l.wantOnDisk(1) // as others see it
	go func() { second <- l.Write(context.Background(), putting(2)) }()
	l.until(func() bool { return len(l.onDisk()) == 2 })
	settled := make(chan error, 1)
	go func() { settled <- l.Settled() }()
	select {
	case err := <-first:
		t.Errorf("answered before the disk has it: %v", err)
	case err := <-second:
		t.Errorf("answered before the disk has it: %v", err)
	case err := <-settled:
		t.Errorf("told as settled before the disk has it: %v", err)
	default:
	}
	close(over)
	for _, answer := range []chan error{first, second, settled} {
		if err := <-answer; err != nil {
			t.Error(err)
		}
	}
}

// TestASyncThatFails tells whoever wrote, and takes nothing more until the database
// itself has what was in the log.
func TestASyncThatFails(t *testing.T) {
	l := newLedger(t)
	l.must(l.SyncApart(t.Context()))
	var fails atomic.Bool
	fails.Store(true)
	syncs := 0
	l.SyncBy(func(sync func() error) error {
		syncs++
		if fails.Load() {
			return errMeant
		}
		return sync()
	})
	if err := l.Write(t.Context(), putting(1)); !errors.Is(err, errMeant) {
		t.Fatalf("a write whose sync failed gives %v", err)
	}
	if err := l.Settled(); !errors.Is(err, errMeant) {
		t.Errorf("what may not be on disk is told as settled: %v", err)
	}
	fails.Store(false)

	reader, err := l.outside.BeginTx(t.Context(), nil) // keeps the log from being emptied
	l.must(err)
	var n int
	l.must(reader.QueryRow(`SELECT count(*) FROM numbers`).Scan(&n))
	if err := l.Write(t.Context(), putting(2)); !errors.Is(err, errMeant) {
		t.Errorf("a write behind what may be lost gives %v", err)
	}
	if syncs != 1 {
		t.Errorf("%d syncs: the second could give no error and keep nothing", syncs)
	}
	l.must(reader.Rollback())

	l.must(l.Write(t.Context(), func(tx *sql.Tx) error { return put(tx, 3) }))
	l.must(l.Settled())
	l.wantOnDisk(1, 3)
}

// TestASyncThatFailsIsToBeTriedAgain has the log be out of reach: blogs are told to come
// again, and are taken once it is back.
func TestASyncThatFailsIsToBeTriedAgain(t *testing.T) {
	l := newLedger(t)
	l.must(l.SyncApart(t.Context()))
	log := filepath.Join(l.dir, "gatehouse.db-wal")
	l.must(os.Rename(log, log+".away"))
	if err := l.Write(t.Context(), putting(1)); !errors.Is(err, moderation.ErrNotReady) {
		t.Errorf("a write whose sync failed gives %v", err)
	}
	l.must(os.Rename(log+".away", log))
	l.must(l.Write(t.Context(), putting(2)))
	l.wantOnDisk(1, 2)
}

// TestWhoHangsUpTakesNothingBack ends a client's context before the end of the
// transaction that its comment is in.
func TestWhoHangsUpTakesNothingBack(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	ctx, hangUp := context.WithCancel(t.Context())
	a := l.arrival("c1", "The museum opens late on Thursdays.")
	admitted := make(chan error, 1)
	before := l.Waiting()
	go func() {
		_, err := l.Admit(ctx, moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: moderation.Approve}, At: l.now})
		admitted <- err
	}()
	l.until(func() bool { return l.Waiting() > before })
	results := l.queue(func(tx *sql.Tx) error { hangUp(); return put(tx, 1) })
	release()
	l.wantErrors(append(results(), <-admitted), nil, nil)
	l.wantOnDisk(1)
	if found, err := l.Find(t.Context(), nil, "museum", 5); err != nil || len(found) != 1 {
		t.Errorf("its words find %v, %v", found, err)
	}
}
