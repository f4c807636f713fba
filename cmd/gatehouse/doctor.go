package main

import (
	"context"
	"errors"
	"fmt"

	"gatehouse/bot"
	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
	"gatehouse/internal/store"
)

// doctorCmd examines everything that the service needs.
type doctorCmd struct {
	databaseFlags
	passphraseFlags
	JSON       bool   `help:"Print JSON."`
	Backup     string `placeholder:"FILE" help:"Prove that this backup can be restored, and say what is in it; - for standard input. Nothing else is checked, and nothing is kept."`
	TryApprove string `placeholder:"NAME" help:"Approve one comment that waits on this blog on Blogger, after asking, and say whether that published it. Nothing else is checked."`
	Yes        bool   `help:"Do not ask before --try-approve."`
}

// finding is what one check of the doctor's found.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warning or failed
	Says  string `json:"says"`
}

// examination collects findings.
type examination struct {
	a        *app
	conf     config
	db       *store.DB
	findings []finding
}

// Run makes every check, prints what each found, and fails where one failed.
// Nothing is changed, and nothing is sent to anybody.
func (c *doctorCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if c.TryApprove != "" {
		return tryApprove(a, conf, c.TryApprove, c.Yes)
	}
	if c.Backup != "" {
		return c.proveBackup(a, conf)
	}
	e := &examination{a: a, conf: conf}
	if e.db, err = store.Open(a.ctx, conf.Data, a.now, conf.Backup.upgrade(a)); err != nil {
		e.note("database", "", err)
	} else {
		defer e.db.Close() //nolint:errcheck // nothing was written
		serving := e.database()
		e.backups()
		e.machine()
		e.metrics(serving)
	}
	e.permissions()
	e.judges()
	e.telegram()
	e.sites()
	return e.print(c.JSON)
}

// note adds what a check found: err, or in words that it is well.
func (e *examination) note(check, says string, err error) {
	f := finding{Check: check, State: "ok", Says: says}
	if err != nil {
		f.State, f.Says = "failed", err.Error()
	}
	e.findings = append(e.findings, f)
}

// warn adds what deserves a look and stops nothing.
func (e *examination) warn(check, says string) {
	e.findings = append(e.findings, finding{Check: check, State: "warning", Says: says})
}

// database examines it, and whether the service runs on it.
func (e *examination) database() (serving bool) {
	err := errors.Join(e.db.Examine(e.a.ctx), e.db.Ping(e.a.ctx))
	e.note("database", e.conf.Data+" is whole and can be written", err)
	release, err := store.Lock(e.conf.Data)
	switch {
	case errors.Is(err, moderation.ErrExists):
		e.note("service", "gatehouse serve runs on this data", nil)
		serving = true
	case err != nil:
		e.note("service", "", err)
	default:
		e.warn("service", "gatehouse serve does not run on this data: comments get no answer")
		release() //nolint:errcheck // the end of the process releases it too
	}
	return serving
}

// judges examines the rule book and the models.
func (e *examination) judges() {
	book, err := loadBook(e.conf.Rules)
	if err != nil {
		e.note("rules", "", err)
		return
	}
	e.note("rules", fmt.Sprintf("%s, %d rules, version %s", titleOf(e.conf.Rules), book.Size().Rules, book.Version()), nil)
	j, err := newJudges(e.conf.Rules)
	if err == nil && e.db != nil {
		err = j.catchUp(e.a.ctx, e.db)
	}
	e.note("model", "the starter model and what each blog has taught it load", err)
}

// telegram examines the bot, the chats that cards go to, and the moderators.
func (e *examination) telegram() {
	t := e.conf.Telegram
	if t.BotToken == "" {
		e.warn("telegram", "off, for there is no TELEGRAM_BOT_TOKEN; what is held waits in: gatehouse queue")
		return
	}
	conf, err := t.botConfig()
	if err != nil {
		e.note("telegram", "", err)
		return
	}
	conf.Webhook, conf.Now = t.webhook(), e.a.now
	var rosters bot.Rosters
	if e.db != nil {
		rosters = e.db
	}
	for _, f := range bot.Examine(e.a.ctx, conf, rosters) {
		e.findings = append(e.findings, finding{Check: f.About, State: string(f.Grade), Says: f.Says})
	}
}

// sites examines whether each blog hears what is decided.
func (e *examination) sites() {
	if e.db == nil {
		return
	}
	sites, err := e.db.Sites(e.a.ctx)
	if err != nil {
		e.note("sites", "", err)
		return
	}
	teller := newTeller(e.a, mayCall(e.conf), e.db)
	for _, s := range sites {
		e.site(e.a.ctx, teller, s)
	}
}

func (e *examination) site(ctx context.Context, teller *platform.Teller, s moderation.Site) {
	check := "site " + s.Name
	if help := untold(s); help != "" {
		e.warn(check, "no callback: the blog does not hear what moderators decide: "+help)
	} else {
		found, err := teller.Probe(ctx, s)
		e.note(check, found, err)
	}
	b, err := e.db.Backlog(ctx, s.ID)
	switch {
	case err != nil:
		e.note(check, "", err)
	case b.Failed > 0:
		e.warn(check, fmt.Sprintf("%d decisions were given up on (%s): gatehouse deliveries retry", b.Failed, oneLine(b.LastError)))
	case b.Pending > 0 && b.LastError != "":
		e.warn(check, fmt.Sprintf("%d decisions wait to be told; the last try: %s", b.Pending, oneLine(b.LastError)))
	}
}

// untold says what to do for a blog that hears of no decision and never asks for
// any; "" where all is well.
func untold(s moderation.Site) string {
	switch {
	case s.Callback != "":
		return ""
	case s.Platform == platform.WordPress:
		return fmt.Sprintf("gatehouse sites set %s callback https://BLOG/wp-json/gatehouse/v1/decision (the plugin's page shows the address), or gatehouse sites connect wordpress %s", s.Name, s.Name)
	case s.Platform == "akismet":
		return fmt.Sprintf("gatehouse sites set %s callback URL (docs/blogs/akismet.md)", s.Name)
	}
	return ""
}

// print writes the findings, and fails where one failed.
func (e *examination) print(asJSON bool) error {
	failed := 0
	for _, f := range e.findings {
		if f.State == "failed" {
			failed++
		}
		if !asJSON {
			mark := map[string]string{"ok": "ok      ", "warning": "warning ", "failed": "FAILED  "}[f.State]
			fmt.Fprintf(e.a.stdout, "%s%s: %s\n", mark, f.Check, f.Says)
		}
	}
	if asJSON {
		if err := printJSON(e.a.stdout, e.findings); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(e.findings))
	}
	return nil
}
