package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
)

// glanceMost is how many questions one look at the database answers at most: those that
// come meanwhile wait for its end.
const glanceMost = 16

// glances answers short questions together: those that wait are asked one after
// another of one state of the database, which is no older than any of them. A
// reader's memory of the file is empty again after each commit, and filling it costs
// more than what a question costs by itself.
type glances struct {
	pool *sql.DB // of its own, so that no list keeps it waiting
	most int     // looks at a time

	mu      sync.Mutex
	waiting []*glance
	looks   int
	all     sync.WaitGroup // of the looks
}

// glance is a question and its answer.
type glance struct {
	f func(*sql.Tx) error

	done   chan struct{} // closed when all below is known
	err    error
	thrown any // what f panicked with
}

// do runs f on one state of the database, which has all that was stored before. It
// ends with ctx while f has not begun; f itself runs to its end, and is short. A
// panic of f comes out of it.
func (g *glances) do(ctx context.Context, f func(*sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	q := &glance{f: f, done: make(chan struct{})}
	g.join(q)
	select {
	case <-q.done:
	case <-ctx.Done():
		if g.leave(q) {
			return fmt.Errorf("begin transaction: %w", ctx.Err())
		}
		<-q.done
	}
	if q.thrown != nil {
		panic(q.thrown) // f's own, passed on
	}
	return q.err
}

// join puts a question at the end of those that wait, and sees that somebody looks.
func (g *glances) join(q *glance) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, q)
	if g.looks < g.most {
		g.looks++
		g.all.Go(g.work)
	}
}

// leave takes a question out of those that wait; false where it has begun.
func (g *glances) leave(q *glance) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, q)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i >= 0
}

// take removes what waits, up to glanceMost; nil, and one look fewer, where nothing
// does.
func (g *glances) take() []*glance {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.looks--
		return nil
	}
	n := min(len(g.waiting), glanceMost)
	some := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	return some
}

// work looks until nobody waits.
func (g *glances) work() {
	for some := g.take(); some != nil; some = g.take() {
		g.look(some)
	}
}

// close closes the pool when nobody looks any more. Nothing may be asked from then on.
func (g *glances) close() error {
	g.all.Wait()
	return g.pool.Close()
}

// look answers questions, all of one state of the database.
func (g *glances) look(some []*glance) {
	tx, err := g.pool.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		for _, q := range some {
			q.err = fmt.Errorf("begin transaction: %w", explain(err))
			close(q.done)
		}
		return
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	for _, q := range some {
		q.answer(tx)
	}
}

// answer runs the question and keeps what came of it.
func (q *glance) answer(tx *sql.Tx) {
	defer close(q.done)
	defer func() {
		if p := recover(); p != nil {
			q.thrown = p
		}
	}()
	q.err = q.f(tx)
}
