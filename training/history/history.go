// Package history reads what blogs export: comments of former years with what
// became of them. [Read] is its entry point, [Formats] the table of what it
// reads; each format is one file here.
//
// The package judges nothing and keeps nothing: it hands each comment on as a
// moderation.Past. Its memory does not grow with the size of a file, but for
// eight bytes and some for each comment.
package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

const (
	// maxBody is the longest comment that is taken, as at our own door.
	maxBody = 256 << 10
	// maxID bounds the ids that files give, in bytes.
	maxID = 512
	// keptBad is how many bad comments [Stats] names.
	keptBad = 20
)

// Format is one kind of export: a row of the table that [Formats] returns.
type Format struct {
	Name  string // what stands in `import NAME`
	Title string // what people call it
	parse func(*run, io.Reader) error
}

// Formats returns the table of what can be read.
func Formats() []Format {
	return []Format{
		{"wordpress", "WordPress: Tools, Export (WXR, .xml)", parseWordPress},
		{"blogger", "Blogger: the Atom file of Back up content, or Takeout's folder or .zip", parseBlogger},
		{"disqus", "Disqus: Admin, Export (.xml)", parseDisqus},
		{"csv", "a table with named columns", parseCSV},
		{"jsonl", "one JSON object a line", parseJSONL},
	}
}

// Options says how to read a file. The zero value skips what is bad.
type Options struct {
	Strict bool // what is bad is an error
	// Choice is what became of comments of which a table or JSON does not say
	// it; empty: such comments are bad.
	Choice moderation.Choice
	// Columns names the columns of a table where they have names of their own:
	// "body" to "Comment".
	Columns map[string]string
	// Encoding is how the file is written, as web pages name it (windows-1252);
	// empty: what the file says of itself, else UTF-8.
	Encoding string
	// Blog names one of the blogs of a Takeout folder.
	Blog string
	// Stdin is read for the path "-".
	Stdin io.Reader
	// Progress is called now and then with the bytes read so far and of all;
	// total is 0 where it can't be known.
	Progress func(read, total int64)
}

// Stats says what was read.
type Stats struct {
	Comments int64 // handed to yield
	Repeated int64 // their id came before in the same file: left out
	Pending  int64 // waiting for a decision: left out
	Deleted  int64 // left out
	Other    int64 // no comments of readers, such as the notes on orders: left out
	Purged   int64 // their text was purged before they were written out: left out
	Bad      int64
	BadItems []Bad // the first ones
	Odd      int64 // characters that were not text, each put down as a blank or a question mark
}

