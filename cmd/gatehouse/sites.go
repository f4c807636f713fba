package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"text/tabwriter"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// sitesCmd are the commands on blogs.
type sitesCmd struct {
	Add          sitesAddCmd    `cmd:"" help:"Add a blog."`
	List         sitesListCmd   `cmd:"" help:"List the blogs."`
	Show         sitesShowCmd   `cmd:"" help:"Show a blog, its secret and how to connect it."`
	Set          sitesSetCmd    `cmd:"" help:"Change a setting of a blog."`
	Connect      connectCmd     `cmd:"" help:"Give gatehouse what it needs to speak with a blog's own API."`
	Disconnect   disconnectCmd  `cmd:"" help:"Take away the access that connect has given."`
	Remove       sitesRemoveCmd `cmd:"" help:"Remove a blog. Its comments and decisions stay in the database."`
	RotateSecret sitesRotateCmd `cmd:"" help:"Give a blog a new secret. The former one stays valid for a day."`
}

type siteFlags struct {
	databaseFlags
	JSON bool   `help:"Print JSON."`
	Name string `arg:"" help:"The blog's name."`
}

type sitesAddCmd struct {
	siteFlags
	Platform string `default:"webhook" help:"What the blog runs on: ${platforms} (${default})."`
	Callback string `placeholder:"URL" help:"Where decisions are sent."`
}

// Run adds the site and shows it.
func (c *sitesAddCmd) Run(a *app) error {
	s := moderation.Site{Name: c.Name, Platform: c.Platform, Callback: c.Callback, Mode: moderation.ModeNormal}
	if s.Platform == platform.BloggerName && s.Callback != "" {
		return usageError{fmt.Errorf("add site: %w", addressFromGoogle(s.Name))}
	}
	if err := errors.Join(checkSiteName(c.Name), checkSite(s)); err != nil {
		return usageError{err}
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	db, err := store.Create(a.ctx, conf.Data, a.now, conf.Backup.upgrade(a))
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	added, err := db.AddSite(a.ctx, s)
	if errors.Is(err, moderation.ErrInvalid) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	return c.print(a, added)
}

type sitesShowCmd struct {
	siteFlags
	Plugin string `placeholder:"FILE" help:"Write the WordPress plugin into a file: one that wp-admin can upload if its name ends in .zip, else the PHP file itself."`
}

// Run shows the site, or writes its plugin.
func (c *sitesShowCmd) Run(a *app) error {
	if c.Plugin != "" {
		return c.writePlugin(a)
	}
	return c.with(a, func(db *store.DB) (moderation.Site, error) { return db.Site(a.ctx, c.Name) })
}

type sitesRotateCmd struct{ siteFlags }

// Run makes the new secret and shows the site.
func (c *sitesRotateCmd) Run(a *app) error {
	return c.with(a, func(db *store.DB) (moderation.Site, error) {
		s, err := db.Site(a.ctx, c.Name)
		if err != nil {
			return s, err
		}
		if err := db.RotateSecret(a.ctx, s.ID); err != nil {
			return s, err
		}
		return db.Site(a.ctx, c.Name)
	})
}

type sitesSetCmd struct {
	siteFlags
	Key    string `arg:"" enum:"callback,platform,mode,hold_spam,hold_abuse,audit,trust_after,hold_first,auto_strict,telegram_chat" help:"callback, platform, mode, hold_spam, hold_abuse, audit, trust_after, hold_first, auto_strict or telegram_chat."`
	Value  string `arg:"" help:"The new value; see below."`
	DryRun bool   `help:"Change nothing: print what a threshold would have meant for the comments so far."`
}

// Help says what the settings are.
func (sitesSetCmd) Help() string {
	return `hold_spam, hold_abuse: the probability, 0 to 1, from which a comment is held; 0 means the model's own. What it would have meant for the comments so far is printed before it takes effect. audit: the share, 0 to 0.2, of the comments that the classifier would approve that a moderator is asked about all the same. trust_after: after how many approved comments an author with an identity is trusted; 0: never. hold_first: on or off: whether an author's first comment waits. auto_strict: when a post turns strict by itself, like "30% in 30m for 2h": when 30% of the people (three at least) who wrote on it within 30 minutes were flagged, for two hours; or off. telegram_chat: where its cards go: the number of a chat, -1001234567890, of a topic of it, -1001234567890/12, each (to each moderator alone), or default (where all go). mode: open, normal or strict; gatehouse mode has modes for a time and for posts.`
}

// Run changes one setting and shows the site, without its secrets: they are not what was
// asked for.
func (c *sitesSetCmd) Run(a *app) error {
	if c.DryRun && !isThreshold(c.Key) {
		return usagef("set %s: --dry-run is for hold_spam and hold_abuse", c.Key)
	}
	return c.with(a, func(db *store.DB) (moderation.Site, error) {
		s, err := db.Site(a.ctx, c.Name)
		if err != nil {
			return s, err
		}
		former := s
		if err := setSite(&s, c.Key, c.Value); err != nil {
			return s, usageError{fmt.Errorf("set %s: %w", c.Key, err)}
		}
		if isThreshold(c.Key) {
			if err := c.foresee(a, db, s); err != nil {
				return s, err
			}
			if c.DryRun {
				return s, errDone
			}
		}
		err = c.apply(a, db, &s, former)
		s.Secrets = nil
		return s, err
	})
}

// apply writes a changed site.
func (c *sitesSetCmd) apply(a *app, db *store.DB, s *moderation.Site, former moderation.Site) error {
	if c.Key == "mode" {
		_, err := newService(a, db).TurnMode(a.ctx, moderation.ModeChange{Site: s.ID, Mode: s.Mode, By: operator()})
		return err
	}
	if s.Callback == former.Callback || len(former.Account) == 0 {
		return db.UpdateSite(a.ctx, *s)
	}
	s.Account = nil // it is good for the former address only
	if err := db.UpdateSite(a.ctx, *s); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "the access to %s is taken away, for that is the callback no more; %s\n", former.Callback, revoking(former))
	return nil
}

