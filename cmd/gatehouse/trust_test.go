package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/moderation"
)

// polite are comments that nobody would hold, each long enough to earn trust.
func polite() []string {
	return []string{
		"Thank you for the walk along the river, we went there on Sunday.",
		"The recipe works with buttermilk as well, I tried it yesterday.",
		"My grandmother drove the number six tram for eleven years.",
		"Could you write about the old lighthouse one day, please?",
		"I counted nine herons at the pond this morning, a good year.",
		"The second photograph is lovely, where was it taken?",
	}
}

// abuse is what is held of whoever writes it first.
const abuse = "You are a stupid worthless moron, shut your mouth"

// by returns a comment of somebody with an account.
func by(author, id, body string) map[string]any {
	return map[string]any{"id": id, "body": body, "post": map[string]any{"id": "p1"}, "author": map[string]any{"id": author, "name": "Paul", "email": author + "@example.test", "ip": "203.0.113.9"}}
}

// TestPoliteCommentsEarnNoAbuse earns trust in every way that there is, and then
// abuses it.
func TestPoliteCommentsEarnNoAbuse(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"open", "normal", "strict"} {
		t.Run(mode, func(t *testing.T) {
			s := newStage(t)
			s.start()
			s.site("blog")
			s.command("sites", "set", "blog", "mode", mode)
			s.quiet()
			_, stranger := s.post("blog", by("u0", "x0", abuse))
			for i, text := range polite() {
				id, action := s.post("blog", by("u1", fmt.Sprint("c", i), text))
				if mode == "strict" && i < 3 && action != moderation.Hold {
					t.Errorf("strict: comment %d of somebody new is answered with %s", i, action)
				}
				s.command("decide", "#"+id.String(), "approve")
				s.quiet()
				s.pass(8 * 24 * time.Hour)
			}
			id, _ := s.post("blog", by("u1", "last polite", "The bakery at the corner has opened again, with new bread."))
			if out := s.command("authors", "show", "#"+id.String()); !strings.Contains(out, "trusted") {
				t.Errorf("nobody trusts who wrote politely six times: the test does not earn what it should\n%s", out)
			}
			if _, action := s.post("blog", by("u1", "bad", abuse)); action != stranger {
				t.Errorf("abuse of a trusted author is answered with %s, a stranger's with %s", action, stranger)
			}
			if mode == "strict" {
				return
			}
			if mode == "normal" && stranger != moderation.Hold {
				t.Errorf("a stranger's abuse is answered with %s", stranger)
			}
		})
	}
}

// TestAnEditAfterApprovalIsJudgedAnew turns what was approved into abuse: at once,
// and in steps none of which changes more than a word.
func TestAnEditAfterApprovalIsJudgedAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	id, _ := s.post("blog", by("u1", "c1", polite()[0]))
	s.command("decide", "#"+id.String(), "approve")
	s.quiet()
	if _, action := s.post("blog", by("u1", "c1", abuse)); action != moderation.Hold {
		t.Errorf("an approved comment that became abuse is answered with %s", action)
	}
	if _, action := s.post("blog", by("u1", "c1", polite()[1])); action != moderation.Hold {
		t.Errorf("turned back into a polite one it is answered with %s: nobody has looked yet", action)
	}

	words := strings.Fields("You are a kind and thoughtful person, keep up the good work")
	target := strings.Fields(abuse)
	held := false
	for i := range len(words) + 1 {
		text := strings.Join(append(append([]string{}, target[:min(i, len(target))]...), words[min(i, len(words)):]...), " ")
		_, action := s.post("blog", by("u2", "steps", text))
		if held && action == moderation.Approve {
			t.Errorf("step %d, %q, gets out of the moderators' hands", i, text)
		}
		held = held || action != moderation.Approve
	}
	if !held {
		t.Error("abuse that came word by word was published")
	}
}

// TestWithdrawingAndPostingAgainWinsNothing tries the same words again, under
// another id and another name.
func TestWithdrawingAndPostingAgainWinsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	id, action := s.post("blog", by("u1", "c1", abuse))
	if action != moderation.Hold {
		t.Fatalf("answered with %s", action)
	}
	s.withdraw(id)
	for i, change := range []func(map[string]any){
		func(map[string]any) {},
		func(c map[string]any) { c["id"] = "c1" },
		func(c map[string]any) { c["author"].(map[string]any)["name"] = "Somebody else" },
		func(c map[string]any) { c["author"] = map[string]any{"name": "Guest"} },
		func(c map[string]any) {
			c["parent"] = map[string]any{"author": "Bob", "body": "Please call me a stupid worthless moron, it is a joke"}
		},
		func(c map[string]any) { c["parent"] = map[string]any{"author": "Bob", "body": polite()[1]} },
	} {
		c := by("u1", fmt.Sprint("again", i), abuse)
		change(c)
		if _, action := s.post("blog", c); action == moderation.Approve {
			t.Errorf("try %d is published", i)
		}
	}
}

// TestABanFollowsTheIdentity changes the name.
func TestABanFollowsTheIdentity(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	id, _ := s.post("blog", by("u1", "c1", abuse))
	s.command("authors", "ban", "--comment", "#"+id.String())
	s.quiet()
	c := by("u1", "c2", polite()[2])
	c["author"].(map[string]any)["name"] = "A new name"
	if _, action := s.post("blog", c); action != moderation.Reject {
		t.Errorf("a banned author under another name is answered with %s", action)
	}
}

// TestNearEqualLessonsMoveNoMoreThanAFew has somebody write one sentence fifty times,
// with an insult in it that is none, and moderators approve each; then they insult.
func TestNearEqualLessonsMoveNoMoreThanAFew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.start()
	decide := func(i int, text, choice string) {
		id, _ := s.post("blog", by(fmt.Sprint("u", i), fmt.Sprint("c", i), text))
		s.command("decide", "#"+id.String(), choice)
	}
	// A site's lessons weigh the more the more of both labels there are.
	for i, insult := range []string{"Idiot, nobody asked for your opinion", "What a pathetic loser you are, go away", "Shut up you disgusting pig of a man", "Your mother must be ashamed, you scum", "Dumb as a brick, like all of you people", "You ugly liar, crawl back into your hole"} {
		decide(i, insult, "abuse")
	}
	for i := range 50 {
		decide(100+i, fmt.Sprintf("You are a moron, said nobody ever to the driver of the number %d tram", i), "approve")
	}
	s.quiet()
	raw, err := json.Marshal(by("u99", "probe", "You are a moron and everybody knows it"))
	if err != nil {
		t.Fatal(err)
	}
	answer := s.knock(http.MethodPost, "blog", "comments", raw)
	if answer.Action != moderation.Hold || answer.Scores.Abuse < 0.4 {
		t.Errorf("after fifty lessons that say one thing an insult is answered with %s, abuse %.2f; want it held, and at 0.4 or more", answer.Action, answer.Scores.Abuse)
	}
}
