package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// prepared is a pool that compiles each statement once for a connection: what is
// asked for every comment takes longer to compile than to run.
type prepared struct {
	pool       *sql.DB
	statements sync.Map // *sql.Stmt by its text
}

// statement returns the compiled form of a query.
func (p *prepared) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.statements.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, loaded := p.statements.LoadOrStore(query, s); loaded {
		return first.(*sql.Stmt), s.Close() //nolint:sqlclosecheck // it is the one too many
	}
	return s, nil
}

// QueryContext is as sql.DB's.
func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // close does
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// ExecContext is as sql.DB's.
func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // close does
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryRowContext is as sql.DB's.
func (p *prepared) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := p.statement(ctx, query) //nolint:sqlclosecheck // close does
	if err != nil {
		return p.pool.QueryRowContext(ctx, query, args...) // it has the same error in its row
	}
	return s.QueryRowContext(ctx, args...)
}

// in returns the pool within a transaction of it, from one state of the database.
func (p *prepared) in(tx *sql.Tx) *preparedTx { return &preparedTx{pool: p, tx: tx} }

// preparedTx is a transaction that uses the pool's statements. Those that the pool
// has not compiled yet it compiles for itself: the pool would need a second
// connection for that, and might have none while all are in transactions.
type preparedTx struct {
	pool   *prepared
	tx     *sql.Tx
	missed []string
}

// end ends the transaction, which only read, and has the pool compile what it did
// not have.
func (t *preparedTx) end(ctx context.Context) {
	_ = t.tx.Rollback()
	for _, query := range t.missed {
		_, _ = t.pool.statement(ctx, query) //nolint:sqlclosecheck // close does
	}
}

// statement returns the compiled form of a query, if the pool has it.
func (t *preparedTx) statement(ctx context.Context, query string) (*sql.Stmt, bool) {
	s, ok := t.pool.statements.Load(query)
	if !ok {
		t.missed = append(t.missed, query)
		return nil, false
	}
	return t.tx.StmtContext(ctx, s.(*sql.Stmt)), true
}

// QueryContext is as sql.Tx's.
func (t *preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s, ok := t.statement(ctx, query); ok { //nolint:sqlclosecheck // the transaction's end does
		return s.QueryContext(ctx, args...)
	}
	return t.tx.QueryContext(ctx, query, args...)
}

// QueryRowContext is as sql.Tx's.
func (t *preparedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s, ok := t.statement(ctx, query); ok { //nolint:sqlclosecheck // the transaction's end does
		return s.QueryRowContext(ctx, args...)
	}
	return t.tx.QueryRowContext(ctx, query, args...)
}

// close gives the statements back.
func (p *prepared) close() error {
	var errs []error
	for _, s := range p.statements.Range {
		errs = append(errs, s.(*sql.Stmt).Close())
	}
	return errors.Join(errs...)
}
