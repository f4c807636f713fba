package bot

import "context"

// help lists what whoever asks can do, under headings.
func (b *Bot) help(ctx context.Context, r request) error {
	s := b.sheet()
	s.own("A few of the comments that wait have cards here; /queue lists all. ")
	if r.person.Role.Allows(decides) {
		s.own("One tap decides it; ↩️ Undo takes that back. Behind ⋯ More: hide it without teaching anything, why it is held, what came before it and what is like it, " +
			"trust or ban its author, and strict for its post. Reply to a card, and your words are a note for the others.")
	} else {
		s.own("You are an observer: you may look.")
	}
	for _, g := range []group{groupDecide, groupLook, groupPeople, groupSettings} {
		begun := false
		for _, c := range commands() {
			if c.group != g || c.help == "" || !r.person.Role.Allows(c.who) && c.who != anyone {
				continue
			}
			if !begun {
				s.own("\n\n").bold(string(g))
				begun = true
			}
			name := "/" + c.name
			if c.args != "" {
				name += " " + c.args
			}
			s.own("\n", name, " – ", c.help)
		}
	}
	s.own("\n\nID is the number at the foot of a card; in reply to a card, a command needs none.")
	return b.replySheet(ctx, r, s)
}
