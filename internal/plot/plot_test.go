package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// drawn is a decoded PNG in which places are named by their data coordinates.
type drawn struct {
	image.Image
	at func(x, y float64) image.Point
}

// decode draws p as PNG and decodes it.
func decode(t *testing.T, p *Picture) drawn {
	t.Helper()
	b, err := p.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if got := img.Bounds().Size(); got != (image.Point{864, 768}) {
		t.Errorf("size %v; want 864 by 768", got)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	data := p.plot.DataCanvas(draw.Crop(draw.New(canvas), margin, -margin, margin, -margin))
	x, y := p.plot.Transforms(&data)
	return drawn{img, func(dx, dy float64) image.Point {
		return image.Point{int(x(dx).Points() * dpi / 72), 768 - int(y(dy).Points()*dpi/72)}
	}}
}

// near reports whether the colour c stands within two pixels of a place.
func (d drawn) near(x, y float64, c color.RGBA) bool {
	p := d.at(x, y)
	for dx := -2; dx <= 2; dx++ {
		for dy := -2; dy <= 2; dy++ {
			if color.RGBAModel.Convert(d.At(p.X+dx, p.Y+dy)) == c {
				return true
			}
		}
	}
	return false
}

// elements decodes p as SVG and returns the texts in it and the paths, as the
// pairs of their attributes d and style.
func elements(t *testing.T, p *Picture) (texts []string, paths [][2]string) {
	t.Helper()
	b, err := p.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("<svg ")) {
		t.Errorf("the picture begins with %.40q", b)
	}
	in := xml.NewDecoder(bytes.NewReader(b))
	inText := false
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return texts, paths
		}
		if err != nil {
			t.Fatalf("the SVG is not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			inText = e.Name.Local == "text"
			of := func(name string) string {
				i := slices.IndexFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == name })
				if i < 0 {
					return ""
				}
				return e.Attr[i].Value
			}
			if e.Name.Local == "path" {
				paths = append(paths, [2]string{of("d"), of("style")})
			}
		case xml.CharData:
			if inText {
				texts = append(texts, string(e))
			}
		case xml.EndElement:
			inText = false
		}
	}
}

// background is white.
func background() color.RGBA { return color.RGBA{0xff, 0xff, 0xff, 0xff} }

func TestROC(t *testing.T) {
	p, err := ROC(
		Curve{Name: "ok (AUC 1.000)", X: []float64{0, 0, 1}, Y: []float64{0, 1, 1}},
		Curve{Name: "spam"}, // undefined
		Curve{Name: "abuse <&>", X: []float64{0, .5, 1}, Y: []float64{0, .75, 1}},
	)
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, p)
	for _, tc := range []struct {
		what string
		x, y float64
		want color.RGBA
	}{
		{"the first curve rises", 0, .5, palette()[0]},
		{"and runs along the top", .5, 1, palette()[0]},
		{"the third one keeps its colour", .5, .75, palette()[2]},
		{"the diagonal is grey", .3, .3, color.RGBA{0x99, 0x99, 0x99, 0xff}},
		{"the rest is white", .9, .5, background()},
	} {
		if !img.near(tc.x, tc.y, tc.want) {
			t.Errorf("%s: no %v at (%v, %v)", tc.what, tc.want, tc.x, tc.y)
		}
	}
	if got := color.RGBAModel.Convert(img.At(1, 1)); got != background() {
		t.Errorf("the corner is %v", got)
	}
	texts, paths := elements(t, p)
	for _, want := range []string{"ROC curves", "ok (AUC 1.000)", "abuse <&>", "0.2", "caught (share of the label)"} {
		if !slices.Contains(texts, want) {
			t.Errorf("no text %q in %q", want, texts)
		}
	}
	if slices.Contains(texts, "spam") {
		t.Error("a curve without points is in the legend")
	}
	vermilion := regexp.MustCompile(`(?i)stroke:#D55E00`)
	if n := len(slices.DeleteFunc(paths, func(p [2]string) bool { return !vermilion.MatchString(p[1]) })); n != 2 {
		t.Errorf("%d paths in the third colour; want a curve and its sample in the legend", n)
	}
}

