package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestNothingPersonalIsKeptInClear looks for secrets, e-mails and addresses in the
// database's files.
func TestNothingPersonalIsKeptInClear(t *testing.T) {
	w := newWorld(t)
	w.admit(w.arrival("1", "Hello."), moderation.Approve)
	_, token, err := w.AddToken(t.Context(), w.site, "poller")
	w.must(err)
	w.site.Account = moderation.Account{"password": moderation.NewSecret("SEKRIT")}
	w.must(w.UpdateSite(t.Context(), w.site))
	w.must(w.Close())
	for _, name := range []string{"gatehouse.db", "gatehouse.db-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, private := range []string{"Ann@example", "ann@example", "203.0.113", strings.TrimPrefix(w.site.Secrets[0].Reveal(), "whsec_"), w.site.AkismetKey.Reveal(),
			strings.TrimPrefix(token.Reveal(), "gh_"), "SEKRIT"} {
			if strings.Contains(string(data), private) {
				t.Errorf("%s holds %q", name, private)
			}
		}
	}
}
