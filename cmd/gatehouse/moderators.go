package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"gatehouse/bot"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// moderatorsCmd are the commands on the people who decide in Telegram.
type moderatorsCmd struct {
	List   moderatorsListCmd   `cmd:"" help:"List who may look and decide, and where cards go."`
	Add    moderatorsAddCmd    `cmd:"" help:"Add somebody, or change what somebody may do."`
	Remove moderatorsRemoveCmd `cmd:"" help:"Take somebody off the list."`
	Chat   moderatorsChatCmd   `cmd:"" help:"Say where the cards of all blogs go that have no chat of their own."`
}

// moderatorJSON is a moderator as the commands print it.
type moderatorJSON struct {
	ID     int64           `json:"id"`
	Name   string          `json:"name,omitempty"`
	Role   moderation.Role `json:"role"`            // as it counts
	Sites  []string        `json:"sites,omitempty"` // none: all
	Source string          `json:"source"`          // database or configuration
}

type moderatorsListCmd struct {
	databaseFlags
	JSON bool `help:"Print JSON."`
}

// Run lists the people, as the service takes them.
func (c *moderatorsListCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	configured, err := conf.Telegram.botConfig()
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	people, home, err := rosterOf(a, db, configured)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, map[string]any{"moderators": people, "chat": home.String()})
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tROLE\tBLOGS\tFROM")
	for _, p := range people {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", p.ID, p.Name, p.Role, cmp.Or(strings.Join(p.Sites, ", "), "all"), p.Source)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "cards go to: %s\n", cmp.Or(home.String(), "nowhere yet (/pair, or gatehouse moderators chat)"))
	return nil
}

// rosterOf returns the people and the place that count: those of the configuration,
// where it names any, else those of the database.
func rosterOf(a *app, db *store.DB, configured bot.Config) ([]moderatorJSON, moderation.Destination, error) {
	stored, err := db.Roster(a.ctx)
	if err != nil {
		return nil, moderation.Destination{}, err
	}
	placements, err := db.Placements(a.ctx)
	if err != nil {
		return nil, moderation.Destination{}, err
	}
	names := map[moderation.SiteID]string{}
	for _, p := range placements {
		names[p.Site] = p.Name
	}
	source, blogs := "database", map[int64][]string{}
	for _, m := range stored.Moderators {
		for _, id := range m.Sites {
			blogs[m.ID] = append(blogs[m.ID], cmp.Or(names[id], "(removed)"))
		}
	}
	if len(configured.Moderators) > 0 {
		source, stored.Moderators, blogs = "configuration", nil, map[int64][]string{}
		for _, m := range configured.Moderators {
			stored.Moderators = append(stored.Moderators, moderation.Moderator{ID: m.ID, Role: m.Role})
			blogs[m.ID] = m.Blogs
		}
	}
	list := make([]moderatorJSON, 0, len(stored.Moderators))
	for _, m := range stored.Moderators {
		counts, _ := stored.Find(m.ID)
		list = append(list, moderatorJSON{ID: m.ID, Name: m.Name, Role: counts.Role, Sites: blogs[m.ID], Source: source})
	}
	if configured.Home.IsSet() {
		return list, configured.Home, nil
	}
	return list, stored.Home, nil
}

type moderatorsAddCmd struct {
	databaseFlags
	ID       int64    `arg:"" help:"Telegram's number of the person: /start to the bot tells it."`
	Name     string   `placeholder:"NAME" help:"What lists call the person."`
	Role     string   `placeholder:"ROLE" enum:"observer,moderator,senior," default:"" help:"observer: looks; moderator: decides, and takes back what they decided; senior: also bans, trusts, changes modes, takes back what others decided (moderator)."`
	Site     []string `placeholder:"NAME" xor:"sites" help:"Only this blog; again for more (all)."`
	AllSites bool     `xor:"sites" help:"All blogs, for somebody who had only some."`
}

