package classifier

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"gatehouse/internal/moderation"
)

// A model file is
//
//	magic           16 bytes
//	format version  uint32
//	header length   uint32
//	header          JSON: Info, and of each layer its logistic and view sizes
//	features        for each layer and view, by ascending key: the distance to
//	                the key before, then the counts of ok, spam and abuse, all
//	                as uvarints, then the linear weights for spam and for abuse
//	                in the layer's unit, as varints (encoding/binary)
//	checksum        SHA-256 of all before it
//
// with integers in big-endian order. It holds no text: a feature is a hash of
// 32 bits.
const (
	magic         = "gatehouse model\n"
	formatVersion = 3
	prefixSize    = len(magic) + 8
	maxFileSize   = 64 << 20
	maxHeaderSize = 1 << 20
	maxLayers     = 8
	minFeature    = 6 // bytes of a feature at least
)

// header is the JSON part of a model file.
type header struct {
	Info
	Layers []layerHeader `json:"layers"`
}

// layerHeader is what the header says of a layer.
type layerHeader struct {
	Logistic   Logistic         `json:"logistic"`
	Weights    [numLabels]int64 `json:"weights"` // of the comments, in grains
	LinearUnit float64          `json:"linear_unit"`
	Views      [numViews]struct {
		Totals     [numLabels]int64 `json:"totals"`
		Vocabulary int              `json:"vocabulary"`
		Features   int              `json:"features"`
	} `json:"views"`
}

// encode writes the model's file into m and names the model by its hash.
func (m *Model) encode() error {
	h := header{Info: m.info}
	var features []byte
	for _, l := range m.layers {
		lh := layerHeader{Logistic: l.logistic, Weights: l.encoded.weights, LinearUnit: l.encoded.linearUnit}
		for v := range l.encoded.views {
			view := &l.encoded.views[v]
			lh.Views[v].Totals, lh.Views[v].Vocabulary, lh.Views[v].Features = view.totals, view.vocabulary, len(view.keys)
			features = view.append(features)
		}
		h.Layers = append(h.Layers, lh)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode model: %w", err)
	}
	b := append([]byte(nil), magic...)
	b = binary.BigEndian.AppendUint32(b, formatVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
	b = append(append(b, text...), features...)
	m.seal(b)
	if len(m.encoded) > maxFileSize || len(text) > maxHeaderSize {
		return fmt.Errorf("encode model: %d bytes are more than a model may have", len(m.encoded))
	}
	return nil
}

// seal adds the checksum to a file, which becomes the model's.
func (m *Model) seal(b []byte) {
	sum := sha256.Sum256(b)
	m.encoded = append(b, sum[:]...)
	m.id = hex.EncodeToString(sum[:4])
}

// append writes the features of a view.
func (d *viewData) append(b []byte) []byte {
	last := key(0)
	for i, k := range d.keys {
		b = binary.AppendUvarint(b, uint64(k-last))
		for _, n := range d.counts[i] {
			b = binary.AppendUvarint(b, uint64(n))
		}
		for _, n := range d.linear[i] {
			b = binary.AppendVarint(b, int64(n))
		}
		last = k
	}
	return b
}

// WriteTo writes the model's file.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(m.encoded)
	return int64(n), err
}

// Read reads a model that WriteTo wrote. It refuses, in words that say what to
// do, what is no model, was cut or damaged, or is of another version of the
// format or the features; such errors wrap moderation.ErrInvalid.
func Read(r io.Reader) (*Model, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return nil, err
	}
	m, err := decode(b)
	if err != nil {
		return nil, invalidError{err}
	}
	return m, nil
}

// invalidError is a moderation.ErrInvalid that says only what is wrong.
type invalidError struct{ error }

// Is makes the error a moderation.ErrInvalid.
func (invalidError) Is(target error) bool { return target == moderation.ErrInvalid }

// decode reads a model file.
func decode(b []byte) (*Model, error) {
	h, features, err := decodeHeader(b)
	if err != nil {
		return nil, err
	}
	d := decoder{rest: features}
	var layers []*layer
	var base *background
	for i := range h.Layers {
		data, err := d.layer(&h.Layers[i])
		if err != nil {
			return nil, err
		}
		l, err := newLayer(data, h.Layers[i].Logistic, base)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
		if i == 0 {
			base = layers[0].background()
		}
	}
	if len(d.rest) > 0 {
		return nil, fmt.Errorf("%d bytes too many", len(d.rest))
	}
	m := newModel(h.Info, layers)
	m.seal(b[: len(b)-sha256.Size : len(b)-sha256.Size])
	return m, nil
}

// decodeHeader checks all but the features, and returns header and features.
func decodeHeader(b []byte) (h header, features []byte, err error) {
	switch {
	case len(b) > maxFileSize:
		return h, nil, fmt.Errorf("larger than %d MiB", maxFileSize>>20)
	case !bytes.HasPrefix(b, []byte(magic)):
		return h, nil, errors.New("it does not begin like a model: is it another file?")
	case len(b) < prefixSize+sha256.Size:
		return h, nil, errors.New("it was cut short")
	}
	if v := binary.BigEndian.Uint32(b[len(magic):]); v != formatVersion {
		return h, nil, fmt.Errorf("made in format %d, this program reads %d: train it again", v, formatVersion)
	}
	content := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], b[len(content):]) {
		return h, nil, errors.New("its checksum is wrong: it was cut short or damaged")
	}
	size := binary.BigEndian.Uint32(b[len(magic)+4:])
	rest := content[prefixSize:]
	if size > maxHeaderSize || int(size) > len(rest) {
		return h, nil, fmt.Errorf("its header has %d bytes, more than there are or may be", size)
	}
	if err := json.Unmarshal(rest[:size], &h); err != nil {
		return h, nil, fmt.Errorf("its header is no JSON of a model: %w", err)
	}
	return h, rest[size:], h.check()
}

