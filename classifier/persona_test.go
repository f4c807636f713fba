package classifier_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gatehouse/classifier"
	"gatehouse/internal/moderation"
)

// voice writes sentences of a few words of its own among everybody's.
func voice(seed uint64, own ...string) func() string {
	random := rand.New(rand.NewPCG(seed, 1))
	common := strings.Fields("the a of council town school road minister said will not tax budget people think that this was year would with from have been about more than there their which when where while paper vote plan")
	return func() string {
		var s strings.Builder
		for range 25 {
			words := common
			if len(own) > 0 && random.IntN(4) == 0 {
				words = own
			}
			s.WriteString(words[random.IntN(len(words))] + " ")
		}
		return s.String()
	}
}

// some returns n texts of a voice.
func some(say func() string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = say()
	}
	return all
}

// written is a submission with a text, a day after the persona's last.
func written(s string) moderation.Submission {
	return moderation.Submission{Arrival: moderation.Arrival{Site: moderation.Site{ID: 1}, Comment: moderation.Comment{Text: s}}, Now: time.Unix(86400, 0)}
}

// sampleOf is a persona of these texts among 1000 others.
func sampleOf(texts []string) moderation.PersonaSample {
	return moderation.PersonaSample{Texts: texts, Others: some(voice(7), 1000), Share: 0.02,
		Persona: moderation.Persona{ID: 3, Site: 1, Name: "the one", Texts: len(texts), Last: time.Unix(0, 0), Keep: moderation.PersonaKeep}}
}

// marked counts the texts that a checker marks.
func marked(t *testing.T, p *classifier.Personas, texts []string) (n int) {
	t.Helper()
	for _, s := range texts {
		report, err := p.Check(t.Context(), written(s))
		if err != nil {
			t.Fatal(err)
		}
		n += len(report.Signals)
	}
	return n
}

func TestAPersonaIsKnownByItsWords(t *testing.T) {
	own := voice(1, "quisling", "lickspittle", "potemkin", "grifters", "junta")
	p := classifier.NewPersonas()
	p.Draw(sampleOf(some(own, 20)))
	if n := marked(t, p, some(own, 100)); n < 80 {
		t.Errorf("%d of 100 texts of the persona were marked", n)
	}
	if n := marked(t, p, some(voice(9), 1000)); n > 20 { // twice what is allowed
		t.Errorf("%d of 1000 texts of others were marked", n)
	}
	report, err := p.Check(t.Context(), written(own()+"quisling lickspittle potemkin grifters junta"))
	if err != nil || len(report.Signals) != 1 {
		t.Fatalf("report %+v, %v", report, err)
	}
	s := report.Signals[0]
	if !s.Weak || !s.Private || s.Action != "" || s.Seconded != "" || !strings.HasPrefix(s.Detail, "resembles 20 rejected comments; of comments marked so about ") {
		t.Errorf("signal %+v", s)
	}
}

// TestTheFigureIsHonest holds that what is promised of a persona comes true, here of
// one that differs little from the others.
func TestTheFigureIsHonest(t *testing.T) {
	own := voice(1, "quisling", "minister", "people", "vote", "would", "town")
	sample := sampleOf(some(own, 40))
	sample.Share = 0.1
	p := classifier.NewPersonas()
	p.Draw(sample)
	figures, known := p.Figures(1, 3)
	if !known {
		t.Fatal("the persona is unknown")
	}
	right, wrong := marked(t, p, some(own, 300)), marked(t, p, some(voice(9), 2700))
	if got := float64(right) / float64(right+wrong); got < figures.Right-0.15 || got > figures.Right+0.15 {
		t.Errorf("%.2f of the marked are the persona's, and %.2f was promised: %+v", got, figures.Right, figures)
	}
}

