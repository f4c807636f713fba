package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// connectBloggerCmd walks through Google's consent.
type connectBloggerCmd struct {
	databaseFlags
	Name         string        `arg:"" help:"What the blog is called here; it is added where there is none."`
	Blog         string        `placeholder:"ADDRESS" help:"The blog's address, or its number. Asked for."`
	Client       string        `placeholder:"FILE" type:"path" help:"The JSON file of the OAuth client, from Google's console: it has id and secret."`
	ClientID     string        `placeholder:"ID" help:"The id of the OAuth client. Asked for."`
	ClientSecret string        `env:"GATEHOUSE_BLOGGER_CLIENT_SECRET" hidden:"" help:"The client's secret; by its variable only, for command lines are seen by all."`
	SecretFile   string        `name:"client-secret-file" placeholder:"FILE" type:"path" help:"A file with the client's secret (or GATEHOUSE_BLOGGER_CLIENT_SECRET). Asked for."`
	Port         int           `default:"0" help:"The port of 127.0.0.1 to which the browser comes back; 0 is any that is free."`
	Patience     time.Duration `default:"10m" help:"How long to wait for the consent (${default})."`
	AuthURL      string        `name:"auth-url" hidden:"" env:"GATEHOUSE_BLOGGER_AUTH_URL"`
	TokenURL     string        `name:"token-url" hidden:"" env:"GATEHOUSE_BLOGGER_TOKEN_URL"`
	APIURL       string        `name:"api-url" hidden:"" env:"GATEHOUSE_BLOGGER_API_URL"`
}

// Run connects the blog. Nothing is written before all of it has worked.
func (c *connectBloggerCmd) Run(a *app) error {
	if err := checkSiteName(c.Name); err != nil {
		return usageError{err}
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	input := bufio.NewReader(a.stdin)
	app, err := c.app(a, input)
	if err != nil {
		return usageError{err}
	}
	blog, err := ask(a, input, c.Blog, "Address of the blog (https://name.blogspot.com): ")
	if err == nil {
		_, _, err = platform.ReadBloggerBlog(blog)
	}
	if err != nil {
		return usageError{fmt.Errorf("connect blogger: %w", err)}
	}
	client := platform.NewClient(mayCall(conf))
	account, err := c.consent(a, input, app, client)
	if err != nil {
		return fmt.Errorf("connect blogger: %w", err)
	}
	found, err := app.FindBlog(a.ctx, client, account, blog)
	if err != nil {
		return fmt.Errorf("connect blogger: %w", err)
	}
	if err := c.keep(a, conf, account, found); err != nil {
		return fmt.Errorf("connect blogger: %w", err)
	}
	c.sayWhatNext(a, found)
	return nil
}

// app gathers the OAuth client.
func (c *connectBloggerCmd) app(a *app, input *bufio.Reader) (app platform.BloggerApp, err error) {
	app = platform.BloggerApp{ID: c.ClientID, Secret: moderation.NewSecret(c.ClientSecret)}
	if c.Client != "" {
		file, err := os.ReadFile(c.Client)
		if err != nil {
			return app, fmt.Errorf("read client: %w", err)
		}
		if app, err = platform.ParseBloggerApp(file); err != nil {
			return app, fmt.Errorf("read client %s: %w", c.Client, err)
		}
	}
	if app.ID, err = ask(a, input, app.ID, "Id of the OAuth client (docs/blogs/blogger.md says how to make one): "); err != nil {
		return app, err
	}
	if c.SecretFile != "" {
		secret, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return app, fmt.Errorf("read client secret: %w", err)
		}
		app.Secret = moderation.NewSecret(strings.TrimSpace(string(secret)))
	}
	secret, err := ask(a, input, app.Secret.Reveal(), "Its secret: ")
	app.Secret = moderation.NewSecret(secret)
	app.AuthURL, app.TokenURL, app.APIURL = c.AuthURL, c.TokenURL, c.APIURL
	return app, err
}

// ask returns what is given already, or what a person writes in a line.
func ask(a *app, input *bufio.Reader, given, question string) (string, error) {
	for given == "" {
		fmt.Fprint(a.stderr, question)
		line, err := input.ReadString('\n')
		given = strings.TrimSpace(line)
		if err != nil && given == "" {
			fmt.Fprintln(a.stderr)
			return "", fmt.Errorf("connect blogger: %w: no answer to %q; gatehouse sites connect blogger --help lists the flags", moderation.ErrInvalid, strings.TrimSuffix(question, ": "))
		}
	}
	return given, nil
}

// answered is the code that Google gave, or why there is none.
type answered struct {
	code string
	err  error
}

