// Package training turns labelled texts into models and says how good they are:
// corpora and their parts, training runs, evaluation and the starter model.
//
// [ReadFiles] reads a corpus and [Evaluate] scores one. What a model is and how
// it judges is package classifier's business.
package training

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/training/history"
)

// MaxLine is the longest line of a corpus, in bytes without its newline.
const MaxLine = 1 << 20

// maxWeight is the most that an example may count.
const maxWeight = 100

// keptBad is how many bad lines [ReadStats] names unless told otherwise.
const keptBad = 20

// Example is one labelled text.
type Example struct {
	Text   string
	Label  moderation.Label
	Source string // the corpus it comes from; empty: not said
	Split  string // the part its maker put it in (train, dev); empty: not said
	// Group names what must not be parted between folds, such as all comments
	// under one video. It is unique within a source; empty: stands alone.
	Group string
	// ParentAuthor is the name of whom the text answers; empty: not said.
	ParentAuthor string
	// Weight is how much the example counts against others of its source and
	// label; 0: not said, it counts once.
	Weight float64
}

// ReadOptions says how to read a corpus. The zero value skips bad lines.
type ReadOptions struct {
	Strict  bool // a bad line is an error
	KeepBad int  // how many bad lines to name in ReadStats; 0: 20
	// Progress is called about once per mebibyte, and at the end of each file,
	// with the bytes read so far and of all files, both as stored (compressed
	// where they are). total is 0 where a size can't be known, as of a pipe.
	Progress func(read, total int64)
}

// ReadStats says what was read.
type ReadStats struct {
	Lines    int64     // not blank
	Examples int64     // handed to yield
	Bad      int64     // skipped
	BadLines []BadLine // the first ones
	Files    []FileStats
	// SHA256 is the hash, in hex, of the decompressed contents one after
	// another, what `zcat -f FILES | sha256sum` prints.
	SHA256 string
}

// FileStats says what was read of one file.
type FileStats struct {
	Path     string
	Examples int64
	SHA256   string // of the decompressed content, in hex
}

// BadLine is a line that holds no example.
type BadLine struct {
	File   string
	Line   int64 // counts from 1, blank lines too
	Reason string
}

// String returns the line's place and what is wrong, as compilers write it.
func (b BadLine) String() string {
	return fmt.Sprintf("%s:%d: %s", b.File, b.Line, b.Reason)
}

// ReadFiles hands every example of the files to yield, in their order. A file
// holds one JSON object a line, with "text" and "label" (ok, spam or abuse) and,
// where known, "source", "split", "parent_author", "weight" and "group" (or "video"); other fields are
// ignored, so are blank lines. It may be compressed by gzip, whatever its name.
// Memory does not grow with the files.
//
// Lines that are not such an object, have no text, another label, invalid UTF-8
// or more than [MaxLine] bytes are counted and skipped; with opts.Strict the
// first one is an error that wraps [moderation.ErrInvalid]. An error of yield
// ends the reading and is returned, wrapped. The stats hold what was read until
// then, without hashes where a file was not read to its end.
func ReadFiles(ctx context.Context, paths []string, opts ReadOptions, yield func(Example) error) (ReadStats, error) {
	if opts.KeepBad == 0 {
		opts.KeepBad = keptBad
	}
	r := &corpusReader{opts: opts, yield: yield, all: sha256.New()}
	r.progress.report, r.progress.total = opts.Progress, totalSize(paths)
	for _, path := range paths {
		if err := r.file(ctx, path); err != nil {
			return r.stats, err
		}
	}
	r.stats.SHA256 = hex.EncodeToString(r.all.Sum(nil))
	return r.stats, nil
}

// ReadAll is [ReadFiles] into memory.
func ReadAll(ctx context.Context, paths []string, opts ReadOptions) ([]Example, ReadStats, error) {
	var all []Example
	stats, err := ReadFiles(ctx, paths, opts, func(e Example) error {
		all = append(all, e)
		return nil
	})
	return all, stats, err
}

// totalSize returns the bytes of all files, 0 where one is not a plain file.
func totalSize(paths []string) int64 {
	var total int64
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		total += info.Size()
	}
	return total
}

// corpusReader is the state of one ReadFiles.
type corpusReader struct {
	opts     ReadOptions
	yield    func(Example) error
	stats    ReadStats
	all      hash.Hash // over every file
	progress progress
}

// file reads one file to its end.
func (r *corpusReader) file(ctx context.Context, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open corpus: %w", err)
	}
	defer func() { _ = f.Close() }() // only read: nothing is lost
	content, err := history.Unpack(io.TeeReader(f, &r.progress))
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	sum, before := sha256.New(), r.stats.Examples
	lines := bufio.NewReaderSize(io.TeeReader(content, io.MultiWriter(sum, r.all)), 1<<16)
	if err := r.lines(ctx, path, lines); err != nil {
		return err
	}
	r.progress.flush()
	r.stats.Files = append(r.stats.Files, FileStats{
		Path: path, Examples: r.stats.Examples - before, SHA256: hex.EncodeToString(sum.Sum(nil)),
	})
	return nil
}

