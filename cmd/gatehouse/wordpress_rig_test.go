package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// wordPressCode is where Debian's package puts WordPress.
const wordPressCode = "/usr/share/wordpress"

// wordPress is a real WordPress on loopback with a database of its own.
type wordPress struct {
	t       *testing.T
	dir     string
	address string // http://127.0.0.1:port
	socket  string
	env     []string
	admin   *http.Client // logged in
	visitor *http.Client
}

// newWordPress installs and starts a blog, or skips the test where what it takes
// is absent.
func newWordPress(t *testing.T, env ...string) *wordPress {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: -short, and WordPress takes long")
	}
	for _, needed := range []string{"php", "mariadbd", "mariadb", "mariadb-install-db", filepath.Join(wordPressCode, "wp-load.php")} {
		_, err := exec.LookPath(needed)
		if filepath.IsAbs(needed) {
			_, err = os.Stat(needed)
		}
		if err == nil && needed == "php" {
			err = exec.Command("php", "-r", "exit(extension_loaded('mysqli') ? 0 : 1);").Run()
		}
		if err == nil {
			continue
		}
		if os.Getenv("GATEHOUSE_TEST_INSTALL") == "1" {
			t.Fatalf("no %s", needed)
		}
		t.Skip("skipped: no WordPress with PHP and MariaDB: GATEHOUSE_TEST_INSTALL=1 make test installs them")
	}
	dir, err := os.MkdirTemp("", "wp-rig-") //nolint:usetesting // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	w := &wordPress{t: t, dir: dir, socket: filepath.Join(dir, "db.sock"), address: "http://" + freeAddress(t), env: env}
	t.Cleanup(func() { os.RemoveAll(dir) })
	w.startDatabase()
	w.writeSite()
	w.startPHP()
	w.install()
	return w
}

// run carries out a command and returns what it prints.
func (w *wordPress) run(name string, args ...string) string {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), name, args...)
	cmd.Env = append(os.Environ(), w.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%s: %v\n%s", name, err, tail(string(out), 2000))
	}
	return string(out)
}

// background starts a command in a group of its own, for its children outlive
// it, and ends the group with the test.
func (w *wordPress) background(cmd *exec.Cmd, logName string) {
	w.t.Helper()
	logFile, err := os.Create(filepath.Join(w.dir, logName))
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		logFile.Close()
	})
}

