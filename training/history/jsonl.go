package history

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// maxLine is the longest line of JSON, in bytes.
const maxLine = 1 << 20

// line is the JSON of a comment as our own door takes it, with what was decided;
// or a text with a label, as the files have that models are trained on.
type line struct {
	ID        looseID `json:"id"`
	UpdatedAt string  `json:"updated_at"`
	Post      struct {
		ID    looseID `json:"id"`
		URL   string  `json:"url"`
		Title string  `json:"title"`
		// PublishedAt is when the post went online.
		PublishedAt string `json:"published_at"`
	} `json:"post"`
	ParentID looseID `json:"parent_id"`
	Parent   struct {
		Author string `json:"author"`
		Body   string `json:"body"`
	} `json:"parent"`
	ParentAuthor string `json:"parent_author"`
	Author       struct {
		ID        looseID `json:"id"`
		Name      string  `json:"name"`
		Email     string  `json:"email"`
		URL       string  `json:"url"`
		IP        string  `json:"ip"`
		UserAgent string  `json:"user_agent"`
		Role      string  `json:"role"`
	} `json:"author"`
	Body      string `json:"body"`
	Text      string `json:"text"`
	Format    string `json:"format"`
	CreatedAt string `json:"created_at"`
	Decision  string `json:"decision"`
	Label     string `json:"label"`
	Status    string `json:"status"`
	DecidedBy string `json:"decided_by"`
	DecidedAt string `json:"decided_at"`
	PurgedAt  string `json:"purged_at"`
}

// looseID is an id that a file may write as a string or as a whole number.
type looseID string

// UnmarshalJSON reads either.
func (id *looseID) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil { // null gives ""
		*id = looseID(s)
		return nil
	}
	if _, err := strconv.ParseInt(string(b), 10, 64); err != nil {
		return errors.New("an id is neither a string nor a whole number")
	}
	*id = looseID(b)
	return nil
}

// parseJSONL reads one JSON object a line.
func parseJSONL(r *run, in io.Reader) error {
	decoded, err := utf8Of(in, r.opts.Encoding)
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(newCleaner(decoded, &r.stats.Odd), 1<<16)
	var buf []byte
	for n := int64(1); ; n++ {
		var tooLong bool
		buf, tooLong, err = readLine(lines, buf[:0])
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("line %d: %w: %w; what stands before it has been read", n, errBroken, err)
		}
		it := item{line: n, err: fmt.Errorf("the line is longer than %d KiB", maxLine>>10)}
		if !tooLong {
			it = parseLine(buf, n, r.opts.Choice)
		}
		if tooLong || len(bytes.TrimSpace(buf)) > 0 {
			if err := r.take(it); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}

// readLine reads one line into buf. The end of the input gives io.EOF together
// with what stood there.
func readLine(in *bufio.Reader, buf []byte) (line []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		part = bytes.TrimSuffix(part, []byte("\n"))
		if len(buf)+len(part) > maxLine {
			tooLong = true
		} else if !tooLong {
			buf = append(buf, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, tooLong, err
		}
	}
}

// parseLine reads the comment of a line.
func parseLine(b []byte, n int64, missing moderation.Choice) item {
	it := item{line: n}
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		it.err = notAComment(err)
		return it
	}
	a := &it.past.Arrival
	a.Post = moderation.Post{ID: string(l.Post.ID), URL: l.Post.URL, Title: l.Post.Title}
	a.Author = moderation.Author{ID: string(l.Author.ID), Name: l.Author.Name, Email: l.Author.Email, URL: l.Author.URL,
		IP: text.Address(l.Author.IP), UserAgent: l.Author.UserAgent, Role: l.Author.Role}
	format := moderation.Format(cmp.Or(l.Format, string(moderation.FormatText)))
	if format != moderation.FormatText && format != moderation.FormatHTML {
		it.err = fmt.Errorf("its format %s is neither text nor html", quoted(l.Format))
	}
	c := &a.Comment
	c.PlatformID, c.ParentID = string(l.ID), string(l.ParentID)
	body(c, format, cmp.Or(l.Body, l.Text))
	a.Parent = moderation.Parent{Author: cmp.Or(l.Parent.Author, l.ParentAuthor), Text: l.Parent.Body}
	if format == moderation.FormatHTML {
		a.Parent.Text = text.FromHTML(l.Parent.Body)
	}
	var errs [4]error
	c.CreatedAt, errs[0] = readTime(l.CreatedAt, time.RFC3339)
	c.UpdatedAt, errs[1] = readTime(l.UpdatedAt, time.RFC3339)
	it.past.At, errs[2] = readTime(l.DecidedAt, time.RFC3339)
	a.Post.PublishedAt, errs[3] = readTime(l.Post.PublishedAt, time.RFC3339)
	it.err = errors.Join(append(errs[:], it.err)...)
	if l.DecidedBy != "" {
		it.past.By = moderation.Actor{ID: "import:" + shown(l.DecidedBy), Name: shown(l.DecidedBy)}
	}
	it.judge(cmp.Or(l.Decision, l.Label, l.Status), missing)
	it.name()
	if l.PurgedAt != "" && c.Body == "" {
		it.fate = fatePurged
	}
	return it
}

// notAComment says in the words of the file what is wrong with a line.
func notAComment(err error) error {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Errorf("field %s: a JSON %s stands where a %s belongs", wrong.Field, wrong.Value, wrong.Type)
	case errors.As(err, &wrong):
		return fmt.Errorf("it is a JSON %s, not an object", wrong.Value)
	}
	return fmt.Errorf("it is not JSON: %w", err)
}

// name gives a comment without an id one of what it is: the same comment in
// another file has the same one.
func (it *item) name() {
	a := &it.past.Arrival
	if a.Comment.PlatformID != "" || a.Comment.Body == "" {
		return
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %q %q %q", a.Post.ID, a.Post.URL, a.Author.Name, a.Comment.ParentID, a.Comment.CreatedAt.UTC(), a.Comment.Body)
	a.Comment.PlatformID = "text-" + hex.EncodeToString(sum.Sum(nil)[:12])
}
