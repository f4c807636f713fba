package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCrashReadOnly takes from the program, while it works, the right to write its
// files: comments are refused with the reason, and taken again as soon as it has it
// back. Then it is to start as a user who may only read: it says so and ends, and what
// was promised is there when it may write again.
func TestCrashReadOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a database that can't be written takes a while")
	}
	t.Parallel()
	w := newCrashWorld(t)
	w.brief = true
	w.p.start()
	w.work()
	until(t, "comments are answered", func() bool { return w.load.answered() > 20 })
	w.readOnly(t)
	n := w.load.answered()
	until(t, "comments are answered again", func() bool { return w.load.answered() > n+10 })
	w.check()
	w.p.kill()
	w.strangersFiles(t)
	w.p.start()
	w.finish()
}

// readOnly makes the files immutable until a comment is refused for it.
func (w *crashWorld) readOnly(t *testing.T) {
	t.Helper()
	files := []string{filepath.Join(w.p.data, "gatehouse.db"), filepath.Join(w.p.data, "gatehouse.db-wal")}
	set := func(flag string) error {
		return exec.CommandContext(t.Context(), "chattr", append([]string{flag}, files...)...).Run()
	}
	t.Cleanup(func() { exec.Command("chattr", append([]string{"-i"}, files...)...).Run() }) //nolint:noctx,errcheck // else the folder stays
	if err := set("+i"); err != nil || !refusesWrites(t) {
		t.Logf("no file can be made immutable here (run as root, on ext4): %v", err)
		return
	}
	until(t, "a comment is refused", func() bool {
		return w.load.wasRefused("503", "not_ready", "write") || w.load.wasRefused("503", "not_ready", "disk")
	})
	if err := set("-i"); err != nil {
		t.Fatal(err)
	}
}

// refusesWrites reports whether an open file can't be written once it is immutable,
// which is so on ext4.
func refusesWrites(t *testing.T) bool {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "probe"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := exec.CommandContext(t.Context(), "chattr", "+i", f.Name()).Run(); err != nil {
		return false
	}
	defer exec.Command("chattr", "-i", f.Name()).Run() //nolint:noctx,errcheck // else the folder stays
	_, err = f.WriteString("x")
	return err != nil
}

// strangersFiles starts the program as somebody who may read its files and not write
// them.
func (w *crashWorld) strangersFiles(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("only root can run the program as somebody else")
		return
	}
	for _, folder := range []string{filepath.Dir(w.p.dir), filepath.Dir(w.p.path)} {
		if err := os.Chmod(folder, 0o711); err != nil { //nolint:gosec // for the other user
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(w.p.dir, "gatehouse.yaml"), 0o644); err != nil { //nolint:gosec // for the other user
		t.Fatal(err)
	}
	open := func(folder, file os.FileMode) {
		t.Helper()
		err := filepath.WalkDir(w.p.data, func(path string, d fs.DirEntry, err error) error {
			mode := file
			if err == nil && d.IsDir() {
				mode = folder
			}
			return errors.Join(err, os.Chmod(path, mode))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	open(0o555, 0o444)
	w.p.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	before := len(w.p.logged())
	w.p.launch()
	err := w.p.cmd.Wait()
	w.p.cmd, w.p.as = nil, nil
	if said := w.p.logged()[before:]; err == nil || !strings.Contains(said, w.p.data) || !strings.Contains(said, "may this user write") && !strings.Contains(said, "permission denied") {
		t.Errorf("with files that it may not write the program ended with %v and said %q", err, said)
	}
	open(0o700, 0o600)
}
