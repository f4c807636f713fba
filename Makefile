# Needs Go and make. `make help` lists what there is.
GO ?= go
FUZZTIME ?= 20s
# What fuzzing has found to be worth another look is kept here; some of it is in
# testdata/fuzz, which every run of the tests reads.
FUZZCORPUS ?= $(CURDIR)/.fuzz
# How often the crash test kills the program: `make crash KILLS=200` is the long form.
KILLS ?= 20
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.13.0

GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# With GATEHOUSE_TEST_INSTALL=1 the counterparts that tests talk to are installed
# (Debian), and what is skipped for want of one is a failure.
GATEHOUSE_TEST_INSTALL ?=
INSTALL := $(filter 1,$(GATEHOUSE_TEST_INSTALL))
APT := apt-get -o DPkg::Lock::Timeout=600
# The corpora, and a database on the net, can't be installed: what needs them is all that
# may be missing.
EXCUSED := corpora|database of vulnerabilities

# Where the corpora are, for `make starter` and for tests that can use them.
CORPORA := $(or $(GATEHOUSE_CORPORA),../shared/corpora)

BUILD := .build
NPM := $(BUILD)/npm/node_modules
LITESTREAM := github.com/benbjohnson/litestream/cmd/litestream@v0.5.18
AGE := filippo.io/age/cmd/age@v1.3.2 filippo.io/age/cmd/age-plugin-batchpass@v1.3.2
RECORD := $(BUILD)/tests
RUN := $(GO) run ./internal/archtest/runtests -record $(RECORD)

# Tests that run the program over and over have steps of their own.
SCRIPTS := ^TestScript$$
# A package's tests may take so long, on a busy machine, before something must hang.
PATIENCE := 15m
CRASHES := ^TestCrash
# Tests of the whole program wait more than they compute.
WAITING := -parallel 6
# The race detector needs a C compiler.
# SQLite, translated from C, has no goroutines to race: it is not watched, which makes
# the run several times quicker. All that is written in Go, its driver included, is.
UNWATCHED := -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false
RACE := $(shell [ "$$($(GO) env CGO_ENABLED)" = 1 ] && command -v "$$($(GO) env CC)")

.NOTPARALLEL:
.PHONY: help build dist reproduce deb package test counterparts vet lint vuln race unit scripts crash skipped bench load fuzz starter clean

help: ## show this
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

build: ## the program, as one static file
	CGO_ENABLED=0 $(GO) build -trimpath -o gatehouse ./cmd/gatehouse

# What is given out: one static file each, the same bytes whoever builds a commit
# with the same Go, wherever. Version and revision are git's, in the program itself.
DIST := $(BUILD)/dist
DIST_FOR ?= linux-amd64 linux-arm64 darwin-arm64 windows-amd64
NFPM := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
COMMITTED = $(shell TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S)
DEB_VERSION ?= $(or $(patsubst v%,%,$(shell git describe --tags --exact-match --match 'v*' 2>/dev/null)),0.0.0+git$(COMMITTED))
DEB_ARCH ?= amd64

