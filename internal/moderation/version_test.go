package moderation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/moderation"
)

// versionList is a database of versions in force.
type versionList struct {
	list []moderation.ModelVersion
	err  error
}

// InForce implements moderation.Versions.
func (v *versionList) InForce(context.Context) ([]moderation.ModelVersion, error) {
	return v.list, v.err
}

func TestAdopter(t *testing.T) {
	var did []string
	var log bytes.Buffer
	versions := &versionList{}
	a := moderation.Adopter{Versions: versions, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Adopt: func(s moderation.SiteID, v *moderation.ModelVersion) error {
			if v == nil {
				did = append(did, fmt.Sprintf("site %d leaves", s))
				return nil
			}
			did = append(did, fmt.Sprintf("site %d takes up %d", s, v.ID))
			if v.ID == 13 {
				return errors.New("over another model")
			}
			return nil
		}}
	for _, step := range []struct {
		inForce []moderation.ModelVersion
		want    []string
	}{
		{nil, nil},
		{[]moderation.ModelVersion{{ID: 1, Site: 1}}, []string{"site 1 takes up 1"}},
		{[]moderation.ModelVersion{{ID: 1, Site: 1}}, nil},
		{[]moderation.ModelVersion{{ID: 3, Site: 1}, {ID: 2, Site: 2}}, []string{"site 1 takes up 3", "site 2 takes up 2"}},
		{[]moderation.ModelVersion{{ID: 2, Site: 2}}, []string{"site 1 leaves"}},
		{[]moderation.ModelVersion{{ID: 13, Site: 2}}, []string{"site 2 takes up 13"}},
		{[]moderation.ModelVersion{{ID: 13, Site: 2}}, nil},
	} {
		did, versions.list = nil, step.inForce
		if err := a.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, did); diff != "" {
			t.Errorf("with %+v in force (-want +got):\n%s", step.inForce, diff)
		}
	}
	if n := strings.Count(log.String(), "over another model"); n != 1 {
		t.Errorf("a version that can't be used was logged %d times:\n%s", n, &log)
	}
	versions.err = errors.New("disk on fire")
	if err := a.CatchUp(t.Context()); !errors.Is(err, versions.err) {
		t.Errorf("err = %v, want %v", err, versions.err)
	}
}
