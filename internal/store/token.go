package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// tokenPrefix tells people, and programs that look for leaked secrets, whose
// token it is.
const tokenPrefix = "gh_"

// usedToThe is how exactly the last use of a token is kept: not every request is
// worth a write.
const usedToThe = time.Minute

// AddToken makes a token of a site and returns it with its secret, which can't be
// read again. A name in use gives ErrExists.
func (db *DB) AddToken(ctx context.Context, site moderation.Site, name string) (moderation.Token, moderation.Secret, error) {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`).MatchString(name) {
		return moderation.Token{}, moderation.Secret{}, fmt.Errorf("add token: %w: name %q: use letters, digits, ., - and _, at most 63, the first a letter or digit",
			moderation.ErrInvalid, name)
	}
	t, secret := moderation.Token{Site: site.ID, SiteName: site.Name, Name: name, CreatedAt: db.now()}, newToken()
	err := db.write(ctx, func(tx *sql.Tx) error {
		if err := isThere(ctx, tx, site); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO tokens (site_id, name, hash, created_at) VALUES (?, ?, ?, ?)`,
			site.ID, name, db.keys.digest("token", secret.Reveal()), t.CreatedAt.UnixMilli())
		if isUnique(err) {
			return fmt.Errorf("%w: site %s has a token called %q", moderation.ErrExists, site.Name, name)
		}
		if err != nil {
			return explain(err)
		}
		t.ID, err = res.LastInsertId()
		return err
	})
	if err != nil {
		return moderation.Token{}, moderation.Secret{}, fmt.Errorf("add token: %w", err)
	}
	return t, secret, nil
}

// newToken makes the secret of a token: 256 random bits.
func newToken() moderation.Secret {
	random := make([]byte, keySize)
	rand.Read(random)
	return moderation.NewSecret(tokenPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random)))
}

// Token returns the token with a secret and notes that it was used; ErrNotFound
// where there is none, it was revoked, or its site is gone. It is found by its
// hash, so the time that takes says nothing of the secret.
func (db *DB) Token(ctx context.Context, secret moderation.Secret) (moderation.Token, error) {
	found, err := db.tokens(ctx, `AND t.hash = ?`, db.keys.digest("token", secret.Reveal()))
	if err != nil {
		return moderation.Token{}, err
	}
	if len(found) == 0 {
		return moderation.Token{}, fmt.Errorf("%w: no token has this secret", moderation.ErrNotFound)
	}
	t, now := found[0], db.now()
	if idle := now.Sub(t.UsedAt); idle >= 0 && idle < usedToThe {
		return t, nil
	}
	if _, err := db.writeOne(ctx, `UPDATE tokens SET used_at = ? WHERE id = ?`, now.UnixMilli(), t.ID); err != nil {
		return t, fmt.Errorf("note use of token %s: %w", t.Name, explain(err))
	}
	return t, nil
}

// Tokens returns the tokens that are valid, by site and name.
func (db *DB) Tokens(ctx context.Context) ([]moderation.Token, error) {
	return db.tokens(ctx, `ORDER BY s.name, t.name`)
}

// RevokeToken ends a token; ErrNotFound.
func (db *DB) RevokeToken(ctx context.Context, site moderation.Site, name string) error {
	n, err := db.writeOne(ctx, `UPDATE tokens SET revoked_at = ? WHERE site_id = ? AND name = ? AND revoked_at IS NULL`,
		db.now().UnixMilli(), site.ID, name)
	if err != nil {
		return fmt.Errorf("revoke token: %w", explain(err))
	}
	if n == 0 {
		return fmt.Errorf("revoke token: %w: site %s has no token called %q; see `gatehouse tokens list`", moderation.ErrNotFound, site.Name, name)
	}
	return nil
}

// tokens returns the valid tokens that also fits.
func (db *DB) tokens(ctx context.Context, also string, args ...any) ([]moderation.Token, error) {
	rows, err := db.reader.QueryContext(ctx, `
		SELECT t.id, t.site_id, s.name, t.name, t.created_at, t.used_at
		FROM tokens t
		JOIN sites s ON s.id = t.site_id
		WHERE t.revoked_at IS NULL AND s.removed_at IS NULL `+also, args...)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var list []moderation.Token
	for rows.Next() {
		var t moderation.Token
		var created, used sql.NullInt64
		if err := rows.Scan(&t.ID, &t.Site, &t.SiteName, &t.Name, &created, &used); err != nil {
			return nil, fmt.Errorf("read tokens: %w", err)
		}
		t.CreatedAt, t.UsedAt = moment(created), moment(used)
		list = append(list, t)
	}
	return list, rows.Err()
}
