package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The size of a picture of days in pixels: messengers shrink whatever is longer
// than 1,280. One point is one pixel.
const (
	dailyWidth  = 1080
	dailyHeight = 1280
	dailyMargin = 40
)

// The sizes of its letters in pixels. On a phone, which shows the picture at a
// third of its width or so, the smallest are as large as a newspaper's.
const (
	largeLetters  = 40
	mediumLetters = 30
	smallLetters  = 26
)

// Daily is a picture of some days: a stack of counts for each, how long something
// took, and sentences. It is laid out for a phone held upright.
type Daily struct {
	Title, Period string
	Labels        []string // what stands below each day, where there is room; the oldest day first
	Counted       string   // heading of the counts
	Layers        []Layer  // from the bottom up; at most as many as there are colours: five
	Timed         string   // heading of the waits
	Waits         []Wait   // of each day
	Notes         []string
}

// Layer is one of the things that are counted.
type Layer struct {
	Name   string // as the legend shows it, with the total
	Counts []int  // of each day
}

// Wait is how long things of a day took.
type Wait struct {
	Count        int // of the things; 0: there is nothing to tell
	Median, Late time.Duration
}

// PNG returns the picture as a PNG file.
func (d Daily) PNG() ([]byte, error) {
	p, err := d.draw()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	// Somebody waits for it, and Telegram makes a JPEG of it anyway.
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, p.image.Image()); err != nil {
		return nil, fmt.Errorf("draw days: %w", err)
	}
	return b.Bytes(), nil
}

// draw draws from the top to the bottom.
func (d Daily) draw() (*page, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("draw days: %w", err)
	}
	p := newPage()
	y := p.paragraph(dailyMargin, largeLetters, 1, d.Title)
	y = p.paragraph(y, smallLetters, 1, d.Period) + 14
	y = d.drawLegend(p, y) + 20
	counts, waits := newCountScale(d.Layers), newWaitScale(d.Waits)
	left := dailyMargin + max(p.widest(counts.ticks), p.widest(waits.ticks)) + 14

	y = p.paragraph(y, mediumLetters, 1, d.Counted) + 14
	upper := panel{p, left, y, dailyWidth - dailyMargin, y + 350, len(d.Labels)}
	upper.drawGrid(counts)
	d.drawStacks(upper, counts)
	upper.drawDays(d.Labels)

	y = upper.bottom + 76
	p.write(dailyMargin, y, mediumLetters, fromLeft, d.Timed)
	d.drawWaitLegend(p, y)
	y += 1.3*mediumLetters + 14
	lower := panel{p, left, y, upper.right, y + 250, upper.days}
	lower.drawGrid(waits)
	d.drawWaits(lower, waits)
	lower.drawDays(d.Labels)

	y = lower.bottom + 70
	for _, note := range d.Notes {
		y = p.paragraph(y, smallLetters, 2, note)
	}
	return p, nil
}

// check refuses what has no picture.
func (d Daily) check() error {
	switch {
	case len(d.Labels) == 0:
		return errors.New("no days")
	case len(d.Waits) != len(d.Labels):
		return fmt.Errorf("%d waits of %d days", len(d.Waits), len(d.Labels))
	case len(d.Layers) > len(layerColors()):
		return fmt.Errorf("%d layers, and %d colours", len(d.Layers), len(layerColors()))
	}
	for _, l := range d.Layers {
		if len(l.Counts) != len(d.Labels) {
			return fmt.Errorf("%d counts of %s on %d days", len(l.Counts), l.Name, len(d.Labels))
		}
		for _, n := range l.Counts {
			if n < 0 {
				return fmt.Errorf("count %d of %s", n, l.Name)
			}
		}
	}
	return nil
}

