package platform_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// apiHouse is an apiDesk where authors are marked and modes are turned.
type apiHouse struct {
	*apiDesk
	mark  moderation.Mark
	sweep bool
	lift  moderation.Lift
	turn  moderation.ModeChange
}

func (h *apiHouse) Site(context.Context, string) (moderation.Site, error) {
	return moderation.Site{ID: 1, Name: "blog", Mode: moderation.ModeNormal}, nil
}

func (h *apiHouse) TraceOf(_ context.Context, id moderation.CommentID) (moderation.Trace, error) {
	if id == 9 {
		return moderation.Trace{Site: 2, Subjects: []moderation.Subject{moderation.ByIdentity}}, nil
	}
	return moderation.Trace{Site: 1, Author: moderation.Author{Name: "Mallory"}, Subjects: []moderation.Subject{moderation.ByIdentity, moderation.ByName}}, nil
}

func (h *apiHouse) StandingOf(context.Context, moderation.CommentID) (moderation.Standing, error) {
	return moderation.Standing{Known: true, Approved: 2, Rejected: 3, Recent: 5, RecentRejected: 3, Banned: true, Ban: "banned by Mo"}, nil
}

func (h *apiHouse) StandingMarks(context.Context, moderation.SiteID, time.Time) ([]moderation.Mark, error) {
	return []moderation.Mark{{ID: 7, Kind: moderation.MarkBan, Subject: moderation.ByName, Shown: "*troll*", Reason: "insults", By: moderation.Actor{Name: "Mo"}, At: noon}}, nil
}

func (h *apiHouse) Mark(_ context.Context, m moderation.Mark, sweep bool) (moderation.Marked, error) {
	if err := m.CheckAt(noon); err != nil {
		return moderation.Marked{}, err
	}
	h.mark, h.sweep = m, sweep
	m.ID, m.At, m.Shown = 8, noon, "Mallory"
	return moderation.Marked{Mark: m, Waiting: 1, Rejected: 2}, nil
}

func (h *apiHouse) Lift(_ context.Context, l moderation.Lift, restore bool) (moderation.Lifted, error) {
	h.lift, h.sweep = l, restore
	return moderation.Lifted{Mark: moderation.Mark{ID: l.ID, Kind: moderation.MarkBan, Subject: moderation.ByName, Shown: "*troll*", At: noon}, Restored: 2}, nil
}

func (h *apiHouse) TurnMode(_ context.Context, m moderation.ModeChange) (moderation.ModeChange, error) {
	h.turn = m
	return m, m.Check(noon)
}

func (h *apiHouse) Modes(context.Context, moderation.SiteID) ([]moderation.ModeChange, error) {
	return []moderation.ModeChange{{Site: 1, Mode: moderation.ModeStrict, By: moderation.Actor{Name: "Mo"}, At: noon, Until: noon.Add(time.Hour), Reason: "vote"}}, nil
}

// askHouse sends a request to the doors for authors and modes.
func askHouse(t *testing.T, h *apiHouse, method, address, token, body string) (answer string, err error) {
	t.Helper()
	api := &platform.API{Tokens: h, Records: h, Desk: h, Sites: h, Dial: h, Bench: h, Register: h, Now: func() time.Time { return noon }}
	mux := http.NewServeMux()
	for pattern, door := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /v1/sites/{site}/comments/{comment_id}/author": api.Author, "GET /v1/sites/{site}/authors": api.Marks, "POST /v1/sites/{site}/authors": api.Mark,
		"DELETE /v1/sites/{site}/authors/{id}": api.Lift, "GET /v1/sites/{site}/mode": api.Mode, "PUT /v1/sites/{site}/mode": api.TurnMode,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { err = door(w, r) })
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "/v1/sites/"+address, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return strings.TrimSpace(w.Body.String()), err
}

const markOf8 = `{"id":"8","kind":"ban","by":"identity","whom":"Mallory","comment_id":"5","reason":"","marked_by":"token poller","marked_at":"2026-03-01T12:00:00Z","until":null,"waiting":1,"rejected":2}`

func TestAuthorsAndModesWithAToken(t *testing.T) {
	modes := `{"mode":"strict","own":"normal","changes":[{"id":"0","post_id":"","title":"","mode":"strict","until":"2026-03-01T13:00:00Z","by":"Mo","at":"2026-03-01T12:00:00Z","reason":"vote"}]}`
	tests := map[string]struct{ method, address, body, want string }{
		"what is known of an author": {"GET", "blog/comments/5/author", "", `{"name":"Mallory","role":"","known_by":["identity","name"],"approved":2,"rejected":3,"recent":5,"recent_rejected":3,"trusted":false,"trust":"","banned":true,"ban":"banned by Mo"}`},
		"who is banned":              {"GET", "blog/authors", "", `{"authors":[{"id":"7","kind":"ban","by":"name","whom":"*troll*","comment_id":null,"reason":"insults","marked_by":"Mo","marked_at":"2026-03-01T12:00:00Z","until":null}]}`},
		"a ban":                      {"POST", "blog/authors", `{"kind":"ban","comment_id":"5","reject_waiting":true}`, markOf8},
		"a lift":                     {"DELETE", "blog/authors/7?restore=true", "", `{"id":"7","kind":"ban","by":"name","whom":"*troll*","comment_id":null,"reason":"","marked_by":"","marked_at":"2026-03-01T12:00:00Z","until":null,"restored":2}`},
		"the mode":                   {"GET", "blog/mode", "", modes},
		"another mode":               {"PUT", "blog/mode", `{"mode":"strict","post_id":17,"for":"2h"}`, modes},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := askHouse(t, &apiHouse{apiDesk: newAPIDesk()}, tt.method, tt.address, "gh_good", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			for token, want := range map[string]error{"gh_guessed": moderation.ErrUnsigned} {
				h := &apiHouse{apiDesk: newAPIDesk()}
				if _, err := askHouse(t, h, tt.method, tt.address, token, tt.body); !errors.Is(err, want) || h.mark.Kind != "" || h.turn.Mode != "" || h.lift.ID != 0 {
					t.Errorf("with another token: %v; done: %+v", err, h)
				}
			}
			if _, err := askHouse(t, &apiHouse{apiDesk: newAPIDesk()}, tt.method, "other"+strings.TrimPrefix(tt.address, "blog"), "gh_good", tt.body); !errors.Is(err, moderation.ErrForbidden) {
				t.Errorf("on another site: %v", err)
			}
		})
	}
}

