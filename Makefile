# Everything on a Debian 12 or newer machine with Go and git: `make demo`, `make test`.
# What a target needs is installed at its first run (see cmd/setup) and checked at the next.

GO       ?= go
ARGS     ?=
SEED     ?=
FOR      ?=
FUZZTIME ?= 30s
TIMEOUT  ?= 20m

# The checkout may belong to another account than the one that builds, which git refuses to describe.
export GOFLAGS := $(GOFLAGS) -buildvcs=false

BIN   := .run/bin
OURS  := -not -path './.run/*' -not -path '*/node_modules/*'

.PHONY: help screenshots demo test build setup-demo setup-test generate generated lint check fuzz bench bench-boards bench-calls bench-desks bench-growth bench-hopper bench-reports bench-pacing chaos cluster-test clean
.DEFAULT_GOAL := help

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

demo: setup-demo ## Install what is missing and start a whole system on this machine (ARGS="--agents 5 --for 60s")
	@mkdir -p $(BIN)
	@$(GO) build -o $(BIN)/trunkline ./cmd/trunkline
	@exec $(BIN)/trunkline demo $(ARGS)

build: setup-demo ## Build .run/bin/trunkline with the browser's bundle inside
	@mkdir -p $(BIN)
	$(GO) build -o $(BIN)/trunkline ./cmd/trunkline

test: setup-test ## Run every check and every test, none skipped
	@mkdir -p $(BIN)
	$(GO) build -o $(BIN)/trunkline ./cmd/trunkline
	@$(MAKE) --no-print-directory generated
	CI=true $(GO) run ./cmd/setup tests --beside lint -race -shuffle=on -count=1 -timeout $(TIMEOUT) -vet=off ./...

check: lint ## Lint, run the tests this machine has the services for, and name those it skipped
	$(GO) run ./cmd/setup tests ./...

lint: ## gofmt, go vet and staticcheck
	@unformatted=$$(find . -name '*.go' $(OURS) -exec gofmt -l {} +) && \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	@if [ -x $(BIN)/staticcheck ]; then echo "$(BIN)/staticcheck ./..."; $(BIN)/staticcheck ./...; \
	elif [ "$$CI" = true ]; then echo "staticcheck is missing: run make test"; exit 1; \
	else echo "SKIPPED: staticcheck, which make test installs"; fi

generate: ## Write the Go code that templ makes of the pages, and the rights that statements ask for
	$(GO) tool templ generate
	$(GO) test ./sql/grants -run TestGrants -update

# Compares contents and not commits, so that it works in a tree without git as well.
generated:
	@list() { find . -name '*_templ.go' $(OURS) -print0 | sort -z | xargs -0r sha256sum; }; \
	before=$$(list); said=$$($(GO) tool templ generate 2>&1) || { echo "$$said"; exit 1; }; \
	if [ "$$before" != "$$(list)" ]; then \
	  echo "These pages and their *_templ.go did not agree; they do now, so commit them:"; \
	  { echo "$$before"; list; } | sort | uniq -u | awk '{print "  " $$2}' | sort -u; exit 1; fi

screenshots: setup-test ## Keep a picture of every page, whole, in light and dark, in a window and on a phone, in .run/screenshots
	TRUNKLINE_PICTURES=$(CURDIR)/.run/screenshots $(GO) test -count=1 -timeout 30m -run 'TestEveryPage' ./cmd/internal/pages
	@echo "The pictures are in .run/screenshots"

fuzz: ## Run each fuzz test for FUZZTIME
	@$(GO) list -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r package dir; do \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go 2>/dev/null | sed 's/^func //'); do \
	    echo "$$package $$name"; \
	    $(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" || exit 1; \
	  done; done

bench: build ## Run every benchmark: the code's own, the calls' (at 5 a second), the dial methods' (tens of minutes)
	$(GO) test -run '^$$' -bench . -benchmem ./...
	@$(BIN)/trunkline bench-calls --rates 5
	@$(MAKE) --no-print-directory bench-pacing

chaos: build ## Break a whole system at work and look whether anything was lost (SEED=7 FOR=2m)
	@exec $(BIN)/trunkline chaos $(if $(SEED),--seed $(SEED)) $(if $(FOR),--for $(FOR)) $(ARGS)

cluster-test: setup-test ## Break a cluster of two telephony and two web servers, a database and a carrier
	@TRUNKLINE_CLUSTER_LONG=1 CI=true $(GO) test -count=1 -v -timeout 20m -run '^TestCluster$$' ./cmd/internal/cluster

.PHONY: desk-test
desk-test: setup-test ## The desk in a real browser with a call up: a reload, a network that goes, a minute's sleep, a second desk
	@TRUNKLINE_LONG=1 CI=true $(GO) test -count=1 -v -timeout 15m -run '^TestReloadInACall$$' ./cmd/internal/e2e

bench-calls: build ## Measure the speed of calls beside a bare AMI and ARI client (ARGS="--rates 5 --for 60s")
	@exec $(BIN)/trunkline bench-calls $(ARGS)

bench-boards: build ## Measure the supervisors' live boards, how far behind and at what load (ARGS="--boards 1,50,200 --agents 300")
	@exec $(BIN)/trunkline bench-boards $(ARGS)

bench-desks: build ## Measure 2,000 agents' desks on a web process with one core, and every page's weight (ARGS="--desks 0,500")
	@exec $(BIN)/trunkline bench-desks $(ARGS)

bench-growth: build ## Measure 1 to 8 telephony servers on one database, and how much it carries (ARGS="--parts fake")
	@exec $(BIN)/trunkline bench-growth $(ARGS)

bench-hopper: build ## Measure the hopper on a MariaDB of its own (SIZES=100000,10000000 in the long form)
	@exec $(BIN)/trunkline bench-hopper $(if $(SIZES),--sizes $(SIZES)) $(ARGS)

bench-reports: build ## Measure the reports on a MariaDB of its own (CALLS=10000000 in the long form)
	@exec $(BIN)/trunkline bench-reports $(if $(CALLS),--calls $(CALLS)) $(ARGS)

bench-pacing: ## Print the dial methods' targets: simulated shifts P1-P6, VICIdial's methods beside ours on the same seeds
	$(GO) run ./cmd/trunkline simulate --bench --seeds $(or $(SEEDS),1000-1007)

.PHONY: deb
deb: setup-demo ## Build packages for Debian into .run/deb (VERSION=1.2.0)
	$(GO) run ./cmd/setup deb $(VERSION)

.PHONY: boot-test
boot-test: deb ## Boot a Debian with systemd and these packages in namespaces, set it up and break it (as root)
	@mkdir -p $(BIN)
	@$(GO) build -o $(BIN)/setup ./cmd/setup
	@exec $(BIN)/setup boot

clean: ## Stop what runs under .run and remove all that was built or installed there
	@$(GO) run ./cmd/setup clean

setup-demo:
	@$(GO) run ./cmd/setup demo

setup-test:
	@$(GO) run ./cmd/setup test
