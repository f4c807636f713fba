package rules

import (
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"gatehouse/internal/moderation"
	"gatehouse/internal/text"
)

// maxHosts is how many hosts of one comment conditions loop over.
const maxHosts = 100

// state is one comment on its way through a book: what has been found out about
// it so far. Facts are looked at when a condition asks for them, and once.
type state struct {
	book   *Book
	sub    moderation.Submission
	vm     vm.VM
	env    map[string]any
	have   []bool // by slot: whether env has it
	hits   []hit
	seen   []bool // by entry: whether the walk under way has hit it
	called []bool // by rule: whether a hit called it
	tokens []span

	normalText string
	haveNormal bool
	foundLinks []text.Link
	foundHosts []string
	haveLinks  bool
	survey     text.Survey
	haveSurvey bool

	// Memory for what a rule that hits has to show.
	found, pieces []string
	line          []byte
}

// hit is an entry of a list that was found in a fact.
type hit struct {
	trigger
	entry int
	found string // as it stands in the text, in normal or folded form
}

// state returns a state for one comment; release gives it back.
func (b *Book) state(sub moderation.Submission) *state {
	s, ok := b.states.Get().(*state)
	if !ok {
		s = &state{
			book: b, env: make(map[string]any, len(b.slots)), have: make([]bool, len(b.slots)),
			seen: make([]bool, len(b.index.listOf)), called: make([]bool, len(b.rules)),
		}
		s.vm.MemoryBudget = maxMemory
	}
	s.sub = sub
	return s
}

// release forgets the comment and keeps the memory for the next one.
func (b *Book) release(s *state) {
	s.sub = moderation.Submission{}
	clear(s.env)
	clear(s.have)
	clear(s.hits)
	clear(s.found[:cap(s.found)])
	clear(s.pieces[:cap(s.pieces)])
	clear(s.called)
	s.hits, s.tokens = s.hits[:0], s.tokens[:0]
	s.normalText, s.haveNormal = "", false
	s.foundLinks, s.foundHosts, s.haveLinks = nil, nil, false
	s.haveSurvey = false
	b.states.Put(s)
}

// value returns the value in slot i.
func (s *state) value(i int) any {
	slot := &s.book.slots[i]
	if !s.have[i] {
		s.env[slot.name] = slot.get(s)
		s.have[i] = true
	}
	return s.env[slot.name]
}

// textOf returns the text in slot i.
func (s *state) textOf(i int) string {
	v, _ := s.value(i).(string)
	return v
}

// normal returns the normal form of the comment's text.
func (s *state) normal() string {
	if !s.haveNormal {
		s.normalText, s.haveNormal = text.Normal(s.sub.Comment.Text), true
	}
	return s.normalText
}

// links returns the links in the comment.
func (s *state) links() []text.Link {
	if !s.haveLinks {
		s.foundLinks, s.haveLinks = text.Links(s.sub.Comment.Text), true
		for _, l := range s.foundLinks {
			if len(s.foundHosts) < maxHosts && !slices.Contains(s.foundHosts, l.Host) {
				s.foundHosts = append(s.foundHosts, l.Host)
			}
		}
	}
	return s.foundLinks
}

// hosts returns the hosts that the comment links to, each once.
func (s *state) hosts() []string {
	s.links()
	return s.foundHosts
}

// domains returns the registered domains of those hosts, each once.
func (s *state) domains() []string {
	var domains []string
	for _, host := range s.hosts() {
		if d := text.Domain(host); !slices.Contains(domains, d) {
			domains = append(domains, d)
		}
	}
	return domains
}

// shorteners counts the links that hide where they lead.
func (s *state) shorteners() int {
	n := 0
	for _, l := range s.links() {
		if text.IsShortener(l.Host) {
			n++
		}
	}
	return n
}

// sources counts the links that lead to what people name as their sources.
func (s *state) sources() int {
	n := 0
	for _, l := range s.links() {
		if text.IsSource(l.Host) {
			n++
		}
	}
	return n
}

// look returns what the comment's text is made of.
func (s *state) look() *text.Survey {
	if !s.haveSurvey {
		s.survey, s.haveSurvey = text.Look(s.sub.Comment.Text), true
	}
	return &s.survey
}

// address returns the writer's address; empty where unknown.
func (s *state) address() string {
	if !s.sub.Author.IP.IsValid() {
		return ""
	}
	return s.sub.Author.IP.String()
}

// scan walks over every fact in which a condition looks for a list.
func (s *state) scan() {
	for _, sc := range s.book.index.scans {
		first := len(s.hits)
		switch sc.kind {
		case lookWords:
			s.scanWords(sc.subject)
		case lookHosts:
			s.scanHosts(sc.subject)
		case lookValues:
			value := text.Normal(s.textOf(sc.subject))
			for _, e := range s.book.index.values[value] {
				s.hit(e, sc.subject, value)
			}
		case lookNetworks:
			s.scanNetworks(sc.subject)
		}
		for _, h := range s.hits[first:] {
			s.seen[h.entry] = false
		}
	}
}

