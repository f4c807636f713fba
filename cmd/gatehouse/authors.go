package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// authorsCmd are the commands on who writes.
type authorsCmd struct {
	List  authorsListCmd  `cmd:"" help:"List who is banned and who is trusted."`
	Show  authorsShowCmd  `cmd:"" help:"Show what is known of the author of a comment, and by what they can be banned."`
	Ban   authorsBanCmd   `cmd:"" help:"Reject what somebody writes, for a time or for good."`
	Trust authorsTrustCmd `cmd:"" help:"Let strict mode pass what somebody writes, where nothing flags it."`
	Lift  authorsLiftCmd  `cmd:"" help:"End a ban or a trust."`
}

// authorFlags say whom a mark is about.
type authorFlags struct {
	databaseFlags
	Site    string `placeholder:"NAME" help:"The blog; not needed where there is one only."`
	Comment string `placeholder:"ID" help:"The author of this comment, by the surest that is known; --by says another way."`
	By      string `placeholder:"WHAT" help:"With --comment: identity, email, address, range, name or agent."`

	For    string `placeholder:"TIME" help:"Until then it counts: 24h, 7d; else for good."`
	Reason string `help:"Why, for the other moderators."`
	JSON   bool   `help:"Print JSON."`
}

type authorsBanCmd struct {
	authorFlags
	Email   string `placeholder:"ADDRESS" help:"Whoever gives this e-mail address, which nobody checks."`
	Name    string `placeholder:"PATTERN" help:"Whoever is called so; * stands for anything, case and disguise do not count."`
	Address string `placeholder:"IP" help:"Whoever writes from this network address."`
	Range   string `placeholder:"NETWORK" help:"Whoever writes from this /24 (or /64 of IPv6)."`
	Agent   string `placeholder:"PATTERN" help:"Whoever writes with this user agent; * stands for anything."`

	RejectWaiting bool `help:"Reject what waits of theirs, too; how much that is is told before."`
	Yes           bool `help:"Do not ask: neither before --reject-waiting nor where a pattern hits published names."`
}

// markJSON is a mark as the commands print it.
type markJSON struct {
	ID       moderation.MarkID   `json:"id"`
	Site     string              `json:"site"`
	Kind     moderation.MarkKind `json:"kind"`
	By       moderation.Subject  `json:"by"`
	Whom     string              `json:"whom"`
	Reason   string              `json:"reason"`
	MarkedBy string              `json:"marked_by"`
	MarkedAt time.Time           `json:"marked_at"`
	Until    time.Time           `json:"until,omitzero"`
	Comment  string              `json:"comment_id,omitempty"` // whose author was meant
	Waiting  *int                `json:"waiting,omitempty"`
	Rejected *int                `json:"rejected,omitempty"`
	Restored *int                `json:"restored,omitempty"`
	Still    *markJSON           `json:"still,omitempty"` // what says something of the same author after a lift
}

func newMarkJSON(site string, m moderation.Mark) markJSON {
	out := markJSON{ID: m.ID, Site: site, Kind: m.Kind, By: m.Subject, Whom: m.Shown, Reason: m.Reason, MarkedBy: m.By.String(), MarkedAt: m.At.UTC(), Until: m.Until.UTC()}
	if m.Until.IsZero() {
		out.Until = time.Time{}
	}
	if m.Comment != 0 {
		out.Comment = m.Comment.String()
	}
	return out
}

// Run bans.
func (c *authorsBanCmd) Run(a *app) error {
	return c.mark(a, moderation.MarkBan, c.whom, func(db *store.DB, s *moderation.Service, m moderation.Mark) (bool, error) {
		if err := c.askForPattern(a, db, m); err != nil || !c.RejectWaiting {
			return false, err
		}
		n, err := s.Waiting(a.ctx, m)
		if err != nil || n == 0 {
			return true, err
		}
		if !c.Yes && !agrees(a, fmt.Sprintf("Reject %s of theirs, too? [y/N] ", plural(n, "comment that waits", "comments that wait"))) {
			return false, errNothingDone
		}
		return true, nil
	})
}

// errNothingDone is what a ban comes to that was not agreed to.
var errNothingDone = errors.New("ban author: nothing was done")

// askForPattern says how many published names a pattern hits, and asks.
func (c *authorsBanCmd) askForPattern(a *app, db *store.DB, m moderation.Mark) error {
	if !strings.Contains(c.Name, "*") {
		return nil
	}
	hit, all, err := db.PublishedNames(a.ctx, m)
	if err != nil || hit == 0 {
		return err
	}
	fmt.Fprintf(a.stderr, "%s hits %d of %s on this blog\n", oneLine(c.Name), hit, plural(all, "published name", "published names"))
	if !c.Yes && !agrees(a, "Ban them all? [y/N] ") {
		return errNothingDone
	}
	return nil
}

