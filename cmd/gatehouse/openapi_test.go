package main

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/platform"
	"gatehouse/internal/web"
)

// TestTheDescriptionIsOfWhatIsServed compares openapi.yaml with the routes.
func TestTheDescriptionIsOfWhatIsServed(t *testing.T) {
	w := httptest.NewRecorder()
	s := web.New(web.Routes{"GET /openapi.yaml": platform.OpenAPI}, nil, slog.New(slog.DiscardHandler))
	s.HTTP().Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/openapi.yaml", nil))
	var api struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(w.Body.Bytes(), &api); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d, %v", w.Code, err)
	}
	g := &gate{}
	anyMethod := g.akismetRoutes()
	var described []string
	for path, operations := range api.Paths {
		if _, ok := anyMethod[path]; ok {
			described = append(described, path)
			continue
		}
		for method := range operations {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	served := slices.Concat(slices.Collect(maps.Keys(g.routes())), slices.Collect(maps.Keys(anyMethod)), []string{"GET /healthz", "GET /readyz"})
	for i := range served { // OpenAPI knows a path by its shape, whatever a segment is called
		served[i] = strings.TrimSuffix(strings.ReplaceAll(served[i]+"$", "{comment_id}$", "{id}"), "$")
	}
	slices.Sort(described)
	slices.Sort(served)
	if diff := cmp.Diff(served, described); diff != "" {
		t.Errorf("routes (-served +described):\n%s", diff)
	}
}

// TestTheDescriptionsReferencesLead looks for each $ref of openapi.yaml.
func TestTheDescriptionsReferencesLead(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "internal", "platform", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var api map[string]any
	if err := yaml.Unmarshal(data, &api); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				used[ref] = true
			}
			for _, child := range v {
				walk(child)
			}
		case []any:
			for _, child := range v {
				walk(child)
			}
		}
	}
	walk(api)
	if len(used) < 20 {
		t.Fatalf("found %d references only", len(used))
	}
	for ref := range used {
		var at any = api
		for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			m, _ := at.(map[string]any)
			at = m[name]
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
}
