package main

import (
	"fmt"
	"runtime/debug"
)

// versionCmd prints what this program is.
type versionCmd struct{}

// Run prints the module's version and the commit that it was built from.
func (versionCmd) Run(a *app) error {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(a.stdout, "gatehouse %s%s\n", version, revision)
	return err
}
