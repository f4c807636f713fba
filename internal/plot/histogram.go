package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// The axis of shares is the logarithm to base 10: from one in ten thousand to
// all, and above that room for the legend. (Gonum's own logarithmic axis puts its
// label in the wrong place.)
const (
	lowest = -4
	top    = 0.7
)

// Bars is a series of counts in bins of equal width from 0 to 1. One that counts
// nothing is not drawn, but keeps its colour from the next.
type Bars struct {
	Name   string // as the legend shows it
	Counts []int
}

// Histogram draws, for each series, the share of it that is in each bin. Shares
// are logarithmic, down to one in ten thousand: the rare matter here.
func Histogram(title, x string, series ...Bars) (*Picture, error) {
	p := empty(title, x, "share of the label's comments")
	p.X.Min, p.X.Max = 0, 1
	p.X.Tick.Marker = unitTicks()
	p.Y.Min, p.Y.Max = lowest, top
	p.Y.Tick.Marker = plot.ConstantTicks{
		{Value: -4, Label: "0.01 %"}, {Value: -3, Label: "0.1 %"}, {Value: -2, Label: "1 %"},
		{Value: -1, Label: "10 %"}, {Value: 0, Label: "100 %"},
	}
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs = width * 2 / 5
	p.Add(grid())
	for i, s := range series {
		outline, err := s.outline()
		if err != nil {
			return nil, fmt.Errorf("draw histogram of %s: %w", s.Name, err)
		}
		if outline == nil {
			continue
		}
		line := &plotter.Line{XYs: outline, LineStyle: lineStyle(i)}
		c := palette()[i%len(palette())]
		line.FillColor = color.NRGBA{R: c.R, G: c.G, B: c.B, A: 0x20}
		p.Add(line)
		p.Legend.Add(s.Name, line)
	}
	return &Picture{p}, nil
}

// outline returns the steps of the bars, nil where nothing was counted.
func (b Bars) outline() (plotter.XYs, error) {
	total := 0
	for _, n := range b.Counts {
		if n < 0 {
			return nil, fmt.Errorf("count %d", n)
		}
		total += n
	}
	if total == 0 {
		return nil, nil
	}
	bins := float64(len(b.Counts))
	points := make(plotter.XYs, 0, 2*len(b.Counts))
	for i, n := range b.Counts {
		y := max(math.Log10(float64(n)/float64(total)), lowest)
		points = append(points, plotter.XY{X: float64(i) / bins, Y: y}, plotter.XY{X: float64(i+1) / bins, Y: y})
	}
	return points, nil
}
