package main

// cli is the command table: one field a command, one file a command.
type cli struct {
	Version versionCmd `cmd:"" help:"Print the version of the program and of what is built into it."`
}
