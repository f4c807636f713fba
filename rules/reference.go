package rules

import (
	"fmt"
	"strings"
)

// Reference returns the part of docs/rules.md that is written from the tables:
// facts, functions and built-in packs, in Markdown.
func Reference() (string, error) {
	var b strings.Builder
	b.WriteString("### Facts\n\n| name | is a | what it is |\n|---|---|---|\n")
	for _, f := range facts() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.name, f.kind, f.doc)
	}
	b.WriteString("\n### Functions\n\n| example | gives | what it says |\n|---|---|---|\n")
	for _, f := range functions() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.signature, f.result, f.doc)
	}
	b.WriteString("\n### Built-in packs\n\n| rule | does | says |\n|---|---|---|\n")
	l := newLoader("")
	packs, err := l.builtIn()
	if err != nil {
		return "", fmt.Errorf("read built-in packs: %w", err)
	}
	for _, pack := range packs {
		state := "on"
		if pack.off {
			state = "off"
		}
		fmt.Fprintf(&b, "| **%s** | %s | %s |\n", pack.pack, state, pack.about)
		for _, r := range pack.rules {
			fmt.Fprintf(&b, "| `%s/%s` | %s | %s |\n", pack.pack, r.id, (&rule{ruleSource: r}).result().Does(), r.message)
		}
	}
	return b.String(), l.err()
}
