package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"gatehouse/internal/moderation"
	"gatehouse/training"
)

// evalCmd measures a model.
type evalCmd struct {
	corpusFlags
	Model  string `placeholder:"FILE" help:"The model to measure; else the starter model that is built in."`
	Split  string `placeholder:"PART" help:"Measure only lines with this \"split\", such as dev; else all lines."`
	Report string `placeholder:"DIR" help:"Write a page with plots, and the plots as PNG files, into this folder."`
	JSON   bool   `help:"Print JSON."`
}

// evalOutput is what eval prints as JSON.
type evalOutput struct {
	Model  string `json:"model"`
	HoldAt limits `json:"hold_at"`
	Expect limits `json:"expect"` // the shares of labels that the model is made for
	training.Evaluation
	// PriorECE is what ece would be if the comments had those shares.
	PriorECE training.PriorECEs `json:"prior_ece"`
	Data     []evalData         `json:"data"`
	Warnings []string           `json:"warnings"`
}

// limits are numbers for spam and for abuse, as JSON shows them.
type limits struct {
	Spam  float64 `json:"spam"`
	Abuse float64 `json:"abuse"`
}

// evalData is a file that was read.
type evalData struct {
	File     string `json:"file"`
	Examples int64  `json:"examples"`
	SHA256   string `json:"sha256"` // of its content, decompressed
}

// Run measures the model on every line of the files, or on one part of them.
func (c *evalCmd) Run(a *app) error {
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	known, err := knownTo(model)
	if err != nil {
		return err
	}
	evaluator := training.Evaluator{Limits: model.Limits()}
	stats, err := c.read(a, func(e training.Example) error {
		if c.Split == "" || e.Split == c.Split {
			known.see(e)
			scored := training.Score(model, model.Limits(), e)
			if c.Report != "" {
				scored.Weights = training.Explain(model, e)
			}
			evaluator.Add(scored)
		}
		return nil
	})
	if err != nil {
		return err
	}
	prior := model.Info().Prior
	out := evalOutput{
		Model: model.Version(), HoldAt: limits(model.Limits()), Expect: limits{prior.Spam, prior.Abuse},
		Evaluation: evaluator.Result(), Warnings: known.warnings(stats.Files, c.Split),
	}
	out.PriorECE = out.AtPrior(prior)
	if out.N == 0 {
		return fmt.Errorf("measure model: none of %d comments is of the split %q", stats.Examples, c.Split)
	}
	for _, f := range stats.Files {
		out.Data = append(out.Data, evalData{f.Path, f.Examples, f.SHA256})
	}
	for _, w := range out.Warnings {
		fmt.Fprintf(a.stderr, "warning: %s\n", w)
	}
	if c.Report != "" {
		if err := c.write(a, out); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(a.stdout, out)
	}
	return out.print(a.stdout)
}

// write makes the report.
func (c *evalCmd) write(a *app, out evalOutput) error {
	r := training.Report{
		Title: "How good the model is", Model: out.Model, Limits: moderation.Thresholds(out.HoldAt),
		Expect:   moderation.Probabilities{OK: 1 - out.Expect.Spam - out.Expect.Abuse, Spam: out.Expect.Spam, Abuse: out.Expect.Abuse},
		Warnings: out.Warnings, At: a.now(), Evaluation: out.Evaluation,
	}
	for _, d := range out.Data {
		r.Data = append(r.Data, fmt.Sprintf("%s (%d)", filepath.Base(d.File), d.Examples))
	}
	if c.Split != "" {
		r.Data = append(r.Data, "only the split "+c.Split)
	}
	if err := r.Write(c.Report); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "report: %s\n", filepath.Join(c.Report, training.ReportPage))
	return nil
}

// print writes the figures for people.
func (o *evalOutput) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "label\tn\tauc\taverage precision\trecall at 1 % fpr\tprecision\trecall\tf1\tlog loss\tece\t")
	for _, label := range moderation.Labels() {
		m := o.Of(label)
		fmt.Fprintf(t, "%s\t%d\t", label, m.N)
		for _, f := range []training.Figure{m.AUC, m.AveragePrecision, m.RecallAt1PctFPR, m.Precision, m.Recall, m.F1, m.LogLoss, m.ECE} {
			fmt.Fprintf(t, "%s\t", f)
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print figures: %w", err)
	}
	fmt.Fprintf(w, "\nheld from %.3g for spam, %.3g for abuse\n", o.HoldAt.Spam, o.HoldAt.Abuse)
	n := float64(o.N)
	fmt.Fprintf(w, "made for %.1f %% spam and %.1f %% abuse, measured on %.1f %% and %.1f %%: log loss and ece suffer where these differ\n",
		100*o.Expect.Spam, 100*o.Expect.Abuse, 100*float64(o.Spam.N)/n, 100*float64(o.Abuse.N)/n)
	fmt.Fprintf(w, "ece on such shares as it is made for: %s for spam, %s for abuse; on these, probabilities moved to them: %s and %s\n",
		o.PriorECE.Spam.AtPrior, o.PriorECE.Abuse.AtPrior, o.PriorECE.Spam.AtShares, o.PriorECE.Abuse.AtShares)
	return cmp.Or(o.printConfusion(t), o.printThresholds(w, t))
}

// printConfusion writes what comments are and what they were taken for.
func (o *evalOutput) printConfusion(t *tabwriter.Writer) error {
	fmt.Fprint(t, "is\\taken for")
	for _, label := range moderation.Labels() {
		fmt.Fprintf(t, "\t%s", label)
	}
	fmt.Fprintln(t, "\t")
	for _, actual := range moderation.Labels() {
		fmt.Fprint(t, actual)
		for _, predicted := range moderation.Labels() {
			fmt.Fprintf(t, "\t%d", o.Confusion[actual][predicted])
		}
		fmt.Fprintln(t, "\t")
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print confusion: %w", err)
	}
	return nil
}

// printThresholds writes what other thresholds would hold, spam and abuse side by
// side, and marks those that are used.
func (o *evalOutput) printThresholds(w io.Writer, t *tabwriter.Writer) error {
	columns := map[moderation.Label][]training.Threshold{}
	for _, row := range o.Thresholds {
		columns[row.Label] = append(columns[row.Label], row)
	}
	fmt.Fprintln(w, "\nwhat a threshold would catch and hold (*: the one that is used)")
	fmt.Fprintln(t, "spam from\tcaught\tok held\tall held\tabuse from\tcaught\tok held\tall held\t")
	for i := range max(len(columns[moderation.Spam]), len(columns[moderation.Abuse])) {
		for _, label := range []moderation.Label{moderation.Spam, moderation.Abuse} {
			if i >= len(columns[label]) {
				fmt.Fprint(t, "\t\t\t\t")
				continue
			}
			row, mark := columns[label][i], ""
			if row.Own {
				mark = "* "
			}
			fmt.Fprintf(t, "%s%.3g\t%s\t%s\t%s\t", mark, row.Threshold, row.Caught.Percent(), row.OKHeld.Percent(), row.Held.Percent())
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print thresholds: %w", err)
	}
	return nil
}
