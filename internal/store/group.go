package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	// groupMost is how many jobs one transaction takes at most.
	groupMost = 128
	// groupLongest is for how long a transaction takes further jobs: other
	// processes want the database, too.
	groupLongest = 25 * time.Millisecond
)

// errClosed is what comes of a write to a database that has been closed.
var errClosed = errors.New("the database has been closed")

// group is the one writer. What waits for it goes into one transaction, each job
// within a savepoint of its own, for a commit costs the same however much it
// keeps. Jobs run one after the other in the order in which they came, and see
// what those before them wrote, as if each had its own transaction. Nobody is
// answered before the commit is on disk, errors included: they may come from
// what another job wrote.
type group struct {
	pool    *sql.DB       // of one connection
	most    int           // jobs in a transaction; 1: each has its own
	longest time.Duration // for which a transaction takes further jobs
	disk    *settler      // nil: what is committed is on disk at once

	mu      sync.Mutex
	waiting []*job
	ended   chan struct{} // closed when the goroutine that works ends; nil: none does
	closed  bool
}

// job is what somebody wants done in a transaction.
type job struct {
	f     func(*sql.Tx) error
	last  func(*sql.Tx) error // what to do at the transaction's end, if f gave no error
	alone bool                // in a transaction of its own

	done   chan struct{} // closed when all below is known
	err    error
	thrown any // what f panicked with
}

// do runs a job in a transaction and commits it, unless its f gives an error. It ends
// with ctx while f has not begun. A panic of f comes out of it.
func (g *group) do(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	j.done = make(chan struct{})
	if err := g.join(j); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if g.leave(j) {
			return fmt.Errorf("begin transaction: %w", ctx.Err())
		}
		<-j.done
	}
	if j.thrown != nil {
		panic(j.thrown) // f's own, passed on
	}
	return j.err
}

// join puts a job at the end of those that wait, and sees that somebody works.
func (g *group) join(j *job) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errClosed
	}
	g.waiting = append(g.waiting, j)
	if g.ended == nil {
		g.ended = make(chan struct{})
		go g.work()
	}
	return nil
}

// leave takes a job out of those that wait; false where it has begun.
func (g *group) leave(j *job) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, j)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

// close lets what waits finish, and refuses what comes later.
func (g *group) close() {
	g.mu.Lock()
	g.closed = true
	ended := g.ended
	g.mu.Unlock()
	if ended != nil {
		<-ended
	}
	if g.disk != nil {
		g.disk.close()
	}
}

// work runs transactions until nobody waits.
func (g *group) work() {
	for isDone := false; !isDone; {
		g.survive(g.transact)
		g.mu.Lock()
		if isDone = len(g.waiting) == 0; isDone {
			close(g.ended)
			g.ended = nil
		}
		g.mu.Unlock()
	}
}

