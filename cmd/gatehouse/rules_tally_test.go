package main

import (
	"errors"
	"testing"

	"gatehouse/internal/moderation"
)

func TestARuleThatFailsInShadowHitsNothing(t *testing.T) {
	counts := &tallies{byRule: make(map[string]*ruleTally)}
	rule := counts.rule("tried")
	counts.addSignals(moderation.Retraced{}, []moderation.Signal{{Check: "rules", Rule: "tried", Shadow: true, Err: errors.New("too slow")}})
	counts.addSignals(moderation.Retraced{}, []moderation.Signal{{Check: "rules", Rule: "tried", Shadow: true}})
	if rule.Hits != 1 || rule.Failed != 1 {
		t.Errorf("%d hits, %d failed; want one of each", rule.Hits, rule.Failed)
	}
}
