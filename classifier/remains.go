package classifier

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// What is left of a lesson whose text is purged is
//
//	feature set  uvarint
//	numbers      which of the class numbers are not 0, as the bits of a uvarint,
//	             then those, 4 bytes each
//	keys         for each view how many, then by ascending key the distance to the
//	             one before, all as uvarints
//	checksum     CRC-32C of all before it, 4 bytes
//
// with integers and floats in big-endian order. Keys are hashes of 32 bits; in what
// order the words stood is not kept.

// checksumSize is how many bytes a checksum has.
const checksumSize = 4

// errCut is what is wrong with what ends too early, or goes on.
var errCut = errors.New("it is cut or damaged")

// Features implements moderation.Featurer. What was made for a lesson stays right
// for its withdrawal, and with later models of the same feature set.
func (c *Checker) Features(l moderation.Lesson) ([]byte, error) {
	f, err := c.model.lessonFeatures(l)
	if err != nil {
		return nil, err
	}
	return f.encode(), nil
}

// CheckFeatures returns why a lesson can't be learned by what Features wrote, an
// error that wraps moderation.ErrInvalid.
func CheckFeatures(data []byte) error {
	_, err := readFeatures(data)
	return err
}

// lessonFeatures returns what a lesson is learned by: what its text has, or what
// is left of it.
func (m *Model) lessonFeatures(l moderation.Lesson) (Features, error) {
	if len(l.Features) > 0 {
		return readFeatures(l.Features)
	}
	return m.features(l.Text, l.Parent.Author), nil
}

// encode writes distinct features.
func (f *Features) encode() []byte {
	b := binary.AppendUvarint(nil, FeatureSet)
	b = f.numbers.append(b)
	for v := range f.keys {
		b = appendKeys(b, slices.Sorted(slices.Values(f.keys[v])))
	}
	return appendChecksum(b)
}

// append writes the numbers.
func (n *classNumbers) append(b []byte) []byte {
	mask := uint64(0)
	for i, x := range n {
		if x != 0 {
			mask |= 1 << i
		}
	}
	b = binary.AppendUvarint(b, mask)
	for _, x := range n {
		if x != 0 {
			b = binary.BigEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return b
}

// appendKeys writes keys in ascending order.
func appendKeys(b []byte, keys []key) []byte {
	b = binary.AppendUvarint(b, uint64(len(keys)))
	last := key(0)
	for _, k := range keys {
		b = binary.AppendUvarint(b, uint64(k-last))
		last = k
	}
	return b
}

// appendChecksum ends what is written.
func appendChecksum(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// cutChecksum returns what stands before a checksum that is right.
func cutChecksum(b []byte) ([]byte, error) {
	end := len(b) - checksumSize
	if end < 0 || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], crc32.MakeTable(crc32.Castagnoli)) {
		return nil, errCut
	}
	return b[:end], nil
}

// readFeatures reads what encode wrote, and nothing else.
func readFeatures(data []byte) (f Features, err error) {
	set, n := binary.Uvarint(data)
	if n > 0 && set != FeatureSet { // the rest is another program's
		return f, invalidError{fmt.Errorf("read features of a purged text: they are of set %d, and this program learns by set %d", set, FeatureSet)}
	}
	body, err := cutChecksum(data)
	if err == nil {
		r := &reader{rest: body}
		r.uvarint()
		f.numbers = r.numbers()
		for v := range f.keys {
			f.keys[v] = r.keys()
		}
		err = r.end()
	}
	if err != nil {
		return Features{}, invalidError{fmt.Errorf("read features of a purged text: %w", err)}
	}
	return f, nil
}

// reader takes apart what was written as uvarints and bytes. After a failure it
// gives zeros.
type reader struct {
	rest []byte
	bad  bool
}

// end returns an error unless everything was read, and was right.
func (r *reader) end() error {
	if r.bad || len(r.rest) > 0 {
		return errCut
	}
	return nil
}

// fail marks what is read as wrong.
func (r *reader) fail() { r.bad, r.rest = true, nil }

// uvarint reads a number in its shortest form.
func (r *reader) uvarint() uint64 {
	x, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 1 && r.rest[n-1] == 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return x
}

// count reads how many of something follow that has at least a byte each.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

// bytes reads so many bytes.
func (r *reader) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// numbers reads the class numbers.
func (r *reader) numbers() (n classNumbers) {
	mask := r.uvarint()
	if mask>>numNumbers != 0 {
		r.fail()
	}
	for i := range n {
		if mask&(1<<i) == 0 {
			continue
		}
		x := math.Float32frombits(binary.BigEndian.Uint32(r.bytes(4)))
		if !(x > 0) || math.IsInf(float64(x), 0) {
			r.fail()
		}
		n[i] = x
	}
	return n
}

// keys reads distinct keys in ascending order.
func (r *reader) keys() []key {
	keys := make([]key, 0, r.count())
	last := uint64(0)
	for range cap(keys) {
		last = r.key(last)
		keys = append(keys, key(last))
	}
	return keys
}

// key reads the distance to a key from the one before it, and returns the key.
func (r *reader) key(last uint64) uint64 {
	distance := r.uvarint()
	if distance == 0 || distance > math.MaxUint32 || last+distance > math.MaxUint32 {
		r.fail()
		return last
	}
	return last + distance
}

// sum returns a hash of the distinct keys, whatever their order. It tells lessons
// apart, and is the same wherever and whenever it is made.
func (f *Features) sum() (sum uint64) {
	for v, keys := range f.keys {
		for _, k := range keys {
			h := (uint64(k) | uint64(v+1)<<32) * hashPrime
			h ^= h >> 29
			h *= 0x9e3779b97f4a7c15
			sum += h ^ h>>32
		}
	}
	return sum
}
