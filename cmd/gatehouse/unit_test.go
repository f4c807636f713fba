package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// unitStopTime returns for how long systemd waits for the service's end.
func unitStopTime(t *testing.T) time.Duration {
	t.Helper()
	unit, err := os.ReadFile(filepath.Join("packaging", "gatehouse.service"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^TimeoutStopSec=(\d+)$`).FindSubmatch(unit)
	if found == nil {
		t.Fatal("the unit has no TimeoutStopSec in seconds")
	}
	seconds, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(seconds) * time.Second
}

// TestUnitWaitsForTheEnd compares what the program gives itself, what systemd gives it,
// and what docs/operations.md says of both.
func TestUnitWaitsForTheEnd(t *testing.T) {
	own, given := shutdownTime+farewellTime, unitStopTime(t)
	if given < own+5*time.Second || given > 2*own {
		t.Errorf("systemd waits %s for a program that gives itself %s", given, own)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(string(page)), " ")
	for _, want := range []string{fmt.Sprintf("After %.0f seconds at most the program exits", own.Seconds()), fmt.Sprintf("`TimeoutStopSec` must be above that (%.0fs)", given.Seconds())} {
		if !strings.Contains(words, want) {
			t.Errorf("docs/operations.md does not say %q", want)
		}
	}
}
