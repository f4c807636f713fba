package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path"
	"path/filepath"
	"slices"
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
	if version > 0 {
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
