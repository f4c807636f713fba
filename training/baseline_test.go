package training

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// This file holds what the classifier is measured against. Nothing of it ships.

// The logistic regression of shared/knowledge/classifier.md.
const (
	baselineC     = 4    // weight of the loss against the penalty ½‖w‖²
	baselineDocs  = 2    // in how many texts an n-gram must stand
	baselineSlope = 1e-2 // length of the gradient at which fitting ends; 1e-5 changes the AUCs by less than 1e-5
)

// regression is a logistic regression on TF-IDF weights of words 1–2 and
// characters 2–5, one label against ok, as scikit-learn makes it of two
// TfidfVectorizer, the second with analyzer="char_wb", and LogisticRegression.
// It is not for use from several goroutines.
type regression struct {
	label   moderation.Label
	views   []*tfidf
	weights []float64 // of the columns of all views, the intercept last
}

// newRegression trains on the examples that are ok or have the label. damped is
// scikit-learn's sublinear_tf: 1 + ln of the count instead of the count.
func newRegression(all []Example, l moderation.Label, damped bool) *regression {
	var texts []string
	var signs []float64 // +1 the label, -1 ok
	for _, e := range all {
		switch e.Label {
		case l:
			signs = append(signs, 1)
		case moderation.OK:
			signs = append(signs, -1)
		default:
			continue
		}
		texts = append(texts, e.Text)
	}
	r := &regression{label: l, views: []*tfidf{{grams: wordGrams, damped: damped}, {grams: charGrams, damped: damped}}}
	width := 0
	for _, v := range r.views {
		v.offset = width
		v.learn(texts)
		width += len(v.idf)
	}
	x := &textMatrix{width: width, starts: []int{0}}
	for _, text := range texts {
		r.appendTo(x, text)
	}
	r.weights = fitBaseline(x, signs, baselineC)
	return r
}

// appendTo adds the row of a text to x.
func (r *regression) appendTo(x *textMatrix, text string) {
	for _, v := range r.views {
		v.appendTo(x, text)
	}
	x.starts = append(x.starts, len(x.cols))
}

// logOdds returns what the regression makes of a text.
func (r *regression) logOdds(text string) float64 {
	x := &textMatrix{width: len(r.weights) - 1, starts: []int{0}}
	r.appendTo(x, text)
	return x.times(r.weights)[0]
}

// Score makes a regression a [Scorer].
func (r *regression) Score(sub moderation.Submission) moderation.Probabilities {
	return againstOK(r.label, 1/(1+math.Exp(-r.logOdds(sub.Comment.Text))))
}

// againstOK returns the probabilities of who knows one label and ok only.
func againstOK(l moderation.Label, p float64) moderation.Probabilities {
	if l == moderation.Spam {
		return moderation.Probabilities{OK: 1 - p, Spam: p}
	}
	return moderation.Probabilities{OK: 1 - p, Abuse: p}
}

// tfidf turns texts into weights of n-grams as scikit-learn's TfidfVectorizer
// does: count × (ln((1+N)/(1+df)) + 1), each row of Euclidean length 1.
type tfidf struct {
	grams  func(dst []string, text string) []string
	damped bool
	offset int // of the first column
	index  map[string]int32
	idf    []float64
	found  []string // the n-grams of the last text, kept for its room
	ids    []int32
}

// learn takes in the n-grams of the texts, columns in the order in which they
// are first seen.
func (v *tfidf) learn(texts []string) {
	v.index = map[string]int32{}
	var docs, last []int // of each n-gram: in how many texts, and up to which
	for n, text := range texts {
		v.found = v.grams(v.found[:0], text)
		for _, gram := range v.found {
			id, known := v.index[gram]
			if !known {
				id = int32(len(docs))
				v.index[gram] = id
				docs, last = append(docs, 0), append(last, -1)
			}
			if last[id] != n {
				docs[id]++
				last[id] = n
			}
		}
	}
	column := make([]int32, len(docs))
	for id, n := range docs {
		column[id] = -1
		if n >= baselineDocs {
			column[id] = int32(len(v.idf))
			v.idf = append(v.idf, math.Log(float64(1+len(texts))/float64(1+n))+1)
		}
	}
	for gram, id := range v.index {
		if column[id] < 0 {
			delete(v.index, gram)
		} else {
			v.index[gram] = column[id]
		}
	}
}