// drawLegend draws the legend of the layers in two columns, the upmost layer first,
// and returns where it ends.
func (d Daily) drawLegend(p *page, y float64) float64 {
	rows := (len(d.Layers) + 1) / 2
	for i, l := range d.Layers {
		place := len(d.Layers) - 1 - i
		x, top := float64(dailyMargin+(place/rows)*(dailyWidth-2*dailyMargin)/2), y+float64(place%rows)*1.5*smallLetters
		p.fill(x, top+3, x+smallLetters, top+3+smallLetters, layerColors()[i])
		p.write(x+1.5*smallLetters, top, smallLetters, fromLeft, l.Name+": "+Thousands(sum(l.Counts)))
	}
	return y + float64(rows)*1.5*smallLetters
}

// thinnest is how high what is there at all is drawn: a few of ten thousand, too.
const thinnest = 3

// drawStacks draws the stack of each day.
func (d Daily) drawStacks(p panel, s scale) {
	width := min(0.8*p.step(), 140)
	for day := range p.days {
		x, y := p.middle(day), p.bottom
		for i, l := range d.Layers {
			if l.Counts[day] == 0 {
				continue
			}
			next := y - max((p.bottom-p.top)*s.share(float64(l.Counts[day])), thinnest)
			p.fill(x-width/2, next, x+width/2, y, layerColors()[i])
			if y < p.bottom && y-next > thinnest {
				p.line(white, 1.5, false, [2]float64{x - width/2, y}, [2]float64{x + width/2, y})
			}
			y = next
		}
	}
	if !s.known {
		p.drawNothing()
	}
}

// drawWaits draws two lines: they stop where a day tells nothing.
func (d Daily) drawWaits(p panel, s scale) {
	radius := min(max(0.25*p.step(), 4.5), 9)
	of := []func(Wait) time.Duration{func(w Wait) time.Duration { return w.Late }, func(w Wait) time.Duration { return w.Median }}
	for i, value := range of {
		isLate := i == 0
		var points, all [][2]float64
		for day, w := range d.Waits {
			if w.Count == 0 {
				p.line(ink(), 3, isLate, points...)
				points = nil
				continue
			}
			at := [2]float64{p.middle(day), p.bottom - (p.bottom-p.top)*s.share(value(w).Seconds())}
			points, all = append(points, at), append(all, at)
		}
		p.line(ink(), 3, isLate, points...)
		for _, at := range all {
			p.dot(at, radius, isLate)
		}
	}
	if !s.known {
		p.drawNothing()
	}
}

// drawWaitLegend draws the legend of the two lines, at the right of a heading.
func (d Daily) drawWaitLegend(p *page, y float64) {
	x := float64(dailyWidth - dailyMargin)
	for i, name := range []string{"9 of 10 within", "median"} {
		isLate := i == 0
		x -= p.width(smallLetters, name)
		p.write(x, y+2, smallLetters, fromLeft, name)
		middle := y + 2 + 0.6*smallLetters
		p.line(ink(), 3, isLate, [2]float64{x - 74, middle}, [2]float64{x - 14, middle})
		p.dot([2]float64{x - 44, middle}, 9, isLate)
		x -= 74 + smallLetters
	}
}

// layerColors are the colours of the layers: grey, dark blue, and three of Okabe and
// Ito (https://jfly.uni-koeln.de/color/). The tests look at them as colour-blind
// people do.
func layerColors() []color.RGBA {
	return []color.RGBA{
		{R: 0x00, G: 0x9e, B: 0x73, A: 0xff},
		{R: 0xd5, G: 0x5e, B: 0x00, A: 0xff},
		{R: 0xf0, G: 0xe4, B: 0x42, A: 0xff},
		{R: 0x00, G: 0x44, B: 0x88, A: 0xff},
		{R: 0xbb, G: 0xbb, B: 0xbb, A: 0xff},
	}
}

// Thousands writes a number with a comma before each three digits.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sum(counts []int) (total int) {
	for _, n := range counts {
		total += n
	}
	return total
}

// white is the background.
var white = color.RGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}

// alignment is where a text stands at its place.
type alignment = text.XAlignment

const (
	fromLeft  = text.XLeft
	centred   = text.XCenter
	fromRight = text.XRight
)

