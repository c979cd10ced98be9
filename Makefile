# pitwall: `make run` opens the console on the local stack, `make test` proves it.
# Only Go and make are needed; the binary is static.

export CGO_ENABLED = 0
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)
PKGS     = ./... ./testdata
BENCH     ?= .
BENCHTIME ?= 1s
COUNT     ?= 1
TESTFLAGS ?=

.PHONY: build run test race lint bench fuzz e2e test-docker clean

build: ## build bin/pitwall
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/pitwall ./cmd/pitwall

run: build ## open the console on the local stack
	./bin/pitwall up

test: ## all tests that need nothing but Go
	$(GO) test $(TESTFLAGS) $(PKGS)

race: ## the same tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race $(TESTFLAGS) $(PKGS)

e2e: build ## the real binary: CLI, faults, and the console in a terminal
	PITWALL_E2E=1 $(GO) test -count=1 -timeout 15m $(TESTFLAGS) ./cmd/pitwall

# One package at a time: the stacks of two would meet on one engine.
test-docker: build ## the Docker backend on a real engine
	PITWALL_DOCKER=1 PITWALL_BINARY=$(CURDIR)/bin/pitwall $(GO) test -count=1 -p 1 -timeout 30m $(TESTFLAGS) ./backends/docker/...
	PITWALL_DOCKER=1 PITWALL_BINARY=$(CURDIR)/bin/pitwall $(GO) test -count=1 -timeout 30m -run Docker $(TESTFLAGS) ./cmd/pitwall

lint: ## gofmt, vet, staticcheck, govulncheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'gofmt: the files above need formatting'; exit 1; }
	$(GO) vet $(PKGS)
	$(GO) tool staticcheck $(PKGS)
	@out=$$($(GO) tool govulncheck $(PKGS) 2>&1); code=$$?; echo "$$out"; \
	  if [ $$code -ne 0 ]; then \
	    echo "$$out" | grep -q 'fetching vulnerabilities' || exit $$code; \
	    echo 'skipped: govulncheck cannot reach its database'; \
	  fi

bench: ## speed goals as benchmarks
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem -count $(COUNT) $(PKGS)

fuzz: ## each fuzz target for 20 s
	@for pkg in $$($(GO) list $(PKGS)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 20s $$pkg || exit 1; \
	  done; done

clean:
	rm -rf bin
