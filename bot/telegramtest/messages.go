package telegramtest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// maxText is the longest text of a message, in UTF-16 units.
const maxText = 4096

// sendMessage puts a text of the bot's into a chat.
func (s *Server) sendMessage(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := readText(p)
	if err != nil {
		return nil, err
	}
	return s.send(p, "text messages", text, func(*stored) {})
}

// send puts a message of the bot's, which is of that kind, into the chat and the
// topic of the call. finish adds what is not text. s.mu is held.
func (s *Server) send(p params, kind string, text content, finish func(*stored)) (any, error) {
	c, err := s.chatToWrite(p, kind)
	if err != nil {
		return nil, err
	}
	topic, err := c.topicOf(p)
	if err != nil {
		return nil, err
	}
	buttons, err := readMarkup(p)
	if err != nil {
		return nil, err
	}
	to, must := replyTo(p)
	answered := s.find(c.ID, to)
	switch {
	case to == 0:
	case answered == nil && must:
		return nil, badRequest("message to be replied not found")
	case answered == nil:
		to = 0
	case topic == 0:
		topic = answered.Topic
	}
	if err := c.mayWriteIn(topic, s.me.ID); err != nil {
		return nil, err
	}
	m := newMessage(s.me, text)
	m.Topic, m.ReplyTo, m.Buttons = topic, to, buttons
	finish(m)
	s.add(c, m)
	return s.wire(c, m), nil
}

// replyTo returns the message that a call replies to (0: none), and whether that
// must be there.
func replyTo(p params) (message int, must bool) {
	var r struct {
		Message int  `json:"message_id"`
		Allow   bool `json:"allow_sending_without_reply"`
	}
	if json.Unmarshal([]byte(p.text("reply_parameters")), &r) != nil {
		r.Message = int(p.integer("reply_to_message_id", 0, 0, 1<<31))
		r.Allow = p.flag("allow_sending_without_reply")
	}
	return r.Message, !r.Allow
}

// editMessageText changes text and buttons of a message of the bot's.
func (s *Server) editMessageText(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	if m.file() != nil {
		return nil, badRequest("there is no text in the message to edit")
	}
	text, err := readText(p)
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, text, nil, nil, p)
}

// editMessageReplyMarkup changes the buttons of a message of the bot's.
func (s *Server) editMessageReplyMarkup(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, content{m.Text, m.Entities}, m.Photo, m.Document, p)
}

// edit gives m another text and file and the buttons of the call. s.mu is held.
func (s *Server) edit(c *room, m *stored, text content, photo, document *File, p params) (any, error) {
	buttons, err := readMarkup(p)
	if err != nil {
		return nil, err
	}
	alike := text.text == m.Text && reflect.DeepEqual(text.entities, m.Entities) && reflect.DeepEqual(buttons, m.Buttons)
	if alike && same(photo, m.Photo) && same(document, m.Document) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.Text, m.Entities, m.HTML, m.Buttons = text.text, text.entities, text.html(), buttons
	m.Photo, m.Document = photo, document
	m.Edited, m.edited = true, s.now()
	s.notify()
	return s.wire(c, m), nil
}

// editable returns the message that a call is to edit. s.mu is held.
func (s *Server) editable(p params) (*room, *stored, error) {
	c, err := s.chatToEdit(p)
	if err != nil {
		return nil, nil, err
	}
	m := s.find(c.ID, int(p.integer("message_id", 0, 0, 1<<31)))
	switch {
	case m == nil:
		return nil, nil, badRequest("message to edit not found")
	case m.From.ID != s.me.ID || m.frozen:
		return nil, nil, badRequest("message can't be edited")
	}
	return c, m, nil
}

// deleteTime is how long a bot that does not lead a chat may delete what it sent.
const deleteTime = 48 * time.Hour

// deleteMessage removes a message.
func (s *Server) deleteMessage(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatToEdit(p)
	if err != nil {
		return nil, err
	}
	m := s.find(c.ID, int(p.integer("message_id", 0, 0, 1<<31)))
	switch {
	case m == nil:
		return nil, badRequest("message to delete not found")
	case m.frozen || m.From.ID != s.me.ID && !c.status(s.me.ID).leads():
		return nil, badRequest("message can't be deleted")
	case s.now().Sub(m.Date) > deleteTime && !c.status(s.me.ID).leads():
		return nil, badRequest("message can't be deleted for everyone")
	}
	m.Deleted = true
	s.notify()
	return true, nil
}

// readText returns the text of a call with its entities.
func readText(p params) (content, error) {
	if p.text("text") == "" {
		return content{}, badRequest("message text is empty")
	}
	c, err := parseText(p.text("text"), p.text("parse_mode"))
	switch {
	case err != nil:
		return content{}, err
	case c.text == "":
		return content{}, badRequest("text must be non-empty")
	case utf16Len(c.text) > maxText:
		return content{}, badRequest("message is too long")
	}
	return c, nil
}

// parseText returns a text with its entities.
func parseText(raw, mode string) (content, error) {
	if !utf8.ValidString(raw) {
		return content{}, badRequest("strings must be encoded in UTF-8")
	}
	c := content{text: raw}
	switch strings.ToLower(mode) {
	case "", "none":
	case "html":
		var err error
		if c.text, c.entities, err = parseHTML(raw); err != nil {
			return content{}, badRequest("can't parse entities: %v", err)
		}
	default:
		return content{}, badRequest("unsupported parse_mode")
	}
	c = c.clean()
	c.entities = detect(c.text, c.entities)
	return c, nil
}

// The limits of an inline keyboard.
const (
	maxData    = 64 // bytes of a button's data
	maxButtons = 100
)

// readMarkup returns the inline keyboard of a call; nil: none.
func readMarkup(p params) ([][]Button, error) {
	raw := p.text("reply_markup")
	if raw == "" {
		return nil, nil
	}
	var markup struct {
		Rows []json.RawMessage `json:"inline_keyboard"`
	}
	if !json.Valid([]byte(raw)) {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	if !strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return nil, badRequest("object expected as reply markup")
	}
	err := json.Unmarshal([]byte(raw), &markup)
	rows := make([][]Button, len(markup.Rows))
	for i, row := range markup.Rows {
		if err == nil {
			err = json.Unmarshal(row, &rows[i])
		}
		if err == nil && rows[i] == nil {
			err = errNullRow
		}
	}
	if err != nil {
		return nil, badRequest(`field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
	}
	return checkButtons(rows)
}

// errNullRow is what Go's decoder takes for a row of no buttons, and Telegram does not.
var errNullRow = errors.New("a row is null")

// checkButtons returns rows without the empty ones.
func checkButtons(rows [][]Button) (kept [][]Button, err error) {
	count := 0
	for _, row := range rows {
		for _, b := range row {
			count++
			switch {
			case b.Text == "":
				return nil, badRequest("can't parse inline keyboard button: Inline keyboard button text must be non-empty")
			case b.Data == "" && b.URL == "":
				return nil, badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case len(b.Data) > maxData:
				return nil, badRequest("BUTTON_DATA_INVALID")
			case b.URL != "" && linkTarget(b.URL) == "":
				return nil, badRequest("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
			}
		}
		if len(row) > 0 {
			kept = append(kept, row)
		}
	}
	if count > maxButtons {
		return nil, badRequest("reply markup is too long")
	}
	return kept, nil
}
