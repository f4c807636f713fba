package bot

import (
	"strings"
	"testing"

	"gatehouse/bot/telegramtest"
)

func TestTell(t *testing.T) {
	s := newStage(t)
	s.start()
	if again, err := s.bot.Tell(t.Context(), "Something is wrong.\nbook.yaml:3:11: unknown name \"linkz\" <b>"); err != nil || again {
		t.Fatalf("Tell: %v, %v", again, err)
	}
	told := s.telegram.Messages(mods)
	if len(told) != 1 || told[0].Text != "⚙️ Something is wrong.\nbook.yaml:3:11: unknown name \"linkz\" <b>" || len(told[0].Buttons) != 0 {
		t.Fatalf("the chat shows %+v", told)
	}
	s.telegram.Fault("sendMessage", 1, telegramtest.ServerError())
	if again, err := s.bot.Tell(t.Context(), "Once more."); err == nil || !again {
		t.Errorf("while Telegram is out of order: %v, %v, want an error after which it may work", again, err)
	}
	moved := s.telegram.Upgrade(mods)
	if again, err := s.bot.Tell(t.Context(), "In the supergroup."); err != nil || again {
		t.Errorf("after the chat has moved: %v, %v", again, err)
	}
	if told := s.telegram.Messages(moved); len(told) == 0 || !strings.Contains(told[len(told)-1].Text, "In the supergroup.") {
		t.Errorf("the supergroup shows %+v", told)
	}
}

func TestTellWithoutAChat(t *testing.T) {
	s := newStage(t, func(c *Config) { c.Home.Chat = 0 })
	s.start()
	if again, err := s.bot.Tell(t.Context(), "Nobody hears."); err != nil || again {
		t.Errorf("Tell: %v, %v", again, err)
	}
}

// TestMenusAreOfferedAgain has Telegram ask to wait, and fail, where lists of commands
// are offered.
func TestMenusAreOfferedAgain(t *testing.T) {
	for name, fault := range map[string]telegramtest.Fault{"wait": telegramtest.TooMany(1), "fail": telegramtest.Refuse(500, "Internal Server Error")} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.telegram.Fault("setMyCommands", 1, fault)
			s.start()
			s.until("the first list again", func() bool {
				n := 0
				for _, c := range s.telegram.Calls() {
					if c.Method == "setMyCommands" && strings.Contains(c.Params["scope"], "default") {
						n++
					}
				}
				return n == 2
			})
		})
	}
}
