package moderation

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// PersonaID numbers personas.
type PersonaID int64

// Persona is one writer under changing names: rejected comments of which a
// moderator said that they come from the same hand. A comment that is approved,
// undone or withdrawn afterwards leaves it. It belongs to its site.
type Persona struct {
	ID    PersonaID
	Site  SiteID
	Name  string // what moderators call it; unique in its site
	By    Actor  // who opened it
	At    time.Time
	Keep  time.Duration // for how long after its last text it counts
	Texts int           // comments that are in it and rejected
	Last  time.Time     // when the newest of them came; zero: none is in it
	// Digest changes with what the persona is known by.
	Digest string
}

// Until returns when the persona ends: Keep after its last text.
func (p Persona) Until() time.Time { return p.Last.Add(p.Keep) }

// Counts says whether the persona has texts and has not ended.
func (p Persona) Counts(at time.Time) bool { return p.Texts > 0 && at.Before(p.Until()) }

const (
	// PersonaKeep is how long after its last text a persona counts, unless
	// somebody says otherwise: who has been silent for so long may have changed,
	// or gone.
	PersonaKeep = 90 * 24 * time.Hour
	// PersonaName is what a persona is called that nobody names.
	PersonaName = "the one"

	maxPersonaName = 40 // characters
	maxPersonaKeep = 366 * 24 * time.Hour
)

// PersonaOrder says of rejected comments that one person wrote them.
type PersonaOrder struct {
	Site SiteID // 0: that of the comments
	// Name is the persona's; it is opened if there is none of the name. Empty: the
	// one that counts and had the newest text, else a new one.
	Name     string
	Comments []CommentID
	Keep     time.Duration // 0: as it is
	By       Actor
	At       time.Time
}

// Check refuses orders that make no sense.
func (o PersonaOrder) Check() error {
	switch {
	case utf8.RuneCountInString(o.Name) > maxPersonaName || strings.TrimSpace(o.Name) != o.Name || !utf8.ValidString(o.Name):
		return fmt.Errorf("%w: a persona's name has at most %d characters and no space around them", ErrInvalid, maxPersonaName)
	case o.Keep < 0 || o.Keep > maxPersonaKeep:
		return fmt.Errorf("%w: a persona may be kept for a day to a year after its last text", ErrInvalid)
	}
	return nil
}

// Personas keeps them.
type Personas interface {
	// AddToPersona gives ErrNotFound for an unknown comment and ErrInvalid for one
	// that is not rejected or of another site. What is in it already stays.
	AddToPersona(context.Context, PersonaOrder) (Persona, error)
}

// AddToPersona says of rejected comments that one person wrote them; see [Personas]
// for its errors.
func (s *Service) AddToPersona(ctx context.Context, o PersonaOrder) (Persona, error) {
	if err := o.Check(); err != nil {
		return Persona{}, err
	}
	o.At = s.Now()
	p, err := s.Personas.AddToPersona(ctx, o)
	if err != nil {
		return Persona{}, err
	}
	s.Bell.Ring()
	s.Log.Info("added to persona", "site", p.Site, "comments", len(o.Comments))
	return p, nil
}

// Kin is what a comment shares with the texts of a persona of its site, beside
// how it is written.
type Kin struct {
	Persona  PersonaID
	Range    int // came from the same range of addresses
	Agent    int // from the same agent
	Answered int // answer the person whom this one answers
}

// answersTwice is how many texts must answer somebody for that to be a habit.
const answersTwice = 2

// Second returns in words what of it speaks for the same writer; empty: nothing.
// An agent says something only where most comments from it were rejected, and whom
// they answer only where others answer that one seldom.
func (k Kin) Second(t Ties, seldom bool) string {
	switch {
	case k.Range > 0:
		return "the same range of addresses"
	case k.Agent > 0 && t.AgentOthers < t.Agent:
		return "the same kind of browser, which few others have here"
	case seldom && k.Answered >= answersTwice:
		return "it answers somebody whom they answer"
	}
	return ""
}

// KinOf returns what the submission shares with a persona.
func (s Submission) KinOf(id PersonaID) Kin {
	for _, k := range s.Kin {
		if k.Persona == id {
			return k
		}
	}
	return Kin{Persona: id}
}
