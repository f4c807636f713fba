package telegramtest

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
)

// maxRequest bounds a request's body, in bytes: the largest file, and what a form
// puts around it.
const maxRequest = maxDocument + 1<<20

// errTooLarge is the refusal of a body above maxRequest.
var errTooLarge error = &refusalError{code: http.StatusRequestEntityTooLarge, description: "Request Entity Too Large"}

// params are a call's parameters.
type params struct {
	values map[string]string // those that are no strings, as JSON
	files  map[string]upload // by the name of their form's field
}

// upload is a file in a multipart form.
type upload struct {
	name  string
	bytes []byte
}

// readParams reads the parameters of a call from wherever the Bot API allows
// them: the query, a form, a multipart form, or JSON.
func readParams(w http.ResponseWriter, r *http.Request) (params, error) {
	p := params{make(map[string]string), make(map[string]upload)}
	for name, values := range r.URL.Query() {
		p.values[name] = values[0]
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	err := p.readBody(r)
	if err == nil {
		// A form may end before its body does, and a caller that leaves is noticed only after the body.
		_, err = io.Copy(io.Discard, r.Body)
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return params{}, errTooLarge
	}
	return p, err
}

// readBody adds what the body of a call says.
func (p params) readBody(r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		return p.addJSON(r.Body)
	case "multipart/form-data":
		if err := r.ParseMultipartForm(maxRequest); err != nil {
			return formError("failed to parse the multipart form", err)
		}
		for name, files := range r.MultipartForm.File {
			if err := p.addFile(name, files[0]); err != nil {
				return err
			}
		}
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return formError("failed to parse the form", err)
		}
	}
	for name, values := range r.PostForm {
		p.values[name] = values[0]
	}
	return nil
}

// formError says what can't be read, and keeps the reason.
func formError(what string, err error) error {
	return errors.Join(badRequest("%s", what), err)
}

// addFile keeps an uploaded file. Calls are logged with its name.
func (p params) addFile(field string, header *multipart.FileHeader) error {
	f, err := header.Open()
	if err != nil {
		return formError("failed to read the file", err)
	}
	content, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return formError("failed to read the file", err)
	}
	p.values[field] = header.Filename
	p.files[field] = upload{header.Filename, content}
	return nil
}

// addJSON adds the fields of a JSON object.
func (p params) addJSON(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return formError("failed to read the request", err)
	}
	if len(raw) == 0 {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return badRequest("can't parse JSON object")
	}
	for name, value := range fields {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		p.values[name] = text
	}
	return nil
}

// text returns a parameter; empty where it is missing.
func (p params) text(name string) string { return p.values[name] }

// flag reports whether a parameter says true.
func (p params) flag(name string) bool { return p.values[name] == "true" || p.values[name] == "True" }

// integer returns a number between low and high, and otherwise where the
// parameter is missing or none.
func (p params) integer(name string, otherwise, low, high int64) int64 {
	n, err := strconv.ParseInt(p.values[name], 10, 64)
	if err != nil {
		return otherwise
	}
	return min(max(n, low), high)
}
