package plot

import (
	"errors"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxPoints is how many points of a curve are drawn; more can't be seen.
const maxPoints = 400

// Curve is a series of points, both coordinates from 0 to 1. One without points
// is not drawn, but keeps its colour from the next.
type Curve struct {
	Name string // as the legend shows it
	X, Y []float64
}

// ROC draws the share that is caught over the share of others that is taken for
// it too, with the diagonal of guessing.
func ROC(curves ...Curve) (*Picture, error) {
	p := unitSquare("ROC curves", "false positives (share of the others)", "caught (share of the label)")
	p.plot.Legend.Left, p.plot.Legend.XOffs = true, width/3 // on the left: type that is wider does not run into the lines
	diagonal(p)
	return p.curves("ROC", curves, false)
}

// PrecisionRecall draws the share that is right among what is taken for a label
// over the share of the label that is caught.
func PrecisionRecall(curves ...Curve) (*Picture, error) {
	p := unitSquare("Precision and recall", "recall (share of the label caught)", "precision (share of them right)")
	p.plot.Legend.Left = true
	return p.curves("precision and recall", curves, false)
}

// Calibration draws, bin by bin, how often a label was right over how probable
// it was said to be, with the diagonal of perfect calibration.
func Calibration(title string, curves ...Curve) (*Picture, error) {
	p := unitSquare(title, "probability said", "share that was so")
	p.plot.Legend.Top, p.plot.Legend.Left = true, true
	p.plot.Y.Max = 1.25 // room for the legend
	diagonal(p)
	return p.curves("calibration", curves, true)
}

// unitSquare returns a picture whose axes go from 0 to 1.
func unitSquare(title, x, y string) *Picture {
	p := empty(title, x, y)
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Min, axis.Max = 0, 1
		axis.Tick.Marker = unitTicks()
	}
	p.Add(grid())
	return &Picture{p}
}

// unitTicks returns the marks of an axis from 0 to 1.
func unitTicks() plot.ConstantTicks {
	return plot.ConstantTicks{
		{Value: 0, Label: "0"}, {Value: .2, Label: "0.2"}, {Value: .4, Label: "0.4"},
		{Value: .6, Label: "0.6"}, {Value: .8, Label: "0.8"}, {Value: 1, Label: "1"},
	}
}

// grid returns thin lines at the ticks.
func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Color, g.Horizontal.Color = color.Gray{Y: 0xe4}, color.Gray{Y: 0xe4}
	return g
}

// diagonal adds the line from corner to corner.
func diagonal(p *Picture) {
	line := plotter.NewFunction(func(x float64) float64 { return x })
	line.XMin, line.XMax, line.Samples = 0, 1, 2
	line.Color, line.Width = color.Gray{Y: 0x99}, vg.Points(1)
	p.plot.Add(line)
}

// curves adds curves and their legend, with a dot at each point if asked.
func (p *Picture) curves(name string, curves []Curve, dots bool) (*Picture, error) {
	for i, c := range curves {
		points, err := c.points()
		if err != nil {
			return nil, fmt.Errorf("draw %s of %s: %w", name, c.Name, err)
		}
		if len(points) == 0 {
			continue
		}
		line := &plotter.Line{XYs: points, LineStyle: lineStyle(i)}
		p.plot.Add(line)
		p.plot.Legend.Add(c.Name, line)
		if dots {
			p.plot.Add(&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{
				Color: line.Color, Radius: vg.Points(3.5), Shape: draw.CircleGlyph{},
			}})
		}
	}
	return p, nil
}

// points returns the points to draw, thinned evenly if there are too many.
func (c Curve) points() (plotter.XYs, error) {
	if len(c.X) != len(c.Y) {
		return nil, fmt.Errorf("%d x and %d y", len(c.X), len(c.Y))
	}
	outside := func(v float64) bool { return math.IsNaN(v) || v < 0 || v > 1 }
	if slices.ContainsFunc(c.X, outside) || slices.ContainsFunc(c.Y, outside) {
		return nil, errors.New("a point outside of 0 to 1")
	}
	n := min(len(c.X), maxPoints)
	points := make(plotter.XYs, n)
	for i := range points {
		from := i
		if n > 1 {
			from = i * (len(c.X) - 1) / (n - 1)
		}
		points[i] = plotter.XY{X: c.X[from], Y: c.Y[from]}
	}
	return points, nil
}
