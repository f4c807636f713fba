package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressPause is how long plain progress is silent between two lines, and
// before the first one.
const progressPause = 5 * time.Second

// progress says on standard error how far a long piece of work is: a bar on a
// terminal, else a line now and then. It is not safe for concurrent use.
type progress struct {
	what string // is being done: "reading"
	out  io.Writer
	now  func() time.Time
	last time.Time // of the last line
	bar  *progressbar.ProgressBar
	tty  bool
	unit string // what is counted; empty: bytes
}

// progress begins to tell of what is being done. Call its close at the end.
func (a *app) progress(what string) *progress {
	return &progress{what: what, out: a.stderr, now: a.now, last: a.now(), tty: isTerminal(a.stderr)}
}

// isTerminal reports whether a person reads w: /dev/null is a character device too.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// percent says that so many steps of total are done, of work that is not
// counted in bytes.
func (p *progress) percent(done, total int64) {
	p.unit = "steps"
	p.bytes(done, total)
}

// bytes says that so many bytes of total are done; total 0 is not known.
func (p *progress) bytes(done, total int64) {
	if p.tty {
		p.draw(done, total)
		return
	}
	now := p.now()
	if now.Sub(p.last) < progressPause {
		return
	}
	p.last = now
	switch {
	case total > 0 && p.unit != "":
		fmt.Fprintf(p.out, "%s: %d %%\n", p.what, 100*done/total)
	case total > 0:
		fmt.Fprintf(p.out, "%s: %d %% of %d MiB\n", p.what, 100*done/total, total>>20)
	default:
		fmt.Fprintf(p.out, "%s: %d MiB\n", p.what, done>>20)
	}
}

// draw moves the bar.
func (p *progress) draw(done, total int64) {
	if p.bar == nil {
		if total == 0 {
			total = -1 // a bar without an end
		}
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(p.what),
			progressbar.OptionShowBytes(p.unit == ""), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30),
		)
	}
	_ = p.bar.Set64(done) // it can only fail to print
}

// close takes the bar away.
func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Finish() // it can only fail to print
	}
}
