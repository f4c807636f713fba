package training

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gatehouse/internal/moderation"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// texts returns n examples of one source and label with texts of their own.
func texts(n int, source string, label moderation.Label) []Example {
	var all []Example
	for i := range n {
		all = append(all, Example{Text: fmt.Sprintf("%s %s %d", source, label, i), Source: source, Label: label})
	}
	return all
}

func TestFoldsAreStratified(t *testing.T) {
	examples := append(texts(100, "a", moderation.OK), texts(20, "a", moderation.Spam)...)
	examples = append(examples, texts(7, "b", moderation.Abuse)...)
	fold := Folds(examples, 5)
	count := map[string][]int{}
	for i, e := range examples {
		key := e.Source + " " + string(e.Label)
		if count[key] == nil {
			count[key] = make([]int, 5)
		}
		count[key][fold[i]]++
	}
	for key, want := range map[string]int{"a ok": 20, "a spam": 4, "b abuse": 1} {
		for f, n := range count[key] {
			if n < want || n > want+1 {
				t.Errorf("%s: %d in fold %d; want %d or %d", key, n, f, want, want+1)
			}
		}
	}
}

// TestFoldsKeepTogether draws examples with few texts and groups, and looks for
// one that was parted.
func TestFoldsKeepTogether(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		examples := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Example {
			return Example{
				Text:   rapid.StringMatching("[a-d]").Draw(rt, "text"),
				Label:  rapid.SampledFrom(moderation.Labels()).Draw(rt, "label"),
				Source: rapid.StringMatching("[st]").Draw(rt, "source"),
				Group:  rapid.StringMatching("[gh]?").Draw(rt, "group"),
			}
		}), 1, 60).Draw(rt, "examples")
		k := rapid.IntRange(1, 6).Draw(rt, "k")
		fold := Folds(examples, k)
		of := map[string]int{}
		for i, e := range examples {
			key := "text " + e.Text
			if e.Group != "" {
				key = e.Source + " " + e.Group
			}
			if f, seen := of[key]; seen && f != fold[i] {
				rt.Fatalf("%q is in the folds %d and %d", key, f, fold[i])
			}
			if of[key] = fold[i]; fold[i] < 0 || fold[i] >= k {
				rt.Fatalf("fold %d of %d", fold[i], k)
			}
		}
	})
}

func TestFoldsDoNotDependOnTheOrder(t *testing.T) {
	examples := append(texts(50, "a", moderation.OK), texts(30, "b", moderation.Spam)...)
	fold := Folds(examples, 4)
	want, got := map[string]int{}, map[string]int{}
	for i, e := range examples {
		want[e.Text] = fold[i]
	}
	shuffled := append([]Example(nil), examples...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) {
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
	})
	for i, f := range Folds(shuffled, 4) {
		got[shuffled[i].Text] = f
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("folds after shuffling (-want +got):\n%s", diff)
	}
}

func TestFoldsBalanceGroups(t *testing.T) {
	var examples []Example
	for g, n := range []int{40, 30, 20, 10} {
		for i := range n {
			examples = append(examples, Example{Text: fmt.Sprint(g, i), Label: moderation.OK, Group: fmt.Sprint(g)})
		}
	}
	size := make([]int, 2)
	for _, f := range Folds(examples, 2) {
		size[f]++
	}
	if diff := cmp.Diff([]int{50, 50}, size); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

func TestFoldsPartGroupsOfOtherSources(t *testing.T) {
	fold := Folds([]Example{{Text: "x", Source: "a", Group: "g"}, {Text: "y", Source: "b", Group: "g"}}, 2)
	if fold[0] == fold[1] {
		t.Error("groups of the same name in two sources were kept together")
	}
}

func TestFoldsOfRareStrataAreOfOneSize(t *testing.T) {
	var examples []Example
	for i := range 30 {
		examples = append(examples, texts(1, fmt.Sprint(i), moderation.OK)...)
	}
	size := make([]int, 3)
	for _, f := range Folds(examples, 3) {
		size[f]++
	}
	if diff := cmp.Diff([]int{10, 10, 10}, size); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}