// appendTo adds the n-grams of a text that are known to the last row of x.
func (v *tfidf) appendTo(x *textMatrix, text string) {
	v.found, v.ids = v.grams(v.found[:0], text), v.ids[:0]
	for _, gram := range v.found {
		if id, known := v.index[gram]; known {
			v.ids = append(v.ids, id)
		}
	}
	slices.Sort(v.ids)
	var weights []float64
	sum := 0.0
	for from := 0; from < len(v.ids); {
		id, to := v.ids[from], from+1
		for to < len(v.ids) && v.ids[to] == id {
			to++
		}
		count := float64(to - from)
		if v.damped {
			count = 1 + math.Log(count)
		}
		weight := count * v.idf[id]
		sum += weight * weight
		x.cols, weights = append(x.cols, int32(v.offset)+id), append(weights, weight)
		from = to
	}
	for _, weight := range weights {
		x.vals = append(x.vals, float32(weight/math.Sqrt(sum)))
	}
}

// pythonLower is strings.ToLower, but for the one letter of which Python makes
// two: its lower follows SpecialCasing.txt of Unicode, Go's does not.
func pythonLower(text string) string {
	return strings.ToLower(strings.ReplaceAll(text, "\u0130", "i\u0307"))
}

// wordGrams appends the words of a text and each two that follow each other.
// A word is what scikit-learn's (?u)\b\w\w+\b matches in lower case.
func wordGrams(dst []string, text string) []string {
	apart := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' }
	last := ""
	for word := range strings.FieldsFuncSeq(pythonLower(text), apart) {
		if utf8.RuneCountInString(word) < 2 {
			continue
		}
		dst = append(dst, word)
		if last != "" {
			dst = append(dst, last+" "+word)
		}
		last = word
	}
	return dst
}

// charGrams appends what 2 to 5 characters follow each other in the words of a
// text, blanks around them included: scikit-learn's char_wb. A word is what
// stands between white space.
func charGrams(dst []string, text string) []string {
	var at []int // where characters begin, and the end
	for word := range strings.FieldsSeq(pythonLower(text)) {
		word = " " + word + " "
		at = at[:0]
		for i := range word {
			at = append(at, i)
		}
		at = append(at, len(word))
		for n := 2; n <= 5; n++ {
			for i := 0; i+n < len(at); i++ {
				dst = append(dst, word[at[i]:at[i+n]])
			}
		}
	}
	return dst
}

// textMatrix is a sparse matrix by rows, with a column of ones behind the others.
type textMatrix struct {
	width  int   // columns, without that of ones
	starts []int // of the rows in cols and vals, and the end
	cols   []int32
	vals   []float32
}

// times returns Xw.
func (x *textMatrix) times(w []float64) []float64 {
	product := make([]float64, len(x.starts)-1)
	for i := range product {
		sum := w[x.width]
		vals := x.vals[x.starts[i]:x.starts[i+1]]
		for k, col := range x.cols[x.starts[i]:x.starts[i+1]] {
			sum += w[col] * float64(vals[k])
		}
		product[i] = sum
	}
	return product
}

// transposedTimes returns Xᵀr.
func (x *textMatrix) transposedTimes(r []float64) []float64 {
	product := make([]float64, x.width+1)
	for i, ri := range r {
		product[x.width] += ri
		vals := x.vals[x.starts[i]:x.starts[i+1]]
		for k, col := range x.cols[x.starts[i]:x.starts[i+1]] {
			product[col] += ri * float64(vals[k])
		}
	}
	return product
}

// fitBaseline returns the w that minimises ½‖w‖² + c Σ ln(1 + exp(-sign·xw)),
// the intercept, which is its last, left out of the penalty. It takes Newton
// steps, solved roughly by conjugate gradients and halved until they lead down
// (Nocedal and Wright 2006, "Numerical Optimization", algorithm 7.1).
func fitBaseline(x *textMatrix, signs []float64, c float64) []float64 {
	w := make([]float64, x.width+1)
	margins := make([]float64, len(signs)) // Xw
	pull := make([]float64, len(signs))    // the loss' slope by each margin
	curve := make([]float64, len(signs))   // and its second derivative
	for range 100 {
		for i, sign := range signs {
			p := 1 / (1 + math.Exp(sign*margins[i])) // of being wrong
			pull[i], curve[i] = -c*sign*p, c*p*(1-p)
		}
		slope := x.transposedTimes(pull)
		addScaled(slope[:x.width], 1, w[:x.width])
		if math.Sqrt(inner(slope, slope)) <= baselineSlope {
			return w
		}
		step := newtonWay(x, curve, slope)
		ahead, down := x.times(step), inner(step, slope)
		value, size := lossOf(w, margins, signs, c), 1.0
		for ; size > 1e-9; size /= 2 {
			w2, margins2 := slices.Clone(w), slices.Clone(margins)
			addScaled(w2, size, step)
			addScaled(margins2, size, ahead)
			if lossOf(w2, margins2, signs, c) <= value+1e-4*size*down {
				w, margins = w2, margins2
				break
			}
		}
	}
	panic("the logistic regression found no minimum, though its loss is convex")
}

