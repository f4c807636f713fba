package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// raidsCmd are the commands on comments that came together and are alike.
type raidsCmd struct {
	List    raidsListCmd    `cmd:"" default:"withargs" help:"List raids of which something waits, those first of which most does."`
	Show    raidsShowCmd    `cmd:"" help:"Show a raid, and what of it does not say what its first comment says."`
	Reject  raidsRejectCmd  `cmd:"" help:"Hide all of a raid that waits."`
	Approve raidsApproveCmd `cmd:"" help:"Publish all of a raid that waits: it was none."`
	Leave   raidsLeaveCmd   `cmd:"" help:"Take a comment out of its raid, so that it is decided alone."`
	Undo    raidsUndoCmd    `cmd:"" help:"Take back what reject or approve did."`
}

// raidJSON is a raid as the commands print it.
type raidJSON struct {
	ID        moderation.ClusterID   `json:"id"`
	Site      string                 `json:"site"`
	Kind      moderation.ClusterKind `json:"kind"`
	Comments  int                    `json:"comments"`
	Waiting   int                    `json:"waiting"`
	Published int                    `json:"published"`
	Unasked   int                    `json:"published_unasked"` // by the machine alone
	Names     int                    `json:"names"`             // of those that wait
	Known     int                    `json:"known"`             // of those that wait: by authors with approved comments elsewhere
	Texts     int                    `json:"texts"`             // of those that wait, told apart
	Since     time.Time              `json:"since"`
	Last      time.Time              `json:"last"`
	First     *mateJSON              `json:"first,omitempty"`
	Odd       *mateJSON              `json:"most_different,omitempty"`
	Different []mateJSON             `json:"different,omitempty"`
}

type mateJSON struct {
	CommentID string  `json:"comment_id"`
	Author    string  `json:"author"`
	Body      string  `json:"body"`
	Alike     float64 `json:"alike"`
}

func newRaidJSON(r moderation.Raid) raidJSON {
	return raidJSON{ID: r.ID, Site: r.Site.Name, Kind: r.Kind, Comments: r.Comments, Waiting: r.Waiting, Published: r.Published, Unasked: r.Unasked,
		Names: r.Names, Known: r.Known, Texts: r.Texts, Since: r.Since.UTC(), Last: r.Last.UTC(), First: newMateJSON(r.First), Odd: newMateJSON(r.Odd)}
}

func newMateJSON(m moderation.Mate) *mateJSON {
	if m.Comment == 0 {
		return nil
	}
	return &mateJSON{CommentID: m.Comment.String(), Author: m.Author, Body: m.Text, Alike: m.Alike}
}

type raidsListCmd struct {
	databaseFlags
	Site  string `placeholder:"NAME" help:"Only this blog's."`
	Limit int    `default:"20" help:"How many to list (${default})."`
	JSON  bool   `help:"Print JSON, one object a line."`
}

// Run lists.
func (c *raidsListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	var sites []moderation.SiteID
	if c.Site != "" {
		site, err := db.Site(a.ctx, c.Site)
		if err != nil {
			return err
		}
		sites = []moderation.SiteID{site.ID}
	}
	raids, err := db.Raids(a.ctx, sites, c.Limit)
	if err != nil {
		return err
	}
	for _, r := range raids {
		if !c.JSON {
			printRaid(a, r)
		} else if err := printJSONLine(a.stdout, newRaidJSON(r)); err != nil {
			return err
		}
	}
	switch {
	case len(raids) == 0:
		fmt.Fprintln(a.stderr, "no raid waits: nothing that waits came together and is alike")
	case !c.JSON:
		fmt.Fprintln(a.stderr, "decide with: gatehouse raids reject ID --as spam|abuse|reject")
	}
	return nil
}

// printRaid writes a raid for a person.
func printRaid(a *app, r moderation.Raid) {
	fmt.Fprintf(a.stdout, "%d  %s  %s\n", r.ID, r.Site.Name, sayRaid(r))
	printMate(a, "first", r.First)
	if r.Odd.Comment != 0 {
		printMate(a, fmt.Sprintf("most different, %.0f %% alike", 100*r.Odd.Alike), r.Odd)
	}
}

// sayRaid says how many comments there are of a raid, by how many, and how different
// they are.
func sayRaid(r moderation.Raid) string {
	words := fmt.Sprintf("%d of %d that %s wait, since %s; %s, %s", r.Waiting, r.Comments, r.Kind.Common(), r.Began(),
		plural(r.Names, "name", "names"), plural(r.Texts, "text", "different texts"))
	if r.Known > 0 {
		words += fmt.Sprintf("; %d by authors with approved comments elsewhere", r.Known)
	}
	if r.Published > 0 {
		words += fmt.Sprintf("; %d published, %d of them without a question", r.Published, r.Unasked)
	}
	return words
}

func printMate(a *app, what string, m moderation.Mate) {
	if m.Comment != 0 {
		fmt.Fprintf(a.stdout, "    %s: #%s by %s: %s\n", what, m.Comment, oneLine(m.Author), oneLine(m.Text))
	}
}

type raidsShowCmd struct {
	databaseFlags
	ID    string `arg:"" help:"The raid's number, as list prints it, or #7: that of comment 7."`
	Limit int    `default:"20" help:"How many different comments to list (${default})."`
	JSON  bool   `help:"Print JSON."`
}

