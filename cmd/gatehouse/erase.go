package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// eraseCmd forgets a person.
type eraseCmd struct {
	databaseFlags
	Author   string `placeholder:"WHO" help:"Whom: id:17 (the blog's number of an account), an e-mail or network address, a name, or comment:17 for its author."`
	Site     string `placeholder:"NAME" help:"Only on this blog; else everywhere."`
	Yes      bool   `help:"Do not ask."`
	Mentions bool   `help:"Also replace names of fewer than four letters and common words, such as Al or Status, where moderators and checks wrote them, whomever they meant."`
	Rebuild  bool   `help:"Rebuild the database's file, however large it is. Above 1 GiB that is left out, since comments wait for it."`
	Keep     bool   `name:"keep-upgrade-copies" help:"Keep the copies of before an upgrade, gatehouse.db.before-v…, in which they still are."`
	List     bool   `help:"List the receipts of erasures."`
	JSON     bool   `help:"Print JSON."`
}

// Help says what is forgotten.
func (eraseCmd) Help() string {
	return `Forgets somebody: comments with all revisions, verdicts, decisions and notes on them, cards in Telegram, bans and trusts, hashes, what was learned from them, copies of their words in answers, and their name where moderators wrote it. What others wrote stays as they wrote it. Model versions made with their comments are dropped and made anew. It says first what it found, and asks. A receipt is kept without their data. The copies that were made before upgrades, in the data folder, are removed. Backups made before still hold them. See docs/privacy.md.`
}

// eraseJSON is what erase prints with --json.
type eraseJSON struct {
	Receipt  moderation.ErasureID `json:"receipt"`
	ErasedAt time.Time            `json:"erased_at"`
	Site     string               `json:"site,omitempty"` // none: everywhere
	By       string               `json:"erased_by"`
	Removed  map[string]int       `json:"removed"`
	Left     int                  `json:"mentions_left"` // of names that are short or common words
	ToDo     bool                 `json:"unfinished,omitempty"`
	Rebuilt  *bool                `json:"rebuilt,omitempty"` // the file; not kept
	Refitted []string             `json:"refitted,omitempty"`
	Copies   int                  `json:"upgrade_copies_removed,omitempty"` // not kept
}

