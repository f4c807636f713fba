package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gatehouse/internal/moderation"
	"gatehouse/internal/platform"
)

// maxPasswordFile bounds the file with an application password, in bytes.
const maxPasswordFile = 4 << 10

// connectWordPressCmd lets gatehouse moderate a WordPress blog by its REST API.
type connectWordPressCmd struct {
	databaseFlags
	Name         string `arg:"" help:"The blog's name."`
	URL          string `name:"url" required:"" placeholder:"URL" help:"The blog's address."`
	User         string `required:"" placeholder:"USER" help:"A WordPress user who may moderate comments."`
	PasswordFile string `required:"" placeholder:"FILE" help:"A file with an application password of that user (Users, Profile, Application Passwords); - reads standard input."`
}

// Run tries the account, and keeps it where it works.
func (c *connectWordPressCmd) Run(a *app) error {
	if err := platform.CheckWordPressAddress(c.URL); err != nil {
		return usageError{fmt.Errorf("connect wordpress: --url: %w", err)}
	}
	password, err := readPassword(a.stdin, c.PasswordFile)
	if err != nil {
		return usageError{fmt.Errorf("connect wordpress: %w", err)}
	}
	conf, err := c.config()
	if err != nil {
		return err
	}
	db, err := c.open(a)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // everything is written
	s, err := db.Site(a.ctx, c.Name)
	if err != nil {
		return err
	}
	if platform.IsReadable(c.URL) {
		fmt.Fprintln(a.stderr, "warning: without https:// others on the way can read the password, with every call")
	}
	client := platform.NewClient(mayCall(conf))
	root, err := platform.FindWordPress(a.ctx, client, c.URL)
	if err != nil {
		return fmt.Errorf("connect wordpress: %w", err)
	}
	s.Platform, s.Callback = platform.WordPress, root
	s.Account = platform.WordPressAccount(root, c.User, password)
	way := &platform.WordPressREST{Client: client, Comments: db, Now: a.now}
	name, err := way.Moderator(a.ctx, s)
	if err != nil {
		return fmt.Errorf("connect wordpress: %w", err)
	}
	if err := db.UpdateSite(a.ctx, s); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "connected %s: decisions go to %s as %s\n", s.Name, root, name)
	return nil
}

// readPassword reads an application password, from stdin where the file is "-".
func readPassword(stdin io.Reader, file string) (moderation.Secret, error) {
	source := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return moderation.Secret{}, fmt.Errorf("read password: %w", err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		source = f
	}
	data, err := io.ReadAll(io.LimitReader(source, maxPasswordFile))
	if err != nil {
		return moderation.Secret{}, fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimSpace(string(data))
	if password == "" || strings.ContainsAny(password, "\r\n") {
		return moderation.Secret{}, fmt.Errorf("%w: %s must hold the application password, on one line", moderation.ErrInvalid, file)
	}
	return moderation.NewSecret(password), nil
}

// writePlugin writes the WordPress plugin into the file that was asked for.
func (c *sitesShowCmd) writePlugin(a *app) error {
	db, err := c.open(a)
	if err != nil {
		return err
	}
	s, err := db.Site(a.ctx, c.Name)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if s.Platform != platform.WordPress {
		return usageError{fmt.Errorf("write plugin: %w: site %s is on platform %s: gatehouse sites set %s platform wordpress", moderation.ErrInvalid, s.Name, s.Platform, s.Name)}
	}
	plugin := platform.WordPressPlugin()
	if strings.EqualFold(filepath.Ext(c.Plugin), ".zip") {
		if plugin, err = platform.WordPressArchive(); err != nil {
			return err
		}
	}
	if err := os.WriteFile(c.Plugin, plugin, 0o644); err != nil { //nolint:gosec // there is no secret in it
		return fmt.Errorf("write plugin: %w", err)
	}
	fmt.Fprintf(a.stderr, "wrote the plugin to %s\n", c.Plugin)
	return nil
}

// printWordPress writes how a WordPress blog is connected.
func printWordPress(w io.Writer, s moderation.Site) {
	if user := s.Account["user"]; platform.ByWordPressREST(s) {
		fmt.Fprintf(w, "WordPress user\t%s (by the REST API; comments come by its Akismet plugin)\n", user.Reveal())
		return
	}
	fmt.Fprintf(w, "plugin\tgatehouse sites show %s --plugin gatehouse.zip, and upload it in wp-admin;\n", s.Name)
	fmt.Fprintf(w, "\tthe service has it at /platform/wordpress/gatehouse.zip, too\n")
	fmt.Fprintf(w, "its settings\taddress: where the blog reaches this service; site name: %s; secret: as above\n", s.Name)
	if s.Callback == "" {
		fmt.Fprintf(w, "\tits page says which callback to set here (https://BLOG/wp-json/gatehouse/v1/decision)\n")
	}
}
