package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A file that is not whole yet is called as what it becomes, partial, and a number.
const partial = ".partial-"

// copiesInside are what copies are called that are written into the data folder: those
// that are encrypted or sent from there, those that doctor decrypts, and those of before
// an upgrade.
func copiesInside() []string {
	return []string{databaseFile + ".copy", databaseFile + ".proof", databaseFile + ".before"}
}

// BeginCopy says that copies of the database in folder dir are written, until end is
// called or the process ends. Unless somebody else says so too, what copies have left that
// were cut off is removed first, in dir and beside the files that targets will be; removed
// says what that was, and err what could not be removed: copies can be written all the
// same. Where folders have no locks nothing is removed.
func BeginCopy(dir string, targets ...string) (removed []string, end func(), err error) {
	for _, name := range copiesInside() {
		targets = append(targets, filepath.Join(dir, name))
	}
	end = holdFolder(dir, func() {
		for _, path := range targets {
			cut, failed := removePartial(path)
			removed, err = append(removed, cut...), errors.Join(err, failed)
		}
	})
	if err != nil {
		err = fmt.Errorf("remove what copies have left that were cut off: %w", err)
	}
	return removed, end, err
}

// removePartial removes what is called as a part of the file at path, and returns it.
func removePartial(path string) (removed []string, err error) {
	folder := filepath.Dir(path)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+partial)
		number = strings.TrimSuffix(number, "-journal")
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		cut := filepath.Join(folder, e.Name())
		if failed := os.Remove(cut); failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		removed = append(removed, cut)
	}
	return removed, err
}