// check returns what in the header does not fit this program.
func (h *header) check() error {
	if h.FeatureSet != FeatureSet {
		return fmt.Errorf("made with feature set %d, this program has %d: train it again", h.FeatureSet, FeatureSet)
	}
	if !slices.Equal(h.Labels, moderation.Labels()) {
		return fmt.Errorf("made for the labels %v, this program has %v", h.Labels, moderation.Labels())
	}
	if err := checkPrior(h.Prior); err != nil {
		return err
	}
	for _, t := range []float64{h.Limits.Spam, h.Limits.Abuse} {
		if !(t >= 0 && t <= 1) {
			return fmt.Errorf("a threshold of %v is no probability", t)
		}
	}
	if len(h.Layers) == 0 || len(h.Layers) > maxLayers {
		return fmt.Errorf("it has %d layers, not 1 to %d", len(h.Layers), maxLayers)
	}
	for i := range h.Layers {
		want := inputsUpon
		if i == 0 {
			want = inputsAlone
		}
		if err := h.Layers[i].check(want); err != nil {
			return fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return nil
}

// checkPrior returns what is wrong with a prior.
func checkPrior(p moderation.Probabilities) error {
	sum := 0.0
	for _, l := range moderation.Labels() {
		if !(p.Of(l) > 0) {
			return fmt.Errorf("a prior of %v for %s is no probability above 0", p.Of(l), l)
		}
		sum += p.Of(l)
	}
	if math.Abs(sum-1) > 1e-9 {
		return fmt.Errorf("the prior sums to %v, not 1", sum)
	}
	return nil
}

// check returns what is wrong with a layer whose logistic must have so many
// inputs.
func (h *layerHeader) check(inputs int) error {
	for c := range numContrasts {
		if len(h.Logistic.Weights[c]) != inputs {
			return fmt.Errorf("%d weights, not %d", len(h.Logistic.Weights[c]), inputs)
		}
		if curves := h.Logistic.Curves; curves != nil && (inputs == inputsUpon || !curves[c].valid()) {
			return errors.New("its calibration falls, or bends what stands upon another layer")
		}
	}
	if !(h.LinearUnit >= 0 && h.LinearUnit < 1e6) {
		return fmt.Errorf("a unit of %v for linear weights is out of range", h.LinearUnit)
	}
	for v := range h.Views {
		view := &h.Views[v]
		for _, n := range append(view.Totals[:], int64(view.Vocabulary), int64(view.Features), h.Weights[0]) {
			if n < 0 || n > 1<<50 {
				return fmt.Errorf("a count of %d is out of range", n)
			}
		}
		if view.Features > view.Vocabulary {
			return fmt.Errorf("%d features of a vocabulary of %d", view.Features, view.Vocabulary)
		}
	}
	return nil
}

// decoder reads features from what is left of a file.
type decoder struct{ rest []byte }

// layer reads the features of a layer.
func (d *decoder) layer(h *layerHeader) (layerData, error) {
	data := layerData{weights: h.Weights, linearUnit: h.LinearUnit}
	for v := range data.views {
		view := &data.views[v]
		view.totals, view.vocabulary = h.Views[v].Totals, h.Views[v].Vocabulary
		n := h.Views[v].Features
		if n > len(d.rest)/minFeature {
			return data, fmt.Errorf("%d features do not fit in %d bytes", n, len(d.rest))
		}
		view.keys, view.counts, view.linear = make([]key, n), make([][numLabels]uint32, n), make([][numContrasts]int16, n)
		last := uint64(0)
		for i := range n {
			distance, err := d.uvarint()
			if err != nil {
				return data, err
			}
			if last += distance; distance == 0 {
				return data, errors.New("a feature stands twice")
			} else if last > math.MaxUint32 {
				return data, errors.New("a feature is out of range")
			}
			view.keys[i] = key(last)
			if err := d.feature(&view.counts[i], &view.linear[i]); err != nil {
				return data, err
			}
		}
	}
	return data, nil
}

// feature reads the counts and the linear weights of a feature.
func (d *decoder) feature(counts *[numLabels]uint32, linear *[numContrasts]int16) error {
	for y := range counts {
		count, err := d.uvarint()
		if err != nil {
			return err
		}
		counts[y] = uint32(count)
	}
	for c := range linear {
		n, size := binary.Varint(d.rest)
		if size <= 0 || n < math.MinInt16 || n > math.MaxInt16 {
			return errBadNumber()
		}
		d.rest = d.rest[size:]
		linear[c] = int16(n)
	}
	return nil
}

// uvarint reads a number of at most 32 bits.
func (d *decoder) uvarint() (uint64, error) {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > math.MaxUint32 {
		return 0, errBadNumber()
	}
	d.rest = d.rest[size:]
	return n, nil
}

// errBadNumber says that a number among the features is none.
func errBadNumber() error {
	return errors.New("a number among its features is cut short or too large")
}
