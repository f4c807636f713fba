package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/demo"
)

const (
	phoneToken = "7:phone"
	phoneChat  = int64(4242)
)

// phoneStage is the demo's phone with a bot that does as the test says.
type phoneStage struct {
	t        *testing.T
	telegram *telegramtest.Server
	address  string
}

func newPhoneStage(t *testing.T) *phoneStage {
	t.Helper()
	s := &phoneStage{t: t, telegram: telegramtest.New(phoneToken)}
	holder := telegramtest.User{ID: phoneChat, FirstName: "You"}
	s.telegram.AddUser(holder)
	s.telegram.AddChat(telegramtest.Chat{ID: phoneChat}, phoneChat)
	d, err := demo.New(demo.Config{
		Site: "demo", GateURL: "http://127.0.0.1:1", Phone: s.telegram, Chat: phoneChat, Moderator: holder,
		Sign:   func(string, time.Time, []byte) (http.Header, error) { return http.Header{}, nil },
		Verify: func(http.Header, []byte) error { return nil }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/demo", d.Handler())
	mux.Handle("/demo/", d.Handler())
	mux.Handle("/bot"+phoneToken+"/", s.telegram)
	server := httptest.NewServer(mux)
	t.Cleanup(server.CloseClientConnections)
	s.address = server.URL
	return s
}

// bot lets the bot call a method, with a file where there is content.
func (s *phoneStage) bot(method string, params map[string]string, field, name string, content []byte) int {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, value := range params {
		if err := form.WriteField(key, value); err != nil {
			s.t.Fatal(err)
		}
	}
	if content != nil {
		part, err := form.CreateFormFile(field, name)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := part.Write(content); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	res, err := http.Post(s.address+"/bot"+phoneToken+"/"+method, form.FormDataContentType(), &body)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s, %v", method, answer, err)
	}
	var sent struct {
		Result json.RawMessage
	}
	var message struct {
		ID int `json:"message_id"`
	}
	if json.Unmarshal(answer, &sent) == nil {
		_ = json.Unmarshal(sent.Result, &message) // most answers are no message
	}
	return message.ID
}

// text lets the bot send a text with buttons, a row of them for each name.
func (s *phoneStage) text(html string, rows ...string) int {
	s.t.Helper()
	var keys []string
	for _, row := range rows {
		var list []string
		for _, name := range strings.Split(row, "|") {
			list = append(list, fmt.Sprintf(`{"text":%q,"callback_data":"x"}`, name))
		}
		keys = append(keys, "["+strings.Join(list, ",")+"]")
	}
	return s.bot("sendMessage", map[string]string{"chat_id": fmt.Sprint(phoneChat), "text": html, "parse_mode": "HTML",
		"reply_markup": `{"inline_keyboard":[` + strings.Join(keys, ",") + `]}`}, "", "", nil)
}

// fillChat sends one of everything that the phone can show, and returns the
// number of the card.
func (s *phoneStage) fillChat() (card int) {
	s.t.Helper()
	s.bot("setMyCommands", map[string]string{"commands": `[{"command":"start","description":"begin"}]`}, "", "", nil)
	s.bot("setMyCommands", map[string]string{"scope": fmt.Sprintf(`{"type":"chat","chat_id":%d}`, phoneChat),
		"commands": `[{"command":"queue","description":"what waits, oldest first"},{"command":"recent","description":"what was published without a question"},
		{"command":"stats","description":"the last days as a picture"},{"command":"decided","description":"what was decided, and by whom"},
		{"command":"mode","description":"how strict a blog or a post is"},{"command":"help","description":"all commands"}]`}, "", "", nil)
	s.telegram.Say(phoneChat, phoneChat, "/stats 7d")
	s.bot("sendPhoto", map[string]string{"chat_id": fmt.Sprint(phoneChat), "caption": "<b>blog</b>, 7 days: 212 comments, 9 decided by people", "parse_mode": "HTML"},
		"photo", "stats.png", bars(s.t))
	s.bot("sendDocument", map[string]string{"chat_id": fmt.Sprint(phoneChat), "caption": "All of comment 17"}, "document", "comment-17.txt",
		bytes.Repeat([]byte("You moron. "), 900))
	return s.text("✏️ <b>Low Tide</b> · The tram vote\nGil, 14 approved, 1 rejected, has edited it:\n<blockquote>The mayor is <s>an honest man</s> <u>a liar</u>, ask anyone.</blockquote>"+
		"<blockquote expandable>"+strings.Repeat("It goes on about the tram for many lines. ", 12)+"</blockquote>\nHeld: <i>an insult</i>, abuse 0.92",
		"✅ Approve|🗑 Spam|🚫 Abuse", "⋯ More")
}

// bars is a picture as large as the bot's.
func bars(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1080, 1080))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for i, height := range []int{420, 610, 380, 820, 510, 300, 690} {
		for part, c := range []color.RGBA{{0x2a, 0x78, 0xb4, 0xff}, {0xd3, 0x3f, 0x2f, 0xff}} {
			bar := image.Rect(90+i*135, 990-height/(part*3+1), 190+i*135, 990)
			draw.Draw(img, bar, image.NewUniform(c), image.Point{}, draw.Src)
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestPhoneInBrowser looks at pictures, files, marks and folded quotes, answers a
// card and uses the menu.
func TestPhoneInBrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, findChromium(t))
	s := newPhoneStage(t)
	card := s.fillChat()
	p := b.open(s.address + "/demo/phone")
	p.until("the picture is there, and large", `(() => { const i = document.querySelector('.photo img');
		return i.complete && i.naturalWidth === 1080 && i.clientWidth > 0.9 * document.querySelector('#messages').clientWidth; })()`)
	p.until("marks are shown", has(".words s", "an honest man")+" && "+has(".words u", "a liar"))
	p.until("the file can be kept", `document.querySelector('.file').download === 'comment-17.txt' && `+has(".file", "9.9 KB"))

	p.click(".photo img")
	p.until("the picture fills the screen", `document.querySelector('.viewer').open && document.querySelector('.film img').clientHeight >= 0.9 * innerHeight`)
	p.click(".film img")
	p.until("it is shown as large as it is", `document.querySelector('.film img').clientWidth === 1080`)
	p.click(".viewer button")
	p.until("it is closed", `!document.querySelector('.viewer').open`)

	p.until("the long quote is folded", `document.querySelector('.folds').scrollHeight > document.querySelector('.folds').clientHeight`)
	p.click(".folds")
	p.until("it is open", `document.querySelector('.folds').scrollHeight <= document.querySelector('.folds').clientHeight`)
	p.until("that was no answer to the card", `document.querySelector('.answering').hidden`)

	p.click(fmt.Sprintf("#m%d .words b", card))
	p.until("the card is to be answered", `!document.querySelector('.answering').hidden && `+has(".answering", "Low Tide · The tram vote"))
	p.fill("#say", "He is the mayor's brother")
	p.click(".go")
	p.until("the answer stands below the card", has(".message.out .quote", "The tram vote")+` && document.querySelector('.answering').hidden`)
	all := s.telegram.Messages(phoneChat)
	if m := all[len(all)-1]; m.ReplyTo != card || m.Text != "He is the mayor's brother" {
		t.Errorf("the bot is told %+v", m)
	}
	s.bot("setMyCommands", map[string]string{"scope": fmt.Sprintf(`{"type":"chat","chat_id":%d}`, phoneChat),
		"commands": `[{"command":"pause","description":"no cards for a while"}]`}, "", "", nil)
	p.click(".menu summary")
	p.until("the menu is what the bot offers by now", has(".sheet b", "/pause"))
	p.click(fmt.Sprintf("#m%d .reply", card))
	p.click(".menu summary")
	p.click(".sheet button")
	p.until("the command answers the card", `[...document.querySelectorAll('.message.out')].at(-1).querySelector('.quote') && `+has(".message.out", "/pause"))
	b.noErrors()
}

// TestPhoneWithoutScript answers a card by links, forms and reloads alone.
func TestPhoneWithoutScript(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, findChromium(t), chromedp.Flag("blink-settings", "scriptEnabled=false"))
	s := newPhoneStage(t)
	card := s.fillChat()
	p := b.open(s.address + "/demo/phone")
	p.leads(chromedp.Click(chromedp.CSS(fmt.Sprintf("#m%d .reply", card))))
	p.fill("#say", "a note")
	p.leads(chromedp.Click(chromedp.CSS(".go")))
	p.reloads("the answer stands below the card", has(".message.out .quote", "The tram vote"))
	p.leads(chromedp.Click(chromedp.CSS(".photo img")))
	b.noErrors()
}

