package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"gatehouse/bot/telegramtest"
	"gatehouse/internal/moderation"
)

// crashToken is the token of the crash tests' bot.
const crashToken = "42:crash-test-token"

// TestCrashAtRandom kills the program GATEHOUSE_TEST_KILLS times (20) while blogs,
// moderators, programs and commands use it, and looks after each start whether
// anything that was promised is missing or there twice. GATEHOUSE_TEST_SEED is what
// is random: who does what, and after how long the program is killed.
func TestCrashAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: killing the program over and over takes about a minute")
	}
	kills, err := strconv.Atoi(cmp.Or(os.Getenv("GATEHOUSE_TEST_KILLS"), "20"))
	if err != nil {
		t.Fatal(err)
	}
	w := newCrashWorld(t)
	w.p.start()
	w.work()
	for n := range kills {
		switch w.random.IntN(4) {
		case 0: // while it starts
			w.p.kill()
			w.p.launch()
			time.Sleep(time.Duration(w.random.IntN(400)) * time.Millisecond)
		default:
			time.Sleep(time.Duration(w.random.IntN(1500)) * time.Millisecond)
		}
		w.p.kill()
		w.p.start()
		w.check()
		if t.Failed() {
			t.Fatalf("this is what kill %d left", n+1)
		}
		if n%10 == 4 {
			w.compareModels()
		}
	}
	w.finish()
}

// crashWorld is a program with all that uses it: two blogs, Telegram with its
// moderators, programs with tokens, and somebody at the command line.
type crashWorld struct {
	t        *testing.T
	p        *process
	seed     uint64
	random   *rand.Rand // the test's own
	telegram *telegramtest.Server
	mod      *moderator
	load     *crashLoad
	brief    bool // too little happens to show all that is counted

	stopPeople, stopClients context.CancelFunc
	people, clients         errgroup.Group
}

// crashSite is a blog of the crash tests.
type crashSite struct {
	name   string
	secret moderation.Secret
	token  string
	blog   *receiver
}

// newCrashWorld prepares everything; nothing runs yet.
func newCrashWorld(t *testing.T) *crashWorld {
	t.Helper()
	w := &crashWorld{t: t, seed: crashSeed(t), telegram: telegramtest.New(crashToken)}
	w.random = rand.New(rand.NewPCG(w.seed, 0))
	for _, id := range []int64{firstMod, secondMod, stranger} {
		w.telegram.AddUser(telegramtest.User{ID: id, FirstName: fmt.Sprint("U", id)})
	}
	w.telegram.AddChat(telegramtest.Chat{ID: modsChat, Type: "supergroup", Title: "mods"}, firstMod, secondMod, stranger)
	api := httptest.NewServer(w.telegram)
	t.Cleanup(api.Close)
	w.p = newProcess(t, "TELEGRAM_BOT_TOKEN="+crashToken, "TELEGRAM_API_URL="+api.URL, fmt.Sprintf("TELEGRAM_CHAT_ID=%d", modsChat),
		fmt.Sprintf("TELEGRAM_MODERATORS=%d,%d", firstMod, secondMod), "GATEHOUSE_LOG_LEVEL=warn")
	w.p.env = append(w.p.env, "GATEHOUSE_CONFIG="+w.p.writeFile("gatehouse.yaml", "telegram: {per_second: -1, open_cards: 1000}\n"))
	w.mod = &moderator{chat: w.telegram, labels: map[int]moderation.Label{}, again: true}
	for i := range 100000 {
		w.mod.labels[i] = moderation.Labels()[i%3]
	}
	w.load = &crashLoad{p: w.p, seed: w.seed}
	w.mod.calm = &w.load.calm
	return w
}

// crashSeed returns what the test's randomness begins with, and says it.
func crashSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano() % 1e9)
	if given := os.Getenv("GATEHOUSE_TEST_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("GATEHOUSE_TEST_SEED=%d", seed)
	return seed
}

// addSites adds the blogs, on the data folder of the program.
func (w *crashWorld) addSites() {
	w.t.Helper()
	for _, name := range []string{"blog", "garden"} {
		s := &crashSite{name: name, blog: newReceiver(w.t)}
		s.secret = w.p.addSite(name, s.blog.URL)
		s.blog.secret = s.secret
		s.token = w.p.addToken(name)
		w.load.sites = append(w.load.sites, s)
	}
}

// work has everybody begin.
func (w *crashWorld) work() {
	w.t.Helper()
	if len(w.load.sites) == 0 {
		w.addSites()
	}
	var people, clients context.Context
	people, w.stopPeople = context.WithCancel(w.t.Context())
	clients, w.stopClients = context.WithCancel(w.t.Context())
	w.t.Cleanup(func() {
		w.stopClients()
		w.stopPeople()
		w.p.kill() // what is sent to it fails at once
	})
	w.people.Go(func() error {
		err := w.mod.run(people)
		if err != nil {
			w.t.Error(err) // at once: without them everything else only waits
		}
		return err
	})
	for i := range uint64(6) {
		w.clients.Go(func() error { return w.load.write(clients, rand.New(rand.NewPCG(w.seed, 1+i))) })
	}
	w.clients.Go(func() error { return w.load.decide(clients, rand.New(rand.NewPCG(w.seed, 10))) })
	w.clients.Go(func() error { return w.load.command(clients, rand.New(rand.NewPCG(w.seed, 11))) })
	w.clients.Go(func() error { return w.load.retrain(clients, rand.New(rand.NewPCG(w.seed, 12))) })
}

// finish ends the load, waits until everything is answered and told, and counts.
func (w *crashWorld) finish() {
	w.t.Helper()
	w.stopClients()
	if err := w.clients.Wait(); err != nil {
		w.t.Fatal(err)
	}
	w.quiet()
	w.stopPeople()
	if err := w.people.Wait(); err != nil {
		w.t.Fatal(err)
	}
	w.quiet()
	w.check()
	w.compareModels()
	w.quiet()
	w.count()
}
