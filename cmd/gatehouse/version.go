package main

import (
	"fmt"

	"gatehouse/rules"
	"gatehouse/training"
)

// versionCmd prints what this program is.
type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

// versionJSON is what version prints with --json.
type versionJSON struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source; empty: not known
	Go       string `json:"go"`
	Model    string `json:"model"` // the built-in one
	Rules    string `json:"rules"` // the built-in book
}

// Run prints the program's version and those of what is built into it.
func (c versionCmd) Run(a *app) error {
	var v versionJSON
	v.Version, v.Revision, v.Go = buildInfo()
	starter, err := training.Starter()
	if err != nil {
		return fmt.Errorf("load starter model: %w", err)
	}
	book, err := rules.BuiltIn()
	if err != nil {
		return err
	}
	v.Model, v.Rules = starter.Version(), book.Version()
	if c.JSON {
		return printJSON(a.stdout, v)
	}
	_, err = fmt.Fprintf(a.stdout, "gatehouse %s %s\nbuilt with %s\nmodel %s, rules %s\n", v.Version, v.Revision, v.Go, v.Model, v.Rules)
	return err
}
