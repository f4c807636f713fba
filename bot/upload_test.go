package bot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// uploads is a Bot API server that takes files, and answers as it is told.
type uploads struct {
	answers []http.HandlerFunc // of the calls to come; the last one of all later ones
	got     []map[string]string
}

// ServeHTTP notes what was sent: the method, the fields, and the file as
// name=content.
func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fields := map[string]string{"method": r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]}
	if err := r.ParseMultipartForm(1 << 20); err == nil {
		for name, values := range r.MultipartForm.Value {
			fields[name] = values[0]
		}
		for name, files := range r.MultipartForm.File {
			f, _ := files[0].Open()
			data, _ := io.ReadAll(f)
			fields[name] = files[0].Filename + "=" + string(data)
		}
	}
	_, _ = io.Copy(io.Discard, r.Body) // a form may end before its body, and a caller that leaves is noticed only after the body
	u.got = append(u.got, fields)
	answer := u.answers[0]
	if len(u.answers) > 1 {
		u.answers = u.answers[1:]
	}
	answer(w, r)
}

// answers is an answer with a status and a body.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// sent is the answer to a message that was taken.
func sent() http.HandlerFunc { return answers(200, `{"ok":true,"result":{"message_id":1}}`) }

// uploading returns a bot whose files go to a server with these answers.
func uploading(t *testing.T, list ...http.HandlerFunc) (*stage, *uploads) {
	s := newStage(t)
	u := &uploads{answers: list}
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	s.cfg.APIURL = server.URL
	var err error
	if s.bot, err = New(s.cfg, s.store, s.store, s.store, s.store); err != nil {
		t.Fatal(err)
	}
	return s, u
}

func TestPhotoIsSent(t *testing.T) {
	s, u := uploading(t, sent())
	caption := new(sheet).bold("7 days").own(" <fine>")
	if err := s.bot.sendPhoto(t.Context(), place{chat: mods, message: 5, topic: 12}, file{"stats.png", []byte("PNG\x00")}, caption); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"method": "sendPhoto", "chat_id": "-100", "message_thread_id": "12", "photo": "stats.png=PNG\x00",
		"caption": "<b>7 days</b> &lt;fine&gt;", "parse_mode": "HTML", "reply_parameters": `{"message_id":5,"allow_sending_without_reply":true}`}
	if diff := cmp.Diff([]map[string]string{want}, u.got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDocumentIsSentAlone(t *testing.T) {
	s, u := uploading(t, sent())
	if err := s.bot.sendDocument(t.Context(), place{chat: mods}, file{"comment.txt", []byte("long")}, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"method": "sendDocument", "chat_id": "-100", "document": "comment.txt=long"}
	if diff := cmp.Diff([]map[string]string{want}, u.got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCaptionWithoutMarkup sends the caption as plain text, not too long, where
// Telegram does not take it.
func TestCaptionWithoutMarkup(t *testing.T) {
	s, u := uploading(t, answers(400, `{"ok":false,"error_code":400,"description":"Bad Request: message caption is too long"}`), sent())
	if err := s.bot.sendPhoto(t.Context(), place{chat: mods}, file{"a.png", nil}, new(sheet).bold(strings.Repeat("x", 2000))); err != nil {
		t.Fatal(err)
	}
	last := u.got[len(u.got)-1]
	if len(u.got) != 2 || last["parse_mode"] != "" || len([]rune(last["caption"])) > maxCaption || !strings.HasPrefix(last["caption"], "xxx") {
		t.Errorf("sent %v", u.got)
	}
}

// TestFileFollowsTheGroup sends the file to the supergroup that its group became.
func TestFileFollowsTheGroup(t *testing.T) {
	s, u := uploading(t, answers(400, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1009}}`), sent())
	if err := s.bot.sendPhoto(t.Context(), place{chat: mods, message: 5}, file{"a.png", []byte("x")}, nil); err != nil {
		t.Fatal(err)
	}
	if got := u.got[1]; len(u.got) != 2 || got["chat_id"] != "-1009" || got["reply_parameters"] != "" || got["photo"] != "a.png=x" {
		t.Errorf("sent %v", u.got)
	}
	if s.bot.configuredHome().Chat != -1009 {
		t.Errorf("the bot's chat is %d", s.bot.configuredHome().Chat)
	}
}

// TestUploadFails says what is wrong as any call does, and never shows the token.
func TestUploadFails(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cut := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}
	echo := func(w http.ResponseWriter, r *http.Request) {
		answers(404, `{"ok":false,"error_code":404,"description":"nothing at `+r.URL.Path+`"}`)(w, r)
	}
	tests := map[string]struct {
		answer http.HandlerFunc
		is     func(error) bool
	}{
		"too many":  {answers(429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}`), func(err error) bool { d, ok := retryAfter(err); return ok && d == 7*time.Second }},
		"forbidden": {answers(403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the group chat"}`), isOutside},
		"token":     {answers(401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`), isTokenRefused},
		"echo":      {echo, isTokenRefused},
		"500":       {answers(500, `{"ok":false,"error_code":500,"description":"Internal Server Error"}`), isTransient},
		"page":      {answers(502, `<html>`), isTransient},
		"cut":       {cut, isTransient},
		"hang":      {hang, func(err error) bool { return isTransient(err) && errors.Is(err, context.DeadlineExceeded) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := uploading(t, tt.answer)
			s.bot.door.patience = time.Second
			err := s.bot.sendFileNow(t.Context(), "sendPhoto", "photo", place{chat: mods}, file{"a.png", []byte("x")}, nil)
			if err == nil || !tt.is(err) || strings.Contains(err.Error()+s.log.String(), "TESTSECRETTOKEN") {
				t.Errorf("error %v\n%s", err, s.log)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		s := newStage(t)
		s.cfg.APIURL = "http://127.0.0.1:1"
		b, err := New(s.cfg, s.store, s.store, s.store, s.store)
		if err != nil {
			t.Fatal(err)
		}
		err = b.sendPhoto(t.Context(), place{chat: mods}, file{"a.png", make([]byte, 1<<20)}, nil)
		if !isTransient(err) || strings.Contains(err.Error(), "TESTSECRETTOKEN") {
			t.Errorf("error %v", err)
		}
	})
}
