package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// weakAfter is how long a comment must have been published, without anybody
// having taken it down, to count as a weak example of ok; weakMost bounds how
// many are read.
const (
	weakAfter = 7 * 24 * time.Hour
	weakMost  = 20_000
	// mostOfLabel bounds how many lessons of a label, the newest, a retraining
	// takes: its time and memory grow with them, and what it fits does not gain.
	mostOfLabel = 10_000
)

// retrainCmd makes models from the decisions in the database.
type retrainCmd struct {
	databaseFlags
	Site string `placeholder:"NAME" help:"Retrain for this blog only; else for each one."`
	JSON bool   `help:"Print JSON, one object a blog."`
}

// Help says what is done.
func (retrainCmd) Help() string {
	return `Fits how much a blog's decisions weigh beside the starter model, on all decisions that stand and on comments that were published for seven days without one. The newest fifth of the decisions is held out to compare the outcome with what is in force; it comes into force only if it is not worse there. A running service takes it up at once. Each outcome is kept: see gatehouse models.`
}

// Run retrains, blog by blog. Each is done, and stays so, before the next.
func (c *retrainCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	sites, err := chosenSites(a, db, c.Site)
	if err != nil {
		return err
	}
	model, err := training.Starter()
	if err != nil {
		return err
	}
	return eachBlog(sites, func(s moderation.Site) error {
		out, err := retrain(a, db, model, s)
		if err != nil {
			return a.interrupted(err, "what was in force is in force")
		}
		return c.tell(a, out)
	})
}

// eachBlog does something to one site after another. What changed meanwhile fails
// for its site, but does not keep the rest from being done.
func eachBlog(sites []moderation.Site, do func(moderation.Site) error) error {
	var failed []error
	for _, s := range sites {
		err := do(s)
		if err == nil {
			continue
		}
		failed = append(failed, fmt.Errorf("retrain %s: %w", s.Name, err))
		if !errors.Is(err, moderation.ErrStale) && !errors.Is(err, moderation.ErrNotFound) {
			break
		}
	}
	return errors.Join(failed...)
}

// chosenSites returns the site called name, or all of them for none.
func chosenSites(a *app, db *store.DB, name string) ([]moderation.Site, error) {
	if name == "" {
		return db.Sites(a.ctx)
	}
	s, err := db.Site(a.ctx, name)
	return []moderation.Site{s}, err
}

// retrainOutput is what became of one blog's retraining.
type retrainOutput struct {
	Site       string               `json:"site"`
	Promoted   bool                 `json:"promoted"`
	Version    moderation.VersionID `json:"version,omitempty"` // 0: none was made
	Reason     string               `json:"reason"`
	Lessons    labelCounts          `json:"lessons"`
	Published  int                  `json:"published"` // weak examples of ok
	DataSHA256 string               `json:"data_sha256"`
	Prior      *limits              `json:"prior,omitempty"`
	HoldAt     *limits              `json:"hold_at,omitempty"`
	Comparison *training.Comparison `json:"comparison,omitempty"`
	doubts
	Warnings []string `json:"warnings"`

	state string // of a version that is shown
}

// labelCounts counts comments by label, as JSON shows them.
type labelCounts struct {
	OK    int64 `json:"ok"`
	Spam  int64 `json:"spam"`
	Abuse int64 `json:"abuse"`
}

func newLabelCounts(n [3]int64) labelCounts { return labelCounts{n[0], n[1], n[2]} }

