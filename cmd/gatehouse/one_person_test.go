package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
	"gatehouse/training"
)

// What the one person is measured by.
const (
	onePersonOthers    = 2000
	onePersonDecisions = 10
)

// oneComment is a comment of the invented person, or of somebody else.
type oneComment struct {
	Name string `json:"name"`
	Text string `json:"text"`
	To   string `json:"to"`  // whom it answers
	Net  string `json:"net"` // home, mobile, elsewhere; empty: somebody else's
}

// TestTheOnePerson spreads 40 comments of one invented person under 40 names over
// 2,000 decent ones. A moderator calls the first ten abuse, and says that they are
// one person's. Of the other 30, 70 % must be held, at two percentage points more
// of the decent ones than without any decision. With -v it prints what each part
// adds; docs/one-person.md has the table.
func TestTheOnePerson(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short, and 8,000 comments take a minute or two")
	}
	stream := onePersonStream(t)
	without := newOnePerson(t)
	without.addressed = true
	without.walk(stream, 0)
	for name, set := range map[string]func(*onePerson){
		"names and texts":               func(*onePerson) {},
		"names and texts, all answered": func(o *onePerson) { o.answers = true },
		"addresses too":                 func(o *onePerson) { o.addressed = true },
	} {
		t.Run(name, func(t *testing.T) {
			with := newOnePerson(t)
			set(with)
			with.walk(stream, onePersonDecisions)
			t.Log("\n" + with.table(without))
			last := len(with.parts) - 1
			if held := with.held(last); held < 0.7 {
				t.Errorf("%.0f %% of the person's later comments are held", 100*held)
			}
			if more := with.vain(last) - without.vain(last); more > 0.02 {
				t.Errorf("%.1f percentage points more of the others' comments are held", 100*more)
			}
		})
	}
}

// onePersonStream returns the 2,040 comments in their order.
func onePersonStream(t *testing.T) []oneComment {
	t.Helper()
	folder := corporaFolder()
	if folder == "" {
		t.Skip("skipped: no corpora to spread the one person's comments over (GATEHOUSE_CORPORA names their folder)")
	}
	var files []string
	for _, name := range []string{"wiki_context", "jigsaw_wiki", "stormfront", "surge_toxicity", "youtube_spam"} {
		files = append(files, filepath.Join(folder, name+".jsonl.gz"))
	}
	all, _, err := training.ReadAll(t.Context(), files, training.ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(40, 2000))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var stream []oneComment
	for _, e := range all {
		if e.Label == moderation.OK && len(stream) < onePersonOthers {
			stream = append(stream, oneComment{Name: fmt.Sprint("reader ", random.IntN(300)), Text: e.Text})
		}
	}
	person := onePersonComments(t)
	every := len(stream) / len(person)
	var mixed []oneComment
	for i, c := range stream {
		if i%every == every/2 {
			mixed = append(mixed, person[i/every])
		}
		mixed = append(mixed, c)
	}
	return mixed
}

// onePersonComments reads the invented person's.
func onePersonComments(t *testing.T) []oneComment {
	t.Helper()
	raw, err := os.ReadFile("testdata/one_person/comments.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var person []oneComment
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		var c oneComment
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		person = append(person, c)
	}
	return person
}

// onePart is what there would be without the parts that follow it.
type onePart struct {
	name  string
	judge *moderation.Service
	// held of the person's comments behind the ten, and of the others' then.
	held, vain int
}

// onePerson is a walk through the real service.
type onePerson struct {
	t                  *testing.T
	db                 *store.DB
	history            *lastBackground
	site               moderation.Site
	service            *moderation.Service
	learner            *moderation.Learner
	personas           *moderation.PersonaFollower
	addressed          bool // the blog sends addresses and agents
	answers            bool // what is held of the others before the tenth decision is approved
	random             *rand.Rand
	now                time.Time
	parts              []onePart
	person, others     int // comments behind the ten
	decisions, arrived int
}

