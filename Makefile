# make          builds ./mkrootfs, one static binary
# make install  installs the command with go install
# make demo     packs redis-server, runs the image and sends it PING
# make test     runs the tests; tests that cannot run on this machine are skipped
# make check    runs lint, vet, tidy, and checks licences and known vulnerabilities
#               (VULN=skip leaves out the last)
# make fuzz     runs every fuzz target, each for FUZZTIME=30s
# make bench    compares mkrootfs with other tools
# make zoo      installs 269 programs of Debian 12, packs and runs each, and writes
#               docs/zoo.md (needs root and apt-get)

GO ?= go
export CGO_ENABLED = 0

GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.9.0
GOTESTSUM     = gotest.tools/gotestsum@v1.13.0

# The licences that dependencies may have, including those of the tests. All other licences
# fail, among them copyleft (GPL, LGPL, AGPL, MPL); so do licences that are not recognised.
LICENCES ?= Apache-2.0,BSD-2-Clause,BSD-3-Clause,ISC,MIT

TEST_FORMAT ?= pkgname-and-test-fails
FUZZTIME    ?= 30s
VULN        ?= check

# The version that --version prints: the tag of a release, else the commit.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  = -s -w -X main.version=$(VERSION)

.PHONY: all build install demo test check lint vet tidy licences vuln fuzz bench zoo clean

all: build

build:
	$(GO) build -trimpath -buildvcs=false -ldflags='$(LDFLAGS)' -o mkrootfs ./cmd/mkrootfs

install:
	$(GO) install -trimpath -buildvcs=false -ldflags='$(LDFLAGS)' ./cmd/mkrootfs

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

# The requirements of the tool are in test/licences. Its stderr is shown only if it fails: it
# always prints notes about files that are not Go.
licences:
	@notes=$$(mktemp); trap 'rm -f "$$notes"' EXIT; \
	$(GO) tool -modfile=test/licences/tool.mod go-licenses check ./... --include_tests \
		--allowed_licenses=$(LICENCES) 2>"$$notes" || { cat "$$notes" >&2; exit 1; }

# A check that cannot run fails, unless VULN=skip is given. The tool is built first, because
# go run hides its exit status: govulncheck ends with 3 if it found a vulnerability, and
# with another status if it could not read its database.
vuln:
ifeq ($(VULN),skip)
	@echo 'vuln: skipped because of VULN=skip; known vulnerabilities were not checked' >&2
else
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	GOBIN="$$tools" $(GO) install $(GOVULNCHECK) || { \
		echo 'vuln: cannot download or build govulncheck; VULN=skip leaves out this check' >&2; exit 1; }; \
	"$$tools/govulncheck" ./... ; status=$$?; \
	case $$status in 0) ;; \
	3) echo 'vuln: known vulnerabilities found, see above' >&2; exit 1 ;; \
	*) echo "vuln: not checked: govulncheck could not read its database (status $$status); VULN=skip leaves out this check" >&2; exit 1 ;; esac
endif

# FUZZTIME is a time (30s) or a number of executions (20000x) for each fuzz target.
fuzz:
	@test/fuzz.sh $(FUZZTIME)

bench: build
	@test/run.sh $(GO) run ./test/bench ./mkrootfs

zoo:
	@test/zoo/install.sh
	@MKROOTFS_E2E=1 MKROOTFS_ZOO_ALL=1 test/run.sh $(GO) run $(GOTESTSUM) --format=$(TEST_FORMAT) -- \
		-count=1 -timeout=90m -run='TestZoo|TestDoctor' ./test/zoo

clean:
	rm -f mkrootfs
