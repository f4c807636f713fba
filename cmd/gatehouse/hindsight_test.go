package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// TestAThresholdSaysWhatItWouldHaveMeant tries a threshold on stored comments, and
// then sets it.
func TestAThresholdSaysWhatItWouldHaveMeant(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	now := func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
	db, err := store.Create(t.Context(), dir, now)
	if err != nil {
		t.Fatal(err)
	}
	site, err := db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Mode: moderation.ModeNormal})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		abuse  float64
		action moderation.Action
		choice moderation.Choice
	}{{.9, moderation.Hold, moderation.ChooseAbuse}, {.6, moderation.Hold, moderation.ChooseApprove}, {.6, moderation.Hold, ""}, {.1, moderation.Approve, ""}} {
		body := fmt.Sprint("Comment number ", i)
		r, err := db.Admit(t.Context(), moderation.Admission{At: now(), Arrival: moderation.Arrival{Site: site,
			Comment: moderation.Comment{PlatformID: fmt.Sprint(i), Body: body, Text: body, Format: moderation.FormatText}},
			Verdict: moderation.Verdict{Action: c.action, Scores: moderation.Probabilities{OK: 1 - c.abuse, Abuse: c.abuse},
				Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.Abuse, Score: c.abuse}}}})
		if err == nil && c.choice != "" {
			_, err = db.Decide(t.Context(), moderation.Order{Comment: r.Comment, Choice: c.choice, By: moderation.Actor{ID: "cli:mo"}, Via: "cli"}, now())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (stdout, stderr string) {
		var out, errs bytes.Buffer
		a := &app{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &out, stderr: &errs, now: now}
		if code := a.run(append(args, "--data", dir)); code != exitDone {
			t.Fatalf("%v: exit status %d: %s", args, code, errs.String())
		}
		return out.String(), errs.String()
	}
	const table = `tried on the last 4 comments, since 2026-03-01; on the classifier's word alone:
                  comments  approved  rejected  undecided
     held so far         3         1         1          1
   would be held         1         0         1          0
  no longer held         2         1         0          1
    held besides         0         0         0          0
`
	out, _ := run("sites", "set", "blog", "hold_abuse", "0.8", "--dry-run")
	if !strings.HasPrefix(out, "spam held from ") || !strings.HasSuffix(out, table) || !strings.Contains(out, "abuse from 0.8") {
		t.Errorf("tried:\n%s\nwant:\n%s", out, table)
	}
	out, _ = run("sites", "set", "blog", "hold_abuse", "0.8", "--dry-run", "--json")
	var tried hindsightJSON
	if err := json.Unmarshal([]byte(out), &tried); err != nil || tried.Held.All != 3 || tried.Spared != (tallyJSON{2, 1, 0, 1}) || tried.HoldAt.Abuse != .8 {
		t.Errorf("tried: %s, %v", out, err)
	}
	if out, _ = run("sites", "show", "blog"); !strings.Contains(out, "holds abuse from   the model's own threshold") {
		t.Errorf("a dry run changed the site:\n%s", out)
	}
	out, said := run("sites", "set", "blog", "hold_abuse", "0.8")
	if !strings.HasSuffix(said, table) || !strings.Contains(out, "holds abuse from   0.8") {
		t.Errorf("set: %s\n%s", said, out)
	}
}
