package store

import "syscall"

// FreeSpace returns how many bytes an ordinary user may still write to the disk that
// a folder is on; below 0 where that is not known.
func FreeSpace(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * s.Bsize //nolint:gosec // no disk is so large
}