type sitesRemoveCmd struct {
	databaseFlags
	Name string `arg:"" help:"The blog's name."`
}

// Run removes the site.
func (c *sitesRemoveCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	s, err := db.Site(a.ctx, c.Name)
	if err != nil {
		return err
	}
	if err := db.RemoveSite(a.ctx, s.ID); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "removed site %s\n", s.Name)
	if len(s.Account) > 0 {
		fmt.Fprintf(a.stderr, "its access to the blog's API is forgotten; %s\n", revoking(s))
	}
	return nil
}

type sitesListCmd struct {
	databaseFlags
	JSON bool `help:"Print JSON."`
}

// Run lists the sites, without their secrets.
func (c *sitesListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	sites, err := db.Sites(a.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		list := make([]siteJSON, 0, len(sites))
		for _, s := range sites {
			list = append(list, newSiteJSON(s))
		}
		return printJSON(a.stdout, list)
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tPLATFORM\tMODE\tCALLBACK")
	for _, s := range sites {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Name, s.Platform, s.Mode, s.Callback)
	}
	return t.Flush()
}

// with opens the database, does f to it, and shows the site that f returns, unless
// that says errDone.
func (c *siteFlags) with(a *app, f func(*store.DB) (moderation.Site, error)) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	s, err := f(db)
	if errors.Is(err, errDone) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.print(a, s); err != nil || c.JSON {
		return err
	}
	changes, err := db.Modes(a.ctx, s.ID, a.now())
	if err != nil {
		return err
	}
	return printChanges(a.stdout, changes)
}

// errDone says that there is nothing more to show.
var errDone = errors.New("done")

// print shows a site, and its secrets where it has them.
func (c *siteFlags) print(a *app, s moderation.Site) error {
	if c.JSON {
		out := newSiteJSON(s)
		if len(s.Secrets) == 0 {
			return printJSON(a.stdout, out)
		}
		out.Secret, out.AkismetKey, out.ShortAkismetKey = s.Secrets[0].Reveal(), s.AkismetKey.Reveal(), s.ShortAkismetKey().Reveal()
		return printJSON(a.stdout, out)
	}
	return printSite(a.stdout, s)
}

