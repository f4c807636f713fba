package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gatehouse/internal/store"
)

// errMeant is what jobs fail with that are meant to.
var errMeant = errors.New("meant to fail")

// ledger is a database with a table of numbers that the tests' jobs write, and an
// eye from outside that sees what is on disk.
type ledger struct {
	*world
	outside *sql.DB
}

func newLedger(t testing.TB) *ledger {
	t.Helper()
	l := &ledger{world: newWorld(t)}
	var err error
	l.outside, err = sql.Open("sqlite", "file:"+filepath.Join(l.dir, "gatehouse.db")+"?_pragma=busy_timeout(10000)")
	l.must(err)
	t.Cleanup(func() { l.outside.Close() })
	_, err = l.outside.Exec(`CREATE TABLE numbers (n INTEGER PRIMARY KEY)`)
	l.must(err)
	l.GroupFor(time.Hour) // however slow the machine
	return l
}

// of is the ledger for a subtest, empty.
func (l *ledger) of(t *testing.T) *ledger {
	t.Helper()
	own := *l
	own.world = &world{DB: l.DB, t: t, dir: l.dir, site: l.site, now: l.now}
	_, err := l.outside.Exec(`DELETE FROM numbers`)
	own.must(err)
	return &own
}

// put is a job's work: it writes n.
func put(tx *sql.Tx, n int) error {
	_, err := tx.Exec(`INSERT INTO numbers VALUES (?)`, n)
	return err
}

// putting is a job that writes n.
func putting(n int) func(*sql.Tx) error { return func(tx *sql.Tx) error { return put(tx, n) } }

// onDisk returns the numbers that others see.
func (l *ledger) onDisk() []int {
	l.t.Helper()
	rows, err := l.outside.Query(`SELECT n FROM numbers ORDER BY n`)
	l.must(err)
	defer rows.Close()
	found := []int{}
	for rows.Next() {
		var n int
		l.must(rows.Scan(&n))
		found = append(found, n)
	}
	l.must(rows.Err())
	return found
}

func (l *ledger) wantOnDisk(want ...int) {
	l.t.Helper()
	if got := l.onDisk(); !slices.Equal(got, want) {
		l.t.Errorf("on disk are %v, want %v", got, want)
	}
}

// busy occupies the writer with a job of its own until the returned func is called.
func (l *ledger) busy() (release func()) {
	l.t.Helper()
	began, over, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		l.WriteAlone(context.Background(), func(*sql.Tx) error { close(began); <-over; return nil })
	}()
	<-began
	return sync.OnceFunc(func() { close(over); <-ended })
}

// queue has jobs wait for the writer in their order, and returns a func that gives
// what came of them.
func (l *ledger) queue(jobs ...func(*sql.Tx) error) (results func() []error) {
	l.t.Helper()
	errs := make([]error, len(jobs))
	var all sync.WaitGroup
	for i, job := range jobs {
		before := l.Waiting()
		all.Go(func() { errs[i] = l.Write(context.Background(), job) })
		l.until(func() bool { return l.Waiting() > before })
	}
	return func() []error { all.Wait(); return errs }
}

func (l *ledger) until(is func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(deadline) {
			l.t.Fatal("what the test waits for does not come")
		}
	}
}

// wantErrors compares each error with the one that it is to be; errAny is any.
func (l *ledger) wantErrors(got []error, want ...error) {
	l.t.Helper()
	for i, err := range got {
		if isAny := errors.Is(want[i], errAny); isAny && err == nil || !isAny && !errors.Is(err, want[i]) {
			l.t.Errorf("job %d gives %v, want %v", i, err, want[i])
		}
	}
}

var errAny = errors.New("any error")

func TestWhoWaitsSharesATransaction(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	var inside, outside []int
	look := func(n int) func(*sql.Tx) error {
		return func(tx *sql.Tx) error {
			var count int
			if err := tx.QueryRow(`SELECT count(*) FROM numbers`).Scan(&count); err != nil {
				return err
			}
			inside, outside = append(inside, count), append(outside, len(l.onDisk()))
			return put(tx, n)
		}
	}
	results := l.queue(look(1), look(2), look(3))
	release()
	l.wantErrors(results(), nil, nil, nil)
	if !slices.Equal(inside, []int{0, 1, 2}) || !slices.Equal(outside, []int{0, 0, 0}) {
		t.Errorf("jobs see %v in their transaction and others %v, want 0 1 2 and 0 0 0", inside, outside)
	}
	l.wantOnDisk(1, 2, 3)
}

