package classifier

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// A snapshot of a site is
//
//	format     uvarint
//	last       uvarint: the number of the last lesson
//	standing   how many lessons, and by ascending number the distance to the one
//	           before and the label's place, as uvarints, and the sum of its
//	           features, 8 bytes
//	features   for each view how many, and by ascending key the distance to the one
//	           before and how many lessons of each label have it, as uvarints; see
//	           appendCount
//	checksum   CRC-32C of all before it, 4 bytes
//
// with integers in big-endian order. What can be computed from that, sums and
// vocabularies, is not in it. Equal models have equal snapshots.
const snapshotFormat = 1

// Snapshot returns what a site's lessons have made, so that Restore brings it back.
// Two models are equal where Last and Content are.
func (c *Checker) Snapshot(id moderation.SiteID) moderation.Snapshot {
	snap := moderation.Snapshot{Site: id, Base: c.model.id}
	s := c.site(id)
	if s == nil {
		s = newSite(c.model)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	snap.Last, snap.Content = s.last, s.encode()
	return snap
}

// Aside returns a checker by the same model that has learned nothing.
func (c *Checker) Aside() moderation.Student { return New(c.model) }

// Restore replaces what a site has learned by a snapshot; nil: by nothing. How it
// weighs stays. A snapshot over another model, or one that is damaged, changes
// nothing and is an error that wraps moderation.ErrInvalid.
func (c *Checker) Restore(id moderation.SiteID, snap *moderation.Snapshot) error {
	fresh := newSite(c.model)
	if snap != nil {
		if snap.Base != c.model.id {
			return invalidError{fmt.Errorf("restore snapshot: it stands upon the model %s and this program has %s", snap.Base, c.model.id)}
		}
		if err := fresh.decode(snap.Content); err != nil || fresh.last != snap.Last {
			return invalidError{fmt.Errorf("restore snapshot: %w", errCut)}
		}
	} else if c.site(id) == nil {
		return nil
	}
	s := c.siteFor(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally, s.vocabulary, s.standing, s.last = fresh.tally, fresh.vocabulary, fresh.standing, fresh.last
	return nil
}

// encode writes what the lessons have made.
func (s *site) encode() []byte {
	b := binary.AppendUvarint(nil, snapshotFormat)
	b = binary.AppendUvarint(b, uint64(s.last))
	b = binary.AppendUvarint(b, uint64(len(s.standing)))
	before := int64(0)
	for _, number := range slices.Sorted(maps.Keys(s.standing)) {
		l := s.standing[number]
		y, _ := labelIndex(l.label)
		b = binary.AppendUvarint(b, uint64(number-before))
		b = binary.AppendUvarint(b, uint64(y))
		b = binary.BigEndian.AppendUint64(b, l.sum)
		before = number
	}
	for v := range s.tally.views {
		counts := s.tally.views[v].counts
		b = binary.AppendUvarint(b, uint64(len(counts)))
		last := key(0)
		for _, k := range slices.Sorted(maps.Keys(counts)) {
			b = binary.AppendUvarint(b, uint64(k-last))
			b = appendCount(b, counts[k])
			last = k
		}
	}
	return appendChecksum(b)
}

// mixedCount marks a count of several labels.
const mixedCount = numLabels

// appendCount writes how many lessons have a feature: where all are of one label,
// four times the number and the label's place, else mixedCount and three numbers.
func appendCount(b []byte, c Count) []byte {
	if y := slices.Index(c.labels[:], c.comments*Grain); y >= 0 {
		return binary.AppendUvarint(b, uint64(c.comments)<<2|uint64(y))
	}
	b = binary.AppendUvarint(b, mixedCount)
	for _, grains := range c.labels {
		b = binary.AppendUvarint(b, uint64(grains/Grain))
	}
	return b
}

// decode reads what encode wrote into a site without lessons.
func (s *site) decode(data []byte) error {
	body, err := cutChecksum(data)
	if err != nil {
		return err
	}
	r := &reader{rest: body}
	if r.uvarint() != snapshotFormat {
		r.fail()
	}
	s.last = r.number()
	s.decodeStanding(r)
	for v := range s.tally.views {
		s.decodeView(r, v)
	}
	return r.end()
}

// decodeStanding reads the lessons that stand.
func (s *site) decodeStanding(r *reader) {
	n := r.count()
	s.standing = make(map[int64]standingLesson, n)
	number := int64(0)
	for range n {
		distance, y := r.number(), r.uvarint()
		sum := binary.BigEndian.Uint64(r.bytes(8))
		if number += distance; distance == 0 || number > s.last || y >= numLabels {
			r.fail()
			return
		}
		s.standing[number] = standingLesson{moderation.Labels()[y], sum}
		s.tally.comments[y]++
		s.tally.weights[y] += Grain
	}
}

// decodeView reads the counts of a view.
func (s *site) decodeView(r *reader, v int) {
	n, view, last := r.count(), &s.tally.views[v], uint64(0)
	view.counts = make(map[key]Count, n)
	for range n {
		last = r.key(last)
		c := r.featureCount(&s.tally.comments)
		if r.bad {
			return
		}
		view.counts[key(last)] = c
		for y, grains := range c.labels {
			view.totals[y] += int64(grains)
		}
		if s.background.of(v, key(last)) == 0 {
			s.vocabulary[v]++
		}
	}
}

// number reads a lesson's number.
func (r *reader) number() int64 {
	x := r.uvarint()
	if x > math.MaxInt64 {
		r.fail()
		return 0
	}
	return int64(x)
}

// featureCount reads a feature's count, given how many lessons there are.
func (r *reader) featureCount(lessons *[numLabels]int64) (c Count) {
	x := r.uvarint()
	var counts [numLabels]uint64
	if y := x & mixedCount; y < numLabels {
		counts[y] = x >> 2
	} else {
		for y := range counts {
			counts[y] = r.uvarint()
		}
	}
	for y, n := range counts {
		if n > uint64(lessons[y]) {
			r.fail()
			return Count{}
		}
		c.labels[y] = uint32(n) * Grain
		c.comments += uint32(n)
	}
	pure := slices.Contains(c.labels[:], c.comments*Grain)
	if c.comments == 0 || x&mixedCount == mixedCount && (pure || x != mixedCount) {
		r.fail()
	}
	return c
}
