package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// settler brings to disk what has been committed, while the next transaction runs
// already. SQLite writes commits to its log and leaves it to the settler to have the
// system write that to disk, as SQLite does by itself with synchronous=FULL; a
// checkpoint goes on waiting for the disk. Others may see for a moment what a power cut
// would take back: see [settler.wait].
type settler struct {
	log  string // the path of the write-ahead log
	pool *sql.DB
	sync func() error // has the system write the log to disk

	file *os.File // the log as it was opened last; of the one goroutine that syncs

	mu        sync.Mutex
	unsettled int           // transactions that may have committed and are not answered
	waiting   []func(error) // what to do when all that is committed by now is on disk
	ended     chan struct{} // closed when the goroutine that syncs ends; nil: none does
	sick      error         // why something committed may never come to disk
	length    int64         // of the log at the last sync, in bytes
	most      int64         // length from which the log is emptied
}

// longestLog is from which length, in bytes, the log is emptied, for which readers are
// waited for: SQLite begins it anew by itself only at a moment when nobody reads.
const longestLog = 64 << 20

// newSettler has SQLite leave syncing to it, on the one connection of a pool that writes
// to the database at path. Where a connection is opened anew, SQLite does both.
func newSettler(ctx context.Context, pool *sql.DB, path string) (*settler, error) {
	var mode string
	if err := pool.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		return nil, err
	}
	if _, err := pool.ExecContext(ctx, `PRAGMA synchronous = NORMAL`); err != nil {
		return nil, err
	}
	s := &settler{log: path + "-wal", pool: pool, most: longestLog}
	s.sync = s.syncLog
	// A killed process may have committed what it had not synced.
	if err := s.syncLog(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return s, nil
}

// begin allows for one more transaction. After the log could not be synced it first has
// the database take what is in it: another sync may give no error, for the system has
// forgotten what it could not write, and what is written behind that would be lost. It
// counts on the system still having in memory what it could not write a moment ago.
func (s *settler) begin() error {
	s.mu.Lock()
	sick, length := s.sick, s.length
	isLong := length > s.most
	s.mu.Unlock()
	var left error
	if sick != nil || isLong {
		left = s.empty()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case sick != nil && left != nil:
		return errors.Join(sick, left)
	case left != nil: // who reads for long keeps nobody waiting again soon
		s.most = length + longestLog
	case isLong:
		s.length, s.most = 0, longestLog
	}
	s.sick = nil
	s.unsettled++
	return nil
}

// empty has the database take what is in the log, and begins the log anew. It waits
// for readers for a moment only.
func (s *settler) empty() error {
	ctx := context.Background()
	if _, err := s.pool.ExecContext(ctx, `PRAGMA busy_timeout = 100`); err != nil {
		return err
	}
	var busy, frames, done int
	err := s.pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &done)
	if err == nil && busy != 0 {
		err = errors.New("empty write-ahead log: it is being read")
	}
	_, restored := s.pool.ExecContext(ctx, `PRAGMA busy_timeout = 10000`)
	return errors.Join(err, restored)
}

// settle calls answer: at once with the error of a transaction that was not committed,
// or when what was is on disk.
func (s *settler) settle(err error, answer func(error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.unsettled--
		answer(err)
		return
	}
	s.await(func(err error) {
		s.mu.Lock()
		s.unsettled--
		s.mu.Unlock()
		answer(err)
	})
}

// wait returns when all that could be seen so far is on disk: for what is read and then
// told to somebody else, who may rely on it.
func (s *settler) wait() error {
	done := make(chan error, 1)
	s.mu.Lock()
	if s.unsettled == 0 {
		defer s.mu.Unlock()
		return s.sick
	}
	s.await(func(err error) { done <- err })
	s.mu.Unlock()
	return <-done
}

// await has f called after the next sync, and sees that somebody syncs. s.mu is held.
func (s *settler) await(f func(error)) {
	s.waiting = append(s.waiting, f)
	if s.ended == nil {
		s.ended = make(chan struct{})
		go s.work()
	}
}

// work syncs until nobody waits.
func (s *settler) work() {
	for {
		s.mu.Lock()
		some := s.waiting
		s.waiting = nil
		if len(some) == 0 {
			close(s.ended)
			s.ended = nil
			s.mu.Unlock()
			return
		}
		err := s.sick
		s.mu.Unlock()
		if err == nil {
			err = s.sync()
		}
		if err != nil {
			s.mu.Lock()
			s.sick = err
			s.mu.Unlock()
		}
		for _, f := range some {
			f(err)
		}
	}
}

func (s *settler) syncLog() error {
	err := s.open()
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("sync write-ahead log: %w (is there room on the disk, and is the disk well?)", unable{err})
	}
	return nil
}

// open opens the log, if it is another file than it was.
func (s *settler) open() error {
	now, err := os.Stat(s.log)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.length = now.Size()
	s.mu.Unlock()
	if s.file != nil {
		if then, err := s.file.Stat(); err == nil && os.SameFile(now, then) {
			return nil
		}
		_ = s.file.Close()
	}
	if s.file, err = os.OpenFile(s.log, os.O_RDWR, 0); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(s.log))
}

// close returns when nothing waits any more.
func (s *settler) close() {
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	if ended != nil {
		<-ended
	}
	if s.file != nil {
		_ = s.file.Close()
	}
}

// settled returns when all that can be read is on disk.
func (db *DB) settled() error {
	if db.group == nil || db.group.disk == nil { // db looks into the past, or waits at each commit
		return nil
	}
	return db.group.disk.wait()
}
