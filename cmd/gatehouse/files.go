package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile makes an empty file that its owner alone may read, and is called nearly
// as name. What is written to it gets its own name by giveName.
func newFile(folder, name string) (string, error) {
	file, err := os.CreateTemp(folder, name+".partial-*")
	if err != nil {
		return "", err
	}
	return file.Name(), file.Close()
}

// giveName renames a file that is on disk, in its folder, and replaces another of
// that name only if it may: else fs.ErrExist.
func giveName(from, to string, replace bool) error {
	if !replace {
		err := os.Link(from, to) // unlike a rename it replaces nothing
		switch {
		case errors.Is(err, fs.ErrExist):
			return err
		case err == nil:
			return errors.Join(os.Remove(from), syncFolder(filepath.Dir(to)))
		case exists(to): // not every file system has links
			return fs.ErrExist
		}
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncFolder makes the names in a folder outlive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// watched reads until its context ends, and says how far it is.
type watched struct {
	ctx  context.Context //nolint:containedctx // as io.Copy takes none
	from io.Reader
	tell func(n int64)
	n    int64
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.from.Read(p)
	w.n += int64(n)
	w.tell(w.n)
	return n, err
}

// sized counts what is written.
type sized struct {
	to io.Writer
	n  int64
}

// Write implements io.Writer.
func (s *sized) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	s.n += int64(n)
	return n, err
}