func TestWhatProgramsOrderOfAuthors(t *testing.T) {
	poller := moderation.Actor{ID: "token:blog/poller", Name: "token poller"}
	ban := func(m moderation.Mark) moderation.Mark {
		m.Site, m.Kind, m.By = 1, moderation.MarkBan, poller
		return m
	}
	tests := map[string]struct {
		body string
		want moderation.Mark
		err  string // what the refusal says
	}{
		"by a comment":           {body: `{"kind":"ban","comment_id":"5","reason":"insults"}`, want: ban(moderation.Mark{Comment: 5, Subject: moderation.ByIdentity, Reason: "insults"})},
		"by a comment's name":    {body: `{"kind":"ban","comment_id":"5","by":"name"}`, want: ban(moderation.Mark{Comment: 5, Subject: moderation.ByName})},
		"by a range, for a day":  {body: `{"kind":"ban","range":"203.0.113.0/24","for":"1d"}`, want: ban(moderation.Mark{Subject: moderation.ByRange, Of: moderation.Author{IP: netip.MustParseAddr("203.0.113.0")}, Until: noon.Add(24 * time.Hour)})},
		"by a name, until":       {body: `{"kind":"ban","name":"*troll*","until":"2026-03-02T12:00:00Z"}`, want: ban(moderation.Mark{Subject: moderation.ByName, Of: moderation.Author{Name: "*troll*"}, Until: noon.Add(24 * time.Hour)})},
		"a comment of elsewhere": {body: `{"kind":"ban","comment_id":"9"}`, err: "not found"},
		"nobody":                 {body: `{"kind":"ban"}`, err: "say whom by one of"},
		"two":                    {body: `{"kind":"ban","name":"Mallory","ip":"203.0.113.9"}`, err: "say whom by one of"},
		"no address":             {body: `{"kind":"ban","ip":"here"}`, err: "field ip: "},
		"too wide a range":       {body: `{"kind":"ban","range":"203.0.0.0/16"}`, err: "field range: "},
		"whoever has no name":    {body: `{"kind":"ban","name":"Anonymous"}`, err: "what many are called"},
		"neither kind":           {body: `{"kind":"love","name":"Mallory"}`, err: "neither trust nor ban"},
		"no face":                {body: `{"kind":"ban","comment_id":"5","by":"face"}`, err: "none of identity"},
		"both ends":              {body: `{"kind":"ban","name":"Mallory","for":"1d","until":"2026-03-02T12:00:00Z"}`, err: "fields for and until"},
		"an end that is past":    {body: `{"kind":"ban","name":"Mallory","until":"2026-02-02T12:00:00Z"}`, err: "which is past"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := &apiHouse{apiDesk: newAPIDesk()}
			_, err := askHouse(t, h, "POST", "blog/authors", "gh_good", tt.body)
			if tt.err != "" {
				if !moderation.IsRefusal(err) || !strings.Contains(fmt.Sprint(err), tt.err) {
					t.Errorf("err = %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, h.mark, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("mark (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatProgramsOrderOfModes(t *testing.T) {
	for body, want := range map[string]string{
		`{"mode":"strict","for":"2h","post_id":"p1","reason":"vote"}`: "strict on post p1 until 2026-03-01 14:00, by token poller: vote",
		`{"mode":"open"}`: "open, by token poller",
		`{"mode":"back"}`: ", by token poller",
		`{"mode":"strict","post_id":17,"until":"2026-03-01T13:00:00+01:00"}`: "which is past",
		`{"mode":"back","for":"2h"}`:                                         "has no end",
		`{"mode":"lenient"}`:                                                 "none of open, normal, strict, back",
		`{}`:                                                                 "field mode: missing",
		`{"mode":"strict","for":"ever"}`:                                     "field for: ",
		`{"mode":"strict","post_id":{}}`:                                     "field post_id",
	} {
		h := &apiHouse{apiDesk: newAPIDesk()}
		_, err := askHouse(t, h, "PUT", "blog/mode", "gh_good", body)
		got := h.turn.String()
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || err == nil && got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}
