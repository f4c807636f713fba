package rules

import (
	"net/netip"
	"slices"
	"strings"

	"gatehouse/internal/text"
)

// lookup is a way of finding the entries of lists in a text.
type lookup int

const (
	lookWords lookup = iota
	lookHosts
	lookValues
	lookNetworks
)

// trigger is a list that is looked for in a fact.
type trigger struct {
	list    int
	subject int  // the slot of the fact
	hidden  bool // only where the entry is written in disguise
}

// index holds the entries of every list that a condition looks for, each kind
// in one table, so that one walk over a text finds them all.
type index struct {
	lists    int         // numbered so far
	listOf   []int       // an entry's list, by the entry's number
	known    map[use]int // the numbers of named lists
	words    *wordNode
	spaced   map[string][]phrase // by what they are without their spaces
	hosts    map[string][]int
	values   map[string][]int
	networks networks
	scans    []scan
}

// phrase is an entry of several words.
type phrase struct {
	entry int
	words string // with single spaces
}

// use is a named list together with the way in which it is looked for.
type use struct {
	list *list
	kind lookup
}

// scan is a fact that must be walked over.
type scan struct {
	kind    lookup
	subject int
}

func newIndex() *index {
	return &index{
		known: make(map[use]int), words: new(wordNode),
		spaced: make(map[string][]phrase), hosts: make(map[string][]int), values: make(map[string][]int),
	}
}

// scan has the fact in slot subject walked over for each comment.
func (x *index) scan(kind lookup, subject int) {
	if s := (scan{kind, subject}); !slices.Contains(x.scans, s) {
		x.scans = append(x.scans, s)
	}
}

// addList adds a named list and returns its number. A list that was added for
// the same kind before is there already.
func (x *index) addList(kind lookup, l *list, f *faults) int {
	u := use{l, kind}
	if n, ok := x.known[u]; ok {
		return n
	}
	x.known[u] = x.add(kind, l.entries, f)
	return x.known[u]
}

// add adds entries as a list and returns its number. What can't be looked for
// in this way goes to f.
func (x *index) add(kind lookup, entries []entry, f *faults) int {
	n := x.lists
	x.lists++
	for _, e := range entries {
		number := len(x.listOf)
		x.listOf = append(x.listOf, n)
		if why := x.addEntry(kind, e.text, number); why != "" {
			f.add(e.at, "%q %s", e.text, why)
		}
	}
	return n
}

// addEntry adds one entry and says what is wrong with it, if anything.
func (x *index) addEntry(kind lookup, s string, number int) string {
	switch kind {
	case lookWords:
		x.addSpaced(s, number)
		return x.words.addEntry(s, number)
	case lookHosts:
		host, ok := text.Host(strings.TrimPrefix(s, "*."))
		if !ok {
			return "is not the name of a host, such as example.com"
		}
		x.hosts[host] = append(x.hosts[host], number)
	case lookValues:
		value := text.Normal(s)
		x.values[value] = append(x.values[value], number)
	case lookNetworks:
		return x.networks.add(s, number)
	}
	return ""
}

// addSpaced adds a phrase as it reads where all its letters stand apart: nobody can
// tell its words then, nor two phrases of a list that differ in where words end.
func (x *index) addSpaced(s string, number int) {
	if words := splitWords(text.Fold(s)); len(words) > 1 && !strings.Contains(s, "*") {
		joined := strings.Join(words, "")
		for _, p := range x.spaced[joined] {
			if x.listOf[p.entry] == x.listOf[number] {
				return
			}
		}
		x.spaced[joined] = append(x.spaced[joined], phrase{number, strings.Join(words, " ")})
	}
}

// networks is a table of address ranges: one look-up for each length of prefix
// that is in use.
type networks struct {
	lengths []int // of the prefixes, in bits
	entries map[netip.Prefix][]int
}

// add adds a range or a single address and says what is wrong with it.
func (n *networks) add(s string, number int) string {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil {
			return "is neither a network, such as 192.0.2.0/24, nor an address"
		}
		addr = addr.Unmap().WithZone("")
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix != prefix.Masked() {
		return "has bits set behind its length: is it " + prefix.Masked().String() + "?"
	}
	if n.entries == nil {
		n.entries = make(map[netip.Prefix][]int)
	}
	n.entries[prefix] = append(n.entries[prefix], number)
	if !slices.Contains(n.lengths, prefix.Bits()) {
		n.lengths = append(n.lengths, prefix.Bits())
	}
	return ""
}

// find yields the numbers of the entries that addr is in.
func (n *networks) find(addr netip.Addr, yield func(entry int)) {
	addr = addr.Unmap().WithZone("")
	for _, bits := range n.lengths {
		prefix, err := addr.Prefix(bits)
		if err != nil {
			continue // a length of the other family
		}
		for _, e := range n.entries[prefix] {
			yield(e)
		}
	}
}
