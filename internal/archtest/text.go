package archtest

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func textRules() []Rule {
	return []Rule{
		{
			Name: "hosts and paths", Check: checkPlaces,
			Why: "the project must build and read the same on every machine and behind every mirror: name no package registry and no folder of the machine it was written on",
		},
		{
			Name: "links", Check: checkLinks,
			Why: "a page that points nowhere sends its reader away",
		},
	}
}

// places matches hosts of package registries, and absolute folders that exist
// only where the project was written. A path within an address does not count.
// The brackets keep this file from matching itself.
func places() *regexp.Regexp {
	return regexp.MustCompile(`(?i)` +
		`\b(?:proxy\.golang[.]org|sum\.golang[.]org|goproxy[.](?:io|cn)|registry\.npmjs[.]org|registry\.yarnpkg[.]com|pypi[.]org|files\.pythonhosted[.]org|index\.crates[.]io|deb\.debian[.]org|archive\.ubuntu[.]com)\b` +
		`|(?:^|[^\w./:-])/(?:w[o]rk|r[o]ot|f[a]rm)/[\w.]`)
}

func checkPlaces(t *Tree) (found []Finding) {
	places := places()
	for _, file := range t.Files {
		content, err := os.ReadFile(filepath.Join(t.Root, filepath.FromSlash(file)))
		if err != nil {
			found = append(found, Finding{File: file, Says: err.Error()})
			continue
		}
		if bytes.IndexByte(content, 0) >= 0 {
			continue // not text
		}
		for i, line := range bytes.Split(content, []byte("\n")) {
			if place := places.Find(line); place != nil {
				found = append(found, Finding{file, i + 1, fmt.Sprintf("names %q", strings.TrimSpace(string(place)))})
			}
		}
	}
	return sorted(found)
}

// mdLink matches the target of an inline link or picture, and of a link
// reference definition, as CommonMark has them (https://spec.commonmark.org).
func mdLink() *regexp.Regexp {
	return regexp.MustCompile(`\]\(\s*<?([^\s)>]+)|^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)|(?:src|href|srcset)="([^"\s]+)`)
}

func checkLinks(t *Tree) (found []Finding) {
	link := mdLink()
	for _, file := range t.Files {
		if !strings.HasSuffix(file, ".md") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(t.Root, filepath.FromSlash(file)))
		if err != nil {
			found = append(found, Finding{File: file, Says: err.Error()})
			continue
		}
		fenced := false
		for i, line := range strings.Split(string(content), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				fenced = !fenced
			}
			if fenced {
				continue
			}
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				if target := m[1] + m[2] + m[3]; !t.resolves(file, target) {
					found = append(found, Finding{file, i + 1, fmt.Sprintf("link to %s, which is not in the tree", target)})
				}
			}
		}
	}
	return sorted(found)
}

// resolves reports whether a link in file leads out of the tree, to a place in
// the same page, or to a file or folder of the tree.
func (t *Tree) resolves(file, target string) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	if u.IsAbs() || u.Host != "" || u.Path == "" {
		return true
	}
	name := path.Join(path.Dir(file), u.Path)
	return slices.ContainsFunc(t.Files, func(f string) bool { return f == name || strings.HasPrefix(f, name+"/") || name == "." })
}