func newOnePerson(t *testing.T) *onePerson {
	t.Helper()
	o := &onePerson{t: t, now: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), random: rand.New(rand.NewPCG(7, 7))}
	db, err := store.Create(t.Context(), t.TempDir(), func() time.Time { return o.now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o.db = db
	if o.site, err = db.AddSite(t.Context(), moderation.Site{Name: "blog", Platform: "webhook", Mode: moderation.ModeNormal}); err != nil {
		t.Fatal(err)
	}
	j, err := newJudges("")
	if err != nil {
		t.Fatal(err)
	}
	o.history = &lastBackground{History: db}
	o.service = o.serviceOf(j.checkers()...)
	o.learner = &moderation.Learner{Lessons: db, Student: j.model, Log: quietLog()}
	o.personas = &moderation.PersonaFollower{Samples: db, Portraitist: j.personas, Now: func() time.Time { return o.now }, Log: quietLog()}
	without := func(packs ...string) moderation.Checker { return without{j.book, packs} }
	o.parts = []onePart{
		{name: "starter model", judge: o.serviceOf(classifier.New(j.model.Model()))},
		{name: "+ lessons", judge: o.serviceOf(j.model)},
		{name: "+ rules but those below", judge: o.serviceOf(j.model, without("duplicates", "ties"))},
		{name: "+ near-duplicates", judge: o.serviceOf(j.model, without("ties"))},
		{name: "+ ties", judge: o.serviceOf(j.model, j.book, moderation.StandingCheck{})},
		{name: "+ persona (all)", judge: o.service},
	}
	return o
}

func (o *onePerson) serviceOf(checkers ...moderation.Checker) *moderation.Service {
	return &moderation.Service{Ledger: o.db, Records: o.db, Blogs: o.db, History: o.history, Personas: o.db, Checkers: checkers, Bell: &moderation.Bell{},
		Now: func() time.Time { return o.now }, Log: quietLog()}
}

// lastBackground looks up once what all parts ask about one comment.
type lastBackground struct {
	moderation.History
	of   string
	last moderation.Background
}

// Background implements moderation.History.
func (l *lastBackground) Background(ctx context.Context, a moderation.Arrival) (moderation.Background, error) {
	if l.of == a.Comment.PlatformID {
		return l.last, nil
	}
	var err error
	l.last, err = l.History.Background(ctx, a)
	l.of = a.Comment.PlatformID
	return l.last, err
}

// without is a rule book without what some packs say.
type without struct {
	moderation.Checker
	packs []string
}

// Check leaves out the packs' signals.
func (w without) Check(ctx context.Context, s moderation.Submission) (moderation.Report, error) {
	report, err := w.Checker.Check(ctx, s)
	var rest []moderation.Signal
	for _, signal := range report.Signals {
		isOut := false
		for _, pack := range w.packs {
			isOut = isOut || strings.HasPrefix(signal.Rule, pack+"/")
		}
		if !isOut {
			rest = append(rest, signal)
		}
	}
	report.Signals = rest
	return report, err
}

// walk submits the stream; of the person's comments the first ones are decided.
func (o *onePerson) walk(stream []oneComment, decisions int) {
	o.t.Helper()
	for i, c := range stream {
		o.now = o.now.Add(20 * time.Minute)
		a := o.arrival(i, c)
		isTheirs := c.Net != ""
		if isTheirs {
			o.arrived++
		}
		if o.arrived > onePersonDecisions {
			o.count(a, isTheirs)
		}
		r, err := o.service.Submit(o.t.Context(), a)
		if err != nil {
			o.t.Fatal(err)
		}
		switch {
		case isTheirs && o.decisions < decisions:
			o.decisions++
			o.decide(r.Comment, moderation.ChooseAbuse)
		case o.answers && r.Status == moderation.Held && o.decisions < decisions:
			o.decide(r.Comment, moderation.ChooseApprove)
		}
	}
}

// decide answers a card; what is abuse is the person's.
func (o *onePerson) decide(id moderation.CommentID, choice moderation.Choice) {
	o.t.Helper()
	mo := moderation.Actor{ID: "telegram:1", Name: "Mo"}
	if _, err := o.service.Decide(o.t.Context(), moderation.Order{Comment: id, Choice: choice, By: mo, Via: "telegram"}); err != nil {
		o.t.Fatal(err)
	}
	if choice == moderation.ChooseAbuse {
		if _, err := o.service.AddToPersona(o.t.Context(), moderation.PersonaOrder{Comments: []moderation.CommentID{id}, By: mo}); err != nil {
			o.t.Fatal(err)
		}
	}
	for _, catchUp := range []func(context.Context) error{o.learner.CatchUp, o.personas.CatchUp} {
		if err := catchUp(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
	}
}

// count asks each part what it would do.
func (o *onePerson) count(a moderation.Arrival, isTheirs bool) {
	o.t.Helper()
	if isTheirs {
		o.person++
	} else {
		o.others++
	}
	for i := range o.parts {
		p := &o.parts[i]
		v, err := p.judge.Assess(o.t.Context(), a)
		if err != nil {
			o.t.Fatal(err)
		}
		switch {
		case v.Action == moderation.Approve:
		case isTheirs:
			p.held++
		default:
			p.vain++
		}
	}
}

// arrival is a comment as the blog sends it. Where it sends addresses, the person
// has a line at home and a telephone, or hides; everybody's browser calls itself
// one of a dozen things.
func (o *onePerson) arrival(i int, c oneComment) moderation.Arrival {
	post := fmt.Sprint("p", o.random.IntN(40))
	a := moderation.Arrival{Site: o.site, Post: moderation.Post{ID: post, URL: "https://blog.example/" + post, Title: "A post"},
		Author:  moderation.Author{Name: c.Name},
		Comment: moderation.Comment{PlatformID: fmt.Sprint(i), Body: c.Text, Text: c.Text, Format: moderation.FormatText, CreatedAt: o.now}}
	if c.To != "" {
		a.Comment.ParentID, a.Parent = "x", moderation.Parent{Author: c.To, Text: "I think it is a fine bridge."}
	}
	anywhere, host := byte(o.random.IntN(250)), byte(o.random.IntN(250))
	agent := fmt.Sprintf("Mozilla/5.0 (%d)", o.random.IntN(12))
	if !o.addressed {
		return a
	}
	switch c.Net {
	case "home":
		a.Author.IP, a.Author.UserAgent = netip.AddrFrom4([4]byte{198, 51, 100, host}), "Mozilla/5.0 (3)"
	case "mobile":
		a.Author.IP, a.Author.UserAgent = netip.AddrFrom4([4]byte{203, 0, 113, host}), "Mozilla/5.0 (8)"
	default:
		a.Author.IP, a.Author.UserAgent = netip.AddrFrom4([4]byte{10, byte(o.random.IntN(8)), anywhere, host}), agent
	}
	return a
}

// held is the share of the person's later comments that part i holds, and vain that
// of the others'.
func (o *onePerson) held(i int) float64 { return float64(o.parts[i].held) / float64(o.person) }
func (o *onePerson) vain(i int) float64 { return float64(o.parts[i].vain) / float64(o.others) }

// table says what each part holds, beside what it holds without the decisions.
func (o *onePerson) table(without *onePerson) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| of %d of the person's, %d others' | theirs held | others held | without decisions |\n|---|---|---|---|\n", o.person, o.others)
	for i, p := range o.parts {
		fmt.Fprintf(&b, "| %s | %d (%.0f %%) | %.1f %% | %d (%.0f %%), %.1f %% |\n", p.name, p.held, 100*o.held(i), 100*o.vain(i),
			without.parts[i].held, 100*without.held(i), 100*without.vain(i))
	}
	return b.String()
}
