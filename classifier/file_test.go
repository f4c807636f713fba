package classifier

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// written returns a model's file.
func written(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// resealed returns the file with old replaced by as long a text, and a checksum
// that is right again.
func resealed(t testing.TB, file []byte, old, fresh string) []byte {
	t.Helper()
	if len(old) != len(fresh) || !bytes.Contains(file, []byte(old)) {
		t.Fatalf("can't replace %q by %q", old, fresh)
	}
	b := bytes.Replace(file[:len(file)-sha256.Size], []byte(old), []byte(fresh), 1)
	return reseal(b)
}

// reseal adds the checksum.
func reseal(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b[:len(b):len(b)], sum[:]...)
}

func TestFileRoundTrip(t *testing.T) {
	alone := testModel(t)
	for _, m := range []*Model{alone, train(t, alone, invented(4, 60), 1000)} {
		file := written(t, m)
		got, err := Read(iotest.OneByteReader(bytes.NewReader(file)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.Info(), got.Info()); diff != "" {
			t.Errorf("info (-want +got):\n%s", diff)
		}
		if got.ID() != m.ID() || got.NumFeatures() != m.NumFeatures() {
			t.Errorf("model %s of %d features, want %s of %d", got.ID(), got.NumFeatures(), m.ID(), m.NumFeatures())
		}
		if !bytes.Equal(written(t, got), file) {
			t.Error("written again, the file is another")
		}
		for _, c := range invented(2, 50) {
			if p, q := m.ScoreText(c.text), got.ScoreText(c.text); p != q {
				t.Fatalf("%q: %v, and %v once read", c.text, p, q)
			}
		}
	}
}

func TestFileHoldsNoTexts(t *testing.T) {
	file := string(written(t, testModel(t)))
	for _, word := range []string{"moron", "viagra", "council", "casino"} {
		if strings.Contains(file, word) {
			t.Errorf("%q stands in the file", word)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	file := written(t, testModel(t))
	flipped := bytes.Clone(file)
	flipped[len(file)/2] ^= 4
	newer := bytes.Clone(file)
	newer[len(magic)+3] = 9
	hugeHeader := bytes.Clone(file[:len(file)-sha256.Size])
	binary.BigEndian.PutUint32(hugeHeader[len(magic)+4:], 1<<31)
	for _, c := range []struct {
		name string
		file []byte
		says string
	}{
		{"nothing", nil, "does not begin like a model"},
		{"another file", []byte("PNG or so"), "does not begin like a model"},
		{"the beginning alone", file[:len(magic)+4], "cut short"},
		{"half of it", file[:len(file)/2], "checksum is wrong"},
		{"all but a byte", file[:len(file)-1], "checksum is wrong"},
		{"a flipped bit", flipped, "checksum is wrong"},
		{"a newer format", newer, "made in format 9, this program reads 3: train it again"},
		{"other features", resealed(t, file, `"feature_set":2`, `"feature_set":3`), "made with feature set 3, this program has 2: train it again"},
		{"other labels", resealed(t, file, `"ok","spam","abuse"`, `"ok","abuse","spam"`), "made for the labels [ok abuse spam]"},
		{"no prior", resealed(t, file, `"OK":0.9,`, `"OK":0.1,`), "the prior sums to"},
		{"a threshold", resealed(t, file, `"limits":{"Spam":0.5`, `"limits":{"Spam":9.5`), "no probability"},
		{"a huge header", reseal(hugeHeader), "more than there are"},
		{"no JSON", resealed(t, file, `"layers":[`, `"layers":{`), "no JSON"},
		{"more features than fit", resealed(t, file, `"features":`+featuresOf(t, file), `"features":`+strings.Repeat("9", len(featuresOf(t, file)))), "feature"},
		{"something behind", reseal(append(bytes.Clone(file[:len(file)-sha256.Size]), 1, 2, 3)), "3 bytes too many"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.file))
			if err == nil || !strings.HasPrefix(err.Error(), c.says) && c.name == "other features" ||
				!strings.Contains(err.Error(), c.says) || !errors.Is(err, moderation.ErrInvalid) {
				t.Errorf("error %v, want %q", err, c.says)
			}
		})
	}
}

// featuresOf returns how many features the header says the first view has.
func featuresOf(t testing.TB, file []byte) string {
	t.Helper()
	_, rest, _ := strings.Cut(string(file), `"vocabulary"`)
	_, rest, _ = strings.Cut(rest, `"features":`)
	digits, _, found := strings.Cut(rest, "}")
	if !found {
		t.Fatal("no number of features")
	}
	return digits
}

func TestReadPassesErrorsOn(t *testing.T) {
	if _, err := Read(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
}

// FuzzRead reads damaged files, with a checksum that is wrong and one that is
// right. What is read must be whole enough to be asked and written again.
func FuzzRead(f *testing.F) {
	file := written(f, train(f, nil, invented(1, 60), 40))
	f.Add(file)
	f.Add(file[:len(file)-sha256.Size])
	f.Add(resealed(f, file, `"layers":[`, `"layers":[`[:10]))
	f.Add(append([]byte(magic), 0, 0, 0, 1, 0, 0, 0, 2, '{', '}'))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, file := range [][]byte{b, reseal(b)} {
			m, err := Read(bytes.NewReader(file))
			if err != nil {
				continue
			}
			m.ScoreText("you idiot, see the council's plan!")
			if !bytes.Equal(written(t, m), file) {
				t.Fatal("a file that was read is written otherwise")
			}
		}
	})
}
