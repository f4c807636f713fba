package platform

import (
	_ "embed"
	"net/http"
)

// openAPI describes our doors for programs; a test of cmd/gatehouse compares it
// with what is mounted.
//
//go:embed openapi.yaml
var openAPI []byte

// OpenAPI handles GET /openapi.yaml.
func OpenAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	w.Write(openAPI) //nolint:errcheck // the client may be gone
	return nil
}
