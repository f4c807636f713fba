package rules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// The mode in which files are opened: what is a named pipe nevertheless, because it
// was put there since it was looked at, must not be waited for.
const readOnly = os.O_RDONLY | syscall.O_NONBLOCK

// readBook reads a file of rules.
func readBook(name string) ([]byte, error) {
	at := place{src: &source{name: name}, line: 1, column: 1}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errorAt(at, "not a regular file")
	case info.Size() > maxBook:
		return nil, bookTooLarge(at, info.Size())
	}
	file, err := os.OpenFile(name, readOnly, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	data, err := readOpen(file, maxBook)
	if len(data) > maxBook {
		return nil, bookTooLarge(at, int64(len(data)))
	}
	return data, err
}

// bookTooLarge says that a file of rules has too many bytes.
func bookTooLarge(at place, size int64) error {
	return errorAt(at, "%d bytes; a file of rules may have %d: put long lists into files of their own", size, maxBook)
}

// readBeside reads a file of a list in dir or below it, and none elsewhere.
func readBeside(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // nothing was written
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", name)
	case info.Size() > maxList:
		return nil, fmt.Errorf("%s has %d bytes; a list may have %d", name, info.Size(), maxList)
	}
	file, err := root.OpenFile(name, readOnly, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	}
	defer file.Close() //nolint:errcheck // nothing was written
	data, err := readOpen(file, maxList)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, cause(err))
	case len(data) > maxList:
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxList)
	case isBinary(data):
		return nil, fmt.Errorf("%s is not a text", name)
	}
	return data, nil
}

// readOpen reads an open file, and no more of it than a byte above a limit.
func readOpen(file *os.File, limit int64) ([]byte, error) {
	if info, err := file.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	return io.ReadAll(io.LimitReader(file, limit+1))
}

// cause returns what went wrong with a file, without the system call.
func cause(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file")
	}
	if wrong, ok := errors.AsType[*fs.PathError](err); ok {
		return wrong.Err
	}
	return err
}
