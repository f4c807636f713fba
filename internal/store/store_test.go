package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

func TestSites(t *testing.T) {
	w := newWorld(t)
	_, err := w.AddSite(t.Context(), moderation.Site{Name: "blog", Mode: moderation.ModeNormal})
	w.wantErr(err, moderation.ErrExists)
	_, err = w.AddSite(t.Context(), moderation.Site{Name: "../x", Mode: moderation.ModeNormal})
	w.wantErr(err, moderation.ErrInvalid)
	if !strings.HasPrefix(w.site.Secrets[0].Reveal(), "whsec_") || len(w.site.AkismetKey.Reveal()) != 16 {
		t.Errorf("site %+v", w.site)
	}
	w.must(w.RotateSecret(t.Context(), w.site.ID))
	s, err := w.Site(t.Context(), "blog")
	w.must(err)
	if len(s.Secrets) != 2 || s.Secrets[1] != w.site.Secrets[0] {
		t.Fatalf("%d secrets after a rotation, want the new one and the former", len(s.Secrets))
	}
	w.now = w.now.Add(25 * time.Hour)
	if s, err = w.Site(t.Context(), "blog"); err != nil || len(s.Secrets) != 1 || s.Secrets[0] == w.site.Secrets[0] {
		t.Errorf("%d secrets a day later, %v; want the new one", len(s.Secrets), err)
	}
	s.Mode, s.Thresholds.Abuse, s.Audit = moderation.ModeStrict, .8, .01
	w.must(w.UpdateSite(t.Context(), s))
	again, err := w.Site(t.Context(), "blog")
	w.must(err)
	if diff := cmp.Diff(s, again); diff != "" {
		t.Errorf("after the update (-want +got):\n%s", diff)
	}
	s.Audit = 2 * moderation.MaxAudit
	if err := w.UpdateSite(t.Context(), s); err == nil {
		t.Errorf("an audit of %v was stored", float64(s.Audit))
	}
	w.admit(w.arrival("1", "Hm."), moderation.Hold)
	w.must(w.RemoveSite(t.Context(), s.ID))
	_, err = w.Site(t.Context(), "blog")
	w.wantErr(err, moderation.ErrNotFound)
	if _, total, err := w.OpenCases(t.Context(), nil, 1); err != nil || total != 0 {
		t.Errorf("%d cases of a removed site wait, %v", total, err)
	}
	if _, err := w.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Mode: moderation.ModeNormal}); err != nil {
		t.Errorf("the name is not free: %v", err)
	}
	_, err = w.SiteByID(t.Context(), s.ID)
	w.wantErr(err, moderation.ErrNotFound)
	_, err = w.Decide(t.Context(), moderation.Order{Comment: 1, Choice: moderation.ChooseSpam}, w.now)
	w.wantErr(err, moderation.ErrNotFound)
}

// TestARemovedSiteKeepsNoAccess looks for the access to a blog's API.
func TestARemovedSiteKeepsNoAccess(t *testing.T) {
	w := newWorld(t)
	raw, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer raw.Close()
	kept := func() (account []byte) {
		t.Helper()
		w.must(raw.QueryRowContext(t.Context(), `SELECT account FROM sites WHERE id = ?`, w.site.ID).Scan(&account))
		return account
	}
	w.site.Account = moderation.Account{"password": moderation.NewSecret("hunter2")}
	w.must(w.UpdateSite(t.Context(), w.site))
	if kept() == nil {
		t.Fatal("the access was not kept")
	}
	w.must(w.RemoveSite(t.Context(), w.site.ID))
	if kept() != nil {
		t.Error("the access is kept")
	}
}

// TestASiteRemovedWhileItsCommentIsJudged removes it between the look and the
// admission.
func TestASiteRemovedWhileItsCommentIsJudged(t *testing.T) {
	w := newWorld(t)
	a := w.arrival("1", "Hm.")
	_, seen, err := w.Seen(t.Context(), a)
	w.must(err)
	if seen {
		t.Fatal("seen before it came")
	}
	w.must(w.RemoveSite(t.Context(), w.site.ID))
	_, err = w.Admit(t.Context(), moderation.Admission{Arrival: a, Verdict: moderation.Verdict{Action: moderation.Hold}, At: w.now})
	w.wantErr(err, moderation.ErrNotFound)
	if due := w.due(moderation.DeliverCard); len(due) != 0 {
		t.Errorf("moderators are told of it: %+v", due)
	}
}

func TestCards(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"1", "2", "3"} {
		w.admit(w.arrival(id, "Hm."), moderation.Hold)
	}
	w.settle(moderation.DeliverCard)
	w.must(w.PutCard(t.Context(), moderation.Card{Case: 1, Chat: -5, Message: 10, Version: 1}, true))
	w.must(w.PutCard(t.Context(), moderation.Card{Case: 2, Chat: -5, Message: 11, Version: 0}, true))
	if n, err := w.EnqueueStale(t.Context()); err != nil || n != 1 {
		t.Fatalf("enqueued %d, %v; want the one that is behind", n, err)
	}
	if n, err := w.EnqueueStale(t.Context()); err != nil || n != 0 {
		t.Errorf("enqueued %d again, %v", n, err)
	}
	w.must(w.PutCard(t.Context(), moderation.Card{Case: 2, Chat: -5, Message: 11, Version: 1}, true))
	cards, err := w.CardsOf(t.Context(), 2)
	w.must(err)
	if diff := cmp.Diff([]moderation.Card{{Case: 2, Chat: -5, Message: 11, Version: 1}}, cards); diff != "" {
		t.Errorf("cards (-want +got):\n%s", diff)
	}
	w.must(w.DropCard(t.Context(), -5, 11))
	if cards, err = w.CardsOf(t.Context(), 2); err != nil || len(cards) != 0 {
		t.Errorf("cards %+v, %v", cards, err)
	}
}