// consent sends the owner to Google and returns the access that was given. The
// browser comes back by itself, or, from another machine, by a pasted address.
func (c *connectBloggerCmd) consent(a *app, input *bufio.Reader, app platform.BloggerApp, client *http.Client) (moderation.Account, error) {
	ctx, cancel := context.WithTimeoutCause(a.ctx, c.Patience, fmt.Errorf("no consent in %s; connect again", c.Patience))
	defer cancel()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", c.Port))
	if err != nil {
		return nil, fmt.Errorf("wait for the browser: %w; choose another --port", err)
	}
	consent := platform.NewBloggerConsent(app, "http://"+listener.Addr().String()+"/")
	came := make(chan answered, 1)
	server := &http.Server{Handler: comeBack(consent, came), ReadHeaderTimeout: 10 * time.Second}
	go server.Serve(listener) //nolint:errcheck // it ends when it is closed
	defer server.Close()      //nolint:errcheck // the page has been read
	fmt.Fprintf(a.stderr, "\nOpen this address in a browser, choose the account that owns the blog, and allow access:\n\n%s\n\n", consent.URL())
	fmt.Fprintf(a.stderr, "If the browser is on another machine, its last page does not load: paste that page's address here.\n")
	go readPasted(a, input, consent, came)
	select {
	case got := <-came:
		if got.err != nil {
			return nil, got.err
		}
		return consent.Exchange(ctx, client, got.code)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// comeBack is the page to which Google sends the browser.
func comeBack(consent *platform.BloggerConsent, came chan<- answered) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/" || len(r.URL.RawQuery) == 0 {
			http.NotFound(w, r)
			return
		}
		code, err := consent.ReadCode(r.URL.Query())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Connection", "close")
		if errors.Is(err, moderation.ErrUnsigned) {
			w.WriteHeader(http.StatusBadRequest) // anybody may call this port: it ends nothing
			fmt.Fprintf(w, "gatehouse: %v\n", err)
			return
		}
		if err != nil {
			fmt.Fprintf(w, "gatehouse: %v\n", err)
		} else {
			fmt.Fprintln(w, "gatehouse has the answer. You can close this page; the terminal says the rest.")
		}
		http.NewResponseController(w).Flush() //nolint:errcheck // the browser may be gone
		hand(came, answered{code, err})
	})
}

// readPasted reads addresses that a person pastes, until one is right.
func readPasted(a *app, input *bufio.Reader, consent *platform.BloggerConsent, came chan<- answered) {
	for {
		line, err := input.ReadString('\n')
		if line = strings.TrimSpace(line); line != "" {
			code, readErr := readAddress(consent, line)
			if readErr == nil || errors.Is(readErr, moderation.ErrForbidden) {
				hand(came, answered{code, readErr})
				return
			}
			fmt.Fprintf(a.stderr, "gatehouse: %v\n", readErr)
		}
		if err != nil {
			return // the end of the input: the browser may come yet
		}
	}
}

func readAddress(consent *platform.BloggerConsent, line string) (code string, err error) {
	u, err := url.Parse(line)
	if err != nil || u.RawQuery == "" {
		return "", fmt.Errorf("%w: paste the whole address, from http://127.0.0.1 on", moderation.ErrInvalid)
	}
	return consent.ReadCode(u.Query())
}

// hand gives the first answer on.
func hand(came chan<- answered, got answered) {
	select {
	case came <- got:
	default:
	}
}

// keep writes the access to the site, which is added where there is none.
func (c *connectBloggerCmd) keep(a *app, conf config, account moderation.Account, found platform.BloggerBlog) error {
	db, err := store.Create(a.ctx, conf.Data, a.now, conf.Backup.upgrade(a))
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	s, err := db.Site(a.ctx, c.Name)
	if errors.Is(err, moderation.ErrNotFound) {
		s, err = db.AddSite(a.ctx, moderation.Site{Name: c.Name, Platform: platform.BloggerName, Callback: found.Base, Mode: moderation.ModeNormal})
	}
	if err != nil {
		return err
	}
	isWrong := s.Platform == platform.BloggerName && !platform.IsBloggerAddress(s) // set by hand
	if s.Callback != "" && s.Callback != found.Base && !isWrong {
		return fmt.Errorf("%w: site %s sends its decisions to %s; connect %s under another name", moderation.ErrExists, s.Name, s.Callback, cmp.Or(found.URL, found.ID))
	}
	s.Platform, s.Callback, s.Account = platform.BloggerName, found.Base, account
	return db.UpdateSite(a.ctx, s)
}

// sayWhatNext says what was done and what is left to do.
func (c *connectBloggerCmd) sayWhatNext(a *app, found platform.BloggerBlog) {
	io.WriteString(a.stdout, fmt.Sprintf("connected site %s: %s\n", c.Name, found)) //nolint:errcheck // nothing can be done about it
	fmt.Fprintf(a.stderr, `
What is left to do:
  1. In Blogger, under Settings, Comments, set "Comment moderation" to "Always":
     only comments that wait there are seen.
  2. Run gatehouse serve, if it does not run yet. It asks the blog for comments
     within seconds, and every minute from then on.
  3. gatehouse doctor says whether it works.
`)
}

// printBlogger says how a blog on Blogger is connected.
func printBlogger(w io.Writer, s moderation.Site) {
	access := "given; gatehouse doctor tries it"
	if len(s.Account) == 0 {
		access = "none yet: gatehouse sites connect blogger " + s.Name
	}
	fmt.Fprintf(w, "access to Blogger\t%s\n\tserve asks the blog for comments that wait there\n", access)
}