// Run adds the person, or changes what is said of them.
func (c *moderatorsAddCmd) Run(a *app) error {
	switch {
	case c.ID <= 0:
		return usagef("add moderator: %d is no person's number; chats have numbers below 0", c.ID)
	case bot.StandsForMany(c.ID):
		return usagef("add moderator: %d is an account of Telegram's own, in whose name anybody may write; /start to the bot, sent as oneself, tells one's number", c.ID)
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	stored, err := db.Roster(a.ctx)
	if err != nil {
		return err
	}
	m, err := c.changed(a, db, stored)
	if err != nil {
		return err
	}
	if err := db.PutModerator(a.ctx, m); err != nil {
		return err
	}
	blogs, err := blogsOf(a, db, m)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%d is a %s of %s; a running service follows at once\n", m.ID, m.Role, blogs)
	return sayRoles(a, db, conf, stored)
}

// changed returns the person as stored, with what the command line says otherwise.
func (c *moderatorsAddCmd) changed(a *app, db *store.DB, stored moderation.Roster) (moderation.Moderator, error) {
	m := moderation.Moderator{ID: c.ID}
	if i := slices.IndexFunc(stored.Moderators, func(m moderation.Moderator) bool { return m.ID == c.ID }); i >= 0 {
		m = stored.Moderators[i]
	}
	m.Name = cmp.Or(c.Name, m.Name)
	m.Role = cmp.Or(moderation.Role(c.Role), m.Role, moderation.RoleModerator)
	if c.AllSites || len(c.Site) > 0 {
		m.Sites = nil
	}
	for _, name := range c.Site {
		site, err := db.Site(a.ctx, name)
		if err != nil {
			return m, err
		}
		m.Sites = append(m.Sites, site.ID)
	}
	return m, nil
}

// blogsOf names the blogs of a person.
func blogsOf(a *app, db *store.DB, m moderation.Moderator) (string, error) {
	if len(m.Sites) == 0 {
		return "all blogs", nil
	}
	placements, err := db.Placements(a.ctx)
	if err != nil {
		return "", err
	}
	var names []string
	for _, p := range placements {
		if m.Sees(p.Site) {
			names = append(names, p.Name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "no blog: those were removed"), nil
}

// sayRoles says what a change of the list did to others, and whether it counts.
func sayRoles(a *app, db *store.DB, conf config, before moderation.Roster) error {
	after, err := db.Roster(a.ctx)
	if err != nil {
		return err
	}
	switch had, has := before.HasSenior(), after.HasSenior(); {
	case had && !has && len(after.Moderators) > 0:
		fmt.Fprintln(a.stderr, "nobody is called senior any more: everybody who may decide may do what seniors may")
	case !had && has && len(after.Moderators) > 1:
		fmt.Fprintln(a.stderr, "only those who are called senior may ban, trust, change modes and take back what others decided")
	}
	warnConfigured(a, conf)
	return nil
}

// warnConfigured says that the configuration's list is the one that counts.
func warnConfigured(a *app, conf config) {
	if len(conf.Telegram.Moderators) > 0 {
		fmt.Fprintln(a.stderr, "but TELEGRAM_MODERATORS (telegram.moderators) is set, and only who is in it counts")
	}
}

type moderatorsRemoveCmd struct {
	databaseFlags
	ID int64 `arg:"" help:"Telegram's number of the person."`
}

// Run takes the person off the list.
func (c *moderatorsRemoveCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	stored, err := db.Roster(a.ctx)
	if err != nil {
		return err
	}
	if err := db.RemoveModerator(a.ctx, c.ID); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%d may do nothing any more\n", c.ID)
	return sayRoles(a, db, conf, stored)
}

type moderatorsChatCmd struct {
	databaseFlags
	Chat string `arg:"" help:"-1001234567890, a topic of it as -1001234567890/12, or each: each moderator alone."`
}

// Run stores where cards go.
func (c *moderatorsChatCmd) Run(a *app) error {
	to, err := moderation.ParseDestination(c.Chat)
	if err != nil || !to.IsSet() {
		return usagef("set chat: %w", cmp.Or(err, fmt.Errorf("%w: no chat is named", moderation.ErrInvalid)))
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	if err := db.Pair(a.ctx, moderation.Roster{Home: to}); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "cards go to %s; a running service follows within a minute\n", to)
	if conf.Telegram.ChatID != "" {
		fmt.Fprintln(a.stderr, "but TELEGRAM_CHAT_ID (telegram.chat_id) is set, and that is what counts")
	}
	return nil
}
