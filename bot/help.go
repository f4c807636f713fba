package bot

import "context"

// help lists what a moderator can do.
func (b *Bot) help(ctx context.Context, r request) error {
	s := &sheet{}
	s.own("Every comment that waits has a card here. One tap decides it; ↩️ Undo takes that back. " +
		"Behind ⋯ More: hide it without teaching anything, why it is held, trust or ban its author, and strict for its post.\n\n")
	for _, c := range commands() {
		if c.help == "" || !r.person.Role.Allows(c.who) && c.who != anyone {
			continue
		}
		name := "/" + c.name
		if c.args != "" {
			name += " " + c.args
		}
		s.own(name, " – ", c.help, "\n")
	}
	s.own("\nID is the number at the foot of a card.")
	return b.replySheet(ctx, r, s)
}
