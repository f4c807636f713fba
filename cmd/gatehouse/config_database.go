package main

import "strconv"

// databaseConfig is how the service writes to its database.
type databaseConfig struct {
	// CommitEach has each comment be written by itself, for comparisons; by default
	// what comes at the same time shares one commit.
	CommitEach bool `yaml:"commit_each" json:"commit_each"`
}

// readEnvironment lets variables override d.
func (d *databaseConfig) readEnvironment(lookup func(string) (string, bool)) error {
	value, ok := lookup("GATEHOUSE_DATABASE_COMMIT_EACH")
	if !ok || value == "" {
		return nil
	}
	var err error
	if d.CommitEach, err = strconv.ParseBool(value); err != nil {
		return usagef("read GATEHOUSE_DATABASE_COMMIT_EACH: %q is neither true nor false", value)
	}
	return nil
}
