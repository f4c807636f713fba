package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// example returns a picture of so many days with about so many comments on each.
func example(days, comments int) Daily {
	d := Daily{Title: "blog, garden and cooking", Period: fmt.Sprintf("%d days to 26 Nov 2026, UTC", days), Counted: "Comments a day", Timed: "Time to decision",
		Notes: []string{
			"Held, and approved after all: 34 of 120 that were decided (28 %)",
			"Published by the machine, and taken down by a person: 3 of 1,204 (0.2 %)",
		}}
	first := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 1-days)
	shares := []float64{0.06, 0.04, 0.02, 0.03, 0.85}
	names := []string{"held, then approved", "held, then rejected", "waiting", "rejected by rules", "published"}
	d.Layers = make([]Layer, len(names))
	for day := range days {
		at := first.AddDate(0, 0, day)
		label := at.Format("2 Jan")
		if days <= 7 {
			label = at.Format("Mon 2")
		}
		if day == days-1 {
			label = "today"
		}
		d.Labels = append(d.Labels, label)
		today := comments * (40 + (day*37)%60) / 100
		for i, name := range names {
			d.Layers[i].Name = name
			d.Layers[i].Counts = append(d.Layers[i].Counts, int(float64(today)*shares[i]))
		}
		w := Wait{Count: comments * (day*5%4 + 1) / 10, Median: time.Duration(3+day*11%40) * time.Minute}
		if day%9 == 3 {
			w.Count = 0
		}
		w.Late = w.Median * time.Duration(2+day%17)
		d.Waits = append(d.Waits, w)
	}
	return d
}