// whom reads the flags that only a ban has.
func (c *authorsBanCmd) whom(m *moderation.Mark) (given int, err error) {
	set := func(by moderation.Subject, value string, read func() error) {
		if value != "" && err == nil {
			given++
			m.Subject = by
			err = read()
		}
	}
	set(moderation.ByEmail, c.Email, func() error { m.Of.Email = c.Email; return nil })
	set(moderation.ByName, c.Name, func() error { m.Of.Name = c.Name; return nil })
	set(moderation.ByAgent, c.Agent, func() error { m.Of.UserAgent = c.Agent; return nil })
	set(moderation.ByAddress, c.Address, func() (err error) { m.Of.IP, err = moderation.ParseAddress(c.Address); return err })
	set(moderation.ByRange, c.Range, func() (err error) { m.Of.IP, err = moderation.ParseRange(c.Range); return err })
	return given, err
}

type authorsTrustCmd struct{ authorFlags }

// Run trusts.
func (c *authorsTrustCmd) Run(a *app) error {
	nothing := func(*moderation.Mark) (int, error) { return 0, nil }
	return c.mark(a, moderation.MarkTrust, nothing, func(*store.DB, *moderation.Service, moderation.Mark) (bool, error) { return false, nil })
}

// mark carries out a ban or a trust. more reads further flags into the mark and
// says how many there were; sweeps says whether what waits goes with it.
func (c *authorFlags) mark(a *app, kind moderation.MarkKind, more func(*moderation.Mark) (int, error),
	sweeps func(*store.DB, *moderation.Service, moderation.Mark) (bool, error)) error {
	m := moderation.Mark{Kind: kind, Reason: c.Reason, By: operator()}
	given, err := more(&m)
	if c.Comment != "" {
		given++
	}
	switch {
	case err != nil:
		return usageError{fmt.Errorf("%s author: %w", kind, err)}
	case given != 1:
		return usagef("%s author: say whom, in one way: see gatehouse authors %s --help", kind, kind)
	}
	if m.Until, err = untilOf(a, c.For); err != nil {
		return usageError{fmt.Errorf("%s author: %w", kind, err)}
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	site, err := c.resolve(a, db, &m)
	if err == nil {
		err = m.CheckAt(a.now())
	}
	if err != nil {
		return wrongly(fmt.Errorf("%s author: %w", kind, err))
	}
	service := newService(a, db)
	sweep, err := sweeps(db, service, m)
	if err != nil {
		return err
	}
	done, err := service.Mark(a.ctx, m, sweep)
	if err != nil {
		return wrongly(fmt.Errorf("%s author: %w", kind, err))
	}
	return c.print(a, site, done)
}

// resolve finds the blog that is meant, and by what the author of a comment is to
// be known.
func (c *authorFlags) resolve(a *app, db *store.DB, m *moderation.Mark) (moderation.Site, error) {
	if c.Comment == "" {
		site, err := oneSite(a, db, c.Site)
		m.Site = site.ID
		return site, err
	}
	id, err := parseID(c.Comment)
	if err != nil {
		return moderation.Site{}, err
	}
	t, err := db.TraceOf(a.ctx, id)
	if err != nil {
		return moderation.Site{}, err
	}
	site, err := db.SiteByID(a.ctx, t.Site)
	if err != nil {
		return site, err
	}
	if c.Site != "" && c.Site != site.Name {
		return site, fmt.Errorf("%w: comment %s is on %s, not on %s", moderation.ErrInvalid, id, site.Name, oneLine(c.Site))
	}
	m.Comment, m.Site = id, t.Site
	if c.By != "" {
		m.Subject, err = moderation.ParseSubject(c.By)
	} else {
		m.Subject, err = t.Best(m.Kind)
	}
	return site, err
}

// print says what was done.
func (c *authorFlags) print(a *app, site moderation.Site, done moderation.Marked) error {
	m := done.Mark
	if c.JSON {
		out := newMarkJSON(site.Name, m)
		if m.Kind == moderation.MarkBan {
			out.Waiting, out.Rejected = &done.Waiting, &done.Rejected
		}
		return printJSON(a.stdout, out)
	}
	fmt.Fprintf(a.stderr, "%d: %s on %s by %s: %s\n", m.ID, oneLine(m.Shown), site.Name, m.Subject, oneLine(m.String()))
	if m.Subject == moderation.ByName {
		fmt.Fprintln(a.stderr, "by the name only: whoever takes another name gets through, and others of this name do not")
	}
	if done.Rejected > 0 {
		fmt.Fprintf(a.stderr, "rejected %s\n", plural(done.Rejected, "comment that waited", "comments that waited"))
	}
	if done.Waiting > 0 {
		fmt.Fprintf(a.stderr, "%s of theirs; --reject-waiting rejects them\n", plural(done.Waiting, "comment waits", "comments wait"))
	}
	fmt.Fprintf(a.stderr, "take it back with: gatehouse authors lift %d\n", m.ID)
	return nil
}

type authorsListCmd struct {
	databaseFlags
	Site string `placeholder:"NAME" help:"Only this blog."`
	JSON bool   `help:"Print JSON."`
}

// Run lists the marks that count.
func (c *authorsListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	sites, err := chosenSites(a, db, c.Site)
	if err != nil {
		return err
	}
	list := []markJSON{}
	for _, s := range sites {
		marks, err := db.StandingMarks(a.ctx, s.ID, a.now())
		if err != nil {
			return err
		}
		for _, m := range marks {
			list = append(list, newMarkJSON(s.Name, m))
		}
	}
	if c.JSON {
		return printJSON(a.stdout, list)
	}
	if len(list) == 0 {
		fmt.Fprintln(a.stderr, "nobody is banned, and nobody trusted by hand")
		return nil
	}
	return printMarks(a.stdout, list)
}

func printMarks(w io.Writer, list []markJSON) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NUMBER\tSITE\tWHAT\tBY\tWHOM\tUNTIL\tWHO\tREASON")
	for _, m := range list {
		until := "for good"
		if !m.Until.IsZero() {
			until = m.Until.Format(time.RFC3339)
		}
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Site, m.Kind, m.By, oneLine(m.Whom), until, oneLine(m.MarkedBy), oneLine(m.Reason))
	}
	return t.Flush()
}

