package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// How much the queue's bench has: comments that wait, those that were published
// without a question, and those that were held and decided.
const (
	benchHeld      = 10_000
	benchPublished = 1_000
	benchDecided   = 200
)

// BenchmarkQueueCommands measures how long a moderator waits for the answer to a
// command while 10,000 comments wait, in a real database with a real bot. The issue
// asks for 50 ms.
func BenchmarkQueueCommands(b *testing.B) {
	s := newStage(b)
	invite(s.telegram).configure(b, &s.config.Telegram, "chat_id=mods moderators=[Anna,Bert]")
	s.fill()
	s.start()
	s.quiet()
	anna := int64(1001)
	for _, command := range []string{"/queue", "/queue worst", "/recent", "/decided", "/find moron", "/find w17 w1234", "/author Troll 7", "/stats 7d", "/stats 90d", "/why 17", "/mode", "/bans"} {
		b.Run(strings.TrimPrefix(command, "/"), func(b *testing.B) {
			for b.Loop() {
				asked := s.telegram.Say(anna, anna, command)
				s.until(command+" is answered", func() bool {
					list := s.telegram.Messages(anna)
					return list[len(list)-1].ID > asked
				})
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/op")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fill puts comments into the database before the service runs: one a minute.
func (s *stage) fill() {
	s.t.Helper()
	db, err := store.Create(s.t.Context(), s.config.Data, s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	site, err := db.AddSite(s.t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Mode: moderation.ModeNormal})
	if err != nil {
		s.t.Fatal(err)
	}
	now := s.clock()
	s.pass(-(benchHeld + benchPublished + benchDecided) * time.Minute)
	for i := range benchHeld + benchPublished + benchDecided {
		s.pass(time.Minute)
		action := moderation.Hold
		if i >= benchHeld && i < benchHeld+benchPublished {
			action = moderation.Approve
		}
		r, err := db.Admit(s.t.Context(), benchComment(site, i, action, s.clock()))
		if err != nil {
			s.t.Fatal(err)
		}
		if i >= benchHeld+benchPublished {
			s.decideAs(db, r.Comment, []moderation.Choice{moderation.ChooseApprove, moderation.ChooseSpam, moderation.ChooseAbuse}[i%3], s.clock().Add(30*time.Second))
		}
	}
	if got := s.clock(); !got.Equal(now) {
		s.t.Fatalf("it is %s, not %s", got, now)
	}
	s.forgetDeliveries()
}

// forgetDeliveries takes out of the outbox what comments put there, as a service does
// that ran while they came.
func (s *stage) forgetDeliveries() {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.config.Data, "gatehouse.db"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(s.t.Context(), `DELETE FROM deliveries`); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) decideAs(db *store.DB, id moderation.CommentID, choice moderation.Choice, at time.Time) {
	s.t.Helper()
	order := moderation.Order{Comment: id, Choice: choice, By: moderation.Actor{ID: "telegram:1001", Name: "Anna"}, Via: "telegram"}
	if _, err := db.Decide(context.WithoutCancel(s.t.Context()), order, at); err != nil {
		s.t.Fatal(err)
	}
}

// benchComment is comment number i as a blog sent it, with a verdict.
func benchComment(site moderation.Site, i int, action moderation.Action, at time.Time) moderation.Admission {
	random := rand.New(rand.NewPCG(uint64(i), 6))
	words := "moron"
	for range 8 + random.IntN(30) {
		words += " w" + strconv.Itoa(random.IntN(3000)) // as seldom alike as what people write
	}
	post := fmt.Sprint("p", i%40)
	return moderation.Admission{At: at,
		Arrival: moderation.Arrival{Site: site, Key: fmt.Sprint("msg_", i),
			Post:    moderation.Post{ID: post, URL: "https://blog.example/" + post, Title: "Post " + post},
			Author:  moderation.Author{Name: fmt.Sprint("Troll ", i%300), Email: fmt.Sprintf("t%d@example.com", i%300), IP: netip.AddrFrom4([4]byte{203, 0, 113, byte(i % 250)})},
			Comment: moderation.Comment{PlatformID: fmt.Sprint("c", i), Body: words, Text: words, Format: moderation.FormatText, CreatedAt: at}},
		Verdict: moderation.Verdict{Action: action, Model: "starter", Rules: "builtin", Scores: moderation.Probabilities{OK: 0.1, Spam: 0.05, Abuse: 0.85},
			Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.Abuse, Score: 0.85, Detail: `words that weighed: "moron"`}},
			Weights: []moderation.Weight{{Feature: "moron", Label: moderation.Abuse, Weight: 2.3}}},
	}
}
