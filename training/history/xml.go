package history

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"gatehouse/internal/moderation"
)

// Bounds of what is read of an XML file at once.
const (
	maxToken = 16 << 20 // bytes of a token; a post's text is one
	maxNode  = 32 << 20 // bytes of an element that is read as a whole
	maxDepth = 32       // elements in one another
)

// xmlFile is an XML file that is read from its beginning to its end.
type xmlFile struct {
	*xml.Decoder
	pieces *pieces
}

// openXML begins to read XML.
func (r *run) openXML(in io.Reader) (*xmlFile, error) {
	decoded, err := utf8Of(in, r.opts.Encoding)
	if err != nil {
		return nil, err
	}
	f := &xmlFile{pieces: &pieces{in: newCleaner(decoded, &r.stats.Odd), most: maxToken}}
	f.Decoder = xml.NewDecoder(f.pieces)
	f.Entity = xml.HTMLEntity
	f.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	return f, nil
}

// next returns the next token; io.EOF at the end of the file. Any other error
// is one of errBroken that names the line.
func (f *xmlFile) next() (xml.Token, error) {
	f.pieces.next()
	t, err := f.Token()
	if err == nil || err == io.EOF { //nolint:errorlint // Token gives it bare
		return t, err
	}
	line, _ := f.InputPos()
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		line, err = syntax.Line, errors.New(syntax.Msg)
		if syntax.Msg == "unexpected EOF" {
			return nil, f.cutOff()
		}
	}
	return nil, fmt.Errorf("line %d: %w: %w; what stands before it has been read: export it again, or mend that line and read the file again", line, errBroken, err)
}

// cutOff is the error of a file that ends too early.
func (f *xmlFile) cutOff() error {
	return fmt.Errorf("line %d: %w: it ends in the middle; what stands before has been read: export it again", f.line(), errBroken)
}

// line returns the line that was read last.
func (f *xmlFile) line() int64 {
	line, _ := f.InputPos()
	return int64(line)
}

// children calls each for every element within the one that was just begun, to
// its end. each must read the element to its end.
func (f *xmlFile) children(each func(xml.StartElement) error) error {
	for {
		t, err := f.next()
		if err == io.EOF { //nolint:errorlint // as next gives it
			return f.cutOff()
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := each(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// skip reads the element that was just begun to its end.
func (f *xmlFile) skip() error { return f.skipAt(0) }

func (f *xmlFile) skipAt(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("line %d: %w: elements stand more than %d deep in one another", f.line(), errBroken, maxDepth)
	}
	return f.children(func(xml.StartElement) error { return f.skipAt(depth + 1) })
}

// node is an element that was read as a whole.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	text     string // its own text, without its children's
	children []*node
}

// node reads the element that was just begun to its end.
func (f *xmlFile) node(start xml.StartElement) (*node, error) {
	return f.nodeAt(start, 0, f.InputOffset())
}

func (f *xmlFile) nodeAt(start xml.StartElement, depth int, from int64) (*node, error) {
	n := &node{name: start.Name, attrs: start.Attr}
	var text strings.Builder
	for {
		if depth > maxDepth || f.InputOffset()-from > maxNode {
			return nil, fmt.Errorf("line %d: %w: element %s is too deep or longer than %d MiB", f.line(), errBroken, start.Name.Local, maxNode>>20)
		}
		t, err := f.next()
		if err == io.EOF { //nolint:errorlint // as next gives it
			return nil, f.cutOff()
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			child, err := f.nodeAt(t, depth+1, from)
			if err != nil {
				return nil, err
			}
			n.children = append(n.children, child)
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			n.text = text.String()
			return n, nil
		}
	}
}

// child returns the first child of a name, nil if there is none.
func (n *node) child(local string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name.Local == local {
			return c
		}
	}
	return nil
}

// textOf returns the text of the first child of a name, without the blanks around
// it.
func (n *node) textOf(local string) string {
	c := n.child(local)
	if c == nil {
		return ""
	}
	return strings.TrimSpace(c.text)
}

// attr returns an attribute, whatever its namespace.
func (n *node) attr(local string) string {
	if n == nil {
		return ""
	}
	return attr(n.attrs, local)
}

func attr(attrs []xml.Attr, local string) string {
	for _, a := range attrs {
		if a.Name.Local == local {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// root reads to within the file's outermost element, which must have a name.
func (f *xmlFile) root(local, what string) error {
	for {
		t, err := f.next()
		if err == io.EOF { //nolint:errorlint // as next gives it
			return fmt.Errorf("%w: it is empty, not %s", moderation.ErrInvalid, what)
		}
		if err != nil {
			return fmt.Errorf("%w: it is not %s: %w", moderation.ErrInvalid, what, err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != local {
			return fmt.Errorf("%w: it begins with <%s>, not with <%s>: it is not %s", moderation.ErrInvalid, shown(start.Name.Local), local, what)
		}
		return nil
	}
}
