//go:build unix

package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Owner returns whose a file or folder is, by number where the user has no name; ""
// where that can't be told.
func Owner(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	number := strconv.FormatUint(uint64(stat.Uid), 10)
	if known, err := user.LookupId(number); err == nil {
		return known.Username
	}
	return number
}

// withOwner adds to an error of permission whose the file or its folder is.
func withOwner(err error, path string) error {
	owner := cmp.Or(Owner(path), Owner(filepath.Dir(path)))
	if !errors.Is(err, fs.ErrPermission) || owner == "" {
		return err
	}
	return fmt.Errorf("%w: it is owned by %s: run gatehouse as that user, or chown it to the service's", err, owner)
}
