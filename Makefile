# make          builds ./mkrootfs, one static binary
# make demo     packs redis-server, runs it and asks it PING
# make test     the tests, but for those that lack something here
# make check    lint, vet, tidy, licences, known vulnerabilities (VULN=skip: not those)
# make fuzz     every fuzz target, FUZZTIME=30s each
# make bench    this tool beside the others, with ratios

GO ?= go
export CGO_ENABLED = 0

GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.9.0
GOTESTSUM     = gotest.tools/gotestsum@v1.13.0

# The licences that dependencies may have, those of the tests too. Others fail, copyleft
# (GPL, LGPL, AGPL, MPL) among them; so does a dependency whose licence is not recognised.
LICENCES ?= Apache-2.0,BSD-2-Clause,BSD-3-Clause,ISC,MIT

TEST_FORMAT ?= pkgname-and-test-fails
FUZZTIME    ?= 30s
VULN        ?= check

.PHONY: all build install demo test check lint vet tidy licences vuln fuzz bench clean

all: build

build:
	$(GO) build -trimpath -buildvcs=false -ldflags='-s -w' -o mkrootfs ./cmd/mkrootfs

install:
	$(GO) install -trimpath -buildvcs=false -ldflags='-s -w' ./cmd/mkrootfs

demo: build
	@test/demo.sh ./mkrootfs

test:
	@test/setup.sh
	@test/run.sh $(GO) run $(GOTESTSUM) --format=$(TEST_FORMAT) --format-hide-empty-pkg -- -timeout=15m ./...

check: vet tidy lint licences vuln

vet:
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...

tidy:
	$(GO) mod tidy -diff

lint:
	$(GO) run $(GOLANGCI_LINT) run ./...

# The tool has requirements of its own, in test/licences. What it prints to stderr when
# nothing is wrong are notes about files that are not Go.
licences:
	@notes=$$(mktemp); trap 'rm -f "$$notes"' EXIT; \
	$(GO) tool -modfile=test/licences/tool.mod go-licenses check ./... --include_tests \
		--allowed_licenses=$(LICENCES) 2>"$$notes" || { cat "$$notes" >&2; exit 1; }

# What cannot be checked fails, unless VULN=skip says that it need not be. The
# tool is built rather than run by go run, which hides its status: govulncheck ends
# with 3 when it found something, with another one when its database could not be
# asked.
vuln:
ifeq ($(VULN),skip)
	@echo 'vuln: skipped by VULN=skip: nobody has looked for known vulnerabilities' >&2
else
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	GOBIN="$$tools" $(GO) install $(GOVULNCHECK) || { \
		echo 'vuln: govulncheck cannot be fetched or built; VULN=skip leaves it out' >&2; exit 1; }; \
	"$$tools/govulncheck" ./... ; status=$$?; \
	case $$status in 0) ;; \
	3) echo 'vuln: known vulnerabilities, see above' >&2; exit 1 ;; \
	*) echo "vuln: nothing was checked: govulncheck could not ask its database (status $$status); VULN=skip leaves it out" >&2; exit 1 ;; esac
endif

# Each fuzz target for FUZZTIME, a time (30s) or a number of executions (20000x).
fuzz:
	@test/fuzz.sh $(FUZZTIME)

bench: build
	@test/run.sh $(GO) run ./test/bench ./mkrootfs

clean:
	rm -f mkrootfs
