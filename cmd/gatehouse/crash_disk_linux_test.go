package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestCrashDiskFull fills the disk: comments are refused with the reason, and nothing is
// lost when there is room again.
func TestCrashDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: filling a disk takes a while")
	}
	t.Parallel()
	w := newCrashWorld(t)
	w.brief = true
	smallDisk(t, w.p.data, "12m")
	t.Cleanup(w.p.kill)
	w.p.start()
	w.work()
	until(t, "comments are answered", func() bool { return w.load.number.Load() > 20 })
	ballast := filepath.Join(w.p.data, "ballast")
	if err := os.WriteFile(ballast, bytes.Repeat([]byte{1}, 12<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	until(t, "a comment is refused", func() bool { return w.load.wasRefused("not_ready", "disk") })
	w.p.kill()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	w.p.start()
	w.finish()
}
