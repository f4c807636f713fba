package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// anyFile is what complete prints where the name of a file is to stand: the
// shell knows better which there are.
const anyFile = ":files"

// The scripts ask `gatehouse complete` with the words of the command line up to
// the cursor. Each line of the answer is a candidate, a tab and what it is.
var (
	//go:embed completion/gatehouse.bash
	bashScript string
	//go:embed completion/gatehouse.zsh
	zshScript string
	//go:embed completion/gatehouse.fish
	fishScript string
)

// completionCmd prints the script for a shell.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says where the script goes.
func (completionCmd) Help() string {
	return `bash: add  source <(gatehouse completion bash)  to ~/.bashrc.  zsh: add  source <(gatehouse completion zsh)  to ~/.zshrc, behind compinit.  fish: gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish`
}

// Run prints the script.
func (c *completionCmd) Run(a *app) error {
	script := map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[c.Shell]
	_, err := io.WriteString(a.stdout, script)
	return err
}

// completeCmd answers the scripts.
type completeCmd struct {
	Words []string `arg:"" optional:"" help:"The words behind the program's name; the last one may be begun, or empty."`
}

// Run prints what the last word may become. A line that is wrong already gets
// no answer.
func (c *completeCmd) Run(a *app, parsed *kong.Context) error {
	line := commandLine{at: parsed.Model.Node}
	last := ""
	if n := len(c.Words); n > 0 {
		for _, word := range c.Words[:n-1] {
			line.read(word)
		}
		last = c.Words[n-1]
	}
	for _, found := range line.complete(last) {
		if _, err := fmt.Fprintln(a.stdout, found); err != nil {
			return err
		}
	}
	return nil
}

// commandLine is how far a command line has been read.
type commandLine struct {
	at      *kong.Node  // the command
	args    int         // how many arguments of it there were
	pending *kong.Value // of a flag that waits for its value
	noFlags bool        // behind --
}

// read takes in a whole word. The shell may have split --flag=value in three.
func (l *commandLine) read(word string) {
	switch {
	case l.pending != nil:
		if word != "=" {
			l.pending = nil
		}
		return
	case l.noFlags:
		l.args++
		return
	case word == "--":
		l.noFlags = true
		return
	case strings.HasPrefix(word, "-") && !belowZero.MatchString(word):
		if flag := l.flag(word); flag != nil && !flag.IsBool() {
			l.pending = flag
		}
		return
	}
	for _, child := range l.at.Children {
		if child.Name == word {
			l.at, l.args = child, 0
			return
		}
	}
	l.args++
}

// flag returns the value of the flag that is written so, nil where there is none.
func (l *commandLine) flag(word string) *kong.Value {
	for _, f := range l.flags() {
		if "--"+f.Name == word {
			return f.Value
		}
	}
	return nil
}

// flags returns the flags that may be given here.
func (l *commandLine) flags() []*kong.Flag { return slices.Concat(l.at.AllFlags(true)...) }

// complete returns what a last word that is begun so may be.
func (l *commandLine) complete(begun string) []string {
	if l.pending != nil {
		return valuesOf(l.pending, "", strings.TrimPrefix(begun, "="))
	}
	if name, value, ok := strings.Cut(begun, "="); ok && !l.noFlags {
		if flag := l.flag(name); flag != nil {
			return valuesOf(flag, name+"=", value)
		}
	}
	if strings.HasPrefix(begun, "-") {
		return l.flagsFrom(begun)
	}
	var found []string
	for _, child := range l.at.Children {
		if !child.Hidden && l.args == 0 && strings.HasPrefix(child.Name, begun) {
			found = append(found, child.Name+"\t"+child.Help)
		}
	}
	positional := l.at.Positional
	switch n := len(positional); {
	case l.args < n:
		found = append(found, valuesOf(positional[l.args], "", begun)...)
	case n > 0 && positional[n-1].IsCumulative():
		found = append(found, valuesOf(positional[n-1], "", begun)...)
	}
	return found
}

// flagsFrom returns the flags that are begun so.
func (l *commandLine) flagsFrom(begun string) (found []string) {
	if l.noFlags {
		return nil
	}
	for _, f := range l.flags() {
		if name := "--" + f.Name; strings.HasPrefix(name, begun) {
			found = append(found, name+"\t"+f.Help)
		}
	}
	return found
}

// valuesOf returns the values of a flag or argument that are begun so, each
// behind prefix; none where they are not known.
func valuesOf(v *kong.Value, prefix, begun string) (found []string) {
	if v.Enum != "" {
		for _, value := range v.EnumSlice() {
			if strings.HasPrefix(value, begun) {
				found = append(found, prefix+value)
			}
		}
		return found
	}
	name := v.Name
	if v.Flag != nil {
		name = v.Flag.PlaceHolder
	}
	if slices.Contains([]string{"FILE", "DIR", "MODEL"}, strings.ToUpper(name)) {
		return []string{anyFile}
	}
	return nil
}
