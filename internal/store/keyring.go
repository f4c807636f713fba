package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/moderation"
)

// keySize is the length of the key and of what is derived from it, in bytes.
const keySize = 32

// keyring seals secrets and hashes what must not be kept in clear. Both keys are
// derived (HKDF-SHA-256, RFC 5869) from the one in the key file.
type keyring struct {
	seal cipher.AEAD
	hash []byte
	// kept has the hashes of the one author that is asked about, by their kinds,
	// where nothing else is known of one; nil: they are made of the values.
	kept map[string][]byte
}

// openKeyring reads the key file, and makes it where there is none. Where there
// is a database already it must hold its key, as backups do: with a new one
// nothing that the database holds could be read.
func openKeyring(ctx context.Context, path, database string) (keyring, error) {
	if !exists(path) {
		key := newKey()
		if exists(database) {
			var err error
			if key, err = heldKey(ctx, database); err != nil {
				return keyring{}, err
			}
			if key == "" {
				return keyring{}, fmt.Errorf("open key file: %s is missing, and the database beside it can't be read without: restore it from the backup", path)
			}
		}
		if err := makeKeyFile(path, key); err != nil {
			return keyring{}, fmt.Errorf("make key file: %w", err)
		}
	}
	_, keys, err := readKeyFile(path)
	return keys, err
}

// readKeyFile returns what a key file holds, and the keys that are derived of it.
func readKeyFile(path string) (string, keyring, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", keyring{}, fmt.Errorf("open key file: %w", err)
	}
	keys, err := parseKey(string(content))
	if err != nil {
		return "", keyring{}, fmt.Errorf("open key file: %s %w: restore it from the backup", path, err)
	}
	return string(content), keys, nil
}

// parseKey derives the keys of what a key file holds.
func parseKey(content string) (keyring, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(content))
	if err != nil || len(key) != keySize {
		return keyring{}, fmt.Errorf("is damaged (want %d bytes in base64)", keySize)
	}
	return newKeyring(key)
}

// newKey returns what a new key file holds.
func newKey() string {
	key := make([]byte, keySize)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key) + "\n"
}

func newKeyring(key []byte) (keyring, error) {
	sealing, err := hkdf.Key(sha256.New, key, nil, "gatehouse secrets at rest", keySize)
	if err != nil {
		return keyring{}, fmt.Errorf("derive key: %w", err)
	}
	hashing, err := hkdf.Key(sha256.New, key, nil, "gatehouse keyed hashes", keySize)
	if err != nil {
		return keyring{}, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return keyring{}, fmt.Errorf("derive key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return keyring{}, fmt.Errorf("derive key: %w", err)
	}
	return keyring{seal: aead, hash: hashing}, nil
}

// makeKeyFile writes a key file. It appears whole or not at all, and readable by
// its owner only; of two processes one wins, and both use its key.
func makeKeyFile(path, content string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), keyFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // it is only a second name
	_, err = temp.WriteString(content)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder outlive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// sealed encrypts a secret.
func (k keyring) sealed(s moderation.Secret) []byte {
	return k.seal.Seal(nil, nil, []byte(s.Reveal()), nil)
}

// opened decrypts what sealed made.
func (k keyring) opened(sealed []byte) (moderation.Secret, error) {
	text, err := k.seal.Open(nil, nil, sealed, nil)
	if err != nil {
		return moderation.Secret{}, fmt.Errorf("decrypt secret: the key file %s is not the one of this database: %w", keyFile, err)
	}
	return moderation.NewSecret(string(text)), nil
}

// sealedAccount encrypts an account; nil for an empty one.
func (k keyring) sealedAccount(a moderation.Account) ([]byte, error) {
	if len(a) == 0 {
		return nil, nil
	}
	plain := make(map[string]string, len(a))
	for name, secret := range a {
		plain[name] = secret.Reveal()
	}
	encoded, err := json.Marshal(plain)
	if err != nil {
		return nil, fmt.Errorf("encode account: %w", err)
	}
	return k.sealed(moderation.NewSecret(string(encoded))), nil
}

// openedAccount decrypts what sealedAccount made.
func (k keyring) openedAccount(sealed []byte) (moderation.Account, error) {
	if sealed == nil {
		return nil, nil
	}
	encoded, err := k.opened(sealed)
	if err != nil {
		return nil, err
	}
	var plain map[string]string
	if json.Unmarshal([]byte(encoded.Reveal()), &plain) != nil {
		return nil, errors.New("decode account: it is damaged") // the cause would show it
	}
	a := make(moderation.Account, len(plain))
	for name, secret := range plain {
		a[name] = moderation.NewSecret(secret)
	}
	return a, nil
}

// digest is the keyed hash (HMAC-SHA-256, 16 bytes) of a value of some kind;
// nil for an empty value. Equal values of different kinds have different hashes.
func (k keyring) digest(kind, value string) []byte {
	if value == "" {
		return nil
	}
	if hash, ok := k.kept[kind]; ok {
		return hash
	}
	mac := hmac.New(sha256.New, k.hash)
	mac.Write([]byte(kind + "\x00" + value))
	return mac.Sum(nil)[:16]
}

// email is the keyed hash of an e-mail address; case does not count.
func (k keyring) email(address string) []byte {
	return k.digest("email", strings.ToLower(strings.TrimSpace(address)))
}

// cookie is the keyed hash of what a blog knows a browser by.
func (k keyring) cookie(value string) []byte { return k.digest("cookie", value) }

// agent is the keyed hash of what a browser calls itself.
func (k keyring) agent(name string) []byte { return k.digest("agent", name) }

// ip is the keyed hash of an address that tells one writer from others.
func (k keyring) ip(a netip.Addr) []byte {
	if !moderation.IsTelling(a) {
		return nil
	}
	return k.digest("ip", a.Unmap().String())
}

// ipRange is the keyed hash of the network in which an address stands: its /24,
// or its /64 for IPv6, which is what one household or server gets.
func (k keyring) ipRange(a netip.Addr) []byte {
	if !moderation.IsTelling(a) {
		return nil
	}
	a = a.Unmap()
	bits := 64
	if a.Is4() {
		bits = 24
	}
	prefix, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return nil
	}
	return k.digest("range", prefix.String())
}

// identity is the keyed hash of who wrote: what the platform vouches for, or
// e-mail and address together. A name alone is nobody: nil.
func (k keyring) identity(a moderation.Author) []byte {
	switch {
	case a.ID != "":
		return k.digest("identity", "id\x00"+a.ID)
	case a.Email != "" && moderation.IsTelling(a.IP):
		return k.digest("identity", "mail\x00"+strings.ToLower(strings.TrimSpace(a.Email))+"\x00"+a.IP.Unmap().String())
	}
	return nil
}
