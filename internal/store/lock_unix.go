//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"gatehouse/internal/moderation"
)

// Lock makes this process the only one that serves the data folder, until
// release is called or the process ends. Two would each send every card.
// ErrExists where another process has it.
func Lock(dir string) (release func() error, err error) {
	path := filepath.Join(dir, lockFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", withOwner(err, path))
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = fmt.Errorf("%w: another gatehouse serves %s; stop it, or give this one a folder of its own with --data", moderation.ErrExists, dir)
		}
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), file.Close())
	}
	return file.Close, nil
}

// holdFolder holds a folder together with others, until release is called or the process
// ends. If nobody holds it at first, alone is called before. Where it can't be locked, as
// on some disks on the net, alone is not called.
func holdFolder(dir string, alone func()) (release func()) {
	folder, err := os.Open(dir)
	if err != nil {
		return func() {}
	}
	if syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		alone()
	}
	syscall.Flock(int(folder.Fd()), syscall.LOCK_SH) //nolint:errcheck // where there are no locks nobody is alone
	return func() { folder.Close() }
}
