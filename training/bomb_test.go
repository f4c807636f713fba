package training

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// TestACorpusThatIsABombIsRefused packs a gibibyte into a mebibyte, as lines and as
// one line without end.
func TestACorpusThatIsABombIsRefused(t *testing.T) {
	for name, part := range map[string]string{
		"blank lines": strings.Repeat("\n", 1<<20),
		"one line":    strings.Repeat("y", 1<<20),
		"examples":    strings.Repeat(`{"text":"a","label":"ok"}`+"\n", 1<<15),
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			for range 64 {
				if _, err := z.Write([]byte(part)); err != nil {
					t.Fatal(err)
				}
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			path := file(t, "a.jsonl", b.String())
			stats, err := ReadFiles(t.Context(), []string{path}, ReadOptions{}, func(Example) error { return nil })
			if !errors.Is(err, moderation.ErrTooLarge) || !strings.Contains(err.Error(), "300 times its size") {
				t.Errorf("%d examples, %v; want ErrTooLarge", stats.Examples, err)
			}
		})
	}
}
