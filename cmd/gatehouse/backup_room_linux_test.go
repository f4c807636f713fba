package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a disk of a size at a folder.
func smallDisk(t *testing.T, folder, size string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", folder, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("skipped: no small disk can be mounted here (run as root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// TestBackupNeedsRoom refuses a backup for which a disk has no room before it is begun:
// that of the data folder, where one is copied that is encrypted, and that of the file.
func TestBackupNeedsRoom(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	out := filepath.Join(p.dir, "out")
	smallDisk(t, out, "400k")
	smallDisk(t, p.data, "8m")
	p.addSite("blog", "")
	plain, sealed := []string{"backup", filepath.Join(out, "copy.db")}, []string{"backup", filepath.Join(out, "copy.age"), "--passphrase-file", p.writeFile("passphrase", "correct horse")}
	elsewhere := []string{"backup", filepath.Join(p.dir, "copy.age"), "--passphrase-file", sealed[3]}
	refuses := func(full string, args ...string) {
		t.Helper()
		_, stderr, err := p.run(args...)
		if left := p.partial(); err == nil || len(left) > 0 || !strings.Contains(stderr, full+" has room for 0 MiB, and 1 MiB are needed; make room") {
			t.Errorf("%v: %v; it said %q and left %q", args[1:], err, stderr, left)
		}
		if files, err := os.ReadDir(out); err != nil || len(files) > 0 {
			t.Errorf("%v left %v, %v", args[1:], files, err)
		}
	}
	refuses(out, plain...)
	refuses(out, sealed...)
	p.must(elsewhere...)
	ballast := make([]byte, 7<<20+256<<10)
	if err := os.WriteFile(filepath.Join(p.data, "ballast"), ballast, 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(p.data, append(elsewhere, "--force")...)
	refuses(p.data, "backup", "-")
	p.addSite("another", "") // there is as much room as before
}
