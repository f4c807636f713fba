package store_test

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"gatehouse/internal/store"
)

// TestLockSaysWhoseTheFileIs locks by a file that this user may not open.
func TestLockSaysWhoseTheFileIs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gatehouse.lock")
	if err := errors.Join(os.WriteFile(path, nil, 0o000), os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755)); err != nil { //nolint:gosec // others are to see it
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Skip("skipped: this user has no name")
	}
	failed := make(chan error)
	go func() {
		if os.Geteuid() == 0 { // root may open everything
			runtime.LockOSThread() // for good: the thread ends with this goroutine
			syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0)
		}
		_, err := store.Lock(filepath.Dir(path))
		failed <- err
	}()
	if err := <-failed; err == nil || !strings.Contains(err.Error(), "it is owned by "+me.Username+": run gatehouse as that user, or chown it") {
		t.Errorf("says %v", err)
	}
}
