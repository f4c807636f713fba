package telegramtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/bot/telegramtest"
)

const (
	token = "42:test-token"
	group = int64(-100)
	anna  = int64(1001)
	bert  = int64(1002)
)

// telegram is a server with a group of two, and the address of its methods.
func telegram(t *testing.T, options ...telegramtest.Option) (s *telegramtest.Server, address string) {
	t.Helper()
	s = telegramtest.New(token, options...)
	t.Cleanup(s.Close)
	s.AddUser(telegramtest.User{ID: anna, FirstName: "Anna", LastName: "Alt", Username: "anna"})
	s.AddUser(telegramtest.User{ID: bert, FirstName: "Bert"})
	s.AddChat(telegramtest.Chat{ID: group, Title: "mods"}, anna, bert)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL + "/bot" + token + "/"
}

// answer is Telegram's envelope.
type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// post calls a method with a form of names and values.
func post(t *testing.T, address, method string, form ...string) answer {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	resp, err := http.PostForm(address+method, values)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, resp)
}

func decode(t *testing.T, resp *http.Response) (a answer) {
	t.Helper()
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	if !a.OK && a.Code != resp.StatusCode {
		t.Errorf("status %d, error_code %d", resp.StatusCode, a.Code)
	}
	return a
}

// send sends a text to the group and returns the message's number.
func send(t *testing.T, address string, form ...string) int {
	t.Helper()
	a := post(t, address, "sendMessage", append([]string{"chat_id", strconv.FormatInt(group, 10)}, form...)...)
	var m struct {
		ID int `json:"message_id"`
	}
	if err := json.Unmarshal(a.Result, &m); err != nil || m.ID == 0 {
		t.Fatalf("not sent: %+v", a)
	}
	return m.ID
}

