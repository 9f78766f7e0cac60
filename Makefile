# make          builds ./mkrootfs, one static binary
# make demo     packs redis-server, runs it and asks it PING
# make test     the tests, but for those that lack something here
# make check    lint, vet, tidy, known vulnerabilities
# make bench    this tool beside the others, with ratios

GO ?= go
export CGO_ENABLED = 0

GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   = golang.org/x/vuln/cmd/govulncheck@v1.9.0
GOTESTSUM     = gotest.tools/gotestsum@v1.13.0

TEST_FORMAT ?= pkgname-and-test-fails

.PHONY: all build install demo test check lint vet tidy vuln bench clean

all: build

# The linker writes page by page; a copy is in memory in larger pieces, and its
# process starts a tenth sooner.
build:
	$(GO) build -trimpath -buildvcs=false -ldflags='-s -w' -o mkrootfs.linked ./cmd/mkrootfs
	@install -m 755 mkrootfs.linked mkrootfs
	@rm mkrootfs.linked

install:
	$(GO) install -trimpath -buildvcs=false -ldflags='-s -w' ./cmd/mkrootfs

demo: build
	@test/demo.sh ./mkrootfs

test:
	@test/setup.sh
	$(GO) run $(GOTESTSUM) --format=$(TEST_FORMAT) --format-hide-empty-pkg -- -timeout=15m ./...

check: vet tidy lint vuln

vet:
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...

tidy:
	$(GO) mod tidy -diff

lint:
	$(GO) run $(GOLANGCI_LINT) run ./...

# govulncheck ends with 3 when it found something, with another status when its
# database could not be asked.
vuln:
	@$(GO) run $(GOVULNCHECK) ./... ; status=$$?; \
	case $$status in 0) ;; 3) exit 3 ;; *) echo "govulncheck: its database cannot be asked from here: not checked" >&2 ;; esac

bench: build
	$(GO) run ./test/bench ./mkrootfs

clean:
	rm -f mkrootfs mkrootfs.linked