// retrain retrains one site and keeps what came of it.
func retrain(a *app, db *store.DB, m *classifier.Model, s moderation.Site) (*retrainOutput, error) {
	_, epochs, err := db.LessonState(a.ctx) // what is read below is at least of these
	if err != nil {
		return nil, err
	}
	lessons, err := db.StandingLessons(a.ctx, s.ID)
	if err != nil {
		return nil, err
	}
	all := len(lessons)
	lessons = newestOf(lessons, mostOfLabel)
	published, err := db.PublishedUndecided(a.ctx, s.ID, a.now().Add(-weakAfter), min(weakMost, training.WeakPerLesson*len(lessons)))
	if err != nil {
		return nil, err
	}
	before, opts, warnings, err := inForce(a, db, m, s.ID)
	if err != nil {
		return nil, err
	}
	if opts.Versions, err = notInForce(a, db, m, s.ID); err != nil {
		return nil, err
	}
	if all > len(lessons) {
		warnings = append(warnings, fmt.Sprintf("of %d lessons the newest %d of each label are taken, %d in all", all, mostOfLabel, len(lessons)))
	}
	warnings = append(warnings, purgedWarnings(lessons)...)
	progress := a.progress("retraining " + s.Name)
	opts.Progress = progress.percent
	r, err := training.Retrain(a.ctx, m, lessons, published, opts)
	progress.close()
	if err != nil {
		return nil, err
	}
	out := &retrainOutput{Site: s.Name, Reason: r.Reason, Lessons: newLabelCounts(r.Lessons), Published: r.Published,
		DataSHA256: r.DataSHA256, Comparison: r.Comparison, Warnings: append([]string{}, warnings...)}
	if out.doubts, err = findDoubts(a, db, s.ID, lessons); err != nil {
		return nil, err
	}
	out.Warnings = append(out.Warnings, out.doubts.warnings()...)
	if r.Blend == nil {
		return out, nil
	}
	out.Prior, out.HoldAt = &limits{r.Blend.Prior.Spam, r.Blend.Prior.Abuse}, &limits{r.Blend.Limits.Spam, r.Blend.Limits.Abuse}
	kept, err := keep(a, db, s, r, before, epochs[s.ID])
	out.Version, out.Promoted = kept.ID, kept.InForce
	return out, err
}

// purgedWarnings says what purged texts keep retraining from.
func purgedWarnings(lessons []moderation.PastLesson) (lines []string) {
	purged, unread := 0, 0
	var why error
	for i := range lessons {
		if features := lessons[i].Features; len(features) > 0 {
			purged++
			if err := classifier.CheckFeatures(features); err != nil {
				unread, why = unread+1, err
			}
		}
	}
	if purged > 0 {
		lines = append(lines, fmt.Sprintf("of %d lessons the text was purged: they count, but are not compared for contradictions", purged))
	}
	if unread > 0 {
		lines = append(lines, fmt.Sprintf("%d of them no longer count: %v", unread, why))
	}
	return lines
}

// newestOf returns the newest lessons, by the time of their decisions, at most so
// many of each label, in the order in which they were.
func newestOf(lessons []moderation.PastLesson, most int) []moderation.PastLesson {
	byTime := make([]int, len(lessons))
	for i := range byTime {
		byTime[i] = i
	}
	slices.SortStableFunc(byTime, func(i, j int) int { return lessons[j].At.Compare(lessons[i].At) })
	taken, count := make([]bool, len(lessons)), map[moderation.Label]int{}
	for _, i := range byTime {
		if label := lessons[i].Label; count[label] < most {
			count[label]++
			taken[i] = true
		}
	}
	var newest []moderation.PastLesson
	for i, l := range lessons {
		if taken[i] {
			newest = append(newest, l)
		}
	}
	return newest
}

// inForce returns the number of the version that is in force at a site, 0 for
// none, and what retraining has to know of it where the model can use it.
func inForce(a *app, db *store.DB, m *classifier.Model, id moderation.SiteID) (version moderation.VersionID, opts training.RetrainOptions, warnings []string, err error) {
	all, err := db.InForce(a.ctx)
	if err != nil {
		return 0, opts, nil, err
	}
	at := slices.IndexFunc(all, func(v moderation.ModelVersion) bool { return v.Site == id })
	if at < 0 {
		return 0, opts, nil, nil
	}
	v := &all[at]
	b, err := blendOf(v)
	if err == nil {
		err = b.Fits(m)
	}
	if err != nil {
		return v.ID, opts, []string{fmt.Sprintf("version %d is in force but not used: %v", v.ID, err)}, nil
	}
	return v.ID, training.RetrainOptions{InForce: b, Since: v.LastLesson, Data: v.DataSHA256}, nil, nil
}

// notInForce returns the versions of a site that the model can use and that are
// not in force, by the hash of what they were made of; of equal ones the newest.
func notInForce(a *app, db *store.DB, m *classifier.Model, id moderation.SiteID) (map[string]moderation.VersionID, error) {
	all, err := db.Models(a.ctx, id)
	if err != nil {
		return nil, err
	}
	versions := map[string]moderation.VersionID{}
	for i := range all {
		v := &all[i]
		b, err := blendOf(v)
		if v.InForce || err != nil || b.Fits(m) != nil {
			continue
		}
		versions[v.DataSHA256] = max(versions[v.DataSHA256], v.ID)
	}
	return versions, nil
}

