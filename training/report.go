package training

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/plot"
)

//go:embed templates/report.html
var templates embed.FS

// ReportPage is the name of the page that [Report.Write] makes.
const ReportPage = "index.html"

// shownText is how many characters of a mistake the page shows.
const shownText = 600

// Report is an evaluation as a page.
type Report struct {
	Title      string
	Model      string // which model was measured
	Limits     moderation.Thresholds
	Expect     moderation.Probabilities // the shares of labels that it is made for; zero: not said
	Data       []string                 // what it was measured on
	Warnings   []string
	At         time.Time
	Evaluation Evaluation
}

// Write makes the folder dir, where it is not there, with the page in
// [ReportPage] and its pictures once more as PNG files. The page is whole in
// itself: it asks for nothing from elsewhere. It holds texts of the corpus.
func (r Report) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	pictures, err := r.pictures()
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	p := page{Report: r, Labels: moderation.Labels()}
	for _, picture := range pictures {
		png, err := picture.PNG()
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, picture.file), png, 0o644); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		svg, err := picture.SVG()
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		p.Pictures = append(p.Pictures, shownPicture{
			PNG: picture.file, Histogram: strings.HasPrefix(picture.file, "probability"),
			SVG: template.HTML(svg), //nolint:gosec // drawn by us, names in it are escaped
		})
	}
	html, err := p.html()
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ReportPage), html, 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// page is what the template shows.
type page struct {
	Report
	Labels   []moderation.Label
	Pictures []shownPicture
}

// shownPicture is a picture in the page and beside it.
type shownPicture struct {
	SVG       template.HTML
	PNG       string // name of the file
	Histogram bool
}

// sourceRow is one source in the table of sources.
type sourceRow struct {
	Name    string
	N       int
	Metrics PerLabel
}

// SourceRows returns the sources by name, none where there is only one.
func (p page) SourceRows() (rows []sourceRow) {
	for name, m := range p.Evaluation.Sources {
		rows = append(rows, sourceRow{Name: name, N: m.OK.N + m.Spam.N + m.Abuse.N, Metrics: m})
	}
	if len(rows) < 2 {
		return nil
	}
	slices.SortFunc(rows, func(a, b sourceRow) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// html fills in the template.
func (p page) html() ([]byte, error) {
	t, err := template.New("report.html").Funcs(template.FuncMap{
		"cut":         cut,
		"join":        strings.Join,
		"share":       share,
		"metrics":     func(m PerLabel, l moderation.Label) Metrics { return *m.Of(l) },
		"weight":      func(w moderation.Weight) string { return fmt.Sprintf("%+.1f", w.Weight) },
		"number":      func(f float64) string { return strconv.FormatFloat(f, 'g', 3, 64) },
		"probability": func(p moderation.Probabilities, l moderation.Label) Figure { return Figure(p.Of(l)) },
	}).ParseFS(templates, "templates/report.html")
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("fill in template: %w", err)
	}
	return b.Bytes(), nil
}

// cut shortens a text to what the page shows.
func cut(s string) string {
	runes := []rune(s)
	if len(runes) <= shownText {
		return s
	}
	return string(runes[:shownText]) + " …"
}

// picture is a drawing and the name of its file.
type picture struct {
	*plot.Picture
	file string
}

// pictures draws the evaluation.
func (r Report) pictures() ([]picture, error) {
	e := &r.Evaluation
	var roc, pr, cal []plot.Curve
	for l, label := range moderation.Labels() {
		m, ranked := e.Of(label), rankingOf(e.rows, l)
		roc = append(roc, ranked.roc(fmt.Sprintf("%s (AUC %s)", label, m.AUC)))
		pr = append(pr, ranked.precisionRecall(fmt.Sprintf("%s (average %s)", label, m.AveragePrecision)))
		cal = append(cal, calibration(e.rows, l).curve(fmt.Sprintf("%s (ECE %s)", label, m.ECE)))
	}
	drawings := []drawing{
		{"roc.png", func() (*plot.Picture, error) { return plot.ROC(roc...) }},
		{"precision-recall.png", func() (*plot.Picture, error) { return plot.PrecisionRecall(pr...) }},
		{"calibration.png", func() (*plot.Picture, error) { return plot.Calibration("Calibration on these comments", cal...) }},
	}
	if at := r.calibrationAtPrior(); at != nil {
		drawings = append(drawings, drawing{"calibration-at-prior.png", func() (*plot.Picture, error) {
			return plot.Calibration("Calibration at the shares it is made for", at...)
		}})
	}
	for l, label := range moderation.Labels() {
		title := "Probability of " + string(label)
		drawings = append(drawings, drawing{"probability-" + string(label) + ".png", func() (*plot.Picture, error) {
			return plot.Histogram(title, "probability said", histogram(e.rows, l)...)
		}})
	}
	return draw(drawings)
}

// drawing is a picture to be drawn.
type drawing struct {
	file string
	draw func() (*plot.Picture, error)
}

// draw draws all.
func draw(drawings []drawing) ([]picture, error) {
	pictures := make([]picture, len(drawings))
	for i, d := range drawings {
		p, err := d.draw()
		if err != nil {
			return nil, err
		}
		pictures[i] = picture{p, d.file}
	}
	return pictures, nil
}

// calibrationAtPrior returns the curves of calibration where labels are as
// frequent as the model is made for; none where that is not said, or where a label
// is not there.
func (r Report) calibrationAtPrior() (curves []plot.Curve) {
	e := &r.Evaluation
	share := e.shares()
	if r.Expect.OK == 0 || slices.Contains(share[:], 0) {
		return nil
	}
	for l, label := range moderation.Labels() {
		c := e.calibrationAt(r.Expect, share, l)
		curves = append(curves, c.curve(fmt.Sprintf("%s (ECE %s)", label, c.ece())))
	}
	return curves
}

// roc returns the curve of recall over false positives; without points where
// either is undefined.
func (r ranking) roc(name string) plot.Curve {
	c := plot.Curve{Name: name}
	if r.positives == 0 || r.negatives == 0 {
		return c
	}
	c.X, c.Y = append(c.X, 0), append(c.Y, 0)
	for _, s := range r.steps {
		c.X = append(c.X, float64(s.others)/float64(r.negatives))
		c.Y = append(c.Y, float64(s.caught)/float64(r.positives))
	}
	return c
}

// precisionRecall returns the curve of precision over recall; without points
// where recall is undefined.
func (r ranking) precisionRecall(name string) plot.Curve {
	c := plot.Curve{Name: name}
	if r.positives == 0 {
		return c
	}
	for _, s := range r.steps {
		c.X = append(c.X, float64(s.caught)/float64(r.positives))
		c.Y = append(c.Y, float64(s.caught)/float64(s.caught+s.others))
	}
	return c
}

// curve returns the share over the mean probability of each bin that holds any.
func (c *calibrated) curve(name string) plot.Curve {
	curve := plot.Curve{Name: name}
	for _, b := range c {
		if b.n > 0 {
			curve.X = append(curve.X, min(b.sum/b.n, 1))
			curve.Y = append(curve.Y, b.positives/b.n)
		}
	}
	return curve
}

// histogram counts the probabilities of a label, by what the comments are.
func histogram(rows []row, label int) []plot.Bars {
	const bars = 25
	var all []plot.Bars
	for _, name := range moderation.Labels() {
		all = append(all, plot.Bars{Name: string(name), Counts: make([]int, bars)})
	}
	for _, r := range rows {
		all[r.label].Counts[min(int(r.p[label]*bars), bars-1)]++
	}
	return all
}