// checkSiteName refuses what no site can be called, before the first one makes
// the data folder; AddSite has the last word.
func checkSiteName(name string) error {
	if regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`).MatchString(name) {
		return nil
	}
	return fmt.Errorf("add site: %w: name %q: use a-z, 0-9, - and _, at most 63, the first a letter or digit", moderation.ErrInvalid, name)
}

// checkSite refuses platforms and callbacks that nothing can be done with.
func checkSite(s moderation.Site) error {
	if err := platform.CheckName(s.Platform); err != nil {
		return err
	}
	if s.Callback == "" {
		return nil
	}
	return platform.CheckCallback(s.Callback)
}

// addressFromGoogle says how a site on Blogger gets its address: what Google's
// token is sent to is nothing to write by hand.
func addressFromGoogle(site string) error {
	return fmt.Errorf("%w: site %s is on Blogger, its address comes from Google: gatehouse sites connect blogger %s", moderation.ErrInvalid, site, site)
}

// setSite changes the setting called key.
func setSite(s *moderation.Site, key, value string) (err error) {
	switch isBlogger := s.Platform == platform.BloggerName; {
	case key == "callback" && isBlogger:
		return addressFromGoogle(s.Name)
	case key == "platform" && value == platform.BloggerName && !isBlogger && s.Callback != "":
		return fmt.Errorf("%w: site %s sends its decisions to %s; connect the blog under another name: gatehouse sites connect blogger NAME",
			moderation.ErrInvalid, s.Name, s.Callback)
	}
	switch key {
	case "callback":
		s.Callback = value
	case "platform":
		s.Platform = value
	case "mode":
		s.Mode, err = moderation.ParseMode(value)
	case "hold_spam":
		s.Thresholds.Spam, err = parseProbability(value)
	case "hold_abuse":
		s.Thresholds.Abuse, err = parseProbability(value)
	case "audit":
		s.Audit, err = moderation.ParseAudit(value)
	case "trust_after":
		s.TrustAfter, err = parseCount(value)
	case "hold_first":
		s.HoldFirst, err = parseSwitch(value)
	case "auto_strict":
		s.AutoStrict, err = moderation.ParseAutoStrict(value)
	case "telegram_chat":
		s.Cards, err = parsePlace(value)
	}
	if err != nil {
		return err
	}
	return checkSite(*s)
}

// parsePlace reads where cards go.
func parsePlace(s string) (moderation.Destination, error) {
	if s == "default" {
		return moderation.Destination{}, nil
	}
	return moderation.ParseDestination(s)
}

func parseProbability(s string) (float64, error) {
	p, err := strconv.ParseFloat(s, 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return 0, fmt.Errorf("%w: %q is not a probability from 0 to 1", moderation.ErrInvalid, s)
	}
	return p, nil
}

// parseCount reads after how many comments something is so.
func parseCount(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1000 {
		return 0, fmt.Errorf("%w: %q is not a number from 0 to 1000", moderation.ErrInvalid, s)
	}
	return n, nil
}

func parseSwitch(s string) (bool, error) {
	switch s {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, fmt.Errorf("%w: %q is neither on nor off", moderation.ErrInvalid, s)
}

// siteJSON is a site as the commands print it.
type siteJSON struct {
	Name            string          `json:"name"`
	Platform        string          `json:"platform"`
	Callback        string          `json:"callback"`
	Secret          string          `json:"secret,omitempty"`
	AkismetKey      string          `json:"akismet_key,omitempty"`
	ShortAkismetKey string          `json:"akismet_short_key,omitempty"`
	Mode            moderation.Mode `json:"mode"`
	HoldSpam        float64         `json:"hold_spam"` // 0: the model's own threshold
	HoldAbuse       float64         `json:"hold_abuse"`
	Audit           float64         `json:"audit"`
	TrustAfter      int             `json:"trust_after"`
	HoldFirst       bool            `json:"hold_first"`
	AutoStrict      string          `json:"auto_strict"` // off, or as sites set takes it
	TelegramChat    string          `json:"telegram_chat,omitempty"`
}

// newSiteJSON leaves out the secrets.
func newSiteJSON(s moderation.Site) siteJSON {
	return siteJSON{Name: s.Name, Platform: s.Platform, Callback: s.Callback, Mode: s.Mode,
		HoldSpam: s.Thresholds.Spam, HoldAbuse: s.Thresholds.Abuse, Audit: float64(s.Audit),
		TrustAfter: s.TrustAfter, HoldFirst: s.HoldFirst, AutoStrict: s.AutoStrict.String(), TelegramChat: s.Cards.String()}
}

// threshold writes from which probability a site holds.
func threshold(p float64) string {
	if p == 0 {
		return "the model's own threshold"
	}
	return strconv.FormatFloat(p, 'g', -1, 64)
}

// audit writes how many of the comments that nothing flags a site asks about.
func audit(share moderation.Audit) string {
	if share == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s sure comments (%s)", share, strconv.FormatFloat(float64(share), 'g', -1, 64))
}

// printSite writes a site for a person, and how the blog is connected; its secrets where
// it has them.
func printSite(w io.Writer, s moderation.Site) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "name\t%s\nplatform\t%s\nmode\t%s\n", s.Name, s.Platform, s.Mode)
	fmt.Fprintf(t, "holds spam from\t%s\nholds abuse from\t%s\n", threshold(s.Thresholds.Spam), threshold(s.Thresholds.Abuse))
	fmt.Fprintf(t, "asks at random\t%s\n", audit(s.Audit))
	printStanding(t, s)
	fmt.Fprintf(t, "comments to\tPOST /v1/sites/%s/comments\n", s.Name)
	callback := s.Callback
	switch {
	case callback == "" && s.Platform == platform.BloggerName:
		callback = "(none: gatehouse sites connect blogger " + s.Name + ")"
	case callback == "":
		callback = "(none: gatehouse sites set " + s.Name + " callback URL)"
	}
	fmt.Fprintf(t, "decisions to\t%s\n", callback)
	printSecrets(t, s)
	switch s.Platform {
	case platform.WordPress:
		printWordPress(t, s)
	case platform.BloggerName:
		printBlogger(t, s)
	}
	return t.Flush()
}

// printSecrets writes a site's secrets, or where they are.
func printSecrets(w io.Writer, s moderation.Site) {
	if len(s.Secrets) == 0 {
		fmt.Fprintf(w, "secret\t(gatehouse sites show %s)\n", s.Name)
		return
	}
	fmt.Fprintf(w, "secret\t%s\n", s.Secrets[0].Reveal())
	if len(s.Secrets) > 1 {
		fmt.Fprintln(w, "\t(the former secret is valid for a day after the rotation)")
	}
	fmt.Fprintf(w, "akismet key\t%s\n\t%s for WordPress' Akismet plugin, which takes twelve digits only\n",
		s.AkismetKey.Reveal(), s.ShortAkismetKey().Reveal())
}