func TestParametersInEveryForm(t *testing.T) {
	s, address := telegram(t)
	var form bytes.Buffer
	multi := multipart.NewWriter(&form)
	if err := multi.WriteField("chat_id", "-100"); err != nil {
		t.Fatal(err)
	}
	if err := multi.WriteField("text", "by multipart"); err != nil {
		t.Fatal(err)
	}
	if err := multi.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, method, query, kind, body string
	}{
		{"query", http.MethodGet, "?chat_id=-100&text=by+query", "", ""},
		{"form", http.MethodPost, "", "application/x-www-form-urlencoded", "chat_id=-100&text=by+form"},
		{"json", http.MethodPost, "", "application/json", `{"chat_id": -100, "text": "by json"}`},
		{"multipart", http.MethodPost, "", multi.FormDataContentType(), form.String()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), test.method, address+"sendMessage"+test.query, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", test.kind)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if a := decode(t, resp); !a.OK {
				t.Fatalf("refused: %+v", a)
			}
			list := s.Messages(group)
			if got, want := list[len(list)-1].Text, "by "+test.name; got != want {
				t.Errorf("text %q, want %q", got, want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	s, address := telegram(t)
	theirs := s.Say(group, anna, "hello")
	mine := send(t, address, "text", "card", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`)
	frozen := send(t, address, "text", "old")
	s.Freeze(group, frozen)
	gone := send(t, address, "text", "gone")
	s.Delete(group, gone)
	id := strconv.Itoa
	long := strings.Repeat("😀", 2048)
	tests := []struct {
		name, method string
		form         []string
		code         int
		want         string
	}{
		{"unknown method", "sendBoat", nil, 404, "Not Found: method not found"},
		{"no chat", "sendMessage", []string{"text", "x"}, 400, "Bad Request: chat_id is empty"},
		{"unknown chat", "sendMessage", []string{"chat_id", "-5", "text", "x"}, 400, "Bad Request: chat not found"},
		{"chat never begun", "sendMessage", []string{"chat_id", "1001", "text", "x"}, 403, "Forbidden: bot can't initiate conversation with a user"},
		{"empty", "sendMessage", []string{"text", ""}, 400, "Bad Request: message text is empty"},
		{"white space", "sendMessage", []string{"text", " \n\t"}, 400, "Bad Request: text must be non-empty"},
		{"too long", "sendMessage", []string{"text", long + "x"}, 400, "Bad Request: message is too long"},
		{"not UTF-8", "sendMessage", []string{"text", "\xff"}, 400, "Bad Request: strings must be encoded in UTF-8"},
		{"markup", "sendMessage", []string{"text", "<x>", "parse_mode", "HTML"}, 400, `Bad Request: can't parse entities: Unsupported start tag "x" at byte offset 0`},
		{"parse mode", "sendMessage", []string{"text", "x", "parse_mode", "RTF"}, 400, "Bad Request: unsupported parse_mode"},
		{"reply to nothing", "sendMessage", []string{"text", "x", "reply_parameters", `{"message_id":5}`}, 400, "Bad Request: message to be replied not found"},
		{"data too long", "sendMessage", []string{"text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"` + strings.Repeat("x", 65) + `"}]]}`}, 400, "Bad Request: BUTTON_DATA_INVALID"},
		{"button without data", "sendMessage", []string{"text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"A"}]]}`}, 400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"markup no JSON", "sendMessage", []string{"text", "x", "reply_markup", `{`}, 400, "Bad Request: can't parse reply keyboard markup JSON object"},
		{"markup with a row that is null", "sendMessage", []string{"text", "x", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}],null]}`}, 400,
			`Bad Request: field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{"markup no object", "sendMessage", []string{"text", "x", "reply_markup", `[]`}, 400, "Bad Request: object expected as reply markup"},
		{"edit nothing", "editMessageText", []string{"message_id", "5", "text", "x"}, 400, "Bad Request: message to edit not found"},
		{"edit what is gone", "editMessageText", []string{"message_id", id(gone), "text", "x"}, 400, "Bad Request: message to edit not found"},
		{"edit another's", "editMessageText", []string{"message_id", id(theirs), "text", "x"}, 400, "Bad Request: message can't be edited"},
		{"edit what is old", "editMessageReplyMarkup", []string{"message_id", id(frozen)}, 400, "Bad Request: message can't be edited"},
		{"edit nothing about it", "editMessageText", []string{"message_id", id(mine), "text", "card", "reply_markup", `{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}`}, 400,
			"Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"delete nothing", "deleteMessage", []string{"message_id", "5"}, 400, "Bad Request: message to delete not found"},
		{"delete another's", "deleteMessage", []string{"message_id", id(theirs)}, 400, "Bad Request: message can't be deleted"},
		{"answer nothing", "answerCallbackQuery", []string{"callback_query_id", "5"}, 400, "Bad Request: query is too old and response timeout expired or query ID is invalid"},
		{"unknown member", "getChatMember", []string{"user_id", "5"}, 400, "Bad Request: user not found"},
		{"command", "setMyCommands", []string{"commands", `[{"command":"Big","description":"x"}]`}, 400, "Bad Request: BOT_COMMAND_INVALID"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			form := test.form
			if test.name != "no chat" {
				form = append([]string{"chat_id", "-100"}, form...)
			}
			got := post(t, address, test.method, form...)
			if got.OK || got.Code != test.code || got.Description != test.want {
				t.Errorf("got %d %q, want %d %q", got.Code, got.Description, test.code, test.want)
			}
		})
	}
	if a := post(t, address, "sendMessage", "chat_id", "-100", "text", long); !a.OK {
		t.Errorf("4,096 units are refused: %+v", a)
	}
	other := strings.Replace(address, token, "42:other", 1)
	if a := post(t, other, "getMe"); a.Code != 401 || a.Description != "Unauthorized" {
		t.Errorf("a wrong token gives %+v", a)
	}
	if a := post(t, strings.TrimSuffix(address, "/bot"+token+"/"), "/x"); a.Code != 404 {
		t.Errorf("another path gives %+v", a)
	}
}

func TestCallback(t *testing.T) {
	s, address := telegram(t)
	m := send(t, address, "text", "card", "reply_markup",
		`{"inline_keyboard":[[{"text":"✅ Approve","callback_data":"a"},{"text":"Approve","callback_data":"b"}],[{"text":"Web","url":"https://a.example"}]]}`)
	data := func(press func() (string, error)) (query, data string) {
		t.Helper()
		query, err := press()
		if err != nil {
			t.Fatal(err)
		}
		all := updates(t, address, "offset", "-1")
		return query, all[0].Callback.Data
	}
	if _, got := data(func() (string, error) { return s.Press(group, m, "Approve", anna) }); got != "b" {
		t.Errorf("the exact text gives %q", got)
	}
	if _, got := data(func() (string, error) { return s.Press(group, m, "✅", anna) }); got != "a" {
		t.Errorf("a part of the text gives %q", got)
	}
	q, got := data(func() (string, error) { return s.PressData(group, m, "forged", bert) })
	if got != "forged" {
		t.Errorf("forged data arrive as %q", got)
	}
	for _, button := range []string{"None", "Web"} {
		if _, err := s.Press(group, m, button, anna); err == nil {
			t.Errorf("%s can be pressed", button)
		}
	}
	if a := post(t, address, "answerCallbackQuery", "callback_query_id", q, "text", strings.Repeat("x", 201)); a.Description != "Bad Request: MESSAGE_TOO_LONG" {
		t.Errorf("a long answer gives %+v", a)
	}
	if a := post(t, address, "answerCallbackQuery", "callback_query_id", q, "text", "done", "show_alert", "true"); !a.OK {
		t.Errorf("refused: %+v", a)
	}
	if text, alert, answered := s.Answer(q); text != "done" || !alert || !answered {
		t.Errorf("answer %q %v %v", text, alert, answered)
	}
	if a := post(t, address, "answerCallbackQuery", "callback_query_id", q); a.Code != 400 {
		t.Errorf("a second answer gives %+v", a)
	}
	q, _ = s.Press(group, m, "Approve", anna)
	s.Expire(q)
	if a := post(t, address, "answerCallbackQuery", "callback_query_id", q); a.Code != 400 {
		t.Errorf("an answer too late gives %+v", a)
	}
	s.Delete(group, m)
	if _, err := s.PressData(group, m, "late", anna); err != nil {
		t.Fatal(err)
	}
	if all := updates(t, address, "offset", "-1"); all[0].Callback.Message.Date != 0 || all[0].Callback.Message.ID != m {
		t.Errorf("a tap on a message that is gone comes as %+v", all[0])
	}
}

func TestChats(t *testing.T) {
	s, address := telegram(t)
	s.Say(anna, anna, "/start")
	get := func(method string, form ...string) string {
		var out bytes.Buffer
		if err := json.Compact(&out, post(t, address, method, form...).Result); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	tests := []struct{ name, got, want string }{
		{"me", get("getMe"), `{"can_join_groups":true,"can_read_all_group_messages":false,"first_name":"Gatehouse","id":42,"is_bot":true,"supports_inline_queries":false,"username":"gatehouse_bot"}`},
		{"group", get("getChat", "chat_id", "-100"), `{"id":-100,"permissions":{"can_add_web_page_previews":true,"can_invite_users":true,"can_send_documents":true,"can_send_messages":true,"can_send_other_messages":true,"can_send_photos":true,"can_send_polls":true},"title":"mods","type":"group"}`},
		{"private", get("getChat", "chat_id", "1001"), `{"first_name":"Anna","id":1001,"last_name":"Alt","type":"private","username":"anna"}`},
		{"member", get("getChatMember", "chat_id", "-100", "user_id", "1002"), `{"status":"member","user":{"first_name":"Bert","id":1002,"is_bot":false}}`},
		{"bot", get("getChatMember", "chat_id", "-100", "user_id", "42"), `{"status":"member","user":{"first_name":"Gatehouse","id":42,"is_bot":true,"username":"gatehouse_bot"}}`},
		{"administrators", get("getChatAdministrators", "chat_id", "-100"), `[{"is_anonymous":false,"status":"creator","user":{"first_name":"Anna","id":1001,"is_bot":false,"last_name":"Alt","username":"anna"}}]`},
		{"set commands", get("setMyCommands", "commands", `[{"command":"queue","description":"what waits"}]`), `true`},
		{"commands", get("getMyCommands"), `[{"command":"queue","description":"what waits"}]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUntil(t *testing.T) {
	s, address := telegram(t)
	go func() {
		resp, err := http.Get(address + "sendMessage?chat_id=-100&text=x")
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Until(ctx, func() bool { return len(s.Messages(group)) == 1 }); err != nil {
		t.Fatal(err)
	}
	if calls := s.Calls(); len(calls) != 1 || calls[0].Method != "sendMessage" || calls[0].Params["text"] != "x" {
		t.Errorf("calls %+v", calls)
	}
	cancel()
	if err := s.Until(ctx, func() bool { return false }); err == nil {
		t.Error("an ended context is no error")
	}
}
