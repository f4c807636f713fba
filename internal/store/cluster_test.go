package store_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// from returns a held comment of somebody at an address of their own.
func (w *world) from(id, name, ip, body string) moderation.CommentID {
	w.t.Helper()
	a := w.arrival(id, body)
	a.Author = moderation.Author{Name: name}
	if ip != "" {
		a.Author.IP = netip.MustParseAddr(ip)
	}
	return w.admit(a, moderation.Hold).Comment
}

// clusters counts the comments of each cluster that is spoken of.
func (w *world) clusters(ids ...moderation.CommentID) map[moderation.ClusterID]int {
	w.t.Helper()
	counts := map[moderation.ClusterID]int{}
	for _, id := range ids {
		v, err := w.CaseOf(w.t.Context(), id)
		w.must(err)
		r, err := w.Record(w.t.Context(), w.site.ID, id)
		w.must(err)
		if (v.Cluster == nil) != (r.Cluster == nil) || v.Cluster != nil && *v.Cluster != *r.Cluster {
			w.t.Errorf("cluster %+v of the case, and %+v of the record", v.Cluster, r.Cluster)
		}
		if v.Cluster != nil {
			counts[v.Cluster.ID]++
		}
	}
	return counts
}

// TestARaidIsACluster lets a raid of each kind come amid ordinary comments.
func TestARaidIsACluster(t *testing.T) {
	const said = "Shame on you all, the council of this town has sold every one of us for a plate of soup and nobody says a word"
	for name, tt := range map[string]struct {
		kind moderation.ClusterKind
		say  func(i int) (ip, body string)
	}{
		"one text": {moderation.ClusterText, func(int) (string, string) { return "", said }},
		"nearly one text": {moderation.ClusterText, func(i int) (string, string) {
			words := strings.Fields(said)
			words[i%len(words)] = fmt.Sprint("w", i)
			return "", strings.Join(words, " ")
		}},
		"one host": {moderation.ClusterHost, func(i int) (string, string) {
			return "", fmt.Sprintf("%d x%d y%d at https://join.example.com/%d", i, i, i, i)
		}},
		"one range": {moderation.ClusterRange, func(i int) (string, string) {
			return fmt.Sprint("203.0.113.", i), fmt.Sprintf("No %d x%d", i, i)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var raid, others []moderation.CommentID
			for i := range 30 {
				ip, body := tt.say(i)
				raid = append(raid, w.from(fmt.Sprint("r", i), fmt.Sprint("raider ", i), ip, body))
				others = append(others, w.from(fmt.Sprint("o", i), fmt.Sprint("reader ", i), fmt.Sprintf("10.0.%d.1", i), fmt.Sprintf("Reader %d has an opinion n%d on m%d and k%d.", i, i, i, i)))
				w.now = w.now.Add(time.Minute)
			}
			if found := w.clusters(others...); len(found) != 0 {
				t.Errorf("the ordinary comments are in clusters %v", found)
			}
			counts := w.clusters(raid...)
			if len(counts) != 1 {
				t.Fatalf("clusters %v", counts)
			}
			v, err := w.CaseOf(t.Context(), raid[0])
			w.must(err)
			c := v.Cluster
			if c == nil || c.Kind != tt.kind || c.Comments != 30 || !c.Since.Equal(epoch) || !c.Last.Equal(epoch.Add(29*time.Minute)) || counts[c.ID] != 30 {
				t.Errorf("cluster %+v of %d cases", c, counts)
			}
		})
	}
}

func TestOrdinaryCommentsAreNoCluster(t *testing.T) {
	for name, write := range map[string]func(w *world, i int) moderation.CommentID{
		"what anybody says": func(w *world, i int) moderation.CommentID {
			return w.from(fmt.Sprint(i), fmt.Sprint("reader ", i), "", "I agree")
		},
		"the same once a day": func(w *world, i int) moderation.CommentID {
			w.now = w.now.Add(24 * time.Hour)
			return w.from(fmt.Sprint(i), fmt.Sprint("reader ", i), "", "Good morning to all of you on this fine day in town")
		},
		"somebody at home": func(w *world, i int) moderation.CommentID {
			return w.from(fmt.Sprint(i), "Ann", "203.0.113.9", fmt.Sprintf("It is %d o'clock", i))
		},
		"said twice": func(w *world, i int) moderation.CommentID {
			return w.from(fmt.Sprint(i), "Ann", "", strings.ReplaceAll("a# b# c# d# e# f# g#", "#", fmt.Sprint(i/2)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			var ids []moderation.CommentID
			for i := range 20 {
				ids = append(ids, write(w, i))
			}
			if found := w.clusters(ids...); len(found) != 0 {
				t.Errorf("clusters %v", found)
			}
		})
	}
}

// TestAHostThatReadersLikeIsNoCluster links to a host that was linked to as often
// before.
func TestAHostThatReadersLikeIsNoCluster(t *testing.T) {
	w := newWorld(t)
	var ids []moderation.CommentID
	for i := range 40 {
		if i < 30 {
			w.now = w.now.Add(6 * time.Hour)
		}
		ids = append(ids, w.from(fmt.Sprint(i), fmt.Sprint("reader ", i), "", fmt.Sprintf("x%d https://video.example.com/%d", i, i)))
	}
	if found := w.clusters(ids...); len(found) != 0 {
		t.Errorf("clusters %v", found)
	}
}

// TestAClusterShrinks withdraws some of its comments, and edits one.
func TestAClusterShrinks(t *testing.T) {
	const said = "The council of this town has sold every one of us for a plate of soup"
	w := newWorld(t)
	var ids []moderation.CommentID
	for i := range 5 {
		ids = append(ids, w.from(fmt.Sprint(i), fmt.Sprint(i), "", said))
	}
	want := func(what string, n int) {
		t.Helper()
		v, err := w.CaseOf(t.Context(), ids[0])
		w.must(err)
		if n == 0 && v.Cluster != nil || n > 0 && (v.Cluster == nil || v.Cluster.Comments != n) {
			t.Errorf("%s: cluster %+v, want %d comments", what, v.Cluster, n)
		}
	}
	want("as they came", 5)
	_, err := w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "4", At: w.now})
	w.must(err)
	want("one withdrawn", 4)
	w.from("3", "3", "", said+" and bread")
	want("one edited a little", 4)
	w.from("3", "3", "", "I take all of that back, it was a mistake of mine")
	want("one edited", 3)
	_, err = w.Withdraw(t.Context(), moderation.Withdrawal{Site: w.site, PlatformID: "2", At: w.now})
	w.must(err)
	want("two are left", 0)
}

func TestARaidIsOverAfterAPause(t *testing.T) {
	const said = "The council of this town has sold every one of us for a plate of soup"
	w := newWorld(t)
	var ids []moderation.CommentID
	for i := range 8 {
		if i == 4 {
			w.now = w.now.Add(moderation.RaidPause + time.Minute)
		}
		ids = append(ids, w.from(fmt.Sprint(i), fmt.Sprint(i), "", said))
	}
	if found := w.clusters(ids...); len(found) != 2 {
		t.Errorf("clusters %v", found)
	}
}