func TestEachCommitsAloneWhenSwitchedOff(t *testing.T) {
	l := newLedger(t)
	l.CommitEach()
	release := l.busy()
	var outside []int
	look := func(n int) func(*sql.Tx) error {
		return func(tx *sql.Tx) error { outside = append(outside, len(l.onDisk())); return put(tx, n) }
	}
	fails := func(tx *sql.Tx) error { return errors.Join(put(tx, 9), errMeant) }
	results := l.queue(look(1), fails, look(2), look(3))
	release()
	l.wantErrors(results(), nil, errMeant, nil, nil)
	if !slices.Equal(outside, []int{0, 1, 2}) {
		t.Errorf("jobs find %v on disk, want 0 1 2", outside)
	}
	l.wantOnDisk(1, 2, 3)
}

func TestAnErrorTakesBackItsOwnOnly(t *testing.T) {
	all := newLedger(t)
	for name, fail := range map[string]func(*sql.Tx) error{
		"gives an error":      func(tx *sql.Tx) error { return errors.Join(put(tx, 100), errMeant) },
		"breaks a constraint": func(tx *sql.Tx) error { return errors.Join(put(tx, 100), put(tx, 1), errMeant) },
		"writes no SQL": func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT nonsense`)
			return errors.Join(put(tx, 100), err, errMeant)
		},
		"leaves rows open":     leaveOpen,
		"removes a good table": func(tx *sql.Tx) error { _, err := tx.Exec(`DROP TABLE numbers`); return errors.Join(err, errMeant) },
		"has savepoints of the name": func(tx *sql.Tx) error {
			_, err := tx.Exec(`SAVEPOINT job`)
			return errors.Join(err, put(tx, 100), errMeant)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := all.of(t)
			release := l.busy()
			results := l.queue(putting(1), fail, putting(2), putting(3))
			release()
			l.wantErrors(results(), nil, errMeant, nil, nil)
			l.wantOnDisk(1, 2, 3)
		})
	}
}

// leaveOpen is a job that fails while it reads.
func leaveOpen(tx *sql.Tx) error {
	rows, err := tx.Query(`SELECT n FROM numbers UNION ALL SELECT 7 UNION ALL SELECT 8`) //nolint:sqlclosecheck,rowserrcheck // that is the test
	if err != nil {
		return err
	}
	rows.Next()
	return errors.Join(put(tx, 100), errMeant)
}

func TestAPanicHurtsNobodyElse(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	caught := make(chan any, 1)
	panics := func() {
		defer func() { caught <- recover() }()
		l.Write(context.Background(), func(tx *sql.Tx) error { put(tx, 100); panic("ouch") })
	}
	first := l.queue(putting(1))
	go panics()
	l.until(func() bool { return l.Waiting() == 2 })
	second := l.queue(putting(2))
	release()
	l.wantErrors(append(first(), second()...), nil, nil)
	if got := <-caught; got != "ouch" {
		t.Errorf("the panic comes out as %v, want ouch", got)
	}
	l.wantOnDisk(1, 2)
}

func TestAGoroutineThatEndsLeavesTheWriterAlive(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	results := l.queue(putting(1), func(*sql.Tx) error { runtime.Goexit(); return nil })
	release()
	for _, err := range results() {
		if err == nil {
			t.Error("a job of the transaction that was lost is told of no error")
		}
	}
	l.must(l.Write(t.Context(), putting(3)))
	l.wantOnDisk(3)
}

func TestAFailedCommitReachesAll(t *testing.T) {
	all := newLedger(t)
	for name, spoil := range map[string]func(*sql.Tx) error{
		"foreign keys": func(tx *sql.Tx) error {
			_, err := tx.Exec(`PRAGMA defer_foreign_keys = 1`)
			if err == nil {
				_, err = tx.Exec(`INSERT INTO tokens (site_id, name, hash, created_at) VALUES (4711, 'x', x'00', 0)`)
			}
			return err
		},
		"gone unnoticed": func(tx *sql.Tx) error { _, err := tx.Exec(`ROLLBACK`); return err },
		"gone and said":  func(tx *sql.Tx) error { _, err := tx.Exec(`ROLLBACK`); return errors.Join(err, errMeant) },
	} {
		t.Run(name, func(t *testing.T) {
			l := all.of(t)
			release := l.busy()
			fails := func(*sql.Tx) error { return errMeant }
			results := l.queue(putting(1), fails, putting(2), spoil)
			release()
			l.wantErrors(results(), errAny, errAny, errAny, errAny)
			l.wantOnDisk()
			l.must(l.Write(t.Context(), putting(3)))
			l.wantOnDisk(3)
		})
	}
}

func TestNobodyIsAnsweredBeforeTheCommit(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	var answered atomic.Int32
	over, began := make(chan struct{}), make(chan struct{})
	jobs := []func(*sql.Tx) error{putting(1), func(*sql.Tx) error { return errMeant },
		func(*sql.Tx) error { close(began); <-over; return nil }}
	var all sync.WaitGroup
	for i, job := range jobs {
		all.Go(func() { l.Write(context.Background(), job); answered.Add(1) })
		l.until(func() bool { return l.Waiting() == i+1 })
	}
	release()
	<-began
	time.Sleep(20 * time.Millisecond) // for an answer that comes too early
	if n := answered.Load(); n != 0 {
		t.Errorf("%d jobs are answered before the commit", n)
	}
	close(over)
	all.Wait()
	l.wantOnDisk(1)
}

func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Write(ctx, putting(1)) }()
	l.until(func() bool { return l.Waiting() == 1 })
	results := l.queue(putting(2))
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("who gives up gets %v, want that its context ended", err)
	}
	release()
	l.wantErrors(results(), nil)
	l.wantOnDisk(2)
	if err := l.Write(ctx, putting(3)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended a write gives %v", err)
	}
	l.wantOnDisk(2)
}

// SQLite rolls back the whole transaction when it interrupts a statement that
// writes.
func TestAContextThatEndsAmidAStatementHurtsNobodyElse(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	ctx, cancel := context.WithCancel(t.Context())
	long := func(tx *sql.Tx) error {
		time.AfterFunc(time.Millisecond, cancel)
		_, err := tx.ExecContext(ctx, `
			WITH RECURSIVE c(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)
			INSERT INTO numbers SELECT n FROM c`)
		return errors.Join(err, ctx.Err())
	}
	results := l.queue(putting(1), long, putting(2))
	release()
	l.wantErrors(results(), nil, context.Canceled, nil)
	l.wantOnDisk(1, 2)
}

func TestALockedDatabaseIsWaitedForByThosePatientEnough(t *testing.T) {
	l := newLedger(t)
	other, err := l.outside.Conn(t.Context())
	l.must(err)
	defer other.Close()
	_, err = other.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
	l.must(err)
	patient := make(chan error, 1)
	go func() { patient <- l.Write(context.Background(), putting(1)) }()
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := l.Write(short, putting(2)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a write that may wait 20ms gives %v", err)
	}
	_, err = other.ExecContext(t.Context(), `COMMIT`)
	l.must(err)
	l.must(<-patient)
	l.wantOnDisk(1)
}

func TestWhoWantsToBeAloneIs(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	first := l.queue(putting(1), putting(2))
	var found []int
	alone := make(chan error, 1)
	go func() {
		alone <- l.WriteAlone(context.Background(), func(tx *sql.Tx) error { found = l.onDisk(); return put(tx, 3) })
	}()
	l.until(func() bool { return l.Waiting() == 3 })
	var after []int
	last := l.queue(func(tx *sql.Tx) error { after = l.onDisk(); return put(tx, 4) })
	release()
	l.wantErrors(append(append(first(), last()...), <-alone), nil, nil, nil, nil)
	if !slices.Equal(found, []int{1, 2}) || !slices.Equal(after, []int{1, 2, 3}) {
		t.Errorf("the one alone finds %v on disk and the next %v, want 1 2 and 1 2 3", found, after)
	}
}

func TestATransactionTakesOnlySoMany(t *testing.T) {
	all := newLedger(t)
	for name, c := range map[string]struct {
		jobs          int
		each, longest time.Duration
		least, most   int
	}{
		"in number": {2*store.GroupMost + 10, 0, time.Hour, store.GroupMost, store.GroupMost},
		"in time":   {20, 5 * time.Millisecond, store.GroupLongest, 1, 6},
	} {
		t.Run(name, func(t *testing.T) {
			l := all.of(t)
			l.GroupFor(c.longest)
			release := l.busy()
			together := 0
			jobs := make([]func(*sql.Tx) error, c.jobs)
			for i := range jobs {
				jobs[i] = func(tx *sql.Tx) error {
					time.Sleep(c.each)
					together = max(together, i+1-len(l.onDisk()))
					return put(tx, i)
				}
			}
			results := l.queue(jobs...)
			release()
			l.wantErrors(results(), make([]error, c.jobs)...)
			if together < c.least || together > c.most {
				t.Errorf("%d jobs were in one transaction, want %d to %d", together, c.least, c.most)
			}
		})
	}
}

func TestClosingLetsWhatWaitsFinish(t *testing.T) {
	l := newLedger(t)
	release := l.busy()
	results := l.queue(putting(1), putting(2))
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	l.until(func() bool { return errors.Is(l.Write(canceled(), nil), context.Canceled) })
	release()
	l.must(<-closed)
	l.wantErrors(results(), nil, nil)
	if err := l.Write(t.Context(), putting(3)); err == nil {
		t.Error("a closed database takes a write")
	}
	l.wantOnDisk(1, 2)
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// One that writes now and then is another process beside a busy service.
func TestAnotherProcessGetsItsTurn(t *testing.T) {
	l := newLedger(t)
	l.GroupFor(store.GroupLongest)
	beside, err := store.Create(t.Context(), l.dir, func() time.Time { return l.now })
	l.must(err)
	defer beside.Close()
	stop, number := make(chan struct{}), atomic.Int64{}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := l.Write(context.Background(), putting(int(number.Add(1)))); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for i := range 10 {
		began := time.Now()
		if err := beside.Write(t.Context(), putting(-1-i)); err != nil {
			t.Errorf("write %d beside a busy service: %v", i, err)
		}
		t.Logf("waited %v", time.Since(began))
	}
	close(stop)
	all.Wait()
}

// However jobs end, what is on disk at last are the numbers of those that were told
// of no error.
func TestWhateverJobsDoOnlyTheGoodOnesStay(t *testing.T) {
	l := newLedger(t)
	next := 0
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom(jobKinds()), 1, 40).Draw(rt, "kinds")
		first := next
		next += len(kinds)
		kept := make([]bool, len(kinds))
		var all sync.WaitGroup
		for i, kind := range kinds {
			all.Go(func() { kept[i] = kind.run(l, first+i) })
		}
		all.Wait()
		want := map[int]bool{}
		for i, is := range kept {
			if is {
				want[first+i] = true
			}
		}
		for _, n := range l.onDisk() {
			if n >= first && !want[n] {
				rt.Errorf("number %d of a job that failed (%s) is on disk", n, kinds[n-first].name)
			}
			delete(want, n)
		}
		for n := range want {
			rt.Errorf("number %d of a job that succeeded (%s) is not on disk", n, kinds[n-first].name)
		}
	})
}

// jobKind is a way in which a job may go. It says whether it was told of success.
type jobKind struct {
	name string
	run  func(l *ledger, n int) bool
}

// String is for rapid.
func (k jobKind) String() string { return k.name }

func jobKinds() []jobKind {
	plain := func(job func(*sql.Tx, int) error) func(*ledger, int) bool {
		return func(l *ledger, n int) bool {
			return l.Write(context.Background(), func(tx *sql.Tx) error { return job(tx, n) }) == nil
		}
	}
	return []jobKind{
		{"good", plain(put)},
		{"good and slow", plain(func(tx *sql.Tx, n int) error { time.Sleep(time.Millisecond); return put(tx, n) })},
		{"alone", func(l *ledger, n int) bool { return l.WriteAlone(context.Background(), putting(n)) == nil }},
		{"alone and bad", func(l *ledger, n int) bool {
			return l.WriteAlone(context.Background(), func(tx *sql.Tx) error { return errors.Join(put(tx, n), errMeant) }) == nil
		}},
		{"bad", plain(func(tx *sql.Tx, n int) error { return errors.Join(put(tx, n), errMeant) })},
		{"twice", plain(func(tx *sql.Tx, n int) error { return errors.Join(put(tx, n), put(tx, n)) })},
		{"twice but forgiven", plain(func(tx *sql.Tx, n int) error { err := put(tx, n); put(tx, n); return err })},
		{"open rows", plain(func(tx *sql.Tx, n int) error { return errors.Join(put(tx, n), leaveOpen(tx)) })},
		{"panics", func(l *ledger, n int) (kept bool) {
			defer func() { recover() }()
			return l.Write(context.Background(), func(tx *sql.Tx) error { put(tx, n); panic("ouch") }) == nil
		}},
		{"short of time", func(l *ledger, n int) bool {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n%5)*200*time.Microsecond)
			defer cancel()
			return l.Write(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO numbers VALUES (?)`, n)
				return err
			}) == nil
		}},
		{"loses all", plain(func(tx *sql.Tx, n int) error { return errors.Join(put(tx, n), exec(tx, `ROLLBACK`)) })},
		{"breaks the commit", plain(func(tx *sql.Tx, n int) error {
			return errors.Join(put(tx, n), exec(tx, `PRAGMA defer_foreign_keys = 1`),
				exec(tx, fmt.Sprintf(`INSERT INTO tokens (site_id, name, hash, created_at) VALUES (4711, 'x', x'%08x', 0)`, n)))
		})},
	}
}

func exec(tx *sql.Tx, query string) error {
	_, err := tx.Exec(query)
	return err
}
