package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"gatehouse/bot"
	"gatehouse/internal/moderation"
	"gatehouse/internal/store"
)

// The defaults of the configuration.
const (
	defaultConfigFile = "gatehouse.yaml"
	defaultData       = "./gatehouse-data"
	defaultListen     = "127.0.0.1:8080"
	defaultPoll       = "60s"
)

// config is what belongs to the process. Sites and their secrets are in the
// database. Flags win over variables, and those over the file.
type config struct {
	Listen    string          `yaml:"listen" json:"listen"`
	Data      string          `yaml:"data" json:"data"`
	Rules     string          `yaml:"rules" json:"rules"`
	LogLevel  string          `yaml:"log_level" json:"log_level"`
	LogFormat string          `yaml:"log_format" json:"log_format"` // text or json
	PollEvery string          `yaml:"poll_every" json:"poll_every"`
	Telegram  telegramConfig  `yaml:"telegram" json:"telegram"`
	Callbacks callbacksConfig `yaml:"callbacks" json:"callbacks"`
	// TrustedProxies are addresses and networks of proxies whose X-Forwarded-For is
	// believed.
	TrustedProxies []string        `yaml:"trusted_proxies" json:"trusted_proxies"`
	Database       databaseConfig  `yaml:"database" json:"database"`
	Limits         limitsConfig    `yaml:"limits" json:"limits"`
	Retention      retentionConfig `yaml:"retention,omitempty" json:"retention,omitempty"`
	Backup         backupConfig    `yaml:"backup" json:"backup"`
	Queue          queueConfig     `yaml:"queue" json:"queue"`

	// file is the file that this was read from, and holdsSecret says that a secret
	// stands in it.
	file        string
	holdsSecret bool

	// MetricsListen is where /metrics is served; empty: nowhere. Other than loopback's
	// addresses are refused, unless MetricsAllowPublic says otherwise.
	MetricsListen      string `yaml:"metrics_listen" json:"metrics_listen"`
	MetricsAllowPublic bool   `yaml:"metrics_allow_public" json:"metrics_allow_public"`
}

type telegramConfig struct {
	BotToken     string `yaml:"bot_token" json:"bot_token"`
	BotTokenFile string `yaml:"bot_token_file" json:"bot_token_file"`
	APIURL       string `yaml:"api_url" json:"api_url"`
	// ChatID is where cards go: see moderation.ParseDestination. Moderators are the
	// people: see parseMember.
	ChatID     string   `yaml:"chat_id" json:"chat_id"`
	Moderators []string `yaml:"moderators" json:"moderators"`
	// OpenCards is how many open cards a chat shows at a time, QuietHours when it shows
	// no new ones, in Timezone, and RemindAfter how long something waits before people
	// are reminded, or off.
	OpenCards   int    `yaml:"open_cards" json:"open_cards"`
	QuietHours  string `yaml:"quiet_hours" json:"quiet_hours"`
	Timezone    string `yaml:"timezone" json:"timezone"`
	RemindAfter string `yaml:"remind_after" json:"remind_after"`
	// WebhookURL is where Telegram brings updates, an address that leads to
	// POST /telegram/webhook; empty: gatehouse asks for them.
	WebhookURL        string `yaml:"webhook_url" json:"webhook_url"`
	WebhookSecret     string `yaml:"webhook_secret" json:"webhook_secret"`
	WebhookSecretFile string `yaml:"webhook_secret_file" json:"webhook_secret_file"`
	// tokenByFile and secretByFile say that these come from their files.
	tokenByFile, secretByFile bool
	// PerSecond is how many messages a second the Bot API server takes: 0 is
	// Telegram's own limit, below 0 none, for a server of one's own.
	PerSecond float64 `yaml:"per_second" json:"per_second"`
}

type callbacksConfig struct {
	AllowPrivate bool    `yaml:"allow_private" json:"allow_private"`
	PerSecond    float64 `yaml:"per_second" json:"per_second"` // to one blog, once a burst is over
}

// databaseFlags go with every command that uses the database.
type databaseFlags struct {
	Data   string `placeholder:"DIR" help:"Data folder (./gatehouse-data, or GATEHOUSE_DATA)."`
	Config string `env:"GATEHOUSE_CONFIG" placeholder:"FILE" help:"Configuration file (gatehouse.yaml, where there is one)."`
}

