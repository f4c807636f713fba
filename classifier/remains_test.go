package classifier

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/internal/moderation"
)

// checks that a checker needs no texts.
var _ moderation.Featurer = (*Checker)(nil)

// purged returns a lesson as it is when its text is purged.
func purged(t testing.TB, c *Checker, l moderation.Lesson) moderation.Lesson {
	t.Helper()
	features, err := c.Features(l)
	if err != nil {
		t.Fatal(err)
	}
	l.Text, l.Parent, l.Features = "", moderation.Parent{}, features
	return l
}

func TestFeaturesOfAPurgedText(t *testing.T) {
	m := testModel(t)
	l := lesson(1, 0, moderation.Abuse, "you moron, Ann: 12345 https://pills.example.com is filth!!! я ❤️")
	l.Parent.Author = "Ann"
	data := purged(t, New(m), l).Features
	want := m.features(l.Text, l.Parent.Author)
	for v := range want.keys {
		slices.Sort(want.keys[v])
	}
	got, err := readFeatures(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Features{})); diff != "" {
		t.Errorf("features (-of the text +read):\n%s", diff)
	}
	if bytes.Contains(data, []byte("moron")) {
		t.Error("the text is in them")
	}
	if n := len(want.keys[0]) + len(want.keys[1]); len(data) > 5*n+len(want.numbers)*4 {
		t.Errorf("%d bytes for %d features", len(data), n)
	}
}

func TestFeaturesThatCannotBeRead(t *testing.T) {
	whole := purged(t, New(testModel(t)), lesson(1, 0, moderation.OK, "the council said it")).Features
	other := appendChecksum(append(binary.AppendUvarint(nil, FeatureSet+1), whole[1:len(whole)-checksumSize]...))
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for _, test := range []struct {
		name string
		data []byte
		says string
	}{
		{"of another set", other, "this program learns by set"},
		{"cut", whole[:len(whole)-1], "cut or damaged"},
		{"damaged", flipped, "cut or damaged"},
		{"longer", appendChecksum(append(bytes.Clone(whole[:len(whole)-checksumSize]), 0)), "cut or damaged"},
		{"too many keys", appendChecksum([]byte{FeatureSet, 0, 200, 1}), "cut or damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := CheckFeatures(test.data); !errors.Is(err, moderation.ErrInvalid) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %q", err, test.says)
			}
			c := New(testModel(t))
			l := lesson(1, 0, moderation.OK, "")
			l.Features = test.data
			if err := c.Apply(l); !errors.Is(err, moderation.ErrInvalid) {
				t.Errorf("learned: %v", err)
			}
			mustApply(t, c, l, lesson(2, 0, moderation.OK, "the council"), lesson(3, 1, moderation.OK, ""))
			if last, standing := c.Lessons(1); last != 3 || standing != [3]int64{1, 0, 0} {
				t.Errorf("last %d, standing %v", last, standing)
			}
		})
	}
}

// TestPurgingChangesNoModel teaches by text and by features, and takes back by
// either, whichever it was taught by: the model is that of the texts.
func TestPurgingChangesNoModel(t *testing.T) {
	m := testModel(t)
	probe := append(invented(6, 10), labelled{"ab ba a b c gammon", ""})
	rapid.Check(t, func(t *rapid.T) {
		byText, mixed := New(m), New(m)
		var standing []moderation.Lesson
		for n := range rapid.IntRange(0, 20).Draw(t, "steps") {
			var l moderation.Lesson
			if len(standing) > 0 && rapid.Bool().Draw(t, "withdraw") {
				i := rapid.IntRange(0, len(standing)-1).Draw(t, "which")
				l = standing[i]
				l.Number, l.Withdraws = int64(n+1), l.Number
				standing = append(standing[:i:i], standing[i+1:]...)
			} else {
				l = lesson(int64(n+1), 0, rapid.SampledFrom(moderation.Labels()).Draw(t, "label"),
					rapid.StringMatching(`([abc]{1,2} |the |idiot |council |12345 |@ann ){0,6}`).Draw(t, "text"))
				l.Parent.Author = rapid.SampledFrom([]string{"", "ann", "council"}).Draw(t, "parent")
				standing = append(standing, l)
			}
			mustApplyRapid(t, byText, l)
			if rapid.Bool().Draw(t, "purged") {
				features, err := byText.Features(l)
				if err != nil {
					t.Fatal(err)
				}
				l.Text, l.Parent, l.Features = "", moderation.Parent{}, features
			}
			mustApplyRapid(t, mixed, l)
		}
		want, got := byText.siteFor(1), mixed.siteFor(1)
		if diff := cmp.Diff(want.tally, got.tally, exposeTally); diff != "" || want.vocabulary != got.vocabulary {
			t.Fatalf("vocabulary %v, want %v; tally (-by texts +mixed):\n%s", got.vocabulary, want.vocabulary, diff)
		}
		for _, text := range probe {
			if got, want := mixed.Score(submission(1, text.text)), byText.Score(submission(1, text.text)); got != want {
				t.Fatalf("%q: %v, want %v", text.text, got, want)
			}
		}
	})
}

// TestBlendOfPurgedLessons gives the trainer what is left of texts.
func TestBlendOfPurgedLessons(t *testing.T) {
	m := testModel(t)
	c, byText, byFeatures := New(m), NewBlendTrainer(m, 2), NewBlendTrainer(m, 2)
	probe := lesson(0, 0, "", "moron of the council")
	for i, text := range invented(5, 30) {
		l := lesson(int64(i+1), 0, text.label, text.text)
		if err := errors.Join(byText.Learn(l, i%2), byFeatures.Learn(purged(t, c, l), i%2)); err != nil {
			t.Fatal(err)
		}
	}
	for fold := range 2 {
		want, err := byText.Inputs(probe, fold)
		if err != nil {
			t.Fatal(err)
		}
		got, err := byFeatures.Inputs(purged(t, c, probe), fold)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			wantNear(t, "input", got[i], want[i], 1e-9)
		}
	}
	if _, err := byText.Judge(moderation.Lesson{Features: []byte{FeatureSet}}); !errors.Is(err, moderation.ErrInvalid) {
		t.Errorf("judged what can't be read: %v", err)
	}
}

// FuzzFeatures reads anything; what it takes is what would have been written.
func FuzzFeatures(f *testing.F) {
	m := testModel(f)
	for _, text := range []string{"", "you idiot!!! 12345", "the council https://a.example.com said"} {
		fs := m.features(text, "")
		f.Add(fs.encode())
	}
	f.Add(appendChecksum([]byte{FeatureSet, 0, 1, 1, 0}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, appendChecksum(bytes.Clone(data))} {
			read, err := readFeatures(data)
			if err != nil {
				if !errors.Is(err, moderation.ErrInvalid) {
					t.Errorf("error %v is not %v", err, moderation.ErrInvalid)
				}
				continue
			}
			if again := read.encode(); !bytes.Equal(again, data) {
				t.Errorf("read %x, would be written %x", data, again)
			}
		}
	})
}