// Bad is a comment that can't be kept.
type Bad struct {
	File   string `json:"file"`
	Line   int64  `json:"line"` // counts from 1
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// String returns the place and what is wrong, as compilers write it.
func (b Bad) String() string {
	what := ""
	if b.ID != "" {
		what = fmt.Sprintf("comment %q: ", b.ID)
	}
	return fmt.Sprintf("%s:%d: %s%s", b.File, b.Line, what, b.Reason)
}

// Read hands the comments of a file to yield, one after another, parents before
// those who answer them as far as that is possible. Format is a name of
// [Formats]. The file may be compressed by gzip, whatever its name; "-" is
// opts.Stdin.
//
// Comments that can't be kept are counted; with opts.Strict the first one is an
// error that wraps moderation.ErrInvalid. A file that breaks off gives what
// stands before, and then an error that says where and what to do. An error of
// yield ends the reading and is returned as it is.
func Read(ctx context.Context, format, path string, opts Options, yield func(moderation.Past) error) (Stats, error) {
	for _, f := range Formats() {
		if f.Name == format {
			return read(ctx, f, path, opts, yield)
		}
	}
	return Stats{}, fmt.Errorf("%w: format %q is not known", moderation.ErrInvalid, format)
}

func read(ctx context.Context, f Format, path string, opts Options, yield func(moderation.Past) error) (Stats, error) {
	src, err := openSource(f.Name, path, opts)
	if err != nil {
		return Stats{}, fmt.Errorf("read %s: %w", path, err)
	}
	defer src.close() //nolint:errcheck // only read: nothing is lost
	r := &run{ctx: ctx, opts: opts, file: src.name, by: moderation.Actor{ID: "import:" + f.Name, Name: "the blog's history"}}
	r.threads = newThreads(yield)
	err = f.parse(r, src)
	if flushed := r.threads.flush(); err == nil || errors.Is(err, errBroken) {
		err = errors.Join(err, flushed)
	}
	src.progress.flush()
	var own yieldError
	switch {
	case errors.As(err, &own):
		return r.stats, own.error
	case ctx.Err() != nil:
		return r.stats, ctx.Err()
	case err != nil:
		return r.stats, fmt.Errorf("read %s: %w", src.name, err)
	}
	return r.stats, nil
}

// errBroken marks what ends a file early; what came before is kept.
var errBroken = errors.New("the file is broken off or damaged")

// yieldError is an error of whoever takes the comments.
type yieldError struct{ error }

// Unwrap returns that error.
func (e yieldError) Unwrap() error { return e.error }

// fate is what a file says of a comment beyond the choices.
type fate string

// What else may have become of a comment.
const (
	fatePending fate = "pending"
	fateDeleted fate = "deleted"
	fateOther   fate = "other"
	fatePurged  fate = "purged"
)

// item is one comment of a file, as its format's parser found it.
type item struct {
	past moderation.Past
	fate fate // empty: past.Choice says it
	line int64
	err  error // why it can't be kept
}

// run is the reading of one file.
type run struct {
	ctx     context.Context //nolint:containedctx // a run is one call, and the parsers are its parts
	opts    Options
	file    string
	by      moderation.Actor
	threads *threads
	stats   Stats
}

// take hands a comment on, or counts why not.
func (r *run) take(it item) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	c := &it.past.Arrival.Comment
	switch it.fate {
	case fatePending:
		r.stats.Pending++
	case fateDeleted:
		r.stats.Deleted++
	case fateOther:
		r.stats.Other++
	case fatePurged:
		r.stats.Purged++
	}
	if it.fate != "" {
		r.threads.passOver(c.PlatformID)
		return nil
	}
	if it.err == nil {
		it.err = check(it.past)
	}
	if it.err != nil {
		r.threads.passOver(c.PlatformID)
		return r.bad(it)
	}
	if it.past.By == (moderation.Actor{}) {
		it.past.By = r.by
	}
	if !r.threads.isNew(c.PlatformID) {
		r.stats.Repeated++
		return nil
	}
	r.stats.Comments++
	return r.threads.take(it.past)
}

// bad counts a comment that can't be kept.
func (r *run) bad(it item) error {
	b := Bad{File: r.file, Line: it.line, ID: it.past.Arrival.Comment.PlatformID, Reason: it.err.Error()}
	r.stats.Bad++
	if len(r.stats.BadItems) < keptBad {
		r.stats.BadItems = append(r.stats.BadItems, b)
	}
	if r.opts.Strict {
		return fmt.Errorf("%w: %s", moderation.ErrInvalid, b)
	}
	return nil
}

// check says why a comment can't be kept.
func check(p moderation.Past) error {
	c := p.Arrival.Comment
	switch {
	case c.PlatformID == "":
		return errors.New("it has no id")
	case len(c.PlatformID) > maxID:
		return fmt.Errorf("its id is longer than %d bytes", maxID)
	case strings.TrimSpace(c.Body) == "":
		return errors.New("it has no text")
	case len(c.Body) > maxBody:
		return fmt.Errorf("it is longer than %d KiB", maxBody>>10)
	}
	return nil
}

// lastYear is behind every year that a comment may come from.
const lastYear = 2200

// readTime reads a time in one of the layouts; without a zone it is UTC. Empty
// gives the zero time.
func readTime(s string, layouts ...string) (time.Time, error) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, nil
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, s)
		if err == nil && t.Year() > 1970 && t.Year() < lastYear {
			return t.UTC().Truncate(time.Millisecond), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is not a time like %s", quoted(s), layouts[0])
}