// lossOf is what fitBaseline minimises.
func lossOf(w, margins, signs []float64, c float64) float64 {
	free := w[:len(w)-1]
	value := inner(free, free) / 2
	for i, sign := range signs {
		z := sign * margins[i]
		value += c * (math.Log1p(math.Exp(-math.Abs(z))) + max(0, -z))
	}
	return value
}

// newtonWay solves Hs = -slope up to a tenth of the slope, where H = I without
// its last one + Xᵀ diag(curve) X, by conjugate gradients.
func newtonWay(x *textMatrix, curve, slope []float64) []float64 {
	step := make([]float64, len(slope))
	left := make([]float64, len(slope)) // -slope - Hs
	addScaled(left, -1, slope)
	way := slices.Clone(left)
	before := inner(left, left)
	enough := before / 100
	for range 200 {
		bent := x.times(way)
		for i := range bent {
			bent[i] *= curve[i]
		}
		along := x.transposedTimes(bent)
		addScaled(along[:x.width], 1, way[:x.width])
		size := before / inner(way, along)
		addScaled(step, size, way)
		addScaled(left, -size, along)
		after := inner(left, left)
		if after <= enough {
			break
		}
		for i := range way {
			way[i] = left[i] + after/before*way[i]
		}
		before = after
	}
	return step
}

// inner returns the inner product.
func inner(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// addScaled adds size × b to a.
func addScaled(a []float64, size float64, b []float64) {
	for i, v := range b {
		a[i] += size * v
	}
}

// library is github.com/jbrukh/bayesian v1.1.0 as its README shows it: words
// between white space, in lower case, learned with Learn and judged by the
// difference of LogScores. Package classifier owns the module, so its formula
// stands here: ln (n+1)/(all+2), n being the words learned for a class, plus for
// every word ln (count+1)/(n+v), v being how many different words that class has.
// TestPlainLibrary there holds the module to the scores that this is held to.
type library struct {
	label  moderation.Label
	counts [2]map[string]float64 // of words: in ok, in the label
	words  [2]float64
}

// newLibrary trains on the examples that are ok or have the label.
func newLibrary(all []Example, l moderation.Label) *library {
	b := &library{label: l, counts: [2]map[string]float64{{}, {}}}
	for _, e := range all {
		class := slices.Index([]moderation.Label{moderation.OK, l}, e.Label)
		if class < 0 {
			continue
		}
		for word := range strings.FieldsSeq(strings.ToLower(e.Text)) {
			b.counts[class][word]++
			b.words[class]++
		}
	}
	return b
}

// logScores are the library's, of ok and of the label.
func (b *library) logScores(text string) (scores [2]float64) {
	for class := range scores {
		scores[class] = math.Log((b.words[class] + 1) / (b.words[0] + b.words[1] + 2))
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			scores[class] += math.Log((b.counts[class][word] + 1) / (b.words[class] + float64(len(b.counts[class]))))
		}
	}
	return scores
}

// Score makes a library a [Scorer]. Its log-odds are so large that most
// probabilities would be 0 or 1; these keep the order, and mean nothing else.
func (b *library) Score(sub moderation.Submission) moderation.Probabilities {
	scores := b.logScores(sub.Comment.Text)
	odds := scores[1] - scores[0]
	return againstOK(b.label, 0.5+odds/(1+math.Abs(odds))/2)
}

func TestWordGrams(t *testing.T) {
	got := wordGrams(nil, "A cat_9's Maß, \u0130 x２ ab\u0301c \u200bno")
	want := []string{"cat_9", "maß", "cat_9 maß", "x２", "maß x２", "ab", "x２ ab", "no", "ab no"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other than scikit-learn's (-want +got):\n%s", diff)
	}
}