// TestDailyForAPhone draws what there may be. GATEHOUSE_PICTURES names a folder to
// put the pictures into, to be looked at.
func TestDailyForAPhone(t *testing.T) {
	folder := os.Getenv("GATEHOUSE_PICTURES")
	for _, days := range []int{1, 2, 7, 14, 30, 90} {
		for _, comments := range []int{0, 3, 100, 10_000, 3_000_000} {
			t.Run(fmt.Sprintf("%d days of %d", days, comments), func(t *testing.T) {
				d := example(days, comments)
				p, err := d.draw()
				if err != nil {
					t.Fatal(err)
				}
				checkTexts(t, p, d)
				if folder == "" {
					return
				}
				b, err := d.PNG()
				if err == nil {
					err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("daily-%d-%d.png", days, comments)), b, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// checkTexts checks that every text is on the page, that none is on another one,
// and that the most important ones are there.
func checkTexts(t *testing.T, p *page, d Daily) {
	t.Helper()
	missing := map[string]bool{d.Title: true, d.Period: true, "median": true, d.Labels[len(d.Labels)-1]: true, d.Notes[0]: true, d.Notes[1]: true}
	for i, b := range p.boxes {
		delete(missing, b.text)
		if b.left < 0 || b.top < 0 || b.right > dailyWidth || b.bottom > dailyHeight {
			t.Errorf("%q is not on the page: %v", b.text, b)
		}
		for _, other := range p.boxes[:i] {
			if b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom {
				t.Errorf("%q stands on %q: %v, %v", b.text, other.text, b, other)
			}
		}
	}
	for words := range missing {
		t.Errorf("no %q", words)
	}
}

// decodeDaily draws d as PNG and decodes it.
func decodeDaily(t *testing.T, d Daily) image.Image {
	t.Helper()
	b, err := d.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestDailyShowsWhatIsThere counts in the picture: a stack is as high as its sum, and
// one of ten thousand is seen.
func TestDailyShowsWhatIsThere(t *testing.T) {
	d := Daily{Labels: []string{"1 Jan", "2 Jan"}, Waits: make([]Wait, 2), Layers: []Layer{
		{"held", []int{1, 0}}, {"odd", []int{0, 0}}, {"published", []int{9_999, 5_000}},
	}}
	img := decodeDaily(t, d)
	if size := img.Bounds().Size(); size.X != dailyWidth || size.Y != dailyHeight {
		t.Errorf("size %v", size)
	}
	heights := map[color.RGBA][2]int{}
	for day, x := range []int{370, 830} {
		for y := range dailyHeight {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			h := heights[c]
			h[day]++
			heights[c] = h
		}
	}
	held, odd, published := heights[layerColors()[0]], heights[layerColors()[1]], heights[layerColors()[2]]
	if held[0] < 2 || held[0] > 4 || held[1] != 0 || odd != [2]int{} {
		t.Errorf("held is %v pixels high, what was not there %v", held, odd)
	}
	if published[0] < 340 || math.Abs(float64(published[0])/2-float64(published[1])) > 3 {
		t.Errorf("10,000 are %d pixels high, and 5,000 %d", published[0], published[1])
	}
}

func TestScales(t *testing.T) {
	labels := func(s scale) (all []string) {
		for _, t := range s.ticks {
			all = append(all, t.label)
		}
		return all
	}
	for largest, want := range map[int]string{
		0: "[0 1]", 1: "[0 1]", 4: "[0 1 2 3 4]", 5: "[0 2 4 6]", 20: "[0 5 10 15 20]", 61: "[0 20 40 60 80]", 97: "[0 50 100]",
		1_000: "[0 500 1,000]", 12_345: "[0 5,000 10,000 15,000]",
	} {
		if got := fmt.Sprint(labels(newCountScale([]Layer{{"", []int{0, largest}}}))); got != want {
			t.Errorf("up to %d: %s, want %s", largest, got, want)
		}
	}
	for _, tc := range []struct {
		median, late time.Duration
		want         string
	}{
		{0, 0, "[1 s 10 s 1 min]"},
		{2 * time.Minute, 9 * time.Minute, "[1 min 10 min 1 h]"},
		{time.Hour, 50 * time.Hour, "[1 h 6 h 1 d 7 d]"},
		{time.Second, 99 * 365 * 24 * time.Hour, "[1 s 10 s 1 min 10 min 1 h 6 h 1 d 7 d 30 d 1 y 10 y]"},
	} {
		s := newWaitScale([]Wait{{}, {Count: 1, Median: tc.median, Late: tc.late}})
		if got := fmt.Sprint(labels(s)); got != tc.want {
			t.Errorf("from %s to %s: %s, want %s", tc.median, tc.late, got, tc.want)
		}
		if low, high := s.share(tc.median.Seconds()), s.share(tc.late.Seconds()); low < 0 || low > high || high > 1 {
			t.Errorf("from %s to %s: shares %v and %v", tc.median, tc.late, low, high)
		}
	}
}

// TestLayersAreToldApart looks at each two colours as people with each kind of
// colour blindness see them (Machado and others, 2009, all of it), and asks for
// a difference in CIE's Lab that nobody overlooks.
func TestLayersAreToldApart(t *testing.T) {
	for kind, m := range map[string][3][3]float64{
		"all colours": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"no red":      {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
		"no green":    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
		"no blue":     {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
	} {
		all := append(layerColors(), white)
		for i, a := range all {
			for _, b := range all[:i] {
				x, y := lab(a, m), lab(b, m)
				if d := math.Hypot(math.Hypot(x[0]-y[0], x[1]-y[1]), x[2]-y[2]); d < 20 {
					t.Errorf("%s: %v and %v differ by %.0f", kind, a, b, d)
				}
			}
		}
	}
}

// lab returns a colour in CIE's Lab, as it is seen through m.
func lab(c color.RGBA, m [3][3]float64) (out [3]float64) {
	var light, seen, xyz [3]float64
	for i, v := range []uint8{c.R, c.G, c.B} {
		light[i] = math.Pow((float64(v)/255+0.055)/1.055, 2.4)
	}
	mix := func(m [3][3]float64, v [3]float64) (out [3]float64) {
		for i := range m {
			out[i] = min(max(m[i][0]*v[0]+m[i][1]*v[1]+m[i][2]*v[2], 0), 1)
		}
		return out
	}
	seen = mix(m, light)
	for i, v := range mix([3][3]float64{{0.4339, 0.3762, 0.1899}, {0.2126, 0.7152, 0.0722}, {0.0177, 0.1095, 0.8727}}, seen) {
		xyz[i] = math.Cbrt(v)
	}
	return [3]float64{116*xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])}
}

func TestDailyCutsWhatIsTooLong(t *testing.T) {
	d := example(7, 100)
	d.Title = strings.Repeat("a-blog-with-a-long-name, ", 9)
	d.Period = strings.Repeat("x", 200)
	d.Notes = []string{strings.Repeat("words and ", 30), strings.Repeat("more ", 90)}
	p, err := d.draw()
	if err != nil {
		t.Fatal(err)
	}
	cut := 0
	for _, b := range p.boxes {
		if b.right > dailyWidth || b.bottom > dailyHeight {
			t.Errorf("%q is not on the page: %v", b.text, b)
		}
		if strings.HasSuffix(b.text, "…") {
			cut++
		}
	}
	if cut != 4 {
		t.Errorf("%d texts were cut", cut)
	}
}

func TestDailyRefuses(t *testing.T) {
	for name, change := range map[string]func(*Daily){
		"no days":         func(d *Daily) { *d = Daily{} },
		"uneven counts":   func(d *Daily) { d.Layers[1].Counts = nil },
		"uneven waits":    func(d *Daily) { d.Waits = nil },
		"negative counts": func(d *Daily) { d.Layers[0].Counts[0] = -1 },
		"too many layers": func(d *Daily) { d.Layers = append(d.Layers, d.Layers[0]) },
	} {
		d := example(3, 10)
		change(&d)
		if _, err := d.PNG(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func BenchmarkDaily(b *testing.B) {
	for _, days := range []int{7, 90} {
		b.Run(fmt.Sprint(days), func(b *testing.B) {
			d := example(days, 10_000)
			for b.Loop() {
				if _, err := d.PNG(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
