package plot

import (
	"image/color"
	"math"
	"time"
)

// tick is a place of a scale with what stands there.
type tick struct {
	value float64
	label string
}

// scale is what the height of a panel means.
type scale struct {
	ticks  []tick // ascending; the first is the bottom and the last the top
	log    bool
	known  bool  // there is something to show
	totals []int // of each day, where it counts
}

// share returns how high a value is: 0 at the bottom, 1 at the top.
func (s scale) share(v float64) float64 {
	low, high := s.ticks[0].value, s.ticks[len(s.ticks)-1].value
	v = min(max(v, low), high)
	if s.log {
		return math.Log(v/low) / math.Log(high/low)
	}
	return (v - low) / (high - low)
}

// newCountScale returns a scale from zero to what the largest stack needs, with
// about four round numbers.
func newCountScale(layers []Layer) scale {
	var s scale
	for _, l := range layers {
		for day, n := range l.Counts {
			if day == len(s.totals) {
				s.totals = append(s.totals, 0)
			}
			s.totals[day] += n
		}
	}
	largest := 0
	for _, n := range s.totals {
		largest = max(largest, n)
	}
	s.known = largest > 0
	step := 1
	for i := 0; 4*step < largest; i++ {
		step = []int{2, 5, 10}[i%3] * int(math.Pow10(i/3))
	}
	for v := 0; ; v += step {
		s.ticks = append(s.ticks, tick{float64(v), Thousands(v)})
		if v >= max(largest, 1) {
			return s
		}
	}
}

// waitTicks are the times that a scale of waits may show.
func waitTicks() []tick {
	const day = 24 * time.Hour
	var list []tick
	for _, t := range []struct {
		d     time.Duration
		label string
	}{
		{time.Second, "1 s"}, {10 * time.Second, "10 s"}, {time.Minute, "1 min"}, {10 * time.Minute, "10 min"}, {time.Hour, "1 h"},
		{6 * time.Hour, "6 h"}, {day, "1 d"}, {7 * day, "7 d"}, {30 * day, "30 d"}, {365 * day, "1 y"}, {10 * 365 * day, "10 y"},
	} {
		list = append(list, tick{t.d.Seconds(), t.label})
	}
	return list
}

// newWaitScale returns a logarithmic scale that holds all waits, as far as it goes.
func newWaitScale(waits []Wait) scale {
	s := scale{log: true}
	low, high := math.Inf(1), 0.0
	for _, w := range waits {
		if w.Count > 0 {
			s.known = true
			low, high = min(low, w.Median.Seconds()), max(high, w.Late.Seconds(), w.Median.Seconds())
		}
	}
	all := waitTicks()
	first, last := 2, 4 // a minute to an hour, where nothing is known
	if s.known {
		first, last = 0, len(all)-1
		for first+1 < len(all)-2 && all[first+1].value <= low {
			first++
		}
		for last-1 >= first+2 && all[last-1].value >= high {
			last--
		}
	}
	s.ticks = all[first : last+1]
	return s
}

// panel is a part of the page with a scale at its left and days below.
type panel struct {
	*page
	left, top, right, bottom float64
	days                     int
}

// step returns how wide a day is, and middle where one stands.
func (p panel) step() float64          { return (p.right - p.left) / float64(p.days) }
func (p panel) middle(day int) float64 { return p.left + (float64(day)+0.5)*p.step() }

// drawGrid draws the scale with a line at each tick. Where two would stand upon
// each other, only one of them says what it is.
func (p panel) drawGrid(s scale) {
	last := math.Inf(1)
	for _, t := range s.ticks {
		y := p.bottom - (p.bottom-p.top)*s.share(t.value)
		p.line(color.RGBA{R: 0xdd, G: 0xdd, B: 0xdd, A: 0xff}, 1.5, false, [2]float64{p.left, y}, [2]float64{p.right, y})
		if last-y >= 1.25*smallLetters {
			p.write(p.left-12, y-0.65*smallLetters, smallLetters, fromRight, t.label)
			last = y
		}
	}
	p.line(ink(), 2, false, [2]float64{p.left, p.bottom}, [2]float64{p.right, p.bottom})
}

// drawNothing says that there is nothing to show, between the lines of the grid.
func (p panel) drawNothing() {
	p.write((p.left+p.right)/2, p.bottom-0.3*(p.bottom-p.top)-smallLetters/2, smallLetters, centred, "none")
}

// drawDays writes as many of the labels as have room, the last one always.
func (p panel) drawDays(labels []string) {
	widest := 0.0
	for _, l := range labels {
		widest = max(widest, p.width(smallLetters, l))
	}
	every := 1
	for _, n := range []int{2, 3, 5, 7, 14, 21, 28, 56, len(labels)} {
		if float64(every)*p.step() < widest+smallLetters {
			every = n
		}
	}
	for day := len(labels) - 1; day >= 0; day -= every {
		half := p.width(smallLetters, labels[day]) / 2
		x := min(p.middle(day), dailyWidth-dailyMargin/2-half)
		p.write(max(x, half+dailyMargin/2), p.bottom+12, smallLetters, centred, labels[day])
	}
}
