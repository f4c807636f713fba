package telegramtest

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxText is the longest text of a message, in UTF-16 units.
const maxText = 4096

// sendMessage puts a text of the bot's into a chat.
func (s *Server) sendMessage(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p)
	if err != nil {
		return nil, err
	}
	text, err := readText(p)
	if err != nil {
		return nil, err
	}
	buttons, err := readMarkup(p)
	if err != nil {
		return nil, err
	}
	to, must := replyTo(p)
	if to != 0 && s.find(c.ID, to) == nil {
		if must {
			return nil, badRequest("message to be replied not found")
		}
		to = 0
	}
	return s.wire(c, s.add(c, s.me, text, buttons, to)), nil
}

// replyTo returns the message that a call replies to (0: none), and whether that
// must be there.
func replyTo(p params) (message int, must bool) {
	var r struct {
		Message int  `json:"message_id"`
		Allow   bool `json:"allow_sending_without_reply"`
	}
	if json.Unmarshal([]byte(p["reply_parameters"]), &r) != nil {
		r.Message = int(p.integer("reply_to_message_id", 0, 0, 1<<31))
		r.Allow = p["allow_sending_without_reply"] == "true"
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
	text, err := readText(p)
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, text, p)
}

// editMessageReplyMarkup changes the buttons of a message of the bot's.
func (s *Server) editMessageReplyMarkup(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.editable(p)
	if err != nil {
		return nil, err
	}
	return s.edit(c, m, content{m.Text, m.Entities}, p)
}

// edit gives m another text and the buttons of the call. s.mu is held.
func (s *Server) edit(c *room, m *stored, text content, p params) (any, error) {
	buttons, err := readMarkup(p)
	if err != nil {
		return nil, err
	}
	if text.text == m.Text && reflect.DeepEqual(text.entities, m.Entities) && reflect.DeepEqual(buttons, m.Buttons) {
		return nil, badRequest("message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	m.Text, m.Entities, m.HTML, m.Buttons = text.text, text.entities, text.html(), buttons
	m.Edited, m.edited = true, s.now()
	s.notify()
	return s.wire(c, m), nil
}

// editable returns the message that a call is to edit. s.mu is held.
func (s *Server) editable(p params) (*room, *stored, error) {
	c, err := s.chatOf(p)
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

// deleteMessage removes a message.
func (s *Server) deleteMessage(_ context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.chatOf(p)
	if err != nil {
		return nil, err
	}
	m := s.find(c.ID, int(p.integer("message_id", 0, 0, 1<<31)))
	switch {
	case m == nil:
		return nil, badRequest("message to delete not found")
	case m.From.ID != s.me.ID || m.frozen:
		return nil, badRequest("message can't be deleted")
	}
	m.Deleted = true
	s.notify()
	return true, nil
}

// readText returns the text of a call with its entities.
func readText(p params) (content, error) {
	raw := p["text"]
	if raw == "" {
		return content{}, badRequest("message text is empty")
	}
	if !utf8.ValidString(raw) {
		return content{}, badRequest("strings must be encoded in UTF-8")
	}
	c := content{text: raw}
	switch strings.ToLower(p["parse_mode"]) {
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
	switch {
	case c.text == "":
		return content{}, badRequest("text must be non-empty")
	case utf16Len(c.text) > maxText:
		return content{}, badRequest("message is too long")
	}
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
	raw := p["reply_markup"]
	if raw == "" {
		return nil, nil
	}
	var markup struct {
		Rows [][]Button `json:"inline_keyboard"`
	}
	if !json.Valid([]byte(raw)) {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	if !strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return nil, badRequest("object expected as reply markup")
	}
	if json.Unmarshal([]byte(raw), &markup) != nil {
		return nil, badRequest(`field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
	}
	return checkButtons(markup.Rows)
}

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

// Command is one that clients offer while people type.
type Command struct {
	Command     string `json:"command"` // without the slash
	Description string `json:"description"`
}

// Commands returns the commands that the bot has set.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// setMyCommands keeps the list of commands that clients offer.
func (s *Server) setMyCommands(_ context.Context, p params) (any, error) {
	list := []Command{}
	if json.Unmarshal([]byte(p["commands"]), &list) != nil {
		return nil, badRequest("can't parse commands JSON object")
	}
	for _, c := range list {
		switch {
		case c.Command == "" || len(c.Command) > 32 || strings.Trim(c.Command, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			return nil, badRequest("BOT_COMMAND_INVALID")
		case c.Description == "" || utf16Len(c.Description) > 256:
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = list
	s.notify()
	return true, nil
}

// getMyCommands returns the list of commands.
func (s *Server) getMyCommands(context.Context, params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands, nil
}

// deleteMyCommands empties the list of commands.
func (s *Server) deleteMyCommands(context.Context, params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = []Command{}
	s.notify()
	return true, nil
}
