package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/training"
)

// noBase is the --base that means none.
const noBase = "none"

// trainCmd makes a model of labelled comments.
type trainCmd struct {
	corpusFlags
	Split      string  `placeholder:"PART" help:"Take only lines with this \"split\", such as train; else all lines."`
	Base       string  `placeholder:"MODEL" help:"The model to build upon: a file, or none. Default: the built-in one."`
	Out        string  `default:"gatehouse.model" placeholder:"FILE" help:"Where the model goes. It is replaced only once the new one is whole."`
	Report     string  `placeholder:"DIR" help:"Also write a page with pictures on how the model does, each line scored by a model that was not trained on it."`
	PriorSpam  float64 `default:"0.05" placeholder:"SHARE" help:"The share of spam among a blog's comments."`
	PriorAbuse float64 `default:"0.05" placeholder:"SHARE" help:"The share of abuse among them."`
	OKHeld     float64 `name:"ok-held" default:"0.03" placeholder:"SHARE" help:"The share of decent comments that the thresholds may hold."`
	Features   *int    `placeholder:"N" help:"How many features the model may have beside those of the base (default 200000)."`
}

// Run trains the model, writes it and says what it is.
func (c *trainCmd) Run(a *app) error {
	opts, err := c.options(a)
	if err != nil {
		return err
	}
	var examples []training.Example
	opts.Stats, err = c.read(a, func(e training.Example) error {
		if c.Split == "" || e.Split == c.Split {
			examples = append(examples, e)
		}
		return nil
	})
	left := c.Out + " is as it was"
	if err != nil {
		return a.interrupted(err, left)
	}
	progress := a.progress("training")
	opts.Progress = progress.percent
	model, unseen, err := training.Fit(a.ctx, examples, opts)
	progress.close()
	if err != nil {
		return a.interrupted(fmt.Errorf("train model: %w", err), left)
	}
	if err := replaceModel(c.Out, model); err != nil {
		return err
	}
	if err := c.report(a, model, unseen); err != nil {
		return err
	}
	return c.tell(a, model)
}

// report writes the page about the model, if asked to.
func (c *trainCmd) report(a *app, m *classifier.Model, unseen training.Evaluation) error {
	if c.Report == "" {
		return nil
	}
	info := m.Info()
	data := []string{fmt.Sprintf("each comment scored by a model of the other %d of %d parts", info.Options.Folds-1, info.Options.Folds)}
	for _, f := range info.Files {
		data = append(data, fmt.Sprintf("%s: %d comments, SHA-256 %s", f.Name, f.Examples, f.SHA256))
	}
	return training.Report{
		Title: "Training of " + c.Out, Model: m.Version(), Limits: m.Limits(), Expect: m.Info().Prior, Data: data, At: a.now(), Evaluation: unseen,
	}.Write(c.Report)
}

// options turns the flags into those of training.
func (c *trainCmd) options(a *app) (training.FitOptions, error) {
	opts := training.FitOptions{
		Prior:     moderation.Probabilities{OK: 1 - (c.PriorSpam + c.PriorAbuse), Spam: c.PriorSpam, Abuse: c.PriorAbuse},
		OKHeld:    c.OKHeld,
		Name:      strings.TrimSuffix(filepath.Base(c.Out), filepath.Ext(c.Out)),
		Part:      c.Split,
		TrainedAt: a.now(),
	}
	for name, share := range map[string]float64{"prior-spam": c.PriorSpam, "prior-abuse": c.PriorAbuse, "ok-held": c.OKHeld} {
		if !(share > 0 && share < 0.5) {
			return opts, usagef("--%s %v: it must be above 0 and below 0.5", name, share)
		}
	}
	if c.Features != nil {
		if opts.Features = *c.Features; opts.Features < 1 {
			return opts, usagef("--features %d: it must be at least 1", opts.Features)
		}
	}
	var err error
	if c.Base != noBase {
		opts.Base, err = openModel(c.Base)
	}
	return opts, err
}

// tell says on standard output what was made.
func (c *trainCmd) tell(a *app, m *classifier.Model) error {
	info := m.Info()
	_, err := fmt.Fprintf(a.stdout,
		"%s: model %s of %d ok, %d spam and %d abuse comments, %d features, %d KiB\nholds from %.4f for spam and %.4f for abuse: %.1f %% of decent comments\n",
		c.Out, m.Version(), info.Comments[0], info.Comments[1], info.Comments[2], m.NumFeatures(), (m.Size()+1023)/1024,
		info.Limits.Spam, info.Limits.Abuse, 100*info.OKHeld)
	return err
}

// openModel reads a model file; without a name it is the built-in model.
func openModel(path string) (*classifier.Model, error) {
	if path == "" {
		return training.Starter()
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer f.Close()
	m, err := classifier.Read(f)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	return m, nil
}

// replaceModel writes a model file so that whoever opens it finds the old model
// or the new one, whole, also after a power cut.
func replaceModel(path string, m *classifier.Model) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	_, err = m.WriteTo(f)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that counts is err
		return fmt.Errorf("write model: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename in a folder last.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("write model: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("write model: sync %s: %w", path, err)
	}
	return nil
}
