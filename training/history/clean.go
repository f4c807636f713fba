package history

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// declaration finds the encoding that an XML file says it is in
// (https://www.w3.org/TR/xml/#charencoding).
var declaration = regexp.MustCompile(`^<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]*)["']`)

// utf8Of returns the content of in as UTF-8 without a byte-order mark: from the
// encoding that is named, or that the file's first bytes tell.
func utf8Of(in io.Reader, encoding string) (io.Reader, error) {
	buffered := bufio.NewReaderSize(in, 1<<16)
	head, err := buffered.Peek(256)
	if len(head) == 0 && err != nil {
		if err == io.EOF { //nolint:errorlint // Peek gives it bare
			return buffered, nil
		}
		return nil, err
	}
	said := declaration.FindSubmatch(bytes.TrimPrefix(head, []byte("\uFEFF")))
	switch {
	case bytes.HasPrefix(head, []byte("\uFEFF")):
		_, _ = buffered.Discard(3) // it was peeked at
		return buffered, nil
	case encoding != "":
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		encoding = "utf-16le"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		encoding = "utf-16be"
	case said != nil:
		encoding = string(said[1])
	default:
		return buffered, nil
	}
	if isUTF8(encoding) {
		return buffered, nil
	}
	decoded, err := text.Decoded(buffered, encoding)
	if err != nil {
		return nil, fmt.Errorf("%w: %w: convert the file to UTF-8, or name its encoding with --encoding", moderation.ErrInvalid, err)
	}
	unmarked := bufio.NewReaderSize(decoded, 1<<16)
	if mark, _ := unmarked.Peek(3); string(mark) == "\uFEFF" {
		_, _ = unmarked.Discard(3) // it was peeked at
	}
	return unmarked, nil
}

// isUTF8 says whether an encoding is called UTF-8 or is a part of it.
func isUTF8(name string) bool {
	switch string(bytes.ToLower([]byte(name))) {
	case "utf-8", "utf8", "us-ascii", "ascii":
		return true
	}
	return false
}

// cleaner replaces the bytes that are not text in UTF-8 by question marks and the
// control characters that XML forbids (https://www.w3.org/TR/xml/#charsets) by
// blanks. Exports hold them, for spam does, and one would end the reading. No
// byte is added or lost, so that places stay what they are.
type cleaner struct {
	in    io.Reader
	odd   *int64 // counts what was replaced
	buf   []byte
	ready []byte // of buf, clean
	rest  []byte // of buf, a character that may go on
	err   error
}

func newCleaner(in io.Reader, odd *int64) *cleaner {
	return &cleaner{in: in, odd: odd, buf: make([]byte, 1<<15)}
}

// Read reads what has been made clean.
func (c *cleaner) Read(p []byte) (int, error) {
	for len(c.ready) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		kept := copy(c.buf, c.rest)
		n, err := c.in.Read(c.buf[kept:])
		c.err = err
		c.clean(c.buf[:kept+n], err != nil)
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// clean cleans b in place; what it ends with may go on unless it is the last.
func (c *cleaner) clean(b []byte, last bool) {
	i := 0
	for i < len(b) {
		if b[i] < utf8.RuneSelf {
			if b[i] < ' ' && b[i] != '\t' && b[i] != '\n' && b[i] != '\r' {
				b[i] = ' '
				*c.odd++
			}
			i++
			continue
		}
		if !last && !utf8.FullRune(b[i:]) {
			break
		}
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b[i] = '?'
			*c.odd++
		case r == '\uFFFE' || r == '\uFFFF':
			copy(b[i:], "\uFFFD")
			*c.odd++
		}
		i += size
	}
	c.ready, c.rest = b[:i], b[i:]
}

// pieces limits how much a parser may read for one piece: a token of XML, or a
// record of a table. Whoever parses calls next between the pieces.
type pieces struct {
	in   io.Reader
	most int64
	read int64
}

// next begins the next piece.
func (p *pieces) next() { p.read = 0 }

// Read reads, and fails where a piece is too long.
func (p *pieces) Read(b []byte) (int, error) {
	if p.read > p.most {
		return 0, fmt.Errorf("%w: more than %d MiB without an end: a quote or a bracket is not closed", moderation.ErrTooLarge, p.most>>20)
	}
	n, err := p.in.Read(b[:min(len(b), 1<<15)])
	p.read += int64(n)
	return n, err
}
