package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"gatehouse/internal/moderation"
)

// secretGrace is how long the former secret stays valid after a rotation.
const secretGrace = 24 * time.Hour

const (
	akismetKeyLength      = 16
	shortAkismetKeyLength = 12
	akismetKeyAlphabet    = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// AddSite makes a site with a secret and an Akismet key of its own. Used are
// its Name, Platform, Callback and Mode. A name in use gives ErrExists.
func (db *DB) AddSite(ctx context.Context, s moderation.Site) (moderation.Site, error) {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`).MatchString(s.Name) {
		return moderation.Site{}, fmt.Errorf("add site: %w: name %q: use a-z, 0-9, - and _, at most 63, the first a letter or digit",
			moderation.ErrInvalid, s.Name)
	}
	key, now := newAkismetKey(), db.now()
	err := db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			INSERT INTO sites (name, platform, callback, mode, akismet_key, akismet_key_hash, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			s.Name, s.Platform, s.Callback, s.Mode, db.keys.sealed(key), db.keys.digest("akismet", key.Reveal()), now.UnixMilli())
		if isUnique(err) {
			return fmt.Errorf("%w: there is a site called %q", moderation.ErrExists, s.Name)
		}
		if err != nil {
			return err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		return db.insertSecret(ctx, tx, moderation.SiteID(id), now)
	})
	if err != nil {
		return moderation.Site{}, fmt.Errorf("add site: %w", err)
	}
	return db.Site(ctx, s.Name)
}

// Site returns the site called name with the secrets that are valid,
// newest first; ErrNotFound where there is none.
func (db *DB) Site(ctx context.Context, name string) (moderation.Site, error) {
	sites, err := db.sites(ctx, `WHERE removed_at IS NULL AND name = ?`, name)
	if err != nil {
		return moderation.Site{}, err
	}
	if len(sites) == 0 {
		return moderation.Site{}, fmt.Errorf("%w: no site is called %q", moderation.ErrNotFound, name)
	}
	return sites[0], nil
}

// SiteByID is as Site, by number.
func (db *DB) SiteByID(ctx context.Context, id moderation.SiteID) (moderation.Site, error) {
	sites, err := db.sites(ctx, `WHERE removed_at IS NULL AND id = ?`, id)
	if err != nil {
		return moderation.Site{}, err
	}
	if len(sites) == 0 {
		return moderation.Site{}, fmt.Errorf("%w: no site has the number %d", moderation.ErrNotFound, id)
	}
	return sites[0], nil
}

// SiteByAkismetKey is as Site, by the key that Akismet's clients use, in either
// form: see [moderation.Site.ShortAkismetKey].
func (db *DB) SiteByAkismetKey(ctx context.Context, key moderation.Secret) (moderation.Site, error) {
	if len(key.Reveal()) == shortAkismetKeyLength {
		return db.siteByShortAkismetKey(ctx, key)
	}
	sites, err := db.sites(ctx, `WHERE removed_at IS NULL AND akismet_key_hash = ?`, db.keys.digest("akismet", key.Reveal()))
	if err != nil {
		return moderation.Site{}, err
	}
	if len(sites) == 0 {
		return moderation.Site{}, fmt.Errorf("%w: no site has this key", moderation.ErrNotFound)
	}
	return sites[0], nil
}

// siteByShortAkismetKey looks through all sites: there are few, and the short key
// is kept nowhere.
func (db *DB) siteByShortAkismetKey(ctx context.Context, key moderation.Secret) (moderation.Site, error) {
	rows, err := db.reader.QueryContext(ctx, `SELECT id, akismet_key FROM sites WHERE removed_at IS NULL`)
	if err != nil {
		return moderation.Site{}, fmt.Errorf("read sites: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var found moderation.SiteID
	for rows.Next() {
		var s moderation.Site
		var sealed []byte
		if err := rows.Scan(&s.ID, &sealed); err != nil {
			return moderation.Site{}, fmt.Errorf("read sites: %w", err)
		}
		if s.AkismetKey, err = db.keys.opened(sealed); err != nil {
			return moderation.Site{}, fmt.Errorf("read sites: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(s.ShortAkismetKey().Reveal()), []byte(key.Reveal())) == 1 {
			found = s.ID
		}
	}
	if err := rows.Err(); err != nil {
		return moderation.Site{}, fmt.Errorf("read sites: %w", explain(err))
	}
	if found == 0 {
		return moderation.Site{}, fmt.Errorf("%w: no site has this key", moderation.ErrNotFound)
	}
	return db.SiteByID(ctx, found)
}

// Sites returns all sites in the order of their names.
func (db *DB) Sites(ctx context.Context) ([]moderation.Site, error) {
	return db.sites(ctx, `WHERE removed_at IS NULL ORDER BY name`)
}

// UpdateSite writes all settings of the site with s.ID, its name apart.
func (db *DB) UpdateSite(ctx context.Context, s moderation.Site) error {
	account, err := db.keys.sealedAccount(s.Account)
	if err != nil {
		return fmt.Errorf("update site: %w", err)
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE sites SET platform = ?, callback = ?, account = ?, mode = ?, hold_spam = ?, hold_abuse = ?, audit = ?,
			                 trust_after = ?, hold_first = ?, auto_strict = ?, destination = ?
			WHERE id = ?`,
			s.Platform, s.Callback, account, s.Mode, s.Thresholds.Spam, s.Thresholds.Abuse, s.Audit, s.TrustAfter, s.HoldFirst, s.AutoStrict.String(), s.Cards.String(), s.ID)
		if err != nil {
			return fmt.Errorf("update site: %w", explain(err))
		}
		return nil
	})
}