// survive runs f on a goroutine of its own, which a job may end by
// runtime.Goexit, as tests do.
func (g *group) survive(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// take removes the first job that waits and may join as many others; nil where
// there is none.
func (g *group) take(others int) *job {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 || others > 0 && g.waiting[0].alone {
		return nil
	}
	j := g.waiting[0]
	g.waiting[0] = nil // for the garbage collector
	g.waiting = g.waiting[1:]
	return j
}

// waits returns how many jobs wait.
func (g *group) waits() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// transact runs one transaction.
func (g *group) transact() {
	patient := g.waits() // these have waited for as long as the beginning took
	tx, err := g.begin()
	if err != nil {
		g.refuse(patient, fmt.Errorf("begin transaction: %w", explain(err)))
		return
	}
	t := &groupTx{tx: tx, err: errors.New("commit transaction: a job in it ended without a result")}
	defer g.settle(t)
	defer g.mend(t)
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	for began := time.Now(); len(t.jobs) < g.most && (len(t.jobs) == 0 || time.Since(began) < g.longest); {
		j := g.take(len(t.jobs))
		if j == nil {
			break
		}
		if err := t.run(j, !j.alone && g.most > 1); err != nil {
			t.err = fmt.Errorf("commit transaction: %w", explain(err))
			return
		}
		if j.alone {
			break
		}
	}
	t.commit()
}

// mend makes the index of words anew where it was found damaged: what is only there to
// find comments by keeps none out. The next transaction can write again.
func (g *group) mend(t *groupTx) {
	if !t.broken {
		return
	}
	err := g.renewWords()
	if err == nil {
		return
	}
	for _, j := range t.jobs {
		if wordsBroken(j.err, false) {
			j.err = errors.Join(j.err, err)
		}
	}
	if t.err != nil {
		t.err = errors.Join(t.err, err)
	}
}

// renewWords is the function of that name in a transaction of its own.
func (g *group) renewWords() error {
	tx, err := g.pool.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := renewWords(context.Background(), tx); err != nil {
		return err
	}
	return tx.Commit()
}

// begin begins a transaction, once what could not be brought to disk is there.
func (g *group) begin() (*sql.Tx, error) {
	if g.disk == nil {
		return g.pool.BeginTx(context.Background(), nil)
	}
	if err := g.disk.begin(); err != nil {
		return nil, err
	}
	tx, err := g.pool.BeginTx(context.Background(), nil)
	if err != nil {
		g.disk.settle(err, func(error) {})
	}
	return tx, err
}

// settle answers a transaction's jobs when what they wrote is on disk.
func (g *group) settle(t *groupTx) {
	if g.disk == nil {
		t.answer(t.err)
		return
	}
	g.disk.settle(t.err, t.answer)
}

// refuse answers the first n that wait with err.
func (g *group) refuse(n int, err error) {
	for range n {
		j := g.take(0)
		if j == nil { // some had no patience
			return
		}
		j.err = err
		close(j.done)
	}
}

// groupTx is a transaction of a group and the jobs in it.
type groupTx struct {
	tx     *sql.Tx
	jobs   []*job
	kept   int   // of the jobs
	err    error // why nothing was kept; nil: it was
	broken bool  // the index of words is
}

// run runs a job, within a savepoint or as all there is in the transaction. Its
// error says that the transaction is lost.
func (t *groupTx) run(j *job, guarded bool) error {
	t.jobs = append(t.jobs, j)
	ctx := context.Background()
	if guarded {
		if _, err := t.tx.ExecContext(ctx, `SAVEPOINT job`); err != nil {
			return err
		}
	}
	j.try(t.tx)
	if wordsBroken(j.err, false) {
		t.broken, j.err = true, renewed(j.err)
	}
	if j.err == nil && j.thrown == nil {
		t.kept++
		if guarded {
			_, err := t.tx.ExecContext(ctx, `RELEASE job`)
			return err
		}
		return nil
	}
	if !guarded {
		return nil // and is rolled back, for nothing is kept
	}
	// Where SQLite has rolled back the whole transaction, as it does when the disk
	// is full, there is no savepoint any more.
	if _, err := t.tx.ExecContext(ctx, `ROLLBACK TO job`); err != nil {
		return errors.Join(j.err, err)
	}
	_, err := t.tx.ExecContext(ctx, `RELEASE job`)
	return err
}

// try runs the job and keeps what came of it.
func (j *job) try(tx *sql.Tx) {
	defer func() {
		if p := recover(); p != nil {
			j.thrown = p
		}
	}()
	j.err = j.f(tx)
}

// commit keeps what the jobs wrote that gave no error.
func (t *groupTx) commit() {
	if t.kept == 0 {
		t.err = nil
		return
	}
	err := t.finish()
	if err == nil {
		err = t.tx.Commit()
	}
	t.broken = t.broken || wordsBroken(err, true)
	switch {
	case err == nil:
		t.err = nil
	case wordsBroken(err, true):
		t.err = fmt.Errorf("commit transaction: %w", renewed(err))
	default:
		t.err = fmt.Errorf("commit transaction: %w", explain(err))
	}
}

// finish does what jobs left for the end; an error loses the transaction.
func (t *groupTx) finish() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("end transaction: panic: %v", p)
		}
	}()
	for _, j := range t.jobs {
		if j.last != nil && j.err == nil && j.thrown == nil {
			if err := j.last(t.tx); err != nil {
				return err
			}
		}
	}
	return nil
}

// answer tells the jobs what came of them; with an error nothing was kept for sure.
func (t *groupTx) answer(err error) {
	for _, j := range t.jobs {
		if err != nil {
			j.err = err
		}
		close(j.done)
	}
}
