package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// call makes the bot do something.
func (w *world) call(method string, params url.Values) {
	w.Helper()
	res, err := http.PostForm(w.blog.URL+"/bot7:token/"+method, params)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusOK {
		w.Fatalf("%s: %s", method, body)
	}
}

// card sends a card with one button and returns its number.
func (w *world) card(html, button string) int {
	w.Helper()
	w.call("sendMessage", url.Values{"chat_id": {fmt.Sprint(testChat)}, "text": {html}, "parse_mode": {"HTML"},
		"reply_markup": {fmt.Sprintf(`{"inline_keyboard": [[{"text": %q, "callback_data": "act"}]]}`, button)}})
	all := w.phone.Messages(testChat)
	return all[len(all)-1].ID
}

// answerTaps lets the bot answer every tap with text.
func (w *world) answerTaps(text string, alert bool) {
	done := make(chan struct{})
	w.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		res, err := http.PostForm(w.blog.URL+"/bot7:token/getUpdates", url.Values{"timeout": {"20"}})
		if err != nil {
			w.Error(err)
			return
		}
		defer res.Body.Close()
		var updates struct {
			Result []struct {
				Query struct {
					ID   string `json:"id"`
					Data string `json:"data"`
				} `json:"callback_query"`
			} `json:"result"`
		}
		if err := json.NewDecoder(res.Body).Decode(&updates); err != nil || len(updates.Result) == 0 {
			w.Errorf("no tap came: %v", err)
			return
		}
		query := updates.Result[0].Query
		if query.Data != "act" {
			w.Errorf("tap brings %q", query.Data)
		}
		w.call("answerCallbackQuery", url.Values{"callback_query_id": {query.ID}, "text": {text}, "show_alert": {fmt.Sprint(alert)}})
	}()
}

func TestPhoneShowsTheChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if _, page := w.get(w.reader, "/demo/phone"); !strings.Contains(page, "Nothing waits.") {
		t.Error("an empty chat does not say that it is empty")
	}
	w.call("setMyCommands", url.Values{"commands": {`[{"command":"queue","description":"what waits"}]`}})
	w.phone.Say(testChat, testChat, "/queue <now>")
	w.card("<b>Gil</b> wrote &lt;script&gt;", "✅ Approve")
	w.card("done", "↩️ Undo")
	_, page := w.get(w.reader, "/demo/phone")
	for _, want := range []string{"/queue &lt;now&gt;", "<b>Gil</b> wrote &lt;script&gt;", ">✅ Approve</button>", "message in decided", ">Today<", `value="/queue"`, "<h1>Gatehouse</h1>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the phone lacks %q", want)
		}
	}
}

func TestTap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		accept string
		alert  bool
		code   int
		want   string
	}{
		{"by script", "application/json", true, http.StatusOK, `{"text":"Published","alert":true}`},
		{"by form", "text/html", false, http.StatusSeeOther, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			number := w.card("A card", "✅ Approve")
			w.answerTaps("Published", tt.alert)
			res, body := w.submit("/demo/phone/press", tt.accept, url.Values{"message": {fmt.Sprint(number)}, "data": {"act"}})
			if res.StatusCode != tt.code || tt.want != "" && body != tt.want {
				t.Fatalf("answer %s %q, want %d %q", res.Status, body, tt.code, tt.want)
			}
			if to := res.Header.Get("Location"); to != "" {
				if _, page := w.get(w.reader, to); !strings.Contains(page, `role="status">Published</p>`) {
					t.Error("the page after the tap does not show the bot's answer")
				}
			}
		})
	}
}

// submit posts a form of the phone.
func (w *world) submit(path, accept string, form url.Values) (*http.Response, string) {
	w.Helper()
	req, err := http.NewRequest(http.MethodPost, w.blog.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", accept)
	res, err := w.reader.Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res, string(body)
}

func TestSay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		form url.Values
		code int
		want string // what the bot is told
	}{
		{"typed", url.Values{"text": {" /why \x00"}}, http.StatusOK, "/why"},
		{"from the menu", url.Values{"text": {"half a thought"}, "command": {"/queue"}}, http.StatusOK, "/queue"},
		{"nothing", url.Values{"text": {"  "}}, http.StatusOK, ""},
		{"too long", url.Values{"text": {strings.Repeat("x", maxSaid+1)}}, http.StatusRequestEntityTooLarge, ""},
		{"far too long", url.Values{"text": {strings.Repeat("x", maxForm)}}, http.StatusRequestEntityTooLarge, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			res, body := w.submit("/demo/phone/say", "application/json", tt.form)
			if res.StatusCode != tt.code {
				t.Errorf("answer %s %q, want %d", res.Status, body, tt.code)
			}
			got := ""
			for _, m := range w.phone.Messages(testChat) {
				got += m.Text
			}
			if got != tt.want {
				t.Errorf("said %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRealTelegram(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) {
		c.Phone, c.Notice = nil, func() string { return "/pair 4711 <now>" }
	})
	code, page := w.get(w.reader, "/demo/phone")
	if code != http.StatusOK || !strings.Contains(page, "/pair 4711 &lt;now&gt;") || strings.Contains(page, "phone.js") {
		t.Errorf("status %d; the page must say how to pair, and listen to nothing", code)
	}
	for _, path := range []string{"/demo/phone/press", "/demo/phone/say"} {
		if res, _ := w.submit(path, "text/html", url.Values{"text": {"x"}}); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s answers %s, want 404", path, res.Status)
		}
	}
}

func TestDayName(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{0: "Today", 1: "Yesterday", 40: "20 January", 400: "25 January 2025"} {
		if got := dayName(now.AddDate(0, 0, -days), now); got != want {
			t.Errorf("%d days ago = %q, want %q", days, got, want)
		}
	}
}
