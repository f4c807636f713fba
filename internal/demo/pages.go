package demo

import (
	"bytes"
	"io/fs"
	"net/http"
	"strings"
)

// bothPage is the page with the blog and the phone.
type bothPage struct {
	Slug string // of the article that the blog's pane shows first
}

// problemPage says what is not there.
type problemPage struct {
	Title, Text string
}

// showBoth shows blog and phone side by side.
func (d *Demo) showBoth(w http.ResponseWriter, _ *http.Request) {
	d.show(w, http.StatusOK, "both.html", bothPage{Slug: d.content.Posts[0].Slug})
}

// notFound answers for addresses below /demo that lead nowhere.
func (d *Demo) notFound(w http.ResponseWriter, _ *http.Request) {
	d.show(w, http.StatusNotFound, "problem.html", problemPage{
		Title: "There is no such page", Text: "The tide may have taken it. The newest articles are on the front page.",
	})
}

// show writes the page that a template makes of data, whole or not at all.
func (d *Demo) show(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := d.pages.ExecuteTemplate(&page, name, data); err != nil {
		d.cfg.Log.Error("page not made", "page", name, "err", err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the reader may have gone
}

// showAsset serves a style sheet, a script or a picture.
func showAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	asset, err := fs.ReadFile(files, "assets/"+name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	switch {
	case strings.HasSuffix(name, ".css"):
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
	case strings.HasSuffix(name, ".js"):
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	case strings.HasSuffix(name, ".svg"):
		w.Header().Set("Content-Type", "image/svg+xml")
	}
	_, _ = w.Write(asset) // the reader may have gone
}
