package bot

import (
	"math"
	"slices"
	"testing"

	"gatehouse/internal/moderation"
)

func TestPressFitsIntoCallbackData(t *testing.T) {
	for _, b := range buttons() {
		p := press{Verb: b.verb, Tag: "0123cdef", Case: math.MaxInt64, Revision: math.MaxInt32}
		if b.number != noNumber {
			p.Number = math.MaxInt64
		}
		data := p.String()
		if len(data) > 64 {
			t.Errorf("%s has %d bytes", data, len(data))
		}
		if got, err := parsePress(data); err != nil || got != p {
			t.Errorf("%s is read as %+v, %v", data, got, err)
		}
	}
}

// TestButtonsDecideWhatTheySay ties the verbs to the domain's choices.
func TestButtonsDecideWhatTheySay(t *testing.T) {
	for verb, choice := range map[string]moderation.Choice{verbApprove: moderation.ChooseApprove, verbSpam: moderation.ChooseSpam,
		verbAbuse: moderation.ChooseAbuse, verbHide: moderation.ChooseReject} {
		if got, err := moderation.ParseChoice(verb); err != nil || got != choice {
			t.Errorf("%s decides %q, %v", verb, got, err)
		}
	}
}

func TestMarkupOfNoButtons(t *testing.T) {
	if got := keyboard(nil).markup(); got != `{"inline_keyboard":[]}` {
		t.Errorf("got %s", got)
	}
}

// FuzzParsePress looks for data that are read as anything but what was written.
func FuzzParsePress(f *testing.F) {
	for _, s := range []string{"approve:0123cdef:17:2", "undo:0123cdef:zz:1:9", "more:0123cdef:1:1", "", "approve:0123cdef:-1:1", "approve:0123cdef:01:1",
		"approve:0123cdef:1:1:1", "undo:0123cdef:1:1", "x:0123cdef:1:1", "approve:0123cdef:1", "why:0123cdef:1y2p0ij32e8e8:1", "approve:17:2", "approve:0123CDEF:1:1",
		"approve:0123cde:1:1", "approve:0123cdef:A:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		p, err := parsePress(data)
		if err == nil && (p.String() != data || len(data) > 64 || p.Case <= 0 || p.Revision <= 0) {
			t.Errorf("%q is read as %+v", data, p)
		}
	})
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"/queue", "/queue@gate_bot", "/why  17 ", "/", "/@x", "queue", "/why\n17", "/WHY 17"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message string) {
		name, _, ok := parseCommand(message, "gate_bot")
		if ok != (name != "") {
			t.Errorf("%q gives %q, %v", message, name, ok)
		}
	})
}

func TestParseCommand(t *testing.T) {
	tests := []struct {
		message, name, args string
		ok                  bool
	}{
		{"/queue", "queue", "", true},
		{" /why  17 ", "why", "17", true},
		{"/why\n17", "why", "17", true},
		{"/WHY@Gate_Bot 17", "why", "17", true},
		{"/why@other_bot 17", "", "", false},
		{"why 17", "", "", false},
		{"/", "", "", false},
		{"", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.message, func(t *testing.T) {
			name, args, ok := parseCommand(test.message, "gate_bot")
			if name != test.name || args != test.args || ok != test.ok {
				t.Errorf("got %q %q %v", name, args, ok)
			}
		})
	}
}

// TestCommandList holds the table to what Telegram takes.
func TestCommandList(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range commands() {
		if seen[c.name] || c.run == nil || len(c.help) > 256 {
			t.Errorf("row %q", c.name)
		}
		seen[c.name] = true
	}
	for _, name := range []string{"queue", "why", "undo", "help", "pair", "start"} {
		if !seen[name] {
			t.Errorf("/%s is missing", name)
		}
	}
	s := newStage(t, func(c *Config) {
		c.Moderators = []Member{{ID: anna, Role: moderation.RoleSenior}, {ID: bert, Role: moderation.RoleObserver}}
	})
	s.start()
	offered := func(chat, user int64) (names []string) {
		for _, c := range s.telegram.CommandsFor(chat, user) {
			names = append(names, c.Command)
		}
		return names
	}
	s.until("lists of commands", func() bool { return len(offered(mods, bert)) > 1 })
	if list := offered(mods, anna); len(list) != len(commands())-1 {
		t.Errorf("a senior is offered %q", list)
	}
	if list := offered(mods, bert); slices.Contains(list, "ban") || slices.Contains(list, "approve") || !slices.Contains(list, "queue") {
		t.Errorf("an observer is offered %q", list)
	}
	if list := offered(mods, stranger); !slices.Equal(list, []string{"start"}) {
		t.Errorf("a stranger in the chat is offered %q", list)
	}
	if list := offered(stranger, stranger); !slices.Equal(list, []string{"start"}) {
		t.Errorf("a stranger is offered %q", list)
	}
}