// RemoveSite hides the site and frees its name. Its comments and decisions
// stay; what waits to be sent to it is given up on, and its account and the
// versions of its model go.
func (db *DB) RemoveSite(ctx context.Context, id moderation.SiteID) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for _, stmt := range []string{
			`UPDATE sites SET removed_at = ?1, account = NULL WHERE id = ?2 AND removed_at IS NULL`,
			`UPDATE cases SET state = 'withdrawn', closed_at = ?1, version = version + 1
			 WHERE state = 'open' AND comment_id IN (SELECT id FROM comments WHERE site_id = ?2)`,
			`UPDATE deliveries SET state = 'overtaken', last_error = 'the site was removed'
			 WHERE state IN ('pending', 'failed') AND kind = 'callback' AND site_id = ?2`,
			insertCards + `'case:' || k.id, c.site_id, json_object('case', k.id), ?1, ?1
			 FROM cases k JOIN comments c ON c.id = k.comment_id
			 WHERE c.site_id = ?2 AND EXISTS (SELECT 1 FROM cards WHERE cards.case_id = k.id AND cards.version < k.version)` +
				againIfWaiting,
			`DELETE FROM promotions WHERE site_id = ?2`,
			`DELETE FROM models WHERE site_id = ?2`,
		} {
			if _, err := tx.ExecContext(ctx, stmt, db.now().UnixMilli(), id); err != nil {
				return fmt.Errorf("remove site: %w", explain(err))
			}
		}
		return nil
	})
}

// RotateSecret gives the site a new secret. The former one stays valid for a
// day, so that the blog can be changed over without losing a comment.
func (db *DB) RotateSecret(ctx context.Context, id moderation.SiteID) error {
	now := db.now()
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE site_secrets SET retires_at = ? WHERE site_id = ? AND retires_at IS NULL`,
			now.Add(secretGrace).UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("rotate secret: %w", explain(err))
		}
		return db.insertSecret(ctx, tx, id, now)
	})
}

func (db *DB) insertSecret(ctx context.Context, tx *sql.Tx, id moderation.SiteID, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO site_secrets (site_id, secret, created_at) VALUES (?, ?, ?)`,
		id, db.keys.sealed(newSecret()), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("store secret: %w", explain(err))
	}
	return nil
}

