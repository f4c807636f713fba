package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"gatehouse/internal/moderation"
)

// tokensCmd are the commands on API tokens.
type tokensCmd struct {
	Add    tokensAddCmd    `cmd:"" help:"Make a token of a blog and print it, once."`
	List   tokensListCmd   `cmd:"" help:"List the tokens, without their secrets."`
	Revoke tokensRevokeCmd `cmd:"" help:"End a token at once."`
}

type tokensAddCmd struct {
	databaseFlags
	Site string `arg:"" help:"The blog's name."`
	Name string `default:"api" help:"What to call the token (${default}); its decisions carry this name."`
	JSON bool   `help:"Print JSON."`
}

// tokenJSON is a token as the commands print it.
type tokenJSON struct {
	Site      string    `json:"site"`
	Name      string    `json:"name"`
	Token     string    `json:"token,omitempty"` // only when it is made
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"` // to the minute
}

func newTokenJSON(t moderation.Token) tokenJSON {
	return tokenJSON{Site: t.SiteName, Name: t.Name, CreatedAt: t.CreatedAt.UTC(), UsedAt: t.UsedAt}
}

// Run makes the token and prints it.
func (c *tokensAddCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	site, err := db.Site(a.ctx, c.Site)
	if err != nil {
		return err
	}
	token, secret, err := db.AddToken(a.ctx, site, c.Name)
	switch {
	case errors.Is(err, moderation.ErrInvalid):
		return usageError{err}
	case errors.Is(err, moderation.ErrExists):
		return fmt.Errorf("%w; choose another --name, or end that one: gatehouse tokens revoke %s %s", err, site.Name, c.Name)
	case err != nil:
		return err
	}
	if c.JSON {
		out := newTokenJSON(token)
		out.Token = secret.Reveal()
		return printJSON(a.stdout, out)
	}
	fmt.Fprintln(a.stdout, secret.Reveal())
	fmt.Fprintf(a.stderr, "this is token %s of site %s; keep it, for it can't be shown again\n", token.Name, site.Name)
	return nil
}

type tokensListCmd struct {
	databaseFlags
	JSON bool `help:"Print JSON."`
}

// Run lists the tokens.
func (c *tokensListCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // nothing was written
	tokens, err := db.Tokens(a.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		list := make([]tokenJSON, 0, len(tokens))
		for _, t := range tokens {
			list = append(list, newTokenJSON(t))
		}
		return printJSON(a.stdout, list)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tNAME\tCREATED\tLAST USED")
	for _, t := range tokens {
		used := "never"
		if !t.UsedAt.IsZero() {
			used = t.UsedAt.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.SiteName, t.Name, t.CreatedAt.Format(time.RFC3339), used)
	}
	return w.Flush()
}

type tokensRevokeCmd struct {
	databaseFlags
	Site string `arg:"" help:"The blog's name."`
	Name string `arg:"" help:"The token's name."`
}

// Run ends the token.
func (c *tokensRevokeCmd) Run(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	site, err := db.Site(a.ctx, c.Site)
	if err != nil {
		return err
	}
	if err := db.RevokeToken(a.ctx, site, c.Name); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "revoked token %s of site %s\n", c.Name, site.Name)
	return nil
}
