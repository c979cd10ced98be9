# pitwall: `make run` opens the console on the local stack, `make test` proves it.
# Only Go and make are needed; the binary is static.

# -trimpath everywhere: with it here and without it there everything compiles twice.
export CGO_ENABLED = 0
export GOFLAGS    += -trimpath
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)
PKGS     = ./... ./testdata
BENCH     ?= .
BENCHTIME ?= 1s
COUNT     ?= 1
TESTFLAGS ?=

.PHONY: build release run test race lint bench bench-cluster fuzz e2e test-docker test-faults cluster test-cluster test-cluster-backend test-cluster-binary clean

build: ## build bin/pitwall
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/pitwall ./cmd/pitwall

# Reproducible: the same commit gives the same bytes, whoever builds it and where.
RELEASE    = bin/release
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
release: ## static binaries of every platform with checksums and bills of materials in bin/release (minutes)
	rm -rf $(RELEASE)
	@set -e; for platform in $(PLATFORMS); do \
	  os=$${platform%/*}; out=$(RELEASE)/pitwall-$(VERSION)-$$os-$${platform#*/}; if [ $$os = windows ]; then out=$$out.exe; fi; \
	  echo $$out; GOOS=$$os GOARCH=$${platform#*/} $(GO) build -ldflags '$(LDFLAGS)' -o $$out ./cmd/pitwall; \
	done
	$(GO) run ./cmd/release $(RELEASE) '$(VERSION)'

run: build ## open the console on the local stack
	./bin/pitwall up

test: ## all tests that need nothing but Go
	$(GO) test -timeout 20m $(TESTFLAGS) $(PKGS)

race: ## the same tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -vet=off -timeout 20m $(TESTFLAGS) $(PKGS)

e2e: build ## the real binary: CLI, faults, and the console in a terminal
	PITWALL_E2E=1 $(GO) test -count=1 -timeout 15m $(TESTFLAGS) ./cmd/pitwall

# One package at a time: those that measure must not meet others. What waits for
# containers and measures nothing runs two at a time, which two cores bear.
test-docker: build ## the Docker backend on a real engine
	PITWALL_DOCKER=1 PITWALL_BINARY=$(CURDIR)/bin/pitwall $(GO) test -count=1 -p 1 -parallel 2 -timeout 60m -skip '$(FAULTS)' $(TESTFLAGS) ./backends/docker/...

# Minutes; PITWALL_FAULTS=all takes every step, kind of failure and kind of engine, and three quarters of an hour.
FAULTS = ^TestDocker(EngineFails|DiskFull|ContainerLost)$$
test-faults: build ## the Docker backend while a real engine is killed, restarted and full, step by step
	PITWALL_DOCKER=1 PITWALL_BINARY=$(CURDIR)/bin/pitwall $(GO) test -count=1 -timeout 90m -run '$(FAULTS)' $(TESTFLAGS) ./backends/docker

cluster: ## a Kubernetes cluster for tests, until ctrl-c; prints its kubeconfig
	@program=$$(testdata/cluster/build.sh) && exec $$program up

NODE = testdata/cluster/node
test-cluster: build ## the Kubernetes backend on a real control plane and a real node, which are built when absent (minutes)
	testdata/cluster/build.sh >/dev/null
	testdata/cluster/argo.sh >/dev/null
	testdata/cluster/go.sh vet ./...
	testdata/cluster/go.sh test -timeout 5m ./internal/...
	$(MAKE) -j 2 --output-sync=target test-cluster-backend test-cluster-binary
	@if why=$$($(NODE)/needs.sh); then \
	  $(NODE)/run.sh bin/pitwall $(GO) test -count=1 -timeout 15m -run '^TestNode' $(TESTFLAGS) ./backends/kubernetes; \
	else \
	  echo "skipped: the tests on a real Kubernetes node: $$why"; \
	fi

# Each on a cluster of its own: they wait more than they compute.
test-cluster-backend:
	$$(testdata/cluster/build.sh) run $(GO) test -count=1 -p 1 -timeout 30m $(TESTFLAGS) ./backends/kubernetes/...
test-cluster-binary:
	PITWALL_BINARY=$(CURDIR)/bin/pitwall $$(testdata/cluster/build.sh) run $(GO) test -count=1 -timeout 30m -run Cluster $(TESTFLAGS) ./cmd/pitwall

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

# Minutes, and never part of CI; SCALE=3000 is 15,000 pods.
SCALE ?= 1000
bench-cluster: build ## the console on a Kubernetes cluster of SCALE deployments with 5 pods each; K9S=PATH measures k9s beside it
	$$(testdata/cluster/build.sh) run -nodes 150 env PITWALL_SCALE=$(SCALE) PITWALL_BINARY=$(CURDIR)/bin/pitwall \
	  $(GO) test -run '^$$' -bench ClusterScale -benchtime 1x -timeout 60m -v ./cmd/pitwall

# Minimizing what is merely new would take all of the time.
fuzz: ## each fuzz target for 20 s
	@for pkg in $$($(GO) list $(PKGS)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime 20s -fuzzminimizetime 10x $$pkg || exit 1; \
	  done; done

clean:
	rm -rf bin
