package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// toStdout is the name of the file that stands for standard output.
const toStdout = "-"

// backupCmd makes a copy of the database.
type backupCmd struct {
	databaseFlags
	passphraseFlags
	Encrypt bool   `help:"Encrypt the file with a passphrase, which is asked for where none is given."`
	Force   bool   `help:"Replace the file where there is one."`
	JSON    bool   `help:"Print JSON."`
	File    string `arg:"" help:"File to write; - for standard output."`
}

// Help says what comes out, and how it goes back.
func (backupCmd) Help() string {
	return `The file holds everything, the key included: whoever has it can read what the database holds and sign as its blogs, so encrypt it where others may come by it. It is checked before it gets its name, and readable by its owner only. The service goes on meanwhile.

gatehouse restore FILE makes a data folder of it; so does copying it into an empty one as gatehouse.db. An encrypted one is a file of age's: age -d opens it too. Rule books and the configuration are not in it.`
}

// backupOutput is what is said of a backup that was made.
type backupOutput struct {
	File      string    `json:"file"`
	Bytes     int64     `json:"bytes"`
	Encrypted bool      `json:"encrypted"`
	MadeAt    time.Time `json:"made_at"`
	contentsOutput
}

// contentsOutput is what a backup holds, as it is printed.
type contentsOutput struct {
	Schema    int       `json:"schema"`
	Sites     int       `json:"sites"`
	Comments  int       `json:"comments"`
	Decisions int       `json:"decisions"`
	Lessons   int       `json:"lessons"`
	Newest    time.Time `json:"newest,omitzero"` // when the newest comment came
}

func newContentsOutput(c store.Contents) contentsOutput {
	return contentsOutput{c.Schema, c.Sites, c.Comments, c.Decisions, c.Lessons, c.Newest}
}

// String says it for people.
func (c contentsOutput) String() string {
	s := fmt.Sprintf("%d blogs, %d comments, %d decisions, %d lessons", c.Sites, c.Comments, c.Decisions, c.Lessons)
	if !c.Newest.IsZero() {
		s += "; the newest comment came at " + c.Newest.Format(time.RFC3339)
	}
	return s
}

// Run makes the backup, and notes in the database that it was made.
func (c *backupCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	passphrase, err := c.passphrase(conf)
	if err == nil {
		err = c.mayWrite(a, conf.Data)
	}
	if err == nil && c.Encrypt && passphrase.IsZero() {
		passphrase, err = a.askPassphrase("of the backup", true)
	}
	if err != nil {
		return err
	}
	out, err := c.make(a, conf.Data, passphrase)
	if errors.Is(err, moderation.ErrNotFound) {
		return noData(conf.Data)
	}
	if err != nil {
		return a.interrupted(err, "no backup was made")
	}
	made := store.LastBackup{At: out.MadeAt, Path: out.File, Encrypted: out.Encrypted}
	if err := store.NoteBackup(a.ctx, conf.Data, made); err != nil {
		fmt.Fprintf(a.stderr, "warning: the backup is made, and doctor won't know of it: %v\n", err)
	}
	return c.tell(a, out)
}

// mayWrite refuses what must not be written to.
func (c *backupCmd) mayWrite(a *app, data string) error {
	if c.File == toStdout {
		if isTerminal(a.stdout) {
			return usagef("write backup: standard output is a terminal; send it to a file or a program")
		}
		return nil
	}
	info, err := os.Stat(c.File)
	if err == nil && info.IsDir() {
		return usagef("write backup: %s is a folder; name a file in it", c.File)
	}
	if err == nil && !c.Force {
		return fmt.Errorf("write backup: %w: %s is there already; --force replaces it", moderation.ErrExists, c.File)
	}
	folder, folderErr := os.Stat(filepath.Dir(c.File))
	if folderErr != nil {
		return fmt.Errorf("write backup: %w", folderErr)
	}
	if own, err := os.Stat(data); err == nil && os.SameFile(own, folder) {
		return usagef("write backup: %s lies in the data folder, and goes when that goes; choose another folder", c.File)
	}
	return nil
}

