package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// proveBackup opens a backup as restore would, and says what is in it. Nothing of
// it stays.
func (c *doctorCmd) proveBackup(a *app, conf config) error {
	e := &examination{a: a, conf: conf}
	contents, err := c.inspectBackup(a, conf)
	switch {
	case err != nil:
		e.note("backup", "", err)
	case !contents.HasKey:
		e.warn("backup", fmt.Sprintf("%s is whole but has no key in it: it can be used with the gatehouse.key that belongs to it only; schema version %d, %s",
			c.Backup, contents.Schema, newContentsOutput(contents)))
	default:
		e.note("backup", fmt.Sprintf("%s can be restored: it was made %s ago (%s), is whole, and its key opens its secrets; schema version %d, %s",
			c.Backup, roughly(a.now().Sub(contents.MadeAt)), contents.MadeAt.Format(time.RFC3339), contents.Schema, newContentsOutput(contents)), nil)
	}
	return e.print(c.JSON)
}

// inspectBackup checks the file itself, or what is in it where it is encrypted.
func (c *doctorCmd) inspectBackup(a *app, conf config) (store.Contents, error) {
	from, closeFile, err := openBackup(a, c.Backup)
	if err != nil {
		return store.Contents{}, err
	}
	defer closeFile() //nolint:errcheck // it was read
	if plain, err := isPlain(c.Backup); err != nil || plain {
		if err != nil {
			return store.Contents{}, fmt.Errorf("read backup: %w", err)
		}
		return store.Inspect(a.ctx, c.Backup)
	}
	folder := conf.Data // where as much is kept already, and as safely
	if !exists(folder) {
		folder = os.TempDir()
	}
	defer beginCopy(a, folder)()
	temp, err := newFile(folder, "gatehouse.db.proof")
	if err != nil {
		return store.Contents{}, fmt.Errorf("decrypt backup: %w", err)
	}
	defer os.Remove(temp) //nolint:errcheck // nothing can be done
	to, err := os.OpenFile(temp, os.O_WRONLY, 0)
	if err != nil {
		return store.Contents{}, fmt.Errorf("decrypt backup: %w", err)
	}
	if err := errors.Join(unpack(a, c.passphraseFlags, conf, from, to), to.Close()); err != nil {
		return store.Contents{}, fmt.Errorf("decrypt backup %s: %w", c.Backup, err)
	}
	return store.Inspect(a.ctx, temp)
}

// isPlain reports whether a backup can be read where it is.
func isPlain(path string) (bool, error) {
	if path == toStdout {
		return false, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	head := make([]byte, len(ageMagic))
	n, _ := file.Read(head) // an empty file is a plain one
	return string(head[:n]) != ageMagic, nil
}

// backups says when the newest backup was made.
func (e *examination) backups() {
	after, err := e.conf.Backup.warnAfter()
	if err != nil || after == 0 {
		return // readSecrets has refused what is wrong
	}
	last, err := e.db.LastBackup(e.a.ctx)
	age := e.a.now().Sub(last.At)
	switch {
	case errors.Is(err, moderation.ErrNotFound):
		e.warn("backup", "none was made of this data: gatehouse backup FILE (GATEHOUSE_BACKUP_WARN_AFTER=off where something else does it)")
	case err != nil:
		e.note("backup", "", err)
	case age > after:
		e.warn("backup", fmt.Sprintf("the newest was made %s ago (%s): gatehouse backup FILE", roughly(age), last.Path))
	case last.Path == toStdout:
		e.note("backup", fmt.Sprintf("the newest was made %s ago, to standard output; gatehouse doctor --backup FILE proves it, where FILE is what it went to", roughly(age)), nil)
	case isGone(last.Path):
		e.warn("backup", fmt.Sprintf("the newest was made %s ago, and is not at %s: if it was not moved to a safe place, gatehouse backup FILE", roughly(age), last.Path))
	default:
		e.note("backup", fmt.Sprintf("the newest was made %s ago (%s); gatehouse doctor --backup %s proves it", roughly(age), last.Path, last.Path), nil)
	}
}

// isGone reports whether a file is surely not there: another user's folder may hide one.
func isGone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// roughly says a time in its largest unit.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d seconds", max(0, int(d.Seconds())))
}
