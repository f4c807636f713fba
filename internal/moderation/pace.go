package moderation

import "time"

const (
	// burst is how many deliveries a lane sends as fast as it can, before it keeps
	// its pace: what people decide in a while never waits.
	burst = 100
	// slowest is how many a second a lane begins with after an outage. Each that
	// gets through makes it quicker by a quarter: 20 a second after 14.
	slowest = 1.0
	quicker = 1.25
)

// pace spreads what a lane sends, so that a blog which has been away for hours is not
// flooded by all that waits for it when it is just back on its feet. The zero pace
// lets everything through.
type pace struct {
	most   float64   // a second; 0: any number
	slow   float64   // a second, after an outage; 0: as most says
	spent  float64   // of the burst
	filled time.Time // when spent was reckoned
}

// take reports whether one more may go now, and counts it.
func (p *pace) take(now time.Time) bool {
	if p.wait(now) > 0 {
		return false
	}
	p.spent++
	return true
}

// wait returns for how long none may go.
func (p *pace) wait(now time.Time) time.Duration {
	if p.most <= 0 {
		return 0
	}
	rate, room := p.most, float64(burst)
	if p.slow > 0 {
		rate, room = p.slow, 1
	}
	if passed := now.Sub(p.filled).Seconds(); passed > 0 { // a clock that is put back gives nothing
		p.spent = max(p.spent-passed*rate, 0)
	}
	p.filled = now
	if over := p.spent + 1 - room; over > 1e-6 {
		return max(time.Duration(over/rate*float64(time.Second)), time.Millisecond)
	}
	return 0
}

// restart has the lane begin slowly: its other end is back after an outage.
func (p *pace) restart(now time.Time) { p.slow, p.spent, p.filled = slowest, 1, now }

// quicken makes a slow lane quicker, for one more got through. Of the burst nothing
// is left by then.
func (p *pace) quicken() {
	if p.slow == 0 {
		return
	}
	if p.slow *= quicker; p.slow >= p.most {
		p.slow, p.spent = 0, burst
	}
}
