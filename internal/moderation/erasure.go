package moderation

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Whom says whose data are meant, in one way.
type Whom struct {
	Account string     // the platform's id
	Email   string     // whoever gave it
	Address netip.Addr // whoever wrote from it
	Name    string     // whoever is called so, and nothing else of theirs
	Comment CommentID  // the author of this one, by all that is known of them
}

// ParseWhom reads id:17, email:ann@example.org, address:203.0.113.9, name:Ann,
// comment:17, or without the word an e-mail address, a network address or a name.
func ParseWhom(s string) (w Whom, err error) {
	s = strings.TrimSpace(s)
	word, value, found := strings.Cut(s, ":")
	value = strings.TrimSpace(value)
	if found && value == "" {
		return w, fmt.Errorf("%w: %q says nobody: write id:17, email:…, address:…, name:… or comment:17", ErrInvalid, s)
	}
	switch {
	case found && word == "id":
		w.Account = value
	case found && word == "email":
		w.Email = value
	case found && word == "name":
		w.Name = value
	case found && word == "address":
		w.Address, err = ParseAddress(value)
	case found && word == "comment":
		w.Comment, err = ParseCommentID(value)
	case s == "":
		err = fmt.Errorf("%w: say whom: id:17, email:…, address:…, name:… or comment:17", ErrInvalid)
	case strings.Contains(s, "@"):
		w.Email = s
	default:
		if w.Address, err = ParseAddress(s); err != nil {
			w.Address, w.Name, err = netip.Addr{}, s, nil
		}
	}
	if w.Address.IsValid() && !IsTelling(w.Address) {
		err = fmt.Errorf("%w: %s is a private address, which tells nobody from others and is not kept", ErrInvalid, w.Address)
	}
	return w, err
}

// Holdings is what is held on somebody, in numbers.
type Holdings struct {
	Comments  int            `json:"comments"`
	Revisions int            `json:"revisions"`
	Decisions int            `json:"decisions"`
	Lessons   int            `json:"lessons"`
	Notes     int            `json:"notes"`
	Marks     int            `json:"marks"`   // bans and trusts
	Answers   int            `json:"answers"` // of others, with a copy of their words
	Cards     int            `json:"cards"`   // that stand in Telegram
	Waiting   int            `json:"waiting"` // deliveries that were not sent
	Names     []string       `json:"names"`   // under which they wrote
	BySite    map[string]int `json:"by_site"` // comments
	// Identities is by how many accounts, or e-mails and addresses, they wrote.
	Identities int `json:"identities"`
	// Mentions is how often moderators and checks wrote their names, outside of what is
	// held of them; CommonMentions the same of names that are short or common words.
	Mentions       int `json:"mentions"`
	CommonMentions int `json:"common_mentions"`
}

// IsNothing says whether nothing is held.
func (h Holdings) IsNothing() bool { return h.Comments == 0 && h.Marks == 0 }

// Erasure is an order to forget somebody.
type Erasure struct {
	Whom Whom
	Site SiteID // 0: everywhere
	By   Actor
	At   time.Time
	// Mentions says that names which are short or common words are also taken out of
	// what moderators wrote: see [IsCommonName].
	Mentions bool
}

// ErasureID numbers receipts of erasures.
type ErasureID int64

// ErasureReceipt says that somebody was forgotten, and not whom.
type ErasureReceipt struct {
	ID      ErasureID
	Site    SiteID // 0: everywhere
	By      string
	At      time.Time
	Removed map[string]int // rows, by what they were; of mentions how many
	// MentionsLeft is how often names that are short or common words stand where
	// moderators and checks wrote: they need not mean the person.
	MentionsLeft int
	// Refit are the sites whose model is still to be made anew: they had a version in
	// force that was made while there were comments of theirs, which is gone. Scrub says
	// that the database's file is still to be cleaned.
	Refit []SiteID
	Scrub bool
}

// IsDone says whether nothing is left to be done after the erasure.
func (r ErasureReceipt) IsDone() bool { return len(r.Refit) == 0 && !r.Scrub }