// lines reads the examples of one file.
func (r *corpusReader) lines(ctx context.Context, path string, in *bufio.Reader) error {
	var buf []byte
	for n := int64(1); ; n++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		line, err := readLine(in, buf[:0])
		buf = line.text
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("read %s line %d: %w", path, n, err)
		}
		if n == 1 {
			line.text = bytes.TrimPrefix(line.text, []byte("\uFEFF"))
		}
		if err := r.line(path, n, line); err != nil {
			return err
		}
		if last {
			return nil
		}
	}
}

// line hands the example of one line on, or notes why it holds none.
func (r *corpusReader) line(path string, n int64, line rawLine) error {
	if len(bytes.TrimSpace(line.text)) == 0 && !line.tooLong {
		return nil
	}
	r.stats.Lines++
	example, err := parseExample(line)
	if err != nil {
		bad := BadLine{File: path, Line: n, Reason: err.Error()}
		r.stats.Bad++
		if len(r.stats.BadLines) < r.opts.KeepBad {
			r.stats.BadLines = append(r.stats.BadLines, bad)
		}
		if r.opts.Strict {
			return fmt.Errorf("read corpus: %w: %s", moderation.ErrInvalid, bad)
		}
		return nil
	}
	if err := r.yield(example); err != nil {
		return fmt.Errorf("use %s line %d: %w", path, n, err)
	}
	r.stats.Examples++
	return nil
}

// rawLine is one line without its newline; of one too long, only a beginning.
type rawLine struct {
	text    []byte
	tooLong bool
}

// readLine reads one line into buf, which it may grow up to [MaxLine]. The end
// of the input gives io.EOF together with what stood there.
func readLine(in *bufio.Reader, buf []byte) (rawLine, error) {
	line := rawLine{text: buf}
	for {
		part, err := in.ReadSlice('\n')
		part = bytes.TrimSuffix(part, []byte("\n"))
		if len(line.text)+len(part) > MaxLine {
			line.tooLong = true
		} else if !line.tooLong {
			line.text = append(line.text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// parseExample returns the example that a line holds, or why it holds none.
func parseExample(line rawLine) (Example, error) {
	if line.tooLong {
		return Example{}, fmt.Errorf("longer than %d bytes", MaxLine)
	}
	if !utf8.Valid(line.text) {
		return Example{}, errors.New("not valid UTF-8")
	}
	var row struct {
		Text   string   `json:"text"`
		Label  string   `json:"label"`
		Source string   `json:"source"`
		Split  string   `json:"split"`
		Group  string   `json:"group"`
		Video  string   `json:"video"`
		Parent string   `json:"parent_author"`
		Weight *float64 `json:"weight"`
	}
	if err := json.Unmarshal(line.text, &row); err != nil {
		return Example{}, notAnObject(err)
	}
	if strings.TrimSpace(row.Text) == "" {
		return Example{}, errors.New(`no "text"`)
	}
	label := moderation.Label(row.Label)
	switch label {
	case moderation.OK, moderation.Spam, moderation.Abuse:
	case "":
		return Example{}, errors.New(`no "label"`)
	default:
		return Example{}, fmt.Errorf("label %q is none of ok, spam, abuse", row.Label)
	}
	var weight float64
	if row.Weight != nil {
		if weight = *row.Weight; weight <= 0 || weight > maxWeight {
			return Example{}, fmt.Errorf("weight %v is not above 0 and at most %d", weight, maxWeight)
		}
	}
	if row.Group == "" {
		row.Group = row.Video
	}
	return Example{Text: row.Text, Label: label, Source: row.Source, Split: row.Split, Group: row.Group, ParentAuthor: row.Parent, Weight: weight}, nil
}

// notAnObject says in the words of the file, not of the decoder, what is wrong.
func notAnObject(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &wrong):
		return fmt.Errorf("not JSON: %w", err)
	case wrong.Field == "":
		return fmt.Errorf("a JSON %s, not an object", wrong.Value)
	case wrong.Type.Kind() != reflect.Float64:
		return fmt.Errorf("%q is a JSON %s, not a string", wrong.Field, wrong.Value)
	}
	if number, ok := strings.CutPrefix(wrong.Value, "number "); ok {
		return fmt.Errorf("%q is %s, too large for a number", wrong.Field, number)
	}
	return fmt.Errorf("%q is a JSON %s, not a number", wrong.Field, wrong.Value)
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
