package history

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"gatehouse/internal/moderation"
)

// A compressed file that gives more than so many times its size, and more than
// the allowance, is no export of a blog but a bomb.
const (
	maxRatio     = 300
	allowance    = 16 << 20
	feedFile     = "feed.atom"
	maxNamedFile = 10
)

// source is the decompressed content of an export.
type source struct {
	io.Reader
	name     string // of the file, for messages
	progress *progress
	closers  []io.Closer
}

// close closes what openSource opened.
func (s *source) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i].Close())
	}
	return errors.Join(errs...)
}

// openSource opens the file at p: plain, gzipped, or for Blogger one of Takeout's
// folder or archive.
func openSource(format, p string, opts Options) (*source, error) {
	s := &source{name: p, progress: &progress{report: opts.Progress}}
	if p == "-" {
		s.name = "standard input"
		return s, s.plain(opts.Stdin)
	}
	info, err := os.Stat(p)
	if err != nil {
		return nil, withoutPath(err)
	}
	if info.IsDir() {
		return s.folder(format, p, opts.Blog)
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, withoutPath(err)
	}
	s.closers = append(s.closers, f)
	if info.Mode().IsRegular() {
		s.progress.total = info.Size()
	}
	if isZip(f, info) {
		err = s.archive(format, f, info.Size(), opts.Blog)
	} else {
		err = s.plain(f)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// withoutPath is err without the path, which the caller names.
func withoutPath(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// plain reads from in, decompressed where it is gzip's.
func (s *source) plain(in io.Reader) (err error) {
	s.Reader, err = Unpack(io.TeeReader(in, s.progress))
	return err
}

// Unpack returns the content of in: what gzip packed where it begins as gzip does
// (RFC 1952, ID1 and ID2), else in itself. What grows beyond reason when it is
// decompressed ends with moderation.ErrTooLarge.
func Unpack(in io.Reader) (io.Reader, error) {
	packed := &progress{}
	buffered := bufio.NewReaderSize(io.TeeReader(in, packed), 1<<16)
	magic, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	unpacked, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, fmt.Errorf("it begins as gzip does, but is not: %w", err)
	}
	return &bombGuard{in: unpacked, packed: func() int64 { return packed.read }}, nil
}

// isZip says whether a plain file begins as archives do.
func isZip(f *os.File, info fs.FileInfo) bool {
	var magic [4]byte
	if !info.Mode().IsRegular() {
		return false
	}
	n, _ := f.ReadAt(magic[:], 0)
	return n == len(magic) && string(magic[:]) == "PK\x03\x04"
}

// folder reads a Takeout folder.
func (s *source) folder(format, dir, blog string) (*source, error) {
	name, err := findFeed(format, os.DirFS(dir), blog)
	if err != nil {
		return nil, err
	}
	s.name = filepath.Join(dir, filepath.FromSlash(name))
	f, err := os.Open(s.name)
	if err != nil {
		return nil, withoutPath(err)
	}
	s.closers = append(s.closers, f)
	if info, err := f.Stat(); err == nil {
		s.progress.total = info.Size()
	}
	if err := s.plain(f); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// archive reads a Takeout archive. Nothing is unpacked to the disk.
func (s *source) archive(format string, f *os.File, size int64, blog string) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return fmt.Errorf("it begins as a .zip does, but is not: %w", err)
	}
	name, err := findFeed(format, z, blog)
	if err != nil {
		return err
	}
	for _, packed := range z.File {
		if packed.Name != name {
			continue
		}
		content, err := packed.Open()
		if err != nil {
			return fmt.Errorf("open %s in it: %w", name, err)
		}
		s.closers = append(s.closers, content)
		s.name += ":" + name
		s.progress.total = int64(packed.UncompressedSize64)
		compressed := int64(packed.CompressedSize64)
		s.Reader = io.TeeReader(&bombGuard{in: content, packed: func() int64 { return compressed }}, s.progress)
		return nil
	}
	return fmt.Errorf("%w: %s in it can't be read", moderation.ErrInvalid, name)
}

// findFeed returns the one feed.atom of a Takeout folder, or that of the blog
// that was named: Blogger/Blogs/NAME/feed.atom, wherever that stands.
func findFeed(format string, files fs.FS, blog string) (string, error) {
	if format != "blogger" {
		return "", fmt.Errorf("%w: it is a folder or a .zip, and only `import blogger` takes one: name the file in it", moderation.ErrInvalid)
	}
	var found, blogs []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(name) != feedFile || strings.HasPrefix(name, "__MACOSX/") {
			return err
		}
		of := path.Base(path.Dir(name))
		blogs = append(blogs, fmt.Sprintf("%q", of))
		if blog == "" || blog == of {
			found = append(found, name)
		}
		return nil
	})
	if len(blogs) > maxNamedFile {
		blogs = append(blogs[:maxNamedFile], "and more")
	}
	switch {
	case err != nil:
		return "", err
	case len(found) == 1:
		return found[0], nil
	case len(blogs) == 0:
		return "", fmt.Errorf("%w: there is no %s in it: choose Blogger in Google Takeout, and name the folder or the .zip that it gives", moderation.ErrInvalid, feedFile)
	case len(found) == 0:
		return "", fmt.Errorf("%w: no blog in it is called %q; there are: %s", moderation.ErrInvalid, blog, strings.Join(blogs, ", "))
	}
	return "", fmt.Errorf("%w: several blogs are in it: name one with --blog: %s", moderation.ErrInvalid, strings.Join(blogs, ", "))
}

// bombGuard ends the reading of a compressed file that grows beyond reason.
type bombGuard struct {
	in     io.Reader
	packed func() int64 // the bytes that were read of the compressed file
	given  int64
}

// Read reads, and fails where too much came of too little.
func (g *bombGuard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	g.given += int64(n)
	if g.given > allowance && g.given/maxRatio > g.packed() {
		return 0, fmt.Errorf("%w: it grows to more than %d times its size when it is decompressed, which no text does", moderation.ErrTooLarge, maxRatio)
	}
	return n, err
}

// progress counts the bytes written to it and reports them now and then.
type progress struct {
	read, told, total int64
	report            func(read, total int64)
}

// Write counts.
func (p *progress) Write(b []byte) (int, error) {
	p.read += int64(len(b))
	if p.read-p.told >= 1<<20 {
		p.flush()
	}
	return len(b), nil
}

// flush reports what was read.
func (p *progress) flush() {
	p.told = p.read
	if p.report != nil {
		p.report(p.read, p.total)
	}
}
