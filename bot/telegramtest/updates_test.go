package telegramtest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gatehouse/bot/telegramtest"
)

// update is what the tests read of an update.
type update struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		Text string `json:"text"`
	} `json:"message"`
	Callback *struct {
		Data    string `json:"data"`
		Message struct {
			ID   int   `json:"message_id"`
			Date int64 `json:"date"`
		} `json:"message"`
	} `json:"callback_query"`
}

func updates(t *testing.T, address string, form ...string) (list []update) {
	t.Helper()
	a := post(t, address, "getUpdates", form...)
	if err := json.Unmarshal(a.Result, &list); err != nil {
		t.Fatalf("%+v: %v", a, err)
	}
	return list
}

// texts returns what the updates say.
func texts(list []update) (said []string) {
	for _, u := range list {
		said = append(said, u.Message.Text)
	}
	return said
}

func TestOffset(t *testing.T) {
	s, address := telegram(t)
	for _, text := range []string{"a", "b", "c", "d"} {
		s.Say(group, anna, text)
	}
	check := func(what string, want []string, form ...string) []update {
		t.Helper()
		got := updates(t, address, form...)
		if diff := cmp.Diff(want, texts(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		return got
	}
	first := check("all", []string{"a", "b", "c", "d"})
	check("again", []string{"a", "b", "c", "d"})
	check("limit", []string{"a", "b"}, "limit", "2")
	next := func(i int) string { return strconv.FormatInt(first[i].ID+1, 10) }
	check("confirmed", []string{"b", "c", "d"}, "offset", next(0))
	check("stays confirmed", []string{"b", "c", "d"})
	check("negative", []string{"c", "d"}, "offset", "-2")
	check("forgotten", []string{"c", "d"}, "offset", next(0))
	check("end", nil, "offset", next(3))
}

func TestLongPoll(t *testing.T) {
	s, address := telegram(t)
	got := make(chan []update)
	go func() { got <- updates(t, address, "timeout", "50") }()
	waitForCalls(t, s, 1)
	s.Say(group, anna, "hello")
	if list := <-got; len(list) != 1 || list[0].Message.Text != "hello" {
		t.Errorf("got %+v", list)
	}
}

func TestPollTimesOut(t *testing.T) {
	_, address := telegram(t)
	if list := updates(t, address, "timeout", "1"); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
}

func TestTwoPollsAreAConflict(t *testing.T) {
	s, address := telegram(t)
	first := make(chan answer)
	go func() { first <- post(t, address, "getUpdates", "timeout", "50") }()
	waitForCalls(t, s, 1)
	second := make(chan []update)
	go func() { second <- updates(t, address, "timeout", "50") }()
	if a := <-first; a.Code != http.StatusConflict {
		t.Errorf("the first gets %+v", a)
	}
	s.Say(group, anna, "x")
	if list := <-second; len(list) != 1 {
		t.Errorf("the second gets %+v", list)
	}
}

func TestWebhookIsAConflict(t *testing.T) {
	_, address := telegram(t)
	post(t, address, "setWebhook", "url", "https://a.example")
	a := post(t, address, "getUpdates")
	if a.Code != 409 || a.Description != "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first" {
		t.Errorf("got %+v", a)
	}
	var info struct{ URL string }
	if err := json.Unmarshal(post(t, address, "getWebhookInfo").Result, &info); err != nil || info.URL != "https://a.example" {
		t.Errorf("got %+v, %v", info, err)
	}
	post(t, address, "deleteWebhook")
	if a := post(t, address, "getUpdates"); !a.OK {
		t.Errorf("got %+v", a)
	}
}

func TestAllowedUpdates(t *testing.T) {
	s, address := telegram(t)
	updates(t, address, "allowed_updates", `["callback_query"]`)
	s.Say(group, anna, "x")
	if n := s.Pending(); n != 0 {
		t.Errorf("%d updates wait", n)
	}
	updates(t, address, "allowed_updates", `[]`)
	s.Say(group, anna, "x")
	if n := s.Pending(); n != 1 {
		t.Errorf("%d updates wait", n)
	}
}

func TestDuplicates(t *testing.T) {
	s, address := telegram(t)
	s.Say(group, anna, "a")
	s.Say(group, anna, "b")
	s.Fault("getUpdates", 1, telegramtest.Duplicate())
	list := updates(t, address)
	if diff := cmp.Diff([]string{"a", "b", "a", "b"}, texts(list)); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	list = updates(t, address, "offset", strconv.FormatInt(list[3].ID+1, 10))
	if diff := cmp.Diff([]string{"a", "b"}, texts(list)); diff != "" {
		t.Errorf("after confirming (-want +got):\n%s", diff)
	}
	if list = updates(t, address); len(list) != 0 {
		t.Errorf("at last %+v", list)
	}
}

func TestReorder(t *testing.T) {
	s, address := telegram(t)
	for _, text := range []string{"a", "b", "c"} {
		s.Say(group, anna, text)
	}
	s.Fault("getUpdates", 1, telegramtest.Reorder())
	for _, want := range [][]string{{"c", "b", "a"}, {"a", "b", "c"}} {
		if diff := cmp.Diff(want, texts(updates(t, address))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestNothingIsLost reads updates in any steps, with calls that fail in between:
// a reader that confirms what it has read sees each exactly once, in order.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s, address := telegram(t)
		var said, heard []string
		offset := "0"
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			for range rapid.IntRange(0, 3).Draw(rt, "said") {
				text := strconv.Itoa(len(said))
				said = append(said, text)
				s.Say(group, anna, text)
			}
			limit := strconv.Itoa(rapid.IntRange(1, 5).Draw(rt, "limit"))
			if rapid.Bool().Draw(rt, "fails") {
				s.Fault("getUpdates", 1, telegramtest.CutAfter())
				if resp, err := http.PostForm(address+"getUpdates", url.Values{"limit": {limit}, "offset": {offset}}); err == nil {
					resp.Body.Close()
					rt.Fatal("the connection was not cut")
				}
				continue
			}
			list := updates(t, address, "limit", limit, "offset", offset)
			heard = append(heard, texts(list)...)
			if len(list) > 0 {
				offset = strconv.FormatInt(list[len(list)-1].ID+1, 10)
			}
		}
		heard = append(heard, texts(updates(t, address, "offset", offset))...)
		if diff := cmp.Diff(said, heard); diff != "" {
			rt.Errorf("(-said +heard):\n%s", diff)
		}
	})
}

// waitForCalls waits until the bot has called so often.
func waitForCalls(t *testing.T, s *telegramtest.Server, n int) {
	t.Helper()
	until(t, s, func() bool { return len(s.Calls()) >= n })
}

// until waits for a condition.
func until(t *testing.T, s *telegramtest.Server, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Until(ctx, holds); err != nil {
		t.Fatal(err)
	}
}