// Run erases.
func (c *eraseCmd) Run(a *app) error {
	if c.List {
		return c.list(a)
	}
	whom, err := moderation.ParseWhom(c.Author)
	if err != nil {
		return usageError{fmt.Errorf("erase author: %w", err)}
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
	site, err := siteOfWhom(a, db, whom, c.Site)
	if err != nil {
		return err
	}
	held, err := db.HoldingsOf(a.ctx, whom, site.ID)
	if err != nil {
		return err
	}
	if held.IsNothing() {
		return fmt.Errorf("erase author: %w: nothing is kept of %s; what was purged of a person can't be found by it", moderation.ErrNotFound, oneLine(c.Author))
	}
	if !c.JSON || !c.Yes {
		printHoldings(a.stderr, held)
		c.announceCopies(a, conf.Data)
	}
	if !c.Yes && !agrees(a, "Erase all of that for good? [y/N] ") {
		return errors.New("erase author: nothing was done")
	}
	receipt, err := db.Erase(a.ctx, moderation.Erasure{Whom: whom, Site: site.ID, By: operator(), At: a.now(), Mentions: c.Mentions})
	if err != nil {
		return err
	}
	out := eraseJSON{Receipt: receipt.ID, ErasedAt: receipt.At.UTC(), Site: site.Name, By: receipt.By, Removed: receipt.Removed, Left: receipt.MentionsLeft}
	err = c.finish(a, db, &out)
	copies, dropped := c.dropCopies(conf.Data)
	out.Copies = copies
	return errors.Join(err, dropped, c.tell(a, out))
}

// siteOfWhom returns the blog that is meant; the zero Site for all. An account's number
// means somebody else on each.
func siteOfWhom(a *app, db *store.DB, whom moderation.Whom, name string) (moderation.Site, error) {
	if name != "" {
		return db.Site(a.ctx, name)
	}
	if whom.Account != "" {
		return oneSite(a, db, "")
	}
	return moderation.Site{}, nil
}

// printHoldings says what is held on somebody.
func printHoldings(w io.Writer, h moderation.Holdings) {
	var sites []string
	for _, name := range slices.Sorted(maps.Keys(h.BySite)) {
		sites = append(sites, fmt.Sprintf("%d on %s", h.BySite[name], name))
	}
	fmt.Fprintf(w, "%s (%s)", plural(h.Comments, "comment", "comments"), strings.Join(sites, ", "))
	if len(h.Names) > 0 {
		names := make([]string, 0, 10)
		for _, n := range h.Names[:min(10, len(h.Names))] {
			names = append(names, oneLine(n))
		}
		fmt.Fprintf(w, ", under %s: %s", plural(len(h.Names), "name", "names"), strings.Join(names, ", "))
	}
	fmt.Fprintln(w)
	if h.Identities > 1 {
		fmt.Fprintf(w, "by %d accounts or e-mail addresses: look whether that is one person\n", h.Identities)
	}
	fmt.Fprintf(w, "%d decisions, %d lessons, %d notes, %d bans and trusts, %d cards, %s of others\n",
		h.Decisions, h.Lessons, h.Notes, h.Marks, h.Cards, plural(h.Answers, "answer", "answers"))
	if h.Mentions+h.CommonMentions > 0 {
		fmt.Fprintf(w, "%s by moderators and checks, and %d of names that are short or common words: these may mean others and stay without --mentions\n",
			plural(h.Mentions, "mention", "mentions"), h.CommonMentions)
	}
	if h.Waiting > 0 {
		fmt.Fprintf(w, "%s that the blog has not been told yet will not be told\n", plural(h.Waiting, "decision", "decisions"))
	}
}

// finish does what is to be done after erasures, this one and any that was cut off.
func (c *eraseCmd) finish(a *app, db *store.DB, out *eraseJSON) error {
	most := int64(store.ScrubMost)
	if c.Rebuild {
		most = 0
	}
	var err error
	out.Refitted, out.Rebuilt, err = finishErasures(a, db, most)
	if err != nil {
		err = fmt.Errorf("finish erasure: %w; a running service, gatehouse purge and the next erase do that again", err)
	}
	return err
}

// finishErasures makes the models anew of which versions were dropped, and cleans the
// file where it is no larger than most (0: any size): what receipts say that is still to
// be done. Rebuilt is nil where the file was clean.
func finishErasures(a *app, db *store.DB, most int64) (refitted []string, rebuilt *bool, err error) {
	receipts, err := db.Erasures(a.ctx)
	if err != nil {
		return nil, nil, err
	}
	var refit []moderation.SiteID
	scrub := false
	for _, r := range receipts {
		refit, scrub = append(refit, r.Refit...), scrub || r.Scrub
	}
	slices.Sort(refit)
	var failed []error
	for _, id := range slices.Compact(refit) {
		name, err := refitErased(a, db, id)
		if name != "" {
			refitted = append(refitted, name)
		}
		failed = append(failed, err)
	}
	if scrub {
		done, err := db.Scrub(a.ctx, most)
		rebuilt = &done
		failed = append(failed, err)
	}
	return refitted, rebuilt, errors.Join(failed...)
}

// refitTries is how often a blog's retraining is tried again where others retrain it too.
const refitTries = 3

// refitErased retrains a blog whose versions an erasure dropped, and returns its name;
// none where it has been removed.
func refitErased(a *app, db *store.DB, id moderation.SiteID) (string, error) {
	site, err := db.SiteByID(a.ctx, id)
	if errors.Is(err, moderation.ErrNotFound) {
		return "", db.Refitted(a.ctx, id)
	}
	if err != nil {
		return "", err
	}
	model, err := training.Starter()
	for try := 0; err == nil; try++ {
		_, err = retrain(a, db, model, site)
		if !errors.Is(err, moderation.ErrStale) || try == refitTries {
			break
		}
		err = nil // somebody else retrained it meanwhile
	}
	if err != nil {
		return "", fmt.Errorf("retrain %s: %w", site.Name, err)
	}
	return site.Name, db.Refitted(a.ctx, id)
}

// tell prints the receipt.
func (c *eraseCmd) tell(a *app, out eraseJSON) error {
	if c.JSON {
		return printJSON(a.stdout, out)
	}
	fmt.Fprintf(a.stdout, "erased; receipt %d\n", out.Receipt)
	if n := out.Removed["mentions"]; n > 0 {
		fmt.Fprintf(a.stderr, "%s of them by moderators and checks replaced\n", plural(n, "mention", "mentions"))
	}
	if out.Left > 0 {
		fmt.Fprintf(a.stderr, "%s of names that are short or common words left, for these may mean others\n", plural(out.Left, "mention", "mentions"))
	}
	for _, name := range out.Refitted {
		fmt.Fprintf(a.stderr, "model versions of %s that were made with their comments are gone; it was retrained: gatehouse models list\n", name)
	}
	if out.Rebuilt != nil && !*out.Rebuilt {
		fmt.Fprintln(a.stderr, "the database is larger than 1 GiB: pieces of what was deleted may be left in its file until others are written over them; gatehouse purge --rebuild, when few comments come, takes them away")
	}
	fmt.Fprintln(a.stderr, "backups made before still hold them, and so does what others quoted")
	return nil
}

// list prints the receipts.
func (c *eraseCmd) list(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	receipts, err := db.Erasures(a.ctx)
	if err != nil {
		return err
	}
	sites, err := db.Sites(a.ctx)
	if err != nil {
		return err
	}
	all := []eraseJSON{}
	for _, r := range receipts {
		out := eraseJSON{Receipt: r.ID, ErasedAt: r.At.UTC(), By: r.By, Removed: r.Removed, Left: r.MentionsLeft, ToDo: !r.IsDone()}
		if i := slices.IndexFunc(sites, func(s moderation.Site) bool { return s.ID == r.Site }); i >= 0 {
			out.Site = sites[i].Name
		} else if r.Site != 0 {
			out.Site = "(removed)"
		}
		all = append(all, out)
	}
	if c.JSON {
		return printJSON(a.stdout, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(a.stderr, "nobody was erased")
		return nil
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RECEIPT\tAT\tBY\tSITE\tCOMMENTS")
	for _, r := range all {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%d\n", r.Receipt, r.ErasedAt.Format(time.RFC3339), oneLine(r.By), r.Site, r.Removed["comments"])
	}
	return t.Flush()
}
