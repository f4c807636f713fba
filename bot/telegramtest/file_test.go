package telegramtest_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"gatehouse/bot/telegramtest"
)

// picture is a PNG of that size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// photo sends a picture to the group.
func photo(api *tgbotapi.BotAPI, content []byte, caption string) (tgbotapi.Message, error) {
	c := tgbotapi.NewPhoto(group, tgbotapi.FileBytes{Name: "stats.png", Bytes: content})
	c.Caption, c.ParseMode = caption, tgbotapi.ModeHTML
	return api.Send(c)
}

// document sends a file to the group.
func document(api *tgbotapi.BotAPI, name string, content []byte) (tgbotapi.Message, error) {
	return api.Send(tgbotapi.NewDocument(group, tgbotapi.FileBytes{Name: name, Bytes: content}))
}

// last is the newest message in the group.
func last(s *telegramtest.Server) telegramtest.Message {
	list := s.Messages(group)
	return list[len(list)-1]
}

func TestPhoto(t *testing.T) {
	s, address := telegram(t)
	api := client(t, address)
	content := picture(t, 800, 600)
	sent, err := photo(api, content, "<b>7 days</b>")
	if err != nil {
		t.Fatal(err)
	}
	if len(sent.Photo) != 1 || sent.Photo[0].Width != 800 || sent.Photo[0].Height != 600 || sent.Caption != "7 days" ||
		len(sent.CaptionEntities) != 1 || sent.Text != "" {
		t.Errorf("sent %+v", sent)
	}
	m := last(s)
	if m.Photo == nil || m.Photo.Name != "stats.png" || m.Photo.Type != "image/png" || !bytes.Equal(m.Photo.Bytes, content) ||
		m.HTML != "<b>7 days</b>" || m.Document != nil {
		t.Errorf("message %+v", m)
	}
	again := tgbotapi.NewPhoto(group, tgbotapi.FileID(sent.Photo[0].FileID))
	if _, err := api.Send(again); err != nil || last(s).Photo == nil || !bytes.Equal(last(s).Photo.Bytes, content) {
		t.Errorf("sent again: %v", err)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := photo(api, out.Bytes(), ""); err != nil || last(s).Photo.Type != "image/jpeg" {
		t.Errorf("a JPEG: %v, %+v", err, last(s).Photo)
	}
}

func TestDocument(t *testing.T) {
	s, address := telegram(t)
	api := client(t, address)
	sent, err := document(api, "comment-17.txt", []byte("You moron"))
	if err != nil {
		t.Fatal(err)
	}
	if d := sent.Document; d == nil || d.FileName != "comment-17.txt" || d.MimeType != "text/plain" || d.FileSize != 9 {
		t.Errorf("sent %+v", d)
	}
	if d := last(s).Document; d == nil || d.Name != "comment-17.txt" || d.Type != "text/plain" || string(d.Bytes) != "You moron" {
		t.Errorf("message %+v", d)
	}
}

func TestFilesRefused(t *testing.T) {
	s, address := telegram(t)
	api := client(t, address)
	small := picture(t, 10, 10)
	doc, err := document(api, "x.txt", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	kept := len(s.Messages(group))
	send := func(c tgbotapi.Chattable) error { _, err := api.Send(c); return err }
	tests := []struct {
		name string
		do   func() error
		want string
	}{
		{"no picture", func() error { _, err := photo(api, []byte("GIF89a"), ""); return err }, "Bad Request: IMAGE_PROCESS_FAILED"},
		{"half a picture", func() error { _, err := photo(api, small[:len(small)-20], ""); return err }, "Bad Request: IMAGE_PROCESS_FAILED"},
		{"empty", func() error { _, err := document(api, "x", nil); return err }, "Bad Request: file must be non-empty"},
		{"too wide", func() error { _, err := photo(api, picture(t, 9000, 1001), ""); return err }, "Bad Request: PHOTO_INVALID_DIMENSIONS"},
		{"a line", func() error { _, err := photo(api, picture(t, 210, 10), ""); return err }, "Bad Request: PHOTO_INVALID_DIMENSIONS"},
		{"too heavy", func() error { _, err := photo(api, make([]byte, 10<<20+1), ""); return err },
			"Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"},
		{"long caption", func() error { _, err := photo(api, small, strings.Repeat("😀", 513)); return err }, "Bad Request: message caption is too long"},
		{"bad caption", func() error { _, err := photo(api, small, "<b>x"); return err },
			`Bad Request: can't parse entities: Can't find end tag corresponding to start tag "b"`},
		{"document too heavy", func() error { _, err := document(api, "x", make([]byte, 50<<20+1)); return err }, "Request Entity Too Large"},
		{"body too heavy", func() error { _, err := document(api, "x", make([]byte, 52<<20)); return err }, "Request Entity Too Large"},
		{"no such file", func() error { return send(tgbotapi.NewPhoto(group, tgbotapi.FileID("none"))) },
			"Bad Request: wrong file identifier/HTTP URL specified"},
		{"a document as a picture", func() error { return send(tgbotapi.NewPhoto(group, tgbotapi.FileID(doc.Document.FileID))) },
			"Bad Request: can't use file of type Document as Photo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.do(); err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	if a := post(t, address, "sendDocument", "chat_id", "-100"); a.Description != "Bad Request: there is no document in the request" {
		t.Errorf("without a file: %+v", a)
	}
	if _, err := photo(api, small, "<b>"+strings.Repeat("😀", 512)+"</b>"); err != nil {
		t.Errorf("1,024 units are refused: %v", err)
	}
	if n := len(s.Messages(group)); n != kept+1 {
		t.Errorf("%d messages", n)
	}
}

func TestEditFiles(t *testing.T) {
	s, address := telegram(t)
	api := client(t, address)
	sent, err := photo(api, picture(t, 10, 10), "before")
	if err != nil {
		t.Fatal(err)
	}
	text := send(t, address, "text", "text")
	tests := []struct {
		name string
		edit tgbotapi.Chattable
		want string
	}{
		{"text of a picture", tgbotapi.NewEditMessageText(group, sent.MessageID, "x"), "Bad Request: there is no text in the message to edit"},
		{"caption of a text", tgbotapi.NewEditMessageCaption(group, text, "x"), "Bad Request: there is no caption in the message to edit"},
		{"nothing", tgbotapi.NewEditMessageCaption(group, sent.MessageID, "before"),
			"Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"caption", tgbotapi.NewEditMessageCaption(group, sent.MessageID, "after"), ""},
		{"picture", media(sent.MessageID, tgbotapi.NewInputMediaPhoto(tgbotapi.FileBytes{Name: "b.png", Bytes: picture(t, 20, 20)})), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := api.Request(test.edit)
			if got := errorOf(err); got != test.want {
				t.Errorf("error %q, want %q", got, test.want)
			}
		})
	}
	if m := s.Messages(group)[0]; m.Photo == nil || m.Photo.Width != 20 || m.Text != "" || !m.Edited {
		t.Errorf("message %+v", m)
	}
}

func errorOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// media puts another file into a message.
func media(message int, with any) tgbotapi.Chattable {
	return tgbotapi.EditMessageMediaConfig{BaseEdit: tgbotapi.BaseEdit{ChatID: group, MessageID: message}, Media: with}
}