// hit notes that an entry was found; once for each walk.
func (s *state) hit(entry, subject int, found string) {
	if !s.seen[entry] {
		s.seen[entry] = true
		s.pull(trigger{list: s.book.index.listOf[entry], subject: subject}, entry, found)
	}
}

// unveil notes that an entry was found in disguise.
func (s *state) unveil(entry, subject int, found string) {
	if !s.seen[entry] {
		s.hit(entry, subject, found)
		s.pull(trigger{list: s.book.index.listOf[entry], subject: subject, hidden: true}, entry, found)
	}
}

// pull notes what was found for a trigger.
func (s *state) pull(t trigger, entry int, found string) {
	s.hits = append(s.hits, hit{t, entry, found})
	for _, rule := range s.book.wakes[t] {
		s.called[rule] = true
	}
}

// scanWords looks for words in the normal form of a text, in its folded form,
// and folded after runs of a letter were squeezed, each where it differs.
func (s *state) scanWords(subject int) {
	normal := ""
	if s.isText(subject) {
		normal = s.normal()
	} else {
		normal = text.Normal(s.textOf(subject))
	}
	folded := text.FoldNormal(normal)
	s.walk(normal, subject, s.hit)
	if folded != normal {
		s.walk(folded, subject, s.unveil)
		for _, word := range text.SpacedWords(s.textOf(subject), normal) {
			s.walk(word, subject, s.unveil)
			for _, p := range s.book.index.spaced[word] {
				s.unveil(p.entry, subject, p.words)
			}
		}
	}
	if unleeted := text.Unleet(folded); unleeted != folded {
		s.walk(unleeted, subject, s.unveil)
	}
	if squeezed := text.Squeeze(normal); squeezed != normal {
		s.walk(text.FoldNormal(squeezed), subject, s.hit)
	}
}

// walk looks for words in one form of a text.
func (s *state) walk(form string, subject int, found func(entry, subject int, found string)) {
	s.tokens = s.tokens[:0]
	for at, w := range text.Words(form) {
		s.tokens = append(s.tokens, span{at, at + len(w)})
	}
	s.book.index.words.walk(form, s.tokens, func(entry, start, end int) {
		found(entry, subject, form[start:end])
	})
}

// scanHosts looks for the hosts of links, and the names above them.
func (s *state) scanHosts(subject int) {
	var links []text.Link
	if s.isText(subject) {
		links = s.links()
	} else {
		links = linksOf(s.textOf(subject))
	}
	for _, l := range links {
		for name, more := l.Host, true; more; _, name, more = strings.Cut(name, ".") {
			for _, e := range s.book.index.hosts[name] {
				s.hit(e, subject, l.Host)
			}
		}
	}
}

// isText reports whether a slot is the comment's text, of which more is known.
func (s *state) isText(subject int) bool { return s.book.slots[subject].name == "text" }

// linksOf returns the links in a fact; the whole of it is one where it is an
// address without a scheme.
func linksOf(s string) []text.Link {
	links := text.Links(s)
	if len(links) > 0 {
		return links
	}
	before, _, _ := strings.Cut(strings.TrimSpace(s), "/")
	if host, ok := text.Host(before); ok {
		return []text.Link{{Raw: before, Host: host}}
	}
	return nil
}

// scanNetworks looks for the networks that an address is in.
func (s *state) scanNetworks(subject int) {
	value := s.textOf(subject)
	addr, err := netip.ParseAddr(value)
	if err != nil {
		return
	}
	s.book.index.networks.find(addr, func(entry int) { s.hit(entry, subject, value) })
}

// pulled reports whether one of the triggers was hit.
func (s *state) pulled(triggers []trigger) bool {
	for _, h := range s.hits {
		if slices.Contains(triggers, h.trigger) {
			return true
		}
	}
	return false
}

// matched returns what was found of the triggers, each entry once. The next call
// overwrites it.
func (s *state) matched(triggers []trigger) []string {
	s.found = s.found[:0]
	for _, h := range s.hits {
		if slices.Contains(triggers, h.trigger) {
			s.found = append(s.found, h.found)
		}
	}
	return s.found
}

// count returns how many entries of the triggers were found.
func (s *state) count(triggers []trigger) int {
	n := 0
	for _, h := range s.hits {
		if slices.Contains(triggers, h.trigger) {
			n++
		}
	}
	return n
}

// awake yields, in the book's order, the rules that can hit: those without known
// needs, and those that a hit of the index called.
func (s *state) awake() iter.Seq[int] {
	for _, i := range s.book.always {
		s.called[i] = true
	}
	return func(yield func(int) bool) {
		for i, called := range s.called {
			if called && !yield(i) {
				return
			}
		}
	}
}

// holds evaluates the condition of r.
func (s *state) holds(r *rule) (bool, error) {
	for _, i := range r.program.slots {
		if !s.have[i] {
			s.value(i)
		}
	}
	out, err := s.vm.Run(r.program.code, s.env)
	if err != nil {
		return false, err
	}
	hit, _ := out.(bool)
	return hit, nil
}
