package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// steppedMain is the program with a clock that is off by what stands in the file that
// STEPPED_CLOCK names. It has no other clock: what it measures steps with it.
func steppedMain() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: func() time.Time {
		words, err := os.ReadFile(os.Getenv("STEPPED_CLOCK"))
		if err != nil {
			panic(err)
		}
		off, err := time.ParseDuration(string(words))
		if err != nil {
			panic(err)
		}
		return time.Now().Round(0).Add(off)
	}}
	code := a.run(os.Args[1:])
	stop()
	os.Exit(code)
}

// steppedClocks are the program's clock and that of the world around it.
type steppedClocks struct {
	t     *testing.T
	file  string
	world atomic.Int64 // a time.Duration
}

// set sets by how much the clocks are off.
func (c *steppedClocks) set(program, world time.Duration) {
	c.t.Helper()
	next := c.file + ".next"
	if err := os.WriteFile(next, []byte(program.String()), 0o600); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(next, c.file); err != nil {
		c.t.Fatal(err)
	}
	c.world.Store(int64(world))
}

func (c *steppedClocks) skew() time.Duration { return time.Duration(c.world.Load()) }

// stepping has the program run on a clock that can be set.
func (p *process) stepping() *steppedClocks {
	p.t.Helper()
	c := &steppedClocks{t: p.t, file: filepath.Join(p.dir, "clock")}
	c.set(0, 0)
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	p.path = filepath.Join(p.dir, "stepped") // TestMain looks at the name
	if err := os.Symlink(self, p.path); err != nil {
		p.t.Fatal(err)
	}
	p.env = append(p.env, "STEPPED_CLOCK="+c.file)
	return c
}

// stepping has the program and the world run on clocks that can be set.
func (w *crashWorld) stepping() *steppedClocks {
	w.t.Helper()
	c := w.p.stepping()
	w.load.skew = c.skew
	w.addSites()
	for _, s := range w.load.sites {
		s.blog.clock = func() time.Time { return time.Now().Add(c.skew()) }
	}
	return c
}

// TestCrashClockSteps sets the program's clock forward and back, alone and with those of
// the blogs. While theirs are within five minutes of its own, comments are answered and
// decisions told, whatever waits from other times; else both are refused as unsigned.
func TestCrashClockSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: the clock steps for half a minute")
	}
	t.Parallel()
	w := newCrashWorld(t)
	w.brief = true
	c := w.stepping()
	w.p.start()
	w.work()
	for _, at := range []struct{ program, world time.Duration }{
		{0, 0},
		{2 * time.Hour, 2 * time.Hour},
		{0, 0},
		{72 * time.Hour, 0},
		{4 * time.Minute, 0},
		{-time.Hour, 0},
		{-4 * time.Minute, 0},
	} {
		c.set(at.program, at.world)
		stale := w.load.refusedAs(401)
		if apart := (at.program - at.world).Abs(); apart > 5*time.Minute {
			until(t, fmt.Sprintf("comments are refused by a clock %s off", apart), func() bool { return w.load.refusedAs(401) > stale+10 })
			continue
		}
		answered, told := w.load.answered(), w.told()
		until(t, fmt.Sprintf("comments are answered and decisions told at %+v", at), func() bool {
			return w.load.answered() > answered+10 && w.told() > told+5
		})
		w.check()
	}
	w.finish()
}

// told returns how many decisions the blogs were told.
func (w *crashWorld) told() (n int) {
	for _, s := range w.load.sites {
		n += s.blog.decisions()
	}
	return n
}

// answered returns how many answers were given.
func (l *crashLoad) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.promises)
}

// refusedAs returns how many answers had a status.
func (l *crashLoad) refusedAs(status int) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for answer, times := range l.refusals {
		var is int
		if _, err := fmt.Sscan(answer, &is); err == nil && is == status {
			n += times
		}
	}
	return n
}
