package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAkismetInWordPress lets WordPress' own Akismet plugin ask gatehouse, by the
// few lines of docs/blogs/akismet.md.
func TestAkismetInWordPress(t *testing.T) {
	blog := newWordPress(t)
	b := newAkismetBlog(t, "")
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "blogs", "akismet.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile("(?s)```php\n(.*?)```").FindSubmatch(page)
	if lines == nil {
		t.Fatal("the page has no PHP")
	}
	plugins := filepath.Join(blog.dir, "site", "wp-content", "mu-plugins")
	for name, text := range map[string]string{
		"gatehouse.php": strings.NewReplacer("0123456789ab", b.key, "https://gate.example.org", "http://"+b.address).Replace(string(lines[1])),
		"rig.php":       strings.ReplaceAll(wordPressBends, `akismet\.com`, `nobody\.example`), // which would lead the calls elsewhere
	} {
		if err := os.WriteFile(filepath.Join(plugins, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said := blog.php(`echo json_encode(activate_plugin('akismet/akismet.php'));`); said != "null" {
		t.Fatalf("activating the plugin: %s", said)
	}
	if said := blog.php(`echo Akismet::verify_key(Akismet::get_api_key()), ' ', Akismet::verify_key('000000000000');`); said != "valid invalid" {
		t.Errorf("our key and another: %q", said)
	}
	kind := blog.comment("Pat O'Brien", `Thank you: "it's" in C:\temp & <b>there</b>, the harbour was new to me.`)
	rude := blog.comment("Bob Rude", rudeWords)
	if k, r := blog.state(kind), blog.state(rude); k != "1" || r != "spam" {
		t.Errorf("the kind comment is %q, the rude one %q", k, r)
	}
	mark := func(id int, field, status string) {
		t.Helper()
		blog.php(fmt.Sprintf(`wp_set_current_user(1); $_POST['%s'] = 1; wp_set_comment_status(%d, '%s');`, field, id, status))
	}
	mark(kind, "spam", "spam")
	mark(rude, "unspam", "approve")
	want := map[string]string{"Pat": `"status":"rejected"`, "Bob Rude": `"status":"approved"`}
	recent := b.must("recent", "--json")
	if n := strings.Count(recent, "\n"); n != 2 {
		t.Errorf("%d comments are kept, want the 2 that were checked: a report was not recognised\n%s", n, recent)
	}
	for line := range strings.Lines(recent) {
		for author, status := range want {
			if strings.Contains(line, author) && (!strings.Contains(line, status) || !strings.Contains(line, `"decided_by":"admin"`)) {
				t.Errorf("what the host decided did not arrive: %s", line)
			}
		}
	}
	if !strings.Contains(recent, `Thank you: \"it's\" in C:\\temp`) {
		t.Errorf("the comment is not as it was written:\n%s", recent)
	}
	if said := blog.php(fmt.Sprintf(`require_once AKISMET__PLUGIN_DIR . 'class.akismet-admin.php'; echo Akismet::check_db_comment(%d), Akismet::check_db_comment(%d), Akismet_Admin::get_stats(Akismet::get_api_key())['all']->spam;`, kind, rude)); said != "truefalse2" {
		t.Errorf("checked again, and the figures: %q, want true, false and 2", said)
	}
}
