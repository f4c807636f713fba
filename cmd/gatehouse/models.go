package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// modelsCmd are the commands on versions of models.
type modelsCmd struct {
	List     modelsListCmd     `cmd:"" help:"List the versions of models that retrain made."`
	Show     modelsShowCmd     `cmd:"" help:"Show a version and what was measured."`
	Promote  modelsPromoteCmd  `cmd:"" help:"Put a version in force."`
	Rollback modelsRollbackCmd `cmd:"" help:"Go back to the version that was in force before."`
	Verify   modelsVerifyCmd   `cmd:"" help:"Compare what a start makes of a blog's snapshot with what its lessons make from nothing."`
}

// modelJSON is a version as the commands print it.
type modelJSON struct {
	ID         moderation.VersionID `json:"id"`
	Site       string               `json:"site"`
	State      string               `json:"state"` // in_force, former or not_promoted
	CreatedAt  time.Time            `json:"created_at"`
	Base       string               `json:"base"`
	Usable     bool                 `json:"usable"` // with the model of this program
	Lessons    labelCounts          `json:"lessons"`
	LastLesson int64                `json:"last_lesson"`
	DataSHA256 string               `json:"data_sha256"`
	Reason     string               `json:"reason"`
	Figures    json.RawMessage      `json:"figures"`
	Content    json.RawMessage      `json:"content,omitempty"` // by show only
}

// versionLister opens what the commands on versions need.
type versionLister struct {
	db    *store.DB
	model *classifier.Model
	sites map[moderation.SiteID]string
}

func (f databaseFlags) versions(a *app) (*versionLister, error) {
	db, err := f.open(a)
	if err != nil {
		return nil, err
	}
	v := &versionLister{db: db, sites: map[moderation.SiteID]string{}}
	sites, err := db.Sites(a.ctx)
	if err == nil {
		v.model, err = training.Starter()
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, s := range sites {
		v.sites[s.ID] = s.Name
	}
	return v, nil
}

// fits returns why a version can't be used with the program's model.
func (v *versionLister) fits(m *moderation.ModelVersion) error {
	b, err := blendOf(m)
	if err != nil {
		return err
	}
	return b.Fits(v.model)
}

func (v *versionLister) json(m *moderation.ModelVersion) modelJSON {
	return modelJSON{ID: m.ID, Site: v.sites[m.Site], State: stateOf(m), CreatedAt: m.CreatedAt, Base: m.Base, Usable: v.fits(m) == nil,
		Lessons: newLabelCounts(m.Lessons), LastLesson: m.LastLesson, DataSHA256: m.DataSHA256, Reason: m.Reason, Figures: m.Figures}
}

// stateOf says what became of a version.
func stateOf(m *moderation.ModelVersion) string {
	switch {
	case m.InForce:
		return "in_force"
	case m.PromotedAt.IsZero():
		return "not_promoted"
	}
	return "former"
}

type modelsListCmd struct {
	databaseFlags
	Site string `placeholder:"NAME" help:"Only those of this blog."`
	JSON bool   `help:"Print JSON, one object a line."`
}

// Run prints the versions, newest first.
func (c *modelsListCmd) Run(a *app) error {
	v, err := c.versions(a)
	if err != nil {
		return err
	}
	defer v.db.Close() //nolint:errcheck // nothing was written
	var site moderation.Site
	if c.Site != "" {
		if site, err = v.db.Site(a.ctx, c.Site); err != nil {
			return err
		}
	}
	list, err := v.db.Models(a.ctx, site.ID)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(a.stderr, "no versions: gatehouse retrain makes them from decisions")
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i := range list {
		if c.JSON {
			if err := printJSONLine(a.stdout, v.json(&list[i])); err != nil {
				return err
			}
			continue
		}
		if i == 0 {
			fmt.Fprintln(t, "ID\tSITE\tSTATE\tMADE\tOK\tSPAM\tABUSE\tWHY")
		}
		m := &list[i]
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", m.ID, v.sites[m.Site], strings.ReplaceAll(stateOf(m), "_", " "), m.CreatedAt.Format(time.DateTime),
			m.Lessons[0], m.Lessons[1], m.Lessons[2], oneLine(m.Reason))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range list {
		if err := v.fits(&list[i]); err != nil && list[i].InForce {
			fmt.Fprintf(a.stderr, "warning: version %d of %s is in force but not used: %v\n", list[i].ID, v.sites[list[i].Site], err)
		}
	}
	return nil
}

type modelsShowCmd struct {
	databaseFlags
	ID   moderation.VersionID `arg:"" help:"The version's number."`
	JSON bool                 `help:"Print JSON."`
}

// Run prints a version.
func (c *modelsShowCmd) Run(a *app) error {
	v, err := c.versions(a)
	if err != nil {
		return err
	}
	defer v.db.Close() //nolint:errcheck // nothing was written
	m, err := v.db.Model(a.ctx, c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		out := v.json(&m)
		out.Content = m.Content
		return printJSON(a.stdout, out)
	}
	b, err := blendOf(&m)
	if err != nil {
		return err
	}
	var figures keptFigures
	if err := json.Unmarshal(m.Figures, &figures); err != nil {
		return fmt.Errorf("read figures of version %d: %w", m.ID, err)
	}
	out := &retrainOutput{Site: v.sites[m.Site], Version: m.ID, Promoted: m.InForce, state: stateOf(&m), Reason: m.Reason, Lessons: newLabelCounts(m.Lessons),
		Published: figures.Published, DataSHA256: m.DataSHA256, Comparison: figures.Comparison, Prior: &limits{b.Prior.Spam, b.Prior.Abuse}, HoldAt: (*limits)(&b.Limits)}
	return out.print(a.stdout)
}

type modelsPromoteCmd struct {
	databaseFlags
	ID moderation.VersionID `arg:"" help:"The version's number."`
}

// Run puts a version in force. A running service takes it up.
func (c *modelsPromoteCmd) Run(a *app) error {
	v, err := c.versions(a)
	if err != nil {
		return err
	}
	defer v.db.Close() //nolint:errcheck // everything is written
	m, err := v.db.Model(a.ctx, c.ID)
	if err != nil {
		return err
	}
	if err := v.fits(&m); err != nil {
		return fmt.Errorf("promote version %d: %w", c.ID, err)
	}
	if m.InForce {
		return fmt.Errorf("promote model version: version %d is in force", m.ID)
	}
	if m, err = v.db.PromoteModel(a.ctx, c.ID); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%s: version %d is in force\n", v.sites[m.Site], m.ID)
	return nil
}

type modelsRollbackCmd struct {
	databaseFlags
	Site string `placeholder:"NAME" help:"The blog; needed where there are several."`
}

// Run goes back one step. A running service follows.
func (c *modelsRollbackCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	sites, err := chosenSites(a, db, c.Site)
	if err != nil {
		return err
	}
	if len(sites) != 1 {
		return usagef("roll back: there are %d blogs: name one with --site", len(sites))
	}
	was, is, err := db.RollbackModel(a.ctx, sites[0].ID)
	if err != nil {
		return err
	}
	if is == nil {
		fmt.Fprintf(a.stderr, "%s: version %d is no longer in force; decisions weigh as before any retraining\n", sites[0].Name, was.ID)
		return nil
	}
	fmt.Fprintf(a.stderr, "%s: version %d is in force again, in place of %d\n", sites[0].Name, is.ID, was.ID)
	return nil
}
