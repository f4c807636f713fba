package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// walkTime bounds one walk through the demo; followTime is how soon the blog
// must follow a tap on a machine that has other things to do. The times that it
// took are logged.
const (
	walkTime   = 3 * time.Minute
	followTime = 10 * time.Second
)

// blogPage is the article below which the walk is made.
const blogPage = "/demo/blog/posts/tram-vote"

// TestDemoInBrowser starts the real program and walks the whole way in a real
// browser: from the comment form to the moderator's tap and back to the blog.
func TestDemoInBrowser(t *testing.T) {
	t.Parallel()
	chromium := findChromium(t)
	address := startDemo(t)
	light := startBrowser(t, chromium)
	blog, phone := light.open(address+blogPage), light.open(address+"/demo/phone")
	stranger := light.stranger(address + blogPage)
	phone.until("cards of the opening comments", `document.querySelectorAll('.keys').length >= 2`)

	blog.write(1) // decent
	blog.until("the decent comment is published", has("article.published[data-mine]", "three weeks of counting"))
	stranger.until("others see it without reloading", has("article.published", "three weeks of counting"))

	blog.write(2) // heated, at the council: that is what a blog is for
	blog.until("the heated comment is published", has("article.published[data-mine]", "load of bullshit"))

	blog.write(3) // an insult
	blog.until("the insult waits", has("article.held[data-mine]", "Awaiting moderation"))
	phone.until("its card is there", has(".message", "disgusting idiot"))
	light.picture(address+"/demo", "demo", 1360, 860, showWaiting)
	phone.tap("disgusting idiot", "Abuse")
	blog.follows("a tap on Abuse", has("article.refused[data-mine]", "Not published"))
	blog.until("the writer is told", has("#write .status", "Not published"))
	phone.until("the card is decided", has(".decided", "disgusting idiot"))
	phone.until("the tap was answered", `document.querySelector('.toast').textContent.trim() !== ''`)

	blog.write(4) // spam
	blog.until("the spam waits", has("article.held[data-mine]", "online casino"))
	phone.tap("online casino", "Approve")
	stranger.follows("a tap on Approve", has("article.published", "online casino"))
	phone.tap("online casino", "Undo")
	stranger.follows("a tap on Undo", "!"+has("article", "online casino"))
	blog.until("the spam waits again", has("article.held[data-mine]", "online casino"))
	if stranger.is(has("article", "disgusting idiot")) {
		t.Error("others see the insult")
	}

	blog.reply("e6", `They unload at <b>six</b> in the morning, on the quay side.`)
	stranger.until("the reply stands in its thread, as text", `document.querySelector('#e6 > .remarks')?.textContent.includes('<b>six</b> in the morning')`)
	phone.command("/queue")
	light.picture(address+"/demo", "demo-decided", 1360, 860, showWaiting)
	light.noErrors()
}

// TestDemoOnNarrowAndDarkScreens looks at every page at a phone's width and in
// the dark, with words that are too long for any line.
func TestDemoOnNarrowAndDarkScreens(t *testing.T) {
	t.Parallel()
	chromium := findChromium(t)
	address := startDemo(t)
	for theme, flags := range map[string][]chromedp.ExecAllocatorOption{
		"light": nil, "dark": {chromedp.Flag("blink-settings", "preferredColorScheme=0")},
	} {
		b := startBrowser(t, chromium, flags...)
		p := b.open(address + blogPage)
		if dark := p.is(`matchMedia('(prefers-color-scheme: dark)').matches`); dark != (theme == "dark") {
			t.Fatalf("the browser for %s prefers dark: %t", theme, dark)
		}
		long := strings.Repeat("Donaudampfschiff", 20)
		p.fill("#text", long+" 👍🏽 هذا المجلس لا يستمع إلى أحد http://example.org/"+long)
		p.fill("#name", "Maria-Theodora von und zu "+long[:50])
		p.click("#write [type=submit]")
		p.until("the long comment is there", has("article[data-mine]", "Donaudampfschiff"))
		for name, path := range map[string]string{"front": "/demo/blog", "post": blogPage, "phone": "/demo/phone", "both": "/demo"} {
			b.picture(address+path, name+"-390-"+theme, 390, 844, "")
		}
		b.picture(address+blogPage, "comments-390-"+theme, 390, 844, `document.querySelector('article[data-mine]').scrollIntoView()`)
		b.picture(address+blogPage, "form-320-"+theme, 320, 640, `document.querySelector('#write').scrollIntoView()`)
		b.picture(address+"/demo", "desktop-"+theme+"-start", 1360, 860, "")
		b.noErrors()
	}
}