func TestPrecisionRecallAndCalibration(t *testing.T) {
	curve := Curve{Name: "a", X: []float64{.1, .9}, Y: []float64{.8, .6}}
	pr, err := PrecisionRecall(curve)
	if err != nil {
		t.Fatal(err)
	}
	if img := decode(t, pr); !img.near(.5, .7, palette()[0]) || !img.near(.52, .52, background()) {
		t.Error("precision and recall: the line is not where it must be, or there is a diagonal")
	}
	cal, err := Calibration("Calibration", curve)
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, cal)
	if !img.near(.5, .7, palette()[0]) || !img.near(.3, .3, color.RGBA{0x99, 0x99, 0x99, 0xff}) {
		t.Error("calibration: the line or the diagonal is not where it must be")
	}
	dot := img.at(.9, .6) // wider than the line
	if got := color.RGBAModel.Convert(img.At(dot.X, dot.Y+6)); got != palette()[0] {
		t.Errorf("calibration: no dot at the end, but %v", got)
	}
}

func TestLongCurvesAreThinned(t *testing.T) {
	var c Curve
	for i := range 100_001 {
		c.X = append(c.X, float64(i)/100_000)
		c.Y = append(c.Y, math.Sqrt(float64(i)/100_000))
	}
	points, err := c.points()
	if err != nil || len(points) != maxPoints {
		t.Fatalf("%d points, error %v; want %d", len(points), err, maxPoints)
	}
	if first, last := points[0], points[len(points)-1]; first.X != 0 || last.X != 1 || last.Y != 1 {
		t.Errorf("from %v to %v; want the ends of the curve", first, last)
	}
	if points, err := (Curve{X: []float64{.5}, Y: []float64{.5}}).points(); err != nil || len(points) != 1 {
		t.Errorf("one point: %v, error %v", points, err)
	}
}

func TestHistogram(t *testing.T) {
	p, err := Histogram("Probability of spam", "probability of spam",
		Bars{Name: "ok", Counts: []int{99, 1, 0, 0}},
		Bars{Name: "spam", Counts: []int{0, 0, 2, 6}},
		Bars{Name: "abuse", Counts: []int{0, 0, 0, 0}},
	)
	if err != nil {
		t.Fatal(err)
	}
	img := decode(t, p)
	for _, tc := range []struct {
		what string
		x, y float64
		want color.RGBA
	}{
		{"99 of 100", .1, math.Log10(.99), palette()[0]},
		{"1 of 100", .4, -2, palette()[0]},
		{"none", .6, -4, palette()[0]},
		{"6 of 8", .78, math.Log10(.75), palette()[1]},
	} {
		if !img.near(tc.x, tc.y, tc.want) {
			t.Errorf("%s: no %v at (%v, %v)", tc.what, tc.want, tc.x, tc.y)
		}
	}
	if at := img.at(.1, -1.5); color.RGBAModel.Convert(img.At(at.X, at.Y)) == background() {
		t.Error("bars are not filled")
	}
	texts, _ := elements(t, p)
	if !slices.Contains(texts, "0.01 %") || !slices.Contains(texts, "spam") || slices.Contains(texts, "abuse") {
		t.Errorf("texts %q", texts)
	}
}

func TestSVGIsFitForPages(t *testing.T) {
	p, err := Histogram(`"Who" <is> it?`, "x", Bars{Name: "a", Counts: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`role="img"`, `aria-label="&#34;Who&#34; &lt;is&gt; it?"`, `viewBox="0 0 324 288"`, "Arial,Helvetica,sans-serif"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in the SVG", want)
		}
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	for name, c := range map[string]Curve{
		"uneven":     {X: []float64{0, 1}, Y: []float64{0}},
		"not finite": {X: []float64{0}, Y: []float64{math.NaN()}},
		"outside":    {X: []float64{1.5}, Y: []float64{0}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, draw := range []func(...Curve) (*Picture, error){ROC, PrecisionRecall, calibrationOf} {
				if _, err := draw(c); err == nil {
					t.Error("no error")
				}
			}
		})
	}
	if _, err := Histogram("", "", Bars{Counts: []int{-1}}); err == nil {
		t.Error("negative counts: no error")
	}
}

// TestNothingToDraw draws pictures without data, as of a corpus of one label.
func TestNothingToDraw(t *testing.T) {
	for i, draw := range []func() (*Picture, error){
		func() (*Picture, error) { return ROC() },
		func() (*Picture, error) { return PrecisionRecall(Curve{Name: "a"}) },
		func() (*Picture, error) { return Calibration("none") },
		func() (*Picture, error) { return Histogram("", "", Bars{}) },
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			p, err := draw()
			if err != nil {
				t.Fatal(err)
			}
			decode(t, p)
			elements(t, p)
		})
	}
}

// calibrationOf draws a calibration under some title.
func calibrationOf(curves ...Curve) (*Picture, error) { return Calibration("Calibration", curves...) }
