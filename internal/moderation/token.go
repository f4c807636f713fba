package moderation

import "time"

// Token opens the API for programs at one site. What is kept of it can't be
// turned back into the secret that was given out.
type Token struct {
	ID        int64
	Site      SiteID
	SiteName  string
	Name      string // unique in its site
	CreatedAt time.Time
	UsedAt    time.Time // to the minute; zero: never
}

// Actor returns who decides with the token.
func (t Token) Actor() Actor {
	return Actor{ID: "token:" + t.SiteName + "/" + t.Name, Name: "token " + t.Name}
}
