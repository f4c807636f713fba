package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// leastFree is how much room must be left on the disk: below it a checkpoint or a
// purge may fail, and after that comments are refused.
const leastFree = 64 << 20

// disk examines whether there is room for what comes, and for a copy of the database.
func (e *examination) disk(v moderation.Vitals) {
	f := roomOn(v.FreeBytes, v.Bytes+v.WALBytes)
	if f.State != "" {
		e.findings = append(e.findings, f)
	}
}

// roomOn judges the free room beside the size of the database; no State: it is not
// known.
func roomOn(free, size int64) finding {
	f := finding{Check: "disk", State: "ok", Says: fmt.Sprintf("%s free, the database has %s", megabytes(free), megabytes(size))}
	switch {
	case free < 0:
		return finding{}
	case free < leastFree:
		f.State = "failed"
		f.Says += ": make room; without it comments are refused"
	case free < size:
		f.State = "warning"
		f.Says += ": a backup or an upgrade's copy does not fit beside it; make room, or write backups to another disk"
	}
	return f
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// permissions examines who may read and write what only the service should.
func (e *examination) permissions() {
	open := openFiles(e.conf)
	for _, says := range open {
		e.warn("permissions", says)
	}
	if len(open) == 0 {
		e.note("permissions", "data folder, key and files of secrets are closed to others", nil)
	}
}

// openFiles returns, of what holds secrets or comments, what everybody on the machine
// may read or write and what the service may not, with what to do.
func openFiles(c config) []string {
	if runtime.GOOS == "windows" {
		return nil // which has no such modes
	}
	var open []string
	look := func(path, mode string) {
		info, err := os.Stat(path)
		if path == "" || err != nil || info.Mode().Perm()&0o007 == 0 {
			return
		}
		open = append(open, fmt.Sprintf("others on this machine can open %s (mode %#o): chmod %s %s", path, info.Mode().Perm(), mode, path))
	}
	look(c.Data, "700")
	look(filepath.Join(c.Data, store.KeyFile), "600")
	for _, path := range []string{c.Telegram.BotTokenFile, c.Telegram.WebhookSecretFile, c.Backup.PassphraseFile} {
		look(path, "600")
	}
	if c.holdsSecret {
		look(c.file, "600")
	}
	if says := strayFiles(c.Data, store.Owner); says != "" {
		open = append(open, says)
	}
	return open
}

// strayFiles says which files in the data folder have another owner than the folder, as
// those that root has made: the service can't open them. "" where none has.
func strayFiles(dir string, owner func(path string) string) string {
	entries, err := os.ReadDir(dir)
	whose := owner(dir)
	if err != nil || whose == "" {
		return ""
	}
	var strays []string
	for _, entry := range entries {
		if of := owner(filepath.Join(dir, entry.Name())); of != "" && of != whose {
			strays = append(strays, entry.Name()+" of "+of)
		}
	}
	if len(strays) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is owned by %s, who may be unable to open in it: %s: chown -R %s %s", dir, whose, strings.Join(strays, ", "), whose, dir)
}

// metrics examines whether /metrics is where the configuration says.
func (e *examination) metrics(serving bool) {
	if e.conf.MetricsListen == "" {
		return
	}
	answered, ours := scrapes(e.a.ctx, e.conf.MetricsListen)
	where := metricsUse(e.conf)
	switch {
	case serving && ours:
		e.note("metrics", "answers at "+where, nil)
	case serving:
		e.warn("metrics", fmt.Sprintf("gatehouse serve runs, and does not answer at %s: it was started with another configuration; restart it", where))
	case answered:
		e.note("metrics", "", fmt.Errorf("another program has the address %s, so that serve can't start: choose another metrics_listen", e.conf.MetricsListen))
	default:
		e.note("metrics", where+" is free for serve", nil)
	}
}

// scrapes says whether anything listens at an address, and whether it is gatehouse's
// /metrics.
func scrapes(ctx context.Context, address string) (answered, ours bool) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false, false
	}
	conn.Close() //nolint:errcheck // nothing was sent
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+metricsPath, nil)
	if err != nil {
		return true, false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return true, false
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(io.LimitReader(response.Body, 8<<20))
	return true, err == nil && strings.Contains(string(body), "gatehouse_build_info")
}

// snapshots proves that what a start takes from snapshots is what the lessons make.
func (e *examination) snapshots(m *classifier.Model) {
	sites, err := e.db.Sites(e.a.ctx)
	if err != nil {
		e.note("lessons", "", err)
		return
	}
	wrong := 0
	for _, s := range sites {
		v, err := verifyModel(e.a, e.db, m, s)
		if err == nil && !v.Equal {
			err = fmt.Errorf("the snapshot is not what the lessons make: gatehouse models verify --site %s", s.Name)
		}
		if err != nil {
			wrong++
			e.note("lessons of "+s.Name, "", err)
		}
	}
	if wrong == 0 {
		e.note("lessons", "each blog's model is what its lessons make", nil)
	}
}

// machine examines what is beside the database's content.
func (e *examination) machine() {
	v, err := e.db.Vitals(e.a.ctx)
	if err != nil {
		e.note("disk", "", err)
		return
	}
	e.disk(v)
	for _, d := range v.Deliveries {
		if d.Kind != moderation.DeliverCallback && d.GivenUp > 0 { // those are the sites'
			e.warn("deliveries", fmt.Sprintf("%s of %s for the moderators' chats %s given up on: gatehouse deliveries list, gatehouse deliveries retry --site %s",
				plural(d.GivenUp, "delivery", "deliveries"), d.Site, cmp.Or(map[bool]string{true: "was"}[d.GivenUp == 1], "were"), d.Site))
		}
	}
	if m, err := training.Starter(); err == nil { // else the check of the model says so
		e.snapshots(m)
	}
}
