package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // pictures may be JPEG
	_ "image/png"  // and PNG
	"path"
	"reflect"
	"strings"
)

// The limits of files.
const (
	maxPhoto    = 10 << 20 // bytes of a picture
	maxDocument = 50 << 20 // bytes of any other file
	maxSides    = 10_000   // width and height of a picture together, in pixels
	maxRatio    = 20       // how many times one side may be the other
	maxCaption  = 1024     // characters below either, in UTF-16 units
)

// File is a picture or a document that the bot sent.
type File struct {
	ID            string // to send it again
	Name          string
	Type          string // as in a Content-Type
	Bytes         []byte // not to be changed
	Width, Height int    // of a picture, in pixels
}

// sendPhoto puts a picture of the bot's into a chat.
func (s *Server) sendPhoto(_ context.Context, p params) (any, error) {
	return s.sendFile(p, "photo", (*Server).readPhoto)
}

// sendDocument puts a file of the bot's into a chat.
func (s *Server) sendDocument(_ context.Context, p params) (any, error) {
	return s.sendFile(p, "document", (*Server).readDocument)
}

// readFile returns the file that a parameter names.
type readFile func(s *Server, p params, named string) (*File, error)

// sendFile sends what a parameter names as kind, which is "photo" or "document".
func (s *Server) sendFile(p params, kind string, read readFile) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := read(s, p, kind)
	if err != nil {
		return nil, err
	}
	caption, err := readCaption(p)
	if err != nil {
		return nil, err
	}
	return s.send(p, kind+"s", caption, func(m *stored) { m.setFile(kind, f) })
}

// setFile makes f what the message shows.
func (m *stored) setFile(kind string, f *File) {
	m.Photo, m.Document = nil, nil
	if kind == "photo" {
		m.Photo = f
	} else {
		m.Document = f
	}
}

// readPhoto reads a picture. s.mu is held.
func (s *Server) readPhoto(p params, named string) (*File, error) {
	up, sent, err := s.upload(p, named, "photo")
	switch {
	case err != nil:
		return nil, err
	case sent != nil && sent.Width == 0:
		return nil, badRequest("can't use file of type Document as Photo")
	case sent != nil:
		return sent, nil
	case len(up.bytes) > maxPhoto:
		return nil, badRequest("file of size %d bytes is too big for a photo; the maximum size is %d bytes", len(up.bytes), maxPhoto)
	}
	look, format, err := image.DecodeConfig(bytes.NewReader(up.bytes))
	if err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	long, short := max(look.Width, look.Height), min(look.Width, look.Height)
	if long+short > maxSides || short == 0 || long > maxRatio*short {
		return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	if _, _, err := image.Decode(bytes.NewReader(up.bytes)); err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	return s.keep(File{Name: up.name, Type: "image/" + format, Bytes: up.bytes, Width: look.Width, Height: look.Height}), nil
}

// readDocument reads a file of any kind. s.mu is held.
func (s *Server) readDocument(p params, named string) (*File, error) {
	up, sent, err := s.upload(p, named, "document")
	switch {
	case err != nil:
		return nil, err
	case sent != nil && sent.Width != 0:
		return nil, badRequest("can't use file of type Photo as Document")
	case sent != nil:
		return sent, nil
	case len(up.bytes) > maxDocument:
		return nil, errTooLarge
	}
	return s.keep(File{Name: up.name, Type: typeOf(up.name), Bytes: up.bytes}), nil
}

// upload returns the file that came with a call under a name, or else one of
// before whose number the call gives. s.mu is held.
func (s *Server) upload(p params, named, what string) (up upload, sent *File, err error) {
	value := p.text(named)
	up, ok := p.files[named]
	if name, attached := strings.CutPrefix(value, "attach://"); attached {
		up, ok = p.files[name]
	}
	switch sent = s.files[value]; {
	case ok && len(up.bytes) == 0:
		return up, nil, badRequest("file must be non-empty")
	case ok || sent != nil:
		return up, sent, nil
	case value == "":
		return up, nil, badRequest("there is no %s in the request", what)
	}
	return up, nil, badRequest("wrong file identifier/HTTP URL specified")
}

// keep gives a file its number. s.mu is held.
func (s *Server) keep(f File) *File {
	f.ID = fmt.Sprintf("file-%d", len(s.files)+1)
	f.Name = path.Base("/" + strings.ReplaceAll(f.Name, `\`, "/"))
	s.files[f.ID] = &f
	return &f
}

// typeOf returns the type of a document, which Telegram takes from its name.
func typeOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".log":
		return "text/plain"
	case ".csv":
		return "text/csv"
	case ".htm", ".html":
		return "text/html"
	case ".json":
		return "application/json"
	case ".pdf":
		return "application/pdf"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".zip":
		return "application/zip"
	}
	return "application/octet-stream"
}

// readCaption returns the text below a picture or a document; it may be empty.
func readCaption(p params) (content, error) {
	c, err := parseText(p.text("caption"), p.text("parse_mode"))
	if err != nil {
		return content{}, err
	}
	if utf16Len(c.text) > maxCaption {
		return content{}, badRequest("message caption is too long")
	}
	return c, nil
}

// editMessageCaption changes caption and buttons of a message of the bot's.
func (s *Server) editMessageCaption(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	if m.file() == nil {
		return nil, badRequest("there is no caption in the message to edit")
	}
	caption, err := readCaption(p)
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, caption, m.Photo, m.Document, p)
}

// editMessageMedia puts another picture or document into a message of the bot's.
func (s *Server) editMessageMedia(_ context.Context, p params) (any, error) {
	var media struct {
		Type      string `json:"type"`
		Media     string `json:"media"`
		Caption   string `json:"caption"`
		ParseMode string `json:"parse_mode"`
	}
	if json.Unmarshal([]byte(p.text("media")), &media) != nil {
		return nil, badRequest("can't parse input media JSON object")
	}
	p.values = map[string]string{
		"chat_id": p.text("chat_id"), "message_id": p.text("message_id"), "reply_markup": p.text("reply_markup"),
		"media": media.Media, "caption": media.Caption, "parse_mode": media.ParseMode,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	caption, err := readCaption(p)
	if err != nil {
		return nil, err
	}
	var photo, document *File
	switch media.Type {
	case "photo":
		photo, err = s.readPhoto(p, "media")
	case "document":
		document, err = s.readDocument(p, "media")
	default:
		err = badRequest("can't parse InputMedia: type %q is unsupported", media.Type)
	}
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, caption, photo, document, p)
}

// file returns what the message shows beside its text; nil: nothing.
func (m *stored) file() *File {
	if m.Photo != nil {
		return m.Photo
	}
	return m.Document
}

// same reports whether two files are alike, or both missing.
func same(a, b *File) bool {
	return a == b || a != nil && b != nil && a.Name == b.Name && reflect.DeepEqual(a.Bytes, b.Bytes)
}

// wireFile adds what the message shows to its JSON, and makes its text a caption.
func (m *stored) wireFile(w map[string]any) {
	f := m.file()
	if f == nil {
		return
	}
	for text, caption := range map[string]string{"text": "caption", "entities": "caption_entities"} {
		if value, ok := w[text]; ok && m.Text != "" {
			w[caption] = value
		}
		delete(w, text)
	}
	file := map[string]any{"file_id": f.ID, "file_unique_id": "unique-" + f.ID, "file_size": len(f.Bytes)}
	if m.Photo != nil {
		file["width"], file["height"] = f.Width, f.Height
		w["photo"] = []any{file}
		return
	}
	file["file_name"], file["mime_type"] = f.Name, f.Type
	w["document"] = file
}
