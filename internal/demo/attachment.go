package demo

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"gatehouse/bot/telegramtest"
)

// attachment is a picture or a document below a message's name.
type attachment struct {
	URL           string
	Name          string
	Size          string // as people read it
	Alt           string // of a picture: what it shows
	Width, Height int    // of a picture, in pixels
}

// attachmentOf returns how the phone shows a file of m; nil: there is none.
func attachmentOf(m telegramtest.Message, f *telegramtest.File) *attachment {
	if f == nil {
		return nil
	}
	a := &attachment{
		URL: "/demo/phone/files/" + strconv.Itoa(m.ID) + "/" + f.ID, Name: f.Name, Size: sizeOf(len(f.Bytes)),
		Width: f.Width, Height: f.Height,
	}
	if a.Alt = "Picture"; m.Text != "" {
		a.Alt = "Picture: " + firstLine(m.Text)
	}
	return a
}

// sizeOf writes a number of bytes.
func sizeOf(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// filePolicy lets a browser lay out a picture that stands alone, and nothing else.
const filePolicy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"

// showFile hands out a file of the chat: a picture to be looked at, a document to
// be kept, which no browser is to open as a page of this server.
func (d *Demo) showFile(w http.ResponseWriter, r *http.Request) {
	if d.cfg.Phone == nil {
		d.notFound(w, r)
		return
	}
	m, ok := d.message(r.PathValue("message"))
	head := w.Header()
	head.Set("Content-Security-Policy", filePolicy)
	switch id := r.PathValue("file"); {
	case ok && m.Photo != nil && m.Photo.ID == id:
		head.Set("Content-Type", m.Photo.Type)
		_, _ = w.Write(m.Photo.Bytes) // the reader may have gone
	case ok && m.Document != nil && m.Document.ID == id:
		head.Set("Content-Type", "application/octet-stream")
		head.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": m.Document.Name}))
		_, _ = w.Write(m.Document.Bytes) // the reader may have gone
	default:
		d.notFound(w, r)
	}
}

// message returns a message of the chat that is there.
func (d *Demo) message(number string) (m telegramtest.Message, ok bool) {
	id, err := strconv.Atoi(number)
	if err != nil {
		return m, false
	}
	for _, m := range d.cfg.Phone.Messages(d.cfg.Chat) {
		if m.ID == id && !m.Deleted {
			return m, true
		}
	}
	return m, false
}
