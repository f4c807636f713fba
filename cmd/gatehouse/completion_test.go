package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestComplete lists what may stand at the end of command lines; the last word
// may be begun.
func TestComplete(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line string
		want string // the beginnings of lines, with spaces between
	}{
		{"ser", "serve"},
		{"sites ", "add list show set connect disconnect remove rotate-secret"},
		{"sites s", "show set"},
		{"sites set --j", "--json"},
		{"sites set blog ", "callback platform mode hold_spam hold_abuse audit trust_after hold_first auto_strict telegram_chat"},
		{"sites set --json blog mo", "mode"},
		{"sites set blog mode ", ""},
		{"sites set -1 mo", "mode"},
		{"sites set --data serve blog mo", "mode"},
		{"sites set --data = serve blog mo", "mode"},
		{"sites set --data=serve blog mo", "mode"},
		{"sites set --data ", ":files"},
		{"sites set --data=x", ":files"},
		{"sites set --data =", ":files"},
		{"decide 7 ", "approve spam abuse reject"},
		{"decide 7 spam ", ""},
		{"decide -- --", ""},
		{"queue --lim", "--limit"},
		{"queue --limit ", ""},
		{"queue -", "--help --data --config --json --limit --site"},
		{"rules check a.yaml b", ":files"},
		{"completion ", "bash zsh fish"},
		{"nonsense ", ""},
		{"comp", "completion"},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			var out, errs bytes.Buffer
			a := &app{ctx: t.Context(), stdout: &out, stderr: &errs}
			if code := a.run(append([]string{"complete"}, strings.Split(test.line, " ")...)); code != exitDone {
				t.Fatalf("exit status %d: %s", code, errs.String())
			}
			var got []string
			for line := range strings.Lines(out.String()) {
				word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				got = append(got, word)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