// make makes the backup under another name, checks it and gives it its own.
func (c *backupCmd) make(a *app, data string, passphrase moderation.Secret) (*backupOutput, error) {
	direct := c.File != toStdout && passphrase.IsZero()
	folder, name := data, "gatehouse.db.copy"
	var targets []string
	if c.File != toStdout {
		targets = append(targets, c.File)
	}
	defer beginCopy(a, data, targets...)()
	if direct {
		folder, name = filepath.Dir(c.File), filepath.Base(c.File)
	}
	if err := mayFit(folder, store.CopySize(data)); err != nil {
		return nil, err
	}
	plain, err := newFile(folder, name)
	if err != nil {
		if !exists(data) {
			return nil, moderation.ErrNotFound
		}
		return nil, fmt.Errorf("write backup: %w", err)
	}
	defer os.Remove(plain) //nolint:errcheck // with its name it is not there any more
	contents, err := c.copy(a, data, plain)
	if err != nil {
		return nil, err
	}
	out := &backupOutput{File: c.File, Encrypted: !passphrase.IsZero(), MadeAt: contents.MadeAt, contentsOutput: newContentsOutput(contents)}
	if out.File != toStdout {
		if out.File, err = filepath.Abs(c.File); err != nil {
			return nil, fmt.Errorf("write backup: %w", err)
		}
	}
	if direct {
		out.Bytes, err = sizeOf(plain)
		return out, errors.Join(err, c.place(plain))
	}
	out.Bytes, err = c.pass(a, plain, passphrase)
	return out, err
}

// beginCopy says that a copy is written, until end is called, and removes what earlier
// ones have left that were cut off.
func beginCopy(a *app, data string, targets ...string) (end func()) {
	removed, end, err := store.BeginCopy(data, targets...)
	for _, path := range removed {
		fmt.Fprintf(a.stderr, "removed what a backup that was cut off had left: %s\n", path)
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "warning: %v\n", err)
	}
	return end
}

// mayFit refuses to begin a file for which a folder has no room: one that is cut off for
// want of it takes the room from the service as well.
func mayFit(folder string, size int64) error {
	if room := store.FreeSpace(folder); room >= 0 && room < size {
		return fmt.Errorf("write backup: %s has room for %d MiB, and %d MiB are needed; make room, or write it to another disk (one that is encrypted, or goes to standard output, is copied in the data folder first)", folder, room>>20, size>>20+1)
	}
	return nil
}

// copy copies the database and checks the copy.
func (c *backupCmd) copy(a *app, data, to string) (store.Contents, error) {
	p := a.progress("copying")
	err := store.Backup(a.ctx, data, to, a.now, p.bytes)
	p.close()
	if err != nil {
		return store.Contents{}, err
	}
	return store.Inspect(a.ctx, to)
}

// pass writes a plain copy to where it belongs, encrypted if there is a
// passphrase, and returns how many bytes that made.
func (c *backupCmd) pass(a *app, plain string, passphrase moderation.Secret) (int64, error) {
	if c.File == toStdout {
		return send(a, plain, a.stdout, passphrase)
	}
	size, err := sizeOf(plain)
	if err == nil {
		err = mayFit(filepath.Dir(c.File), size+size/100)
	}
	if err != nil {
		return 0, err
	}
	temp, err := newFile(filepath.Dir(c.File), filepath.Base(c.File))
	if err != nil {
		return 0, fmt.Errorf("write backup: %w", err)
	}
	defer os.Remove(temp) //nolint:errcheck // with its name it is not there any more
	file, err := os.OpenFile(temp, os.O_WRONLY, 0)
	if err != nil {
		return 0, fmt.Errorf("write backup: %w", err)
	}
	n, err := send(a, plain, file, passphrase)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	return n, c.place(temp)
}

// send writes a file to to, encrypted if there is a passphrase, and returns how
// many bytes that made.
func send(a *app, path string, to io.Writer, passphrase moderation.Secret) (int64, error) {
	from, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("write backup: %w", err)
	}
	defer from.Close()
	size, err := sizeOf(path)
	if err != nil {
		return 0, fmt.Errorf("write backup: %w", err)
	}
	p := a.progress("writing")
	defer p.close()
	read := &watched{ctx: a.ctx, from: from, tell: func(n int64) { p.bytes(n, size) }}
	written := &sized{to: to}
	if passphrase.IsZero() {
		_, err = io.Copy(written, read)
	} else {
		err = encrypt(written, read, passphrase)
	}
	if err != nil {
		return written.n, fmt.Errorf("write backup: %w", err)
	}
	return written.n, nil
}

// place gives a file that is whole and on disk the name that was asked for.
func (c *backupCmd) place(temp string) error {
	err := giveName(temp, c.File, c.Force)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write backup: %w: %s is there already; --force replaces it", moderation.ErrExists, c.File)
	}
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// tell says what was made; where the backup itself went to standard output, beside
// it.
func (c *backupCmd) tell(a *app, out *backupOutput) error {
	if c.JSON && c.File != toStdout {
		return printJSON(a.stdout, out)
	}
	to, name := a.stdout, out.File
	if c.File == toStdout {
		to, name = a.stderr, "backup"
	}
	kind := "NOT encrypted, and the key is in it"
	if out.Encrypted {
		kind = "encrypted"
	}
	_, err := fmt.Fprintf(to, "%s: %.1f MiB, %s: %s\n", name, float64(out.Bytes)/(1<<20), kind, out.contentsOutput)
	return err
}
