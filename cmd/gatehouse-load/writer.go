package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"gatehouse/internal/moderation"
)

// writer writes comments that nobody has written: sentences of common words, in no
// order that says anything, of people who come back, on posts that others comment
// on, too.
type writer struct {
	random  *rand.Rand
	seed    uint64
	written int
}

func newWriter(seed uint64) *writer {
	return &writer{random: rand.New(rand.NewPCG(seed, 7)), seed: seed}
}

const (
	writersEach = 100 // people behind each writer
	postsEach   = 40  // comments on a post before the next
	sentences   = 4   // at most
)

// words are what the comments are made of.
var words = strings.Fields(`about above across afternoon again almost along already although always among another answer anyone area around article
	autumn away bakery balance because become before behind believe below beside better between beyond bicycle borrow bottle bottom branch
	bread bridge bright bring brother brought build butter candle careful carry certain chance change children choose circle clear climb
	cloud coast coffee color common compare corner cotton country couple cover cross damage decide detail dinner distance double doubt early
	earth easily either engine enough entire evening event every evidence example except expect explain family farmer feature field figure
	finish finger follow forest forget forward friend future garden gather general gentle glass grandmother gravel green ground guitar
	happen harbor health heavy history holiday honest house however hundred image indeed inside instead interest island journey kettle
	kitchen ladder language larger later learn leave lesson letter level library likely listen little local longer lovely lunch machine
	market maybe meadow measure memory method middle minute mirror moment morning mountain museum narrow nearly neighbor nothing notice
	number object ocean office often opinion orange order other outside oven paint paper parent patient pencil people perhaps picture
	piece plain plant plenty pocket point portrait possible potato practice present pretty problem promise proper provide quarter question
	quiet quite railway rather reach reader reason recipe record remain remember repair reply report result return river roughly saddle
	sample scale school season second section sentence several shadow shelf shoulder silver simple sister slowly smooth soup source south
	space spring square stairs station still stone story straight street summer surface sweater system table teacher theater thing thought
	thread through ticket timber today together tomorrow towards tower travel turnip uncle under until useful usual valley various village
	visit voice walk warm water weather weekend whether window winter without wonder wooden worker write yellow yesterday`)

// text returns what a comment says.
func (w *writer) text() string {
	var s strings.Builder
	for range 1 + w.random.IntN(sentences) {
		for i := range 5 + w.random.IntN(12) {
			word := words[w.random.IntN(len(words))]
			if i == 0 {
				word = strings.ToUpper(word[:1]) + word[1:]
			} else {
				s.WriteByte(' ')
			}
			s.WriteString(word)
		}
		s.WriteString(". ")
	}
	return strings.TrimSpace(s.String())
}

// next is what the next comment is of: its writer and its post.
func (w *writer) next() (person uint64, post string) {
	w.written++
	return w.seed*writersEach + uint64(w.random.IntN(writersEach)), fmt.Sprintf("post-%d-%d", w.seed, w.written/postsEach)
}

func address(person uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(person >> 16), byte(person >> 8), byte(person)})
}

const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

// comment returns the next comment as a blog sends it.
func (w *writer) comment(id string) []byte {
	person, post := w.next()
	now := time.Now().UTC().Format(time.RFC3339)
	body, err := json.Marshal(map[string]any{
		"id": id, "body": w.text(), "format": "text", "created_at": now, "updated_at": now,
		"post": map[string]string{"id": post, "url": "https://blog.example/" + post, "title": "On " + post},
		"author": map[string]string{"name": fmt.Sprint("Reader ", person), "email": fmt.Sprintf("reader%d@mail.example", person),
			"ip": address(person).String(), "user_agent": browser},
	})
	if err != nil {
		panic(err) // strings always encode, so that can't happen
	}
	return body
}

// heldEach is how many comments there are to each that waits in a full database.
const heldEach = 100

// admission returns the next comment as it was taken at a time.
func (w *writer) admission(site moderation.Site, id string, at time.Time) moderation.Admission {
	person, post := w.next()
	text := w.text()
	action := moderation.Approve
	if w.written%heldEach == 0 {
		action = moderation.Hold
	}
	return moderation.Admission{At: at,
		Arrival: moderation.Arrival{Site: site, Key: "msg_" + id,
			Post: moderation.Post{ID: post, URL: "https://blog.example/" + post, Title: "On " + post},
			Author: moderation.Author{Name: fmt.Sprint("Reader ", person), Email: fmt.Sprintf("reader%d@mail.example", person),
				IP: address(person), UserAgent: browser},
			Comment: moderation.Comment{PlatformID: id, Body: text, Text: text, Format: moderation.FormatText, CreatedAt: at, UpdatedAt: at}},
		Verdict: moderation.Verdict{Action: action, Model: "starter", Rules: "builtin", Scores: moderation.Probabilities{OK: 0.9, Spam: 0.05, Abuse: 0.05},
			Reasons: []moderation.Reason{{Check: "classifier", Label: moderation.OK, Score: 0.9}}},
	}
}
