package main

import (
	"fmt"
	"io"
	"os"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// restoreCmd makes a data folder of a backup.
type restoreCmd struct {
	databaseFlags
	passphraseFlags
	JSON bool   `help:"Print JSON."`
	File string `arg:"" help:"Backup to restore; - for standard input."`
}

// Help says what is checked.
func (restoreCmd) Help() string {
	return `The backup is decrypted and checked: it is whole, its rows fit together, and its key opens its secrets. Only then it becomes the database. The data folder must hold none yet, and no service may run on it.`
}

// Run restores the backup.
func (c *restoreCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	from, closeFile, err := openBackup(a, c.File)
	if err != nil {
		return err
	}
	defer closeFile() //nolint:errcheck // it was read
	contents, err := store.Restore(a.ctx, conf.Data, a.now, func(to io.Writer) error {
		return unpack(a, c.passphraseFlags, conf, from, to)
	})
	if err != nil {
		return a.interrupted(err, "nothing was restored")
	}
	out := newContentsOutput(contents)
	if c.JSON {
		return printJSON(a.stdout, struct {
			Data string `json:"data"`
			contentsOutput
		}{conf.Data, out})
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s\nnext: gatehouse serve --data %s\n", conf.Data, out, conf.Data)
	return err
}

// backupFile is a backup that is read, and how long it is; 0: not known.
type backupFile struct {
	io.Reader
	size int64
}

// openBackup opens a backup, or standard input.
func openBackup(a *app, path string) (f backupFile, closeFile func() error, err error) {
	if path == toStdout {
		return backupFile{Reader: a.stdin}, func() error { return nil }, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return f, nil, fmt.Errorf("read backup: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", path)
	}
	if err != nil {
		file.Close()
		return f, nil, fmt.Errorf("read backup: %w", err)
	}
	return backupFile{file, info.Size()}, file.Close, nil
}

// unpack writes what is in a backup, decrypted where it is encrypted.
func unpack(a *app, flags passphraseFlags, conf config, from backupFile, to io.Writer) error {
	p := a.progress("reading")
	defer p.close()
	read := &watched{ctx: a.ctx, from: from, tell: func(n int64) { p.bytes(n, from.size) }}
	plain, err := decrypted(read, func() (moderation.Secret, error) {
		passphrase, err := flags.passphrase(conf)
		if err != nil || !passphrase.IsZero() {
			return passphrase, err
		}
		return a.askPassphrase("of the backup", false)
	})
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, plain); err != nil {
		return fmt.Errorf("read backup: %w (the file is damaged or was cut off, if the disk is not full)", err)
	}
	return nil
}
