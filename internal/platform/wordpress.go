package platform

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"net/http"
	"time"
)

// WordPress is the name of that platform: our plugin on the blog, which speaks as
// any blog does by webhook, or its REST API with an application password.
const WordPress = "wordpress"

//go:embed wordpress/gatehouse.php
var wordPressPlugin []byte

// WordPressPlugin returns the plugin's one file. There is no secret in it.
func WordPressPlugin() []byte { return bytes.Clone(wordPressPlugin) }

// WordPressArchive returns the plugin as the archive that wp-admin uploads.
func WordPressArchive() ([]byte, error) {
	var archive bytes.Buffer
	files := zip.NewWriter(&archive)
	// The same bytes from the same program, whenever they are made.
	file, err := files.CreateHeader(&zip.FileHeader{Name: "gatehouse/gatehouse.php", Method: zip.Deflate,
		Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return nil, fmt.Errorf("pack plugin: %w", err)
	}
	if _, err := file.Write(wordPressPlugin); err != nil {
		return nil, fmt.Errorf("pack plugin: %w", err)
	}
	if err := files.Close(); err != nil {
		return nil, fmt.Errorf("pack plugin: %w", err)
	}
	return archive.Bytes(), nil
}

// ServeWordPressPlugin handles GET /platform/wordpress/gatehouse.zip.
func ServeWordPressPlugin(w http.ResponseWriter, _ *http.Request) error {
	archive, err := WordPressArchive()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="gatehouse.zip"`)
	w.Write(archive) //nolint:errcheck // the client may be gone
	return nil
}