// TestDemoFormInBrowser leaves the form incomplete: what was typed stays.
func TestDemoFormInBrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, findChromium(t))
	p := b.open(startDemo(t) + blogPage)
	p.fill("#text", "Half a thought")
	p.click("#write [type=submit]")
	p.until("the name is asked for", has("#name-error", "Please write a name"))
	p.until("what was typed is kept", `document.querySelector('#text').value === 'Half a thought'`)
	p.until("the field to mend has the focus", `document.activeElement.id === 'name'`)
}

// TestDemoWithoutScript walks the way by links, forms and reloads alone.
func TestDemoWithoutScript(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, findChromium(t), chromedp.Flag("blink-settings", "scriptEnabled=false"))
	address := startDemo(t)
	blog, phone := b.open(address+blogPage), b.open(address+"/demo/phone")
	blog.leads(chromedp.Click(chromedp.CSS(".chip:nth-of-type(3)")))
	blog.leads(chromedp.Click(chromedp.CSS("#write [type=submit]")))
	if !blog.is(has("article.held[data-mine]", "disgusting idiot")) {
		t.Error("the insult does not wait")
	}
	phone.reloads("its card is there", has(".message", "disgusting idiot"))
	phone.leads(chromedp.Click(key("disgusting idiot", "Abuse")))
	if phone.is(`!document.querySelector('.toast').textContent.trim()`) {
		t.Error("the tap was not answered")
	}
	blog.reloads("the insult is refused", has("article.refused[data-mine]", "Not published"))
	phone.fill("#say", "/queue")
	phone.leads(chromedp.Click(chromedp.CSS(".go")))
	phone.reloads("the bot has replied", has(".message.out + .message.in", "wait"))
	b.noErrors()
}

// showWaiting brings the comment that waits into view in the blog's pane.
const showWaiting = `document.querySelector('iframe[name=blog]').contentDocument.querySelector('article.held').scrollIntoView({block: 'center'})`

// has is the condition that an element which selector finds contains text.
func has(selector, text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll(%q)].some((e) => e.textContent.includes(%q))`, selector, text)
}

// key selects a button of the card that contains text.
func key(text, button string) chromedp.Search {
	return chromedp.Search(fmt.Sprintf(`//li[contains(@class, "message")][contains(., %q)]//button[contains(., %q)]`, text, button))
}

// findChromium returns the browser's program, or skips the test.
func findChromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short, and browsers take long")
	}
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "no Chromium: install it, or name its program in $CHROMIUM"
	if os.Getenv("GATEHOUSE_TEST_INSTALL") == "1" {
		t.Fatal(missing)
	}
	t.Skip("skipped: " + missing)
	return ""
}

// startDemo starts `gatehouse serve --demo` in an empty folder, without a
// configuration, and returns its address. At the end of the test the program
// must end when it is told to, though browsers still listen to it.
func startDemo(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Args = []string{"gatehouse", "serve", "--demo", "--listen", "127.0.0.1:0"} // TestMain looks at the first
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TMPDIR=" + cmd.Dir}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	var said strings.Builder
	read := make(chan struct{})
	go func() {
		defer close(read)
		where := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Fprintln(&said, lines.Text())
			if found := where.FindString(lines.Text()); found != "" && len(address) == 0 {
				address <- found
			}
		}
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		kill := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
		defer kill.Stop()
		<-read
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("the program ended with %v and said:\n%s", err, said.String())
		}
	})
	select {
	case a := <-address:
		return a
	case <-read:
		t.Fatalf("the program ended and said:\n%s", said.String())
	case <-time.After(time.Minute):
		t.Fatal("the program did not say where to look")
	}
	return ""
}

// browser is a running Chromium and what its pages complained of.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	errors []string
}

// startBrowser starts a headless Chromium that ends with the test.
func startBrowser(t *testing.T, program string, flags ...chromedp.ExecAllocatorOption) *browser {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), walkTime)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("force-prefers-reduced-motion", true))
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(options, flags...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", program, err)
	}
	return &browser{t: t, ctx: ctx}
}

// open opens a page in a tab of its own.
func (b *browser) open(address string) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	return b.visit(ctx, address)
}

// stranger opens a page as somebody else, who has none of the others' cookies.
func (b *browser) stranger(address string) *tab {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	b.t.Cleanup(cancel)
	return b.visit(ctx, address)
}

// visit opens a page and listens to its complaints.
func (b *browser) visit(ctx context.Context, address string) *tab {
	b.t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("open a tab: %v", err)
	}
	complaints := chromedp.Console(ctx)
	go func() {
		for m, err := range complaints {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.IsException() {
				b.mu.Lock()
				b.errors = append(b.errors, fmt.Sprintf("%s: %s (%s)", address, m.Text, m.URL))
				b.mu.Unlock()
			}
		}
	}()
	p := &tab{t: b.t, ctx: ctx}
	p.do(chromedp.EmulateViewport(1000, 900))
	p.do(chromedp.Navigate(address))
	return p
}

