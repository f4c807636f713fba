package text

import (
	"fmt"
	"io"

	"golang.org/x/text/encoding/htmlindex"
)

// Decoded returns the UTF-8 of what in gives in an encoding that is named as web
// pages name it (https://encoding.spec.whatwg.org/#names-and-labels), such as
// windows-1252. What stands for no character in it becomes U+FFFD.
func Decoded(in io.Reader, encoding string) (io.Reader, error) {
	e, err := htmlindex.Get(encoding)
	if err != nil {
		return nil, fmt.Errorf("encoding %q is not known", encoding)
	}
	return e.NewDecoder().Reader(in), nil
}