// blendOf reads the blend of a version.
func blendOf(v *moderation.ModelVersion) (*classifier.Blend, error) {
	b, err := classifier.ReadBlend(v.Content)
	if err != nil {
		return nil, err
	}
	b.Number = int64(v.ID)
	return b, nil
}

// keptFigures is what is kept of a retraining to be shown.
type keptFigures struct {
	*training.Comparison
	Published int `json:"published_learned"` // weak examples of ok that it was made of
}

// keep stores what was made of the lessons of an epoch, and puts it in force if it may be.
func keep(a *app, db *store.DB, s moderation.Site, r training.Retrained, before moderation.VersionID, epoch int64) (moderation.ModelVersion, error) {
	content, err := r.Blend.Encode()
	if err != nil {
		return moderation.ModelVersion{}, fmt.Errorf("encode blend: %w", err)
	}
	figures, err := json.Marshal(keptFigures{r.Comparison, r.Published})
	if err != nil {
		return moderation.ModelVersion{}, fmt.Errorf("encode figures: %w", err)
	}
	return db.AddModel(a.ctx, moderation.ModelVersion{
		Site: s.ID, Base: r.Blend.Model, LastLesson: r.LastLesson, Epoch: epoch, Lessons: r.Lessons, DataSHA256: r.DataSHA256,
		Figures: figures, Content: content, Reason: r.Reason,
	}, r.Promote, before)
}

// tell prints what became of a blog's retraining.
func (c *retrainCmd) tell(a *app, out *retrainOutput) error {
	for _, w := range out.Warnings {
		fmt.Fprintf(a.stderr, "warning: %s: %s\n", out.Site, w)
	}
	if c.JSON {
		return printJSONLine(a.stdout, out)
	}
	return out.print(a.stdout)
}

// print writes the outcome for people.
func (o *retrainOutput) print(w io.Writer) error {
	var b strings.Builder
	switch {
	case o.state == "former":
		fmt.Fprintf(&b, "%s: version %d is no longer in force: %s\n", o.Site, o.Version, o.Reason)
	case o.Version == 0:
		fmt.Fprintf(&b, "%s: nothing made: %s\n", o.Site, o.Reason)
	case o.Promoted:
		fmt.Fprintf(&b, "%s: version %d is in force: %s\n", o.Site, o.Version, o.Reason)
	default:
		fmt.Fprintf(&b, "%s: version %d was not promoted: %s\n", o.Site, o.Version, o.Reason)
	}
	if o.Comparison != nil {
		fmt.Fprintf(&b, "made of %d ok, %d spam and %d abuse", o.Lessons.OK, o.Lessons.Spam, o.Lessons.Abuse)
		if o.Published > 0 {
			fmt.Fprintf(&b, ", and %d published comments", o.Published)
		}
		fmt.Fprintf(&b, "; SHA-256 %s\n", o.DataSHA256)
		fmt.Fprintf(&b, "takes the blog for %.1f %% spam and %.1f %% abuse; holds from %.3f for spam, %.3f for abuse\n",
			100*o.Prior.Spam, 100*o.Prior.Abuse, o.HoldAt.Spam, o.HoldAt.Abuse)
		printComparison(&b, o.Comparison)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printComparison writes the figures of a comparison for people.
func printComparison(w io.Writer, c *training.Comparison) {
	fmt.Fprintf(w, "on the newest %d lessons, and %d published comments, from %s on:\n", c.Lessons, c.Published, c.From.Format(time.DateTime))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tauc spam\tauc abuse\tlog loss\tece spam\tece abuse\t")
	for _, row := range []struct {
		name string
		s    training.Standing
	}{{"this version", c.Candidate}, {"what is in force", c.InForce}, {"the model alone", c.Model}} {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t\n", row.name, row.s.SpamAUC, row.s.AbuseAUC, row.s.LogLoss, row.s.SpamECE, row.s.AbuseECE)
	}
	_ = t.Flush() // into memory
	for _, d := range c.Differences {
		fmt.Fprintf(w, "%s against %s: %s\n", strings.ReplaceAll(d.Figure, "_", " "), strings.ReplaceAll(d.Against, "_", " "), d)
	}
}
