package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

// read runs f on one state of the database. It is no transaction of package sql: that
// would have a goroutine wait for the end of each question's rows, which costs as much
// as a short question does.
func (db *DB) read(ctx context.Context, f func(querier) error) error {
	conn, err := db.reader.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", explain(err))
	}
	defer conn.Close() //nolint:errcheck // it only goes back to the pool
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return fmt.Errorf("begin transaction: %w", explain(err))
	}
	defer endReading(ctx, conn)
	return f(conn)
}

// endReading ends the transaction of a connection. One that can't is used no more: it
// would see the state of now for ever.
func endReading(ctx context.Context, conn *sql.Conn) {
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`); err != nil {
		conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // it is what closes it
	}
}

// brief is a querier for short questions. They are asked to their end, for that a context
// may end costs each as much as the question; none is begun when it has ended.
type brief struct{ querier }

// brief returns a querier for short questions each of which sees the state of its time.
func (db *DB) brief() brief { return brief{db.reader} }

// QueryContext implements querier.
func (b brief) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return b.querier.QueryContext(toItsEnd(ctx), query, args...)
}

// QueryRowContext implements querier.
func (b brief) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return b.querier.QueryRowContext(toItsEnd(ctx), query, args...)
}

// toItsEnd is a context for what is done to its end if it is begun.
func toItsEnd(ctx context.Context) context.Context {
	if ctx.Err() != nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}
