package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// ageBuilt is where `make counterparts` puts age and its plugin for passphrases that are
// not typed.
const ageBuilt = "../../.build/bin"

// TestBackupsOfARunningService takes backups while blogs, moderators, programs and
// commands use the service, and begins anew from each: everything that was promised before
// the backup began is there.
func TestBackupsOfARunningService(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short, and backups are taken under load")
	}
	t.Parallel()
	w := newCrashWorld(t)
	w.brief = true
	passphrase := w.p.writeFile("passphrase", "correct horse battery staple\n")
	w.p.start()
	w.work()
	plain, sealed := w.backUp("plain.db"), w.backUp("sealed.age", "--passphrase-file", passphrase)
	w.stopClients()
	w.stopPeople()
	if err := errors.Join(w.clients.Wait(), w.people.Wait()); err != nil {
		t.Fatal(err)
	}
	w.p.kill()

	t.Run("one file is copied", func(t *testing.T) {
		w.beginAnew(t, plain, func(p *process) error {
			if err := os.Mkdir(p.data, 0o700); err != nil {
				return err
			}
			return copyFile(plain.file, filepath.Join(p.data, "gatehouse.db"))
		})
	})
	t.Run("restored with a passphrase", func(t *testing.T) {
		w.beginAnew(t, sealed, func(p *process) error {
			_, stderr, err := p.run("restore", sealed.file, "--passphrase-file", passphrase)
			if err != nil {
				return fmt.Errorf("%w: %s", err, stderr)
			}
			return nil
		})
	})
	t.Run("decrypted by age", func(t *testing.T) {
		age := ageWith(t, "correct horse battery staple")
		w.beginAnew(t, sealed, func(p *process) error {
			if err := os.Mkdir(p.data, 0o700); err != nil {
				return err
			}
			return age("-d", "-j", "batchpass", "-o", filepath.Join(p.data, "gatehouse.db"), sealed.file)
		})
	})
}

// takenBackup is a backup, and what had been promised when it was begun.
type takenBackup struct {
	file     string
	promises []promise
	orders   []string
	taps     []answeredTap
}

// backUp takes a backup, again and again until comments were answered while it was taken.
func (w *crashWorld) backUp(name string, flags ...string) (b takenBackup) {
	w.t.Helper()
	b.file = filepath.Join(w.p.dir, name)
	until(w.t, "comments are answered while a backup is taken", func() bool {
		until(w.t, "comments are answered", func() bool { return w.load.answered() > len(b.promises)+30 })
		w.load.mu.Lock()
		b.promises, b.orders = slices.Clone(w.load.promises), slices.Clone(w.load.orders)
		w.load.mu.Unlock()
		b.taps = w.answeredTaps()
		w.p.must(append([]string{"backup", b.file, "--force"}, flags...)...)
		return w.load.answered() > len(b.promises)+1
	})
	return b
}

// beginAnew starts a program on the data folder that restore makes, and checks it.
func (w *crashWorld) beginAnew(t *testing.T, b takenBackup, restore func(*process) error) {
	t.Helper()
	p := newProcess(t)
	if err := restore(p); err != nil {
		t.Fatal(err)
	}
	again := &crashWorld{t: t, p: p, load: &crashLoad{p: p, sites: w.load.sites}, random: rand.New(rand.NewPCG(w.seed, 20))}
	p.start()
	db := again.open()
	defer db.Close()
	again.checkSums(db)
	again.checkVerdicts(db, b.promises)
	again.checkOrders(db, b.orders)
	again.checkTaps(db, b.taps)
	for _, first := range b.promises {
		again.sendAgain(first)
	}
	for _, s := range w.load.sites {
		status, _ := p.api(s.token, http.MethodGet, s.name+"/comments", "")
		if status != http.StatusOK {
			t.Errorf("the token of %s from before gets status %d", s.name, status)
		}
	}
	if status, _ := p.api("gh_none", http.MethodGet, w.load.sites[0].name+"/comments", ""); status != http.StatusUnauthorized {
		t.Errorf("a token that is none gets status %d", status)
	}
	p.must("doctor")
}

// ageWith returns what runs age with a passphrase.
func ageWith(t *testing.T, passphrase string) func(args ...string) error {
	t.Helper()
	folder, err := filepath.Abs(ageBuilt)
	if err != nil {
		t.Fatal(err)
	}
	if plugin, err := exec.LookPath("age-plugin-batchpass"); err == nil {
		folder = filepath.Dir(plugin)
	}
	age := filepath.Join(folder, "age")
	if !exists(age) || !exists(filepath.Join(folder, "age-plugin-batchpass")) {
		t.Skip("skipped: no age with its plugin batchpass: GATEHOUSE_TEST_INSTALL=1 make test installs them")
	}
	return func(args ...string) error {
		cmd := exec.CommandContext(t.Context(), age, args...)
		cmd.Env = append(os.Environ(), "PATH="+folder, "AGE_PASSPHRASE="+passphrase)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("age: %w: %s", err, out)
		}
		return nil
	}
}

// copyFile copies a file, as cp does.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