dist: ## the program for other machines, with SHA256SUMS, in .build/dist
	@mkdir -p $(DIST); rm -f $(DIST)/*
	@for target in $(DIST_FOR); do \
		os=$${target%-*}; arch=$${target#*-}; ext=; [ $$os != windows ] || ext=.exe; \
		echo "gatehouse-$$target$$ext"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -buildvcs=true -ldflags='-s -w -buildid=' -o $(DIST)/gatehouse-$$target$$ext ./cmd/gatehouse || exit 1; \
	done
	@cd $(DIST) && sha256sum gatehouse-* >SHA256SUMS

reproduce: ## build twice, from two folders, and compare
	@one=$$(mktemp -d) && two=$$(mktemp -d) && trap 'rm -rf "$$one" "$$two"' EXIT && \
	for folder in $$one/a $$two/another-name; do \
		git clone -q . $$folder && $(MAKE) --no-print-directory -C $$folder dist DIST_FOR="$(firstword $(DIST_FOR))" || exit 1; \
	done && cmp $$one/a/$(DIST)/SHA256SUMS $$two/another-name/$(DIST)/SHA256SUMS && cat $$one/a/$(DIST)/SHA256SUMS

deb: ## the Debian package, in .build/dist
	@$(MAKE) --no-print-directory dist DIST_FOR=linux-$(DEB_ARCH)
	@$(MAKE) --no-print-directory package

package: ## the Debian package of what dist has built
	@sed -e 's|@ARCH@|$(DEB_ARCH)|; s|@VERSION@|$(DEB_VERSION)|; s|@DIST@|$(DIST)|' \
		-e "s|@MTIME@|$$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ)|" \
		cmd/gatehouse/packaging/nfpm.yaml >$(DIST)/nfpm.yaml
	@$(GO) run $(NFPM) package -f $(DIST)/nfpm.yaml -p deb -t $(DIST)/ && rm $(DIST)/nfpm.yaml

test: ## everything that must hold, and at the end what was skipped
	@rm -f $(RECORD)
	@$(MAKE) --no-print-directory counterparts
	@$(MAKE) --no-print-directory vet lint vuln race unit scripts crash skipped

counterparts: ## install what tests talk to, if GATEHOUSE_TEST_INSTALL=1
ifdef INSTALL
	@want=; \
	command -v chromium >/dev/null || want="$$want chromium"; \
	command -v curl >/dev/null || want="$$want curl"; \
	command -v openssl >/dev/null || want="$$want openssl"; \
	command -v python3 >/dev/null || want="$$want python3"; \
	command -v php >/dev/null || want="$$want php-cli"; \
	command -v node >/dev/null || want="$$want nodejs"; \
	ruby -e "require 'akismet'" 2>/dev/null || want="$$want ruby-akismet"; \
	perl -MNet::Akismet -e 1 2>/dev/null || want="$$want libnet-akismet-perl"; \
	command -v npm >/dev/null || want="$$want npm"; \
	[ -f /usr/share/wordpress/wp-load.php ] && command -v mariadbd >/dev/null && php -m 2>/dev/null | grep -q mysqli || \
		want="$$want wordpress php-cli php-mysql php-gd php-xml php-curl mariadb-server"; \
	command -v "$$($(GO) env CC)" >/dev/null || want="$$want gcc libc6-dev"; \
	[ -z "$$want" ] || { \
		command -v apt-get >/dev/null || { echo "install$$want yourself: there is no apt-get here" >&2; exit 1; }; \
		export DEBIAN_FRONTEND=noninteractive; \
		$(APT) install -y --no-install-recommends $$want || \
		{ $(APT) update && $(APT) install -y --no-install-recommends $$want; }; }
	@[ -d $(NPM)/akismet-api ] && [ -d $(NPM)/akismet ] || \
		npm install --no-save --no-audit --no-fund --prefix $(BUILD)/npm akismet-api@6 akismet@2
	@command -v litestream >/dev/null || [ -x $(BUILD)/bin/litestream ] || \
		GOBIN="$(CURDIR)/$(BUILD)/bin" $(GO) install $(LITESTREAM)
	@command -v age-plugin-batchpass >/dev/null || [ -x $(BUILD)/bin/age-plugin-batchpass ] || \
		GOBIN="$(CURDIR)/$(BUILD)/bin" $(GO) install $(AGE)
endif

vet: ## go vet
	$(GO) vet ./...

lint: ## golangci-lint, built from source at the version named above
	$(GO) run $(GOLANGCI) run ./...

vuln: ## known vulnerabilities in what is used, where their database can be reached
	@mkdir -p $(BUILD)
	@if $(GO) run $(GOVULNCHECK) -version >$(BUILD)/vuln 2>&1 && grep -q '^DB updated' $(BUILD)/vuln; then \
		$(GO) run $(GOVULNCHECK) ./...; \
	else \
		tail -n 3 $(BUILD)/vuln; \
		$(RUN) -skip 'govulncheck' -reason 'the database of vulnerabilities cannot be reached'; \
	fi

race: ## unit tests under the race detector, the short ones
ifdef RACE
	$(RUN) -- -timeout $(PATIENCE) $(WAITING) -race $(UNWATCHED) -short -skip '$(SCRIPTS)|$(CRASHES)' ./...
else
	$(RUN) -skip 'race detector' -reason 'no C compiler'
endif

unit: ## all tests but scripts and crashes
	$(RUN) -- -timeout $(PATIENCE) $(WAITING) -skip '$(SCRIPTS)|$(CRASHES)' ./...

scripts: ## the commands, each by its testdata/script
	$(RUN) -- -timeout $(PATIENCE) -run '$(SCRIPTS)' ./cmd/gatehouse

crash: ## tests that kill the program while it works, KILLS (20) times
	GATEHOUSE_TEST_KILLS=$(KILLS) $(RUN) -- -timeout $(PATIENCE) -run '$(CRASHES)' ./...

skipped: ## what the runs before have skipped
	@$(RUN) -summary $(if $(INSTALL),-strict) -excused '$(EXCUSED)'

bench: ## benchmarks
	$(GO) test -run '^$$' -bench . -benchmem -timeout 0 ./...

load: ## how quickly the real program takes comments: a short run; LOADFLAGS adds to it
	$(GO) run ./cmd/gatehouse-load -duration 5s $(LOADFLAGS)

fuzz: ## every fuzz target for FUZZTIME (20s)
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg -test.fuzzcachedir="$(FUZZCORPUS)/$$pkg" || exit 1; \
		done; \
	done

starter: ## the built-in model anew, from the corpora and our own texts
	$(GO) run ./cmd/gatehouse train --base none --out training/starter/starter.model --data training/starter/*.jsonl $(CORPORA)/*.jsonl.gz

clean: ## what building and testing left
	rm -rf $(BUILD) gatehouse