func TestWhoIsUnknown(t *testing.T) {
	own := voice(1, "quisling", "lickspittle", "potemkin", "grifters", "junta")
	text := own() + "quisling lickspittle potemkin grifters junta"
	tests := map[string]func(*moderation.PersonaSample) string{
		"nine texts":          func(s *moderation.PersonaSample) string { s.Texts = s.Texts[:9]; return text },
		"ten short texts":     func(s *moderation.PersonaSample) string { s.Texts = slicesOf("a quisling", 10); return text },
		"a short comment":     func(*moderation.PersonaSample) string { return text[len(text)-79:] },
		"a place of few":      func(s *moderation.PersonaSample) string { s.Others = s.Others[:199]; return text },
		"another site's":      func(s *moderation.PersonaSample) string { s.Persona.Site = 2; return text },
		"silent for too long": func(s *moderation.PersonaSample) string { s.Persona.Keep = time.Hour; return text },
		"like everybody":      func(s *moderation.PersonaSample) string { s.Texts = s.Others[:20]; return s.Others[3] },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			sample := sampleOf(some(own, 20))
			p := classifier.NewPersonas()
			p.Draw(sample)
			if marked(t, p, []string{text}) != 1 {
				t.Fatal("the persona is unknown before the change")
			}
			p.Forget(1, 3)
			said := change(&sample)
			p.Draw(sample)
			if marked(t, p, []string{said}) != 0 {
				t.Error("it was marked")
			}
		})
	}
}

func slicesOf(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// BenchmarkPersona checks a comment on a site with one persona, and on one with
// none.
func BenchmarkPersona(b *testing.B) {
	own := voice(1, "quisling", "lickspittle")
	p := classifier.NewPersonas()
	p.Draw(sampleOf(some(own, 40)))
	sub := written(own() + own()[:40])
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Check(b.Context(), sub) //nolint:errcheck // it has none
		}
	})
	sub.Site.ID = 2
	b.Run("none", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Check(b.Context(), sub) //nolint:errcheck // it has none
		}
	})
}

// TestWhomAPersonaNames is the second sign where the platform gives nothing else: a
// name that its texts have and others hardly.
func TestWhomAPersonaNames(t *testing.T) {
	own := voice(1, "quisling", "lickspittle", "potemkin", "grifters", "junta")
	said := own() + "quisling lickspittle potemkin grifters junta "
	tests := map[string]struct {
		texts, others int // that have the name
		name          string
		want          string
	}{
		"a target":              {5, 0, "Dunmore", "it names dunmore, as 5 of theirs and 0 of 1000 others do"},
		"in disguise":           {5, 0, "Dunm0re", "it names dunmore, as 5 of theirs and 0 of 1000 others do"},
		"seldom":                {3, 0, "Dunmore", ""},
		"whom others name, too": {5, 6, "Dunmore", ""},
		"no name":               {5, 0, "dunmore", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sample := sampleOf(some(own, 20))
			for i := range tt.texts {
				sample.Texts[i] += "of " + tt.name
			}
			for i := range tt.others {
				sample.Others[i] += "of " + tt.name
			}
			p := classifier.NewPersonas()
			p.Draw(sample)
			report, err := p.Check(t.Context(), written(said+"and "+tt.name))
			if err != nil || len(report.Signals) != 1 {
				t.Fatalf("report %+v, %v", report, err)
			}
			if got := report.Signals[0].Seconded; got != tt.want {
				t.Errorf("the second sign is %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhomAPersonaAnswers is the second sign that a comment answers whom the
// persona's texts answer, and hardly anybody else.
func TestWhomAPersonaAnswers(t *testing.T) {
	own := voice(1, "quisling", "lickspittle", "potemkin", "grifters", "junta")
	sample := sampleOf(some(own, 20))
	sample.Answered = map[string]int{"Carol": 5, "Dora": 6}
	p := classifier.NewPersonas()
	p.Draw(sample)
	for to, want := range map[string]string{"Carol": "it answers somebody whom they answer", "Dora": "", "Anonymous": "", "": ""} {
		sub := written(own() + "quisling lickspittle potemkin grifters junta ")
		sub.Parent.Author, sub.Kin = to, []moderation.Kin{{Persona: 3, Answered: 4}}
		report, err := p.Check(t.Context(), sub)
		if err != nil || len(report.Signals) != 1 || report.Signals[0].Seconded != want {
			t.Errorf("an answer to %q: %+v, %v; want the second sign %q", to, report, err, want)
		}
	}
}