func TestCardsAreHastenedWhenTelegramIsBack(t *testing.T) {
	w := newWorld(t)
	w.admit(w.arrival("1", "Hm."), moderation.Hold)
	d := w.due(moderation.DeliverCard)[0]
	d.NextAt = w.now.Add(8 * time.Hour)
	w.must(w.Settle(t.Context(), d))
	if due := w.due(moderation.DeliverCard); len(due) != 0 {
		t.Fatalf("due %+v", due)
	}
	if n, err := w.EnqueueStale(t.Context()); err != nil || n != 0 {
		t.Fatalf("enqueued %d, %v; the case has a delivery", n, err)
	}
	if due := w.due(moderation.DeliverCard); len(due) != 1 {
		t.Errorf("%d are due, want the one that waited", len(due))
	}
}

func TestRoster(t *testing.T) {
	w := newWorld(t)
	if r, err := w.Roster(t.Context()); err != nil || r.Home.Chat != 0 || r.Moderators != nil {
		t.Fatalf("roster %+v, %v", r, err)
	}
	want := moderation.Roster{Home: moderation.Destination{Spot: moderation.Spot{Chat: -100}}, Moderators: []moderation.Moderator{{ID: 7, Name: "Mo"}}}
	w.must(w.Pair(t.Context(), want))
	got, err := w.Roster(t.Context())
	w.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("roster (-want +got):\n%s", diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"a newer schema": {func(t *testing.T, dir string) {
			db, err := sql.Open("sqlite", filepath.Join(dir, "gatehouse.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
				t.Fatal(err)
			}
		}, "its schema has version 99"},
		"a file that is no database": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "gatehouse.db"), strings.Repeat("rubbish ", 1000))
		}, "damaged or not gatehouse's"},
		"a missing key": {func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "gatehouse.key")); err != nil {
				t.Fatal(err)
			}
		}, "restore it from the backup"},
		"a damaged key": {func(t *testing.T, dir string) { write(t, filepath.Join(dir, "gatehouse.key"), "abc") }, "is damaged"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(w.Close())
			tt.spoil(t, w.dir)
			_, err := store.Open(t.Context(), w.dir, time.Now)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestANewerSchemaIsNotTouched(t *testing.T) {
	w := newWorld(t)
	w.must(w.Close())
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "gatehouse.db"))
	w.must(err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `PRAGMA user_version = 99; DELETE FROM settings`)
	w.must(err)
	if _, err := store.Open(t.Context(), w.dir, time.Now); err == nil || !strings.Contains(err.Error(), "its schema has version 99") {
		t.Errorf("err = %v", err)
	}
	var written int
	w.must(db.QueryRowContext(t.Context(), `SELECT count(*) FROM settings`).Scan(&written))
	if written != 0 {
		t.Errorf("%d settings were written to a schema that is not known", written)
	}
}

// TestASchemaBeforeAuditsIsBroughtUp opens what a program made that knew two
// migrations.
func TestASchemaBeforeAuditsIsBroughtUp(t *testing.T) {
	w := newWorld(t)
	w.downgrade(2)
	db, err := store.Open(t.Context(), w.dir, time.Now)
	w.must(err)
	defer db.Close()
	s, err := db.Site(t.Context(), "blog")
	w.must(err)
	if diff := cmp.Diff(w.site, s); diff != "" {
		t.Errorf("the site of before (-want +got):\n%s", diff)
	}
	s.Audit = moderation.MaxAudit
	w.must(db.UpdateSite(t.Context(), s))
	if s, err = db.Site(t.Context(), "blog"); err != nil || s.Audit != moderation.MaxAudit {
		t.Errorf("audit = %v, %v", float64(s.Audit), err)
	}
}

func TestOpenMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "typo")
	if _, err := store.Open(t.Context(), dir, time.Now); !errors.Is(err, moderation.ErrNotFound) {
		t.Errorf("err = %v, want ErrNotFound", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func write(t testing.TB, path, data string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAForeignKeyFileIsNoticed(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	w.must(w.Close())
	key, err := os.ReadFile(filepath.Join(other.dir, "gatehouse.key"))
	w.must(err)
	write(t, filepath.Join(w.dir, "gatehouse.key"), string(key))
	if _, err = store.Open(t.Context(), w.dir, time.Now); err == nil || !strings.Contains(err.Error(), "is the one of another database") {
		t.Errorf("err = %v", err)
	}
}

func TestWatchNoticesAnotherProcess(t *testing.T) {
	w := newWorld(t)
	changes := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Watch(ctx, 10*time.Millisecond, func() { changes <- struct{}{} }) }()
	<-changes // the first look
	other, err := store.Open(t.Context(), w.dir, time.Now)
	w.must(err)
	defer other.Close()
	_, err = other.AddSite(t.Context(), moderation.Site{Name: "second", Platform: "webhook", Mode: moderation.ModeNormal})
	w.must(err)
	<-changes
	cancel()
	w.must(<-ended)
}

func TestOnlyOneServesAFolder(t *testing.T) {
	dir := t.TempDir()
	release, err := store.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Lock(dir); !errors.Is(err, moderation.ErrExists) {
		t.Errorf("err = %v, want ErrExists", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if release, err = store.Lock(dir); err != nil {
		t.Errorf("after the release: %v", err)
	} else {
		release()
	}
}