func (w *wordPress) startDatabase() {
	data := filepath.Join(w.dir, "db")
	w.run("mariadb-install-db", "--no-defaults", "--user=root", "--datadir="+data, "--skip-test-db", "--auth-root-authentication-method=normal")
	w.background(exec.Command("mariadbd", "--no-defaults", "--user=root", "--datadir="+data, "--socket="+w.socket,
		"--pid-file="+filepath.Join(w.dir, "db.pid"), "--skip-networking", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0"), "db.log")
	until(w.t, "the database answers", func() bool {
		c, err := net.Dial("unix", w.socket)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	w.sql("", "CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER wp@localhost IDENTIFIED BY 'wp'; GRANT ALL ON wp.* TO wp@localhost")
}

// sql runs a statement as the database's root, and returns its rows.
func (w *wordPress) sql(database, statement string) string {
	w.t.Helper()
	args := []string{"--no-defaults", "-uroot", "-S", w.socket, "--batch", "--skip-column-names", "-e", statement}
	if database != "" {
		args = append(args, database)
	}
	return strings.TrimSpace(w.run("mariadb", args...))
}

// writeSite writes WordPress' files: its own, a small theme and what bends it to
// a test.
func (w *wordPress) writeSite() {
	site := filepath.Join(w.dir, "site")
	w.run("cp", "-rL", wordPressCode, site)
	os.Remove(filepath.Join(site, "wp-config.php"))
	for name, text := range map[string]string{
		"site/wp-config.php":                          wordPressConfig(w.address, w.socket, w.dir),
		"router.php":                                  wordPressRouter,
		"site/wp-content/mu-plugins/rig.php":          wordPressBends,
		"site/wp-content/themes/rig/style.css":        "/*\nTheme Name: Rig\n*/\nbody { font: 16px sans-serif; max-width: 40em; margin: 2em auto }\n",
		"site/wp-content/themes/rig/index.php":        wordPressTheme,
		"site/wp-content/themes/rig/comments.php":     "<section id=\"comments\"><ol><?php wp_list_comments(); ?></ol><?php comment_form(); ?></section>\n",
		"mail/.keep":                                  "",
		"site/wp-content/uploads/.keep":               "",
		"site/wp-content/upgrade/.keep":               "",
		"site/wp-content/languages/plugins/.keep-rig": "",
	} {
		path := filepath.Join(w.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
}

// wordPressConfig is the blog's configuration; nothing leaves the machine.
func wordPressConfig(address, socket, dir string) string {
	text := "<?php\n"
	for name, value := range map[string]string{"DB_NAME": "wp", "DB_USER": "wp", "DB_PASSWORD": "wp", "DB_HOST": "localhost:" + socket, "DB_CHARSET": "utf8mb4",
		"DB_COLLATE": "", "WP_HOME": address, "WP_SITEURL": address, "WP_DEBUG_LOG": filepath.Join(dir, "debug.log"), "FS_METHOD": "direct", "WP_DEFAULT_THEME": "rig",
		"WP_CONTENT_DIR": filepath.Join(dir, "site", "wp-content")} {
		text += fmt.Sprintf("define('%s', '%s');\n", name, value)
	}
	for _, name := range []string{"AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT"} {
		text += fmt.Sprintf("define('%s', 'rig-%s');\n", name, name)
	}
	for name, value := range map[string]string{"WP_HTTP_BLOCK_EXTERNAL": "true", "AUTOMATIC_UPDATER_DISABLED": "true", "DISABLE_WP_CRON": "true",
		"WP_DEBUG": "true", "WP_DEBUG_DISPLAY": "false"} {
		text += fmt.Sprintf("define('%s', %s);\n", name, value)
	}
	return text + "$table_prefix = 'wp_';\nif (!defined('ABSPATH')) define('ABSPATH', __DIR__.'/');\nrequire ABSPATH.'wp-settings.php';\n"
}

// wordPressRouter makes PHP's own server answer pretty links.
const wordPressRouter = `<?php
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$file = $_SERVER['DOCUMENT_ROOT'] . $path;
if (is_file($file) || ($path !== '/' && is_dir($file) && is_file(rtrim($file, '/') . '/index.php'))) return false;
$_SERVER['SCRIPT_NAME'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . '/index.php';
chdir($_SERVER['DOCUMENT_ROOT']);
require $_SERVER['SCRIPT_FILENAME'];
`

// wordPressBends bends WordPress to a test: application passwords without TLS, no
// limit of comments, mail into files, Akismet's calls to $RIG_AKISMET, no pauses.
const wordPressBends = `<?php
add_filter('wp_is_application_passwords_available', '__return_true');
add_filter('comment_flood_filter', '__return_false', 99);
add_filter('pre_wp_mail', function ($sent, $mail) { file_put_contents(getenv('RIG_MAIL') . '/' . microtime(true) . '.' . getmypid() . '.json', json_encode($mail)); return true; }, 10, 2);
add_filter('gatehouse_pause', function ($pause) { return 0; });
add_filter('pre_http_request', function ($done, $args, $url) {
	if (!preg_match('/(^|\.)akismet\.com$/', (string) parse_url($url, PHP_URL_HOST))) return $done;
	$query = parse_url($url, PHP_URL_QUERY);
	return wp_remote_request('http://' . getenv('RIG_AKISMET') . parse_url($url, PHP_URL_PATH) . ($query ? "?$query" : ''), $args);
}, 10, 3);
`

// wordPressTheme shows posts with their comments; Debian's package has no theme.
const wordPressTheme = `<!doctype html><html <?php language_attributes(); ?>><head><meta charset="utf-8"><title><?php bloginfo('name'); ?></title><link rel="stylesheet" href="<?php echo esc_url(get_stylesheet_uri()); ?>"><?php wp_head(); ?></head><body>
<?php while (have_posts()) { the_post(); ?><article><h1><?php the_title(); ?></h1><?php the_content(); ?></article><?php comments_template(); } ?>
<?php wp_footer(); ?></body></html>
`

func (w *wordPress) startPHP() {
	cmd := exec.Command("php", "-d", "variables_order=EGPCS", "-d", "opcache.enable_cli=1", "-d", "opcache.revalidate_freq=0", "-S", strings.TrimPrefix(w.address, "http://"), "-t", filepath.Join(w.dir, "site"), filepath.Join(w.dir, "router.php"))
	w.env = append(w.env, "RIG_MAIL="+filepath.Join(w.dir, "mail"))
	cmd.Env = append(append(os.Environ(), w.env...), "PHP_CLI_SERVER_WORKERS=6")
	w.background(cmd, "php.log")
	until(w.t, "PHP answers", func() bool {
		r, err := http.Get(w.address + "/readme.html")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
}

// install fills in the installer's form, and logs in.
func (w *wordPress) install() {
	w.t.Helper()
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.admin = &http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Minute}
	w.visitor = &http.Client{CheckRedirect: stay, Timeout: time.Minute}
	page := w.send(w.visitor, "/wp-admin/install.php?step=2", url.Values{"weblog_title": {"Rig blog"}, "user_name": {"admin"}, "admin_password": {"adminpw"},
		"admin_password2": {"adminpw"}, "pw_weak": {"1"}, "admin_email": {"admin@example.test"}, "blog_public": {"0"}, "language": {""}}).body
	if !strings.Contains(page, "Success!") {
		w.t.Fatalf("the installer said:\n%s", tail(page, 1500))
	}
	w.php(`update_option('permalink_structure', '/%postname%/'); flush_rewrite_rules(); update_option('comment_previously_approved', '0'); switch_theme('rig'); update_option('show_avatars', 0); update_user_meta(1, 'edit_comments_per_page', 500);`)
	w.send(w.visitor, "/", nil)
	w.get(w.admin, "/wp-login.php")
	if got := w.send(w.admin, "/wp-login.php", url.Values{"log": {"admin"}, "pwd": {"adminpw"}, "testcookie": {"1"}}); got.status != http.StatusFound {
		w.t.Fatalf("logging in was answered %d", got.status)
	}
}

// php runs code inside WordPress and returns what it prints.
func (w *wordPress) php(code string) string {
	w.t.Helper()
	script := filepath.Join(w.dir, "script.php")
	text := fmt.Sprintf("<?php $_SERVER['HTTP_HOST'] = '%s'; require '%s/site/wp-load.php'; require_once ABSPATH . 'wp-admin/includes/plugin.php';\n%s",
		strings.TrimPrefix(w.address, "http://"), w.dir, code)
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return w.run("php", "-d", "display_errors=1", script)
}

// cron makes WordPress' cron do what gatehouse's plugin has scheduled.
func (w *wordPress) cron() {
	w.t.Helper()
	w.php(`wp_unschedule_hook('gatehouse_cron'); wp_schedule_event(time() - 1, 'gatehouse_five_minutes', 'gatehouse_cron'); delete_transient('doing_cron');`)
	w.get(w.visitor, "/wp-cron.php")
}

// page is what the blog answers.
type page struct {
	status   int
	location string
	body     string
}

func (w *wordPress) get(c *http.Client, path string) page { w.t.Helper(); return w.send(c, path, nil) }

// send posts a form, or gets a page where there is none.
func (w *wordPress) send(c *http.Client, path string, form url.Values) page {
	w.t.Helper()
	p, err := w.try(c, path, form)
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	return p
}

// try is as send, for use beside the test's own goroutine.
func (w *wordPress) try(c *http.Client, path string, form url.Values) (page, error) {
	if !strings.HasPrefix(path, "http") {
		path = w.address + path
	}
	request, err := http.NewRequest(http.MethodGet, path, nil)
	if form != nil {
		request, err = http.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	}
	if err != nil {
		return page{}, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("User-Agent", "Mozilla/5.0 (rig)")
	return read(c.Do(request))
}

func read(r *http.Response, err error) (page, error) {
	if err != nil {
		return page{}, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return page{r.StatusCode, r.Header.Get("Location"), string(body)}, err
}

// form returns what a page's form of that id or action would send, its hidden and
// text fields.
func formOf(body, mark string) url.Values {
	values := url.Values{}
	for _, form := range regexp.MustCompile(`(?s)<form.*?</form>`).FindAllString(body, -1) {
		if !strings.Contains(form, mark) {
			continue
		}
		for _, input := range regexp.MustCompile(`<input[^>]*>`).FindAllString(form, -1) {
			name, value := attribute(input, "name"), attribute(input, "value")
			if kind := attribute(input, "type"); name != "" && kind != "checkbox" && kind != "radio" && kind != "submit" {
				values.Add(name, value)
			}
		}
		return values
	}
	return values
}

func attribute(tag, name string) string {
	found := regexp.MustCompile(`\s` + name + `=["']([^"']*)["']`).FindStringSubmatch(tag)
	if found == nil {
		return ""
	}
	return strings.NewReplacer("&amp;", "&", "&#038;", "&", "&quot;", `"`, "&#039;", "'").Replace(found[1])
}

// upload puts a plugin's archive into the blog by wp-admin's form, and activates it.
func (w *wordPress) upload(archive []byte, plugin string) {
	w.t.Helper()
	form := formOf(w.get(w.admin, "/wp-admin/plugin-install.php?tab=upload").body, "wp-upload-form")
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name := range form {
		if name != "pluginzip" {
			parts.WriteField(name, form.Get(name))
		}
	}
	file, err := parts.CreateFormFile("pluginzip", "gatehouse.zip")
	if err != nil {
		w.t.Fatal(err)
	}
	file.Write(archive)
	parts.Close()
	request, err := http.NewRequest(http.MethodPost, w.address+"/wp-admin/update.php?action=upload-plugin", &body)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", parts.FormDataContentType())
	got, err := read(w.admin.Do(request))
	if err != nil || !strings.Contains(got.body, "Plugin installed successfully") {
		w.t.Fatalf("uploading the plugin: %v, %d\n%s", err, got.status, tail(got.body, 1500))
	}
	link := regexp.MustCompile(`href="(plugins\.php\?action=activate[^"]*)"`).FindStringSubmatch(got.body)
	if len(link) != 2 || !strings.Contains(link[1], url.QueryEscape(plugin)) {
		w.t.Fatalf("no link to activate %s", plugin)
	}
	if got := w.get(w.admin, "/wp-admin/"+strings.ReplaceAll(link[1], "&amp;", "&")); got.status != http.StatusFound || strings.Contains(got.location, "error") {
		w.t.Fatalf("activating the plugin was answered %d %s", got.status, got.location)
	}
}

// comment posts a comment by the blog's form, as somebody who is not logged in,
// and returns its number.
func (w *wordPress) comment(author, text string) int {
	w.t.Helper()
	got := w.send(w.visitor, "/wp-comments-post.php", commentForm(author, text))
	if got.status != http.StatusFound {
		w.t.Fatalf("posting a comment was answered %d\n%s", got.status, tail(got.body, 800))
	}
	id, err := strconv.Atoi(w.sql("wp", "SELECT MAX(comment_ID) FROM wp_comments"))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func commentForm(author, text string) url.Values {
	address := strings.ToLower(strings.ReplaceAll(author, " ", "."))
	return url.Values{"author": {author}, "email": {address + "@example.test"}, "url": {""}, "comment": {text}, "comment_post_ID": {"1"}, "comment_parent": {"0"}, "submit": {"Post Comment"}}
}

// state returns a comment's state as the database has it.
func (w *wordPress) state(id int) string {
	w.t.Helper()
	return w.sql("wp", fmt.Sprintf("SELECT comment_approved FROM wp_comments WHERE comment_ID = %d", id))
}

// becomes waits until a comment has a state.
func (w *wordPress) becomes(id int, state string) {
	w.t.Helper()
	until(w.t, fmt.Sprintf("comment %d is %q, not %q", id, state, w.state(id)), func() bool { return w.state(id) == state })
}

// shows says whether the post's page shows a text to everybody.
func (w *wordPress) shows(text string) bool {
	w.t.Helper()
	return strings.Contains(w.get(w.visitor, "/hello-world/").body, text)
}
