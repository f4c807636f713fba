// Package plot draws the pictures of reports: [ROC], [PrecisionRecall],
// [Calibration] and [Histogram] give a [Picture], which is written as SVG or
// PNG. [Daily] is a PNG for a phone: some days, one beside the other. The package
// draws numbers that others worked out, and knows nothing of comments.
//
// Pictures have a light background, type that is legible at a phone's width,
// and series that differ in colour and in dashes.
package plot

import (
	"bytes"
	"fmt"
	"html"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The size of every picture, and the resolution of PNGs.
const (
	width  = 4.5 * vg.Inch
	height = 4 * vg.Inch
	margin = 6 * vg.Inch / 72
	dpi    = 192 // 864 by 768 pixels
)

// Picture is a finished drawing.
type Picture struct {
	plot *plot.Plot
}

// SVG returns the picture as an svg element, which may stand in an HTML page or
// in a file of its own. It names its fonts and does not hold them.
func (p *Picture) SVG() ([]byte, error) {
	canvas := vgsvg.New(width, height)
	p.draw(canvas)
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("draw SVG: %w", err)
	}
	svg := b.Bytes()
	if i := bytes.Index(svg, []byte("<svg ")); i > 0 {
		svg = svg[i:] // without the prologue of a file
	}
	title := html.EscapeString(p.plot.Title.Text)
	svg = bytes.Replace(svg, []byte("<svg "), []byte(`<svg role="img" aria-label="`+title+`" `), 1)
	// Arial has the metrics of Liberation Sans, which few machines have.
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"),
		[]byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")), nil
}

// PNG returns the picture as a PNG file.
func (p *Picture) PNG() ([]byte, error) {
	canvas := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))}
	p.draw(canvas)
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("draw PNG: %w", err)
	}
	return b.Bytes(), nil
}

// draw fills the canvas with the picture and a margin around it.
func (p *Picture) draw(canvas vg.CanvasSizer) {
	c := draw.New(canvas)
	c.SetColor(p.plot.BackgroundColor)
	c.Fill(c.Rectangle.Path())
	p.plot.Draw(draw.Crop(c, margin, -margin, margin, -margin))
}

// ink is the colour of text and axes.
func ink() color.Color { return color.RGBA{R: 0x33, G: 0x33, B: 0x33, A: 0xff} }

// palette holds the colours of the first series, the next ones begin again:
// green, blue and vermilion of Okabe and Ito, which people who do not tell red
// from green can tell apart (https://jfly.uni-koeln.de/color/).
func palette() []color.RGBA {
	return []color.RGBA{
		{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
		{R: 0x00, G: 0x72, B: 0xb2, A: 0xff},
		{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
	}
}

// lineStyle returns how series number i is drawn.
func lineStyle(i int) draw.LineStyle {
	dashes := [][]vg.Length{nil, {vg.Points(7), vg.Points(3)}, {vg.Points(2), vg.Points(2)}}
	return draw.LineStyle{Color: palette()[i%len(palette())], Width: vg.Points(2), Dashes: dashes[i%len(dashes)]}
}

// empty returns a plot without data, in the style of all.
func empty(title, x, y string) *plot.Plot {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	style := func(s *text.Style, size vg.Length) {
		s.Font, s.Color = font.From(sans, size), ink()
	}
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Points(8)
	style(&p.Title.TextStyle, vg.Points(14))
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		style(&axis.Label.TextStyle, vg.Points(12))
		style(&axis.Tick.Label, vg.Points(11))
		axis.Label.Padding = vg.Points(5)
		axis.Color, axis.Tick.Color = ink(), ink()
	}
	style(&p.Legend.TextStyle, vg.Points(11))
	p.Legend.ThumbnailWidth = vg.Points(24)
	p.Legend.Padding = vg.Points(2)
	return p
}