func (db *DB) sites(ctx context.Context, where string, args ...any) (sites []moderation.Site, err error) {
	err = db.glances.do(ctx, func(tx *sql.Tx) error {
		sites, err = db.sitesIn(context.WithoutCancel(ctx), tx, where, args...)
		return err
	})
	return sites, err
}

func (db *DB) sitesIn(ctx context.Context, q querier, where string, args ...any) ([]moderation.Site, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT id, name, platform, callback, mode, hold_spam, hold_abuse, audit, trust_after, hold_first, auto_strict, destination, akismet_key, account, created_at
		FROM sites `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", explain(err))
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var sites []moderation.Site
	for rows.Next() {
		var s moderation.Site
		var sealedKey, sealedAccount []byte
		var autoStrict, destination string
		var created sql.NullInt64
		if err := rows.Scan(&s.ID, &s.Name, &s.Platform, &s.Callback, &s.Mode,
			&s.Thresholds.Spam, &s.Thresholds.Abuse, &s.Audit, &s.TrustAfter, &s.HoldFirst, &autoStrict, &destination, &sealedKey, &sealedAccount, &created); err != nil {
			return nil, fmt.Errorf("read sites: %w", err)
		}
		s.CreatedAt = moment(created)
		if s.AutoStrict, err = moderation.ParseAutoStrict(autoStrict); err != nil {
			return nil, fmt.Errorf("read site %s: %w", s.Name, err)
		}
		if s.Cards, err = moderation.ParseDestination(destination); err != nil {
			return nil, fmt.Errorf("read site %s: %w", s.Name, err)
		}
		if s.AkismetKey, err = db.keys.opened(sealedKey); err != nil {
			return nil, fmt.Errorf("read site %s: %w", s.Name, err)
		}
		if s.Account, err = db.keys.openedAccount(sealedAccount); err != nil {
			return nil, fmt.Errorf("read site %s: %w", s.Name, err)
		}
		sites = append(sites, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read sites: %w", explain(err))
	}
	for i := range sites {
		if sites[i].Secrets, err = db.secrets(ctx, q, sites[i].ID); err != nil {
			return nil, fmt.Errorf("read site %s: %w", sites[i].Name, err)
		}
	}
	return sites, nil
}

// secrets returns the secrets of a site that are valid, newest first.
func (db *DB) secrets(ctx context.Context, q querier, id moderation.SiteID) ([]moderation.Secret, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT secret FROM site_secrets
		WHERE site_id = ? AND (retires_at IS NULL OR retires_at > ?)
		ORDER BY id DESC`, id, db.now().UnixMilli())
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var secrets []moderation.Secret
	for rows.Next() {
		var sealed []byte
		if err := rows.Scan(&sealed); err != nil {
			return nil, err
		}
		secret, err := db.keys.opened(sealed)
		if err != nil {
			return nil, err
		}
		secrets = append(secrets, secret)
	}
	return secrets, rows.Err()
}

// newSecret makes a secret in the form of Standard Webhooks.
func newSecret() moderation.Secret {
	key := make([]byte, keySize)
	rand.Read(key)
	return moderation.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(key))
}

// newAkismetKey makes a key in the form that Akismet's clients expect; it may
// stand as a label of a host name.
func newAkismetKey() moderation.Secret {
	random := make([]byte, akismetKeyLength)
	var key strings.Builder
	for key.Len() < akismetKeyLength {
		rand.Read(random)
		for _, b := range random {
			// Bytes beyond the last whole multiple would favour the first letters.
			if int(b) < 256-256%len(akismetKeyAlphabet) && key.Len() < akismetKeyLength {
				key.WriteByte(akismetKeyAlphabet[int(b)%len(akismetKeyAlphabet)])
			}
		}
	}
	return moderation.NewSecret(key.String())
}

func isUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}
