package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/goccy/go-yaml"

	"gatehouse/bot"
)

// redacted is what stands for a secret in the configuration that is printed.
const redacted = "redacted"

// configCmd are the commands on the configuration.
type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Read configuration and rule book as serve does, and say what is used."`
	Print configPrintCmd `cmd:"" help:"Print the configuration that holds, with the secrets left out, as YAML."`
}

type configCheckCmd struct {
	databaseFlags
	JSON bool `help:"Print JSON."`
}

// configReport is what check prints with --json.
type configReport struct {
	OK            bool     `json:"ok"`
	Error         string   `json:"error,omitempty"`
	Configuration string   `json:"configuration"` // the file; empty: none
	Variables     []string `json:"variables"`     // that override it
	Listen        string   `json:"listen"`
	Data          string   `json:"data"`
	Rules         string   `json:"rules"` // empty: the built-in book
	RulesVersion  string   `json:"rules_version"`
	RulesCount    int      `json:"rules_count"`
	LogLevel      string   `json:"log_level"`
	Telegram      bool     `json:"telegram"`
	Webhook       string   `json:"webhook"` // empty: gatehouse asks Telegram for updates
	AllowPrivate  bool     `json:"allow_private"`
	LogFormat     string   `json:"log_format"`
	Metrics       string   `json:"metrics"` // where /metrics is served; empty: nowhere
	Warnings      []string `json:"warnings"`
}

// Run checks the configuration. Nothing is made and nobody is called; a fault,
// which other commands take for wrong use, is what was looked for: status 1.
func (c *configCheckCmd) Run(a *app) error {
	conf, report, err := c.check()
	report.OK = err == nil
	if wrong := (usageError{}); errors.As(err, &wrong) {
		err = wrong.error
	}
	if c.JSON {
		if err != nil {
			report.Error = err.Error()
		}
		return errors.Join(printJSON(a.stdout, report), err)
	}
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "configuration\t%s\n", cmp.Or(report.Configuration, "none, for there is no "+defaultConfigFile))
	if len(report.Variables) > 0 {
		fmt.Fprintf(t, "variables\t%s\n", strings.Join(report.Variables, ", "))
	}
	fmt.Fprintf(t, "listen\t%s\ndata\t%s\n", conf.Listen, conf.Data)
	fmt.Fprintf(t, "rules\t%s, %d rules, version %s\n", titleOf(conf.Rules), report.RulesCount, report.RulesVersion)
	fmt.Fprintf(t, "log level\t%s, as %s\nTelegram\t%s\n", conf.LogLevel, conf.LogFormat, telegramUse(conf.Telegram))
	if conf.Telegram.WebhookURL != "" {
		fmt.Fprintf(t, "webhook\t%s\n", conf.Telegram.WebhookURL)
	}
	callbacks := "to public addresses only"
	if conf.Callbacks.AllowPrivate {
		callbacks = "also to private addresses"
	}
	fmt.Fprintf(t, "callbacks\t%s\nmetrics\t%s\n", callbacks, metricsUse(conf))
	for _, w := range report.Warnings {
		fmt.Fprintf(t, "warning\t%s\n", w)
	}
	return t.Flush()
}

// check reads what serve would.
func (c *configCheckCmd) check() (config, configReport, error) {
	report := configReport{Variables: usedVariables()}
	if _, err := os.Stat(cmp.Or(c.Config, defaultConfigFile)); err == nil || c.Config != "" {
		report.Configuration = cmp.Or(c.Config, defaultConfigFile)
	}
	conf, err := c.config()
	report.Listen, report.Data, report.Rules, report.LogLevel = conf.Listen, conf.Data, conf.Rules, conf.LogLevel
	report.Telegram, report.AllowPrivate = conf.Telegram.BotToken != "", conf.Callbacks.AllowPrivate
	report.Webhook, report.LogFormat, report.Metrics = conf.Telegram.WebhookURL, conf.LogFormat, conf.MetricsListen
	report.Warnings = []string{}
	if err != nil {
		return conf, report, err
	}
	report.Warnings = append(report.Warnings, openFiles(conf)...)
	book, bookErr := loadBook(conf.Rules)
	if bookErr == nil {
		report.RulesVersion, report.RulesCount = book.Version(), book.Size().Rules
	}
	return conf, report, errors.Join(bookErr, checkAddresses(conf))
}

// usedVariables returns the names of the environment's variables that override
// the configuration file.
func usedVariables() []string {
	names := []string{}
	var unused config
	_ = unused.readEnvironment(func(name string) (string, bool) {
		if os.Getenv(name) != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		return "", false
	})
	slices.Sort(names)
	return names
}

// checkAddresses finds addresses that serve could do nothing with.
func checkAddresses(c config) error {
	var wrong []error
	_, port, err := net.SplitHostPort(c.Listen)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", port)
	}
	if err != nil {
		wrong = append(wrong, fmt.Errorf("listen on %s: %w; write ADDRESS:PORT", c.Listen, err))
	}
	if c.Telegram.APIURL != "" {
		u, err := url.Parse(c.Telegram.APIURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			wrong = append(wrong, fmt.Errorf("read TELEGRAM_API_URL: the Bot API server %q is no address like http://host:port", withoutPassword(c.Telegram.APIURL)))
		}
	}
	return errors.Join(append(wrong, checkWebhook(c.Telegram))...)
}

// checkWebhook finds a webhook that Telegram would not call, or that would not
// lead here.
func checkWebhook(t telegramConfig) error {
	if t.WebhookURL == "" {
		if t.WebhookSecret != "" {
			return errors.New("read TELEGRAM_WEBHOOK_SECRET: a secret without TELEGRAM_WEBHOOK_URL is for nothing")
		}
		return nil
	}
	if err := bot.CheckWebhook(t.webhook(), t.APIURL); err != nil {
		return fmt.Errorf("read TELEGRAM_WEBHOOK_URL: %w", err)
	}
	return nil
}

// telegramUse says where cards go, as far as the configuration tells.
func telegramUse(t telegramConfig) string {
	switch {
	case t.BotToken == "":
		return "off: there is no token"
	case t.ChatID == "" || len(t.Moderators) == 0:
		return "on; whom the configuration does not name is paired by /pair"
	}
	return fmt.Sprintf("cards go to chat %s; %d moderators", t.ChatID, len(t.Moderators))
}

type configPrintCmd struct {
	databaseFlags
	JSON bool `help:"Print JSON."`
}

// Run prints the configuration that holds for serve with the same flags and
// environment.
func (c *configPrintCmd) Run(a *app) error {
	conf, err := c.config()
	if err != nil {
		return err
	}
	if err := conf.fillDefaults(); err != nil {
		return err
	}
	t := &conf.Telegram
	for _, secret := range []*string{&t.BotToken, &t.WebhookSecret, &conf.Backup.Passphrase} {
		if *secret != "" {
			*secret = redacted
		}
	}
	t.APIURL = withoutPassword(t.APIURL)
	if conf.TrustedProxies == nil {
		conf.TrustedProxies = []string{}
	}
	if t.Moderators == nil {
		t.Moderators = []string{}
	}
	if c.JSON {
		return printJSON(a.stdout, conf)
	}
	return yaml.NewEncoder(a.stdout).Encode(conf)
}

// withoutPassword returns an address without the password in it; what can't be
// read as one is redacted where it may hold a password.
func withoutPassword(address string) string {
	u, err := url.Parse(address)
	switch {
	case err == nil:
		return u.Redacted()
	case strings.Contains(address, "@"):
		return redacted
	}
	return address
}
