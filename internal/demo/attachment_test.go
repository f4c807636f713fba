package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
)

// upload lets the bot send a file.
func (w *world) upload(method, field, name string, content []byte, caption string) telegramtest.Message {
	w.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		w.Fatal(err)
	}
	for key, value := range map[string]string{"chat_id": fmt.Sprint(testChat), "caption": caption} {
		if err := form.WriteField(key, value); err != nil {
			w.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		w.Fatal(err)
	}
	res, err := http.Post(w.blog.URL+"/bot7:token/"+method, form.FormDataContentType(), &body)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	if answer, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		w.Fatalf("%s: %s", method, answer)
	}
	all := w.phone.Messages(testChat)
	return all[len(all)-1]
}

// chart is a picture.
func chart(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	content := chart(t)
	photo := w.upload("sendPhoto", "photo", "stats.png", content, "7 <days>\nmore")
	file := w.upload("sendDocument", "document", `comment "17" é.html`, []byte("<script>alert(1)</script>"), "")
	picture := fmt.Sprintf("/demo/phone/files/%d/%s", photo.ID, photo.Photo.ID)
	document := fmt.Sprintf("/demo/phone/files/%d/%s", file.ID, file.Document.ID)
	_, page := w.get(w.reader, "/demo/phone")
	for _, want := range []string{
		`<img src="` + picture + `" alt="Picture: 7 &lt;days&gt;" width="40" height="30">`, "pictured", "7 &lt;days&gt;<br>more",
		`<a class="file" href="` + document + `" download="comment &#34;17&#34; é.html">`, "<small>25 B</small>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the phone lacks %q", want)
		}
	}
	tests := []struct {
		name, path, host string
		code             int
		kind, keep       string
	}{
		{"picture", picture, "", http.StatusOK, "image/png", ""},
		{"document", document, "", http.StatusOK, "application/octet-stream", `attachment; filename*=utf-8''comment%20%2217%22%20%C3%A9.html`},
		{"another message's", fmt.Sprintf("/demo/phone/files/%d/%s", photo.ID, file.Document.ID), "", http.StatusNotFound, "", ""},
		{"no message", "/demo/phone/files/x/file-1", "", http.StatusNotFound, "", ""},
		{"for another host", document, "evil.example", http.StatusMisdirectedRequest, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequest(http.MethodGet, w.blog.URL+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			res, err := w.reader.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			head := res.Header
			if res.StatusCode != tt.code || tt.kind != "" && head.Get("Content-Type") != tt.kind || head.Get("Content-Disposition") != tt.keep ||
				head.Get("X-Content-Type-Options") != "nosniff" || head.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("answer %s with %v", res.Status, head)
			}
			if body, _ := io.ReadAll(res.Body); tt.kind == "image/png" && !bytes.Equal(body, content) {
				t.Error("the picture is another")
			}
		})
	}
	w.phone.Delete(testChat, file.ID)
	if code, _ := w.get(w.reader, document); code != http.StatusNotFound {
		t.Errorf("a deleted message's file answers %d", code)
	}
}

// TestReply answers a card, a picture, and what is not there any more.
func TestReply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	card := w.card("<b>Gil</b> wrote\nsomething", "✅ Approve")
	photo := w.upload("sendPhoto", "photo", "stats.png", chart(t), "")
	gone := w.card("gone", "✅ Approve")
	w.phone.Delete(testChat, gone)
	_, page := w.get(w.reader, fmt.Sprintf("/demo/phone?reply=%d", card))
	for _, want := range []string{`<bdi>Gatehouse</bdi></b><span dir="auto">Gil wrote</span>`, fmt.Sprintf(`name="reply" value="%d"`, card), "autofocus"} {
		if !strings.Contains(page, want) {
			t.Errorf("the phone lacks %q", want)
		}
	}
	tests := []struct {
		name  string
		form  url.Values
		to    int
		quote string
	}{
		{"a note", url.Values{"text": {"I know him"}, "reply": {fmt.Sprint(card)}}, card, "Gil wrote"},
		{"a command", url.Values{"command": {"/mode"}, "reply": {fmt.Sprint(photo.ID)}}, photo.ID, "Picture"},
		{"too late", url.Values{"text": {"oh"}, "reply": {fmt.Sprint(gone)}}, 0, ""},
		{"nonsense", url.Values{"text": {"oh"}, "reply": {"x"}}, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if res, body := w.submit("/demo/phone/say", "application/json", tt.form); res.StatusCode != http.StatusOK {
				t.Fatalf("answer %s %q", res.Status, body)
			}
			all := w.phone.Messages(testChat)
			if m := all[len(all)-1]; m.ReplyTo != tt.to {
				t.Errorf("it answers %d, want %d", m.ReplyTo, tt.to)
			}
			_, page := w.get(w.reader, "/demo/phone?part=1")
			if want := fmt.Sprintf(`<a class="quote" href="#m%d" dir="auto">%s</a>`, tt.to, tt.quote); tt.to != 0 && !strings.Contains(page, want) {
				t.Errorf("the phone lacks %q", want)
			}
		})
	}
}

// TestMenu offers what the bot offers the one who holds the phone.
func TestMenu(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if _, page := w.get(w.reader, "/demo/phone"); !strings.Contains(page, "no commands yet") {
		t.Error("an empty menu does not say that it is empty")
	}
	w.call("setMyCommands", url.Values{"commands": {`[{"command":"start","description":"begin"}]`}})
	w.call("setMyCommands", url.Values{"commands": {`[{"command":"ban","description":"keep out"}]`},
		"scope": {fmt.Sprintf(`{"type":"chat","chat_id":%d}`, testChat)}})
	if _, page := w.get(w.reader, "/demo/phone?part=1"); !strings.Contains(page, `value="/ban"`) || strings.Contains(page, `value="/start"`) {
		t.Errorf("the menu is another: %s", page)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 B", 999: "999 B", 12_345: "12.3 KB", 52_428_800: "52.4 MB"} {
		if got := sizeOf(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}