// page is a sheet to draw upon. Places are in pixels from its upper left corner.
type page struct {
	draw.Canvas
	image *vgimg.Canvas
	boxes []box // where texts stand
}

// box is a rectangle with a text in it.
type box struct {
	left, top, right, bottom float64
	text                     string
}

func newPage() *page {
	image := vgimg.NewWith(vgimg.UseWH(dailyWidth, dailyHeight), vgimg.UseDPI(72))
	p := &page{Canvas: draw.New(image), image: image}
	p.fill(0, 0, dailyWidth, dailyHeight, white)
	return p
}

// at turns a place upside down.
func (p *page) at(x, y float64) vg.Point {
	return vg.Point{X: vg.Length(x), Y: vg.Length(dailyHeight - y)}
}

// letters is the style of a text of some size.
func (p *page) letters(size float64, align alignment) text.Style {
	face := font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Length(size))
	return text.Style{Font: face, Color: ink(), XAlign: align, YAlign: text.YTop, Handler: text.Plain{Fonts: font.DefaultCache}}
}

func (p *page) width(size float64, words string) float64 {
	return float64(p.letters(size, fromLeft).Width(words))
}

func (p *page) widest(ticks []tick) (width float64) {
	for _, t := range ticks {
		width = max(width, p.width(smallLetters, t.label))
	}
	return width
}

// write writes a line whose top is at y.
func (p *page) write(x, y, size float64, align alignment, words string) {
	w := p.width(size, words)
	left := x + w*float64(align)
	p.boxes = append(p.boxes, box{left, y, left + w, y + 1.2*size, words})
	p.FillText(p.letters(size, align), p.at(x, y), words)
}

// paragraph writes words over the whole width, in at most so many lines, and
// returns where it ends.
func (p *page) paragraph(y, size float64, lines int, words string) float64 {
	const room = dailyWidth - 2*dailyMargin
	for line := 1; words != ""; line++ {
		part, rest := words, ""
		for p.width(size, part) > room {
			cut := strings.LastIndexByte(part, ' ')
			if cut < 0 {
				part, rest = p.shortened(part, size, room), ""
				break
			}
			part, rest = part[:cut], words[cut+1:]
		}
		if line == lines && rest != "" {
			part, rest = p.shortened(part+" "+rest, size, room), ""
		}
		p.write(dailyMargin, y, size, fromLeft, part)
		y, words = y+1.35*size, rest
	}
	return y
}

// shortened cuts words to a width.
func (p *page) shortened(words string, size, room float64) string {
	runes := []rune(words)
	for len(runes) > 0 && p.width(size, string(runes)+"…") > room {
		runes = runes[:len(runes)-1]
	}
	return strings.TrimRight(string(runes), " ,") + "…"
}

// fill fills a rectangle.
func (p *page) fill(left, top, right, bottom float64, c color.Color) {
	p.FillPolygon(c, []vg.Point{p.at(left, top), p.at(right, top), p.at(right, bottom), p.at(left, bottom)})
}

// line draws a line through points.
func (p *page) line(c color.Color, width float64, dashed bool, points ...[2]float64) {
	if len(points) < 2 {
		return
	}
	style := draw.LineStyle{Color: c, Width: vg.Length(width)}
	if dashed {
		style.Dashes = []vg.Length{9, 7}
	}
	var path []vg.Point
	for _, at := range points {
		path = append(path, p.at(at[0], at[1]))
	}
	p.StrokeLines(style, path)
}

// dot draws a dot, or a ring into which that dot fits.
func (p *page) dot(at [2]float64, radius float64, ring bool) {
	style := draw.GlyphStyle{Color: ink(), Radius: vg.Length(radius), Shape: draw.CircleGlyph{}}
	if ring {
		style.Radius += 3
		p.DrawGlyph(style, p.at(at[0], at[1]))
		style.Color, style.Radius = white, style.Radius-2.5
	}
	p.DrawGlyph(style, p.at(at[0], at[1]))
}