type authorsShowCmd struct {
	databaseFlags
	Comment string `arg:"" help:"The comment's id."`
	JSON    bool   `help:"Print JSON."`
}

// Run shows the author.
func (c *authorsShowCmd) Run(a *app) error {
	id, err := parseID(c.Comment)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	t, err := db.TraceOf(a.ctx, id)
	if err != nil {
		return err
	}
	st, err := db.StandingOf(a.ctx, id)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, platform.NewAuthorAnswer(t, st))
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "name\t%s\nknown by\t%s\n", oneLine(t.Author.Name), knownBy(t))
	if st.Known {
		fmt.Fprintf(w, "comments\t%d approved, %d rejected\n", st.Approved, st.Rejected)
	}
	if st.Trusted {
		fmt.Fprintf(w, "trusted\t%s\n", oneLine(st.Trust))
	}
	if st.Banned {
		fmt.Fprintf(w, "banned\t%s\n", oneLine(st.Ban))
	}
	return w.Flush()
}

// knownBy says by what an author can be known again.
func knownBy(t moderation.Trace) string {
	words := make([]string, len(t.Subjects))
	for i, by := range t.Subjects {
		words[i] = string(by)
	}
	if len(words) == 0 {
		return "nothing: the name is missing, too short, or what many are called"
	}
	return strings.Join(words, ", ")
}

type authorsLiftCmd struct {
	databaseFlags
	Number  int64  `arg:"" help:"The number of the ban or the trust, as list prints it."`
	Site    string `placeholder:"NAME" help:"The blog, to be sure; the number says it."`
	Restore bool   `help:"What was rejected with the ban waits again; also after the ban is over by itself."`
	JSON    bool   `help:"Print JSON."`
}

// Run lifts.
func (c *authorsLiftCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	site, err := db.SiteOfMark(a.ctx, moderation.MarkID(c.Number))
	if err == nil && c.Site != "" {
		site, err = oneSite(a, db, c.Site)
	}
	if err != nil {
		return err
	}
	lifted, err := newService(a, db).Lift(a.ctx, moderation.Lift{Site: site.ID, ID: moderation.MarkID(c.Number), By: operator()}, c.Restore)
	if err != nil {
		return err
	}
	if c.JSON {
		out := newMarkJSON(site.Name, lifted.Mark)
		if out.Restored = &lifted.Restored; lifted.Still.ID != 0 {
			still := newMarkJSON(site.Name, lifted.Still)
			out.Still = &still
		}
		return printJSON(a.stdout, out)
	}
	if lifted.Still.ID != 0 {
		fmt.Fprintf(a.stderr, "%d is lifted, but about the same stands %d: %s\n", lifted.Mark.ID, lifted.Still.ID, oneLine(lifted.Still.String()))
	} else {
		fmt.Fprintf(a.stderr, "%s is %s no more\n", oneLine(lifted.Mark.Shown), map[moderation.MarkKind]string{moderation.MarkBan: "banned", moderation.MarkTrust: "trusted"}[lifted.Mark.Kind])
	}
	if lifted.Restored > 0 {
		fmt.Fprintf(a.stderr, "%s again\n", plural(lifted.Restored, "comment waits", "comments wait"))
	}
	return nil
}

// printStanding writes what a site makes of its authors and of heated posts.
func printStanding(w io.Writer, s moderation.Site) {
	trust := "nobody by themselves"
	if s.TrustAfter > 0 {
		trust = "authors after " + plural(s.TrustAfter, "approved comment", "approved comments")
	}
	first := "judged as any other"
	if s.HoldFirst {
		first = "held"
	}
	strict := "never by itself"
	if s.AutoStrict != (moderation.AutoStrict{}) {
		strict = "by itself: " + s.AutoStrict.String()
	}
	fmt.Fprintf(w, "trusts\t%s\nfirst comments\t%s\nposts turn strict\t%s\ncards go to\t%s\n", trust, first, strict,
		cmp.Or(s.Cards.String(), "where all go (gatehouse moderators list)"))
}
