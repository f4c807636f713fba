package moderation_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestSecretsDoNotShow prints, logs and encodes secrets wherever a struct may have
// them, in every form that fmt has, the wrong ones too.
func TestSecretsDoNotShow(t *testing.T) {
	const hidden = "topsecret"
	s := moderation.NewSecret(hidden)
	type inner struct{ Key moderation.Secret }
	for name, v := range map[string]any{
		"itself":         s,
		"a pointer":      &s,
		"a slice":        []moderation.Secret{s},
		"an array":       [1]moderation.Secret{s},
		"a map":          map[string]moderation.Secret{"a": s},
		"an account":     moderation.Account{"password": s},
		"a site":         moderation.Site{Secrets: []moderation.Secret{s}, AkismetKey: s, Account: moderation.Account{"token": s}},
		"a site's short": moderation.Site{AkismetKey: s}.ShortAkismetKey(),
		"nested":         struct{ In *inner }{&inner{s}},
		"in an interface": struct{ Any any }{
			[]any{inner{s}, &inner{s}},
		},
		"an error": fmt.Errorf("open %v, %q: %s", s, s, inner{s}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, shown := range shows(v) {
				if strings.Contains(shown, hidden) || strings.Contains(shown, fmt.Sprintf("%x", hidden)) || strings.Contains(shown, fmt.Sprintf("%X", hidden)) {
					t.Errorf("shown: %s", shown)
				}
			}
		})
	}
	if got := fmt.Sprintf("%v", s); got != "redacted" {
		t.Errorf("%%v prints %q", got)
	}
}

// shows returns a value in every form that it may be shown in.
func shows(v any) []string {
	var all []string
	for _, verb := range strings.Fields("%v %+v %#v %s %+s %q %#q %x %X %d %o %t %e %U %c %p %10s %-3v") {
		all = append(all, fmt.Sprintf(verb, v))
	}
	all = append(all, fmt.Sprint(v), fmt.Sprintln(v))
	for _, encode := range []func(any) ([]byte, error){json.Marshal, xml.Marshal} {
		if encoded, err := encode(v); err == nil {
			all = append(all, string(encoded))
		}
	}
	var text, lines strings.Builder
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&text, nil)), slog.New(slog.NewJSONHandler(&lines, nil))} {
		log.With("before", v).WithGroup("g").Info("x", "v", v, slog.Group("in", "v", v))
	}
	return append(all, text.String(), lines.String())
}