// Run shows a raid.
func (c *raidsShowCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	raid, err := findRaid(a, db, c.ID)
	if err != nil {
		return err
	}
	different, n, err := db.Different(a.ctx, raid.ID, c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		out := newRaidJSON(raid)
		for _, m := range different {
			out.Different = append(out.Different, *newMateJSON(m))
		}
		return printJSON(a.stdout, out)
	}
	printRaid(a, raid)
	for _, m := range different {
		printMate(a, fmt.Sprintf("%.0f %% alike", 100*m.Alike), m)
	}
	if n > len(different) {
		fmt.Fprintf(a.stderr, "%d of %d that say something else; --limit shows more\n", len(different), n)
	}
	return nil
}

// findRaid returns the raid of a number, or that of a comment: #7.
func findRaid(a *app, db *store.DB, id string) (moderation.Raid, error) {
	if len(id) > 0 && id[0] == '#' {
		comment, err := parseID(id)
		if err != nil {
			return moderation.Raid{}, err
		}
		return db.RaidOf(a.ctx, comment)
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return moderation.Raid{}, usagef("%q is no raid's number; gatehouse raids lists them", oneLine(id))
	}
	return db.Raid(a.ctx, moderation.ClusterID(n))
}

// raidOrderFlags go with what decides a raid.
type raidOrderFlags struct {
	databaseFlags
	ID   string `arg:"" help:"The raid's number, as list prints it, or #7: that of comment 7."`
	Yes  bool   `help:"Do not ask."`
	JSON bool   `help:"Print JSON."`
}

type raidsRejectCmd struct {
	raidOrderFlags
	As        string `enum:"spam,abuse,reject" default:"reject" help:"spam, abuse or reject (hides, teaches nothing; the default)."`
	Published bool   `help:"Take down what the machine published of it, too."`
}

// Run rejects.
func (c *raidsRejectCmd) Run(a *app) error {
	return c.decide(a, moderation.Choice(c.As), c.Published)
}

type raidsApproveCmd struct{ raidOrderFlags }

// Run approves.
func (c *raidsApproveCmd) Run(a *app) error { return c.decide(a, moderation.ChooseApprove, false) }

// errRaidLeft is what an order comes to that was not agreed to.
var errRaidLeft = errors.New("decide raid: nothing was done")

// raidOrderJSON is what reject and approve print with --json.
type raidOrderJSON struct {
	Order   moderation.ClusterOrderID `json:"order"` // for undo
	Raid    moderation.ClusterID      `json:"raid"`
	Choice  moderation.Choice         `json:"decision"`
	Decided int                       `json:"decided"`
	Taught  int                       `json:"taught"`
	Others  int                       `json:"decided_by_others"`
	More    int                       `json:"waiting"`
}

// decide says what an order would do, asks, and carries it out.
func (c *raidOrderFlags) decide(a *app, choice moderation.Choice, published bool) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	raid, err := findRaid(a, db, c.ID)
	if err != nil {
		return err
	}
	n := raid.Waiting
	if published {
		n += raid.Unasked
	}
	if n == 0 {
		fmt.Fprintln(a.stderr, "nothing of it waits")
		return nil
	}
	fmt.Fprintln(a.stderr, sayRaid(raid))
	if !c.Yes && !agrees(a, fmt.Sprintf("Decide %s: %s? [y/N] ", plural(n, "comment", "comments"), choice)) {
		return errRaidLeft
	}
	by := operator()
	out, err := newService(a, db).DecideCluster(a.ctx, moderation.ClusterOrder{Cluster: raid.ID, Choice: choice, By: by, Via: "cli",
		Key: fmt.Sprintf("%s:%d:%d:%s:%t", by.ID, raid.ID, raid.UpTo, choice, published), UpTo: raid.UpTo, Published: published})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, raidOrderJSON{out.Order.ID, raid.ID, choice, out.Decided, out.Taught, out.Others, out.More})
	}
	fmt.Fprintf(a.stderr, "%s: %s, of which %d teach\n", choice, plural(out.Decided, "comment", "comments"), out.Taught)
	if out.Others > 0 {
		fmt.Fprintf(a.stderr, "%s by others meanwhile\n", plural(out.Others, "was decided", "were decided"))
	}
	if out.More > 0 {
		fmt.Fprintf(a.stderr, "%s: it came or was edited meanwhile\n", plural(out.More, "comment waits", "comments wait"))
	}
	fmt.Fprintf(a.stderr, "take it back with: gatehouse raids undo %d\n", out.Order.ID)
	return nil
}

type raidsLeaveCmd struct {
	databaseFlags
	Comment string `arg:"" help:"The comment's id."`
}

// Run takes a comment out of its raid.
func (c *raidsLeaveCmd) Run(a *app) error {
	id, err := parseID(c.Comment)
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	if err := newService(a, db).LeaveCluster(a.ctx, id); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "comment %s is decided alone\n", id)
	return nil
}

type raidsUndoCmd struct {
	databaseFlags
	Order int64 `arg:"" help:"The order's number, as reject and approve print it."`
	JSON  bool  `help:"Print JSON."`
}

// Run undoes.
func (c *raidsUndoCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	undone, err := newService(a, db).UndoCluster(a.ctx, moderation.ClusterUndo{Order: moderation.ClusterOrderID(c.Order), By: operator(), Via: "cli"})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, struct {
			Restored int `json:"restored"`
			Changed  int `json:"changed_since"`
		}{undone.Restored, undone.Changed})
	}
	fmt.Fprintf(a.stderr, "%s what they were before\n", plural(undone.Restored, "comment is", "comments are"))
	if undone.Changed > 0 {
		fmt.Fprintf(a.stderr, "%s: edited, withdrawn or decided anew since\n", plural(undone.Changed, "comment stays as it is", "comments stay as they are"))
	}
	return nil
}
