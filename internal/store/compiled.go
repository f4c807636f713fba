package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

const (
	// compiledMost is how many compiled statements a connection keeps.
	compiledMost = 300
	// compiledLongest is how long a statement may be that is kept, in bytes:
	// scripts are longer, and run once.
	compiledLongest = 8 << 10
)

// connector opens the connections of a pool. They compile each statement once:
// what is asked for every comment takes longer to compile than to run.
type connector struct {
	driver  driver.Driver
	address string
	// whole has each statement run to its end, even where its context ends: SQLite
	// rolls back the whole transaction, with what others wrote in it, when a
	// statement that writes is interrupted.
	whole bool
}

// Connect implements driver.Connector.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.address)
	if err != nil {
		return nil, err
	}
	able, ok := conn.(ableConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("open database: the driver's %T lacks a method", conn), conn.Close())
	}
	return &compiled{ableConn: able, whole: c.whole, idle: map[string]ableStmt{}}, nil
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return c.driver }

// ableConn is what the driver's connections can do.
type ableConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// ableStmt is what the driver's statements can do.
type ableStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// compiled is a connection that keeps its statements compiled. Package sql lets
// only one goroutine use it at a time.
type compiled struct {
	ableConn
	whole bool
	idle  map[string]ableStmt // by text, those that are not in use
}

// Close implements driver.Conn.
func (c *compiled) Close() error {
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.Close())
	}
	clear(c.idle)
	return errors.Join(append(errs, c.ableConn.Close())...)
}

// ExecContext implements driver.ExecerContext.
func (c *compiled) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(c.until(ctx), args)
	return result, errors.Join(err, c.give(query, s))
}

// QueryContext implements driver.QueryerContext.
func (c *compiled) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(c.until(ctx), args)
	if err != nil {
		return nil, errors.Join(err, c.give(query, s))
	}
	return &compiledRows{Rows: rows, conn: c, query: query, statement: s}, nil
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *compiled) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.compile(ctx, query)
	if err != nil {
		return nil, err
	}
	return &untilStmt{ableStmt: s, conn: c}, nil
}

// until returns the context with which a statement runs.
func (c *compiled) until(ctx context.Context) context.Context {
	if c.whole {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// take returns the compiled form of a query, for one use.
func (c *compiled) take(ctx context.Context, query string) (ableStmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return s, nil
	}
	return c.compile(ctx, query)
}

func (c *compiled) compile(ctx context.Context, query string) (ableStmt, error) {
	s, err := c.ableConn.PrepareContext(c.until(ctx), query)
	if err != nil {
		return nil, err
	}
	able, ok := s.(ableStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("compile statement: the driver's %T lacks a method", s), s.Close())
	}
	return able, nil
}

// give keeps a statement that is not in use any more.
func (c *compiled) give(query string, s ableStmt) error {
	if _, ok := c.idle[query]; ok || len(query) > compiledLongest {
		return s.Close()
	}
	if len(c.idle) >= compiledMost {
		for other, old := range c.idle { // any: there are fewer texts in the program
			delete(c.idle, other)
			if err := old.Close(); err != nil {
				return errors.Join(err, s.Close())
			}
			break
		}
	}
	c.idle[query] = s
	return nil
}

// compiledRows are rows whose statement is used again.
type compiledRows struct {
	driver.Rows
	conn      *compiled
	query     string
	statement ableStmt
}

// Close implements driver.Rows.
func (r *compiledRows) Close() error {
	err := r.Rows.Close()
	if s := r.statement; s != nil {
		r.statement = nil
		err = errors.Join(err, r.conn.give(r.query, s))
	}
	return err
}

// untilStmt is a statement that runs as long as its connection says.
type untilStmt struct {
	ableStmt
	conn *compiled
}

// ExecContext implements driver.StmtExecContext.
func (s *untilStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.ableStmt.ExecContext(s.conn.until(ctx), args)
}

// QueryContext implements driver.StmtQueryContext.
func (s *untilStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.ableStmt.QueryContext(s.conn.until(ctx), args)
}
