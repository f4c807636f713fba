package history

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// maxRecord is the longest record of a table, in bytes.
const maxRecord = 4 << 20

// columns are the fields that a table may have, each with the names by which its
// column is known.
func columns() map[string][]string {
	return map[string][]string{
		"id":         {"id", "comment_id"},
		"post":       {"post", "post_id", "thread"},
		"post_url":   {"post_url", "url_of_post", "permalink", "link"},
		"post_title": {"post_title", "title"},
		"parent":     {"parent", "parent_id", "reply_to", "in_reply_to"},
		"author":     {"author", "author_name", "name"},
		"author_id":  {"author_id", "user_id"},
		"email":      {"email", "author_email", "e_mail"},
		"url":        {"url", "author_url", "website"},
		"ip":         {"ip", "author_ip", "address"},
		"body":       {"body", "text", "comment", "content", "message"},
		"format":     {"format"},
		"created_at": {"created_at", "date", "created", "time", "published"},
		"status":     {"decision", "label", "status"},
	}
}

// timeLayouts are the forms in which tables may write times; without a zone they
// are UTC.
func timeLayouts() []string {
	return []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04", "2006-01-02", time.RFC1123Z, time.RFC1123}
}

// table is a CSV file whose header has been read.
type table struct {
	*csv.Reader
	pieces *pieces
	at     map[string]int // columns by field
}

// parseCSV reads a table (RFC 4180) with a header. What parts the columns is
// guessed of the header: a comma, a semicolon or a tab.
func parseCSV(r *run, in io.Reader) error {
	t, err := r.openCSV(in)
	if err != nil {
		return err
	}
	for line := 1; ; {
		t.pieces.next()
		record, err := t.Read()
		if err == io.EOF { //nolint:errorlint // Read gives it bare
			return nil
		}
		var wrong *csv.ParseError
		switch {
		case errors.As(err, &wrong) && !errors.Is(err, csv.ErrFieldCount):
			err = r.bad(item{line: int64(wrong.StartLine), err: fmt.Errorf("%w: a text with quotes in it is written in quotes, and each of them twice", wrong.Err)})
		case errors.As(err, &wrong):
			err = r.bad(item{line: int64(wrong.StartLine), err: fmt.Errorf("it has %d columns, the header has %d", len(record), t.FieldsPerRecord)})
		case err == nil:
			line, _ = t.FieldPos(0)
			err = r.take(t.item(record, int64(line), r.opts.Choice))
		default:
			err = fmt.Errorf("after line %d: %w: %w; what stands before has been read", line, errBroken, err)
		}
		if err != nil {
			return err
		}
	}
}

// openCSV reads the header.
func (r *run) openCSV(in io.Reader) (*table, error) {
	decoded, err := utf8Of(in, r.opts.Encoding)
	if err != nil {
		return nil, err
	}
	p := &pieces{in: newCleaner(decoded, &r.stats.Odd), most: maxRecord}
	buffered := bufio.NewReaderSize(p, 1<<16)
	head, err := buffered.Peek(1 << 12)
	if len(head) == 0 {
		if err == io.EOF { //nolint:errorlint // Peek gives it bare
			err = fmt.Errorf("%w: it is empty, not a table with a header", moderation.ErrInvalid)
		}
		return nil, err
	}
	t := &table{Reader: csv.NewReader(buffered), pieces: p, at: map[string]int{}}
	t.Comma, t.ReuseRecord = delimiter(string(head)), true
	header, err := t.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: line 1: read header: %w", moderation.ErrInvalid, err)
	}
	return t, t.readHeader(header, r.opts)
}

// delimiter is whichever of comma, semicolon and tab the header has most of.
func delimiter(head string) rune {
	head, _, _ = strings.Cut(head, "\n")
	best := ','
	for _, d := range []rune{';', '\t'} {
		if strings.Count(head, string(d)) > strings.Count(head, string(best)) {
			best = d
		}
	}
	return best
}

// readHeader finds the columns.
func (t *table) readHeader(header []string, opts Options) error {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = columnName(name)
	}
	known := columns()
	for field, own := range opts.Columns {
		if _, ok := known[field]; !ok {
			return fmt.Errorf("%w: there is no field %q; fields are: %s", moderation.ErrInvalid, field, strings.Join(fieldNames(), ", "))
		}
		at := slices.Index(names, columnName(own))
		if at < 0 {
			return fmt.Errorf("%w: line 1: no column is called %q; there are: %s", moderation.ErrInvalid, own, shownList(header))
		}
		t.at[field] = at
	}
	for field, aliases := range known {
		if _, named := t.at[field]; named {
			continue
		}
		for _, name := range aliases {
			if at := slices.Index(names, name); at >= 0 {
				t.at[field] = at
				break
			}
		}
	}
	if _, ok := t.at["body"]; !ok {
		return fmt.Errorf("%w: line 1: no column for the text of comments; there are: %s; say which with --columns body=NAME", moderation.ErrInvalid, shownList(header))
	}
	if _, ok := t.at["status"]; !ok && opts.Choice == "" {
		return fmt.Errorf("%w: line 1: no column says what became of comments; there are: %s; say which with --columns status=NAME, or --all approve where all were published",
			moderation.ErrInvalid, shownList(header))
	}
	return nil
}

// fieldNames returns the fields in alphabetical order.
func fieldNames() []string {
	var names []string
	for field := range columns() {
		names = append(names, field)
	}
	slices.Sort(names)
	return names
}

// shownList is a header for a message.
func shownList(header []string) string {
	var list []string
	for _, name := range header {
		list = append(list, quoted(name))
	}
	return text.Cut(strings.Join(list, ", "), 300)
}

// item reads a record.
func (t *table) item(record []string, line int64, missing moderation.Choice) item {
	get := func(field string) string {
		at, ok := t.at[field]
		if !ok {
			return ""
		}
		return strings.Clone(strings.TrimSpace(record[at])) // the record's memory is used again
	}
	it := item{line: line}
	a := &it.past.Arrival
	a.Post = moderation.Post{ID: get("post"), URL: get("post_url"), Title: get("post_title")}
	a.Author = moderation.Author{ID: get("author_id"), Name: get("author"), Email: get("email"), URL: get("url"), IP: text.Address(get("ip"))}
	c := &a.Comment
	c.PlatformID, c.ParentID = get("id"), zeroIsNone(get("parent"))
	format := moderation.FormatText
	if strings.EqualFold(get("format"), "html") {
		format = moderation.FormatHTML
	}
	body(c, format, get("body"))
	c.CreatedAt, it.err = readTime(get("created_at"), timeLayouts()...)
	it.judge(get("status"), missing)
	it.name()
	return it
}

// judge reads the word by which a file says what became of a comment; an empty one
// stands for the choice that is missing.
func (it *item) judge(word string, missing moderation.Choice) {
	if word == "" && missing != "" {
		it.past.Choice = missing
		return
	}
	choice, fate, known := judge(word)
	switch {
	case known:
		it.past.Choice, it.fate = choice, fate
	case it.err != nil:
	case word == "":
		it.err = errors.New("nothing says what became of it (decision, status or label); --all approve takes such comments for published")
	default:
		it.err = fmt.Errorf("its status %s is none of approve, spam, abuse, reject, pending, deleted", quoted(word))
	}
}

// columnName is the name of a column without what people write differently.
func columnName(s string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
}