// config reads the configuration that holds for a command with these flags.
func (f databaseFlags) config() (config, error) {
	var c config
	if err := c.readFile(f.Config); err != nil {
		return c, err
	}
	c.file, c.holdsSecret = cmp.Or(f.Config, defaultConfigFile), c.Telegram.BotToken+c.Telegram.WebhookSecret+c.Backup.Passphrase != ""
	if err := c.readEnvironment(os.LookupEnv); err != nil {
		return c, err
	}
	c.Listen, c.LogLevel, c.PollEvery = cmp.Or(c.Listen, defaultListen), cmp.Or(c.LogLevel, "info"), cmp.Or(c.PollEvery, defaultPoll)
	c.LogFormat = cmp.Or(c.LogFormat, logText)
	var err error
	if c.Data, err = expandHome(cmp.Or(f.Data, c.Data, defaultData)); err != nil {
		return c, err
	}
	if info, err := os.Stat(c.Data); err == nil && !info.IsDir() {
		return c, usagef("read data: %s is a file; --data, GATEHOUSE_DATA and data name a folder", c.Data)
	}
	return c, c.readSecrets()
}

// open opens the database in the configured data folder. Where there is none it
// says so, and makes nothing: the folder's name may be a slip.
func (f databaseFlags) open(a *app) (*store.DB, error) {
	c, err := f.config()
	if err != nil {
		return nil, err
	}
	db, err := store.Open(a.ctx, c.Data, a.now, c.Backup.upgrade(a))
	if errors.Is(err, moderation.ErrNotFound) {
		return nil, noData(c.Data)
	}
	if err != nil {
		return nil, err
	}
	limits, err := c.Queue.limits()
	db.Bound(limits)
	return db, err
}

// noData says that a folder holds no database.
func noData(dir string) error {
	return fmt.Errorf("there is no gatehouse data in %s: `gatehouse serve` and `gatehouse sites add` make it, --data DIR names another folder", dir)
}

// expandHome replaces a leading ~/ as a shell would.
func expandHome(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usagef("find the home folder of %s: %w", path, err)
	}
	return filepath.Join(home, rest), nil
}

// readFile reads the configuration file; the default one may be absent. Its
// errors show no line of the file, for that may hold the token.
func (c *config) readFile(path string) error {
	name := cmp.Or(path, defaultConfigFile)
	data, err := readSmall(name, maxConfigFile)
	if errors.Is(err, fs.ErrNotExist) && path == "" {
		return nil
	}
	if err != nil {
		return usagef("read configuration: %w", err)
	}
	if err := refuseAnchors(name, data); err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(data, c, yaml.Strict()); err != nil {
		return usagef("read configuration %s: %s", name, strings.TrimSpace(yaml.FormatError(err, false, false)))
	}
	return nil
}

// readEnvironment lets the variables of the contract override c.
func (c *config) readEnvironment(lookup func(string) (string, bool)) error {
	texts := map[string]*string{
		"GATEHOUSE_LISTEN": &c.Listen, "GATEHOUSE_DATA": &c.Data, "GATEHOUSE_RULES": &c.Rules, "GATEHOUSE_LOG_LEVEL": &c.LogLevel,
		"GATEHOUSE_POLL_EVERY": &c.PollEvery, "GATEHOUSE_LOG_FORMAT": &c.LogFormat, "GATEHOUSE_METRICS_LISTEN": &c.MetricsListen,
		"TELEGRAM_BOT_TOKEN": &c.Telegram.BotToken, "TELEGRAM_BOT_TOKEN_FILE": &c.Telegram.BotTokenFile,
		"TELEGRAM_API_URL": &c.Telegram.APIURL, "TELEGRAM_WEBHOOK_URL": &c.Telegram.WebhookURL,
		"TELEGRAM_WEBHOOK_SECRET": &c.Telegram.WebhookSecret, "TELEGRAM_WEBHOOK_SECRET_FILE": &c.Telegram.WebhookSecretFile,
		"TELEGRAM_CHAT_ID": &c.Telegram.ChatID, "TELEGRAM_QUIET_HOURS": &c.Telegram.QuietHours, "TELEGRAM_TIMEZONE": &c.Telegram.Timezone,
		"TELEGRAM_REMIND_AFTER": &c.Telegram.RemindAfter,
	}
	if value, ok := lookup("TELEGRAM_BOT_TOKEN_FILE"); ok && value != "" {
		c.Telegram.BotToken = "" // the variable wins over the file's token
	}
	if value, ok := lookup("TELEGRAM_WEBHOOK_SECRET_FILE"); ok && value != "" {
		c.Telegram.WebhookSecret = ""
	}
	for name, target := range texts {
		if value, ok := lookup(name); ok && value != "" {
			*target = value
		}
	}
	c.Retention = c.Retention.readEnvironment(lookup)
	var err error
	for name, target := range map[string]*bool{"GATEHOUSE_CALLBACKS_ALLOW_PRIVATE": &c.Callbacks.AllowPrivate, "GATEHOUSE_METRICS_ALLOW_PUBLIC": &c.MetricsAllowPublic} {
		if value, ok := lookup(name); ok && value != "" {
			if *target, err = strconv.ParseBool(value); err != nil {
				return usagef("read %s: %q is neither true nor false", name, value)
			}
		}
	}
	if value, ok := lookup("TELEGRAM_OPEN_CARDS"); ok && value != "" {
		if c.Telegram.OpenCards, err = strconv.Atoi(value); err != nil {
			return usagef("read TELEGRAM_OPEN_CARDS: %q is not a number such as 5", value)
		}
	}
	if value, ok := lookup("TELEGRAM_MODERATORS"); ok && value != "" {
		c.Telegram.Moderators = strings.FieldsFunc(value, isSeparator)
	}
	if value, ok := lookup("GATEHOUSE_TRUSTED_PROXIES"); ok && value != "" {
		c.TrustedProxies = strings.FieldsFunc(value, isSeparator)
	}
	return errors.Join(c.Limits.readEnvironment(lookup), c.Backup.readEnvironment(lookup), c.Queue.readEnvironment(lookup, &c.Callbacks), c.Database.readEnvironment(lookup))
}

