package rules

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/moderation"
)

// builtInSignals returns what the built-in book says of a stranger's text.
func builtInSignals(t *testing.T, book *Book, body string) []moderation.Signal {
	t.Helper()
	report, err := book.Check(context.Background(), says(body))
	if err != nil {
		t.Fatal(err)
	}
	return report.Signals
}

// TestDecentCommentsPass holds that hard words about politics pass the whole of the
// built-in book, each from somebody who never wrote before, or wake nobody at least.
func TestDecentCommentsPass(t *testing.T) {
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"You should die of shame, minister.":                                                                                                                   "",
		"I hope you die happy, in your own bed, and in a free country.":                                                                                        "",
		"In this party you have to watch your back.":                                                                                                           "",
		"He told the reporter to watch your back, and nobody in the party thinks that is a problem.":                                                           "",
		"\"We know where you live\", they wrote to the councillor's wife. That is in the Guardian today: https://www.theguardian.com/1":                        "threats/quoted",
		"The accused had shouted 'I will kill you' at the judge, reports the Times.":                                                                           "threats/quoted",
		"Hundreds wrote to her office, 10 Downing Street, London SW1A 2AA, and let her know what they think.":                                                  "",
		"He can call him an idiot all day, call me at the office +44 20 7946 0000 and I will tell you who paid.":                                               "",
		"They want to sell our hospital to a casino operator: https://www.bbc.co.uk/news/1":                                                                    "",
		"Bitcoin bros bought the senator. Join the dots: https://www.washingtonpost.com/1":                                                                     "",
		"My doctor gave me xanax after the last election, buy yourselves some too.":                                                                            "",
		"Do check out the report, page 12, and the minister's video statement. Thumbs up to the auditor who wrote it.":                                         "",
		"Visit my town and you will see what austerity does: https://town.example/1":                                                                           "",
		"The petition is at https://www.change.org/p/1 - sign up, it takes a minute.":                                                                          "",
		"Three sources, since you asked: https://www.reuters.com/1 https://apnews.com/2 https://www.bbc.co.uk/news/3":                                          "",
		"Tel. 0211 5550-01 ist die Nummer der Staatskanzlei, da kann jeder fragen.":                                                                            "",
		"Le standard de la mairie: 01 99 00 40 40, demandez le service des eaux.":                                                                              "",
		"Call the town hall on +49 30 5550260 and ask them.":                                                                                                   "",
		"The dot com bubble taught them nothing, and every dot com company of today is a bank.":                                                                "",
		"Call your senator, call them all, and tell them that 70 % of us want it.":                                                                             "",
		"The first of these offers stood in 5 lots, the 2nd in 3d, and he bought in the 1st.":                                                                  "",
		"She was told “kill yourself” forty times in one night, and the police said there was nothing in it.":                                                  "threats/quoted",
		"Das ist die Telefonnummer des Bürgeramts: 030 5550 2600, aber da geht keiner ran.":                                                                    "",
		"Sie hat recht: https://www.spiegel.de/1 und https://www.zeit.de/2 sagen dasselbe.":                                                                    "",
		"I make my own jam, check out the market hall on Saturday, and thumbs up to the mayor for once, it does the town good, and so do the farmers of ours.": "",
	} {
		var got []string
		for _, s := range builtInSignals(t, book, body) {
			got = append(got, s.Rule)
			if s.Urgent {
				t.Errorf("%q: %s is urgent", body, s.Rule)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: hits %q, want %q", body, got, want)
		}
	}
}

// TestDisguisesAreShownAsWords holds that a card shows the word behind a disguise.
func TestDisguisesAreShownAsWords(t *testing.T) {
	book, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"k i l l  y o u r s e l f":                       "tells somebody to die: kill yourself",
		"go to the c\u200ba\u200bs\u200bi\u200bn\u200bo": "invisible characters inside of words: casino",
		"what a m o r o n you are":                       "an insult in disguise: moron",
	} {
		var got []string
		for _, s := range builtInSignals(t, book, body) {
			got = append(got, s.Detail)
		}
		if !slices.Contains(got, want) {
			t.Errorf("%q: says %q, want %q", body, got, want)
		}
	}
}