// TestPhonePictures keeps screenshots of the phone in both themes.
func TestPhonePictures(t *testing.T) {
	t.Parallel()
	chromium := findChromium(t)
	for theme, flags := range map[string][]chromedp.ExecAllocatorOption{
		"light": nil, "dark": {chromedp.Flag("blink-settings", "preferredColorScheme=0")},
	} {
		b := startBrowser(t, chromium, flags...)
		s := newPhoneStage(t)
		card := s.fillChat()
		answer := fmt.Sprintf("/demo/phone?reply=%d", card)
		s.telegram.SayInReply(phoneChat, phoneChat, card, "He is the mayor's brother")
		top := `document.querySelector('.scroll').scrollTo(0, -9999)`
		b.picture(s.address+"/demo/phone", "phone-picture-"+theme, 390, 844, top)
		b.picture(s.address+answer, "phone-reply-"+theme, 390, 844, "")
		b.picture(s.address+"/demo/phone", "phone-menu-"+theme, 390, 844, `document.querySelector('.menu').open = true`)
		b.picture(s.address+"/demo/phone", "phone-viewer-"+theme, 390, 844, top+`; document.querySelector('.photo img').click()`)
		b.picture(s.address+answer, "phone-device-"+theme, 1000, 900, "")
		b.picture(s.address+answer, "phone-narrow-"+theme, 320, 640, "")
		b.noErrors()
	}
}
