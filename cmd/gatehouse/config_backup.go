package main

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// defaultWarnAfter is after how long without a backup doctor says so.
const defaultWarnAfter = "48h"

// backupConfig is what the configuration says of backups.
type backupConfig struct {
	// Passphrase encrypts each backup; empty: they are not encrypted.
	Passphrase     string `yaml:"passphrase" json:"passphrase"`
	PassphraseFile string `yaml:"passphrase_file" json:"passphrase_file"`
	// WarnAfter is how old the newest backup may be, or off.
	WarnAfter string `yaml:"warn_after" json:"warn_after"`
	// SkipUpgradeCopy leaves out the copy that is made before the schema is brought up
	// to date.
	SkipUpgradeCopy bool `yaml:"skip_upgrade_copy" json:"skip_upgrade_copy"`
}

// readEnvironment lets the environment's variables override b.
func (b *backupConfig) readEnvironment(lookup func(string) (string, bool)) error {
	if value, ok := lookup("GATEHOUSE_BACKUP_PASSPHRASE_FILE"); ok && value != "" {
		b.Passphrase = "" // the variable wins over the file's passphrase
	}
	for name, target := range map[string]*string{"GATEHOUSE_BACKUP_PASSPHRASE": &b.Passphrase,
		"GATEHOUSE_BACKUP_PASSPHRASE_FILE": &b.PassphraseFile, "GATEHOUSE_BACKUP_WARN_AFTER": &b.WarnAfter} {
		if value, ok := lookup(name); ok && value != "" {
			*target = value
		}
	}
	if value, ok := lookup("GATEHOUSE_BACKUP_SKIP_UPGRADE_COPY"); ok && value != "" {
		var err error
		if b.SkipUpgradeCopy, err = strconv.ParseBool(value); err != nil {
			return usagef("read GATEHOUSE_BACKUP_SKIP_UPGRADE_COPY: %q is neither true nor false", value)
		}
	}
	return nil
}

// read reads the passphrase's file, and checks what would fail later.
func (b *backupConfig) read() error {
	b.WarnAfter = cmp.Or(b.WarnAfter, defaultWarnAfter)
	if err := readSecretFile(&b.Passphrase, b.PassphraseFile); err != nil {
		return usagef("read passphrase of backups: %w", err)
	}
	_, err := b.warnAfter()
	return err
}

// warnAfter returns how old the newest backup may be; 0: however old.
func (b *backupConfig) warnAfter() (time.Duration, error) {
	if b.WarnAfter == "off" {
		return 0, nil
	}
	after, err := moderation.ParseSpan(b.WarnAfter)
	if err == nil && after <= 0 {
		err = fmt.Errorf("%s is not above 0", after)
	}
	if err != nil {
		return 0, usagef("read GATEHOUSE_BACKUP_WARN_AFTER (backup.warn_after): %q is neither a time such as 48h or 7d nor off", b.WarnAfter)
	}
	return after, nil
}

// upgrade says how a database of an older schema is brought up to date.
func (b *backupConfig) upgrade(a *app) store.Upgrade {
	return store.Upgrade{SkipCopy: b.SkipUpgradeCopy, Tell: func(says string) { fmt.Fprintf(a.stderr, "gatehouse: %s\n", says) }}
}
