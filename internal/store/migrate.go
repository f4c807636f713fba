package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"gatehouse/internal/moderation"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrate brings the schema up to date, each migration in a transaction of its
// own, after a copy of a database that is not new. The schema's version is how
// many migrations have run, in SQLite's user_version.
func (db *DB) migrate(ctx context.Context, u Upgrade) error {
	scripts, err := migrations()
	if err != nil {
		return err
	}
	version, err := knownSchema(ctx, db.writer)
	if err != nil {
		return err
	}
	if version == len(scripts) {
		return nil
	}
	if version > 0 && !u.Locked {
		release, err := lockToMigrate(ctx, filepath.Dir(db.path))
		if err != nil {
			return err
		}
		defer release() //nolint:errcheck // the end of the process releases it too
		if version, err = knownSchema(ctx, db.writer); err != nil {
			return err
		}
	}
	if version > 0 && version < len(scripts) {
		if err := u.copyBefore(ctx, db.path, version, len(scripts)); err != nil {
			return err
		}
	}
	for i := version; i < len(scripts); i++ {
		if err := db.migrateTo(ctx, i+1, scripts[i]); err != nil {
			return fmt.Errorf("bring schema to version %d: %w", i+1, err)
		}
	}
	_, err = RemoveUpgradeCopies(filepath.Dir(db.path), copiesKept)
	return err
}

// migrationLooks is how often the lock is tried, 50 ms apart: another command may be
// about to bring the schema up to date.
const migrationLooks = 60

// lockToMigrate keeps a service from running while the schema changes: an older program
// would go on with a schema that it does not know.
func lockToMigrate(ctx context.Context, dir string) (release func() error, err error) {
	for range migrationLooks {
		if release, err = Lock(dir); !errors.Is(err, moderation.ErrExists) {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil, fmt.Errorf("bring schema up to date: %w: a service of an older program runs on it; restart that with this program, which brings the database up to date, and try again", moderation.ErrExists)
}

// migrateTo runs the script that makes version n, unless another process has
// been quicker.
func (db *DB) migrateTo(ctx context.Context, n int, script string) error {
	return db.writeAlone(ctx, func(tx *sql.Tx) error {
		version, err := schemaVersion(ctx, tx)
		if err != nil || version >= n {
			return err
		}
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, n))
		return err
	})
}

// knownSchema returns the version of a database's schema, and refuses one that is
// newer than the program.
func knownSchema(ctx context.Context, q querier) (int, error) {
	scripts, err := migrations()
	if err != nil {
		return 0, err
	}
	version, err := schemaVersion(ctx, q)
	if err == nil && version > len(scripts) {
		err = fmt.Errorf("its schema has version %d and this program knows versions up to %d: use a newer gatehouse, or restore a backup made with this one",
			version, len(scripts))
	}
	return version, err
}

func schemaVersion(ctx context.Context, q querier) (version int, err error) {
	err = q.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version)
	return version, err
}

// migrations returns the scripts in the order of their names.
func migrations() ([]string, error) {
	entries, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	scripts := make([]string, 0, len(names))
	for _, name := range names {
		script, err := migrationFiles.ReadFile(path.Join("migrations", name))
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		scripts = append(scripts, string(script))
	}
	return scripts, nil
}
