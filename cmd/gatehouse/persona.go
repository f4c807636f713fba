package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// personaCmd are the commands on personas: see docs/one-person.md.
type personaCmd struct {
	Add    personaAddCmd    `cmd:"" help:"Say of rejected comments that one person wrote them."`
	List   personaListCmd   `cmd:"" help:"List the personas, and how well each is known by its texts."`
	Show   personaShowCmd   `cmd:"" help:"Show the comments of a persona."`
	Remove personaRemoveCmd `cmd:"" help:"Take a comment out of its persona; it stays rejected."`
	Drop   personaDropCmd   `cmd:"" help:"End a persona at once; its comments stay as they are."`
}

type personaAddCmd struct {
	databaseFlags
	IDs  []string `arg:"" help:"The comments' ids, as queue and recent print them; all rejected, all of one blog."`
	Name string   `placeholder:"NAME" help:"The persona's name, seen by moderators only. Without one: the persona that had the newest text, or a new one."`
	Days *int     `placeholder:"N" help:"For how many days after its last text it counts (90 for a new one)."`
	JSON bool     `help:"Print JSON."`
}

// Run adds the comments.
func (c *personaAddCmd) Run(a *app) error {
	o := moderation.PersonaOrder{Name: c.Name, By: operator()}
	if c.Days != nil {
		if o.Keep = time.Duration(*c.Days) * 24 * time.Hour; o.Keep == 0 {
			o.Keep = -1 // no time is not the same as none said
		}
	}
	for _, s := range c.IDs {
		id, err := parseID(s)
		if err != nil {
			return err
		}
		o.Comments = append(o.Comments, id)
	}
	if err := o.Check(); err != nil {
		return usageError{err}
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	p, err := (&moderation.Service{Personas: db, Now: a.now, Bell: &moderation.Bell{}, Log: quietLog()}).AddToPersona(a.ctx, o)
	if err != nil {
		return err
	}
	known, err := personasOf(a, db)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, known.json(p))
	}
	fmt.Fprintf(a.stderr, "persona %q has %s; %s\n", p.Name, counted(int64(p.Texts), "comment"), known.figures(p))
	return nil
}

// counted is a number of things: "1 comment", "2 comments".
func counted(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

type personaListCmd struct {
	databaseFlags
	JSON bool `help:"Print JSON."`
}

// Run lists the personas of all blogs.
func (c *personaListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	known, err := personasOf(a, db)
	if err != nil {
		return err
	}
	if c.JSON {
		list := make([]personaJSON, 0, len(known.all))
		for _, p := range known.all {
			list = append(list, known.json(p))
		}
		return printJSON(a.stdout, list)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tNAME\tTEXTS\tUNTIL\tKNOWN BY ITS TEXTS")
	for _, p := range known.all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", known.sites[p.Site], oneLine(p.Name), p.Texts, known.until(p), known.figures(p))
	}
	return w.Flush()
}

type personaShowCmd struct {
	listFlags
	Name string `arg:"" help:"The persona's name."`
	Site string `placeholder:"NAME" help:"Its blog; needed where two have one of that name."`
}

// Run prints the comments that count, newest first.
func (c *personaShowCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	p, err := findPersona(a, db, c.Site, c.Name)
	if err != nil {
		return err
	}
	views, err := db.PersonaComments(a.ctx, p.ID)
	if err != nil {
		return err
	}
	return c.print(a, views[:min(len(views), max(0, c.Limit))])
}

type personaRemoveCmd struct {
	databaseFlags
	ID   string `arg:"" help:"The comment's id, as persona show prints it."`
	Name string `placeholder:"NAME" help:"Out of this persona only; without one, out of all that it is in."`
}

// Run takes the comment out.
func (c *personaRemoveCmd) Run(a *app) error {
	id, err := parseID(c.ID)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	left, err := db.RemoveFromPersona(a.ctx, id, c.Name, a.now())
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "removed comment %s from %s\n", id, counted(left, "persona"))
	return nil
}