// noErrors fails the test where a page complained.
func (b *browser) noErrors() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.errors {
		b.t.Errorf("in the browser's console: %s", e)
	}
}

// picture opens a page at that size, lets script prepare it, fails where the
// page is wider than the window, and keeps a screenshot.
func (b *browser) picture(address, name string, width, height int64, script string) {
	b.t.Helper()
	p := b.open(address)
	defer chromedp.Cancel(p.ctx)
	p.do(chromedp.EmulateViewport(width, height))
	p.until("the page is there", `document.readyState === 'complete' && [...document.querySelectorAll('iframe')].every((f) => f.contentDocument.readyState === 'complete')`)
	if script != "" {
		p.do(chromedp.Evaluate[chromedp.Void](script))
	}
	wide, err := chromedp.Run(p.ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
	if err != nil || wide > width {
		b.t.Errorf("%s: the page is %d wide in a window of %d (%v)", name, wide, width, err)
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatalf("picture %s: %v", name, err)
	}
	folder := os.Getenv("GATEHOUSE_SCREENSHOTS")
	if folder == "" {
		folder = b.t.TempDir()
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		b.t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		b.t.Error(err)
	}
}

// tab is an open page.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// do does something that must work.
func (p *tab) do(step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, step); err != nil {
		p.t.Fatal(err)
	}
}

// is says whether a condition holds at this moment.
func (p *tab) is(condition string) bool {
	p.t.Helper()
	holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](condition))
	if err != nil {
		p.t.Fatalf("%s: %v", condition, err)
	}
	return holds
}

// until waits until a condition holds, and returns how long that took.
func (p *tab) until(what, condition string) time.Duration {
	p.t.Helper()
	start := time.Now()
	poll := chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(followTime))
	if err := chromedp.Do(p.ctx, poll); err != nil {
		text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		p.t.Fatalf("waiting until %s: %v; the page says:\n%s", what, err, text)
	}
	return time.Since(start)
}

// reloads loads the page again until a condition holds: for pages without script.
func (p *tab) reloads(what, condition string) {
	p.t.Helper()
	for end := time.Now().Add(followTime); time.Now().Before(end); {
		// A page that is just leaving can't answer: the next try asks its successor.
		if holds, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](condition)); err == nil && holds {
			return
		}
		if err := chromedp.Do(p.ctx, chromedp.Sleep(300*time.Millisecond), chromedp.Reload()); err != nil && p.ctx.Err() != nil {
			p.t.Fatalf("waiting until %s: %v", what, err)
		}
	}
	text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	p.t.Fatalf("waiting until %s: the page says:\n%s", what, text)
}

// leads does something that leads to another page, and waits for that.
func (p *tab) leads(step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if res, err := chromedp.RunResponse(p.ctx, step); err != nil || res.Status != http.StatusOK {
		p.t.Fatalf("the next page: %+v, %v", res, err)
	}
}

// follows is until, and says how soon the page followed.
func (p *tab) follows(what, condition string) {
	p.t.Helper()
	p.t.Logf("the blog followed %s after %s", what, strconv.FormatFloat(p.until(what, condition).Seconds(), 'f', 2, 64)+" s")
}

// click clicks with the mouse on what selector finds.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill types text into a field.
func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// write posts the form's nth example, counted from 1.
func (p *tab) write(n int) {
	p.t.Helper()
	p.click(".chip:nth-of-type(" + strconv.Itoa(n) + ")")
	p.click("#write [type=submit]")
	p.until("the form is empty again", `document.querySelector('#text').value === ''`)
}

// reply answers the comment called id in one's own words.
func (p *tab) reply(id, text string) {
	p.t.Helper()
	p.click("#" + id + " > article .reply")
	p.until("the form has moved there", `!!document.querySelector('#`+id+` > #write')`)
	p.fill("#text", text)
	p.click("#write [type=submit]")
}

// tap taps a button of the card that contains text, once the card is there.
func (p *tab) tap(text, button string) {
	p.t.Helper()
	var err error
	for range 5 { // a card that is drawn anew at this moment takes its button away from under the thumb
		if err = chromedp.Do(p.ctx, chromedp.Click(key(text, button))); err == nil {
			return
		}
	}
	p.t.Fatalf("tap %s: %v", button, err)
}

// command says something to the bot and waits for its reply.
func (p *tab) command(text string) {
	p.t.Helper()
	p.fill("#say", text)
	p.click(".go")
	p.until("the bot has replied to "+text, `(() => {
		const all = [...document.querySelectorAll('.message')];
		const said = all.findLastIndex((m) => m.matches('.out'));
		return said >= 0 && all.slice(said + 1).some((m) => m.matches('.in'));
	})()`)
}