// isSeparator says whether a character stands between two entries of a variable.
func isSeparator(r rune) bool { return r == ',' || r == ' ' || r == ';' }

// readSecrets reads what is given by file, and checks what would fail later.
func (c *config) readSecrets() error {
	t := &c.Telegram
	t.tokenByFile, t.secretByFile = t.BotToken == "" && t.BotTokenFile != "", t.WebhookSecret == "" && t.WebhookSecretFile != ""
	if err := readSecretFile(&t.BotToken, t.BotTokenFile); err != nil {
		return usagef("read Telegram token: %w", err)
	}
	if err := readSecretFile(&t.WebhookSecret, t.WebhookSecretFile); err != nil {
		return usagef("read Telegram's webhook secret: %w", err)
	}
	if t.BotToken != "" && !isToken(t.BotToken) {
		return usagef("read Telegram token: TELEGRAM_BOT_TOKEN is not a token; @BotFather gives one like 123456789:AbC…")
	}
	if _, err := t.botConfig(); err != nil {
		return usageError{err}
	}
	if every, err := time.ParseDuration(c.PollEvery); err != nil || every < shortestPoll || every > longestPoll {
		return usagef("read poll_every: %q is no time from %s to %s, such as 60s", c.PollEvery, shortestPoll, longestPoll)
	}
	_, limits := c.limits()
	_, queue := c.Queue.limits()
	_, pace := c.Callbacks.perSecond()
	if err := errors.Join(limits, queue, pace); err != nil {
		return usageError{err}
	}
	if _, err := c.Retention.times(); err != nil {
		return usageError{err}
	}
	if err := c.Backup.read(); err != nil {
		return err
	}
	if c.LogFormat != logText && c.LogFormat != logJSON {
		return usagef("read log_format: %q is neither %s nor %s", c.LogFormat, logText, logJSON)
	}
	if err := checkMetricsListen(*c); err != nil {
		return err
	}
	_, err := c.level()
	return err
}

// isToken says whether a text looks like a token of Telegram's.
func isToken(s string) bool { return regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`).MatchString(s) }

// maxSecretFile is how many bytes a file with a secret may have.
const maxSecretFile = 4 << 10

// readSecretFile reads a secret from its file, where there is one and the secret
// is not given itself.
func readSecretFile(secret *string, path string) error {
	if *secret != "" || path == "" {
		return nil
	}
	data, err := readSmall(path, maxSecretFile)
	if err == nil && len(strings.TrimSpace(string(data))) == 0 {
		err = fmt.Errorf("%s is empty", path)
	}
	if err != nil {
		return err
	}
	*secret = strings.TrimSpace(string(data))
	return nil
}

// webhook returns where Telegram brings updates.
func (t telegramConfig) webhook() bot.Webhook {
	return bot.Webhook{URL: t.WebhookURL, Secret: moderation.NewSecret(t.WebhookSecret)}
}

// The bounds of how often blogs that push nothing are asked.
const shortestPoll, longestPoll = 100 * time.Millisecond, time.Hour

// pollEvery returns how often blogs that push nothing are asked.
func (c *config) pollEvery() time.Duration {
	every, err := time.ParseDuration(c.PollEvery)
	if err != nil {
		return longestPoll // readSecrets has refused it
	}
	return every
}

// The forms of the log.
const logText, logJSON = "text", "json"

// level returns the level of the log.
func (c *config) level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return level, usagef("read log level: %q is none of debug, info, warn, error", c.LogLevel)
	}
	return level, nil
}