func TestCharGrams(t *testing.T) {
	got := charGrams(nil, "A  b\u00a0Maße \u0130")
	want := []string{
		" a", "a ", " a ", " b", "b ", " b ",
		" m", "ma", "aß", "ße", "e ", " ma", "maß", "aße", "ße ", " maß", "maße", "aße ", " maße", "maße ",
		" i", "i\u0307", "\u0307 ", " i\u0307", "i\u0307 ", " i\u0307 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other than scikit-learn's (-want +got):\n%s", diff)
	}
}

// TestFitBaseline has minima that can be written down.
func TestFitBaseline(t *testing.T) {
	// Two rows, 1 and -1, apart: w = 2cσ(-w), which is 1 at this c.
	two := &textMatrix{width: 1, starts: []int{0, 1, 2}, cols: []int32{0, 0}, vals: []float32{1, -1}}
	nothing := &textMatrix{starts: []int{0, 0, 0, 0, 0}}
	for _, c := range []struct {
		name  string
		x     *textMatrix
		signs []float64
		c     float64
		want  []float64
	}{
		{"two rows", two, []float64{1, -1}, (1 + math.E) / 2, []float64{1, 0}},
		{"an intercept is the log-odds", nothing, []float64{1, 1, 1, -1}, 4, []float64{math.Log(3)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fitBaseline(c.x, c.signs, c.c)
			for i := range c.want {
				if math.Abs(got[i]-c.want[i]) > baselineSlope {
					t.Errorf("weights %v, want %v", got, c.want)
				}
			}
		})
	}
}

// TestRegressionIsScikitLearns compares with the decision_function of version
// 1.2.1 with C=4 and tol=1e-10, without and with sublinear_tf.
func TestRegressionIsScikitLearns(t *testing.T) {
	var all []Example
	for label, texts := range map[moderation.Label][]string{
		moderation.OK: {
			"The council said the road will open in May, the report says.", "I think the bridge is a good plan, thanks for the figures",
			"a school needs money; the vote is on 3 May", "Thanks, that is what I think of the report", "Größe und Maß: the plan für die Brücke", "ok",
		},
		moderation.Abuse: {
			"you are a moron, a moron and a moron", "What a moron you are!!! SCUM scum", "shut up you scum, you are worthless",
			"die Brücke is for morons like you", "u r scum_bag no. 3",
		},
		moderation.Spam: {"neither this moron nor that counts"},
	} {
		for _, text := range texts {
			all = append(all, Example{Text: text, Label: label})
		}
	}
	plain, damped := newRegression(all, moderation.Abuse, false), newRegression(all, moderation.Abuse, true)
	if got := len(plain.weights) - 1; got != 218 {
		t.Errorf("%d columns, want 218", got)
	}
	for _, c := range []struct {
		text          string
		plain, damped float64
	}{
		{"you moron", 2.0265, 1.9591},
		{"the report on the bridge", -2.2335, -2.1696},
		{"scum scum scum scum SCUM the plan", 0.7455, 0.1729},
		{"\u0130 think ３ Maß", -1.2544, -1.3164},
		{"a", -0.0557, -0.1525},
		{"nothing known: xyzzy", -0.3752, -0.4244},
		{"die Brücke, you moron_s", 1.0607, 1.0432},
		{"", -0.1947, -0.2369},
	} {
		if got, got2 := plain.logOdds(c.text), damped.logOdds(c.text); math.Abs(got-c.plain) > 1e-3 || math.Abs(got2-c.damped) > 1e-3 {
			t.Errorf("%q: log-odds %.4f and %.4f, want %.4f and %.4f", c.text, got, got2, c.plain, c.damped)
		}
	}
}

// TestLibrary compares with scores that the library itself gave.
func TestLibrary(t *testing.T) {
	content, err := os.ReadFile("testdata/library.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Lessons []Example
		Scores  []struct {
			Text      string
			OK, Abuse float64
		}
	}
	if err := json.Unmarshal(content, &known); err != nil {
		t.Fatal(err)
	}
	b := newLibrary(known.Lessons, moderation.Abuse)
	for _, c := range known.Scores {
		if got := b.logScores(c.Text); math.Abs(got[0]-c.OK) > 1e-9 || math.Abs(got[1]-c.Abuse) > 1e-9 {
			t.Errorf("%q: scores %v, want %v and %v", c.Text, got, c.OK, c.Abuse)
		}
	}
}
