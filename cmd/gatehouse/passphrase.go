package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"golang.org/x/term"

	"gatehouse/internal/moderation"
)

// ageMagic is how each file begins that age has encrypted.
const ageMagic = "age-encryption.org/"

// errPassphrase is said of a passphrase that does not open a file.
var errPassphrase = errors.New("the passphrase does not open it; give the one that it was made with")

// passphraseFlags say by what a backup is encrypted.
type passphraseFlags struct {
	PassphraseFile string `placeholder:"FILE" help:"File whose content is the passphrase (GATEHOUSE_BACKUP_PASSPHRASE_FILE; GATEHOUSE_BACKUP_PASSPHRASE is the passphrase itself)."`
}

// passphrase returns the one of the flags or the configuration; the empty one for none.
func (f passphraseFlags) passphrase(c config) (moderation.Secret, error) {
	if f.PassphraseFile == "" {
		return moderation.NewSecret(c.Backup.Passphrase), nil
	}
	var secret string
	if err := readSecretFile(&secret, f.PassphraseFile); err != nil {
		return moderation.Secret{}, usagef("read passphrase: %w", err)
	}
	return moderation.NewSecret(secret), nil
}

// askPassphrase asks for a passphrase on the terminal, twice where it is a new one.
func (a *app) askPassphrase(what string, isNew bool) (moderation.Secret, error) {
	in, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return moderation.Secret{}, usagef("ask for a passphrase: this is not a terminal; give it by --passphrase-file FILE or GATEHOUSE_BACKUP_PASSPHRASE_FILE")
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(a.stderr, prompt)
		defer fmt.Fprintln(a.stderr)
		typed, err := term.ReadPassword(int(in.Fd()))
		if err != nil {
			return "", fmt.Errorf("ask for a passphrase: %w", err)
		}
		return string(typed), nil
	}
	first, err := ask("Passphrase " + what + ": ")
	if err != nil {
		return moderation.Secret{}, err
	}
	if first == "" {
		return moderation.Secret{}, usagef("ask for a passphrase: it is empty")
	}
	if isNew {
		second, err := ask("The same again: ")
		if err != nil {
			return moderation.Secret{}, err
		}
		if first != second {
			return moderation.Secret{}, usagef("ask for a passphrase: the two are not the same")
		}
	}
	return moderation.NewSecret(first), nil
}

// encrypt writes what from has to to, encrypted as age does with a passphrase.
func encrypt(to io.Writer, from io.Reader, passphrase moderation.Secret) error {
	recipient, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	sealed, err := age.Encrypt(to, recipient)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	if _, err := io.Copy(sealed, from); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	if err := sealed.Close(); err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	return nil
}

// decrypted returns what a backup holds: itself, or where it is encrypted what
// the passphrase opens, which ask returns.
func decrypted(file io.Reader, ask func() (moderation.Secret, error)) (io.Reader, error) {
	content := bufio.NewReader(file)
	if head, _ := content.Peek(len(ageMagic)); !bytes.Equal(head, []byte(ageMagic)) {
		return content, nil
	}
	passphrase, err := ask()
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	plain, err := age.Decrypt(content, identity)
	var wrong *age.NoIdentityMatchError
	switch {
	case errors.As(err, &wrong) || errors.Is(err, age.ErrIncorrectIdentity):
		return nil, errPassphrase
	case err != nil:
		return nil, fmt.Errorf("decrypt: %w (the file is damaged or was cut off)", err)
	}
	return plain, nil
}