type personaDropCmd struct {
	databaseFlags
	Name string `arg:"" help:"The persona's name."`
	Site string `placeholder:"NAME" help:"Its blog; needed where two have one of that name."`
}

// Run ends the persona.
func (c *personaDropCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	p, err := findPersona(a, db, c.Site, c.Name)
	if err != nil {
		return err
	}
	if err := db.DropPersona(a.ctx, p.Site, p.Name, a.now()); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "dropped persona %q\n", p.Name)
	return nil
}

// findPersona returns the one persona of a name.
func findPersona(a *app, db *store.DB, site, name string) (moderation.Persona, error) {
	known, err := personasOf(a, db)
	if err != nil {
		return moderation.Persona{}, err
	}
	var found []moderation.Persona
	for _, p := range known.all {
		if p.Name == name && (site == "" || known.sites[p.Site] == site) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return moderation.Persona{}, fmt.Errorf("find persona: %w: none is called %q; gatehouse persona list names them", moderation.ErrNotFound, name)
	case 1:
		return found[0], nil
	}
	return moderation.Persona{}, usagef("find persona: several blogs have one called %q; say which with --site", name)
}

// knownPersonas are the personas of all blogs, and what is known of them.
type knownPersonas struct {
	all   []moderation.Persona
	sites map[moderation.SiteID]string
	by    *classifier.Personas
	now   time.Time
}

func personasOf(a *app, db *store.DB) (*knownPersonas, error) {
	k := &knownPersonas{sites: map[moderation.SiteID]string{}, by: classifier.NewPersonas(), now: a.now()}
	sites, err := db.Sites(a.ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		k.sites[s.ID] = s.Name
	}
	if k.all, err = db.AllPersonas(a.ctx); err != nil {
		return nil, err
	}
	return k, (&moderation.PersonaFollower{Samples: db, Portraitist: k.by, Now: a.now, Log: quietLog()}).CatchUp(a.ctx)
}

// figures says how well a persona is known.
func (k *knownPersonas) figures(p moderation.Persona) string {
	l, known := k.by.Figures(p.Site, p.ID)
	switch {
	case p.Texts > 0 && !p.Counts(k.now):
		return "has ended"
	case !known:
		return "not by its texts: that takes " + classifier.PersonaNeeds
	}
	return fmt.Sprintf("marks %.0f %% of its texts and %.1f %% of others' comments", 100*l.Found, 100*l.False)
}

func (k *knownPersonas) until(p moderation.Persona) string {
	if p.Texts == 0 {
		return "-"
	}
	return p.Until().Format(time.DateOnly)
}

// personaJSON is a persona as the commands print it.
type personaJSON struct {
	Site  string    `json:"site"`
	Name  string    `json:"name"`
	Texts int       `json:"texts"`
	By    string    `json:"by"`
	Until time.Time `json:"until,omitzero"`
	// Marks is null where the persona is not known by its texts.
	Marks *likenessJSON `json:"marks"`
}

// likenessJSON is what is to be expected of a persona's marks, as shares.
type likenessJSON struct {
	Own    float64 `json:"own"`
	Others float64 `json:"others"`
	Right  float64 `json:"right"`
}

func (k *knownPersonas) json(p moderation.Persona) personaJSON {
	j := personaJSON{Site: k.sites[p.Site], Name: p.Name, Texts: p.Texts, By: p.By.String()}
	if p.Texts > 0 {
		j.Until = p.Until().UTC()
	}
	if l, known := k.by.Figures(p.Site, p.ID); known && p.Counts(k.now) {
		j.Marks = &likenessJSON{Own: round3(l.Found), Others: round3(l.False), Right: round3(l.Right)}
	}
	return j
}

// round3 is a share as it is worth printing.
func round3(f float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 3, 64), 64)
	return r
}
